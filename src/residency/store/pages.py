"""Pages of a manifest: some thousand items each, cut where the items themselves say.

    for page in paged(items): …              # the same items give the same pages, whatever came before
    ref = seal_page(sealed, key, page, context="dataset/…/page")
    page = open_page(sealed, entry, keys)    # ManifestBroken unless it is what the entry says

A page ends after an item whose name has a SHA-256 that ends in twelve zero bits, at the latest after LARGEST items: an
item that is added, changed or removed touches its own page. Not here: which pages make a manifest (`store.manifest`).
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING

from residency.errors import BadInput, Broken
from residency.kernel.digest import PREFIX, Digest
from residency.kernel.membership import page_leaf
from residency.kernel.merkle import root_of
from residency.kernel.record import Part
from residency.store.items import ITEM_COLUMNS, PART_COLUMNS, Item, Rows
from residency.store.sealed import GroupKey, Sealed, SealedRef

if TYPE_CHECKING:  # heavy: a command that opens no manifest does without
    import pyarrow as pa

BORDER_BITS = 12
LARGEST = 8 << BORDER_BITS  # one page in 3,000 would be longer: memory stays bounded whatever the names are
_BORDER = (1 << BORDER_BITS) - 1


class ManifestBroken(Broken):
    """The items are not those that the root commits to."""


class ItemsOutOfOrder(BadInput):
    """Items come in the order of their names, each name once."""


class PageEntry(Part):
    """What a manifest says of a page: the first four are under its root.

    `places` is a digest of where the bytes of all parts lie, so that a page is used again only while they lie there.
    """

    first: str
    last: str
    count: int
    root: Digest
    places: Digest
    ref: SealedRef

    def leaf(self) -> bytes:
        """Its hash in the tree of the manifest."""
        return page_leaf(self.first, self.last, self.count, self.root)


class Page:
    """Some items in order, at least one, in memory; `called` names it in errors."""

    def __init__(self, rows: Rows, *, called: str = "A page") -> None:
        self.rows, self._called = rows, called

    @cached_property
    def leaves(self) -> list[bytes]:
        """The leaf hash of each item."""
        return self.rows.leaves()

    @cached_property
    def root(self) -> str:
        """The root of its tree."""
        return PREFIX + root_of(self.leaves).hex()

    @property
    def about(self) -> tuple[str, str, int, str]:
        """First and last item, count and root."""
        return self.rows.item[0], self.rows.item[-1], len(self.rows), self.root

    def places(self) -> str:
        """Digest of where the bytes lie."""
        return PREFIX + hashlib.sha256("\n".join(self.rows.places).encode()).hexdigest()

    def leaf(self) -> bytes:
        """Its hash in the tree of the manifest."""
        return page_leaf(*self.about)

    def items(self) -> Iterator[Item]:
        """All of its items; raises ManifestBroken."""
        return self._items(self.rows)

    def item(self, index: int) -> Item:
        """One of its items; raises ManifestBroken."""
        return next(self._items(self.rows.only(index)))

    def _items(self, rows: Rows) -> Iterator[Item]:
        try:
            yield from rows.items()
        except ValueError as error:  # where bytes lie is under the seal of the page, not under the root
            raise broken(self._called) from error


def paged(items: Iterable[Item]) -> Iterator[Page]:
    """The pages of items that come in order; raises ItemsOutOfOrder."""
    rows, before = Rows(), None
    for item in items:
        name = item.item
        if before is not None and name <= before:
            raise ItemsOutOfOrder(f"Item {name} comes after {before}.", remedy="Sort the items; say each once.")
        before = name
        rows.add(item)
        if len(rows) == LARGEST or is_border(name):
            yield Page(rows)
            rows = Rows()
    if len(rows):
        yield Page(rows)


def is_border(name: str) -> bool:
    """Whether a page ends after an item of this name."""
    return not int.from_bytes(hashlib.sha256(name.encode()).digest()[-4:], "big") & _BORDER


def seal_page(sealed: Sealed, key: GroupKey, page: Page, *, context: str) -> PageEntry:
    """Write a page; returns what the manifest says of it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, schema = page.rows, _schema()
    parts = pa.StructArray.from_arrays(
        [pa.array(getattr(rows, name), pa.string()) for name in PART_COLUMNS],
        fields=list(schema.field("parts").type.value_type),
    )
    columns = [getattr(rows, name) for name in ITEM_COLUMNS]
    columns.append(pa.ListArray.from_arrays(pa.array(rows.ends, pa.int32()), parts))
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns, schema=schema), buffer, compression="zstd", write_statistics=False)
    first, last, count, root = page.about
    ref = sealed.write(buffer.getvalue(), key, context=context)
    return PageEntry(first=first, last=last, count=count, root=root, places=page.places(), ref=ref)


def open_page(sealed: Sealed, entry: PageEntry, keys: Mapping[str, bytes], *, called: str) -> Page:
    """Read a page; raises ManifestBroken, naming it as `called`, unless its items are those of the entry."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        page = Page(_rows(pq.read_table(io.BytesIO(sealed.read(entry.ref, keys)))), called=called)
        same = page.about == (entry.first, entry.last, entry.count, entry.root)
    except (pa.ArrowException, ValueError, LookupError, TypeError, AttributeError) as error:
        raise broken(called) from error
    if not same:
        raise broken(called)
    return page


def broken(called: str) -> ManifestBroken:
    """The error for a page."""
    return ManifestBroken(f"{called} is not what its root commits to.", remedy="Restore the object.")


@cache
def _schema() -> "pa.Schema":
    import pyarrow as pa

    part = pa.struct([(name, pa.string()) for name in PART_COLUMNS])
    columns = [(name, pa.int64() if name == "files" else pa.string()) for name in ITEM_COLUMNS]
    return pa.schema([*columns, ("parts", pa.list_(part))])


def _rows(table: "pa.Table") -> Rows:
    columns = {name: table.column(name).to_pylist() for name in ITEM_COLUMNS}
    parts = table.column("parts").combine_chunks()
    its = {name: parts.values.field(name).to_pylist() for name in PART_COLUMNS}
    return Rows(**columns, **its, ends=parts.offsets.to_pylist())
