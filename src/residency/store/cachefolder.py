"""A folder of ciphertext with a size limit, shared by processes that know nothing of each other.

    folder = CacheFolder(Path("/nvme/residency"), limit_bytes=500 << 30)
    entry = folder.find(name)                        # an open descriptor, or None
    draft = folder.begin(name)                       # None while another one fetches the same object
    if draft and folder.reserve(draft, size):        # room is made before the first byte comes
        draft.write(0, data)
        entry = folder.keep(draft, digest)

    objects/ab/…    cached objects, each named after the SHA-256 of its name; its readers hold it against eviction
    drafts/…        objects on their way in, at full size from the start, each locked by the one who fetches it
    pins/…          names that a living process needs, here or not yet, locked by that process
    room            the bytes in objects/ and drafts/ by count, locked by whoever adds or removes any

The count is raised before bytes are added and lowered after they are gone, so that a kill leaves it too high, never too
low; what looks full is walked, and the walk corrects it. Pins are not counted. One folder belongs to one remote store.
Not here: the remote, and what to do when there is no room (`tiers`); what a file holds (`cachefiles`).
"""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from residency.kernel.clock import stopwatch, system_clock
from residency.store.cachefiles import (
    ALONE,
    LABEL,
    SHARED,
    Count,
    Draft,
    Entry,
    bytes_in_use,
    file_name,
    is_at,
    label,
    labelled_size,
    locked,
    opened,
    proven,
    release,
    write_at,
)
from residency.store.files import os_errors

_TOUCH_SECONDS = 60.0  # how fine recency is; a finer one costs a write per read
_ROOM_SECONDS = 30.0  # a walk over 100,000 files takes well under one
_FULL_SECONDS = 5.0
_SPARE = 32  # who must make room frees this part of the limit besides, so that not every fetch walks the folder


@dataclass(frozen=True)
class Item:
    """A file of a cached object: its bytes there, when it was last read (seconds since 1970), whether it is pinned."""

    path: Path
    size: int
    used: float
    pinned: bool


