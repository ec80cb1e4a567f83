"""The act `dataset.diff`: what one version of a data set holds that another does not.

    perform(site, steward, "dataset.diff", DiffVersions(before="liver-ct@1", after="liver-ct@2", most=50))

Each version is read under a lease of its own, for its terms may be others; of the manifests only pages that differ are
opened, and of the series nothing. Bytes that were sealed anew under other keys cannot be compared by what manifests say
of them: where nothing else differs, such items are counted apart. Not here: making versions (`version`), comparing
manifests (`store.manifest`).
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from pydantic import Field

from residency.dataset.split import SPLITS
from residency.dataset.version import DatasetVersion, find
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.kernel.record import Part
from residency.site import Site
from residency.store.manifest import Change, Item, Manifest, diff, open_manifest

_KINDS = ("added", "removed", "changed", "sealed anew")
_ABOUT = ("subject", "data_type", "split", "anatomy", "files")


class DiffVersions(Part):
    """Two versions to compare."""

    before: str = Field(description="A version: a name, name@number, an id or a digest.")
    after: str = Field(description="The version to hold against it.")
    most: int = Field(20, description="How many items to list at most; all are counted.", ge=0)
    purpose: str = Field("", description="What for; the first purpose of the protocol if not given.")


class VersionDiff(Part):
    """How two versions differ: counts by split, and the items with what changed of them."""

    kind: ClassVar[str] = "dataset-diff"
    title: str
    counts: tuple[dict[str, Any], ...]
    rows: tuple[dict[str, Any], ...]
    notes: tuple[str, ...] = ()


def compare(site: Site, by: Actor, ask: DiffVersions) -> VersionDiff:
    """Hold two versions against each other; raises VersionMissing, ManifestBroken."""
    before, after = find(site, ask.before), find(site, ask.after)
    how: dict[str, Any] = {"purpose": ask.purpose}
    with (
        site.gate.lease(by, "dataset.diff", before, **how) as old,
        site.gate.lease(by, "dataset.diff", after, **how) as new,
    ):
        changes = diff(_opened(site, old, before), _opened(site, new, after))
        found = _tell(_kept(changes, old, new), before, after, ask.most)
    with site.gate.act(by, "dataset.diff", after, **how):
        pass
    return found


def _opened(site: Site, lease: Lease, version: DatasetVersion) -> Manifest:
    keys = lease.keys(version.space, [version.manifest.group])
    return open_manifest(site.sealed, version.manifest, keys, root=version.root)


def _kept(changes: Iterator[Change], *leases: Lease) -> Iterator[Change]:
    for change in changes:
        for lease in leases:
            lease.keep()
        yield change


def _tell(changes: Iterator[Change], before: DatasetVersion, after: DatasetVersion, most: int) -> VersionDiff:
    counts = {split: dict.fromkeys(_KINDS, 0) for split in SPLITS}
    rows, moved, listable = [], 0, 0
    for change in changes:
        row = _row(change)
        counts[row["split"]][row["change"]] += 1
        moved += bool(change.before and change.after and change.before.split != change.after.split)
        if row["change"] != "sealed anew":
            listable += 1
            rows += [row] if listable <= most else []
    anew = sum(count["sealed anew"] for count in counts.values())
    return VersionDiff(
        title=f"{before.name}@{before.number} → {after.name}@{after.number}",
        counts=tuple(_counted(split, counts[split], before, after) for split in SPLITS),
        rows=tuple(rows),
        notes=tuple(_notes(listable - len(rows), moved, anew)),
    )


def _row(change: Change) -> dict[str, Any]:
    item = change.after or change.before
    assert item is not None
    said = _said(change.before, change.after) if change.before and change.after else []
    kind = "sealed anew" if change.kind == "changed" and not said else change.kind
    about = {"change": kind, "item": change.item, "subject": item.subject, "split": item.split}
    return about | {"what": ", ".join(said)}


def _said(before: Item, after: Item) -> list[str]:
    """What is known to differ, from facts alone."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in _ABOUT]
    said = [f"{name} {old} → {new}" for name, old, new in pairs if old != new]
    for role in sorted({*before.parts, *after.parts}):
        old, new = before.parts.get(role), after.parts.get(role)
        if old is None or new is None:
            said.append(f"{role} {'removed' if new is None else 'added'}")
        elif old.size != new.size or (old.group == new.group and old.digest != new.digest):
            said.append(f"{role} changed")
    return said


def _counted(split: str, counts: dict[str, int], before: DatasetVersion, after: DatasetVersion) -> dict[str, Any]:
    was, now = before.counts[split], after.counts[split]
    sizes = {"items before": was.items, "items after": now.items}
    return {"split": split} | counts | sizes | {"subjects before": was.subjects, "subjects after": now.subjects}


def _notes(unlisted: int, moved: int, anew: int) -> Iterator[str]:
    if unlisted:
        yield f"{unlisted} more items differ; --most says how many are listed."
    if moved:
        yield f"{moved} items stand in another split than before: versions of one data set never do that."
    if anew:
        yield f"{anew} items differ only in the keys that they are sealed under, and are not listed."
