"""A place that counts what is read from it; everything else is that of the place it stands before."""

from collections.abc import Sequence
from typing import Any

from residency.store.objects import ObjectReader, ObjectStore


class Counting:
    """`bytes_read` in `ranges` ranges, of objects opened `opened` times."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self.bytes_read = self.ranges = self.opened = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)

    def open(self, name: str) -> "_CountingReader":
        """An object whose reads are counted."""
        self.opened += 1
        return _CountingReader(self, self._objects.open(name))


class _CountingReader:
    def __init__(self, counts: Counting, reader: ObjectReader) -> None:
        self._counts, self._reader = counts, reader
        self.name, self.size = reader.name, reader.size

    def read(self, offset: int, length: int, /) -> bytes:
        self._counts.bytes_read += length
        self._counts.ranges += 1
        return self._reader.read(offset, length)

    def read_ranges(self, ranges: Sequence[tuple[int, int]], /) -> list[bytes | memoryview]:
        self._counts.bytes_read += sum(length for _, length in ranges)
        self._counts.ranges += len(ranges)
        return self._reader.read_ranges(ranges)

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> "_CountingReader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
