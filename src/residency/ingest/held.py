"""What is held back: one record for each reason of an intake, and, sealed, the things that it covers.

    group = hold(sealed, key, things, about, code="MISSING-SLICE")
    things = read_held(sealed, group.held, keys)

The record says why and how many; which series, whose, and where their bytes lie is sealed. Used by intake and by
de-identification alike. Not here: the decisions (`quarantine`).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Literal

from residency.govern.terms import DataClass, Terms
from residency.ingest.reasons import REASONS, Reason
from residency.kernel.digest import canonical
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.kernel.states import Machine
from residency.store.manifest import Item
from residency.store.named import write_list
from residency.store.sealed import GroupKey, Sealed, SealedRef

QUARANTINE = Machine(
    "quarantined group",
    {
        ("waiting", "accept"): "accepted",
        ("waiting", "reject"): "rejected",
        ("waiting", "supersede"): "superseded",
    },
)
"""A group is superseded when its step judges the same things anew and does not hold just these for that reason."""


class Quarantine(Record):
    """A group of held things: one intake, one step, one reason. `files` counts files, `items` series or files."""

    kind: ClassVar[str] = "quarantine"
    intake: str
    source: str
    step: Literal["ingest", "deid"]
    code: str
    says: str
    accepting: str
    files: int
    items: int
    held: SealedRef
    space: str
    terms: Terms
    data_type: str = "imaging"
    data_class: DataClass = "identified"
    state: Literal["waiting", "accepted", "rejected", "superseded"] = "waiting"
    decided_by: str = ""
    decided_at: datetime | None = None
    note: str = ""

    @property
    def scope(self) -> str:
        """Groups are looked up by their intake."""
        return self.intake

    @property
    def handle(self) -> str:
        """Found by source and reason: incoming/MISSING-SLICE."""
        return f"{self.source}/{self.code}"

    @property
    def acceptable(self) -> bool:
        """Whether a person may let it through."""
        return bool(self.accepting)


class Held(Part):
    """One held thing. `parts` of its item is empty where its bytes were not taken in: it can only be rejected.

    `where` says which files of the folder it came from by their number in the order of paths; `waived` are reasons
    that a person has accepted for it before.
    """

    item: Item
    where: str = ""
    waived: tuple[str, ...] = ()


class Holding(Part):
    """What all groups of one step have in common."""

    intake: str
    source: str
    step: Literal["ingest", "deid"]
    space: str
    terms: Terms
    data_class: DataClass = "identified"
    at: datetime
    by: str


def hold(
    sealed: Sealed, key: GroupKey, things: Sequence[Held], about: Holding, *, code: str, reason: Reason | None = None
) -> Quarantine:
    """Seal the list of what is held for one reason; returns the record to save.

    `key` is that of the manifests; `reason` is given by a step whose reasons are not in REASONS.
    """
    reason = reason or REASONS[code]
    identifier = new_id("quarantine", about.at)
    body = canonical([thing.model_dump(mode="json") for thing in sorted(things, key=lambda t: t.item.item)])
    names = {part.name for thing in things for part in thing.item.parts.values()}
    return Quarantine(
        id=identifier,
        made_at=about.at,
        made_by=about.by,
        code=code,
        says=reason.says.format(n=len(things)),
        accepting=reason.accepting,
        files=sum(thing.item.files for thing in things),
        items=len(things),
        held=write_list(sealed, body, key, names, context=f"quarantine/{identifier}"),
        **about.model_dump(include={"intake", "source", "step", "space", "data_class"}),
        terms=about.terms,
    )


def read_held(sealed: Sealed, group: Quarantine, keys: Mapping[str, bytes]) -> list[Held]:
    """What a group covers."""
    return [Held.model_validate(thing) for thing in json.loads(sealed.read(group.held, keys))]
