"""Brings a site back from a backup: into an empty folder, or only what is missing or damaged where something stands.

    log_key = open_key(found, ring, kept)          # is this the ring of the backup, and not an older one?
    done = restore(ground, place, found, older=False, database=False)

Objects come first, each proven; then the ledger, if there is none: it is built beside its place, brought up to the
present keys (`govern.revival`), given the log's next event, and put in place whole, so that a kill leaves no ledger or
one in which whoever was forgotten is forgotten. Not here: asking for the ring (`wiring`), what lies where (`backups`).
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from residency.errors import Conflict
from residency.govern import audit, heads
from residency.govern.dump import load
from residency.govern.gate import Gate
from residency.govern.identity import Actor, SigningKey
from residency.govern.keys_file import KeptKeys
from residency.govern.ledger import Ledger, LedgerDamaged
from residency.govern.revival import Revival, keys_missing, revive
from residency.govern.rotation import SiteKey, generation_of
from residency.kernel.clock import Clock, stopwatch
from residency.kernel.note import Checkpoint, NoteMalformed, read_note
from residency.observe.progress import say
from residency.settings import Settings
from residency.store.files import os_errors, sync_folder
from residency.store.frames import intact
from residency.store.objects import ObjectMissing, ObjectStore
from residency.store.ring import KeyRing, RingDamaged
from residency.upkeep import backups
from residency.upkeep.backups import OBJECTS, Manifest
from residency.upkeep.copying import ObjectNotWhole, copy, replace
from residency.upkeep.report import Report

_MIB = 1024 * 1024
_NAMED = 20


class RingForeign(Conflict):
    """The key ring is not that of the site of the backup."""


class RingOlder(Conflict):
    """The key ring is older than the backup, the file of keys or the database: keys were destroyed since."""


class BackupForeign(Conflict):
    """The backup is not of the site that stands here."""


class BackupOlder(Conflict):
    """The log of this site had more events than that of the backup: a restore rolls its record back."""


class DatabaseInUse(Conflict):
    """A database on a server is never emptied by a restore."""


@dataclass(frozen=True)
class Ground:
    """The place that is restored; `ledger_file` is None where the database is on a server."""

    settings: Settings
    ledger_url: str
    ledger_file: Path | None
    objects: ObjectStore
    archive: ObjectStore | None
    ring: KeyRing
    log_key: SigningKey
    kept: KeptKeys | None
    head_folders: tuple[Path, ...]
    by: Actor
    clock: Clock


class Restored(Report):
    """What a restore did; `absent` are objects that neither the site nor the backup holds whole."""

    absent: tuple[str, ...] = ()


@dataclass
class _Brought:
    checked: int = 0
    copied: int = 0
    bytes: int = 0
    absent: list[str] = field(default_factory=list)


def open_key(found: Manifest, ring: KeyRing, kept: KeptKeys | None) -> SigningKey:
    """The site's key, which shows that ring and backup belong together; raises RingForeign, RingOlder,
    KeysFileMissing.
    """
    beside, living = (kept.site.get(found.key, "") if kept else ""), ring.generations()
    known = max(found.generation, *map(generation_of, (beside, found.wrapped)))
    opening = [wrapped for wrapped in (beside, found.wrapped) if generation_of(wrapped) in living]
    foreign = RingForeign("This key ring is not that of the backup.", remedy="Give the ring of the site, with --ring.")
    if max(living) < known:
        raise ring_older(max(living), known)
    if not opening:
        raise keys_missing()
    try:
        key = SigningKey.load(ring.unwrap(opening[0], purpose=found.key))
    except RingDamaged as error:
        raise foreign from error
    if str(key.public) != found.site:
        raise foreign
    return key


def ring_older(newest: int, known: int) -> RingOlder:
    """The error for a ring that lacks a generation which is known to have been."""
    return RingOlder(
        f"The key ring ends at generation {newest}, and generation {known} was there already: this is an older copy.",
        remedy="Put the newest copy of the key ring and of its file of keys in place, and destroy the older ones.",
    )


def restore(
    ground: Ground, place: ObjectStore, found: Manifest, *, older: bool = False, database: bool = False
) -> Restored:
    """Bring back what is missing; raises BackupForeign, BackupOlder, BackupDamaged, RingOlder, DatabaseInUse."""
    began = stopwatch()
    standing = _standing(ground, found, database)
    done = backups.read_done(place, found.id, backups.backup_key(ground.log_key))
    size, lost = found.size + (done is not None), 0
    if standing is None or database:
        if standing is not None and ground.ledger_file is None:
            remedy = "Give the URL of an empty one in site.toml, then repeat."
            raise DatabaseInUse("The database on the server holds the records of the site.", remedy=remedy)
        lost = _lost(ground, size, standing, older)
    brought = _bring_objects(ground, place, found)
    says = f"{found.id} of {found.at}; {brought.copied} objects brought back"
    if lost:
        says += f"; the log was rolled back: {lost} events are lost"
    if standing is not None and not database:
        again = _revive(ground, standing, f"{says}; the database was kept")
        standing.close()
    else:
        if standing is not None:
            standing.close()
        if lost:
            _keep_ahead(ground, size)
        again = _bring_ledger(ground, place, found, done, f"{says}; the database was restored")
    row = {"objects checked": brought.checked, "copied": brought.copied, "bytes": brought.bytes}
    row |= {"seconds": round(stopwatch() - began, 1), "database": "kept" if standing and not database else "restored"}
    row |= {"events lost": lost, "subjects forgotten again": len(again.forgotten), "spaces closed": len(again.closed)}
    notes = [f"The keys of {space} are gone: what it sealed stays closed." for space in again.closed]
    notes += [f"{name} is whole neither here nor in the backup." for name in brought.absent[:_NAMED]]
    return Restored(title=f"Restored from {found.id}", rows=(row,), notes=tuple(notes), absent=tuple(brought.absent))


def _standing(ground: Ground, found: Manifest, database: bool) -> Ledger | None:
    """The database that is there with records in it; raises BackupForeign, RingOlder."""
    if ground.ledger_file is not None and not ground.ledger_file.is_file():
        return None
    try:
        ledger = Ledger.open(ground.ledger_url)
        sites = ledger.all(SiteKey)
    except LedgerDamaged as error:
        if database and ground.ledger_file is not None:
            return None
        remedy = "Repeat with --database, which puts that of the backup in its place."
        raise LedgerDamaged("The database that is here cannot be read.", remedy=remedy) from error
    if not sites:
        ledger.close()
        return None
    if [site.public_key for site in sites] != [found.site]:
        raise BackupForeign("The backup is not of the site whose database is here.", remedy="Give its own backup.")
    newest, living = generation_of(sites[0].wrapped), max(ground.ring.generations())
    if newest > living:
        raise ring_older(living, newest)
    return ledger


def _lost(ground: Ground, size: int, standing: Ledger | None, older: bool) -> int:
    """How many events the log had that will be lost; raises BackupOlder unless that is meant."""
    known = max(map(_size, map(heads.newest, ground.head_folders)), default=0)
    if standing is not None:
        with standing.reading() as book:
            known = max(known, audit.size(book))
    if known > size and not older:
        raise BackupOlder(
            f"The log of this site had {known} events, that of the backup ends at {size}.",
            remedy="Give a newer backup; if there is none, repeat with --older: those events are lost for good.",
        )
    return max(known - size, 0)


def _size(note: str) -> int:
    try:
        return Checkpoint.parse(read_note(note)[0]).size
    except NoteMalformed:
        return 0


def _keep_ahead(ground: Ground, size: int) -> None:
    """Heads that speak of what is lost are put aside, where `audit verify` goes on finding them."""
    for folder in ground.head_folders:
        kept = heads.newest(folder)
        if _size(kept) > size:
            with suppress(OSError):
                heads.put_aside(folder, kept)


def _bring_objects(ground: Ground, place: ObjectStore, found: Manifest) -> _Brought:
    """Copy what is missing here or not whole; what the backup cannot give is named, and everything else goes on.

    What lies in the archive is brought back there. Sizes tell nothing: a shard that was moved is packed for its tier.
    """
    brought, done, whole = _Brought(), 0, sum(found.objects.values())
    here = {listed.name for listed in ground.objects.listed()}
    away = set() if ground.archive is None else {listed.name for listed in ground.archive.listed()} - here
    known = here | away
    for name, size in found.objects.items():
        say("MiB checked", done // _MIB, whole // _MIB)
        brought.checked += 1
        done += size
        home = ground.archive if ground.archive is not None and name in away else ground.objects
        try:
            if name not in known:
                brought.bytes += copy(place, OBJECTS + name, home, name, called=name)
            elif not intact(home, name):
                brought.bytes += replace(place, OBJECTS + name, home, name, called=name)
            else:
                continue
            brought.copied += 1
        except (ObjectMissing, ObjectNotWhole):
            brought.absent.append(name)
    say("MiB checked", whole // _MIB, whole // _MIB)
    brought.absent += [name for name in found.absent if name not in known]
    return brought


def _bring_ledger(ground: Ground, place: ObjectStore, found: Manifest, done: dict | None, says: str) -> Revival:
    """Load the copy of the ledger, bring it up to the present keys, and put it in its place."""
    file = ground.ledger_file
    draft = file.with_name(f"{file.name}.restoring") if file is not None else None
    if draft is not None:
        _remove(draft)
    ledger = Ledger.open(ground.ledger_url if draft is None else f"sqlite:///{draft.absolute()}")
    key = backups.backup_key(ground.log_key)
    with ledger.writing() as book:
        load(book, backups.read_ledger(place, found.ledger, key))
        verdict = audit.verify(book, ground.log_key.public)
        if verdict.findings or audit.head_note(book) != found.log:
            says = " ".join(finding.says for finding in verdict.findings[:3]) or "Its log ends elsewhere."
            raise backups.BackupDamaged(f"The ledger of {found.id} is not sound. {says}", remedy="Take another backup.")
        if done is not None:
            audit.append(book, done, ground.log_key)
    again = _revive(ground, ledger, says)
    if draft is not None and file is not None:
        _put_in_place(ledger, draft, file)
    ledger.close()
    return again


def _revive(ground: Ground, ledger: Ledger, says: str) -> Revival:
    """Bring a ledger up to the present keys, and write the event."""
    with ledger.reading() as book:
        again = revive(book, ground.kept, ground.ring)
    settings = ground.settings
    about = {"country": settings.country, "lease_minutes": settings.lease_minutes}
    gate = Gate(ledger, ground.ring, ground.log_key, ground.clock, **about)
    gate.record_event(ground.by, "site.restore", "done", says, saved=again.records, made=again.made)
    return again


def _put_in_place(ledger: Ledger, draft: Path, file: Path) -> None:
    """One file, whole and on the disk, takes the name; what SQLite kept beside an earlier one must not meet it."""
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    ledger.close()
    with os_errors("write", file.name):
        descriptor = os.open(draft, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)
        draft.replace(file)
        sync_folder(file.parent)


def _remove(draft: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        draft.with_name(draft.name + suffix).unlink(missing_ok=True)
