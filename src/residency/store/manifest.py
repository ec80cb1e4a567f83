"""Manifests: the items of an intake or a version, in sealed pages under one Merkle root.

    ref, root = write_manifest(sealed, key, items, context="dataset/…", parent=before)
    manifest = open_manifest(sealed, ref, keys, root=root)
    for item in manifest.items(): …                  # a page at a time, each checked against the root
    for change in diff(before, manifest): …          # opens only pages that differ

The ledger keeps the reference and the root; the millions of items stay here. The head lists the pages; its root commits
to what every item is, not to where its bytes lie (`store.items`), so that moving objects changes no version, and a
proof that one item was in a version needs no other item. Beside the head lie the names of all objects that it needs
(`store.named`). Not here: what an item's bytes are (`packs`, `shards`), how pages are cut (`store.pages`).
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import Literal, NamedTuple

from residency.errors import Missing
from residency.kernel.digest import PREFIX, canonical
from residency.kernel.membership import Proof
from residency.kernel.merkle import inclusion_proof, root_of
from residency.kernel.record import Part
from residency.store.items import Item
from residency.store.named import LISTS, SUFFIX, write_names
from residency.store.pages import ManifestBroken, Page, PageEntry, open_page, paged, seal_page
from residency.store.sealed import GroupKey, Sealed, SealedRef, random_name


class ItemMissing(Missing):
    """The manifest holds no such item."""


class _Head(Part):
    pages: tuple[PageEntry, ...]


@dataclass(frozen=True)
class Change:
    """How one item differs between two manifests."""

    kind: Literal["added", "removed", "changed"]
    item: str
    before: Item | None
    after: Item | None


@dataclass(frozen=True)
class Manifest:
    """A manifest whose pages are opened as they are asked for; `pages` are what its head says of them."""

    sealed: Sealed
    ref: SealedRef
    keys: Mapping[str, bytes] = field(repr=False)
    root: str
    pages: tuple[PageEntry, ...]

    def __len__(self) -> int:
        return sum(entry.count for entry in self.pages)

    def items(self) -> Iterator[Item]:
        """All items in the order of their names; raises ManifestBroken at a page that is not what it was."""
        for number in range(len(self.pages)):
            yield from self.page(number).items()

    def find(self, item: str) -> Item:
        """One item, of which one page is opened; raises ItemMissing, ManifestBroken."""
        _, page, index = self._place(item)
        return page.item(index)

    def prove(self, item: str) -> Proof:
        """What shows to anybody who knows the root that the item is here; raises ItemMissing, ManifestBroken."""
        number, page, index = self._place(item)
        first, last, count, root = page.about
        return Proof(
            facts=page.item(index).facts(),
            index=index,
            path=_written(inclusion_proof(page.leaves, index)),
            first=first,
            last=last,
            count=count,
            root=root,
            page=number,
            pages=len(self.pages),
            page_path=_written(inclusion_proof([entry.leaf() for entry in self.pages], number)),
        )

    def page(self, number: int) -> Page:
        """One page, checked; raises ManifestBroken."""
        called = f"Page {number + 1} of {len(self.pages)} of {self.ref.context}"
        return open_page(self.sealed, self.pages[number], self.keys, called=called)

    def _place(self, item: str) -> tuple[int, Page, int]:
        number = bisect_left(self.pages, item, key=lambda entry: entry.last)
        if number < len(self.pages) and item >= self.pages[number].first:
            page = self.page(number)
            index = bisect_left(page.rows.item, item)
            if page.rows.item[index] == item:
                return number, page, index
        raise ItemMissing(f"There is no item {item} in {self.ref.context}.", remedy="Name one that it holds.")


def write_manifest(
    sealed: Sealed, key: GroupKey, items: Iterable[Item], *, context: str, parent: Manifest | None = None
) -> tuple[SealedRef, str]:
    """Seal the items; returns where the manifest lies and its root. Pages of the parent that are the same are kept.

    A collection is sorted here; of an iterator only one page is in memory, and it must come in the order of names.
    Raises ItemsOutOfOrder. What was written of a manifest that did not come to be is deleted.
    """
    kept = {(entry.root, entry.places): entry for entry in parent.pages if entry.ref.group == key.id} if parent else {}
    name, entries, named, made = random_name(LISTS), [], set(), []
    try:
        for page in paged(_in_order(items)):
            entry = kept.get((page.root, page.places()))
            if entry is None:
                entry = seal_page(sealed, key, page, context=f"{context}/page")
                made.append(entry.ref.name)
            entries.append(entry)
            named |= {entry.ref.name, *page.rows.objects}
        made.append(name + SUFFIX)
        write_names(sealed.objects, name, named)
        head = canonical(_Head(pages=tuple(entries)).model_dump(mode="json"))
        return sealed.write(head, key, context=context, name=name), _root(entries)
    except BaseException:
        for written in made:
            sealed.objects.delete(written)
        raise


def open_manifest(sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes], *, root: str) -> Manifest:
    """A manifest of which only the head was read; raises ManifestBroken when its pages do not give the root."""
    broken = ManifestBroken(f"The pages of {ref.context} are not those of its root.", remedy="Restore the object.")
    try:
        pages = _Head.model_validate_json(sealed.read(ref, keys)).pages
    except ValueError as error:
        raise broken from error
    if _root(pages) != root:
        raise broken
    return Manifest(sealed, ref, keys, root, pages)


def read_manifest(sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes], *, root: str) -> list[Item]:
    """All items; raises ManifestBroken when they do not give the root."""
    return list(open_manifest(sealed, ref, keys, root=root).items())


def merkle_root(items: Iterable[Item]) -> str:
    """The root of a manifest of these items; nothing is written. Raises ItemsOutOfOrder as `write_manifest`."""
    return PREFIX + root_of([page.leaf() for page in paged(_in_order(items))]).hex()


def diff(before: Manifest, after: Manifest) -> Iterator[Change]:
    """What was added, removed or changed, in the order of names; raises ManifestBroken.

    Pages that both have are not opened. An item whose bytes only lie elsewhere has not changed.
    """
    shared = {entry.root for entry in before.pages} & {entry.root for entry in after.pages}
    old, new = _leaves(before, shared), _leaves(after, shared)
    left, right = next(old), next(new)
    while left.page or right.page:
        if not right.page or (left.page and left.name < right.name):
            yield Change("removed", left.name, left.item(), None)
            left = next(old)
        elif not left.page or right.name < left.name:
            yield Change("added", right.name, None, right.item())
            right = next(new)
        else:
            if left.leaf != right.leaf:
                yield Change("changed", left.name, left.item(), right.item())
            left, right = next(old), next(new)


def _in_order(items: Iterable[Item]) -> Iterable[Item]:
    return sorted(items, key=lambda item: item.item) if isinstance(items, Collection) else items


def _root(entries: Iterable[PageEntry]) -> str:
    return PREFIX + root_of([entry.leaf() for entry in entries]).hex()


class _Leaf(NamedTuple):
    """An item on its page; without a page where there are no more."""

    name: str = ""
    leaf: bytes = b""
    index: int = 0
    page: Page | None = None

    def item(self) -> Item:
        assert self.page is not None
        return self.page.item(self.index)


def _leaves(manifest: Manifest, shared: set[str]) -> Iterator[_Leaf]:
    """Every item on a page that is not shared, and then the end for ever."""
    for number, entry in enumerate(manifest.pages):
        if entry.root not in shared:
            page = manifest.page(number)
            for index, (name, leaf) in enumerate(zip(page.rows.item, page.leaves, strict=True)):
                yield _Leaf(name, leaf, index, page)
    yield from repeat(_Leaf())


def _written(path: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(PREFIX + step.hex() for step in path)
