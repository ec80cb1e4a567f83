"""Intake: what came in from a source, in numbers, with the sealed lists of its items and of its subjects.

    intake = site.ledger.get(Intake, "incoming")
    intake.received == intake.accepted + intake.excluded + intake.quarantined       # files, always

Not here: how one is made (`ingest`), what is decided on what it holds back (`quarantine`).
"""

from typing import ClassVar, Self

from pydantic import model_validator

from residency.errors import Broken
from residency.govern.terms import DataClass, Terms
from residency.ingest.issuers import Stated
from residency.kernel.digest import Digest
from residency.kernel.record import Record
from residency.store.sealed import SealedRef


class CountsWrong(Broken):
    """Received is not accepted + excluded + quarantined: a fault of this program."""


class Intake(Record):
    """What came in: counts in files, and sealed lists of the items, of the subjects and of whose numbers they had."""

    kind: ClassVar[str] = "intake"
    source: str
    name: str
    terms: Terms
    data_type: str = "imaging"
    data_class: DataClass = "identified"
    inputs: str
    received: int
    accepted: int
    excluded: int
    quarantined: int
    items: int
    people: int
    issuers: Stated
    known: SealedRef
    manifest: SealedRef
    root: Digest
    subjects: SealedRef
    space: str

    @property
    def scope(self) -> str:
        """Intakes are looked up by their source."""
        return self.source

    @property
    def handle(self) -> str:
        """The newest intake is found by the name of its source."""
        return self.name

    @model_validator(mode="after")
    def _validate(self) -> Self:
        return self.checked()

    def checked(self) -> Self:
        """This intake; raises CountsWrong unless received = accepted + excluded + quarantined."""
        if self.received != self.accepted + self.excluded + self.quarantined:
            raise CountsWrong("The counts of an intake do not add up.", remedy="Report this fault.")
        return self
