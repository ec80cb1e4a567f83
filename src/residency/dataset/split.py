"""Who learns and who is held back: subjects and their anatomies in, a split for each subject out.

    assign([("sub-a", "anatomy-1"), ("sub-b", "")], Shares(train=0.5, tune=0, test=0.5), seed=7)
    {"sub-a": "train", "sub-b": "test"}

A subject stands on one side, and so do all who share an anatomy (copies of one scan, kin), unless that is allowed
openly. Whoever had a side in an earlier version keeps it. The result follows from the seed and from who is there,
never from their order. Shares are met exactly, by largest remainder, or refused. Pure: no I/O. Not here: where
subjects and anatomies come from (`version`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from hashlib import sha256
from itertools import product
from typing import Self

from pydantic import Field, model_validator

from residency.errors import BadInput
from residency.kernel.record import Part

SPLITS = ("train", "tune", "test")
SAME_ANATOMY = "same anatomy: no generalisation measured"
Counts = tuple[int, ...]


class AnatomyShared(BadInput):
    """The shares cannot be met without putting one anatomy on two sides."""


class TooFewSubjects(BadInput):
    """A split that was asked for would be empty."""


class SplitCrossed(BadInput):
    """Earlier versions put a subject on two sides."""


class Shares(Part):
    """The share of subjects in each split; together 1."""

    train: float = Field(0.7, description="Share of the subjects to learn from.", ge=0, le=1)
    tune: float = Field(0.1, description="Share of the subjects to choose settings by.", ge=0, le=1)
    test: float = Field(0.2, description="Share of the subjects held back.", ge=0, le=1)

    @model_validator(mode="after")
    def _are_all(self) -> Self:
        if abs(self.train + self.tune + self.test - 1) > 1e-6:
            raise ValueError(f"train {self.train}, tune {self.tune} and test {self.test} do not add up to 1")
        return self

    def weights(self) -> list[Fraction]:
        """As written: 0.1 is a tenth, not the nearest binary number."""
        return [Fraction(str(getattr(self, name))) for name in SPLITS]


@dataclass(frozen=True, slots=True)
class Placed:
    """One who had a side in an earlier version."""

    subject: str
    anatomy: str
    split: str


@dataclass(frozen=True, slots=True)
class _Group:
    """Subjects that stay together, and the side on which they stand already."""

    subjects: tuple[str, ...]
    split: str = ""


def assign(
    members: Iterable[tuple[str, str]],
    shares: Shares,
    *,
    seed: int,
    allow_shared_anatomy: bool = False,
    earlier: Collection[Placed] = (),
) -> dict[str, str]:
    """The split of each subject; raises AnatomyShared, TooFewSubjects, SplitCrossed.

    `members` are pairs of subject and anatomy; an empty anatomy is the subject's own, and a subject may have several.
    """
    groups = _groups(sorted(set(members)), earlier, together=not allow_shared_anatomy)
    placed = {subject: group.split for group in groups if group.split for subject in group.subjects}
    free = [group for group in groups if not group.split]
    total = len(placed) + sum(len(group.subjects) for group in free)
    held = [list(placed.values()).count(name) for name in SPLITS]
    wanted = apportion(total, shares.weights())
    _refuse_empty(wanted, shares, total)
    # Where earlier versions hold more than its share, the newcomers go to the others.
    room = apportion(total - len(placed), [max(want - have, 0) for want, have in zip(wanted, held, strict=True)])
    free.sort(key=lambda group: sha256(f"{seed}\0{group.subjects[0]}".encode()).digest())
    return placed | _fill(free, room)


def apportion(count: int, weights: Sequence[Fraction | int]) -> Counts:
    """`count` shared out by largest remainder; ties fall to the earlier weight."""
    total = sum(weights)
    if not total:
        return tuple(0 for _ in weights)
    exact = [Fraction(weight) * count / total for weight in weights]
    whole = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
    for place in by_remainder[: count - sum(whole)]:
        whole[place] += 1
    return tuple(whole)


def crossing(members: Iterable[tuple[str, str]], splits: Mapping[str, str]) -> list[str]:
    """Anatomies that stand on several sides, in order."""
    sides: dict[str, set[str]] = {}
    for subject, anatomy in members:
        sides.setdefault(anatomy or subject, set()).add(splits[subject])
    return sorted(anatomy for anatomy, found in sides.items() if len(found) > 1)


def _groups(members: list[tuple[str, str]], earlier: Collection[Placed], *, together: bool) -> list[_Group]:
    """Subjects joined by what they share; whoever was there earlier joins too, but is only returned if still here."""
    pairs = members + sorted({(was.subject, was.anatomy) for was in earlier})
    root = _joined(pairs) if together else {subject: subject for subject, _ in pairs}
    sides: dict[str, set[str]] = {}
    for was in earlier:
        sides.setdefault(root[was.subject], set()).add(was.split)
    _refuse_crossed(sides, together=together)
    here: dict[str, list[str]] = {}
    for subject in sorted({subject for subject, _ in members}):
        here.setdefault(root[subject], []).append(subject)
    return [_Group(tuple(subjects), next(iter(sides.get(at, {""})))) for at, subjects in here.items()]


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Subject → one who stands for all that are connected with it by anatomies."""
    parent: dict[tuple[str, str], tuple[str, str]] = {}

    def top(node: tuple[str, str]) -> tuple[str, str]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for subject, anatomy in pairs:
        # An anatomy may be named like another's subject code: the kind of the name keeps them apart.
        here, there = top(("subject", subject)), top(("anatomy", anatomy) if anatomy else ("subject", subject))
        parent[max(here, there)] = min(here, there)
    return {subject: "/".join(top(("subject", subject))) for subject, _ in pairs}


