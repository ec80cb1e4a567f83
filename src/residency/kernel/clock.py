"""The only reader of the time.

Everything that needs the time is handed a `Clock`; nothing else calls `datetime.now` (a house test looks).
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The time now, in UTC, to the microsecond."""
    return datetime.now(UTC)


def stopwatch() -> float:
    """Seconds from an arbitrary start; only differences mean something, and they never go backwards."""
    return time.monotonic()


def rfc3339(at: datetime) -> str:
    """The one way in which this project writes a time: UTC, microseconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_rfc3339(text: str) -> datetime:
    """The time that `rfc3339` wrote."""
    return datetime.fromisoformat(text)
