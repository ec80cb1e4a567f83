"""A new generation of the key ring: everything it wraps is wrapped anew, no data are touched, old keys are destroyed.

    turn = begin(ledger, ring, forget=groups)           # a generation beside the old one; what will be saved
    with gate.act(by, "dataset.withdraw") as act:
        act.save(*turn.records)
        act.provided(turn.still_so)
    finish(ledger, ring, keys_file)                     # destroys the generations that nothing needs any more

A kill between any two steps loses nothing: the old generation is destroyed last, and `finish` is done again when the
site is opened. The wrapped keys of the present generation are also kept in a file beside the ring (`keys_file`): a
ledger from an older backup is wrapped under generations that are gone, and lives again with that file alone
(`revival`), without the keys that were destroyed. Not here: whose keys are destroyed (`forgetting`).
"""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from residency.govern.forgetting import Withdrawal
from residency.govern.keys_file import KeptKeys, KeptSpace, write_keys_file
from residency.govern.ledger import Book, Ledger
from residency.kernel.record import Record
from residency.store.files import sweep_drafts
from residency.store.keys import KeyGroup, KeysMoved, KeySpace, Space, open_space
from residency.store.ring import KeyDestroyed, KeyRing, wrap_under


class SiteKey(Record):
    """The key that signs the heads of the log and the bundles of this site, sealed by the key ring."""

    kind: ClassVar[str] = "site-key"
    public_key: str
    wrapped: str


@dataclass(frozen=True)
class Turn:
    """What a new generation changes: records to save, and the revisions that they were made from."""

    generation: int
    records: Sequence[Record]
    seen: dict[str, int]

    def still_so(self, book: Book) -> None:
        """Raises KeysMoved if a key was made or changed since."""
        if _revisions(book) != self.seen:
            raise KeysMoved("Keys were made in the meantime.", remedy="Repeat the command.")


def begin(ledger: Ledger, ring: KeyRing, *, forget: Iterable[KeyGroup] = ()) -> Turn:
    """Add a generation and wrap everything under it, but the groups that are to be forgotten; raises KeysMoved."""
    generation = ring.advance()
    gone = {group.id for group in forget}
    with ledger.reading() as book:
        spaces, sites, groups, seen = book.all(KeySpace), book.all(SiteKey), book.all(KeyGroup), _revisions(book)
    records: list[Record] = []
    for key in sites:
        try:
            wrapped = ring.wrap(ring.unwrap(key.wrapped, purpose=key.id), purpose=key.id)
        except KeyDestroyed as error:  # by another turn, which ended since the ledger was read
            raise KeysMoved("Keys moved to a newer generation meanwhile.", remedy="Repeat the command.") from error
        records.append(key.model_copy(update={"wrapped": wrapped}))
    for record in spaces:
        try:
            space = open_space(ring, record)
        except KeyDestroyed:
            continue
        inside = [group for group in groups if group.space == record.id and not group.destroyed]
        if any(group.id in gone for group in inside):
            space, changed = _without(space, inside, gone)
            records += changed
        records.append(space.record)
    return Turn(generation, records, seen)


def finish(ledger: Ledger, ring: KeyRing, keys_file: Path) -> None:
    """Keep the wrapped keys beside the ring, then destroy every generation older than all that something needs.

    A newer one that nothing needs yet is that of a turn that others have begun and may be about to save.
    """
    with _alone(keys_file.parent):
        with ledger.reading() as book:
            spaces, sites, groups = book.all(KeySpace), book.all(SiteKey), book.all(KeyGroup)
            withdrawals = book.all(Withdrawal)
        held = ring.generations()
        needed = {generation_of(text) for space in spaces for text in (space.wrapped, space.wrapping)}
        needed |= {generation_of(site.wrapped) for site in sites}
        old = [number for number in held if number < min(needed.intersection(held), default=0)]
        if not old:
            return
        torn = {group.space for group in groups if group.destroyed}
        kept = KeptKeys(
            site={site.id: site.wrapped for site in sites},
            spaces={s.id: KeptSpace(wrapped=s.wrapped, wrapping=s.wrapping, turn=s.turn) for s in spaces},
            groups={group.id: group.wrapped for group in groups if group.space in torn and not group.destroyed},
            destroyed=tuple(group.body() for group in groups if group.destroyed),
            withdrawals=tuple(gone.body() for gone in withdrawals),
        )
        sweep_drafts(keys_file)
        write_keys_file(keys_file, kept)
        for number in old:
            ring.destroy(number)


def check_keys(book: Book, saved: Iterable[Record]) -> None:
    """Raises KeysMoved if a key to be saved is wrapped under one that is no longer the newest.

    A space must be of the generation of the site's own key, a group of its space's present turn: what was prepared
    while keys were destroyed is begun again, lest it seal under keys that nobody could open.
    """
    spaces = {record.id: record for record in saved if isinstance(record, KeySpace)}
    newest = max((generation_of(site.wrapped) for site in book.all(SiteKey)), default=0) if spaces else 0
    behind = any(generation_of(space.wrapped) < newest for space in spaces.values())
    for group in (record for record in saved if isinstance(record, KeyGroup)):
        space = spaces.get(group.space) or book.get(KeySpace, group.space)
        behind = behind or (group.turn != space.turn and not group.destroyed)
    if behind:
        raise KeysMoved("Keys were destroyed or moved to a new generation meanwhile.", remedy="Repeat the command.")


def generation_of(wrapped: str) -> int:
    """The generation that wrapped a key."""
    number = wrapped.removeprefix("g").partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _without(space: Space, inside: list[KeyGroup], gone: set[str]) -> tuple[Space, list[Record]]:
    """A space whose groups are wrapped under another key, but those that are gone."""
    wrapping, turn = os.urandom(32), space.opened.turn + 1
    changed: list[Record] = []
    for group in inside:
        wrapped = "" if group.id in gone else wrap_under(wrapping, space.open(group).key, group.id)
        changed.append(group.model_copy(update={"wrapped": wrapped, "turn": turn}))
    # What the space says of its wrapping key must be written anew even where the generation is the newest already.
    opened = space.opened.model_copy(update={"wrapping": "", "turn": turn})
    return Space(space.ring, opened, space.key, wrapping), changed


def _revisions(book: Book) -> dict[str, int]:
    return {record.id: record.revision for kind in (KeySpace, KeyGroup, SiteKey) for record in book.all(kind)}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else finishes a turn meanwhile: who looked at the ledger earlier would keep the older keys over ours."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
