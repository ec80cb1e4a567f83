"""Processes on this machine: one for each rank, heard over pipes, attended: their input ends when this process does.

    gang = LocalLauncher().start(Job(id="run-01k…-1", command=(…), ranks=2, threads=1), inherit=(descriptor,))

Refuses a gang of which one process does not start. Not here: what a gang must do (`launcher`), and which launcher a
site uses (`wiring`).
"""

import os
import selectors
import signal
import subprocess
from collections import deque
from collections.abc import Sequence

from residency.compute.launcher import Job
from residency.errors import Unavailable

KEPT_LINES = 20


class WorkerNotStarted(Unavailable):
    """The operating system did not start a process."""


class LocalLauncher:
    """Starts every rank as a child of this process."""

    def start(self, job: Job, *, inherit: Sequence[int]) -> "LocalGang":
        """Start every rank; raises WorkerNotStarted, and then none is left running."""
        started: list[subprocess.Popen] = []
        try:
            for rank in range(job.ranks):
                started.append(
                    subprocess.Popen(
                        [*job.command, "--rank", str(rank), "--attended"],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        pass_fds=tuple(inherit),
                    )
                )
        except OSError as error:
            LocalGang(started).kill()
            reason = error.strerror or type(error).__name__
            raise WorkerNotStarted(f"A worker did not start: {reason}.", remedy="Free memory or processes.") from error
        return LocalGang(started)


class LocalGang:
    """The ranks of one attempt as child processes."""

    def __init__(self, processes: list[subprocess.Popen]) -> None:
        self._processes = processes
        self._selector = selectors.DefaultSelector()
        self._partial = dict.fromkeys(range(len(processes)), b"")
        self._errors: deque[str] = deque(maxlen=KEPT_LINES)
        for rank, process in enumerate(processes):
            for stream, name in ((process.stdout, "out"), (process.stderr, "err")):
                assert stream is not None
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, selectors.EVENT_READ, (rank, name))

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids in order of rank."""
        return tuple(process.pid for process in self._processes)

    def lines(self, seconds: float) -> list[tuple[int, str]]:
        """Lines said within this time, with their ranks."""
        said: list[tuple[int, str]] = []
        for key, _ in self._selector.select(seconds):
            rank, name = key.data
            data = key.fileobj.read(65536)  # type: ignore[union-attr]
            if not data:
                self._selector.unregister(key.fileobj)
            elif name == "err":
                self._errors.extend(data.decode(errors="replace").splitlines())
            else:
                *whole, self._partial[rank] = (self._partial[rank] + data).split(b"\n")
                said += [(rank, line.decode()) for line in whole]
        return said

    def tell(self, line: str) -> None:
        """Say a line to every rank."""
        for process in self._processes:
            try:
                assert process.stdin is not None
                process.stdin.write(line.encode() + b"\n")
                process.stdin.flush()
            except (BrokenPipeError, OSError):
                continue

    def codes(self) -> tuple[int | None, ...]:
        """Exit codes in order of rank; None while a rank runs."""
        return tuple(process.poll() for process in self._processes)

    def stop(self) -> None:
        """Ask every rank to checkpoint and leave."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End every rank now, and wait for it."""
        self._signal(signal.SIGKILL)
        for process in self._processes:
            process.wait()
        # What was still in the pipes is heard, so that the reason of a fault is not lost.
        while self._selector.get_map() and self.lines(0):
            continue
        for process in self._processes:
            for stream in (process.stdin, process.stdout, process.stderr):
                _close(stream)

    def last_words(self) -> str:
        """The last lines of the ranks' error streams."""
        return "\n".join(self._errors)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(number)


def _close(stream) -> None:
    try:
        stream.close()
    except OSError:
        # A pipe whose reader died cannot be flushed; it is gone either way.
        return
