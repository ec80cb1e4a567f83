"""A store seen through a network: slow if it should be, away if it should be, and with a book of what was asked."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from residency.store.objects import Listed, ObjectReader, ObjectStore, ObjectWriter, Stored, StoreUnavailable


class FarStore:
    """Another store, behind `seconds` of waiting for every answer; `away` is where a test cuts the line,
    `readers` how many of this process are open.

    The book is a file, so that what several processes ask stands in one: a line "open NAME" or "read NAME LENGTH".
    """

    def __init__(self, near: ObjectStore, book: Path, *, seconds: float = 0.0) -> None:
        self.near, self.book, self.seconds = near, book, seconds
        self.away = False
        self.readers = 0

    def asked(self, what: str = "", name: str = "") -> list[list[str]]:
        """Lines of the book that begin so, in words."""
        lines = self.book.read_text().splitlines() if self.book.exists() else []
        return [
            words for line in lines if (words := line.split()) and what in ("", words[0]) and name in ("", words[1])
        ]

    def ask(self, *words: object) -> None:
        """Wait, and be written down; raises StoreUnavailable while the store is away."""
        line = os.open(self.book, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(line, " ".join(map(str, words)).encode() + b"\n")
        os.close(line)
        time.sleep(self.seconds)
        if self.away:
            raise StoreUnavailable("The store does not answer.", remedy="Wait.")

    def create(self, name: str) -> ObjectWriter:
        """Begin an object."""
        self.ask("create", name)
        return self.near.create(name)

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Write a whole object."""
        self.ask("put", name)
        return self.near.put(name, chunks)

    def size(self, name: str) -> int:
        """Length in bytes."""
        self.ask("size", name)
        return self.near.size(name)

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object."""
        with self.open(name) as reader:
            return reader.read(offset, reader.size - offset if length is None else length)

    def open(self, name: str) -> "_FarReader":
        """An object to read from many times."""
        self.ask("open", name)
        return _FarReader(self, self.near.open(name))

    def sweep(self) -> int:
        """Remove what dead writers left."""
        return self.near.sweep()

    def drop(self, name: str) -> bool:
        """Forget a copy."""
        return self.near.drop(name)

    def has(self, name: str) -> bool:
        """Whether the object is there."""
        self.ask("has", name)
        return self.near.has(name)

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.ask("delete", name)
        self.near.delete(name)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        self.ask("names", prefix)
        return self.near.names(prefix)

    def listed(self, prefix: str = "") -> Iterator[Listed]:
        """Objects whose names begin with the prefix."""
        self.ask("listed", prefix)
        return self.near.listed(prefix)


class _FarReader:
    def __init__(self, store: FarStore, near: ObjectReader) -> None:
        self.name, self.size, self._store, self._near = near.name, near.size, store, near
        self._open = True
        store.readers += 1

    def read(self, offset: int, length: int, /) -> bytes:
        self._store.ask("read", self.name, length)
        return self._near.read(offset, length)

    def read_ranges(self, ranges: Sequence[tuple[int, int]], /) -> list[bytes | memoryview]:
        self._store.ask("read", self.name, sum(length for _, length in ranges))
        return self._near.read_ranges(ranges)

    def close(self) -> None:
        self._store.readers -= self._open
        self._open = False
        self._near.close()

    def __enter__(self) -> "_FarReader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
