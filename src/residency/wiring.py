"""The only place that chooses implementations; builds the Site from the settings.

site = make_site(folder, passphrase=None, …)       # once
site = open_site(folder, passphrase="…")           # every time after

Not here: asking for passphrases (`cli.session`), a site from a backup (`restoring`).
"""

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from residency.compute.local import LocalLauncher
from residency.errors import BadInput, Broken, Conflict, Missing, Unavailable
from residency.govern.dump import LedgerTaken
from residency.govern.gate import Gate
from residency.govern.heads import NEWEST
from residency.govern.identity import Actor, SigningKey, make_person
from residency.govern.ledger import Ledger, sqlite_url
from residency.govern.rotation import SiteKey, finish
from residency.kernel.clock import Clock, system_clock
from residency.kernel.ids import new_id
from residency.settings import FILE, PASSPHRASE_KEYS, TEMPLATE, KeySettings, Settings, load, parse
from residency.site import HEADS, Site, archive_access, keep_head, store_access
from residency.store.files import sweep_drafts, write_atomically
from residency.store.keys import opened_now
from residency.store.places import open_store
from residency.store.ring import KeyRing
from residency.store.rings import HsmToken, KeyServer, Place, RingFile, create_ring, open_ring
from residency.store.sealed import Sealed

DEVELOPMENT_KEY, RING, LEDGER = "development.key", "ring.json", "ledger.db"
KEYS_AND_LEDGER = (DEVELOPMENT_KEY, RING, LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm")
_LEAST_MEMORY_KIB = 8192
SYSTEM = Actor("system", "system", "system")


class SiteExists(Conflict):
    """A site is never written over another."""


class SiteUnfinished(Conflict):
    """The folder holds keys or a ledger without the settings of a site."""


class LedgerMissing(Missing):
    """The database of the site is not there."""


class LedgerForeign(Broken):
    """The database is not that of this site."""


class DevelopmentKeyUnreadable(Unavailable):
    """The development key is there, but cannot be read."""


class SecretMissing(BadInput):
    """A key ring in a token or on a key server has no development key."""


class SiteUnwritable(Unavailable):
    """The folder of the site cannot be made."""


def make_site(
    folder: Path,
    *,
    country: str,
    administrator: tuple[str, str, str],
    passphrase: str | None,
    ledger: str = "",
    heads: str = "",
    keys: str = PASSPHRASE_KEYS,
    clock: Clock = system_clock,
    argon2_memory_kib: int | None = None,
) -> Site:
    """Make a site with its first system administrator (name, printed name, passphrase).

    `keys` is the [keys] section of its settings, and the passphrase the PIN or token that opens what stands there.
    Without a passphrase for the site a development key is made and kept beside the ring, which protects nothing.
    """
    settings, text = _settings(country, ledger, heads, keys, argon2_memory_kib)
    if passphrase is None and settings.keys.kind != "passphrase":
        raise SecretMissing(
            f"A key ring of kind '{settings.keys.kind}' has no development key.", remedy="Give its PIN or token."
        )
    _make_empty(folder)
    try:
        site = _found(folder, settings, administrator, passphrase, clock)
        # Written last: a folder with settings is a whole site, and one without is none.
        write_atomically(folder / FILE, text.encode(), mode=0o644)
    except BaseException:
        for name in (*KEYS_AND_LEDGER, FILE):
            (folder / name).unlink(missing_ok=True)
        raise
    keep_head(site)
    return site


def _found(
    folder: Path, settings: Settings, administrator: tuple[str, str, str], passphrase: str | None, clock: Clock
) -> Site:
    """Ring, ledger, the site's key, the first person and the log's first event."""
    book = Ledger.open(ledger_url(folder, settings))
    if book.all(SiteKey):
        raise LedgerTaken("The database belongs to another site.", remedy="Give the URL of an empty database.")
    place = ring_place(folder, settings.keys)
    if passphrase is None:
        passphrase = secrets.token_urlsafe(32)  # 256 bits: nobody guesses it, whatever a guess costs
        write_atomically(folder / DEVELOPMENT_KEY, passphrase.encode())
        place = ring_place(folder, settings.keys.model_copy(update={"argon2_memory_kib": _LEAST_MEMORY_KIB}))
    ring = create_ring(place, passphrase)
    at = clock()
    log_key = SigningKey(f"residency/site/{folder.name}-{secrets.token_hex(4)}", Ed25519PrivateKey.generate())
    identifier = new_id("site-key", at)
    wrapped = ring.wrap(log_key.export(), purpose=identifier)
    name, printed, secret = administrator
    first, first_key = make_person(
        name=name,
        printed_name=printed,
        roles=("system-administrator",),
        passphrase=secret,
        at=at,
        by=SYSTEM.id,
        memory_kib=settings.keys.argon2_memory_kib,
    )
    site = _assemble(folder, settings, book, ring, log_key, clock)
    key = SiteKey(id=identifier, made_at=at, made_by=SYSTEM.id, public_key=str(log_key.public), wrapped=wrapped)
    site.gate.record_event(SYSTEM, "site.init", "done", saved=(key, first, first_key))
    return site


def open_site(folder: Path, passphrase: str | Callable[[], str] | None = None, *, clock: Clock = system_clock) -> Site:
    """Open a site with its passphrase, PIN or token (or a function that asks for it); a development site needs none."""
    settings = load(folder)
    development = folder / DEVELOPMENT_KEY
    if development.exists():
        try:
            passphrase = development.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise DevelopmentKeyUnreadable(f"{development} cannot be read.", remedy="Restore it.") from error
    elif callable(passphrase):
        passphrase = passphrase()
    ring = open_ring(ring_place(folder, settings.keys), passphrase or "")
    return open_with_ring(folder, ring, clock=clock)


def open_with_ring(folder: Path, ring: KeyRing, *, clock: Clock = system_clock) -> Site:
    """Open a site with a ring that somebody else opened: how a supervisor starts."""
    settings = load(folder)
    if not settings.ledger.url and not (folder / LEDGER).is_file():
        raise LedgerMissing(f"There is no {LEDGER} in {folder}.", remedy="Restore it from a backup.")
    book = Ledger.open(ledger_url(folder, settings))
    wrapped = partial(_site_key, book)
    log_key = SigningKey.load(opened_now(wrapped, lambda key: ring.unwrap(key.wrapped, purpose=key.id)))
    # What a kill in the middle of a rotation left to do.
    finish(book, ring, keys_file(folder, settings.keys))
    return _assemble(folder, settings, book, ring, log_key, clock)


def _site_key(book: Ledger) -> SiteKey:
    found = book.all(SiteKey)
    if len(found) != 1:
        raise LedgerForeign("The database holds no site, or several.", remedy="Correct ledger.url, or restore it.")
    return found[0]


def keys_file(folder: Path, keys: KeySettings) -> Path:
    """The file of wrapped keys: beside the ring's own file, or in the site where the ring has none."""
    return (folder / (keys.ring or RING)).with_suffix(".keys.json")


def ring_place(folder: Path, keys: KeySettings) -> Place:
    """Where the settings of a site say that its key ring lies."""
    match keys.kind:
        case "passphrase":
            return RingFile(folder / keys.ring, keys.argon2_memory_kib)
        case "pkcs11":
            return HsmToken(keys.module, keys.token, keys.label)
        case "transit":
            return KeyServer(keys.address, keys.mount, keys.key, str(folder / keys.ca) if keys.ca else "")


def _assemble(folder: Path, settings: Settings, book: Ledger, ring: KeyRing, log_key: SigningKey, clock: Clock) -> Site:
    objects = open_store(store_access(folder, settings))
    objects.sweep()
    archive = archive_access(folder, settings)
    sweep_drafts(folder / HEADS / NEWEST)
    gate = Gate(book, ring, log_key, clock, country=settings.country, lease_minutes=settings.lease_minutes)
    return Site(
        folder=folder,
        settings=settings,
        ledger=book,
        gate=gate,
        ring=ring,
        log_key=log_key,
        objects=objects,
        archive=open_store(archive) if archive else None,
        sealed=Sealed(objects),
        launcher=LocalLauncher(),
        clock=clock,
        development=(folder / DEVELOPMENT_KEY).exists(),
        keys_file=keys_file(folder, settings.keys),
    )


def _settings(country: str, ledger: str, heads: str, keys: str, memory: int | None) -> tuple[Settings, str]:
    """The settings and their text; what is wrong in them is said before anything is written."""
    text = TEMPLATE.format(country=country, heads=heads, ledger=ledger, store="", keys=keys)
    if memory is not None:
        text = text.replace("argon2_memory_kib = 65536", f"argon2_memory_kib = {memory}")
    return parse(text, FILE), text


def _make_empty(folder: Path) -> None:
    """The folder, in which no site stands; raises SiteExists, SiteUnfinished, SiteUnwritable."""
    if (folder / FILE).exists():
        raise SiteExists(f"There is a site at {folder} already.", remedy="Choose an empty folder.")
    left = [name for name in KEYS_AND_LEDGER if (folder / name).exists()]
    if left:
        raise SiteUnfinished(
            f"{folder} has no {FILE} but holds {', '.join(left)}: a site that lost it, or one that was never finished.",
            remedy=f"Restore {FILE}; remove the folder only if nothing was ever brought in.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SiteUnwritable(f"{folder} cannot be made: {reason}.", remedy="Choose a folder you may write.") from error


def ledger_url(folder: Path, settings: Settings) -> str:
    """An empty address means beside the settings: the folder can be moved as a whole."""
    return settings.ledger.url or sqlite_url(folder / LEDGER)
