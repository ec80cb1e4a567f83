"""A program that does one thing and is killed at a given moment: its two halves, for the tests and for the program.

    with running("tests.dataset.freezing") as program:         # in a test
        end = ordered(program, site="…", at=17, after=None)    # {"killed": True, "calls": 0, "seconds": 0.3}

    if __name__ == "__main__":                                 # in the program
        serve(freeze)                                          # freeze(order, watch) calls watch() once it is open

An order names `at`, the number of the lasting call (fsync, link, rename, …, commit of a ledger) before which the
program dies, or `after`, the seconds after which it dies, or neither. Each is obeyed by a process of its own.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

ROOT = Path(__file__).parents[2]
CALLS = ("fsync", "link", "rename")


@contextmanager
def running(module: str) -> Iterator[subprocess.Popen]:
    """The program, waiting for orders."""
    command, pipes = [sys.executable, "-m", module], {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, text=True, cwd=ROOT) as program:
        yield program
        program.stdin.close()


def ordered(program: subprocess.Popen, **order: Any) -> dict:
    """Give an order; how it ended: whether killed, how many lasting calls there were, and after how many seconds."""
    program.stdin.write(json.dumps(order) + "\n")
    program.stdin.flush()
    return json.loads(program.stdout.readline())


def serve(work: Callable[[dict, Callable[[], None]], object], *, calls: tuple[str, ...] = CALLS) -> None:
    """Obey the orders of the input, one after the other; `calls` are those of `os` that count."""
    for line in sys.stdin:
        print(json.dumps(_obey(json.loads(line), work, calls)), flush=True)


def _obey(order: dict, work: Callable, calls: tuple[str, ...]) -> dict:
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        os.write(write, str(_counted(order, work, calls)).encode())
        os._exit(0)
    os.close(write)
    if order["after"] is not None:
        time.sleep(order["after"])
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    said = os.read(read, 100).decode()
    os.close(read)
    return {"killed": os.WIFSIGNALED(status), "calls": int(said or 0), "seconds": time.monotonic() - began}


def _counted(order: dict, work: Callable, calls: tuple[str, ...]) -> int:
    """Do the work; die before the call of the number ordered. Returns how many there were since it was watched."""
    seen = 0

    def moment(*_: object) -> None:
        nonlocal seen
        if seen == order["at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def watch() -> None:
        for name in calls:
            setattr(os, name, _before(getattr(os, name), moment))
        event.listen(Engine, "commit", moment)

    work(order, watch)
    return seen


def _before(call: Callable, moment: Callable) -> Callable:
    def hooked(*args: Any, **kwargs: Any) -> Any:
        moment()
        return call(*args, **kwargs)

    return hooked
