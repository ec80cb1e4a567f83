"""A lease: the right to open keys, granted by the gate and logged before the first byte is read.

    with site.gate.lease(by, "deid.run", intake) as lease:
        plain = site.sealed.read(ref, lease.keys(intake.space))

        for item in track(items, "cleaning"):
            lease.keep()                           # NotAllowed as soon as the work no longer may go on

It ends with its block, at the end of its minutes, or with the protocol, whichever comes first; long work keeps it, and
is stopped by that. A key that was handed out before cannot be recalled. Not here: granting (`govern.gate`), the keys
themselves (`store.keys`).
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from residency.errors import Refused
from residency.govern.identity import Actor
from residency.govern.ledger import Ledger
from residency.kernel.clock import Clock
from residency.store.keys import KeyGroup, KeySpace, Space, new_space, open_space, opened_now
from residency.store.ring import KeyRing

TERMS_SECONDS = 10
"""Long work asks the gate again after so many seconds, at the next thing it takes up."""


class LeaseEnded(Refused):
    """The right to open keys is over."""


class Lease:
    """The right to open keys until it ends; every key of clinical data comes from one.

    `grant` logs this lease, for the first time or once more, and returns its end; `judge` only asks. Both raise
    NotAllowed.
    """

    def __init__(
        self,
        ledger: Ledger,
        ring: KeyRing,
        clock: Clock,
        identifier: str,
        by: Actor,
        *,
        grant: Callable[[], datetime],
        judge: Callable[[], object],
    ) -> None:
        self._ledger, self._ring, self._clock = ledger, ring, clock
        self._grant, self._judge = grant, judge
        self.id, self.by, self.at = identifier, by, clock()
        self._granted, self.ends = self.at, grant()
        self._asked, self._over = self.at, False
        self._spaces: dict[str, Space] = {}

    def keep(self) -> None:
        """Ask whether the work may go on, and lengthen the lease when less than half of it is left.

        Cheap to call for every thing that is worked on. Raises NotAllowed, and LeaseEnded after its block.
        """
        now = self._clock()
        if self._over:
            self._check()
        elif now - self._granted > self.ends - now:
            self._granted, self.ends, self._asked = now, self._grant(), now
        elif now - self._asked >= timedelta(seconds=TERMS_SECONDS):
            self._judge()
            self._asked = now

    def end(self) -> None:
        """From now on it opens nothing, and cannot be kept."""
        self._over, self.ends = True, min(self.ends, self._clock())

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
            self._spaces[identifier] = self._open(identifier)
        return self._spaces[identifier]

    def keys(self, space: str, groups: Iterable[str] | None = None) -> dict[str, bytes]:
        """Group identifier → key, for the living groups of a space, all or those named; raises LeaseEnded."""
        opened, wanted = self.space(space), None if groups is None else set(groups)
        records = self._ledger.all(KeyGroup, scope=space)
        living = [group for group in records if not group.destroyed]
        if any(group.turn != opened.opened.turn for group in living):
            # Somebody withdrew since this lease opened the space, and everyone else's groups were wrapped anew.
            opened, records = self._open(space), self._ledger.all(KeyGroup, scope=space)
            living = [group for group in records if not group.destroyed]
        return {g.id: opened.open(g).key for g in living if wanted is None or g.id in wanted}

    def _open(self, identifier: str) -> Space:
        look = partial(self._ledger.get, KeySpace, identifier)
        return opened_now(look, partial(open_space, self._ring))

    def _check(self) -> None:
        if self._clock() >= self.ends:
            raise LeaseEnded(f"The lease {self.id} has ended.", remedy="Repeat the act: it asks for a new one.")
