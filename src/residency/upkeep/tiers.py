"""Where the volumes of a version lie: in the archive, in the store, or also in the cache before it.

    perform(site, steward, "store.move", Move(version="liver-ct@1", to="archive"))
    perform(site, engineer, "store.prefetch", Prefetch(version="liver-ct"))

Moving packs shards anew for their tier under a logged lease; names, digests and manifests stay as they are, and what
has been withdrawn is left out for good. A shard that a newer version names stays where it is. Prefetching and evicting
touch ciphertext alone. Not here: what is needed (`needed`), packing (`store.repack`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from pydantic import Field

from residency.dataset.version import DatasetVersion, find, versions
from residency.errors import BadInput, Conflict
from residency.govern.identity import Actor
from residency.kernel.record import Part
from residency.observe.progress import say, track
from residency.site import Site
from residency.store.cachefiles import ALONE, locked, opened, release
from residency.store.codec import ARCHIVE, HOT
from residency.store.files import os_errors
from residency.store.named import read_names
from residency.store.objects import ObjectStore
from residency.store.repack import repack
from residency.store.tiers import CachedStore, Prefetched
from residency.upkeep.report import Report

SHARDS = "shards/"


class NoArchive(BadInput):
    """The settings name no archive."""


class MoveUnderway(Conflict):
    """Another process is moving a version between the tiers of this site."""


class NoCache(BadInput):
    """The settings name no cache."""


class Move(Part):
    """A version to move."""

    version: str = Field(description="The version: name, name@number, id or digest.")
    to: Literal["archive", "store"] = Field(description="Where its volumes shall lie.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


class Prefetch(Part):
    """A version that will be used soon."""

    version: str = Field(description="The version: name, name@number, id or digest.")
    threads: int = Field(4, description="How many objects are fetched at once.", ge=1)


class Evict(Part):
    """A version that is not used for a while."""

    version: str = Field(description="The version: name, name@number, id or digest.")


def move(site: Site, by: Actor, ask: Move) -> Report:
    """Move the shards of a version to the other tier; raises NoArchive, VersionMissing, MoveUnderway, SealBroken."""
    version, archive = find(site, ask.version), site.archive
    if archive is None:
        raise NoArchive("There is no archive to move to or from.", remedy="Name one: archive in [store] of site.toml.")
    source, target, codec = (site.objects, archive, ARCHIVE) if ask.to == "archive" else (archive, site.objects, HOT)
    with site.gate.lease(by, "store.move", version, purpose=ask.purpose) as lease, _only_mover(site):
        keys = lease.keys(version.space)
        here = [name for name in shards_of(site, version) if source.has(name)]
        kept = _named_elsewhere(site, version) if ask.to == "archive" else set()
        before = after = 0
        for name in track([name for name in here if name not in kept], f"moving to the {ask.to}"):
            lease.keep()
            before += source.size(name)
            after += repack(source, target, name, keys, codec=codec).size
            source.delete(name)
    moved = {"shards": len(set(here) - kept), "bytes before": before, "bytes after": after}
    moved["kept"] = len(kept & set(here))
    with site.gate.act(by, "store.move", version, purpose=ask.purpose) as act:
        act.reason = f"{moved['shards']} shards of {version.name}@{version.number} to the {ask.to}"
    return Report(title=f"{version.name}@{version.number} lies in the {ask.to}", rows=(moved,))


@contextmanager
def _only_mover(site: Site) -> Iterator[None]:
    """Nobody else moves meanwhile: of two opposing moves each would take what the other is about to remove for a copy.

    The lock ends with its process, whatever ends that; it holds on this machine alone.
    """
    with os_errors("write", "the lock of moves"):
        file = opened(site.folder / "moving")
    try:
        if not locked(file, ALONE):
            raise MoveUnderway(
                "A version of this site is being moved by another process.", remedy="Repeat when it has ended."
            )
        yield
    finally:
        release(file)


def prefetch(site: Site, by: Actor, ask: Prefetch) -> Report:
    """Bring the shards of a version into the cache, as far as it has room; raises NoCache, VersionMissing."""
    version, cache = find(site, ask.version), _cache(site)
    with site.gate.act(by, "store.prefetch", version):
        pass
    names = shards_of(site, version)

    def told(so_far: Prefetched) -> None:
        say("fetching shards", so_far.fetched + so_far.here + so_far.left, len(names))

    done = cache.prefetch(names, threads=ask.threads, progress=told)
    row = {"fetched": done.fetched, "here": done.here, "no room": done.left, "bytes": done.size}
    return Report(title="In the cache", rows=(row | {"bytes per second": int(done.bytes_per_second)},))


def evict(site: Site, by: Actor, ask: Evict) -> Report:
    """Take the shards of a version out of the cache, but those in use; raises NoCache, VersionMissing."""
    version, cache = find(site, ask.version), _cache(site)
    with site.gate.act(by, "store.evict", version):
        pass
    done = cache.evict(shards_of(site, version))
    return Report(title="Out of the cache", rows=({"objects": done.objects, "bytes": done.size},))


def shards_of(site: Site, version: DatasetVersion) -> list[str]:
    """The shards that hold the volumes of a version; raises NamesMissing, NamesBroken."""
    return [name for name in read_names(site.objects, version.manifest.name) if name.startswith(SHARDS)]


def _named_elsewhere(site: Site, version: DatasetVersion) -> set[str]:
    """The shards that a newer version names: what is in use stays in the store."""
    newer = [other for other in versions(site, version.name) if other.number > version.number]
    return {name for other in newer for name in shards_of(site, other)}


def _cache(site: Site) -> CachedStore:
    store: ObjectStore = site.objects
    if not isinstance(store, CachedStore):
        raise NoCache("There is no cache before the store.", remedy="Name one: cache in [store] of site.toml.")
    return store
