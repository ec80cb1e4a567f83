"""Site: the floors, machines and settings that every act receives; and `perform`, the one way to call an act.

version = perform(site, by, "dataset.freeze", Freeze(draft="draft-01k…"))

Not here: building one (`wiring`), deciding (`govern.gate`).
"""

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from residency.acts import BY_NAME
from residency.compute.launcher import Launcher
from residency.errors import BadInput
from residency.govern import audit, heads
from residency.govern.gate import Gate
from residency.govern.identity import Actor, SigningKey
from residency.govern.ledger import Ledger
from residency.kernel.clock import Clock
from residency.kernel.digest import digest
from residency.settings import Settings
from residency.store.access import S3, StoreAccess, read_credentials
from residency.store.objects import ObjectStore
from residency.store.places import file_url
from residency.store.ring import KeyRing
from residency.store.sealed import Sealed

HEADS = "heads"
"""Below the site: finds a database that was put back alone."""


class ActUnknown(BadInput):
    """There is no act of this name."""


@dataclass(frozen=True)
class Site:
    """A place where acts happen; built by `wiring`, never by an act."""

    folder: Path
    settings: Settings
    ledger: Ledger
    gate: Gate
    ring: KeyRing
    log_key: SigningKey
    objects: ObjectStore
    archive: ObjectStore | None
    sealed: Sealed
    launcher: Launcher
    clock: Clock
    development: bool
    keys_file: Path
    unkept: dict[Path, str] = field(default_factory=dict)
    """Folders of heads, and why the newest head could not be kept there; empty where it was."""


def function_of(name: str) -> Any:
    """The function behind an act; raises ActUnknown."""
    if name not in BY_NAME:
        raise ActUnknown(f"There is no act '{name}'.", remedy="'residency --help' lists them.")
    module, _, function = BY_NAME[name].function.partition(":")
    return getattr(import_module(module), function)


def perform(site: Site, by: Actor, name: str, ask: Any) -> Any:
    """Call an act; exactly one outcome event is left, and the record it made is returned."""
    function = function_of(name)
    try:
        with site.gate.call(by, name):
            return function(site, by, ask)
    finally:
        keep_head(site)


def store_access(folder: Path, settings: Settings) -> StoreAccess:
    """The way to the objects of a site, with credentials as its file holds them now; raises Credentials… errors."""
    store, url = settings.store, settings.store.url or file_url(folder / "objects")
    credentials = read_credentials(folder / store.credentials) if store.credentials else None
    fields = store.model_dump(include={"endpoint", "region", "virtual_hosted", "plain_http"})
    if store.cache:
        # Each place has a folder of its own, as two of them may have objects of one name.
        place = folder.absolute() / store.cache / digest(url.encode()).removeprefix("sha256:")[:16]
        fields |= {"cache": str(place), "cache_bytes": int(store.cache_gib * 2**30)}
    return StoreAccess(url=url, credentials=credentials, **fields)


def archive_access(folder: Path, settings: Settings) -> StoreAccess | None:
    """The way to the archive, if the settings name one; never through a cache."""
    if not settings.store.archive:
        return None
    hot, url = store_access(folder, settings), settings.store.archive
    if not url.startswith(S3):
        return StoreAccess(url=url)
    return hot.model_copy(update={"url": url, "cache": "", "cache_bytes": 0})


def keep_head(site: Site) -> None:
    """Keep the signed head of the log in the site and where the settings say.

    What was done is done: a head that cannot be kept is remembered in `unkept` for the doors to say, and never stands
    in the way of an outcome.
    """
    folders = head_folders(site.folder, site.settings)
    before = [heads.newest(folder) for folder in folders]
    with site.ledger.reading() as book:
        note = audit.head_note(book)
    for folder, kept in zip(folders, before, strict=True):
        site.unkept[folder] = heads.keep(folder, note, kept)


def head_folders(folder: Path, settings: Settings) -> list[Path]:
    """Where the heads of a site are kept: in it, and outside of it if its settings name a place."""
    return [folder / HEADS, *([folder / settings.heads] if settings.heads else [])]
