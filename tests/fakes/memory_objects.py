"""An ObjectStore in memory: passes the same contract as the real ones, and lets a test change bytes at rest."""

from collections.abc import Iterable, Iterator

from residency.store.objects import NameTaken, ObjectMissing, ObjectShort, Stored, checked_name


class MemoryObjects:
    """Objects in a dict; `bytes_of` is where a test tampers."""

    def __init__(self) -> None:
        self.bytes_of: dict[str, bytes] = {}

    def create(self, name: str) -> "_MemoryWriter":
        """Begin an object."""
        if checked_name(name) in self.bytes_of:
            raise NameTaken(f"An object named {name} exists already.")
        return _MemoryWriter(self.bytes_of, name)

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
        whole = self._bytes(name)
        wanted = len(whole) - offset if length is None else length
        data = whole[offset : offset + max(wanted, 0)]
        if len(data) != wanted:
            raise ObjectShort(f"Object {name} ends before byte {offset + wanted}.")
        return data

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        return checked_name(name) in self.bytes_of

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.bytes_of.pop(checked_name(name), None)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        return iter(sorted(name for name in self.bytes_of if name.startswith(prefix)))

    def _bytes(self, name: str) -> bytes:
        if checked_name(name) not in self.bytes_of:
            raise ObjectMissing(f"There is no object named {name}.")
        return self.bytes_of[name]


class _MemoryWriter:
    def __init__(self, into: dict[str, bytes], name: str) -> None:
        self._into, self._name, self._data = into, name, bytearray()

    def write(self, data: bytes | memoryview, /) -> int:
        self._data += data
        return len(data)

    def commit(self) -> Stored:
        if self._name in self._into:
            raise NameTaken(f"An object named {self._name} exists already.")
        self._into[self._name] = bytes(self._data)
        return Stored(self._name, len(self._data))

    def discard(self) -> None:
        self._data.clear()
