"""Kills at moments drawn over the time that the work takes, until so many have really killed."""

from collections.abc import Callable, Iterator
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
