r"""A stream of bytes from which things of known length are taken: the frame of BAM, BCF and CRAM.

    frame = Framed(stream)
    frame.take(4)           b"BAM\1"
    frame.number()          the next signed number of four bytes

It refuses lengths out of reason before it waits for so many bytes. Not here: what the bytes are.
"""

import struct
from collections.abc import Iterator

from residency.deid.genomes.lines import LONGEST
from residency.deid.genomes.refusals import GenomeTruncated, GenomeUnreadable

_NUMBER = struct.Struct("<i")


class Framed:
    r"""A stream of bytes from which things of known length are taken."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self.waiting = b""

    def more(self) -> bool:
        """Add the next part to `waiting`."""
        part = next(self._stream, None)
        while part == b"":
            part = next(self._stream, None)
        self.waiting += part or b""
        return part is not None

    def take(self, size: int) -> bytes:
        """The next bytes, all of them. Raises GenomeTruncated, or GenomeUnreadable for a size out of reason."""
        if not 0 <= size <= LONGEST:
            raise GenomeUnreadable("A length in the file is out of reason.")
        held = [self.waiting]
        have = len(self.waiting)
        while have < size:
            part = next(self._stream, None)
            if part is None:
                raise GenomeTruncated()
            held.append(part)
            have += len(part)
        whole = b"".join(held)
        self.waiting = whole[size:]
        return whole[:size]

    def number(self) -> int:
        """The next signed number of four bytes, little-endian."""
        return _NUMBER.unpack(self.take(4))[0]
