"""Who keeps a run: at most one supervisor at a time, known by a lock that the system takes back when it dies.

    with keeping(site, run.id): …          # in the supervisor; raises AlreadyKept
    is_kept(site, run.id)                  # False after kill -9 or a reboot: whoever submits again starts another

The lock is a file beside the run's log; its content means nothing. Not here: starting a supervisor (`submit`).
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from residency.errors import Conflict, Unavailable
from residency.kernel.clock import stopwatch
from residency.site import Site

LEAVING_SECONDS = 5
"""How long a supervisor that has said its last word may take to let go."""


class AlreadyKept(Conflict):
    """Another supervisor keeps this run."""


class LogUnwritable(Unavailable):
    """The folder of the runs' logs cannot be written."""


@contextmanager
def keeping(site: Site, run: str) -> Iterator[None]:
    """Keep a run for as long as the block lasts; raises AlreadyKept, LogUnwritable."""
    began = stopwatch()
    with open_log(site, f"{run}.lock") as file:
        while not _locked(file, fcntl.LOCK_EX):
            if stopwatch() - began > LEAVING_SECONDS:
                raise AlreadyKept(f"{run} has a supervisor already.", remedy="Watch it with 'residency run submit'.")
            time.sleep(0.05)
        yield


def is_kept(site: Site, run: str) -> bool:
    """Whether a living supervisor keeps the run; raises LogUnwritable."""
    # Shared: two who look at the same moment must not take each other for the supervisor.
    with open_log(site, f"{run}.lock") as file:
        return not _locked(file, fcntl.LOCK_SH)


def open_log(site: Site, name: str) -> BinaryIO:
    """A file beside the runs' logs, to append to; raises LogUnwritable."""
    folder = site.folder / "logs"
    try:
        folder.mkdir(exist_ok=True)
        return (folder / name).open("ab")
    except OSError as error:
        raise LogUnwritable(
            f"logs/{name} cannot be written: {error.strerror or type(error).__name__}.",
            remedy="Free space, or let this user write in the site's folder 'logs'; then repeat.",
        ) from error


def _locked(file: BinaryIO, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
