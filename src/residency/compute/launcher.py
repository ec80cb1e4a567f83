"""Launcher: starts the processes of one attempt together, and hears what they say.

    gang = launcher.start(Job(id="run-01k…-0", command=(…), ranks=2, threads=1), inherit=(descriptor,))
    for rank, line in gang.lines(seconds=0.5): …

A ticket is handed over by an inherited descriptor; where processes start on other machines a launcher carries it
there without writing it down. Not here: what the lines mean (`runs.supervise`), and which launcher is used (`wiring`).
"""

from collections.abc import Sequence
from typing import Protocol

from residency.kernel.record import Part


class Job(Part):
    """What to start: the same command once for each rank, which is told its number by `--rank`.

    A launcher whose processes have a standard input that ends when it dies says so with `--attended`.
    """

    id: str
    command: tuple[str, ...]
    ranks: int
    threads: int


class Gang(Protocol):
    """The processes of one attempt: all run, or none is of use."""

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids in order of rank."""
        ...

    def lines(self, seconds: float) -> list[tuple[int, str]]:
        """Lines said within this time, with their ranks; returns early once there are some."""
        ...

    def tell(self, line: str) -> None:
        """Say a line to every rank; one that is gone does not hear it."""
        ...

    def codes(self) -> tuple[int | None, ...]:
        """Exit codes in order of rank; None while a rank runs."""
        ...

    def stop(self) -> None:
        """Ask every rank to checkpoint and leave (SIGTERM)."""
        ...

    def kill(self) -> None:
        """End every rank now, and wait for it."""
        ...

    def last_words(self) -> str:
        """What the ranks last wrote to their error streams: types and places of faults, no values."""
        ...


class Launcher(Protocol):
    """Starts gangs."""

    def start(self, job: Job, *, inherit: Sequence[int]) -> Gang:
        """Start every rank; raises WorkerNotStarted."""
        ...
