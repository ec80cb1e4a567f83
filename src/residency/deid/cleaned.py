"""What a cleaning leaves: the record `Deid` with its sealed lists, and the report of what was done, in numbers.

    cleaned = site.ledger.get(Deid, "incoming")
    cleaned.received == cleaned.released + cleaned.excluded + cleaned.quarantined       # files, always

Later chapters read these; they carry no original value. Not here: cleaning (`run`), how a report is counted (`report`).
"""

from typing import ClassVar, Self

from pydantic import model_validator

from residency.deid.losses import Loss
from residency.govern.terms import DataClass, Terms
from residency.ingest.intake import CountsWrong
from residency.kernel.digest import Digest
from residency.kernel.record import Part, Record
from residency.store.sealed import SealedRef


class RowCount(Part):
    """How often one row of Table E.1-1 (or what stands in for a row) was given one action."""

    row: str
    name: str
    action: str
    times: int


class Letter(Part):
    """One of the eighteen kinds of identifier, what was done about it, and whether that meets Safe Harbor."""

    of: str
    done: str
    ticked: bool


class DeidReport(Part):
    """Counts only. `files_received` = `files_released` + the sum of `files_quarantined`."""

    recipe: str
    recipe_digest: str
    edition: str
    files_received: int
    files_released: int
    series_released: int
    files_quarantined: dict[str, int]
    rows: tuple[RowCount, ...]
    spellings_searched: dict[str, int]
    residual_hits: dict[str, int]
    letters: dict[str, Letter]
    safe_harbor: bool


class Deid(Record):
    """An intake without names: counts in files, and sealed lists as an intake has them.

    `held` are the groups in which its quarantined files wait; what is rejected of them moves to `excluded`. `vault` is
    the vault that drew its codes, empty where they were derived under the protocol's key.
    """

    kind: ClassVar[str] = "deid"
    intake: str
    intake_digest: Digest
    name: str
    recipe: str
    recipe_digest: Digest
    decisions: Digest
    received: int
    released: int
    excluded: int
    quarantined: int
    held: tuple[str, ...] = ()
    items: int
    people: int
    manifest: SealedRef
    root: Digest
    subjects: SealedRef
    space: str
    report: Digest
    terms: Terms
    data_type: str = "imaging"
    data_class: DataClass = "limited"
    determination: str = ""
    vault: str = ""

    @property
    def scope(self) -> str:
        """Looked up by the intake."""
        return self.intake

    @property
    def handle(self) -> str:
        """The newest is found by the name of its source."""
        return self.name

    @model_validator(mode="after")
    def _validate(self) -> Self:
        return self.checked()

    def checked(self) -> Self:
        """This cleaning; raises CountsWrong unless received = released + excluded + quarantined."""
        if self.received != self.released + self.excluded + self.quarantined:
            raise CountsWrong("The counts of a cleaning do not add up.", remedy="Report this fault.")
        return self


class ReportRecord(Record):
    """The report of a run of de-identification: what was done, in numbers, and whom it left out; no original value."""

    kind: ClassVar[str] = "deid-report"
    deid: str
    report: DeidReport
    losses: tuple[Loss, ...]
    min_cell: int

    @property
    def scope(self) -> str:
        """Looked up by what it reports on."""
        return self.deid
