"""Packs: the files of one series, byte for byte, in one sealed object.

    ref = write_pack(sealed, key, [("0001", b"…"), …], context="intake/…")
    for name, data in read_pack(sealed, ref, keys): …

A thousand small files would cost a thousand keys and fsyncs. Names are ours, never those the files came with.
"""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence

from residency.kernel.digest import canonical
from residency.store.sealed import GroupKey, Sealed, SealedRef


def write_pack(
    sealed: Sealed,
    key: GroupKey,
    files: Sequence[tuple[str, bytes]],
    *,
    context: str,
    known: Mapping[str, SealedRef] | None = None,
) -> SealedRef:
    """Seal files together, in the order given, but for a pack that is `known` by its keyed digest."""
    index = canonical([[name, len(data)] for name, data in files])
    chunks = [struct.pack(">I", len(index)), index, *(data for _, data in files)]
    return sealed.keep(chunks, key, known or {}, context=context)


def read_pack(sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The files in their order."""
    with sealed.open(ref, keys) as file:
        (length,) = struct.unpack(">I", file.read(4))
        for name, size in json.loads(file.read(length)):
            yield name, file.read(size)
