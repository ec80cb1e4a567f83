"""What an act of upkeep shows."""

from typing import Any, ClassVar

from residency.kernel.record import Part


class Report(Part):
    """What an act of upkeep shows: a title and rows."""

    kind: ClassVar[str] = "report"
    title: str
    rows: tuple[dict[str, Any], ...]
    notes: tuple[str, ...] = ()
