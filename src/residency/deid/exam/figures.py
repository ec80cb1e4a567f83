"""The record of an exam: how many identifiers were planted, held back with their file, left; recall with its interval.

    rows = counted(seen)                 one row for each kind and place
    recall_of(rows)                      Recall(found=1480, of=1480, recall=1.0, low=0.9975, high=1.0)

What was held back with its file reached nobody and shows nothing of the cleaning: it counts neither for nor against.
Identifiers of one file are not independent, so that the interval is too narrow where few series were copied. Not here:
planting and looking (`sitting`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from residency.deid.intervals import interval
from residency.kernel.digest import Digest
from residency.kernel.record import Part, Record

Fate = Literal["found", "held", "left"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one planted identifier."""

    kind: str
    place: str
    fate: Fate


class Row(Part):
    """Identifiers of one kind at one kind of place; `planted` = found + `held` + `left`."""

    kind: str
    place: str
    planted: int
    held: int
    left: int


class Recall(Part):
    """Of those that were not held back: how many were found; the share, and its 95 % interval."""

    found: int
    of: int
    recall: float
    low: float
    high: float


class Exam(Record):
    """What cleaning left of planted identifiers; counts alone.

    `series` copies were planted into, `captured` of them also as a screen with letters in its pixels; `unread` could
    not be. `held` counts what was held back, by reason. `recall` is None where everything was.
    """

    kind: ClassVar[str] = "deid-exam"
    intake: str
    name: str
    recipe: str
    recipe_digest: Digest
    data_type: str
    seed: int
    series: int
    captured: int
    unread: int
    held: Mapping[str, int]
    rows: tuple[Row, ...]
    recall: Recall | None

    @property
    def scope(self) -> str:
        """Looked up by the intake."""
        return self.intake

    @property
    def handle(self) -> str:
        """The newest is found by the name of its source."""
        return self.name


def counted(seen: Iterable[Seen]) -> tuple[Row, ...]:
    """One row for each kind and place, in order."""
    fates: Counter = Counter((one.kind, one.place, one.fate) for one in seen)
    pairs = sorted({(kind, place) for kind, place, _ in fates})
    return tuple(
        Row(
            kind=kind,
            place=place,
            planted=sum(fates[kind, place, fate] for fate in ("found", "held", "left")),
            held=fates[kind, place, "held"],
            left=fates[kind, place, "left"],
        )
        for kind, place in pairs
    )


def recall_of(rows: Sequence[Row]) -> Recall | None:
    """None where everything was held back."""
    judged = sum(row.planted - row.held for row in rows)
    if not judged:
        return None
    found = judged - sum(row.left for row in rows)
    low, high = interval(found, judged)
    return Recall(found=found, of=judged, recall=found / judged, low=low, high=high)
