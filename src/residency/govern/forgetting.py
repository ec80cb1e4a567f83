"""What is forgotten, and for whom: key groups that are destroyed, and the record that says so.

    groups = of_subject(site.ledger, "7QZ…")                # every group of a person, along what was made of what
    turn = begin(ledger, ring, forget=groups)               # `rotation`

A person has one code in each source and one in each protocol; the groups of all of them hang together, as each says of
which groups its data were made. Not here: destroying keys (`rotation`), who may (`policy`).
"""

from collections import defaultdict
from typing import ClassVar

from residency.errors import Missing
from residency.govern.ledger import Book, Ledger
from residency.kernel.digest import Digest
from residency.kernel.record import Record
from residency.store.keys import KeyGroup


class SubjectUnknown(Missing):
    """No key group is that of this subject."""


class Withdrawal(Record):
    """Key groups that were destroyed for a subject, or for a data type whose time was over; a tombstone.

    `subject` is the code that was withdrawn, or `protocol` the identifier of the protocol whose retention was over.
    `versions` are the digests of the data set versions that may hold something of them, `saw` what descends from those.
    """

    kind: ClassVar[str] = "withdrawal"
    subject: str
    data_type: str
    protocol: str = ""
    reason: str
    groups: tuple[str, ...]
    spaces: tuple[str, ...]
    versions: tuple[Digest, ...]
    saw: tuple[str, ...]

    @property
    def scope(self) -> str:
        """Looked up by the code that was withdrawn, or by the protocol."""
        return self.subject or self.protocol


def of_subject(ledger: Ledger, code: str, data_type: str = "") -> list[KeyGroup]:
    """The living groups of the person with this code, in every space; raises SubjectUnknown."""
    everybody = [group for group in ledger.all(KeyGroup) if not group.subject.startswith("-")]
    found = _together(everybody, code)
    if not found:
        raise SubjectUnknown(
            f"No data of a subject '{code}' are here.", remedy="Give the code of a subject as data sets show it."
        )
    return [group for group in found if not group.destroyed and data_type in ("", group.data_type)]


def destroyed_codes(book: Book) -> frozenset[str]:
    """Codes of subjects of whom a key group was destroyed: nothing of theirs is taken in again."""
    return frozenset(group.subject for group in book.all(KeyGroup) if group.destroyed)


def _together(everybody: list[KeyGroup], code: str) -> list[KeyGroup]:
    """Every group that hangs together with those of this code: by code and space, or by what was made of what."""
    by_id = {group.id: group for group in everybody}
    by_code: dict[tuple[str, str], list[KeyGroup]] = defaultdict(list)
    linked: dict[str, set[str]] = defaultdict(set)
    for group in everybody:
        by_code[group.space, group.subject].append(group)
        for source in set(group.of) & by_id.keys():
            linked[group.id].add(source)
            linked[source].add(group.id)
    waiting, seen = [group.id for group in everybody if group.subject == code], set()
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            one = by_id[at]
            waiting += [*linked[at], *(same.id for same in by_code[one.space, one.subject])]
    return [group for group in everybody if group.id in seen]
