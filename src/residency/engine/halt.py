"""When a worker must stop: a signal, the end of its lease, or a word from its supervisor.

    halt = Halt(ticket.lease_until)
    halt.listen(sys.stdin, attended=True)  # lines {"lease_until": "…"} renew, {"stop": "reason"} ends
    halt.reason()                          # "" while it may go on

A supervisor that falls silent is no reason: the lease is. One that is gone is a reason where its end of the line is
known to end with it (`attended`): somebody else may begin the next attempt at any moment. Not here: what stopping
means (`engine.loop`).
"""

import json
import signal
from collections.abc import Iterable
from datetime import datetime
from threading import Thread

from residency.kernel.clock import Clock, system_clock


class Halt:
    """The one place that knows whether work may go on."""

    def __init__(self, lease_until: datetime, clock: Clock = system_clock) -> None:
        self._lease_until, self._clock, self._told = lease_until, clock, ""

    def reason(self) -> str:
        """Why to stop at the end of this step; empty if there is no reason."""
        if not self._told and self._clock() >= self._lease_until:
            self._told = "the lease has ended"
        return self._told

    def on_signal(self) -> None:
        """Let SIGTERM end the work at the end of a step."""
        signal.signal(signal.SIGTERM, lambda *_: self._tell("SIGTERM"))

    def listen(self, lines: Iterable[str], *, attended: bool = False) -> Thread:
        """Hear the supervisor, in a thread that ends with the lines or with the process; attended: so does the work."""
        thread = Thread(target=self._hear, args=(lines, attended), daemon=True, name="control")
        thread.start()
        return thread

    def _hear(self, lines: Iterable[str], attended: bool) -> None:
        for line in lines:
            try:
                said = json.loads(line)
                if "lease_until" in said:
                    self._lease_until = _instant(said["lease_until"])
                if said.get("stop"):
                    self._tell(str(said["stop"]))
            except (ValueError, TypeError, AttributeError):
                self._tell("the supervisor said something unintelligible")
        if attended:
            self._tell("the supervisor is gone")

    def _tell(self, reason: str) -> None:
        self._told = self._told or reason


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without zone is no instant")
    return at
