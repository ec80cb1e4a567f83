"""The bundle: one file that holds everything a release claims, and what is needed to check it.

    members = [json_member("statement.json", {…}), Member("model/weights.safetensors", "binary", path)]
    write_bundle(path, members, site_key)

An ordinary ZIP file, stored without compression, that any program opens; but canonical to the byte, so that every
change is a change of something signed: `index.json` lists each member with its digest and with *marks* that locate a
change inside it, and `index.note` is a C2SP note by which the site signs the digest of the index.
Refuses members that a reader could take for another, and those above the 4 GiB of plain ZIP.
Not here: reading. The verifier (`release.verify`) shares no code with this module, so that an error in one shows.
"""

import base64
import hashlib
import json
import os
import re
import secrets
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from residency.errors import BadInput, Conflict, Unavailable
from residency.kernel.digest import canonical
from residency.kernel.note import PublicKey, Signed, write_note

FORMAT = "residency-bundle/1"
BLOCK = 65536
MARK = 6
LARGEST = {"json": 64 << 20, "text": 64 << 20, "binary": (1 << 32) - 2}
MOST_MEMBERS = 10_000
_RESERVED = ("index.note", "index.json")
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_JANUARY_1980 = 0x0021
_MODE = 0o100644 << 16


class BundleMemberRefused(BadInput):
    """A member cannot stand in a bundle."""


class BundleExists(Conflict):
    """A bundle is never overwritten."""


class BundleUnwritable(Unavailable):
    """The place where the bundle is to stand does not take it."""


class Signer(Protocol):
    """A signing key with the name it signs under (`govern.identity.SigningKey`)."""

    public: PublicKey

    def sign(self, data: bytes) -> bytes:
        """64 bytes of Ed25519 signature."""
        ...


@dataclass(frozen=True)
class Member:
    """What goes in: a name, how to locate changes in it, and its bytes or the file that holds them."""

    name: str
    kind: Literal["json", "text", "binary"]
    content: bytes | Path


@dataclass(frozen=True)
class _Measured:
    member: Member
    size: int
    crc32: int
    sha256: str
    marks: bytes


def json_member(name: str, value: Any) -> Member:
    """A member of canonical JSON."""
    return Member(name, "json", canonical(value))


