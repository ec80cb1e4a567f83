"""Small records for tests: a thing with a name, and a thing under terms."""

from datetime import UTC, datetime
from typing import ClassVar

from residency.govern.terms import DataClass, Terms
from residency.kernel.ids import new_id
from residency.kernel.record import Record

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Thing(Record):
    """A record of no meaning."""

    kind: ClassVar[str] = "thing"
    name: str = ""
    belongs_to: str = ""
    value: int = 0

    @property
    def handle(self) -> str:
        """Found by its name."""
        return self.name

    @property
    def scope(self) -> str:
        """Belongs to another."""
        return self.belongs_to


class Governed(Record):
    """A record that carries terms, as everything made of clinical data does."""

    kind: ClassVar[str] = "governed"
    terms: Terms
    data_type: str = "imaging"
    data_class: DataClass = "deidentified"
    trainer: str = ""


def thing(name: str = "", **values) -> Thing:
    """A new thing."""
    return Thing(id=new_id("thing", AT), made_at=AT, made_by="person-x", name=name, **values)


def governed(terms: Terms, **values) -> Governed:
    """A new governed record."""
    return Governed(id=new_id("governed", AT), made_at=AT, made_by="person-x", terms=terms, **values)
