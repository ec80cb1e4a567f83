"""The signed list of members, and the way to it in a file of which nothing is trusted yet.

    opened = find(source, keys)
    opened.index.members["statement.json"].sha256

The first two members are always `index.note` and `index.json`. The note holds the digest of the index and is signed
by the site; the index holds the digest of every other member. The CRCs in the headers let one changed bit in either
be undone, which the signature then confirms, so that a damaged index is still found, located and used.
Refuses what is no bundle at all (`NotABundle`). Not here: comparing the rest of the file (`container`, `contents`).
"""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from residency.errors import Broken
from residency.kernel.digest import canonical, digest
from residency.kernel.note import NoteMalformed, PublicKey, read_note, write_note
from residency.release.verifier.container import LOCAL_SIZE, Entry, Source
from residency.release.verifier.keys import Keys, signer
from residency.release.verifier.locate import Flip, field_at, undo_one_bit
from residency.release.verifier.verdict import Damage

NOTE, INDEX, FORMAT = "index.note", "index.json", "residency-bundle/1"
KINDS = ("json", "text", "binary")
LARGEST_NOTE, LARGEST_TEXT, LARGEST_MEMBER, MOST_MEMBERS = 16384, 64 << 20, (1 << 32) - 2, 10_000
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class NotABundle(Broken):
    """The file is no Residency bundle, or its index cannot be read any more."""


@dataclass(frozen=True)
class Member:
    """A line of the index."""

    name: str
    kind: str
    size: int
    crc32: int
    sha256: str
    marks: bytes


@dataclass(frozen=True)
class Index:
    """What the bundle should hold: the two first entries, and the members that the index lists."""

    head: tuple[Entry, Entry]
    members: dict[str, Member]

    @property
    def entries(self) -> list[Entry]:
        """Every member of the file in its order."""
        return [*self.head, *(Entry(m.name, m.size, m.crc32) for m in self.members.values())]


@dataclass(frozen=True)
class Opened:
    """The index, who signed it (None: nobody trusted, and why), and what had to be undone to read it."""

    index: Index
    signer: PublicKey | None
    reason: str
    damages: tuple[Damage, ...]


@dataclass(frozen=True)
class _Piece:
    """One of the two first members as its local header describes it."""

    offset: int
    data: bytes
    crc32: int


def find(source: Source, keys: Keys) -> Opened:
    """Find the note and the index; raises NotABundle."""
    if source.size == 0:
        raise NotABundle("The file is empty.", remedy="Fetch the bundle again.")
    pairs = list(_pairs(source))
    for note, index in pairs:
        opened = _authentic(note, index, keys)
        if opened:
            return opened
    for note, index in pairs:
        try:
            listed = _index(note.data, index.data)
        except NotABundle:
            continue
        return Opened(listed, None, _distrust(note.data, index.data, keys), ())
    raise NotABundle(
        "No readable index was found: this is not a Residency bundle, or its beginning is damaged beyond one bit.",
        remedy="Fetch the file again from where it was published.",
    )


def _pairs(source: Source) -> Iterator[tuple[_Piece, _Piece]]:
    """Note and index for each size that their headers give: both are written twice, so one may be damaged."""
    for note in _pieces(source, 0, NOTE, LARGEST_NOTE):
        for index in _pieces(source, note.offset + len(note.data), INDEX, LARGEST_TEXT):
            yield note, index


def _pieces(source: Source, header: int, name: str, largest: int) -> Iterator[_Piece]:
    fields = source.read(header, LOCAL_SIZE)
    data = header + LOCAL_SIZE + len(name)
    crc32 = int.from_bytes(fields[14:18], "little")
    sizes = [int.from_bytes(fields[at : at + 4], "little") for at in (18, 22)]
    for size in dict.fromkeys(sizes):
        if 0 < size <= min(largest, source.size - data):
            yield _Piece(data, source.read(data, size), crc32)


