"""From de-identified packs to sealed volumes: what goes into a version, with one series in memory at a time.

    contents = gather(site, lease, draft)
    done = seal(sealed, contents, groups, before)          # new shards, one key group per subject
    manifest, root, table = write_lists(sealed, done.items, rows, groups)

A series that an earlier version holds, made of the same files, is not sealed again: its item is taken over. A series of
which no volume can be made is left out, and counted by its reason. Not here: who goes where (`split`), the record
(`version`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from residency.dataset.draft import Draft
from residency.dataset.volume import VolumeRefused, assemble, label_on
from residency.deid.cleaned import Deid
from residency.govern.gate import Lease
from residency.ingest.source import Groups
from residency.ingest.subjects import ATTRIBUTES, Subject, read_subjects, write_subjects
from residency.kernel.digest import digest_of
from residency.observe.progress import track
from residency.site import Site
from residency.store.manifest import Item, Manifest, read_manifest, write_manifest
from residency.store.packs import read_pack
from residency.store.sealed import GroupKey, Sealed, SealedRef
from residency.store.shards import ArrayRef, ShardWriter

WITHDRAWN = "WITHDRAWN"
"""Why an item is left out whose subject has withdrawn, or whose time is over."""


@dataclass(frozen=True)
class Contents:
    """What the inputs hold: items by name, rows by subject, the keys that open them; `gone` items no key opens."""

    items: Mapping[str, Item]
    subjects: Mapping[str, Subject]
    keys: Mapping[str, bytes] = field(repr=False)
    gone: int = 0

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
    items, subjects, keys, gone = {}, {}, {}, set()
    for said in draft.inputs:
        deid = site.ledger.get(Deid, said.digest)
        opened = lease.keys(deid.space)
        rows = read_subjects(site.sealed, deid.subjects, opened)
        for item in read_manifest(site.sealed, deid.manifest, opened, root=deid.root):
            if any(part.group not in opened for part in item.parts.values()):
                gone.add(item.item)
                continue
            row = rows.get(item.subject) or Subject(subject=item.subject, anatomy=item.anatomy or item.subject)
            items[item.item] = item.model_copy(update={"anatomy": item.anatomy or row.anatomy})
            subjects[item.subject] = _allowed(row, draft.terms.attributes)
        keys |= opened
    return Contents(items, subjects, keys, len(gone - items.keys()))


def seal(sealed: Sealed, contents: Contents, groups: Groups, before: Mapping[str, Item]) -> SealedItems:
    """Volumes of all items, in shards; `before` are the items of earlier versions."""
    done, writer = SealedItems(), ShardWriter(sealed.objects)
    done.left_out.update({WITHDRAWN: contents.gone} if contents.gone else {})
    try:
        for name, item in track(sorted(contents.items.items()), "freezing series"):
            groups.lease.keep()
            made_of, known = _made_of(item), before.get(name)
            same = known is not None and (known.subject, known.made_of) == (item.subject, made_of)
            if known is not None and same and groups.holds(item.subject, item.data_type):
                done.items.append(known.model_copy(update={"anatomy": item.anatomy}))
                continue
            key = groups.key(item.subject, item.data_type, of=[item.file("series").group])
            try:
                parts, doubt = _seal_one(sealed, item, contents.keys, writer, key, f"{groups.owner}/{name}")
            except VolumeRefused as refused:
                done.left_out[refused.reason] += 1
                continue
            done.doubts.update([doubt] if doubt else [])
            done.items.append(item.model_copy(update={"parts": parts, "made_of": made_of}))
        writer.commit()
    except BaseException:
        writer.discard()
        raise
    return done


def write_lists(
    sealed: Sealed, items: Sequence[Item], subjects: Iterable[Subject], groups: Groups, parent: Manifest | None
) -> tuple[SealedRef, str, SealedRef]:
    """The manifest, which shares pages with that of the version before, its root, and the table of subjects."""
    context = f"{groups.owner}/manifest"
    manifest, root = write_manifest(sealed, groups.manifest(), items, context=context, parent=parent)
    return (
        manifest,
        root,
        write_subjects(sealed, groups.manifest(), subjects, groups.subject, context=f"{groups.owner}/subjects"),
    )


def _allowed(row: Subject, attributes: Iterable[str]) -> Subject:
    """The row without what the terms do not let be kept."""
    return row.model_copy(update=dict.fromkeys(set(ATTRIBUTES) - set(attributes)))


def _made_of(item: Item) -> str:
    """One digest of the keyed digests of an item's parts."""
    return digest_of({role: part.digest for role, part in item.parts.items()})


def _seal_one(
    sealed: Sealed, item: Item, keys: Mapping[str, bytes], writer: ShardWriter, key: GroupKey, context: str
) -> tuple[dict[str, ArrayRef], str]:
    scan = assemble(data for _, data in read_pack(sealed, item.file("series"), keys))
    arrays: dict[str, np.ndarray] = {"image": scan.voxels}
    if "label" in item.parts:
        arrays["label"] = label_on(scan, sealed.read(item.file("label"), keys))
    parts = {}
    for role, array in arrays.items():
        # Item and role are in the context, so that two volumes of one subject cannot change places unseen.
        parts[role] = writer.add(key, array, spacing_mm=scan.spacing_mm, context=f"{context}/{role}")
    return parts, scan.doubts
