"""What cleaning holds back, and what people decided on what it held before.

    decisions = decided(site, lease, groups)         codes accepted by item, items excluded, items that wait
    made, keys = hold_back(site, lease, intake, held, decisions)

Not here: the decisions themselves (`ingest.quarantine`), cleaning (`cleaning`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from residency.deid.pixels import Reason
from residency.govern.gate import Lease
from residency.ingest.held import Held, Holding, Quarantine, hold, read_held
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
    """Codes accepted by item, items excluded, and what waits; `digest` says whether anything was decided since."""

    accepted: Mapping[str, frozenset[str]]
    rejected: frozenset[str]
    waiting: frozenset[tuple[str, str]]
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


def decided(site: Site, lease: Lease, groups: Sequence[Quarantine]) -> Decisions:
    """What people decided on the groups that this step held before."""
    accepted: dict[str, frozenset[str]] = defaultdict(frozenset)
    rejected, waiting = set(), set()
    for group in groups:
        for thing in read_held(site.sealed, group, lease.keys(group.space)):
            if group.state == "accepted":
                accepted[thing.item.item] |= {group.code}
            elif group.state == "rejected":
                rejected.add(thing.item.item)
            else:
                waiting.add((group.code, thing.item.item))
    said = {"accepted": {k: sorted(v) for k, v in sorted(accepted.items())}, "rejected": sorted(rejected)}
    return Decisions(accepted, frozenset(rejected), frozenset(waiting), digest_of(said))


def hold_back(
    site: Site, lease: Lease, intake: Intake, held: HeldBack, decisions: Decisions
) -> tuple[list[Quarantine], list[Record]]:
    """A group for each reason, of what no waiting group holds already; and the key groups made for them."""
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
    made = []
    for code, things in sorted(held.things.items()):
        new = [(sentence, thing) for sentence, thing in things if (code, thing.item.item) not in decisions.waiting]
        if new:
            accepting = "The series goes through as it is: look at it first." if code in ACCEPTABLE else ""
            reason = HeldFor("{n} series: " + _together(sentence for sentence, _ in new), accepting)
            held_now = [thing for _, thing in new]
            made.append(hold(site.sealed, groups.manifest(), held_now, about, code=code, reason=reason))
    return made, list(groups.made)


def _together(sentences: Iterable[str]) -> str:
    """The sentences, the commonest first, with how often each was said where there are several."""
    said = Counter(sentences).most_common()
    if len(said) == 1:
        return said[0][0]
    more = " And others." if len(said) > _SENTENCES else ""
    return " ".join(f"{sentence} ({times})" for sentence, times in said[:_SENTENCES]) + more