def _authentic(note: _Piece, index: _Piece, keys: Keys) -> Opened | None:
    """The index if a pinned key vouches for it, after undoing at most one bit in each of the two members."""
    for note_data, note_flip in _readings(note):
        key, named = _vouched(note_data, keys)
        if key is None:
            continue
        for index_data, index_flip in _readings(index):
            if digest(index_data) == named:
                damages = [_damage(NOTE, note, note_flip), _damage(INDEX, index, index_flip)]
                return Opened(_index(note_data, index_data), key, "", tuple(d for d in damages if d))
    return None


def _readings(piece: _Piece) -> Iterator[tuple[bytes, Flip | None]]:
    """The bytes as they are, then with one bit undone."""
    yield piece.data, None
    flip = undo_one_bit(piece.data, piece.crc32)
    if flip:
        yield flip.repaired, flip


def _vouched(note: bytes, keys: Keys) -> tuple[PublicKey | None, str]:
    """The pinned key that signed the note, and the digest of the index that it names; or None and a reason."""
    try:
        text, signatures = read_note(note.decode())
    except (NoteMalformed, UnicodeDecodeError):
        return None, f"{NOTE} is not a signed note"
    key, reason = signer(text, signatures, keys.sites)
    if key is None:
        return None, reason
    form, site, named, *rest = text.split("\n")
    # Exactly one signature in its one spelling: base64 has several for the same bytes.
    if form != FORMAT or site != key.name or rest != [""] or write_note(text, signatures[:1]).encode() != note:
        return None, f"{NOTE} is signed, but is not the note of a bundle"
    return key, named


def _distrust(note: bytes, index: bytes, keys: Keys) -> str:
    """Why the index is not trusted."""
    key, says = _vouched(note, keys)
    return f"the index is not the one that '{key.name}' signed" if key else says


def _damage(name: str, piece: _Piece, flip: Flip | None) -> Damage | None:
    if flip is None:
        return None
    if name == INDEX:
        field = field_at(flip.repaired, flip.byte)
        where = f"field {field}"
    else:
        line = flip.repaired[: flip.byte].count(b"\n")
        field = where = ("format", "site", "digest of the index", "empty line", "signature")[min(line, 4)]
    says = f"{name}, {where}: one bit is changed (bit {flip.bit} of byte {flip.byte})."
    return Damage(name, piece.offset + flip.byte, field, says)


def _index(note: bytes, data: bytes) -> Index:
    """Parse an index strictly; raises NotABundle."""
    try:
        value = json.loads(data)
        if canonical(value) != data or set(value) != {"format", "members"} or value["format"] != FORMAT:
            raise ValueError("it is not in its canonical form")
        members = [_member(line) for line in value["members"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotABundle(f"The index is malformed: {type(error).__name__}.") from error
    names = [member.name for member in members]
    if names != sorted(set(names)) or len(names) > MOST_MEMBERS or {NOTE, INDEX} & set(names):
        raise NotABundle("The index names a member twice, out of order, or too many of them.")
    head = (Entry(NOTE, len(note), zlib.crc32(note)), Entry(INDEX, len(data), zlib.crc32(data)))
    return Index(head, {member.name: member for member in members})


def _member(line: dict[str, Any]) -> Member:
    written: dict[str, Any] = {**line, "marks": base64.b64decode(line["marks"], validate=True)}
    member = Member(**written)
    largest = LARGEST_MEMBER if member.kind == "binary" else LARGEST_TEXT
    sizes = (member.size, member.crc32)
    if (
        not _NAME.fullmatch(member.name)
        or len(member.name) > 200
        or member.kind not in KINDS
        or any(type(number) is not int for number in sizes)
        or not 0 <= member.size <= largest
        or not 0 <= member.crc32 < 1 << 32
        or not re.fullmatch(r"sha256:[0-9a-f]{64}", member.sha256)
    ):
        raise ValueError("a line of the index is malformed")
    return member
