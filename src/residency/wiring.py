"""The only place that chooses implementations; builds the Site from the settings.

site = make_site(folder, passphrase=None, …)       # once
site = open_site(folder, passphrase="…")           # every time after
"""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from residency.compute.local import LocalLauncher
from residency.errors import Conflict, Unavailable
from residency.govern.gate import Gate
from residency.govern.identity import Actor, SigningKey, make_person
from residency.govern.ledger import Ledger, sqlite_url
from residency.kernel.clock import Clock, system_clock
from residency.kernel.ids import new_id
from residency.kernel.record import Record
from residency.settings import FILE, TEMPLATE, Settings, load, parse
from residency.site import Site, keep_head
from residency.store.keys import OpenRing, PassphraseRing
from residency.store.objects import write_atomically
from residency.store.places import file_url, open_store
from residency.store.sealed import Sealed

DEVELOPMENT_KEY = "development.key"
SYSTEM = Actor("system", "system", "system")


class SiteExists(Conflict):
    """A site is never written over another."""


class SiteUnwritable(Unavailable):
    """The folder of the site cannot be made."""


class SiteKey(Record):
    """The key that signs the heads of the log and the bundles of this site, sealed by the key ring."""

    kind: ClassVar[str] = "site-key"
    public_key: str
    wrapped: str


def make_site(
    folder: Path,
    *,
    country: str,
    administrator: tuple[str, str, str],
    passphrase: str | None,
    ledger: str = "",
    heads: str = "",
    clock: Clock = system_clock,
    argon2_memory_kib: int | None = None,
) -> Site:
    """Make a site with its first system administrator (name, printed name, passphrase).

    Without a passphrase for the site a development key is made and kept beside the ring, which protects nothing.
    """
    if (folder / FILE).exists():
        raise SiteExists(f"There is a site at {folder} already.", remedy="Choose an empty folder.")
    settings = _write_settings(folder, country, ledger, heads, argon2_memory_kib)
    if passphrase is None:
        passphrase = secrets.token_urlsafe(32)
        write_atomically(folder / DEVELOPMENT_KEY, passphrase.encode())
    ring = PassphraseRing.create(folder / settings.keys.ring, passphrase, memory_kib=settings.keys.argon2_memory_kib)
    book = Ledger.open(_ledger_url(folder, settings))
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
    keep_head(site)
    return site


def open_site(folder: Path, passphrase: str | Callable[[], str] | None = None, *, clock: Clock = system_clock) -> Site:
    """Open a site with its passphrase (or a function that asks for it); a development site needs none."""
    settings = load(folder)
    development = folder / DEVELOPMENT_KEY
    if development.exists():
        passphrase = development.read_text()
    elif callable(passphrase):
        passphrase = passphrase()
    ring = PassphraseRing.open(folder / settings.keys.ring, passphrase or "")
    return open_with_ring(folder, ring, clock=clock)


def open_with_ring(folder: Path, ring: OpenRing, *, clock: Clock = system_clock) -> Site:
    """Open a site with a ring that somebody else opened: how a supervisor starts."""
    settings = load(folder)
    book = Ledger.open(_ledger_url(folder, settings))
    (record,) = book.all(SiteKey)
    log_key = SigningKey.load(ring.unwrap(record.wrapped, purpose=record.id))
    return _assemble(folder, settings, book, ring, log_key, clock)


def _assemble(
    folder: Path, settings: Settings, book: Ledger, ring: OpenRing, log_key: SigningKey, clock: Clock
) -> Site:
    objects = open_store(settings.store.url or file_url(folder / "objects"))
    objects.sweep()
    gate = Gate(book, ring, log_key, clock, country=settings.country, lease_minutes=settings.lease_minutes)
    return Site(
        folder=folder,
        settings=settings,
        ledger=book,
        gate=gate,
        ring=ring,
        log_key=log_key,
        objects=objects,
        sealed=Sealed(objects),
        launcher=LocalLauncher(),
        clock=clock,
        development=(folder / DEVELOPMENT_KEY).exists(),
    )


def _write_settings(folder: Path, country: str, ledger: str, heads: str, memory: int | None) -> Settings:
    text = TEMPLATE.format(country=country, heads=heads, ledger=ledger, store="", ring="ring.json")
    if memory is not None:
        text = text.replace("argon2_memory_kib = 65536", f"argon2_memory_kib = {memory}")
    # What is wrong in the settings is said before anything is written.
    settings = parse(text, FILE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SiteUnwritable(f"{folder} cannot be made: {reason}.", remedy="Choose a folder you may write.") from error
    write_atomically(folder / FILE, text.encode(), mode=0o644)
    return settings


def _ledger_url(folder: Path, settings: Settings) -> str:
    """An empty address means beside the settings: the folder can be moved as a whole."""
    return settings.ledger.url or sqlite_url(folder / "ledger.db")
