"""New names of reads: opaque, the same for the same read, so that mates stay paired within a file and between two.

    renamed = ReadNames(key)
    renamed(b"A00123:45:HFWY2:1:1101:1000:2000")        ->  b"0f1e…"        24 hexadecimal digits

A name is a keyed BLAKE2b (RFC 7693) of 96 bits: among 10**9 reads two share one with a probability below 10**-10; a
chance of 64 bits would be 3 %. Instrument, run, flow cell, lane and place on it go (164.514(b)(2)(i)(M)), and with them
what is computed from them: optical duplicates must be marked before. A mark of the mate ("/1", "/2") stays.
Not here: whose key it is (`naming`).
"""

from hashlib import blake2b

BYTES = 12
MATES = (b"/1", b"/2")


class ReadNames:
    """Names under one key; mates that stand next to each other are computed once."""

    def __init__(self, key: bytes) -> None:
        self._start = blake2b(key=key, digest_size=BYTES)
        self._last = (b"", b"")

    def __call__(self, name: bytes) -> bytes:
        """The new name of a read, without any comment after it."""
        last, new = self._last
        if name == last:
            return new
        mate = name[-2:] if name.endswith(MATES) else b""
        state = self._start.copy()
        state.update(name[:-2] if mate else name)
        new = state.hexdigest().encode() + mate
        self._last = (name, new)
        return new
