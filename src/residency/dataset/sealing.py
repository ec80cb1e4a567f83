"""From de-identified packs to sealed volumes: what goes into a version, with one series in memory at a time.

    contents = gather(site, lease, draft)
    sealed = seal(site, contents, space, lease)        # new objects under new keys, one group per subject

A series of which no volume can be made is left out, and counted by its reason. What was written is deleted if sealing
is broken off; after a kill it stays as bytes whose keys were never kept. Not here: who goes where (`split`), the
record (`version`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from residency.dataset.draft import Draft
from residency.dataset.volume import VolumeRefused, assemble, label_on
from residency.deid.run import Deid
from residency.govern.gate import Lease
from residency.ingest.subjects import ATTRIBUTES, Subject, read_subjects, write_subjects
from residency.observe.progress import track
from residency.site import Site
from residency.store.keys import Space
from residency.store.manifest import Item, read_manifest, write_manifest
from residency.store.packs import read_pack
from residency.store.sealed import GroupKey, Sealed, SealedRef
from residency.store.shards import write_volume


@dataclass(frozen=True)
class Contents:
    """What the inputs hold: items by name, rows by subject, and the keys that open them."""

    items: Mapping[str, Item]
    subjects: Mapping[str, Subject]
    keys: Mapping[str, bytes] = field(repr=False)

    def members(self) -> list[tuple[str, str]]:
        """Subject and anatomy of each item."""
        return [(item.subject, item.anatomy) for item in self.items.values()]


@dataclass
class SealedItems:
    """Items whose volumes are sealed anew, and why others are left out; `doubts` counts what a person accepted."""

    items: list[Item] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)


def gather(site: Site, lease: Lease, draft: Draft) -> Contents:
    """The items of all inputs; a series that several hold is taken from the newest."""
    items, subjects, keys = {}, {}, {}
    for said in draft.inputs:
        deid = site.ledger.get(Deid, said.digest)
        opened = lease.keys(deid.space)
        rows = read_subjects(site.sealed, deid.subjects, opened)
        for item in read_manifest(site.sealed, deid.manifest, opened, root=deid.root):
            row = rows.get(item.subject) or Subject(subject=item.subject, anatomy=item.anatomy or item.subject)
            items[item.item] = item.model_copy(update={"anatomy": item.anatomy or row.anatomy})
            subjects[item.subject] = _allowed(row, draft.terms.attributes)
        keys |= opened
    return Contents(items, subjects, keys)


def seal(site: Site, contents: Contents, space: Space, lease: Lease) -> SealedItems:
    """Volumes of all items under the keys of a new space."""
    done = SealedItems()
    with deleted_on_error(site.sealed, done.items):
        for name, item in track(sorted(contents.items.items()), "freezing series"):
            lease.keep()
            key = space.new_group(item.subject, item.data_type, lease.at, lease.by.id)
            try:
                parts, doubt = _seal_one(site.sealed, item, contents.keys, key, f"{space.record.owner}/{name}")
            except VolumeRefused as refused:
                done.left_out[refused.reason] += 1
                continue
            done.doubts.update([doubt] if doubt else [])
            done.items.append(item.model_copy(update={"parts": parts}))
    return done


def write_lists(
    site: Site, items: Iterable[Item], subjects: Iterable[Subject], space: Space, lease: Lease
) -> tuple[SealedRef, str, SealedRef]:
    """The manifest, its root, and the table of subjects, each under a key of its own."""
    owner, at, by = space.record.owner, lease.at, lease.by.id
    key = space.new_group("-manifest", "manifest", at, by)
    manifest, root = write_manifest(site.sealed, key, items, context=f"{owner}/manifest")
    key = space.new_group("-subjects", "table", at, by)
    return manifest, root, write_subjects(site.sealed, key, subjects, context=f"{owner}/subjects")


@contextmanager
def deleted_on_error(sealed: Sealed, items: list[Item]) -> Iterator[None]:
    """Whatever breaks the block off, the objects of these items do not stay behind."""
    try:
        yield
    except BaseException:
        for item in items:
            for ref in item.parts.values():
                sealed.objects.delete(ref.name)
        raise


def _allowed(row: Subject, attributes: Iterable[str]) -> Subject:
    """The row without what the terms do not let be kept."""
    return row.model_copy(update=dict.fromkeys(set(ATTRIBUTES) - set(attributes)))


def _seal_one(
    sealed: Sealed, item: Item, keys: Mapping[str, bytes], key: GroupKey, context: str
) -> tuple[dict[str, SealedRef], str]:
    scan = assemble(data for _, data in read_pack(sealed, item.parts["series"], keys))
    arrays: dict[str, np.ndarray] = {"image": scan.voxels}
    if "label" in item.parts:
        arrays["label"] = label_on(scan, sealed.read(item.parts["label"], keys))
    parts = {}
    for role, array in arrays.items():
        # Item and role are in the context, so that two volumes of one subject cannot change places unseen.
        parts[role] = write_volume(sealed, key, array, spacing_mm=scan.spacing_mm, context=f"{context}/{role}")
    return parts, scan.doubts
