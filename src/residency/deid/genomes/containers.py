"""The containers of a CRAM file, as far as it takes to see its end and to take paths out of its header (CRAMv3 6-9).

    for part in with_header(source, change): …      the same file with another header, and without its file id
    without_paths(text)                             a change: UR and DS of sequences are gone

It refuses other versions than 3.0 and 3.1, headers packed otherwise than by gzip or not at all, and files without the
container that ends them. Not here: what the containers hold (`cram`).
"""

import zlib
from collections.abc import Callable, Iterator

from residency.deid.genomes.bgzf import PART, Peeked
from residency.deid.genomes.frames import Framed
from residency.deid.genomes.lines import LONGEST
from residency.deid.genomes.refusals import GenomeHeld, GenomeTruncated, GenomeUnreadable

MAGIC = b"CRAM"
_END_STARTS = 0x454F46
_RAW, _GZIP, _FILE_HEADER = 0, 1, 0
_ID_SIZE = 20
_NUMBERS_BEFORE_BLOCKS = 4
_LARGEST = 1 << 31


def with_header(source: Peeked, change: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """The bytes of the file, whose header is what `change` makes of it. Raises GenomeHeld."""
    frame = Framed(iter(lambda: source.read(PART), b""))
    head = frame.take(6)
    if head[:4] != MAGIC or head[4] != 3 or head[5] > 1:
        raise GenomeHeld("OBJECT-NOT-SUPPORTED", "The file is not CRAM of version 3.0 or 3.1.")
    frame.take(_ID_SIZE)
    yield head + bytes(_ID_SIZE)
    first = _Container(frame)
    yield _header_container(change(_header_text(frame.take(first.size))))
    last = first
    while frame.waiting or frame.more():
        last = _Container(frame)
        yield last.head
        left = last.size
        while left:
            part = frame.take(min(left, PART))
            left -= len(part)
            yield part
    if not last.ends:
        raise GenomeTruncated("The file lacks the container that ends it.")


class _Container:
    """The head of one container: how many bytes follow, and whether it is the one that ends the file."""

    def __init__(self, frame: Framed) -> None:
        self._frame = frame
        self.head = b""
        self.size = int.from_bytes(self._take(4), "little")
        if self.size >= _LARGEST:
            raise GenomeUnreadable("A container has a length out of reason.")
        numbers = [self._number() for _ in range(_NUMBERS_BEFORE_BLOCKS)]  # sequence, start, span, records
        self._skip_long()
        self._skip_long()
        self._number()
        marks = self._number()
        if marks > LONGEST:
            raise GenomeUnreadable("A container has a length out of reason.")
        for _ in range(marks):
            self._number()
        self._take(4)
        self.ends = numbers[1] == _END_STARTS and not numbers[3]

    def _take(self, size: int) -> bytes:
        taken = self._frame.take(size)
        self.head += taken
        return taken

    def _number(self) -> int:
        """ITF8: the leading ones of the first byte say how many bytes follow (CRAMv3 2.3)."""
        first = self._take(1)[0]
        more = min(8 - (~first & 0xFF).bit_length(), 4)
        rest = int.from_bytes(self._take(more), "big")
        if more == 4:
            return (first & 0x0F) << 28 | rest >> 8 << 4 | rest & 0x0F
        return (first & (0x7F >> more)) << (8 * more) | rest

    def _skip_long(self) -> None:
        first = self._take(1)[0]
        self._take(8 - (~first & 0xFF).bit_length())


def _header_text(blocks: bytes) -> bytes:
    """The text of the SAM header, from the first block of the first container (CRAMv3 7)."""
    try:
        method, kind = blocks[0], blocks[1]
        _, at = _itf8(blocks, 2)
        size, at = _itf8(blocks, at)
        _, at = _itf8(blocks, at)
        data = blocks[at : at + size]
        if kind != _FILE_HEADER or method not in (_RAW, _GZIP):
            raise GenomeUnreadable("The header of the file is packed in a way that is not read here.")
        plain = zlib.decompressobj(31).decompress(data, LONGEST) if method == _GZIP else data
    except (IndexError, zlib.error) as broken:
        raise GenomeUnreadable("The header of the file is damaged.") from broken
    length = int.from_bytes(plain[:4], "little")
    if length > len(plain) - 4:
        raise GenomeTruncated()
    return plain[4 : 4 + length].split(b"\0", 1)[0]


def without_paths(text: bytes) -> bytes:
    """A header, its sequences without the fields that hold paths."""
    lines = []
    for line in text.split(b"\n"):
        fields = line.split(b"\t")
        if fields[0] == b"@SQ":
            fields = [field for field in fields if field[:3] not in (b"UR:", b"DS:")]
        lines.append(b"\t".join(fields))
    return b"\n".join(lines)


def _header_container(plain: bytes) -> bytes:
    """A container with one unpacked block: the header."""
    data = len(plain).to_bytes(4, "little") + plain
    block = bytes((_RAW, _FILE_HEADER, 0)) + _as_itf8(len(data)) * 2 + data
    block += zlib.crc32(block).to_bytes(4, "little")
    head = len(block).to_bytes(4, "little") + bytes(6) + b"\1" + b"\1\0"
    return head + zlib.crc32(head).to_bytes(4, "little") + block


def _itf8(data: bytes, at: int) -> tuple[int, int]:
    first = data[at]
    more = min(8 - (~first & 0xFF).bit_length(), 4)
    rest = int.from_bytes(data[at + 1 : at + 1 + more], "big")
    if more == 4:
        return (first & 0x0F) << 28 | rest >> 8 << 4 | rest & 0x0F, at + 5
    return (first & (0x7F >> more)) << (8 * more) | rest, at + 1 + more


def _as_itf8(number: int) -> bytes:
    for more, mark in enumerate((0x00, 0x80, 0xC0, 0xE0)):
        if number < 1 << (7 * (more + 1)):
            return (number | mark << (8 * more)).to_bytes(more + 1, "big")
    return bytes((0xF0 | number >> 28, number >> 20 & 0xFF, number >> 12 & 0xFF, number >> 4 & 0xFF, number & 0x0F))
