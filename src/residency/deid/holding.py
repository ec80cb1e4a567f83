"""What cleaning holds back, and what people decided on what it held before.

    decisions = decided(site, lease, groups)         codes accepted by item, items excluded, items that wait
    kept = hold_back(site, lease, intake, held, decisions)
    kept.waiting, kept.made, kept.superseded

Every cleaning judges anew: a group that waits for what this one does not hold, or not for that reason, is superseded,
so that nobody decides on it any more. Not here: the decisions (`ingest.quarantine`, `exclusion`), the cleaning
(`cleaning`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from residency.deid.reason import Reason
from residency.govern.gate import Lease
from residency.ingest.held import QUARANTINE, Held, Holding, Quarantine, hold, read_held
from residency.ingest.intake import Intake
from residency.ingest.reasons import Reason as HeldFor
from residency.ingest.source import Groups
from residency.kernel.digest import Digest, digest_of
from residency.kernel.record import Record
from residency.site import Site
from residency.store.manifest import Item

ACCEPTABLE = {"BURNED-IN", "FACE"}
"""Risks that a person may look at and let through; a hit of the residual search never is one (164.514(b)(2)(ii))."""
_SENTENCES = 3


@dataclass(frozen=True)
class Decisions:
    """Codes accepted by item, items excluded, and the groups that wait, each with its items.

    `digest` says whether anything was decided since.
    """

    accepted: Mapping[str, frozenset[str]]
    rejected: frozenset[str]
    waiting: Sequence[tuple[Quarantine, frozenset[str]]]
    digest: Digest

    @property
    def codes(self) -> frozenset[str]:
        """Every code that was accepted for some item."""
        return frozenset(code for codes in self.accepted.values() for code in codes)


@dataclass
class HeldBack:
    """Items that could not be cleaned, with their sentences, by code."""

    things: dict[str, list[tuple[str, Held]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, reason: Reason, item: Item) -> None:
        """Hold one item back."""
        self.things[reason.code].append((reason.sentence, Held(item=item)))

    @property
    def files(self) -> int:
        """How many files are held."""
        return sum(thing.item.files for things in self.things.values() for _, thing in things)


@dataclass(frozen=True)
class Kept:
    """What is held now: ids of the groups, those of them that are new, with their keys; and the superseded."""

    waiting: tuple[str, ...]
    made: Sequence[Quarantine]
    superseded: Sequence[Quarantine]
    keys: Sequence[Record]


def decided(site: Site, lease: Lease, groups: Sequence[Quarantine]) -> Decisions:
    """What people decided on the groups that this step held before."""
    accepted: dict[str, frozenset[str]] = defaultdict(frozenset)
    rejected: set[str] = set()
    waiting = []
    for group in groups:
        if group.state == "superseded":
            continue
        items = frozenset(thing.item.item for thing in read_held(site.sealed, group, lease.keys(group.space)))
        if group.state == "rejected":
            rejected |= items
        elif group.state == "waiting":
            waiting.append((group, items))
        else:
            accepted |= {item: accepted[item] | {group.code} for item in items}
    return Decisions(accepted, frozenset(rejected), waiting, decisions_digest(groups))


def decisions_digest(groups: Iterable[Quarantine]) -> Digest:
    """What was decided in this step, by the identifiers of the groups: what a group covers never changes."""
    said = {"accepted": [], "rejected": []}
    for group in groups:
        if group.step == "deid" and group.state in said:
            said[group.state].append(group.id)
    return digest_of({state: sorted(which) for state, which in said.items()})


def hold_back(site: Site, lease: Lease, intake: Intake, held: HeldBack, decisions: Decisions) -> Kept:
    """One group for each reason; the one that waits where it holds just the same."""
    groups = Groups(site.ledger, lease, lease.space(intake.space))
    about = Holding(
        intake=intake.id,
        source=intake.name,
        step="deid",
        space=intake.space,
        terms=intake.terms,
        at=lease.at,
        by=lease.by.id,
    )
    waiting, made = [], []
    for code, things in sorted(held.things.items()):
        items = frozenset(thing.item.item for _, thing in things)
        same = [group for group, theirs in decisions.waiting if (group.code, theirs) == (code, items)]
        if not same:
            accepting = "The series goes through as it is: look at it first." if code in ACCEPTABLE else ""
            reason = HeldFor("{n} series: " + _together(sentence for sentence, _ in things), accepting)
            held_now = [thing for _, thing in things]
            made.append(hold(site.sealed, groups.manifest(), held_now, about, code=code, reason=reason))
        waiting.append((same or made)[-1].id)
    over = [_superseded(group, lease) for group, _ in decisions.waiting if group.id not in waiting]
    return Kept(tuple(waiting), made, over, groups.made)


def _superseded(group: Quarantine, lease: Lease) -> Quarantine:
    state = QUARANTINE.move(group.state, "supersede")
    note = "A later cleaning judged these series anew."
    return group.model_copy(update={"state": state, "decided_by": lease.by.id, "decided_at": lease.at, "note": note})


def _together(sentences: Iterable[str]) -> str:
    """The sentences, the commonest first, with how often each was said where there are several."""
    said = Counter(sentences).most_common()
    if len(said) == 1:
        return said[0][0]
    more = " And others." if len(said) > _SENTENCES else ""
    return " ".join(f"{sentence} ({times})" for sentence, times in said[:_SENTENCES]) + more
