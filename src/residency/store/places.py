"""Opens a store from its access; the one module that picks an implementation, for wiring and for workers alike.

open_store(ticket.store)
open_store("file:///srv/residency/objects")

Not here: what a place does (`objects`), where a site's lies (`settings`).
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from urllib.parse import unquote, urlsplit

from residency.errors import BadInput
from residency.store.access import S3, StoreAccess
from residency.store.directory import DirectoryStore
from residency.store.objects import ObjectStore
from residency.store.s3 import S3Store
from residency.store.tiers import CachedStore


class PlaceUnknown(BadInput):
    """The URL names no kind of place that is built in."""


def open_store(access: StoreAccess | str) -> ObjectStore:
    """The store of this access, behind its cache, or of a URL; raises PlaceUnknown, S3NotInstalled."""
    if isinstance(access, StoreAccess) and access.cache:
        return CachedStore(_open(access), Path(access.cache), access.cache_bytes)
    return _open(access)


def _open(access: StoreAccess | str) -> ObjectStore:
    if isinstance(access, StoreAccess) and access.url.startswith(S3):
        return S3Store(access)
    url = access.url if isinstance(access, StoreAccess) else access
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        remedy = "Use file:///an/absolute/path, or s3://bucket/prefix with credentials."
        raise PlaceUnknown(f"No store can be opened from '{url}'.", remedy=remedy)
    return DirectoryStore(Path(unquote(parts.path)))


def pinned(objects: ObjectStore, names: Iterable[str]) -> AbstractContextManager:
    """As long as the block runs, a cache before the store keeps these objects; without a cache, nothing."""
    return objects.pin(names) if isinstance(objects, CachedStore) else nullcontext()


def file_url(path: Path) -> str:
    """The URL of a directory store."""
    return path.absolute().as_uri()