def _refuse_crossed(sides: Mapping[str, set[str]], *, together: bool) -> None:
    crossed = sum(len(found) > 1 for found in sides.values())
    if crossed and together:
        raise AnatomyShared(
            f"Earlier versions put {crossed} anatomies on more than one side.",
            remedy="Give the data set another name, or set allow_shared_anatomy: figures then say so.",
        )
    if crossed:
        raise SplitCrossed(
            f"Earlier versions put {crossed} subjects on more than one side.",
            remedy="Give the data set another name.",
        )


def _refuse_empty(wanted: Counts, shares: Shares, total: int) -> None:
    empty = [name for name, count, share in zip(SPLITS, wanted, shares.weights(), strict=True) if share and not count]
    if empty or not total:
        counts = ", ".join(f"{name} {count}" for name, count in zip(SPLITS, wanted, strict=True))
        raise TooFewSubjects(
            f"{total} subjects give {counts}: nobody is left for {' and '.join(empty) or 'any split'}.",
            remedy="Bring in more subjects, or change the shares.",
        )


def _fill(groups: list[_Group], room: Counts) -> dict[str, str]:
    """Groups into the room that each split has, exactly; within one size in the order given."""
    by_size: dict[int, list[_Group]] = {}
    for group in groups:
        by_size.setdefault(len(group.subjects), []).append(group)
    sizes = sorted(by_size, reverse=True)
    plan = _search(tuple((size, len(by_size[size])) for size in sizes), room)
    if plan is None:
        most = max(sizes)
        counts = ", ".join(f"{name} {count}" for name, count in zip(SPLITS, room, strict=True))
        raise AnatomyShared(
            f"One anatomy would stand on two sides: up to {most} subjects share one, and {counts} are to be filled.",
            remedy="Change the shares, bring in other anatomies, or set allow_shared_anatomy: figures then say so.",
        )
    found = {}
    for size, counts in zip(sizes, plan, strict=True):
        sides = [name for name, count in zip(SPLITS, counts, strict=True) for _ in range(count)]
        for group, side in zip(by_size[size], sides, strict=True):
            found |= dict.fromkeys(group.subjects, side)
    return found


def _search(sizes: tuple[tuple[int, int], ...], room: Counts) -> list[Counts] | None:
    """How many groups of each size go to each split so that all room is filled; None if there is no way."""

    @cache
    def rest(level: int, left: Counts) -> list[Counts] | None:
        if level == len(sizes):
            return [] if not any(left) else None
        size, count = sizes[level]
        if level == len(sizes) - 1:
            # The smallest groups, mostly single subjects and mostly many, fill what is left: there is one way at most.
            fits = not any(space % size for space in left)
            return [tuple(space // size for space in left)] if fits else None
        for counts in _ways(count, [space // size for space in left], left):
            after = tuple(space - size * taken for space, taken in zip(left, counts, strict=True))
            if (found := rest(level + 1, after)) is not None:
                return [counts, *found]
        return None

    return rest(0, room)


def _ways(count: int, most: list[int], left: Counts) -> list[Counts]:
    """Every way to put `count` groups into three splits that take so many; the most proportional first."""
    even = apportion(count, left)
    ways = [
        (train, tune, count - train - tune)
        for train, tune in product(range(most[0] + 1), range(most[1] + 1))
        if 0 <= count - train - tune <= most[2]
    ]
    return sorted(ways, key=lambda way: sum(abs(here - fair) for here, fair in zip(way, even, strict=True)))
