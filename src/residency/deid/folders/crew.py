"""Work spread over processes of this machine: one unit in each at a time, and the loss of a process is one unit's.

    for at, said in each(clean, units, Crew(workers=8, names=shared)):
        said                 what `clean(units[at])` gave, or Lost: its process died, or it raised what nobody awaited

The processes are forked, so that what was read before is shared and neither copied nor written anywhere; they touch no
terminal and no log, whose locks a thread of the parent may hold. They answer in the order in which they are ready. An
error of the product other than BadInput (the text recognition is missing, the disk is full) is no fault of a unit: it
ends all work and is raised here. A process that its parent leaves behind is ended by the system (Linux). Not here: what
a unit is (`work`), how names are the same in all of them (`shared`).
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from residency.deid.cores import alone
from residency.deid.folders.shared import Shared
from residency.errors import BadInput, ResidencyError
from residency.observe.progress import say

T = TypeVar("T")
R = TypeVar("R")
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux' prctl(2)."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A unit of which nothing came: its process ended, or an error that nobody awaited, by its kind."""

    why: str


@dataclass(frozen=True, slots=True)
class Crew:
    """How many work at once, what they call things, and what the work is called where its progress is shown."""

    workers: int
    names: Shared = field(repr=False)
    doing: str = "cleaning"


def each(work: Callable[[T], R], units: Sequence[T], crew: Crew) -> Iterator[tuple[int, R | Lost]]:
    """The place of each unit with what came of it, as it comes."""
    hall = _Hall(work, units, crew)
    try:
        while hall.busy:
            for line in wait(list(hall.busy)):
                yield from hall.heard(line)  # pyrefly: ignore[bad-argument-type]
    finally:
        hall.close()


class _Hall:
    """The processes that work now, by the line to each, with the unit that each has."""

    def __init__(self, work: Callable, units: Sequence, crew: Crew) -> None:
        self._work, self._units, self._crew = work, units, crew
        self._next = self._done = 0
        self.busy: dict[Connection, tuple[BaseProcess, int]] = {}
        for _ in range(min(crew.workers, len(units))):
            self._hire()

    def heard(self, line: Connection) -> Iterator[tuple[int, Any]]:
        """Answer a question, or take a result and give the next unit."""
        process, at = self.busy[line]
        try:
            what, said = line.recv()
        except (EOFError, OSError):
            self._dismiss(line)
            yield self._counted(at, Lost("Its process ended."))
            self._hire()
            return
        if what == "name":
            self._send(line, self._crew.names.answer(*said))
            return
        if what == "stop":
            raise said
        if self._next < len(self._units):
            self.busy[line] = (process, self._next)
            self._send(line, self._next)
            self._next += 1
        else:
            self._dismiss(line)
        yield self._counted(at, said)

    def close(self) -> None:
        """End every process at once."""
        for line, (process, _) in list(self.busy.items()):
            process.kill()
            process.join()
            line.close()
        self.busy.clear()

    def _counted(self, at: int, said: Any) -> tuple[int, Any]:
        self._done += 1
        say(self._crew.doing, self._done, len(self._units))
        return at, said

    def _hire(self) -> None:
        if self._next >= len(self._units):
            return
        context = get_context("fork")
        mine, theirs = context.Pipe()
        arguments = (theirs, [mine, *self.busy], self._work, self._units, self._crew.names, os.getpid())
        process = context.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        theirs.close()
        self.busy[mine] = (process, self._next)
        self._send(mine, self._next)
        self._next += 1

    def _dismiss(self, line: Connection) -> None:
        process, _ = self.busy.pop(line)
        line.close()
        process.join()

    def _send(self, line: Connection, said: Any) -> None:
        """To a process that is no more there is nothing to say; the end of its line is heard next."""
        try:
            line.send(said)
        except OSError:
            return


def _serve(
    line: Connection, others: list[Connection], work: Callable, units: Sequence, names: Shared, parent: int
) -> None:
    """The life of one process, to the end of its line; `others` are the parent's ends, which would keep lines open."""
    try:
        for other in others:
            other.close()
        _stay_with(parent)
        names.ask_over(line)
        while True:
            line.send(Context().run(_tried, work, units[line.recv()]))  # nobody watches the progress of one unit
    except BaseException:  # the line ended, or what is said cannot be; a traceback would show what nobody may read
        os._exit(1)


def _tried(work: Callable, unit: Any) -> tuple[str, Any]:
    try:
        return "done", work(unit)
    except BadInput as error:
        return "done", Lost(f"It is not what its kind allows ({error.code}).")
    except ResidencyError as error:
        return "stop", error
    except Exception as error:  # whatever it is, it is this unit's alone, and what it says may be a patient's
        return "done", Lost(f"The program failed on it ({type(error).__name__}).")


def _stay_with(parent: int) -> None:
    """Leave the interrupts to the parent, end with it, and leave one core to each of the crew."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    alone()
