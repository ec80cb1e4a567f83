"""The log and what it knows: its events, whether it holds, what was made of what, why something was refused.

perform(site, auditor, "audit.verify", VerifyLog(head=(Path("kept/newest.note"),)))

Not here: writing it (`govern.gate`), verifying a bundle without a site (`release.verify`).
"""

from pathlib import Path
from typing import Any

from pydantic import Field

from residency.errors import BadInput, Broken, Missing
from residency.govern import audit, heads
from residency.govern import lineage as graph
from residency.govern.identity import Actor, Person
from residency.govern.policy import gate_text
from residency.kernel.note import PublicKey
from residency.kernel.record import Part
from residency.release.model import MISSING
from residency.site import Site, head_folders
from residency.upkeep.report import Report

_SHOWN = ("number", "at", "who", "act", "outcome")


class LogUnsound(Broken):
    """The audit log is not what was written."""


class EventMissing(Missing):
    """The log has no event of this number."""


class NoKeyOfSite(BadInput):
    """A file of keys that was kept outside names no key of a site."""


class VerifyLog(Part):
    """What to hold the log against."""

    key: tuple[Path, ...] = Field((), description="A file of public keys kept outside; repeat for several.")
    head: tuple[Path, ...] = Field(
        (), description="A head kept outside: a note, a bundle or a report; repeat for several."
    )


class Since(Part):
    """Where to begin."""

    since: int = Field(0, description="The number of the first event to show.", ge=0)


class NamedRecord(Part):
    """One record."""

    record: str = Field(description="An identifier or a digest.")


class NumberedEvent(Part):
    """One event."""

    event: int = Field(description="The number of the event in the log.", ge=0)


def audit_log(site: Site, by: Actor, ask: Since) -> Report:
    """The events, oldest first."""
    with site.gate.act(by, "audit.log"):
        pass
    with site.ledger.reading() as book:
        names = {person.id: person.name for person in book.all(Person)}
        rows = tuple(
            {"number": number, "who": names.get(event["actor"]["id"], event["actor"]["kind"]), **event}
            for number, event in audit.events(book, ask.since)
        )
    return Report(title="Events of the audit log", rows=rows, columns=_SHOWN)


def audit_verify(site: Site, by: Actor, ask: VerifyLog) -> Report:
    """Hash the whole log again; raises LogUnsound, with every finding, when it does not hold."""
    inside, outside = kept_heads(site)
    outside += [note for path in ask.head for note in heads.read(path)]
    pinned = [key for path in ask.key for key in _keys_in(path)]
    # The log is read before this act adds to it; who may not look is told nothing.
    with site.ledger.reading() as book:
        verdict = audit.verify(book, site.log_key.public, outside, beside=inside, pinned=pinned)
    if not verdict.sound and site.gate.ask(by, "audit.verify", None).allowed:
        raise LogUnsound(_unsound(verdict), remedy="Stop work here; compare with a backup.")
    with site.gate.act(by, "audit.verify"):
        pass
    row = {"events": verdict.size, "holds": True, "heads kept outside": len(outside)}
    return Report(title="The audit log holds", rows=(row,), notes=verdict.cannot_exclude)


def lineage(site: Site, by: Actor, ask: NamedRecord) -> Report:
    """What a record was made of, down to its sources, and what was made of it."""
    with site.gate.act(by, "lineage"):
        pass
    with site.ledger.reading() as book:
        start = ask.record if ask.record.startswith("sha256:") else book.digest(ask.record)
        below, above = graph.ancestors(book, start), graph.descendants(book, start)
        names = graph.names(book, {e.made for e in below + above} | {e.of for e in below + above} | {start})
    rows = [_edge_row("from", edge, names) for edge in below] + [_edge_row("into", edge, names) for edge in above]
    return Report(title=f"Lineage of {' '.join(names.get(start, ('record', start)))}", rows=tuple(rows))


def explain(site: Site, by: Actor, ask: NumberedEvent) -> Report:
    """Why an event was allowed or refused, and what would have allowed it; raises EventMissing."""
    with site.gate.act(by, "explain"):
        pass
    with site.ledger.reading() as book:
        event = audit.event(book, ask.event)
    if event is None:
        raise EventMissing(f"There is no event {ask.event}.", remedy="'residency audit log' shows the numbers.")
    texts = {gate: MISSING.get(gate) or gate_text(gate) for gate in event["gates"]}
    rows = [{"gate": gate, "says": text.says, "remedy": text.remedy} for gate, text in texts.items()]
    title = f"Event {ask.event}: {event['act']} was {event['outcome']} at {event['at']}"
    return Report(title=title, rows=tuple(rows), notes=(event["reason"],) if event["reason"] else ())


def _unsound(verdict: audit.Verdict, most: int = 10) -> str:
    says = [f"{finding.code}: {finding.says}" for finding in verdict.findings[:most]]
    if len(verdict.findings) > most:
        says.append(f"And {len(verdict.findings) - most} more.")
    return " ".join(["The audit log does not hold.", *says])


def _keys_in(path: Path) -> list[PublicKey]:
    """The keys of sites in a file of public keys; raises KeptUnreadable, NoKeyOfSite."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise heads.KeptUnreadable(f"{path} cannot be read.", remedy="Give a file of public keys.") from error
    found = [PublicKey.parse(line) for line in lines if line.startswith("residency/site/")]
    if not found:
        raise NoKeyOfSite(f"{path} holds no key of a site.", remedy="Give the public-keys.txt that was taken home.")
    return found


def kept_heads(site: Site) -> tuple[list[str], list[str]]:
    """The heads kept in the site, and those kept outside of it."""
    inside, *outside = [
        heads.read(folder) if folder.is_dir() else [] for folder in head_folders(site.folder, site.settings)
    ]
    return inside, [note for notes in outside for note in notes]


def _edge_row(direction: str, edge: graph.Edge, names: dict[str, tuple[str, str]]) -> dict[str, Any]:
    made, of = names.get(edge.made, ("?", edge.made)), names.get(edge.of, ("?", edge.of))
    return {"direction": direction, "made": " ".join(made), "of": " ".join(of), "event": edge.leaf}
