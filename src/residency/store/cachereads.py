"""Reads through a cache folder: from the copy, from a copy made just now, or else from the remote itself.

    reads = CachedReads(remote, folder, wait_seconds=30.0, tell=warnings.warn)
    reader, how = reads.obtain("sealed/ab/…", most=1 << 30)       # how: "hit", "fetched" or "passed"

Of all processes that miss an object at once, one fetches it; the others wait for it, and one takes over at once when it
dies. Whatever the disk refuses becomes a read of the remote, and is told once. Not here: the store that is made of this
(`tiers`), the files (`cachefolder`).
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Self

from residency.kernel.clock import stopwatch
from residency.store.cachefiles import Draft, Entry, copy_proven
from residency.store.cachefolder import CacheFolder
from residency.store.objects import ObjectReader, ObjectShort, ObjectStore, read_together, short

HIT, FETCHED, PASSED = "hit", "fetched", "passed"
_POLL_SECONDS = 0.01


class CachedReads:
    """Readers of a remote's objects, and what came of asking for them: `counts` by how, `trouble` in words.

    `wait_seconds` is how long one waits for another process that fetches the same object.
    """

    def __init__(
        self, remote: ObjectStore, folder: CacheFolder, *, wait_seconds: float, tell: Callable[[str], object]
    ) -> None:
        self._remote, self._folder, self._wait, self._tell = remote, folder, wait_seconds, tell
        self.trouble = ""
        self.counts, self._counting = Counter(), Lock()

    def obtain(self, name: str, most: int) -> tuple[ObjectReader, str]:
        """A reader, and where it reads: an object of more than `most` bytes is not fetched."""
        found = self._look(name)
        if isinstance(found, Entry):
            how, reader = HIT, self._reader(found)
        elif found is None:
            how, reader = PASSED, self._remote.open(name)
        else:
            how, reader = self._fetched(found, most)
        with self._counting:
            self.counts[how] += 1
        return reader, how

    def size(self, name: str) -> int | None:
        """Bytes of the object that is cached; None if it is not."""
        try:
            entry = self._folder.find(name)
        except OSError as error:
            self.say(error)
            return None
        if entry is None:
            return None
        entry.close()
        return entry.size

    def drop(self, name: str) -> bool:
        """Forget the copy; whether there was one."""
        try:
            return self._folder.drop(name)
        except OSError as error:
            self.say(error)
            return False

    def forget(self, name: str) -> None:
        """Forget the copy, and first wait for one who is making it, so that none appears after this."""
        held = self._look(name)
        if isinstance(held, Draft):
            self._leave(held)
        elif held is not None:
            held.close()
        self.drop(name)

    def say(self, error: OSError) -> None:
        """Tell, once, that the disk refuses."""
        reason = error.strerror or type(error).__name__
        text = f"The cache does not work as it should: {reason}. What it cannot do is read from the remote store."
        if not self.trouble:
            self.trouble = text
            self._tell(text)

    def _look(self, name: str) -> Entry | Draft | None:
        """The copy, or else the right to make one; None if that cannot be had in time."""
        began = stopwatch()
        try:
            while True:
                if (entry := self._folder.find(name)) is not None:
                    return entry
                if (draft := self._folder.begin(name)) is not None:
                    if (entry := self._folder.find(name)) is None:
                        return draft
                    self._folder.leave(draft)  # another one kept it between the look and the lock
                    return entry
                if stopwatch() - began > self._wait:
                    return None
                time.sleep(_POLL_SECONDS)
        except OSError as error:
            self.say(error)
            return None

    def _fetched(self, draft: Draft, most: int) -> tuple[str, ObjectReader]:
        try:
            source = self._remote.open(draft.name)
            try:
                entry = self._copied(source, draft, most)
            except BaseException:
                source.close()
                raise
        finally:
            self._leave(draft)
        if entry is None:
            return PASSED, source
        source.close()
        return FETCHED, self._reader(entry)

    def _copied(self, source: ObjectReader, draft: Draft, most: int) -> Entry | None:
        try:
            if source.size > most or not self._folder.reserve(draft, source.size):
                return None
            digest = copy_proven(source, draft)
            return None if digest is None else self._folder.keep(draft, digest)
        except ObjectShort:  # the one who reads there will meet it, too
            return None
        except OSError as error:
            self.say(error)
            return None

    def _leave(self, draft: Draft) -> None:
        try:
            self._folder.leave(draft)
        except OSError as error:
            self.say(error)

    def _reader(self, entry: Entry) -> ObjectReader:
        def anew() -> ObjectReader:
            self.drop(entry.name)
            return self._remote.open(entry.name)

        return _CachedReader(entry, anew)


class _CachedReader:
    """Reads the copy, and the remote from where the copy turns out to be cut or its disk to fail."""

    def __init__(self, entry: Entry, anew: Callable[[], ObjectReader]) -> None:
        self.name, self.size = entry.name, entry.size
        self._entry, self._anew = entry, anew
        self._source: ObjectReader | None = None

    def read(self, offset: int, length: int, /) -> bytes:
        if offset < 0 or length < 0 or offset + length > self.size:
            raise short(self.name, self.size, offset + length)
        if self._source is None:
            with suppress(OSError):
                data = self._entry.read(offset, length)
                if len(data) == length:
                    return data
            self._source = self._anew()
        return self._source.read(offset, length)

    def read_ranges(self, ranges: Sequence[tuple[int, int]], /) -> list[bytes | memoryview]:
        return read_together(ranges, self.read)

    def close(self) -> None:
        self._entry.close()
        if self._source is not None:
            self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
