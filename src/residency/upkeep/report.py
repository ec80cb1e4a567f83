"""What an act of upkeep shows."""

from typing import Any, ClassVar

from residency.kernel.record import Part


class Report(Part):
    """What an act of upkeep shows: a title and rows. A terminal shows these `columns` of them, or all."""

    kind: ClassVar[str] = "report"
    title: str
    rows: tuple[dict[str, Any], ...]
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
