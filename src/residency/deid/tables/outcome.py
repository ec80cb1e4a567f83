"""What became of one file of records: how many came in, went on and were held, and why; never a value.

    Outcome(received=3, released=2, held=(Held(1, NO_SUBJECT),))

Not here: the reasons of other data types (`deid.reason`), what becomes of what is held.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from residency.deid.reason import Reason
from residency.errors import Broken
from residency.ingest.ehr.torn import SAYS, Torn


class CodesCollide(Broken):
    """Two things were given one code: what refers to one would lead to the other."""


@dataclass(frozen=True, slots=True)
class Held:
    """One record that was held back: its number in the file, from 0, and the reason."""

    record: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """received = released + held, in records; `counts` maps (column or element, action) to how often.

    `rare` are codes that occur with one subject alone, each with how often: what is unique may identify (see `risk`).
    """

    received: int
    released: int
    held: tuple[Held, ...] = ()
    counts: Counter = field(default_factory=Counter)
    rare: Counter = field(default_factory=Counter, repr=False)


NO_SUBJECT = Reason(code="NO-SUBJECT", sentence="The record names no subject who is known.")
NO_RULE = Reason(code="OBJECT-NOT-SUPPORTED", sentence="No rule says what such a record may hold.")
RESIDUAL = Reason(
    code="RESIDUAL", sentence="The search found the subject's own identifiers left in the cleaned record."
)


def torn(record: Torn) -> Held:
    """A record that could not be read."""
    return Held(record.record, Reason(code="UNREADABLE", sentence=SAYS[record.fault]))


class Seen:
    """Which codes occur with one subject alone."""

    __slots__ = ("_by_code",)

    def __init__(self) -> None:
        self._by_code: dict[tuple[str, str], tuple[str, int]] = {}

    def add(self, system: str, code: str, subject: str) -> None:
        """A code occurs with this subject."""
        who, often = self._by_code.get((system, code), (subject, 0))
        self._by_code[system, code] = (subject if who == subject else "", often + 1)

    def rare(self) -> Counter:
        """The codes of one subject alone."""
        told: Mapping[tuple[str, str], tuple[str, int]] = self._by_code
        return Counter({code: often for code, (who, often) in told.items() if who})
