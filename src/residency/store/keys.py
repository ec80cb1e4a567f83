"""Keys follow what must be forgotten: root → generation → space → group → write attempt.

    space = new_space(ring, owner=source.id, …)         # one source or data set
    group = space.new_group("sub-…", "imaging", …)      # one subject x one data type

Every key down to the group is random and wrapped by the one above, so that destroying one forgets exactly what lies
below it. Wrapped keys are records of the ledger; the ring holds the generations alone. A key is only ever opened
through a lease (`govern.gate`). Not here: the ring (`store.ring`), the attempt keys (`store.sealed`).
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, TypeVar

from residency.errors import Conflict
from residency.kernel.ids import new_id
from residency.kernel.record import Record
from residency.store.ring import KeyDestroyed, KeyRing, unwrap_under, wrap_under
from residency.store.sealed import GroupKey

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class KeysMoved(Conflict):
    """Keys were destroyed or wrapped anew since they were looked up, or since what is to be saved was made."""


class KeySpace(Record):
    """The two keys of one source, de-identification or data set, wrapped by the ring.

    `wrapped` is the secret from which names are derived and never changes; `wrapping` is the key that wraps the groups,
    and is drawn anew whenever one of them is destroyed: `turn` counts how often.
    """

    kind: ClassVar[str] = "key-space"
    owner: str
    wrapped: str
    wrapping: str
    turn: int = 1


class KeyGroup(Record):
    """The key of one subject x one data type, or of a list, wrapped by its space; empty once it is destroyed.

    `of` are the groups that sealed what this group's data were made of: a subject is forgotten along these. `turn` is
    that of the space when it wrapped this key.
    """

    kind: ClassVar[str] = "key-group"
    space: str
    subject: str
    data_type: str
    of: tuple[str, ...] = ()
    wrapped: str
    turn: int = 1

    @property
    def scope(self) -> str:
        """Groups are looked up by their space."""
        return self.space

    @property
    def destroyed(self) -> bool:
        """Whether its key is gone for good."""
        return not self.wrapped


@dataclass
class Space:
    """An opened key space: the secret of its names, and the groups that were made and wait to be saved."""

    ring: KeyRing = field(repr=False)
    opened: KeySpace
    key: bytes = field(repr=False)
    wrapping: bytes = field(repr=False)
    made: dict[tuple[str, str], KeyGroup] = field(default_factory=dict)

    @property
    def record(self) -> KeySpace:
        """The record, wrapped by the generation of the ring that is the newest now."""
        return wrapped_anew(self.ring, self.opened, self.key, self.wrapping)

    def new_group(self, subject: str, data_type: str, at: datetime, by: str, *, of: Iterable[str] = ()) -> GroupKey:
        """The group of a subject and a data type, made at the first call; `of` are the groups its data come from."""
        known = self.made.get((subject, data_type))
        if known is None:
            identifier = new_id("key-group", at)
            known = KeyGroup(
                id=identifier,
                made_at=at,
                made_by=by,
                space=self.opened.id,
                subject=subject,
                data_type=data_type,
                wrapped=wrap_under(self.wrapping, os.urandom(32), identifier),
                turn=self.opened.turn,
            )
        return self.open(self.derived(known, of))

    def derived(self, group: KeyGroup, of: Iterable[str]) -> KeyGroup:
        """A group that is also of these groups; waits to be saved where that is new."""
        groups = tuple(sorted({*group.of, *of}))
        if groups != group.of or group.revision == 0:
            group = group.model_copy(update={"of": groups})
            self.made[group.subject, group.data_type] = group
        return group

    def open(self, group: KeyGroup) -> GroupKey:
        """The key of a group of this space; raises KeyDestroyed, and KeysMoved for one that was wrapped anew since."""
        if group.destroyed:
            raise KeyDestroyed(
                f"The key group {group.id} was destroyed, and with it what it sealed.",
                remedy="This cannot be undone; freeze the data set again, without what is gone.",
            )
        if group.turn != self.opened.turn:
            raise KeysMoved("Keys of this space were destroyed meanwhile.", remedy="Repeat the command.")
        return GroupKey(group.id, unwrap_under(self.wrapping, group.wrapped, group.id))


def new_space(ring: KeyRing, *, owner: str, at: datetime, by: str) -> Space:
    """A new space with random keys, wrapped by the ring."""
    key, wrapping, identifier = os.urandom(32), os.urandom(32), new_id("key-space", at)
    about = {"id": identifier, "made_at": at, "made_by": by, "owner": owner}
    return open_space(ring, KeySpace(**about, **_wrapped(ring, identifier, key, wrapping)))


def open_space(ring: KeyRing, record: KeySpace) -> Space:
    """Open a space; raises KeyDestroyed."""
    key = ring.unwrap(record.wrapped, purpose=record.id)
    return Space(ring, record, key, ring.unwrap(record.wrapping, purpose=_wrapping_of(record.id)))


def opened_now(look: Callable[[], R], open_it: Callable[[R], T]) -> T:
    """Open what a record wraps, and where it was wrapped anew between the looks at ledger and ring, look again.

    Raises KeyDestroyed if the record is still the same.
    """
    record = look()
    while True:
        try:
            return open_it(record)
        except KeyDestroyed:
            before, record = record, look()
            if record.canonical() == before.canonical():
                raise


def wrapped_anew(ring: KeyRing, record: KeySpace, key: bytes, wrapping: bytes) -> KeySpace:
    """The record of a space, wrapped by the newest generation; unchanged where that is the one that wrapped it."""
    newest = f"g{max(ring.generations())}."
    if record.wrapped.startswith(newest) and record.wrapping.startswith(newest):
        return record
    return record.model_copy(update=_wrapped(ring, record.id, key, wrapping))


def _wrapped(ring: KeyRing, identifier: str, key: bytes, wrapping: bytes) -> dict[str, str]:
    purpose = _wrapping_of(identifier)
    return {"wrapped": ring.wrap(key, purpose=identifier), "wrapping": ring.wrap(wrapping, purpose=purpose)}


def _wrapping_of(identifier: str) -> str:
    return f"{identifier} groups"
