"""Compressed streams of genomics: BGZF (SAMv1 4.1) and plain gzip in, BGZF out, in bounded memory.

    for part in inflated(source): …          at most a megabyte each, every checksum verified
    out = BgzfWriter(target); out.write(b"…"); out.finish()

Names, times and comments in the heads of members (FNAME, MTIME, FCOMMENT, RFC 1952) are read over and never written. It
refuses a stream cut short, a BGZF file without its end marker, and anything after the last member. Not here: what the
bytes mean.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from residency.deid.genomes.refusals import GenomeTruncated, GenomeUnreadable

END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every BGZF file (SAMv1 4.1.2)."""
GZIP = b"\x1f\x8b"
PART = 1 << 20
_BLOCK = 0xFF00
_HEAD = struct.Struct("<4BI2BH2B2H").pack
_TAIL = struct.Struct("<2I").pack
_LARGEST = 0x10000


class Peeked:
    """A source whose first bytes can be looked at before they are read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._ahead = b""

    def peek(self, size: int) -> bytes:
        """The next bytes, as many as there are up to `size`."""
        while len(self._ahead) < size:
            more = self._source.read(size - len(self._ahead))
            if not more:
                break
            self._ahead += more
        return self._ahead[:size]

    def start(self) -> bytes:
        """What the first packed bytes stand for; empty if they are damaged."""
        try:
            return zlib.decompressobj(31).decompress(self.peek(_LARGEST), 1 << 12)
        except zlib.error:
            return b""

    def read(self, size: int = PART) -> bytes:
        """At most `size` bytes; empty at the end."""
        if self._ahead:
            given, self._ahead = self._ahead[:size], self._ahead[size:]
            return given
        return self._source.read(size)


def parts(source: Peeked) -> Iterator[bytes]:
    """The bytes of a stream, inflated if it is compressed."""
    if source.peek(2) == GZIP:
        yield from inflated(source)
    else:
        while part := source.read(PART):
            yield part


def inflated(source: Peeked) -> Iterator[bytes]:
    """The bytes of all members; raises GenomeTruncated or GenomeUnreadable."""
    raw = _Raw(source)
    blocked = _is_bgzf(source.peek(18))
    held: list[bytes] = []
    size = 0
    while raw.begins_member():
        for part in raw.member():
            held.append(part)
            size += len(part)
            if size >= PART:
                yield b"".join(held)
                held, size = [], 0
    yield b"".join(held)
    if blocked and raw.tail != END:
        raise GenomeTruncated("The file lacks the block that ends it.")


class _Raw:
    """Compressed bytes as they come, and the last few of all that came."""

    def __init__(self, source: Peeked) -> None:
        self._source = source
        self._waiting = b""
        self.tail = b""

    def begins_member(self) -> bool:
        """Whether another member follows; raises GenomeUnreadable if something else does."""
        while len(self._waiting) < len(GZIP) and self._more():
            pass
        if self._waiting and not self._waiting.startswith(GZIP):
            raise GenomeUnreadable("Something that is not compressed follows the compressed data.")
        return bool(self._waiting)

    def member(self) -> Iterator[bytes]:
        """One member, inflated: at most a megabyte at a time, whatever it grows to."""
        stream = zlib.decompressobj(31)
        while not stream.eof:
            if not self._waiting:
                self._more()
            part = _inflate(stream, self._waiting)
            if not part and not self._waiting and not stream.eof:
                raise GenomeTruncated()
            self._waiting = stream.unused_data if stream.eof else stream.unconsumed_tail
            yield part

    def _more(self) -> bool:
        more = self._source.read(PART)
        self._waiting += more
        self.tail = (self.tail + more)[-len(END) :]
        return bool(more)


def _inflate(more: "zlib._Decompress", waiting: bytes) -> bytes:
    try:
        return more.decompress(waiting, PART)
    except zlib.error as broken:
        raise GenomeUnreadable("The compressed data are damaged.") from broken


def _is_bgzf(head: bytes) -> bool:
    return len(head) >= 18 and bool(head[3] & 4) and head[12:16] == b"BC\x02\x00"


class BgzfWriter:
    """Writes blocks of BGZF to a target that need not be able to seek."""

    def __init__(self, target: BinaryIO, level: int = 6) -> None:
        self._target, self._level = target, level
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Take bytes; whole blocks go out at once."""
        self._waiting += data
        whole = len(self._waiting) // _BLOCK * _BLOCK
        if whole:
            with memoryview(self._waiting) as view:
                out = b"".join(self._block(bytes(view[at : at + _BLOCK])) for at in range(0, whole, _BLOCK))
            self._target.write(out)
            del self._waiting[:whole]

    def finish(self) -> None:
        """The last block and the end marker."""
        if self._waiting:
            self._target.write(self._block(bytes(self._waiting)))
            self._waiting.clear()
        self._target.write(END)

    def _block(self, plain: bytes) -> bytes:
        packed = _deflated(plain, self._level)
        if len(packed) + 26 > _LARGEST:
            packed = _deflated(plain, 0)
        head = _HEAD(31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(packed) + 25)
        return head + packed + _TAIL(zlib.crc32(plain), len(plain))


def _deflated(plain: bytes, level: int) -> bytes:
    press = zlib.compressobj(level, zlib.DEFLATED, -15)
    return press.compress(plain) + press.flush()
