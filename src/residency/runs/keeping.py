"""Who keeps a run: at most one supervisor at a time, known by a lock that the system takes back when it dies.

    with keeping(site, run.id): …          # in the supervisor; raises AlreadyKept
    is_kept(site, run.id)                  # False after kill -9 or a reboot: whoever submits again starts another

The lock is a file beside the run's log; its content means nothing. Not here: starting a supervisor (`submit`).
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from residency.errors import Conflict
from residency.site import Site


class AlreadyKept(Conflict):
    """Another supervisor keeps this run."""


@contextmanager
def keeping(site: Site, run: str) -> Iterator[None]:
    """Keep a run for as long as the block lasts; raises AlreadyKept."""
    with _lock_file(site, run).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyKept(f"{run} has a supervisor already.", remedy="Watch it with 'run submit'.") from error
        yield


def is_kept(site: Site, run: str) -> bool:
    """Whether a living supervisor keeps the run."""
    try:
        with keeping(site, run):
            return False
    except AlreadyKept:
        return True


def _lock_file(site: Site, run: str) -> Path:
    folder = site.folder / "logs"
    folder.mkdir(exist_ok=True)
    return folder / f"{run}.lock"
