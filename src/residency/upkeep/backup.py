"""The act `site.backup`: the ledger, sealed, and every object that it needs, at another place, while the site works.

    perform(site, administrator, "site.backup", Backup(place="/mnt/backup/hospital"))

The ledger is copied first, in one look; then the objects that this copy needs: objects are written before they are
named and go only when nothing names them, so whatever goes meanwhile is not in a later copy, and the ledger is copied
again. Objects that are there are not copied again. The signed list comes last: a kill or a full disk leaves the
earlier backups as they were, and the next call goes on. Not here: what lies where (`backups`), `restore`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import Field

from residency.errors import Broken
from residency.govern import audit
from residency.govern.dump import dump
from residency.govern.identity import Actor
from residency.govern.rotation import SiteKey
from residency.kernel.clock import rfc3339, stopwatch
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.observe.progress import say
from residency.settings import FILE
from residency.site import Site
from residency.store.frames import intact
from residency.store.named import NamesMissing
from residency.store.objects import ObjectMissing, ObjectStore
from residency.upkeep import backups
from residency.upkeep.backups import BACKUPS, LEDGER, NOTE, OBJECTS, Manifest
from residency.upkeep.copying import ObjectNotWhole, copy, replace
from residency.upkeep.needed import named_in, needs
from residency.upkeep.report import Report

APART = (
    "The key ring and the file of keys beside it are not in the backup: keep the newest copy of them apart from it, "
    "and no older one."
)
_TRIES = 5
_LEFT_OVER = timedelta(days=2)
_NAMED = 20
_MIB = 1024 * 1024


class BackupIncomplete(Broken):
    """A backup was made, but objects that it needs are missing in the site, or damaged."""


class Backup(Part):
    """Where to."""

    place: str = Field(description="Folder of the backups of this site, on another disk or machine.")
    verify: bool = Field(False, description="Read what the place holds already, and copy again what is not whole.")


@dataclass
class _Copied:
    """What became of the objects."""

    sizes: dict[str, int] = field(default_factory=dict)
    count: int = 0
    bytes: int = 0
    gone: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Work:
    """From where to where, and what has come of it."""

    site: Site
    place: ObjectStore
    verify: bool
    keep: Callable[[], None]
    copied: _Copied = field(default_factory=_Copied)


def backup(site: Site, by: Actor, ask: Backup) -> Report:
    """Copy what a restore needs; raises PlaceInside, BackupIncomplete once all the rest is safe."""
    began = stopwatch()
    with site.gate.lease(by, "site.backup", None) as lease:
        place = backups.place_of(ask.place, site.folder, new=True)
        place.sweep()
        _clear(site, place)
        made, copied = _make(site, place, ask.verify, lease.keep)
    if made.absent:
        raise BackupIncomplete(
            f"{made.id} was made without {len(made.absent)} objects: {', '.join(made.absent[:_NAMED])}.",
            remedy="Restore them from an earlier backup; 'residency store scrub' names all of them.",
        )
    with site.gate.act(by, "site.backup") as act:
        act.reason = f"{made.id}: {made.size} events, {len(made.objects)} objects"
    with site.ledger.reading() as book:
        event = audit.event(book, made.size)
    # If somebody else's event came between, a restore from this backup begins before that one.
    if event is not None and (event["act"], event["reason"]) == ("site.backup", act.reason):
        backups.write_done(place, made.id, event, backups.backup_key(site.log_key))
    row = {"backup": made.id, "events": made.size, "objects": len(made.objects), "copied": copied.count}
    row |= {"bytes copied": copied.bytes, "seconds": round(stopwatch() - began, 1)}
    return Report(title=f"Backup at {ask.place}", rows=(row,), notes=(APART,))


def _make(site: Site, place: ObjectStore, verify: bool, keep: Callable[[], None]) -> tuple[Manifest, _Copied]:
    """A whole backup; made again while something that its ledger names goes away under it."""
    work = _Work(site, place, verify, keep)
    for left in reversed(range(_TRIES)):
        name = new_id("backup", site.clock())
        try:
            made = _attempt(work, name, last=not left)
        except BaseException:
            place.delete(f"{BACKUPS}{name}{LEDGER}")
            raise
        if made is not None:
            break
        place.delete(f"{BACKUPS}{name}{LEDGER}")
    assert made is not None  # the last attempt takes what it finds
    backups.write_note(place, made, site.log_key)
    return made, work.copied


def _attempt(work: _Work, name: str, *, last: bool) -> Manifest | None:
    """One copy of the ledger and what it needs; None if something of that is gone meanwhile."""
    site, place, copied = work.site, work.place, work.copied
    with site.ledger.snapshot() as book:
        ledger = backups.write_ledger(place, name, dump(book), backups.backup_key(site.log_key))
        named, log, (record,) = named_in(book), audit.head_note(book), book.all(SiteKey)
    copied.sizes, copied.gone, copied.damaged = {}, [], []
    try:
        _copy_all(work, needs(site.objects, named))
    except NamesMissing:
        if last:
            raise
        return None
    if copied.gone and not last:
        return None
    return Manifest(
        id=name,
        at=rfc3339(site.clock()),
        site=str(site.log_key.public),
        key=record.id,
        wrapped=record.wrapped,
        generation=max(site.ring.generations()),
        log=log,
        ledger=ledger,
        settings=backups.without_password((site.folder / FILE).read_text(), site.settings.ledger.url),
        objects=copied.sizes,
        absent=tuple(sorted({*copied.gone, *copied.damaged})),
    )


def _copy_all(work: _Work, needed: Collection[str]) -> None:
    """Bring the objects that are needed to the place; what is there with the same size stays."""
    here = {listed.name: listed.size for listed in work.site.objects.listed()}
    archive = work.site.archive
    # What lies in the archive alone is as much of the site as what lies in the store.
    away = {} if archive is None else {one.name: one.size for one in archive.listed() if one.name not in here}
    there = {listed.name.removeprefix(OBJECTS): listed.size for listed in work.place.listed(OBJECTS)}
    here |= away
    whole, done = sum(here.get(name, 0) for name in needed), 0
    for name in sorted(needed):
        work.keep()
        say("MiB backed up", done // _MIB, whole // _MIB)
        source = archive if archive is not None and name in away else work.site.objects
        _copy_one(work, source, name, here.get(name), there.get(name))
        done += here.get(name, 0)
    say("MiB backed up", whole // _MIB, whole // _MIB)


def _copy_one(work: _Work, objects: ObjectStore, name: str, here: int | None, there: int | None) -> None:
    place, copied, to = work.place, work.copied, OBJECTS + name
    if there is not None and here in (None, there) and not (work.verify and not intact(place, to, called=name)):
        copied.sizes[name] = there
        return
    try:
        put = copy if there is None else replace
        size = put(objects, name, place, to, called=name)
        copied.count += bool(size)
        copied.bytes += size
        copied.sizes[name] = place.size(to)
    except ObjectMissing:
        copied.gone.append(name)
    except ObjectNotWhole:
        # A site in which an object has rotted does not spoil the whole one that the place may hold.
        if there is not None and intact(place, to, called=name):
            copied.sizes[name] = there
        else:
            copied.damaged.append(name)


def _clear(site: Site, place: ObjectStore) -> None:
    """Remove copies of the ledger that were left by kills: no list names them, and nobody can be at work on them."""
    listed = list(place.listed(BACKUPS))
    named = {one.name.removesuffix(NOTE) for one in listed if one.name.endswith(NOTE)}
    for one in listed:
        alone = one.name.endswith(LEDGER) and one.name.removesuffix(LEDGER) not in named
        if alone and one.modified < site.clock() - _LEFT_OVER:
            place.delete(one.name)
