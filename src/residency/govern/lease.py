"""A lease: the right to open keys, granted by the gate and logged before the first byte is read.

    with site.gate.lease(by, "deid.run", intake) as lease:
        plain = site.sealed.read(ref, lease.keys(intake.space))

It ends with its block, at the end of its minutes, or with the protocol, whichever comes first; a key that was handed
out before cannot be recalled. Not here: granting (`govern.gate`), the keys themselves (`store.keys`).
"""

from collections.abc import Iterable
from datetime import datetime

from residency.errors import Refused
from residency.govern.identity import Actor
from residency.govern.ledger import Ledger
from residency.kernel.clock import Clock
from residency.store.keys import KeyGroup, KeyRing, KeySpace, Space, new_space, open_space


class LeaseEnded(Refused):
    """The right to open keys is over."""


class Lease:
    """The right to open keys until it ends; every key of clinical data comes from one."""

    def __init__(
        self, ledger: Ledger, ring: KeyRing, clock: Clock, identifier: str, by: Actor, at: datetime, ends: datetime
    ) -> None:
        self._ledger, self._ring, self._clock = ledger, ring, clock
        self.id, self.by, self.at, self.ends = identifier, by, at, ends
        self._spaces: dict[str, Space] = {}

    def new_space(self, owner: str) -> Space:
        """A fresh key space; save its record and its groups in the act that follows. Raises LeaseEnded."""
        self._check()
        space = new_space(self._ring, owner=owner, at=self.at, by=self.by.id)
        self._spaces[space.record.id] = space
        return space

    def space(self, identifier: str) -> Space:
        """A key space that exists; raises LeaseEnded."""
        self._check()
        if identifier not in self._spaces:
            self._spaces[identifier] = open_space(self._ring, self._ledger.get(KeySpace, identifier))
        return self._spaces[identifier]

    def keys(self, space: str, groups: Iterable[str] | None = None) -> dict[str, bytes]:
        """Group identifier → key, for all groups of a space or for those named; raises LeaseEnded."""
        opened, wanted = self.space(space), None if groups is None else set(groups)
        records = self._ledger.all(KeyGroup, scope=space)
        return {g.id: opened.open(g).key for g in records if wanted is None or g.id in wanted}

    def _check(self) -> None:
        if self._clock() >= self.ends:
            raise LeaseEnded(f"The lease {self.id} has ended.", remedy="Repeat the act: it asks for a new one.")
