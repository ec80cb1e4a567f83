"""An ObjectStore over another one that notes which ranges are read of which object, and how many readers are open."""

from collections.abc import Iterable, Iterator, Sequence

from residency.store.objects import Listed, ObjectReader, ObjectStore, ObjectWriter, Stored


class CountingObjects:
    """Passes everything on; `ranges` holds (name, offset, length) of every read since `forget`."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self.ranges: list[tuple[str, int, int]] = []
        self.open_now = 0

    @property
    def bytes_read(self) -> int:
        """How many bytes were read since `forget`."""
        return sum(length for _, _, length in self.ranges)

    def forget(self) -> None:
        """Begin to count anew."""
        self.ranges.clear()

    def create(self, name: str) -> ObjectWriter:
        """Begin an object."""
        return self.store.create(name)

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Write a whole object."""
        return self.store.put(name, chunks)

    def size(self, name: str) -> int:
        """Length in bytes."""
        return self.store.size(name)

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object."""
        data = self.store.read(name, offset, length)
        self.ranges.append((name, offset, len(data)))
        return data

    def open(self, name: str) -> "_CountingReader":
        """An object to read from many times."""
        return _CountingReader(self.store.open(name), self)

    def sweep(self) -> int:
        """Remove what dead writers left."""
        return self.store.sweep()

    def drop(self, name: str) -> bool:
        """Forget a copy."""
        return self.store.drop(name)

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        return self.store.has(name)

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.store.delete(name)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        return self.store.names(prefix)

    def listed(self, prefix: str = "") -> Iterator[Listed]:
        """Objects whose names begin with the prefix."""
        return self.store.listed(prefix)


class _CountingReader:
    def __init__(self, reader: ObjectReader, counting: CountingObjects) -> None:
        self._reader, self._counting, self._open = reader, counting, True
        self.name, self.size = reader.name, reader.size
        counting.open_now += 1

    def read(self, offset: int, length: int, /) -> bytes:
        data = self._reader.read(offset, length)
        self._counting.ranges.append((self.name, offset, length))
        return data

    def read_ranges(self, ranges: Sequence[tuple[int, int]], /) -> list[bytes | memoryview]:
        found = self._reader.read_ranges(ranges)
        self._counting.ranges += [(self.name, offset, length) for offset, length in ranges]
        return found

    def close(self) -> None:
        self._counting.open_now -= self._open
        self._open = False
        self._reader.close()

    def __enter__(self) -> "_CountingReader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
