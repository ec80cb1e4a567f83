"""Rows that can be forgotten one by one: small texts in one shard, each sealed under the key group of its subject.

    ref = write_rows(sealed, list_key, [(key_of_one, b"…"), (key_of_two, b"…")], context="dataset/…/subjects")
    for row in read_rows(sealed, ref, keys): …             # those whose keys are held
    ref = more_rows(sealed, ref, list_key, rows, context=…)  # those that are there, unopened, and others after them

The list that says where the rows lie is sealed under a key of its own and holds no word of them. Not here: tables of
many columns (`tables`).
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from pydantic import TypeAdapter

from residency.store.arrays import Shards
from residency.store.named import write_list
from residency.store.sealed import GroupKey, Sealed, SealedRef
from residency.store.shards import ArrayRef, ShardWriter

_Refs = TypeAdapter(tuple[ArrayRef, ...])


def write_rows(
    sealed: Sealed, list_key: GroupKey, rows: Iterable[tuple[GroupKey, bytes]], *, context: str
) -> SealedRef:
    """Seal each row under its key, in the order given; a row has at least one byte."""
    return _write(sealed, list_key, rows, (), context)


def more_rows(
    sealed: Sealed, ref: SealedRef, list_key: GroupKey, rows: Iterable[tuple[GroupKey, bytes]], *, context: str
) -> SealedRef:
    """Another list with the rows of this one where they lie, and more; the key is that of both lists."""
    return _write(sealed, list_key, rows, _Refs.validate_json(sealed.read(ref, {list_key.id: list_key.key})), context)


def _write(
    sealed: Sealed,
    list_key: GroupKey,
    rows: Iterable[tuple[GroupKey, bytes]],
    before: tuple[ArrayRef, ...],
    context: str,
) -> SealedRef:
    writer = ShardWriter(sealed.objects)
    try:
        refs = [*before]
        refs += [writer.add(key, np.frombuffer(row, np.uint8), context=context) for key, row in rows]
        writer.commit()
    except BaseException:
        writer.discard()
        raise
    return write_list(sealed, _Refs.dump_json(tuple(refs)), list_key, {ref.name for ref in refs}, context=context)


def read_rows(sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes]) -> Iterator[bytes]:
    """The rows whose keys are held, in their order; raises KeyNotHeld for the list alone."""
    shards = Shards(sealed.objects)
    for row in _Refs.validate_json(sealed.read(ref, keys)):
        if row.group in keys:
            yield shards.open(row, keys).whole().tobytes()