def check_place(path: Path) -> None:
    """Whether a bundle could be written there, as far as can be seen without writing.

    Raises BundleExists, BundleUnwritable.
    """
    if os.path.lexists(path):
        raise BundleExists(f"{path} exists already.", remedy="Choose another name, or remove it first.")
    if not os.path.isdir(path.parent):  # unlike Path.is_dir, this never raises
        raise BundleUnwritable(f"There is no folder {path.parent} to write the bundle in.", remedy="Make it first.")
    if not os.access(path.parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise BundleUnwritable(f"Nothing may be written in {path.parent}.", remedy="Choose another folder.")


def write_bundle(path: Path, members: Sequence[Member], site: Signer) -> str:
    """Write the bundle whole or not at all; returns its digest.

    Raises BundleMemberRefused, BundleExists, BundleUnwritable.
    """
    _check(members)
    check_place(path)
    measured = [_measure(member) for member in sorted(members, key=lambda member: member.name)]
    index = json_member("index.json", {"format": FORMAT, "members": [_line(one) for one in measured]})
    note = Member("index.note", "text", _sign(index, site))
    everything = [_measure(note), _measure(index), *measured]
    if sum(one.size + 2 * len(one.member.name) + 76 for one in everything) + 22 > LARGEST["binary"]:
        raise BundleMemberRefused(
            "The members together exceed 4 GiB.", remedy="Release the weights in a separate file."
        )
    return _put(path, everything)


def _put(path: Path, everything: Sequence[_Measured]) -> str:
    """Write the file beside its place and then put it there."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            digest = _write(file, everything)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike a rename, this never replaces what somebody else put there meanwhile
    except FileExistsError as error:
        raise BundleExists(f"{path} exists already.", remedy="Choose another name, or remove it first.") from error
    except OSError as error:
        raise BundleUnwritable(
            f"The bundle cannot be written to {path}: {error.strerror or type(error).__name__}.",
            remedy="Make room, or choose another folder, and release again.",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return digest


def _check(members: Sequence[Member]) -> None:
    names = [member.name for member in members]
    folded = {name.lower() for name in names}
    for name in names:
        if not _NAME.fullmatch(name) or len(name) > 200 or name in _RESERVED:
            raise BundleMemberRefused(
                f"A bundle cannot hold a member named '{name[:80]}'.", remedy="Use a-z 0-9 . _ - /"
            )
    if len(folded) < len(names) or len(names) > MOST_MEMBERS:
        raise BundleMemberRefused("Two members have one name, or there are more than 10,000.")


def _measure(member: Member) -> _Measured:
    size, crc32, sha256, blocks = 0, 0, hashlib.sha256(), bytearray()
    for block in _blocks(member):
        size, crc32 = size + len(block), zlib.crc32(block, crc32)
        sha256.update(block)
        blocks += _mark(block)
    if size > LARGEST[member.kind]:
        raise BundleMemberRefused(f"{member.name} has {size:,} bytes, more than a {member.kind} member may.")
    marks = bytes(blocks)
    if member.kind == "json":
        data = member.content if isinstance(member.content, bytes) else member.content.read_bytes()
        marks = b"".join(map(_mark, _fields(data)))
    return _Measured(member, size, crc32, "sha256:" + sha256.hexdigest(), marks)


def _blocks(member: Member) -> Iterator[bytes]:
    if isinstance(member.content, bytes):
        yield from (member.content[at : at + BLOCK] for at in range(0, len(member.content), BLOCK))
        return
    with member.content.open("rb") as file:
        yield from iter(lambda: file.read(BLOCK), b"")


def _mark(piece: bytes) -> bytes:
    return hashlib.sha256(piece).digest()[:MARK]


def _fields(data: bytes) -> list[bytes]:
    """Canonical JSON cut after each scalar (and each empty container)."""
    pieces: list[bytes] = []
    rest = _cut(json.loads(data), b"", pieces)
    pieces += [rest] if rest else []
    if b"".join(pieces) != data:
        raise BundleMemberRefused("A JSON member is not in canonical form.", remedy="Make it with json_member.")
    return pieces


def _cut(value: Any, lead: bytes, pieces: list[bytes]) -> bytes:
    """Append the pieces of a value, the first with this lead; returns what closes it and belongs to the next."""
    if not isinstance(value, dict | list) or not value:
        pieces.append(lead + canonical(value))
        return b""
    if isinstance(value, dict):
        steps = [(canonical(key) + b":", value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))]
        opening, closing = b"{", b"}"
    else:
        steps, opening, closing = [(b"", item) for item in value], b"[", b"]"
    lead += opening
    for name, item in steps:
        lead = _cut(item, lead + name, pieces) + b","
    return lead[:-1] + closing


def _line(one: _Measured) -> dict[str, Any]:
    marks = base64.b64encode(one.marks).decode()
    member = one.member
    line = {"name": member.name, "kind": member.kind, "size": one.size, "crc32": one.crc32}
    return {**line, "sha256": one.sha256, "marks": marks}


def _sign(index: Member, site: Signer) -> bytes:
    text = f"{FORMAT}\n{site.public.name}\n{_measure(index).sha256}\n"
    return write_note(text, [Signed(site.public.name, site.public.hint, site.sign(text.encode()))]).encode()


def _write(file: BinaryIO, everything: Sequence[_Measured]) -> str:
    """Headers, members, directory, end; returns the digest of the file."""
    digest, offset = hashlib.sha256(), 0

    def put(data: bytes) -> None:
        nonlocal offset
        file.write(data)
        digest.update(data)
        offset += len(data)

    directory = bytearray()
    for one in everything:
        name, start = one.member.name.encode(), offset
        shared = (10, 0, 0, 0, _JANUARY_1980, one.crc32, one.size, one.size, len(name), 0)
        directory += _CENTRAL.pack(0x02014B50, 0x0314, *shared, 0, 0, 0, _MODE, start) + name
        put(_LOCAL.pack(0x04034B50, *shared) + name)
        data = offset
        for block in _blocks(one.member):
            put(block)
        if offset - data != one.size:
            raise BundleMemberRefused(f"{one.member.name} changed while it was written.", remedy="Release again.")
    start = offset
    put(bytes(directory))
    count = len(everything)
    put(_END.pack(0x06054B50, 0, 0, count, count, len(directory), start, 0))
    return "sha256:" + digest.hexdigest()
