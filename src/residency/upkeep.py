"""Acts of the floors: what stands here, whether it holds, what was made of what, and why something was refused.

perform(site, auditor, "audit.verify", VerifyLog(head=(Path("kept/newest.note"),)))

Not here: any act of a chapter; each stands in its own.
"""

from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from residency.errors import BadInput, Broken, Missing
from residency.govern import audit, heads
from residency.govern import lineage as graph
from residency.govern.identity import Actor
from residency.govern.policy import gate_text
from residency.govern.rotation import begin, finish
from residency.kernel.note import PublicKey
from residency.kernel.record import Part
from residency.protocol.people import Nothing
from residency.release.model import MISSING
from residency.site import Site, head_folders, keep_head

_RINGS = {
    "passphrase": "Key ring under a passphrase.",
    "pkcs11": "Key ring in a hardware security module.",
    "transit": "Key ring on a key server.",
}


KEEP_APART = (
    "Copy the key ring and the file of keys beside it to where its copies are kept, and delete the older copies."
)


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


class Report(Part):
    """What an act of upkeep shows: a title and rows."""

    kind: ClassVar[str] = "report"
    title: str
    rows: tuple[dict[str, Any], ...]
    notes: tuple[str, ...] = ()


def audit_log(site: Site, by: Actor, ask: Since) -> Report:
    """The events, oldest first."""
    with site.gate.act(by, "audit.log"):
        pass
    with site.ledger.reading() as book:
        rows = tuple({"number": number, **event} for number, event in audit.events(book, ask.since))
    return Report(title="Events of the audit log", rows=rows)


def audit_verify(site: Site, by: Actor, ask: VerifyLog) -> Report:
    """Hash the whole log again; raises LogUnsound, with every finding, when it does not hold."""
    inside, outside = _kept_heads(site)
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


def status(site: Site, by: Actor, ask: Nothing) -> Report:
    """How much of everything is here, and what runs."""
    with site.gate.act(by, "site.status"):
        pass
    with site.ledger.reading() as book:
        counts = book.counts()
        events = audit.size(book)
    rows = [{"what": kind, "count": count} for kind, count in counts]
    note = (
        "Development key: whoever has this folder can open it." if site.development else _RINGS[site.settings.keys.kind]
    )
    return Report(
        title=f"Site {site.log_key.public.name}", rows=(*rows, {"what": "event", "count": events}), notes=(note,)
    )


def rotate(site: Site, by: Actor, ask: Nothing) -> Report:
    """Wrap every key under a new generation of the ring and destroy the old one; no data are touched."""
    allowed = site.gate.ask(by, "site.rotate", None).allowed
    turn = begin(site.ledger, site.ring) if allowed else None
    with site.gate.act(by, "site.rotate") as act:
        if turn is not None:
            act.save(*turn.records)
            act.provided(turn.still_so)
    finish(site.ledger, site.ring, site.keys_file)
    numbers = {"generation": turn.generation if turn else 0, "keys wrapped anew": len(turn.records) if turn else 0}
    return Report(title="The key ring has a new generation", rows=(numbers,), notes=(KEEP_APART,))


def doctor(site: Site, by: Actor, ask: Nothing) -> Report:
    """Check on live data what must always hold; every check is a row, and one that fails says what to do."""
    with site.gate.act(by, "site.doctor"):
        pass
    with site.ledger.reading() as book:
        inside, outside = _kept_heads(site)
        verdict = audit.verify(book, site.log_key.public, outside, beside=inside)
        checks = [
            ("The audit log holds", not verdict.findings, " ".join(f.says for f in verdict.findings)),
            *_outcomes(book),
        ]
    keep_head(site)
    checks += [
        ("The newest head of the log is kept beside the database", *_heads_kept(site)),
        ("Every sealed object that a record names is here (present, not read)", *_objects_present(site)),
    ]
    rows = tuple({"check": name, "holds": bool(holds), "detail": detail} for name, holds, detail in checks)
    return Report(title="What must always hold", rows=rows, notes=verdict.cannot_exclude)


def _outcomes(book) -> list[tuple[str, bool, str]]:
    """Exactly one outcome for each call, and no lease without one."""
    seen: dict[str, int] = {}
    for _, event in audit.events(book):
        seen[event["call"]] = seen.get(event["call"], 0) + (event["outcome"] != "lease")
    wrong = [call for call, count in seen.items() if count > 1]
    open_calls = sum(1 for count in seen.values() if count == 0)
    detail = f"{open_calls} calls were cut off before their outcome." if open_calls else ""
    return [("Every call has at most one outcome", not wrong, f"{len(wrong)} calls have several." if wrong else detail)]


def _objects_present(site: Site) -> tuple[bool, str]:
    with site.ledger.reading() as book:
        named = set(book.object_names())
    missing = sorted(name for name in named if not site.objects.has(name))
    return (
        not missing,
        f"{len(missing)} of {len(named)} are missing: {', '.join(missing[:3])}" if missing else f"{len(named)} objects",
    )


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


def _kept_heads(site: Site) -> tuple[list[str], list[str]]:
    """The heads kept in the site, and those kept outside of it."""
    inside, *outside = [heads.read(folder) if folder.is_dir() else [] for folder in head_folders(site)]
    return inside, [note for notes in outside for note in notes]


def _heads_kept(site: Site) -> tuple[bool, str]:
    """Whether the newest head could be kept after the act before this one."""
    faults = [f"{folder}: {why}" for folder, why in site.unkept.items() if why]
    where = site.settings.heads or "none outside the site; name a folder with 'heads' in site.toml"
    return not faults, f"Mend the place: {' '.join(faults)}" if faults else where


def _edge_row(direction: str, edge: graph.Edge, names: dict[str, tuple[str, str]]) -> dict[str, Any]:
    made, of = names.get(edge.made, ("?", edge.made)), names.get(edge.of, ("?", edge.of))
    return {"direction": direction, "made": " ".join(made), "of": " ".join(of), "event": edge.leaf}
