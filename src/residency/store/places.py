"""Opens a store from its URL; the one module that picks an implementation, for wiring and for workers alike.

open_store("file:///srv/residency/objects")
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from residency.errors import BadInput
from residency.store.directory import DirectoryStore


class PlaceUnknown(BadInput):
    """The URL names no kind of place that is built in."""


def open_store(url: str) -> DirectoryStore:
    """The store at this URL; raises PlaceUnknown."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc:
        raise PlaceUnknown(f"No store can be opened from '{url}'.", remedy="Use file:///an/absolute/path.")
    return DirectoryStore(Path(unquote(parts.path)))


def file_url(path: Path) -> str:
    """The URL of a directory store."""
    return path.absolute().as_uri()
