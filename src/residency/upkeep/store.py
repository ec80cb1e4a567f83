"""The objects of the site: how many there are, whether they are whole, and which nothing names any more.

    perform(site, administrator, "store.scrub", Nothing())
    perform(site, administrator, "store.clean", Nothing())

None of this opens a key: rot is found by the hash at the end of each object, need by the names beside each list. Not
here: what is needed (`needed`), bringing objects back (`backup`).
"""

from collections import Counter

from residency.errors import Broken
from residency.govern.identity import Actor
from residency.observe.progress import track
from residency.protocol.people import Nothing
from residency.site import Site
from residency.store.frames import intact
from residency.store.objects import ObjectMissing
from residency.store.tiers import CachedStore
from residency.upkeep.needed import survey
from residency.upkeep.report import Report

_NAMED = 20


class ObjectsDamaged(Broken):
    """Objects of the store are missing, or are not what was written."""


def status(site: Site, by: Actor, ask: Nothing) -> Report:
    """Objects and bytes by folder, and how many are needed, missing or left over; raises NamesMissing, NamesBroken."""
    with site.gate.act(by, "store.status"):
        pass
    seen = survey(site)
    count, size = Counter(), Counter()
    for listed, tier in [*((o, "") for o in seen.there.values()), *((o, "archive: ") for o in seen.archived.values())]:
        folder = tier + listed.name.partition("/")[0]
        count[folder] += 1
        size[folder] += listed.size
    if isinstance(site.objects, CachedStore):
        cached = site.objects.status()
        count["cache"], size["cache"] = cached.objects, cached.size
    rows = tuple({"folder": name, "objects": count[name], "bytes": size[name]} for name in sorted(count))
    left = sum(listed.size for listed in seen.orphans)
    notes = (
        f"{len(seen.needed)} objects are needed, {len(seen.missing)} of them are missing.",
        f"{len(seen.orphans)} objects of {left} bytes are named by nothing: residency store clean.",
    )
    if twice := len(seen.there.keys() & seen.archived.keys()):
        notes += (f"{twice} objects lie in the archive, too: repeat the move that was broken off.",)
    return Report(title="Objects of the store", rows=rows, notes=notes)


def scrub(site: Site, by: Actor, ask: Nothing) -> Report:
    """Read every object whole; raises ObjectsDamaged with the names of those that are missing or not whole."""
    with site.gate.act(by, "store.scrub"):
        pass
    seen = survey(site)
    damaged, size = [], 0
    # What lies at the place itself: reading everything through a cache would push out what is in use.
    objects = site.objects.remote if isinstance(site.objects, CachedStore) else site.objects
    everything = [(objects, listed) for listed in seen.there.values()]
    everything += [(site.archive, listed) for listed in seen.archived.values() if site.archive]
    for place, listed in track(everything, "reading objects"):
        name = listed.name
        try:
            if not intact(place, name):
                damaged.append(f"{name} is damaged")
        except ObjectMissing:
            continue  # removed since the listing
        size += listed.size
    bad = damaged + [f"{name} is missing" for name in seen.missing]
    if bad:
        more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
        raise ObjectsDamaged(
            f"{len(bad)} of {len(everything) + len(seen.missing)} objects: {'; '.join(bad[:_NAMED])}{more}.",
            remedy="Bring them back from a backup; 'residency lineage' names what depends on them.",
        )
    return Report(title="Every object is whole", rows=({"objects": len(everything), "bytes": size},))


def clean(site: Site, by: Actor, ask: Nothing) -> Report:
    """Remove what nothing names and no act at work may have written; raises NamesMissing, NamesBroken."""
    seen = survey(site)
    size = sum(listed.size for listed in seen.orphans)
    with site.gate.act(by, "store.clean") as act:
        act.reason = f"{len(seen.orphans)} objects of {size} bytes are named by nothing"
    for listed in track(seen.orphans, "removing objects"):
        site.objects.delete(listed.name)
        if site.archive is not None:
            site.archive.delete(listed.name)
    return Report(title="Removed what nothing names", rows=({"objects": len(seen.orphans), "bytes": size},))
