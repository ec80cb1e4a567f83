"""`residency deid check`: what a recipe would do to a sample, and how it differs from another; nothing is written.

    told = check(("basic", "shift-dates"), sample=Path("sample"), against=("basic",))
    told.rows                what is done to each row of the table, how often, and which rule says so
    told.held                files that would be held back, with the reason
    told.differing_rules     rows that the two recipes treat differently, whether the sample has them or not

A sample says what happens to what it holds, and no more: an attribute that it lacks is seen only in the rules. Of a
file that is held back nothing goes on; what its headers would have become is not told, unless the last search held it.
Not here: the reading (`sample`), the rules (`rules`), the command (`cli.checking`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from residency.deid.checking.rules import PartDifference, RuleDifference, Rules, differences, load_rules
from residency.deid.checking.sample import Done, Seen, look
from residency.errors import BadInput
from residency.ingest.crosswalk import read_crosswalk
from residency.kernel.record import Part


class NothingToCheck(BadInput):
    """A check needs a sample, or another recipe to be held against."""


class CheckedRow(Part):
    """What would be done to one kind of thing in the sample, and how often."""

    data: str
    row: str
    name: str
    action: str
    times: int
    cites: str


class CheckedHold(Part):
    """Files that would be held back. `which` are their numbers in the order of paths, where they are known."""

    code: str
    files: int
    which: str
    says: str


class Left(Part):
    """An identifier of the subject that the search found in what was cleaned: its kind, where, as what. No value."""

    what: str
    times: int


class SampleDifference(Part):
    """One row of the sample that two recipes treat differently: action and how often, under each."""

    data: str
    row: str
    name: str
    here: str
    there: str


class HoldDifference(Part):
    """How many files each of two recipes would hold back for one reason."""

    code: str
    here: int
    there: int


class Checked(Part):
    """The answer. Counts are None without a sample; what differs is empty without another recipe."""

    recipe: str
    recipe_digest: str
    notes: str
    against: str = ""
    against_digest: str = ""
    received: int | None = None
    released: int | None = None
    records_held: dict[str, int] = Field(default_factory=dict)
    rows: tuple[CheckedRow, ...] = ()
    held: tuple[CheckedHold, ...] = ()
    left: tuple[Left, ...] = ()
    differing_parts: tuple[PartDifference, ...] = ()
    differing_rules: tuple[RuleDifference, ...] = ()
    differing_sample: tuple[SampleDifference, ...] = ()
    differing_held: tuple[HoldDifference, ...] = ()

    @property
    def holds_back(self) -> bool:
        """Whether anything of the sample would be held back."""
        return bool(self.held or self.records_held)


def check(
    recipe: Sequence[str | Path],
    *,
    sample: Path | None = None,
    against: Sequence[str | Path] = (),
    crosswalk: Path | None = None,
) -> Checked:
    """What these rules would do.

    Raises NothingToCheck, SampleMissing, SampleUnusable, RecipeUnknown, RecipeWrong, CrosswalkWrong.
    """
    if sample is None and not against:
        raise NothingToCheck(
            "There is neither a sample nor another recipe.", remedy="Name a file or folder, or --against."
        )
    ours, theirs = load_rules(recipe), load_rules(against) if against else None
    who = read_crosswalk(crosswalk) if crosswalk else None
    seen = look(sample, ours, who) if sample else None
    other = look(sample, theirs, who) if sample and theirs else None
    told: dict[str, Any] = {"recipe": ours.images.name, "recipe_digest": ours.images.digest(), "notes": ours.notes.name}
    if seen is not None:
        told |= _told(seen)
    if theirs is not None:
        told |= _against(ours, theirs, seen, other)
    return Checked(**told)


def _told(seen: Seen) -> dict[str, Any]:
    rows = [
        CheckedRow(data=one.data, row=one.row, name=one.name, action=one.action, times=times, cites=one.cites)
        for one, times in sorted(seen.rows.items())
    ]
    held = [
        CheckedHold(code=code, files=files, which=_ranges(numbers), says=says)
        for (code, says), (files, numbers) in sorted(seen.held.items())
    ]
    left = tuple(Left(what=what, times=times) for what, times in sorted(seen.hits.items()))
    counts = {"received": seen.received, "released": seen.released, "records_held": dict(sorted(seen.records.items()))}
    return counts | {"rows": tuple(rows), "held": tuple(held), "left": left}


def _against(ours: Rules, theirs: Rules, seen: Seen | None, other: Seen | None) -> dict[str, Any]:
    rules, parts = differences(ours, theirs)
    told: dict[str, Any] = {
        "against": theirs.images.name,
        "against_digest": theirs.images.digest(),
        "differing_rules": tuple(rules),
        "differing_parts": tuple(parts),
    }
    if seen is None or other is None:
        return told
    return told | {"differing_sample": tuple(_rows(seen, other)), "differing_held": tuple(_holds(seen, other))}


def _rows(seen: Seen, other: Seen) -> Iterable[SampleDifference]:
    """Rows with another action, or the same one another number of times."""
    ours, theirs = _by_row(seen.rows), _by_row(other.rows)
    for key in sorted(ours.keys() | theirs.keys()):
        if ours[key] != theirs[key]:
            yield SampleDifference(
                data=key[0], row=key[1], name=key[2], here=_words(ours[key]), there=_words(theirs[key])
            )


def _by_row(rows: Counter[Done]) -> defaultdict[tuple[str, str, str], Counter[str]]:
    found: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for one, times in rows.items():
        found[one.data, one.row, one.name][one.action] += times
    return found


def _words(actions: Counter[str]) -> str:
    return ", ".join(f"{action} × {times}" for action, times in sorted(actions.items())) or "–"


def _holds(seen: Seen, other: Seen) -> Iterable[HoldDifference]:
    ours, theirs = _files(seen), _files(other)
    for code in sorted(ours.keys() | theirs.keys()):
        if ours[code] != theirs[code]:
            yield HoldDifference(code=code, here=ours[code], there=theirs[code])


def _files(seen: Seen) -> Counter[str]:
    counts: Counter[str] = Counter()
    for (code, _), (files, _) in seen.held.items():
        counts[code] += files
    return counts


def _ranges(numbers: Sequence[int]) -> str:
    """1-3, 7: numbers in order, runs together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
