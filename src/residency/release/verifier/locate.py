"""Where in a member the change is: to the bit if one bit changed, to the JSON field, or to the block of 64 KiB.

    undo_one_bit(data, crc32)    ->  Flip(byte=812, bit=3, repaired=b"…")
    fields(b'{"a":[1,2]}')       ->  ("/a/0", 0, 7), ("/a/1", 7, 9), ("", 9, 11)
    changed_fields(data, marks)  ->  ["/a/1"]

A *mark* is the first six bytes of a SHA-256: enough to find a place, never to trust one; trust comes from the whole
digest in the signed index. JSON has a mark per field (its bytes from the end of the field before), other members one
per block. Refuses nothing. Not here: the layout of the file (`container`).
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

BLOCK = 65536
MARK = 6
_LONGEST_REPAIR = 16 << 20  # some three seconds
_POLYNOMIAL = 0xEDB88320
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(
    rb"(?P<key>" + _STRING + rb":)|(?P<scalar>" + _STRING + rb'|[^"{}\[\],]+|")|(?P<punctuation>[{}\[\],])', re.DOTALL
)


@dataclass(frozen=True)
class Flip:
    """One changed bit (0 is the lowest of its byte), and the data with it changed back."""

    byte: int
    bit: int
    repaired: bytes


def undo_one_bit(data: bytes, crc32: int) -> Flip | None:
    """The one bit whose change turned data of this CRC-32 into what is here; None if there is none, or it is too long.

    A CRC is linear: the difference of the two values depends on the place of the changed bit alone. It is run
    backwards over zero bytes until it is the difference that one bit makes. The caller confirms with a digest.
    """
    difference = zlib.crc32(data) ^ crc32
    if difference == 0 or len(data) > _LONGEST_REPAIR:
        return None
    for byte in range(len(data) - 1, -1, -1):
        bit = _SINGLE.get(difference)
        if bit is not None:
            repaired = data[:byte] + bytes([data[byte] ^ 1 << bit]) + data[byte + 1 :]
            return Flip(byte, bit, repaired)
        low = _BY_TOP[difference >> 24]
        difference = (difference ^ _TABLE[low]) << 8 & 0xFFFFFFFF | low
    return None


def fields(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Pointer, start and end of every field of canonical JSON, which together cover every byte.

    A field ends with its scalar (or empty container); closing brackets belong to the next one, or to a last one of
    no name. Never fails: in damaged text the fields before the damage are still right.
    """
    path: list[str | int] = []  # the key or index that is being read, per open container
    start, opened = 0, False
    for token in _TOKEN.finditer(data):
        kind, text, end = token.lastgroup, token.group(), token.end()
        closed = text in (b"}", b"]")
        if kind == "key" and path:
            path[-1] = text[1:-2].decode("utf-8", "backslashreplace")
        elif text == b"," and path and isinstance(path[-1], int):
            path[-1] += 1
        elif closed and path:
            path.pop()
        if kind == "scalar" or (closed and opened):
            yield _pointer(path), start, end
            start = end
        opened = text in (b"{", b"[")
        if opened:
            path.append(0 if text == b"[" else "")
    if start < len(data):
        yield "", start, len(data)


def field_at(data: bytes, offset: int) -> str:
    """The field that holds a byte of undamaged JSON."""
    return next(pointer for pointer, _, end in fields(data) if offset < end)


def changed_fields(data: bytes, marks: bytes) -> list[tuple[str, int]]:
    """Fields (with their start) between those at both ends that are unchanged.

    Where something was only taken out, the field that now stands in its place.
    """
    spans = list(fields(data))
    here = [_mark(data[start:end]) for _, start, end in spans]
    signed = [marks[i : i + MARK] for i in range(0, len(marks), MARK)]
    shorter = min(len(here), len(signed))
    front = next((i for i in range(shorter) if here[i] != signed[i]), shorter)
    room = shorter - front
    back = next((i for i in range(room) if here[-1 - i] != signed[-1 - i]), room)
    last = max(len(here) - back, front + 1)
    return [(pointer, start) for pointer, start, _ in spans[front:last]]


def changed_blocks(blocks: Iterator[bytes], marks: bytes) -> list[int]:
    """Numbers of the blocks that differ from their marks."""
    return [n for n, block in enumerate(blocks) if _mark(block) != marks[n * MARK : (n + 1) * MARK]]


def _mark(piece: bytes) -> bytes:
    return hashlib.sha256(piece).digest()[:MARK]


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _table() -> list[int]:
    table = list(range(256))
    for _ in range(8):
        table = [value >> 1 ^ (_POLYNOMIAL if value & 1 else 0) for value in table]
    return table


_TABLE = _table()
_BY_TOP = {value >> 24: low for low, value in enumerate(_TABLE)}
_SINGLE = {_TABLE[1 << bit]: bit for bit in range(8)}
