"""All bytes that a cleaned file holds, as it lies and unpacked, so that a word in it can be looked for.

    look(opened(data))

Gzip in any number of members, the header of a CRAM, every value of a Parquet file. What cannot be unpacked is looked
at as it lies. Not here: images and their pixels (`sitting`).
"""

import gzip
import io
import zlib

from residency.deid.genomes.bgzf import Peeked
from residency.deid.genomes.containers import with_header
from residency.deid.genomes.refusals import GenomeHeld


def opened(data: bytes) -> bytes:
    """The bytes of a file and, after them, what they pack."""
    try:
        if data[:2] == b"\x1f\x8b":
            return data + gzip.decompress(data)
        if data[:4] == b"CRAM":
            return data + _header(data)
        if data[:4] == b"PAR1":
            return data + _values(data)
    except (OSError, EOFError, zlib.error, GenomeHeld):
        return data
    return data


def _header(data: bytes) -> bytes:
    texts: list[bytes] = []

    def keep(text: bytes) -> bytes:
        texts.append(text)
        return text

    for _ in with_header(Peeked(io.BytesIO(data)), keep):
        pass
    return b"".join(texts)


def _values(data: bytes) -> bytes:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(data))
    said = (str(value) for column in table.itercolumns() for value in column.to_pylist() if value is not None)
    return "\n".join(said).encode()
