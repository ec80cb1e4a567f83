"""Keys follow what must be forgotten: root → generation → space → group → write attempt.

    space = new_space(ring, owner=source.id, …)         # one source or data set
    group = space.new_group("sub-…", "imaging", …)      # one subject x one data type

Every key down to the group is random and wrapped by the one above, so that destroying one forgets exactly what lies
below it. Wrapped keys are records of the ledger; the ring holds the generations alone. A key is only ever opened
through a lease (`govern.gate`). Not here: the ring (`store.ring`), the attempt keys (`store.sealed`).
"""

import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from residency.kernel.ids import new_id
from residency.kernel.record import Record
from residency.store.ring import KeyRing, unwrap_under, wrap_under
from residency.store.sealed import GroupKey


class KeySpace(Record):
    """The key of one source, de-identification or data set, wrapped by the ring."""

    kind: ClassVar[str] = "key-space"
    owner: str
    wrapped: str


class KeyGroup(Record):
    """The key of one subject x one data type (or of a bucket of table rows), wrapped by its space."""

    kind: ClassVar[str] = "key-group"
    space: str
    subject: str
    data_type: str
    wrapped: str

    @property
    def scope(self) -> str:
        """Groups are looked up by their space."""
        return self.space


@dataclass
class Space:
    """An opened key space; `made` are the groups that wait to be saved."""

    record: KeySpace
    key: bytes = field(repr=False)
    made: dict[tuple[str, str], KeyGroup] = field(default_factory=dict)

    def new_group(self, subject: str, data_type: str, at: datetime, by: str) -> GroupKey:
        """The group of a subject and a data type, made at the first call."""
        if (subject, data_type) in self.made:
            return self.open(self.made[subject, data_type])
        key, identifier = os.urandom(32), new_id("key-group", at)
        record = KeyGroup(
            id=identifier,
            made_at=at,
            made_by=by,
            space=self.record.id,
            subject=subject,
            data_type=data_type,
            wrapped=wrap_under(self.key, key, identifier),
        )
        self.made[subject, data_type] = record
        return GroupKey(identifier, key)

    def open(self, group: KeyGroup) -> GroupKey:
        """The key of a group of this space."""
        return GroupKey(group.id, unwrap_under(self.key, group.wrapped, group.id))


def new_space(ring: KeyRing, *, owner: str, at: datetime, by: str) -> Space:
    """A new random space key, wrapped by the ring."""
    key, identifier = os.urandom(32), new_id("key-space", at)
    wrapped = ring.wrap(key, purpose=identifier)
    return Space(KeySpace(id=identifier, made_at=at, made_by=by, owner=owner, wrapped=wrapped), key)


def open_space(ring: KeyRing, record: KeySpace) -> Space:
    """Open a space; raises KeyDestroyed."""
    return Space(record, ring.unwrap(record.wrapped, purpose=record.id))
