"""Destroying keys and saying so: what `dataset.withdraw` and `protocol.expire` have in common.

    gone = forget(site, by, "dataset.withdraw", lambda: groups, Tombstone(subject="7QZ…", reason="Consent revoked."))
    gone.saw                  versions, runs, models, evaluations, releases and reviews that may have seen what is gone

Only keys are destroyed, by a new generation of the key ring, so that neither this site nor one that is restored from an
older backup opens what they sealed. Not here: whose keys (`withdraw`, `expire`), the keys (`govern.rotation`).
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from residency.dataset.version import DatasetVersion
from residency.deid.review.record import DeidReview
from residency.govern import audit, lineage
from residency.govern.forgetting import Withdrawal
from residency.govern.identity import Actor
from residency.govern.ledger import Book
from residency.govern.rotation import KeysMoved, begin, finish
from residency.kernel.ids import new_id
from residency.site import Site
from residency.store.keys import KeyGroup

_TRIES = 5


@dataclass(frozen=True)
class Tombstone:
    """What the record will say of whom or what is forgotten, and why."""

    reason: str
    subject: str = ""
    data_type: str = ""
    protocol: str = ""


def forget(
    site: Site,
    by: Actor,
    name: str,
    choose: Callable[[], Sequence[KeyGroup]],
    says: Tombstone,
    *,
    provided: Callable[[Book], None] = lambda book: None,
) -> Withdrawal:
    """Destroy the keys of the groups chosen, and list what saw them; raises KeysMoved, and what is raised within.

    `choose` is asked anew when keys were made meanwhile; `provided` looks at the ledger as the record is saved, and
    raises where it must not be.
    """
    gone = None
    for left in reversed(range(_TRIES)):
        try:
            gone = _forget(site, by, name, choose(), says, provided)
            break
        except KeysMoved:
            # Somebody made a key meanwhile: what was prepared does not hold it.
            if not left:
                raise
    assert gone is not None
    finish(site.ledger, site.ring, site.keys_file)
    return gone


def _forget(
    site: Site,
    by: Actor,
    name: str,
    groups: Sequence[KeyGroup],
    says: Tombstone,
    provided: Callable[[Book], None],
) -> Withdrawal:
    versions, reviews = _holding(site, groups)
    # Who may not is refused before a generation is added.
    allowed = site.gate.ask(by, name, None).allowed
    turn = begin(site.ledger, site.ring, forget=groups) if allowed else None
    at = site.clock()
    gone = Withdrawal(
        id=new_id("withdrawal", at),
        made_at=at,
        made_by=by.id,
        subject=says.subject,
        data_type=says.data_type,
        protocol=says.protocol,
        reason=says.reason,
        groups=tuple(group.id for group in groups),
        spaces=tuple(sorted({group.space for group in groups})),
        versions=tuple(version.digest() for version in versions),
        saw=(*_saw(site, versions), *(f"{review.kind} {review.id}" for review in reviews)),
    )
    with site.gate.act(by, name) as act:
        act.reason = says.reason
        if turn is not None:
            act.save(gone, *turn.records)
            act.provided(turn.still_so)
            act.provided(provided)
            act.made(gone, of=versions)
    return gone


def _holding(site: Site, groups: Sequence[KeyGroup]) -> tuple[list[DatasetVersion], list[DeidReview]]:
    """The versions, and the samples laid out for people to read, that may hold what these groups sealed: those of their
    data sets that the log does not have before the oldest of the groups.
    """
    spaces = {group.space for group in groups}
    versions = [version for version in site.ledger.all(DatasetVersion) if version.space in spaces]
    reviews = [review for review in site.ledger.all(DeidReview) if review.space in spaces]
    with site.ledger.reading() as book:
        saved = audit.first_saved(book, {record.id for record in (*groups, *versions, *reviews)})
    since: dict[str, int] = {}
    for group in groups:
        since[group.space] = min(saved.get(group.id, 0), since.get(group.space, sys.maxsize))

    def may(record: DatasetVersion | DeidReview) -> bool:
        return saved.get(record.id, sys.maxsize) >= since[record.space]

    return list(filter(may, versions)), list(filter(may, reviews))


def _saw(site: Site, versions: Sequence[DatasetVersion]) -> tuple[str, ...]:
    """Versions, and what descends from them: kind and identifier; a run with the steps of its checkpoints."""
    with site.ledger.reading() as book:
        found = {version.digest(): None for version in versions}
        for version in versions:
            found |= dict.fromkeys(edge.made for edge in lineage.descendants(book, version.digest()))
        named = lineage.names(book, found)
        lines = {}
        for digest in found:
            kind, identifier = named.get(digest, ("record", digest))
            kept = book.body(identifier).get("checkpoints", ()) if kind == "run" else ()
            steps = ", ".join(str(checkpoint["step"]) for checkpoint in kept)
            lines[identifier] = f"{kind} {identifier}" + (f", checkpoints at steps {steps}" if steps else "")
    return tuple(lines.values())