class CacheFolder:
    """The folder; every method may raise OSError where the disk refuses, TimeoutError among them."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._objects, self._drafts, self._pins = (folder / part for part in ("objects", "drafts", "pins"))
        self._count = folder / "room"
        self._full: tuple[int, float] | None = None
        with os_errors("open", str(folder)):
            for part in (self._objects, self._drafts, self._pins):
                part.mkdir(parents=True, exist_ok=True)

    def find(self, name: str) -> Entry | None:
        """The cached object, open and used just now; None if it is not here whole."""
        path = self._path(name)
        try:
            file = path.open("rb", buffering=0)
        except FileNotFoundError:
            return None
        locked(file, SHARED)  # refused only while it is being evicted: what is open stays readable all the same
        size, used = labelled_size(file, name), os.fstat(file.fileno()).st_mtime
        if size is None:
            release(file)
            self._remove(path)
            return None
        if system_clock().timestamp() - used > _TOUCH_SECONDS:
            with suppress(OSError):  # somebody else's file, or a disk that may only be read
                os.utime(file.fileno())
        return Entry(file, name, size)

    def begin(self, name: str) -> Draft | None:
        """The draft of an object, locked; None if another one holds it, or did a moment ago."""
        path = self._drafts / file_name(name)
        file = opened(path)
        if locked(file, ALONE) and is_at(file, path):
            return Draft(file, path, name)
        release(file)
        return None

    def reserve(self, draft: Draft, size: int) -> bool:
        """Make room for an object of this many bytes, evicting what was not used for longest; False: there is none."""
        total, file = size + len(draft.name) + LABEL.size, draft.file.fileno()
        with self._room() as room:
            more = total - os.fstat(file).st_size
            if not self._fits(room, more):
                return False
            room.add(more)
            os.ftruncate(file, total)
            os.posix_fallocate(file, 0, total)  # a full disk says so now, not when half has come
        return True

    def keep(self, draft: Draft, digest: bytes) -> Entry:
        """Make the draft the cached object, at once and whole; `digest` is that of `copy_proven`."""
        path = self._path(draft.name)
        size = os.fstat(draft.file.fileno()).st_size - len(draft.name) - LABEL.size
        draft.write(size, label(draft.name, size, digest))
        path.parent.mkdir(exist_ok=True)
        draft.path.replace(path)
        draft.kept = True
        locked(draft.file, SHARED)  # from fetching to reading
        return Entry(draft.file, draft.name, size)

    def leave(self, draft: Draft) -> None:
        """Give up a draft and its room; one that was kept is an object now, and stays."""
        if draft.kept:
            return
        try:
            self._remove(draft.path)
        finally:
            release(draft.file)

    def drop(self, name: str) -> bool:
        """Forget an object, in use or not: who has it open reads on. Returns whether it was here."""
        return self._remove(self._path(name))

    def evict(self, names: Iterable[str]) -> list[int]:
        """Remove objects of these names that are neither pinned nor being read; returns the bytes of each removed."""
        with self._room() as room:
            pinned = self._pinned()
            return self._evict(room, [path for path in map(self._path, names) if path.name not in pinned])

    def make_room(self, size: int) -> list[int]:
        """Remove so many bytes, least recently used first, if there are as many; returns the bytes of each removed."""
        with self._room() as room:
            items, _ = self._walk(room)
            return self._evict(room, _oldest(items), size)

    @contextmanager
    def pin(self, names: Iterable[str]) -> Iterator[None]:
        """Keep objects of these names, here or not yet, from being evicted as long as this process is in the block."""
        path = self._pins / f"{os.getpid()}.{os.urandom(8).hex()}"
        with self._room():  # who evicts reads the pins in here, so that it never sees one unlocked or half
            file = opened(path)
            locked(file, ALONE)
        try:
            with self._room():
                write_at(file, 0, "\n".join(map(file_name, names)).encode())
            yield
        finally:
            path.unlink(missing_ok=True)
            release(file)
            self._full = None

    def items(self) -> list[Item]:
        """All that is cached; what dead processes left in the folder is swept, and the count put right."""
        with self._room() as room:
            return self._walk(room)[0]

    def prove(self, item: Item) -> tuple[str, int] | None:
        """Name and bytes of a cached object; one of which any bit differs from what was fetched goes, and is None."""
        with item.path.open("rb", buffering=0) as file:
            found = proven(file)
        if found is None or file_name(found[0]) != item.path.name:
            self._remove(item.path)
            return None
        return found

    def _path(self, name: str) -> Path:
        hashed = file_name(name)
        return self._objects / hashed[:2] / hashed

    @contextmanager
    def _room(self) -> Iterator[Count]:
        file = opened(self._count)
        try:
            if not locked(file, ALONE, _ROOM_SECONDS):
                raise TimeoutError(errno.ETIMEDOUT, "Another process holds the lock of its room")
            yield Count(file)
        finally:
            release(file)

    def _fits(self, room: Count, more: int) -> bool:
        if (used := room.used()) is not None and used + more <= self.limit_bytes:
            return True
        # Where all is pinned, a walk for every object would only find that out again.
        if more > self.limit_bytes or (self._full and more >= self._full[0] and stopwatch() < self._full[1]):
            return False
        items, used = self._walk(room)
        over = used + more - self.limit_bytes
        if 0 < over <= sum(item.size for item in items if not item.pinned):
            over -= sum(self._evict(room, _oldest(items), over + self.limit_bytes // _SPARE))
        self._full = None if over <= 0 else (more, stopwatch() + _FULL_SECONDS)
        return over <= 0

    def _walk(self, room: Count) -> tuple[list[Item], int]:
        # Drafts first: one that is kept meanwhile is then counted twice, never not at all.
        used, pinned, items = sum(map(bytes_in_use, self._drafts.iterdir())), self._pinned(), []
        for folder in self._objects.iterdir():
            for found in os.scandir(folder):
                with suppress(FileNotFoundError):
                    about = found.stat()
                    items.append(Item(Path(found.path), about.st_size, about.st_mtime, found.name in pinned))
        used += sum(item.size for item in items)
        room.put(used)
        return items, used

    def _pinned(self) -> set[str]:
        names: set[str] = set()
        for path in self._pins.iterdir():
            if bytes_in_use(path):
                with suppress(FileNotFoundError):  # unpinned meanwhile
                    names.update(path.read_text().split())
        return names

    def _evict(self, room: Count, paths: Iterable[Path], size: float = float("inf")) -> list[int]:
        """Bytes of each file that went: one after the other, until so many are free."""
        freed: list[int] = []
        for path in paths:
            if size <= 0:
                break
            with suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
                if locked(file, ALONE):
                    path.unlink()
                    freed.append(os.fstat(file.fileno()).st_size)
                    size -= freed[-1]
                    room.add(-freed[-1])
                    release(file)
        self._full = None
        return freed

    def _remove(self, path: Path) -> bool:
        if not path.exists():
            return False
        with self._room() as room, suppress(FileNotFoundError):
            size = path.stat().st_size
            path.unlink()
            room.add(-size)
            return True
        return False


def _oldest(items: list[Item]) -> list[Path]:
    return [item.path for item in sorted(items, key=lambda item: item.used) if not item.pinned]
