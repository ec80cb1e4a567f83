"""A site brought back from a backup: the ring and the settings are found first, the rest follows (`upkeep.restore`).

    site, done = restore_site(folder, "/mnt/backup/hospital", ask, ring=Path("/media/stick"))

Not here: a site that stands (`wiring`), the command (`cli.restore`).
"""

from collections.abc import Callable
from pathlib import Path

from residency.govern.identity import SigningKey
from residency.govern.keys_file import KeptKeys, read_keys_file
from residency.kernel.clock import Clock, system_clock
from residency.protocol.people import publish_keys
from residency.settings import FILE, KeySettings, Settings, load, parse
from residency.site import Site, archive_access, head_folders, keep_head, store_access
from residency.store.files import make_folder, write_atomically
from residency.store.places import open_store
from residency.store.ring import KeyRing, RingExists, RingMissing
from residency.store.rings import RingFile, open_ring
from residency.upkeep import backups
from residency.upkeep.restore import Ground, Restored, open_key, restore
from residency.wiring import DEVELOPMENT_KEY, RING, SYSTEM, keys_file, ledger_url, open_with_ring, ring_place


def restore_site(
    folder: Path,
    place: str,
    passphrase: Callable[[KeySettings], str],
    *,
    backup: str = "",
    ring: Path | None = None,
    older: bool = False,
    database: bool = False,
    clock: Clock = system_clock,
) -> tuple[Site, Restored]:
    """Bring a site back from a backup, with the ring that lies in it or in the folder `ring`; returns it opened.

    Raises RingMissing, RingForeign, RingOlder, KeysFileMissing, Backup… errors, and what opening raises.
    """
    kept_at = backups.place_of(place, folder)
    found = backups.find(kept_at, backup)
    settings = load(folder) if (folder / FILE).exists() else parse(found.settings, FILE)
    source = _ring_beside(folder, settings.keys, ring)
    custody, development = ring_place(folder, settings.keys), (ring or folder) / DEVELOPMENT_KEY
    if isinstance(custody, RingFile) and not source.is_file():
        remedy = "Without it nothing opens: give the folder of its newest copy with --ring."
        raise RingMissing(f"There is no key ring at {source}.", remedy=remedy)
    secret = development.read_text() if development.is_file() else passphrase(settings.keys)
    opened = open_ring(RingFile(source) if isinstance(custody, RingFile) else custody, secret)
    kept = read_keys_file(source.with_suffix(".keys.json"))
    log_key = open_key(found, opened, kept)
    if ring is not None:
        _take_over(source, development, folder, settings.keys)
    ground = _ground(folder, settings, open_ring(custody, secret), log_key, kept, clock)
    restored = restore(ground, kept_at, found, older=older, database=database)
    if not (folder / FILE).exists():
        write_atomically(folder / FILE, found.settings.encode(), mode=0o644)
    site = open_with_ring(folder, ground.ring, clock=clock)
    publish_keys(site)
    keep_head(site)
    return site, restored


def _ground(
    folder: Path, settings: Settings, ring: KeyRing, log_key: SigningKey, kept: KeptKeys | None, clock: Clock
) -> Ground:
    url, archive = ledger_url(folder, settings), archive_access(folder, settings)
    return Ground(
        settings=settings,
        ledger_url=url,
        ledger_file=Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None,
        objects=open_store(store_access(folder, settings)),
        archive=open_store(archive) if archive else None,
        ring=ring,
        log_key=log_key,
        kept=kept,
        head_folders=tuple(head_folders(folder, settings)),
        by=SYSTEM,
        clock=clock,
    )


def _ring_beside(folder: Path, keys: KeySettings, given: Path | None) -> Path:
    """Where the ring's own file lies, or would lie: in the site, or in the folder that was given."""
    own = folder / (keys.ring or RING)
    return given / own.name if given is not None else own


def _take_over(source: Path, development: Path, folder: Path, keys: KeySettings) -> None:
    """Copy ring, file of keys and development key into the site; raises RingExists where another ring lies."""
    target = folder / (keys.ring or RING)
    if target.is_file() and source.is_file() and target.read_bytes() != source.read_bytes():
        raise RingExists(f"Another key ring lies at {target}.", remedy="Move the older one of the two away.")
    make_folder(target.parent)
    beside = keys_file(folder, keys)
    # The ring last: it is what a repeated call looks for.
    taken = ((source.with_name(beside.name), beside), (development, folder / DEVELOPMENT_KEY), (source, target))
    for origin, to in taken:
        if origin.is_file() and origin.absolute() != to.absolute():
            write_atomically(to, origin.read_bytes())
