"""What begins at a cursor, and what follows it, loaded by threads before it is asked for.

    ahead = Ahead(load, stride=8, threads=2)
    batch = ahead.take(16)                  # load(16); 24 and 32 are being loaded meanwhile

Which thread loads what, and how many there are, changes nothing of what `load` returns, which must depend on the
cursor alone and be safe to call from several threads. A cursor other than the next drops what was loaded for others. An
error of `load` is raised when its cursor is taken. Not here: what is loaded (`sampling`, `windows`).
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

_Loaded = TypeVar("_Loaded")


class Ahead(Generic[_Loaded]):
    """As many things in memory beside the one that was taken as there are threads."""

    def __init__(self, load: Callable[[int], _Loaded], *, stride: int, threads: int) -> None:
        self._load, self._stride, self._count = load, stride, threads
        self._threads = ThreadPoolExecutor(threads, "ahead")
        self._coming: dict[int, Future[_Loaded]] = {}

    def take(self, cursor: int) -> _Loaded:
        """What begins at the cursor; begins to load what follows."""
        wanted = range(cursor, cursor + (self._count + 1) * self._stride, self._stride)
        for other in self._coming.keys() - set(wanted):
            self._coming.pop(other).cancel()
        for each in wanted:
            if each not in self._coming:
                self._coming[each] = self._threads.submit(self._load, each)
        return self._coming.pop(cursor).result()
