"""Which objects of the store are needed: named by a record, or by a list that a record names. No key is opened.

    seen = survey(site)
    seen.missing        names that are needed and not there
    seen.orphans        objects that nothing names and that no act at work may have written

What a run keeps lies in folders of its own: those of its checkpoints are needed, and everything of a run that goes on.
An object is spared if it is younger than the oldest act that may still be writing. Not here: removing (`store`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from residency.govern import audit
from residency.govern.ledger import Book
from residency.kernel.clock import parse_rfc3339
from residency.runs.run import FINAL, Run
from residency.site import Site
from residency.store.named import SUFFIX, is_list, read_names
from residency.store.objects import Listed, ObjectStore

MARGIN = timedelta(minutes=5)
"""How far the clock of a place may be off."""
_COMPLETE = "complete"


@dataclass(frozen=True)
class Named:
    """What the records of one moment name: objects, and runs with their checkpoints."""

    names: frozenset[str]
    runs: tuple[Run, ...]


@dataclass(frozen=True)
class Survey:
    """What is there and what is needed, at one moment."""

    there: Mapping[str, Listed]
    archived: Mapping[str, Listed]
    needed: Collection[str]
    orphans: tuple[Listed, ...]

    @property
    def missing(self) -> list[str]:
        """Names that are needed and neither there nor in the archive."""
        return sorted(set(self.needed) - self.there.keys() - self.archived.keys())


def survey(site: Site) -> Survey:
    """Look at the store and at what names it; raises NamesMissing, NamesBroken."""
    # The store first: what is named after that is younger than what is looked at.
    there = {listed.name: listed for listed in site.objects.listed()}
    archived = {listed.name: listed for listed in site.archive.listed()} if site.archive else {}
    with site.ledger.reading() as book:
        named, since = named_in(book), _writing_since(book, site.clock())
    going_on = tuple(f"{run.prefix}/" for run in named.runs if run.state not in FINAL)
    needed = needs(site.objects, named) | {name for name in there if name.startswith(going_on)}
    for name in {f"{folder}/{_COMPLETE}" for run in named.runs for folder in _complete(run, there)} - needed:
        needed |= {name, name + SUFFIX, *read_names(site.objects, name)}
    both = [*there.items(), *archived.items()]
    orphans = (listed for name, listed in both if name not in needed and listed.modified < since - MARGIN)
    return Survey(there, archived, needed, tuple(orphans))


def named_in(book: Book) -> Named:
    """What the records name."""
    return Named(frozenset(book.object_names()), tuple(book.all(Run)))


def needs(objects: ObjectStore, named: Named) -> set[str]:
    """What is named, with all that its lists name: those of data and of recorded checkpoints. Raises NamesMissing,
    NamesBroken.
    """
    complete = {f"{folder}/{_COMPLETE}" for run in named.runs for folder in map(run.folder, run.checkpoints)}
    needed = set(named.names)
    for name in [*(name for name in named.names if is_list(name)), *complete]:
        needed |= {name, name + SUFFIX, *read_names(objects, name)}
    return needed


def _writing_since(book: Book, now: datetime) -> datetime:
    """The beginning of the oldest act that has a lease and no outcome yet; now if there is none."""
    begun: dict[str, datetime] = {}
    until: dict[str, datetime] = {}
    for _, event in audit.events(book):
        call = event["call"]
        if event["outcome"] == "lease":
            begun.setdefault(call, parse_rfc3339(event["at"]))
            until[call] = parse_rfc3339(event["detail"]["ends"])
        else:
            begun.pop(call, None)
    return min((at for call, at in begun.items() if until[call] > now), default=now)


def _complete(run: Run, there: Collection[str]) -> set[str]:
    """The folders of the complete checkpoints of a run that are there: it may go on from one that is not recorded."""
    here = {name.rpartition("/")[0] for name in there if name.startswith(f"{run.prefix}/")}
    return {folder for folder in here if f"{folder}/{_COMPLETE}" in there}
