"""Manifests: the items of an intake or a version, as sealed Parquet under one Merkle root.

    ref, root = write_manifest(sealed, key, items, context="dataset/…")
    items = read_manifest(sealed, ref, keys, root=root)

The ledger keeps the reference and the root; the millions of items stay here. The root commits to every item, so that
a proof that one item was in a version needs no other item. Not here: what an item's bytes are (`packs`, `shards`).
"""

import io
import json
from collections.abc import Iterable, Mapping
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from residency.errors import Broken
from residency.kernel.digest import PREFIX, canonical
from residency.kernel.merkle import leaf_hash, root_of
from residency.kernel.record import Part
from residency.store.sealed import GroupKey, Sealed, SealedRef
from residency.store.shards import ArrayRef

P = TypeVar("P", bound=Part)
_COLUMNS = ("item", "subject", "data_type", "split", "anatomy", "files", "made_of", "parts")


class ManifestBroken(Broken):
    """The items are not those that the root commits to."""


class Item(Part):
    """One governed thing: a series with its label, say.

    `item` and `subject` are random or pseudonymous; `anatomy` names what must not cross splits (copies of one
    anatomy, kin); `files` counts the files it came from; `parts` says where its bytes lie, by role; `made_of` is the
    keyed digest of what it was made of, where that is another item.
    """

    item: str
    subject: str
    data_type: str
    split: str = ""
    anatomy: str = ""
    files: int
    made_of: str = ""
    parts: Mapping[str, SealedRef | ArrayRef]

    def file(self, role: str) -> SealedRef:
        """The part of this role, which is a sealed file; raises ManifestBroken."""
        return _of(SealedRef, self, role)

    def array(self, role: str) -> ArrayRef:
        """The part of this role, which is an array of a shard; raises ManifestBroken."""
        return _of(ArrayRef, self, role)


def write_manifest(sealed: Sealed, key: GroupKey, items: Iterable[Item], *, context: str) -> tuple[SealedRef, str]:
    """Seal the items, sorted by name; returns where they lie and their root."""
    ordered = sorted(items, key=lambda item: item.item)
    rows = [
        item.model_dump(mode="json") | {"parts": canonical(item.model_dump(mode="json")["parts"]).decode()}
        for item in ordered
    ]
    table = pa.table({name: [row[name] for row in rows] for name in _COLUMNS}) if rows else pa.table({})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return sealed.write(buffer.getvalue(), key, context=context), merkle_root(ordered)


def read_manifest(sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes], *, root: str) -> list[Item]:
    """The items; raises ManifestBroken when they do not give the root."""
    rows = pq.read_table(io.BytesIO(sealed.read(ref, keys))).to_pylist()
    items = [Item.model_validate(row | {"parts": json.loads(row["parts"])}) for row in rows]
    if merkle_root(items) != root:
        raise ManifestBroken(f"The items of {ref.context} are not those of its root.", remedy="Restore the object.")
    return items


def _of(kind: type[P], item: Item, role: str) -> P:
    part = item.parts.get(role)
    if not isinstance(part, kind):
        raise ManifestBroken(f"{item.item} has no such part: '{role}'.", remedy="Restore the manifest.")
    return part


def merkle_root(items: Iterable[Item]) -> str:
    """The root over the canonical JSON of the items in order of their names."""
    ordered = sorted(items, key=lambda item: item.item)
    return PREFIX + root_of([leaf_hash(canonical(item.model_dump(mode="json"))) for item in ordered]).hex()
