"""Patience with what lies outside: a database, a disk or a store that does not answer just now.

    patiently(lambda again: perform(site, by, "run.train", ask), log)

Only Unavailable is waited for, with longer and longer pauses, for an hour at most; everything else is raised at once.
What was asked may have been done although its answer was lost: `again` is true from the second time on, for whoever
must look before asking twice. Not here: faults of workers (`supervise`).
"""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from residency.errors import Unavailable
from residency.kernel.clock import stopwatch

T = TypeVar("T")
Log = Callable[[str], object]
"""Takes lines for the run's log file: exit codes and places of faults, no values."""

LONGEST_PAUSE_SECONDS = 30.0
PATIENCE_SECONDS = 3600.0


def patiently(what: Callable[[bool], T], log: Log) -> T:
    """The answer, however long it takes within the hour; raises what was raised last."""
    waiting, rests = stopwatch(), pauses()
    again = False
    while True:
        try:
            return what(again)
        except Unavailable as error:
            if stopwatch() - waiting > PATIENCE_SECONDS:
                raise
            pause = next(rests)
            log(f"{error.code}: {error.message} Asked again in {pause:.0f} s.\n")
        again = True
        time.sleep(pause)


def pauses() -> Iterator[float]:
    """Seconds: 1, 2, 4 and so on, up to the longest."""
    seconds = 1.0
    while True:
        yield seconds
        seconds = min(2 * seconds, LONGEST_PAUSE_SECONDS)
