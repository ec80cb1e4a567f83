"""Where every byte of a bundle has to stand, rebuilt from the signed list of its members.

A bundle is a ZIP file that leaves no choice: members stored without compression, back to back, in one order, with
fixed times and attributes and no extra fields. So the list of (name, size, crc32) fixes every byte between the
members, and a header is not parsed but compared:

    for wrong in differences(source, entries): print(wrong.offset, wrong.field)

Refuses nothing: it reports. Not here: what the members hold (`locate`), who signed the list (`index`).
"""

import os
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from residency.release.verifier.verdict import Damage

LOCAL_SIZE, CENTRAL_SIZE, END_SIZE = 30, 46, 22
_JANUARY_1980 = 0x0021
_REGULAR_FILE = 0o100644 << 16
_NAMES_READ = 20_000

_Fields = list[tuple[str, int, int]]  # name, width in bytes, value


@dataclass(frozen=True)
class _Header:
    """A run of fixed fields that a name follows (none, for the end record)."""

    member: str
    title: str
    offset: int
    fields: _Fields
    name: str

    @property
    def expected(self) -> bytes:
        fixed = b"".join(value.to_bytes(width, "little") for _, width, value in self.fields)
        return fixed + self.name.encode()


@dataclass(frozen=True)
class Entry:
    """A member as its headers have to describe it."""

    name: str
    size: int
    crc32: int


class Source:
    """A file of known size, read piece by piece. A piece beyond the end is shorter than asked."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def read(self, offset: int, count: int) -> bytes:
        """Bytes from an offset."""
        self._file.seek(min(max(offset, 0), self.size))
        return self._file.read(max(min(count, self.size - offset), 0))


def starts(entries: Sequence[Entry]) -> list[int]:
    """Offset of the first byte of each member's data."""
    places, offset = [], 0
    for entry in entries:
        places.append(offset + LOCAL_SIZE + len(entry.name))
        offset = places[-1] + entry.size
    return places


def length(entries: Sequence[Entry]) -> int:
    """Size of the whole file."""
    names = sum(len(entry.name) for entry in entries)
    return (LOCAL_SIZE + CENTRAL_SIZE) * len(entries) + 2 * names + sum(entry.size for entry in entries) + END_SIZE


def differences(source: Source, entries: Sequence[Entry]) -> Iterator[Damage]:
    """A wrong length; then every header field that is not what it has to be, as far as the file goes."""
    wanted = length(entries)
    if source.size > wanted:
        yield Damage("", wanted, "end of file", f"{source.size - wanted:,} bytes stand after the end of the bundle.")
    if source.size < wanted:
        yield Damage("", source.size, "end of file", f"The file is cut: it ends at byte {source.size:,} of {wanted:,}.")
    for header in _headers(entries):
        found = source.read(header.offset, len(header.expected))
        if found and found != header.expected:
            yield from _fields_that_differ(header, found)


def listed(source: Source) -> list[str]:
    """The names in the file's own directory, as any ZIP program would show them; empty if it cannot be read."""
    end = source.read(source.size - END_SIZE, END_SIZE)
    if len(end) < END_SIZE:
        return []
    offset = struct.unpack_from("<I", end, 16)[0]
    names: list[str] = []
    while len(names) < _NAMES_READ:
        header = source.read(offset, CENTRAL_SIZE)
        if len(header) < CENTRAL_SIZE or header[:4] != b"PK\x01\x02":
            break
        name, extra, comment = struct.unpack_from("<HHH", header, 28)
        names.append(source.read(offset + CENTRAL_SIZE, name).decode("ascii", "backslashreplace"))
        offset += CENTRAL_SIZE + name + extra + comment
    return names


def disorder(names: Sequence[str], entries: Sequence[Entry]) -> Iterator[str]:
    """What is wrong with the directory as a whole, in sentences."""
    expected = [entry.name for entry in entries]
    if list(names) == expected or not names:
        return
    counts = Counter(names)
    yield from (f"'{name[:80]}' is listed {times} times." for name, times in counts.items() if times > 1)
    yield from (f"'{name[:80]}' is in the file but not in the signed index." for name in counts.keys() - set(expected))
    yield from (f"'{name[:80]}' is missing from the file's directory." for name in set(expected) - counts.keys())
    if counts == Counter(expected):
        yield "The members stand in another order than was signed."


def _headers(entries: Sequence[Entry]) -> Iterator[_Header]:
    """Every header in the order of the file."""
    offset = 0
    offsets = []
    for entry in entries:
        offsets.append(offset)
        fields = [("signature", 4, 0x04034B50), *_shared(entry)]
        yield _Header(entry.name, "local header", offset, fields, entry.name)
        offset += LOCAL_SIZE + len(entry.name) + entry.size
    directory = offset
    for entry, start in zip(entries, offsets, strict=True):
        yield _Header(entry.name, "directory entry", offset, _central(entry, start), entry.name)
        offset += CENTRAL_SIZE + len(entry.name)
    yield _Header("", "end record", offset, _end(len(entries), offset - directory, directory), "")


def _shared(entry: Entry) -> _Fields:
    """The run of fields that a local header and a directory entry have in common."""
    return [
        ("version needed", 2, 10),
        ("flags", 2, 0),
        ("method", 2, 0),
        ("time", 2, 0),
        ("date", 2, _JANUARY_1980),
        ("crc32", 4, entry.crc32),
        ("compressed size", 4, entry.size),
        ("size", 4, entry.size),
        ("name length", 2, len(entry.name)),
        ("extra length", 2, 0),
    ]


def _central(entry: Entry, start: int) -> _Fields:
    return [
        ("signature", 4, 0x02014B50),
        ("version made by", 2, 0x0314),
        *_shared(entry),
        ("comment length", 2, 0),
        ("disk", 2, 0),
        ("internal attributes", 2, 0),
        ("external attributes", 4, _REGULAR_FILE),
        ("offset", 4, start),
    ]


def _end(members: int, size: int, offset: int) -> _Fields:
    return [
        ("signature", 4, 0x06054B50),
        ("disk", 2, 0),
        ("directory disk", 2, 0),
        ("members on this disk", 2, members),
        ("members", 2, members),
        ("directory size", 4, size),
        ("directory offset", 4, offset),
        ("comment length", 2, 0),
    ]


def _fields_that_differ(header: _Header, found: bytes) -> Iterator[Damage]:
    member, title = header.member, header.title
    where = f"{title} of {member}" if member else title
    at = 0
    for name, width, _ in [*header.fields, ("name", len(header.name), 0)]:
        wanted, seen = header.expected[at : at + width], found[at : at + width]
        if wanted != seen:
            shown = f"{seen[:40].hex() or 'nothing'} instead of {wanted[:40].hex()}"
            first = next((i for i, byte in enumerate(seen) if byte != wanted[i]), len(seen))
            yield Damage(member, header.offset + at + first, f"{title}: {name}", f"{where}, field '{name}': {shown}.")
        at += width
