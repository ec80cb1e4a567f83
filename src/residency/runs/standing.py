"""Whether workers may go on: asked every few seconds while they work, whatever they work at.

    standing = Standing(gang, ticket.lease_until, keep)
    while None in gang.codes():
        standing.look()                # tells them of a longer lease; where the answer is no, they are stopped
        if standing.overdue:
            break

An answer that does not come is no refusal: it is asked for again, and the lease ends what cannot be asked about. Not
here: the rules (`govern.policy`), and how an attempt is recorded (`watch`).
"""

from collections.abc import Callable
from datetime import datetime

from residency.compute.launcher import Gang
from residency.errors import Unavailable
from residency.govern.gate import NotAllowed
from residency.kernel.clock import rfc3339, stopwatch

TERMS_SECONDS = 5
STOP_SECONDS = 45


class Standing:
    """The right of a gang to go on; `refusal` says why it was told to stop.

    `keep` asks, lengthens the lease where it runs out, and returns its end; it raises NotAllowed.
    """

    def __init__(self, gang: Gang, until: datetime, keep: Callable[[], datetime]) -> None:
        self._gang, self._until, self._keep = gang, until, keep
        self._asked = stopwatch()
        self._stopped: float | None = None
        self.refusal: NotAllowed | None = None

    @property
    def overdue(self) -> bool:
        """Whether it was told to stop so long ago that it will not by itself."""
        return self._stopped is not None and stopwatch() - self._stopped > STOP_SECONDS

    def look(self) -> None:
        """Ask, if the last answer is some seconds old."""
        if self.refusal is None and stopwatch() - self._asked > TERMS_SECONDS:
            self.ask()

    def ask(self) -> None:
        """Ask now."""
        self._asked = stopwatch()
        try:
            until = self._keep()
        except NotAllowed as error:
            self.refuse(error)
        except Unavailable:
            return
        else:
            if until != self._until:
                self._until = until
                self._gang.tell(f'{{"lease_until": "{rfc3339(until)}"}}')

    def refuse(self, error: NotAllowed) -> None:
        """Have the gang checkpoint and leave, for this reason."""
        if self.refusal is None:
            self.refusal, self._stopped = error, stopwatch()
            self._gang.stop()
