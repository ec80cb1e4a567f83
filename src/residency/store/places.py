"""Opens a store from its access; the one module that picks an implementation, for wiring and for workers alike.

open_store(ticket.store)
open_store("file:///srv/residency/objects")
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from residency.errors import BadInput
from residency.store.access import S3, StoreAccess
from residency.store.directory import DirectoryStore
from residency.store.s3 import S3Store


class PlaceUnknown(BadInput):
    """The URL names no kind of place that is built in."""


def open_store(access: StoreAccess | str) -> DirectoryStore | S3Store:
    """The store of this access, or of a URL that needs no more; raises PlaceUnknown, S3NotInstalled."""
    if isinstance(access, StoreAccess) and access.url.startswith(S3):
        return S3Store(access)
    url = access.url if isinstance(access, StoreAccess) else access
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        remedy = "Use file:///an/absolute/path, or s3://bucket/prefix with credentials."
        raise PlaceUnknown(f"No store can be opened from '{url}'.", remedy=remedy)
    return DirectoryStore(Path(unquote(parts.path)))


def file_url(path: Path) -> str:
    """The URL of a directory store."""
    return path.absolute().as_uri()
