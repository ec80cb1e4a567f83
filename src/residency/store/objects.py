"""Objects: named, write-once bytes. What every place that keeps them must do, and the errors it may raise.

    store = open_store("file:///srv/residency/objects")           # `store.places`
    store.put("intake/obj-01k…", [b"…"])                          # visible whole, or not at all
    store.read("intake/obj-01k…", offset=64, length=16)
    with store.open("intake/obj-01k…") as reader:                 # for many reads
        reader.read_ranges([(64, 16), (4096, 512)])

A name is written once: what changes gets a new name. Not here: encryption (`store.sealed`) — a place never sees a key,
so it may be somebody else's disk.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from residency.errors import BadInput, Broken, Conflict, Missing, Unavailable

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9_][a-zA-Z0-9._-]*)*")


class NameRefused(BadInput):
    """The name could leave the store or collide on some file system."""


class NameTaken(Conflict):
    """Objects are written once."""


class ObjectMissing(Missing):
    """No object of this name is here."""


class ObjectShort(Broken):
    """An object ends before its own length."""


class StoreUnavailable(Unavailable):
    """The place that keeps the objects does not answer as it should."""


@dataclass(frozen=True)
class Stored:
    """What a place says of an object: its name and its length in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Listed:
    """An object in a listing, and when it became visible by the clock of its place."""

    name: str
    size: int
    modified: datetime


class ObjectReader(Protocol):
    """An object that is open for reading; closing it twice is no error."""

    name: str
    size: int

    def read(self, offset: int, length: int, /) -> bytes:
        """Bytes of a range; raises ObjectShort where the object ends before it."""
        ...

    def read_ranges(self, ranges: Sequence[tuple[int, int]], /) -> list[bytes | memoryview]:
        """Bytes of several ranges (offset, length) in their order; neighbours are fetched together."""
        ...

    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...


class ObjectWriter(Protocol):
    """An object on its way in: nothing is visible before `commit`."""

    def write(self, data: bytes | memoryview, /) -> int: ...
    def commit(self) -> Stored: ...
    def discard(self) -> None: ...


class ObjectStore(Protocol):
    """Write-once objects by name."""

    def create(self, name: str) -> ObjectWriter:
        """Begin an object; raises NameTaken if it exists already."""
        ...

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Write a whole object."""
        ...

    def size(self, name: str) -> int:
        """Length in bytes; raises ObjectMissing."""
        ...

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object; raises ObjectMissing, and ObjectShort where it ends before the range."""
        ...

    def open(self, name: str) -> ObjectReader:
        """An object to read from many times; raises ObjectMissing."""
        ...

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        ...

    def delete(self, name: str) -> None:
        """Remove an object; one that is not here is no error."""
        ...

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        ...

    def listed(self, prefix: str = "") -> Iterator[Listed]:
        """Objects whose names begin with the prefix, sorted by name."""
        ...

    def sweep(self) -> int:
        """Remove what writers that are dead left half-written; returns how many of them."""
        ...

    def drop(self, name: str) -> bool:
        """Forget a copy that this place keeps of an object elsewhere; whether there was one, and to read again pays."""
        ...


def checked_name(name: str) -> str:
    """The name, if it can name an object in every store; raises NameRefused."""
    if not _NAME.fullmatch(name):
        raise NameRefused(f"'{name}' cannot name an object.", remedy="Use lower-case letters, digits, . _ - and /.")
    return name


def taken(name: str) -> NameTaken:
    """The error for a name that is in use."""
    return NameTaken(f"An object named {name} exists already.", remedy="Objects are never overwritten.")


def short(name: str, ends: int, wanted: int) -> ObjectShort:
    """The error for a range beyond the end of an object."""
    return ObjectShort(
        f"Object {name} ends at byte {ends}, not at {wanted}.",
        remedy="Restore it from a backup; what depends on it is named by 'residency lineage'.",
    )


def read_together(
    ranges: Sequence[tuple[int, int]],
    read: Callable[[int, int], bytes],
    gap: int = 0,
    each: Callable[..., Iterable[bytes]] = map,
) -> list[bytes | memoryview]:
    """Ranges (offset, length) read in as few pieces as their neighbourhood allows; holes up to `gap` bytes are read.

    `each` is `map`, or one that reads several pieces at once.
    """
    order = sorted(range(len(ranges)), key=lambda number: ranges[number])
    pieces: list[tuple[int, int, list[int]]] = []
    for number in order:
        offset, length = ranges[number]
        if pieces and offset - pieces[-1][1] <= gap:
            start, end, members = pieces[-1]
            pieces[-1] = start, max(end, offset + length), [*members, number]
        else:
            pieces.append((offset, offset + length, [number]))
    found: list[bytes | memoryview] = [b""] * len(ranges)
    read_pieces = each(lambda piece: read(piece[0], piece[1] - piece[0]), pieces)
    for (start, _, members), data in zip(pieces, read_pieces, strict=True):
        for number in members:
            offset, length = ranges[number]
            found[number] = memoryview(data)[offset - start : offset - start + length]
    return found
