"""Record: the one shape that database, command line, bundle and report share.

    class Source(Record):
        kind = "source"
        name: str

A record is frozen. What changes (a run's state) is saved as a new revision of the same identifier; the ledger keeps
every revision. Its digest is that of its canonical JSON, kind and schema included. Not here: where records are kept
(`govern.ledger`).
"""

from typing import Any, ClassVar, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, PrivateAttr

from residency.kernel.digest import canonical, digest


class Part(BaseModel):
    """A frozen piece of a record or of a request: strict keys, no methods that act."""

    # A command uses few of the two hundred shapes; those it does not use are never built.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Record(Part):
    """A noun of the product. Subclasses name their `kind`; `schema_version` rises by one when the shape changes."""

    kind: ClassVar[str]
    schema_version: ClassVar[int] = 1

    id: str
    made_at: AwareDatetime
    made_by: str

    # The revision that was read: whoever saves a change of an older one would undo what came between.
    _revision: int = PrivateAttr(0)

    @property
    def revision(self) -> int:
        """The revision that was read; 0 for a record that was never saved."""
        return self._revision

    @property
    def handle(self) -> str:
        """A name by which people find the record; empty if it has none."""
        return ""

    @property
    def scope(self) -> str:
        """The identifier of what the record belongs to; empty if it stands alone."""
        return ""

    def body(self) -> dict[str, Any]:
        """Plain JSON values, with kind and schema: what is stored, shown, digested and signed."""
        return {"kind": self.kind, "schema": self.schema_version, **self.model_dump(mode="json")}

    @classmethod
    def parse(cls, body: dict[str, Any]) -> Self:
        """The record that a stored body stands for."""
        return cls.model_validate({key: value for key, value in body.items() if key not in ("kind", "schema")})

    def canonical(self) -> bytes:
        """Canonical JSON of the body."""
        return canonical(self.body())

    def digest(self) -> str:
        """Digest of the canonical JSON."""
        return digest(self.canonical())
