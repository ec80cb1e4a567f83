"""An ObjectStore in memory: passes the same contract as the real ones, and lets a test change bytes at rest."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from residency.store.objects import Listed, NameTaken, ObjectMissing, Stored, checked_name, read_together, short


class MemoryObjects:
    """Objects in a dict; `bytes_of` is where a test tampers."""

    def __init__(self) -> None:
        self.bytes_of: dict[str, bytes] = {}
        self.since: dict[str, datetime] = {}

    def create(self, name: str) -> "_MemoryWriter":
        """Begin an object."""
        if checked_name(name) in self.bytes_of:
            raise NameTaken(f"An object named {name} exists already.")
        return _MemoryWriter(self, name)

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Write a whole object."""
        writer = self.create(name)
        for chunk in chunks:
            writer.write(chunk)
        return writer.commit()

    def size(self, name: str) -> int:
        """Length in bytes."""
        return len(self._bytes(name))

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object."""
        with self.open(name) as reader:
            return reader.read(offset, reader.size - offset if length is None else length)

    def open(self, name: str) -> "_MemoryReader":
        """An object to read from many times."""
        return _MemoryReader(name, self._bytes(name))

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        return checked_name(name) in self.bytes_of

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.bytes_of.pop(checked_name(name), None)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        return iter(sorted(name for name in self.bytes_of if name.startswith(prefix)))

    def listed(self, prefix: str = "") -> Iterator[Listed]:
        """Objects whose names begin with the prefix."""
        return (Listed(name, len(self.bytes_of[name]), self.since[name]) for name in self.names(prefix))

    def sweep(self) -> int:
        """Nothing is ever half-written here."""
        return 0

    def drop(self, name: str) -> bool:
        """This place keeps no copies."""
        return False

    def _bytes(self, name: str) -> bytes:
        if checked_name(name) not in self.bytes_of:
            raise ObjectMissing(f"There is no object named {name}.")
        return self.bytes_of[name]


class _MemoryReader:
    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.size, self._data = name, len(data), data

    def read(self, offset: int, length: int, /) -> bytes:
        data = self._data[offset : offset + length]
        if len(data) != length:
            raise short(self.name, offset + len(data), offset + length)
        return data

    def read_ranges(self, ranges: Sequence[tuple[int, int]], /) -> list[bytes | memoryview]:
        return read_together(ranges, self.read)

    def close(self) -> None:
        pass

    def __enter__(self) -> "_MemoryReader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class _MemoryWriter:
    def __init__(self, into: MemoryObjects, name: str) -> None:
        self._into, self._name, self._data = into, name, bytearray()

    def write(self, data: bytes | memoryview, /) -> int:
        self._data += data
        return len(data)

    def commit(self) -> Stored:
        if self._name in self._into.bytes_of:
            raise NameTaken(f"An object named {self._name} exists already.")
        self._into.bytes_of[self._name] = bytes(self._data)
        self._into.since[self._name] = datetime.now(UTC)
        return Stored(self._name, len(self._data))

    def discard(self) -> None:
        self._data.clear()
