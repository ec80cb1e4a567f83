"""A local disk in front of a remote store: the same ciphertext, kept as long as it fits.

    store = CachedStore(remote, Path("/nvme/residency"), limit_bytes=500 << 30)
    with store.pin(names):                          # before anything comes, so that nothing of it goes again
        store.prefetch(names, threads=8)
        with store.open(name) as reader: ...        # from the disk; from the remote where it could not be kept

The remote has the only copy that counts: what is written or deleted is written or deleted there, and what exists, and
under which names, is asked there. An object is fetched whole when it is first opened, by one process for all, proven
against the remote's length and the trailer of sealed objects, and then read from the disk, also while the remote is
away. Whatever the disk cannot do (full, not writable, all pinned, damaged) sends the read to the remote: a cache never
fails a read, and says once that it is in trouble.

A flipped bit is not found by opening: that would be a second read of every byte. Sealed readers find it (SealBroken);
who meets one calls `drop(name)`, and if that is True opens again. Objects are written once, so a copy grows old only
when a name is deleted and written again elsewhere; `check` finds such copies. Nothing is synced: after a power cut, run
`check`. Writes are not kept: what is read is worth the room. Not here: how one read goes (`cachereads`), the files
(`cachefolder`), which store is cached where (wiring).
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from residency.kernel.clock import stopwatch
from residency.store.cachefolder import CacheFolder
from residency.store.cachereads import FETCHED, HIT, PASSED, CachedReads
from residency.store.objects import (
    Listed,
    ObjectMissing,
    ObjectReader,
    ObjectStore,
    ObjectWriter,
    Stored,
    StoreUnavailable,
    checked_name,
)

_SHARE = 4  # one object may push out at most this part of the cache when it is merely opened
_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class CacheStatus:
    """The folder now (`size` in bytes), and what this store had of it.

    `hits` are objects opened from the disk, `misses` those it fetched, `passed` those it had to read from the remote.
    """

    objects: int
    size: int
    limit_bytes: int
    pinned: int
    hits: int
    misses: int
    passed: int
    trouble: str


@dataclass(frozen=True)
class Prefetched:
    """Objects so far: fetched, here already, left out (no room); bytes fetched, and seconds since the start."""

    fetched: int = 0
    here: int = 0
    left: int = 0
    size: int = 0
    seconds: float = 0.0

    @property
    def bytes_per_second(self) -> float:
        """The rate of what was fetched."""
        return self.size / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Evicted:
    """Objects that went, and the bytes that they freed."""

    objects: int
    size: int


@dataclass
class Checked:
    """What `check` found: objects that stay, and the files that went because they were damaged, or are gone there."""

    kept: int = 0
    damaged: int = 0
    gone: list[str] = field(default_factory=list)


class CachedStore:
    """An object store whose reads come from a local folder where they can; safe among threads and processes.

    `wait_seconds` is how long a read waits for another process that fetches the same object before it asks the remote
    itself; `tell` is told, once, that the cache is in trouble. Raises StoreUnavailable if the folder cannot be made.
    """

    def __init__(
        self,
        remote: ObjectStore,
        folder: Path,
        limit_bytes: int,
        *,
        wait_seconds: float = _WAIT_SECONDS,
        tell: Callable[[str], object] = warnings.warn,
    ) -> None:
        self.remote, self._folder = remote, CacheFolder(folder, limit_bytes)
        self._reads = CachedReads(remote, self._folder, wait_seconds=wait_seconds, tell=tell)

    def create(self, name: str) -> ObjectWriter:
        """Begin an object at the remote; raises NameTaken if it exists there already."""
        writer = self.remote.create(name)
        self.drop(name)  # the remote has none of this name: a copy is of one that was deleted
        return writer

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Write a whole object to the remote."""
        stored = self.remote.put(name, chunks)
        self.drop(name)
        return stored

    def size(self, name: str) -> int:
        """Length in bytes; raises ObjectMissing."""
        size = self._reads.size(checked_name(name))
        return self.remote.size(name) if size is None else size

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object; raises ObjectMissing, and ObjectShort where it ends before the range."""
        with self.open(name) as reader:
            return reader.read(offset, reader.size - offset if length is None else length)

    def open(self, name: str) -> ObjectReader:
        """An object to read from many times, fetched if it is not here and not too large; raises ObjectMissing."""
        return self._reads.obtain(checked_name(name), self._folder.limit_bytes // _SHARE)[0]

    def has(self, name: str) -> bool:
        """Whether the remote has the object."""
        return self.remote.has(name)

    def delete(self, name: str) -> None:
        """Remove an object at the remote, then here; one that is not there is no error."""
        self.remote.delete(name)
        self._reads.forget(name)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names at the remote that begin with the prefix, sorted."""
        return self.remote.names(prefix)

    def listed(self, prefix: str = "") -> Iterator[Listed]:
        """Objects at the remote whose names begin with the prefix, sorted by name."""
        return self.remote.listed(prefix)

    @contextmanager
    def pin(self, names: Iterable[str]) -> Iterator[None]:
        """Keep these objects, here or not yet, from being evicted while this process is in the block.

        Pins of more than the limit are no error: what came first stays, the rest is read from the remote.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(self._folder.pin(names))
            except OSError as error:
                self._reads.say(error)
            yield

    def prefetch(
        self, names: Iterable[str], *, threads: int = 4, progress: Callable[[Prefetched], object] | None = None
    ) -> Prefetched:
        """Fetch objects, several at a time; nothing of them goes meanwhile, and what has no room is left out.

        `progress` is called after each object, in this thread. Raises what the remote raises, at the first.
        """
        wanted, began, counts, size = list(names), stopwatch(), Counter(), 0
        with self.pin(wanted), ThreadPoolExecutor(threads) as pool:
            tasks = [pool.submit(self._prefetched, name) for name in wanted]
            try:
                for task in as_completed(tasks):
                    how, fetched = task.result()
                    counts[how] += 1
                    size += fetched
                    if progress is not None:
                        progress(_prefetched(counts, size, began))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return _prefetched(counts, size, began)

    def evict(self, what: Iterable[str] | int) -> Evicted:
        """Remove the objects of these names, or so many bytes of what was not used for longest, from the disk.

        What is pinned or being read stays. Nothing is removed at the remote. Raises StoreUnavailable.
        """
        with _named("evict from"):
            freed = self._folder.make_room(what) if isinstance(what, int) else self._folder.evict(what)
        return Evicted(len(freed), sum(freed))

    def drop(self, name: str) -> bool:
        """Forget the copy of an object, whoever uses it; whether there was one, and so whether to read again pays."""
        return self._reads.drop(checked_name(name))

    def sweep(self) -> int:
        """Remove what dead writers left at the remote; what they left here, `status` and `check` sweep."""
        return self.remote.sweep()

    def status(self) -> CacheStatus:
        """Counts and bytes; what dead processes left is swept. Raises StoreUnavailable."""
        with _named("look into"):
            items = self._folder.items()
        size, pinned = sum(item.size for item in items), sum(item.pinned for item in items)
        counts = self._reads.counts
        return CacheStatus(
            objects=len(items),
            size=size,
            limit_bytes=self._folder.limit_bytes,
            pinned=pinned,
            hits=counts[HIT],
            misses=counts[FETCHED],
            passed=counts[PASSED],
            trouble=self._reads.trouble,
        )

    def check(self) -> Checked:
        """Read every copy; those that are damaged, or that the remote has no more or otherwise, go.

        Also sweeps what dead processes left, and keeps to a limit that was lowered. Raises StoreUnavailable; what is
        damaged is gone even then.
        """
        found, proven = Checked(), []
        with _named("check"):
            items = self._folder.items()
            self._folder.make_room(sum(item.size for item in items) - self._folder.limit_bytes)
            for item in items:
                with suppress(FileNotFoundError):  # evicted since
                    proven.append(self._folder.prove(item))
        found.damaged = proven.count(None)
        for name, size in filter(None, proven):
            if self._remote_size(name) == size:
                found.kept += 1
            else:
                self.drop(name)
                found.gone.append(name)
        return found

    def _remote_size(self, name: str) -> int | None:
        try:
            return self.remote.size(name)
        except ObjectMissing:
            return None

    def _prefetched(self, name: str) -> tuple[str, int]:
        reader, how = self._reads.obtain(checked_name(name), self._folder.limit_bytes)
        with reader:
            return how, reader.size if how == FETCHED else 0


def _prefetched(counts: Counter, size: int, began: float) -> Prefetched:
    return Prefetched(counts[FETCHED], counts[HIT], counts[PASSED], size, stopwatch() - began)


@contextmanager
def _named(verb: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        says = f"Cannot {verb} the cache: {reason}."
        raise StoreUnavailable(says, remedy="Check its disk and permissions.") from error
