"""A ledger from an older backup lives again under the present key ring: without what was destroyed since.

    again = revive(book, kept, ring)               # records to save; the subjects who are forgotten again
    gate.record_event(by, "site.restore", "done", "…", saved=again.records, made=again.made)

Every space and the site's key take the wrapping that was kept beside the ring, if it is newer; groups of a space whose
wrapping key was drawn anew since take theirs, or are destroyed where none was kept: tombstones are replayed. Spaces
that are wrapped under a generation that is gone, and that nobody kept, stay closed. Not here: the file (`keys_file`).
"""

from dataclasses import dataclass, field

from residency.errors import Conflict, Missing
from residency.govern.forgetting import Withdrawal
from residency.govern.keys_file import KeptKeys
from residency.govern.ledger import Book
from residency.govern.rotation import SiteKey, generation_of
from residency.kernel.record import Record
from residency.store.keys import KeyGroup, KeySpace, open_space
from residency.store.ring import KeyRing, RingDamaged


class KeysFileMissing(Missing):
    """The keys of an older ledger lie in the file beside the ring, and it is not there."""


class KeysFileForeign(Conflict):
    """The file of keys is not the one that belongs to this ring."""


@dataclass
class Revival:
    """What brings a ledger up to the present keys: records to save, subjects forgotten again, spaces that stay closed.

    `made` are the edges of lineage of the withdrawals that the ledger lacks.
    """

    records: list[Record] = field(default_factory=list)
    made: list[tuple[Record, tuple[str, ...]]] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)
    closed: list[str] = field(default_factory=list)


def revive(book: Book, kept: KeptKeys | None, ring: KeyRing) -> Revival:
    """What has to be saved so that this ledger lives with this ring; raises KeysFileForeign, KeysFileMissing."""
    again, living = Revival(), set(ring.generations())
    for site in book.all(SiteKey):
        wrapped = kept.site.get(site.id, "") if kept else ""
        if generation_of(wrapped) > generation_of(site.wrapped):
            again.records.append(site.model_copy(update={"wrapped": wrapped}))
        elif generation_of(site.wrapped) not in living:
            raise keys_missing()
    for space in book.all(KeySpace):
        newer = _newer(space, kept)
        if newer is not None and _opens(ring, newer):
            again.records.append(newer)
            if newer.turn > space.turn:
                assert kept is not None  # the newer turn is from there
                _turn_groups(book, newer, kept, again)
        elif not {generation_of(space.wrapped), generation_of(space.wrapping)} <= living:
            again.closed.append(space.id)
    if kept is not None:
        _replay(book, kept, again)
    return again


def keys_missing() -> KeysFileMissing:
    """The error for wrapped keys whose generation is gone."""
    return KeysFileMissing(
        "The keys of this ledger were wrapped by a generation that is gone from the ring.",
        remedy="Put the newest copy of the file of keys (ring.keys.json) beside the ring.",
    )


def _newer(space: KeySpace, kept: KeptKeys | None) -> KeySpace | None:
    """The space as it was kept beside the ring, if that is later than this."""
    one = kept.spaces.get(space.id) if kept else None
    if one is None:
        return None
    there, here = (one.turn, generation_of(one.wrapping)), (space.turn, generation_of(space.wrapping))
    return space.model_copy(update=one.model_dump()) if there > here else None


def _opens(ring: KeyRing, space: KeySpace) -> bool:
    """Whether the ring opens what was kept: False if the ring went on since; raises KeysFileForeign."""
    if not {generation_of(space.wrapped), generation_of(space.wrapping)} <= set(ring.generations()):
        return False
    try:
        open_space(ring, space)
    except RingDamaged as error:
        remedy = "Put the file beside the ring that was kept with it."
        raise KeysFileForeign("The file of keys does not belong to this key ring.", remedy=remedy) from error
    return True


def _turn_groups(book: Book, space: KeySpace, kept: KeptKeys, again: Revival) -> None:
    """Give the groups of a space the wrapping that was kept, and destroy those of which none was."""
    for group in book.all(KeyGroup, scope=space.id):
        if group.destroyed:
            continue
        wrapped = kept.groups.get(group.id, "")
        again.records.append(group.model_copy(update={"wrapped": wrapped, "turn": space.turn}))
        if not wrapped:
            again.forgotten.add(group.subject)


def _replay(book: Book, kept: KeptKeys, again: Revival) -> None:
    """The records of what was destroyed that this ledger lacks; they hold no key."""
    groups = {group.id for group in book.all(KeyGroup)}
    withdrawals = {gone.id for gone in book.all(Withdrawal)}
    again.records += [g for g in map(KeyGroup.parse, kept.destroyed) if g.id not in groups]
    for gone in map(Withdrawal.parse, kept.withdrawals):
        if gone.id not in withdrawals:
            again.records.append(gone)
            again.made.append((gone, gone.versions))
            again.forgotten.add(gone.subject)
