"""Kills at moments drawn over the time that the work takes, until so many have really killed; and processes stopped."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any


def kills(killed: Callable[..., tuple[Any, dict]], chance: Random, seconds: float, times: int) -> Iterator[Any]:
    """The places that so many kills left; work that was over before its kill only shows how long it takes."""
    done = 0
    for _ in range(20 * times):
        place, ended = killed(after=chance.uniform(0, seconds))
        if ended["killed"]:
            done += 1
        else:
            seconds = min(seconds, ended["seconds"])
        yield place
        if done == times:
            return
    raise AssertionError(f"only {done} of {times} kills came in time")


def stop(pid: int) -> None:
    """Stop a child that lives, with all its threads; the signal alone returns before it stands still."""
    os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + 10
    with suppress(ChildProcessError):  # it ended before the signal came
        while os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG) is None:
            assert time.monotonic() < end, f"process {pid} does not stop"
            time.sleep(0.0005)
