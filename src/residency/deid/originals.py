"""What else is there of a subject: series of the same source that this cleaning reads names from and does not clean.

    beside = originals_beside(site, intake, items, keys)      # subject → items held at intake, or of other intakes

A person may come in under another name, number or address in a series that was held, or was taken in earlier: what is
searched for in the output is all of it. Not here: the search (`residual`), reading the names (`cleaning`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from residency.ingest.held import Quarantine, read_held
from residency.ingest.intake import Intake
from residency.site import Site
from residency.store.manifest import Item, read_manifest


def originals_beside(
    site: Site, intake: Intake, items: Iterable[Item], keys: Mapping[str, bytes]
) -> Mapping[str, Sequence[Item]]:
    """By subject, every series of the source whose bytes were taken in, but those of `items`; each pack once."""
    seen = {item.file("series").name for item in items}
    found: dict[str, list[Item]] = defaultdict(list)
    for other in site.ledger.all(Intake, scope=intake.source):
        there = read_manifest(site.sealed, other.manifest, keys, root=other.root)
        groups = [group for group in site.ledger.all(Quarantine, scope=other.id) if group.step == "ingest"]
        there += [thing.item for group in groups for thing in read_held(site.sealed, group, keys)]
        for item in there:
            pack = item.parts.get("series")
            if pack is not None and pack.name not in seen and pack.group in keys:
                seen.add(pack.name)
                found[item.subject].append(item)
    return found
