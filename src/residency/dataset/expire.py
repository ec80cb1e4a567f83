"""The act `protocol.expire`: what was kept as long as its protocol allows is forgotten.

    gone = perform(site, steward, "protocol.expire", NamedProtocol(protocol="IRB-2026-014"))
    overdue(site)                                       # protocols under which something is kept too long

A data type is kept for `retention_days` after the end of the protocol as it stands now: whatever an amendment says of
use, nothing is destroyed while the protocol goes on, and a subject whose data came in before and after it has one key.
Data under several protocols go when the first of them ends their time. The keys are those of subjects in sources,
de-identifications, vaults and data sets; what is said of a subject goes with the last of their data, the way back of a
vault with everything. Refuses before its time. Lists of codes and manifests stay and verify, as do models: the record
names those that learned from what is gone. Not here: destroying the keys (`forget`), the bytes (`store clean`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from residency.dataset.forget import Tombstone, forget
from residency.dataset.version import DatasetVersion
from residency.deid.cleaned import Deid
from residency.deid.naming import SealedVault
from residency.errors import Conflict, Missing
from residency.govern.forgetting import Withdrawal
from residency.govern.identity import Actor
from residency.govern.ledger import Book
from residency.ingest.source import Source
from residency.protocol.protocol import NamedProtocol, Protocol, find
from residency.site import Site
from residency.store.keys import KeyGroup

_OF_SUBJECT = "subject"


class RetentionRuns(Conflict):
    """Nothing is destroyed before its time."""


class NothingKept(Missing):
    """No data are here under the protocol."""


class ProtocolAmended(Conflict):
    """The protocol was changed while its data were to be destroyed."""


def expire(site: Site, by: Actor, ask: NamedProtocol) -> Withdrawal:
    """Destroy what is overdue; the last record again where nothing is. Raises RetentionRuns, NothingKept, KeysMoved."""
    protocol = find(site, ask.protocol)
    until = kept_until([protocol])
    over, groups = sorted(kind for kind, end in until.items() if site.clock() > end), overdue_under(site, protocol)
    if not over and not groups:
        raise RetentionRuns(
            f"Under {protocol.number} nothing is over yet: {_dates(until)}.", remedy="Repeat the command after that."
        )
    before = site.ledger.all(Withdrawal, scope=protocol.id)
    if not groups and not before:
        raise NothingKept(f"No data are here under {protocol.number}.", remedy="There is nothing to do.")
    if not groups:
        with site.gate.act(by, "protocol.expire", before[-1]) as act:
            act.reason = "Nothing was left to destroy."
        return before[-1]

    def still_so(book: Book) -> None:
        if book.get(Protocol, protocol.id) != protocol:
            raise ProtocolAmended(f"{protocol.number} was amended meanwhile.", remedy="Repeat the command.")

    kinds = ", ".join(sorted({group.data_type for group in groups} - {_OF_SUBJECT}) or over)
    says = Tombstone(protocol=protocol.id, data_type=kinds, reason=f"Retention under {protocol.number} is over.")
    return forget(site, by, "protocol.expire", lambda: overdue_under(site, protocol), says, provided=still_so)


def overdue(site: Site) -> list[Protocol]:
    """Protocols under which something is kept longer than they allow."""
    return [protocol for protocol in site.ledger.all(Protocol) if overdue_under(site, protocol)]


def overdue_under(site: Site, protocol: Protocol) -> list[KeyGroup]:
    """The living groups of subjects under this protocol, alone or with others, whose time is over."""
    now, known = site.clock(), {found.id: found for found in site.ledger.all(Protocol)}
    found = []
    for space, names in _spaces(site, protocol.id).items():
        until = kept_until(known[name] for name in names)
        over = {kind for kind, end in until.items() if now > end}
        if over:
            found += due(site.ledger.all(KeyGroup, scope=space), over, everything=len(over) == len(until))
    return found


def kept_until(protocols: Iterable[Protocol]) -> dict[str, datetime]:
    """For each data type, until when it is kept under the strictest of these protocols as they stand."""
    ends: dict[str, list[datetime]] = defaultdict(list)
    for protocol in protocols:
        for kind, days in protocol.terms.retention_days.items():
            ends[kind].append(_later(protocol.terms.ends, days))
    return {kind: min(found) for kind, found in ends.items()}


def due(groups: Iterable[KeyGroup], over: Collection[str], *, everything: bool) -> list[KeyGroup]:
    """The living groups of a space that go when these data types are over.

    What is said of a subject goes once no data of theirs are left; where there never were any, with everything.
    """
    people = [group for group in groups if not group.subject.startswith("-")]
    data = [group for group in people if group.data_type != _OF_SUBJECT]
    had = {group.subject for group in data}
    left = {group.subject for group in data if not group.destroyed and group.data_type not in over}

    def goes(group: KeyGroup) -> bool:
        if group.data_type == _OF_SUBJECT:
            return group.subject not in left and (everything or group.subject in had)
        return group.data_type in over

    return [group for group in people if not group.destroyed and goes(group)]


def _spaces(site: Site, protocol: str) -> dict[str, set[str]]:
    """Key spaces of data under this protocol, and of its vault; and all protocols that they stand under."""
    found: dict[str, set[str]] = defaultdict(set)
    owners: Sequence[Source | Deid | DatasetVersion] = [
        *site.ledger.all(Source),
        *site.ledger.all(Deid),
        *site.ledger.all(DatasetVersion),
    ]
    for owner in owners:
        found[owner.space] |= set(owner.terms.protocols)
    for vault in site.ledger.all(SealedVault):
        found[vault.space] |= set(vault.protocols)
    return {space: names for space, names in found.items() if protocol in names}


def _later(end: datetime, days: int) -> datetime:
    """So many days later, or the end of the calendar."""
    last = datetime.max.replace(tzinfo=UTC)
    return end + timedelta(days=days) if days < (last - end).days else last


def _dates(until: Mapping[str, datetime]) -> str:
    return ", ".join(f"{kind} is kept until {end:%Y-%m-%d}" for kind, end in sorted(until.items()))
