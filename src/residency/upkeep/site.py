"""The site as a whole: what stands here, whether what must hold does, a new generation of its keys.

perform(site, administrator, "site.doctor", Nothing())

Not here: its objects (`store`), its log (`log`), backups (`backup`).
"""

from residency.dataset.expire import overdue
from residency.govern import audit
from residency.govern.identity import Actor
from residency.govern.rotation import begin, finish
from residency.protocol.people import Nothing
from residency.site import Site, keep_head
from residency.store.named import NamesBroken, NamesMissing
from residency.upkeep.log import kept_heads
from residency.upkeep.needed import survey
from residency.upkeep.report import Report

_RINGS = {
    "passphrase": "Key ring under a passphrase.",
    "pkcs11": "Key ring in a hardware security module.",
    "transit": "Key ring on a key server.",
}


KEEP_APART = (
    "Copy the key ring and the file of keys beside it to where its copies are kept, and delete the older copies."
)


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
        inside, outside = kept_heads(site)
        verdict = audit.verify(book, site.log_key.public, outside, beside=inside)
        checks = [
            ("The audit log holds", not verdict.findings, " ".join(f.says for f in verdict.findings)),
            *_outcomes(book),
        ]
    keep_head(site)
    checks += [
        ("The newest head of the log is kept beside the database", *_heads_kept(site)),
        ("Every object that a record or a list names is here (present, not read)", *_objects_present(site)),
        ("Nothing is kept longer than its protocol allows", *_in_time(site)),
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
    try:
        seen = survey(site)
    except (NamesMissing, NamesBroken) as error:
        return False, f"{error.message} {error.remedy}"
    missing, needed = seen.missing, len(set(seen.needed))
    if missing:
        return False, f"{len(missing)} of {needed} are missing: {', '.join(missing[:3])}"
    return True, f"{needed} objects"


def _in_time(site: Site) -> tuple[bool, str]:
    numbers = [protocol.number for protocol in overdue(site)]
    return not numbers, "; ".join(f"Destroy the keys: residency protocol expire {number}" for number in numbers)


def _heads_kept(site: Site) -> tuple[bool, str]:
    """Whether the newest head could be kept after the act before this one."""
    faults = [f"{folder}: {why}" for folder, why in site.unkept.items() if why]
    where = site.settings.heads or "none outside the site; name a folder with 'heads' in site.toml"
    return not faults, f"Mend the place: {' '.join(faults)}" if faults else where
