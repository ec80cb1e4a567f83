"""Progress of long work: silent in programs, a bar with rate and time left where a person is watching.

    for series in track(found, "reading series"): …

A door (the command line) installs a `show`; acts only say how far they are. Not here: the progress of runs, which
outlives the process that submitted them (`runs.supervise`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Show = Callable[[str, int, int | None], None]
"""Called with what is done, how much of it, and of how much (None: not known)."""

_show: ContextVar[Show | None] = ContextVar("show", default=None)


def track(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """The items, saying after each how far we are."""
    if total is None and isinstance(items, Sequence):
        total = len(items)
    for number, item in enumerate(items):
        say(what, number, total)
        yield item
    if total:
        say(what, total, total)


def say(what: str, done: int, total: int | None = None) -> None:
    """Say how far the work has come."""
    show = _show.get()
    if show is not None:
        show(what, done, total)


@contextmanager
def shown_by(show: Show) -> Iterator[None]:
    """Have progress shown in this block."""
    token = _show.set(show)
    try:
        yield
    finally:
        _show.reset(token)
