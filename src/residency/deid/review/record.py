"""The record of a sample that was laid out to be read by somebody else than its cleaner.

    review = site.ledger.get(DeidReview, "incoming")

Not here: drawing and laying out (`sample`), what was found (`agree`).
"""

from typing import ClassVar

from residency.govern.terms import DataClass, Terms
from residency.kernel.digest import Digest
from residency.kernel.record import Record
from residency.store.sealed import SealedRef


class DeidReview(Record):
    """A sample that was laid out to be read. `cleaner` made the cleaning; `kinds` are those of the items by number.

    `drawn` is the sealed list of items and subjects, `sums` the digest of the SHA256SUMS that lie with the pages.
    """

    kind: ClassVar[str] = "deid-review"
    deid: str
    root: Digest
    name: str
    cleaner: str
    seed: int
    items: int
    of: int
    kinds: tuple[str, ...]
    pictures: int
    not_drawn: int
    drawn: SealedRef
    space: str
    sums: Digest
    terms: Terms
    data_type: str
    data_class: DataClass

    @property
    def scope(self) -> str:
        """Looked up by the cleaning."""
        return self.deid

    @property
    def handle(self) -> str:
        """The newest is found by the name of its source."""
        return self.name
