"""The act `ingest`: a folder becomes an intake, in which every file is accepted, excluded or quarantined.

    ask = Ingest(path=Path("incoming/ct"), protocol="IRB-2026-014", name="incoming", labels=Path("incoming/labels"))
    intake = perform(site, steward, "ingest", ask)
    intake.received == intake.accepted + intake.excluded + intake.quarantined       # files, always

Received are all entries below the folder and the folder of label maps, each once; the hospital's table of subjects
is no received file. The same files under the same name give the intake that exists already. A later decision on what
is held is a new revision of the intake. Not here: the record (`intake`), the decisions (`quarantine`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from residency.errors import Conflict
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.govern.ledger import RecordMissing
from residency.govern.terms import Terms
from residency.ingest.folder import Found, walk
from residency.ingest.held import Holding, Quarantine, hold
from residency.ingest.intake import Intake
from residency.ingest.issuers import read_known, write_known
from residency.ingest.reasons import REASONS
from residency.ingest.sealing import Place, Taken, listed, read_or_not, sealed_before, take
from residency.ingest.series import Unit, assemble
from residency.ingest.source import Codes, Groups, Source
from residency.ingest.subjects import People, Subject, read_people, subject_row, write_subjects
from residency.kernel.digest import canonical, digest
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.observe.progress import track
from residency.protocol.protocol import Protocol, find
from residency.site import Site
from residency.store.manifest import Item, write_manifest


class SourceTaken(Conflict):
    """Another source has this name."""


class IntakeMeanwhile(Conflict):
    """Another intake of the protocol ended first, and the two may know one patient by different issuers."""


class Ingest(Part):
    """A folder to bring in."""

    path: Path = Field(description="The folder of the export; it is read, never changed.")
    protocol: str = Field(description="The board's number of the approved protocol.")
    name: str = Field(
        description="Name of the source: the same name, the same subjects.", pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$"
    )
    labels: Path | None = Field(None, description="Folder of label maps named <SeriesInstanceUID>.nii.gz.")
    subjects: Path | None = Field(
        None, description="CSV: patient_id, issuer, sex, birth_date, race, ethnicity, anatomy."
    )
    purpose: str = Field("", description="What for; the first purpose of the protocol if not given.")


def ingest(site: Site, by: Actor, ask: Ingest) -> Intake:
    """Bring a folder in.

    Raises SourceMissing, SourceEmpty, SourceUnreadable, SourceChanged, SubjectsWrong, SourceTaken, IntakeMeanwhile.
    """
    protocol = find(site, ask.protocol)
    before = _source(site, ask, protocol)
    with site.gate.lease(by, "ingest", protocol, purpose=ask.purpose) as lease:
        arrived = _arrive(site, ask, protocol)
        same = _taken_in_before(site, lease, before, arrived) if before else None
        made = _Made(same) if same else _prepare(site, lease, ask, protocol, before, arrived)
    with site.gate.act(by, "ingest", protocol, purpose=ask.purpose) as act:
        if same:
            act.reason = "The same files were taken in before."
        else:
            _check_unchanged(site, ask.name, before)
            _check_people_known(made.intake, arrived.earlier, _earlier(site, protocol))
        act.save(*made.records)
        for record, of in made.edges:
            act.made(record, of=[of])
    return made.intake


@dataclass(frozen=True, slots=True)
class _Arrived:
    """What was handed in: the entries, the hospital's table, and what else decides whether inputs are the same.

    `earlier` are the intakes that the protocol had before.
    """

    found: list[Found]
    people: People
    beside: dict[str, object]
    earlier: Sequence[Intake]


@dataclass(frozen=True, slots=True)
class _Made:
    """The intake, the records to save, and what was made of what."""

    intake: Intake
    records: Sequence[Record] = ()
    edges: Sequence[tuple[Record, Record]] = ()


def _source(site: Site, ask: Ingest, protocol: Protocol) -> Source | None:
    """The source of this name, if there is one; raises SourceTaken when it belongs to another protocol."""
    try:
        source = site.ledger.get(Source, ask.name)
    except RecordMissing:
        return None
    if source.protocol != protocol.id:
        raise SourceTaken(f"The source {ask.name} belongs to another protocol.", remedy="Choose another name.")
    return source


def _earlier(site: Site, protocol: Protocol) -> list[Intake]:
    """All intakes of a protocol, the first one first."""
    return [intake for intake in site.ledger.all(Intake) if intake.terms.protocols == protocol.terms.protocols]


def _arrive(site: Site, ask: Ingest, protocol: Protocol) -> _Arrived:
    found = walk(ask.path, labels=ask.labels, apart=ask.subjects, name=ask.name)
    people = read_people(ask.subjects) if ask.subjects else People()
    table = digest(ask.subjects.read_bytes()) if ask.subjects else ""
    attributes = sorted(protocol.terms.attributes)
    return _Arrived(found, people, {"table": table, "attributes": attributes}, _earlier(site, protocol))


def _taken_in_before(site: Site, lease: Lease, before: Source, arrived: _Arrived) -> Intake | None:
    """The intake of the same inputs. Files are only hashed where an intake of as many exists."""
    alike = [i for i in site.ledger.all(Intake, scope=before.id) if i.received == len(arrived.found)]
    if not alike:
        return None
    listing = []
    for one in track(arrived.found, "comparing files"):
        lease.keep()
        listing.append(listed(one, read_or_not(one)))
    inputs = _inputs(Codes(lease.space(before.space).key), arrived, listing)
    return next((intake for intake in alike if intake.inputs == inputs), None)


def _inputs(codes: Codes, arrived: _Arrived, listing: Iterable[tuple]) -> str:
    return codes.inputs(canonical({**arrived.beside, "files": sorted(map(list, listing))}))


def _prepare(
    site: Site, lease: Lease, ask: Ingest, protocol: Protocol, before: Source | None, arrived: _Arrived
) -> _Made:
    """Read, judge, seal: all the long work; nothing of it is visible yet."""
    identifier, intake = before.id if before else new_id("source", lease.at), new_id("intake", lease.at)
    space = lease.space(before.space) if before else lease.new_space(identifier)
    groups, codes = Groups(site.ledger, lease, space), Codes(space.key)
    about = {
        "made_at": lease.at,
        "made_by": lease.by.id,
        "name": ask.name,
        "terms": protocol.terms,
        "data_type": "imaging",
        "data_class": "identified",
        "space": space.record.id,
    }
    where = codes.inputs(str(ask.path.resolve()).encode())
    source = before or Source.model_validate(
        {"id": identifier, "type": "imaging", "protocol": protocol.id, "place": where, **about}
    )
    earlier = [(there.manifest, there.root) for there in site.ledger.all(Intake, scope=identifier)]
    kept = sealed_before(site.sealed, earlier, lease.keys(space.opened.id) if before else {})
    place = Place(site.sealed, groups, f"intake/{intake}", kept)
    known = read_known(site, lease, ((there.space, there.known) for there in arrived.earlier))
    units = assemble(arrived.found, arrived.people, codes, known=known, keep=lease.keep)
    taken = take(units, place)
    manifest, root = write_manifest(site.sealed, groups.manifest(), taken.accepted, context=place.context)
    held = _hold(taken, place, source, intake, protocol.terms, lease)
    lists = {
        "manifest": manifest,
        "root": root,
        **_people(units, place, codes, _subjects(units, codes, protocol.terms)),
        "inputs": _inputs(codes, arrived, taken.listing),
        "received": len(arrived.found),
    }
    made = Intake.model_validate({"id": intake, "source": source.id, **about, **lists, **_counts(taken.accepted, held)})
    new = [] if before else [space.record, source]
    edges = [(source, protocol)] * (not before) + [(record, source) for record in (made, *held)]
    return _Made(made, [*new, *groups.made, made, *held], edges)


def _people(units: Sequence[Unit], place: Place, codes: Codes, rows: Sequence[Subject]) -> dict[str, object]:
    """The sealed tables of the subjects, and of whose numbers they had."""
    key, whose = place.groups.manifest(), [(u.patient_id, u.said_issuer, u.issuer) for u in units if u.subject]
    known, stated = write_known(place.sealed, key, codes, whose, context=place.context)
    rows = [row for row in rows if not place.groups.gone(row.subject)]
    subjects = write_subjects(place.sealed, key, rows, place.groups.subject, context=f"{place.context}/subjects")
    return {"subjects": subjects, "known": known, "issuers": stated}


def _counts(accepted: Sequence[Item], held: Sequence[Quarantine]) -> dict[str, int]:
    return {
        "accepted": sum(item.files for item in accepted),
        "excluded": 0,
        "quarantined": sum(group.files for group in held),
        "items": len(accepted),
        "people": len({item.subject for item in accepted}),
    }


def _hold(taken: Taken, place: Place, source: Source, intake: str, terms: Terms, lease: Lease) -> list[Quarantine]:
    """One group for each reason, in the order of reasons."""
    about = Holding(
        intake=intake,
        source=source.name,
        step="ingest",
        space=source.space,
        terms=terms,
        at=lease.at,
        by=lease.by.id,
    )
    key = place.groups.manifest()
    return [hold(place.sealed, key, taken.held[code], about, code=code) for code in REASONS if code in taken.held]


def _subjects(units: Sequence[Unit], codes: Codes, terms: Terms) -> list[Subject]:
    """A row for everybody who came in, held or not: subgroups must show whom a decision thins out."""
    by_subject: dict[str, list[Unit]] = {}
    for unit in units:
        if unit.subject:
            by_subject.setdefault(unit.subject, []).append(unit)
    rows = []
    for subject, theirs in by_subject.items():
        heads = [unit.heads[0].person for unit in theirs]
        person = next((unit.person for unit in theirs if unit.person), None)
        scanners = {scanner for head in heads if (scanner := codes.machine(head))}
        rows.append(subject_row(subject, person, heads, scanners, terms.attributes))
    return rows


def _check_unchanged(site: Site, name: str, before: Source | None) -> None:
    """Two intakes of a new name at once would make two sources: the later one must look again."""
    if before is None and any(source.name == name for source in site.ledger.all(Source)):
        raise SourceTaken(f"The source {name} was made by somebody else just now.", remedy="Repeat the intake.")


def _check_people_known(made: Intake, earlier: Sequence[Intake], now: Sequence[Intake]) -> None:
    """Whoever came in meanwhile with an issuer, and here without, would be two subjects: the later must look again."""
    before = {intake.id for intake in earlier}
    ways = {made.issuers, *(intake.issuers for intake in now if intake.id not in before)}
    if len(now) > len(before) and ways not in ({"all"}, {"none"}):
        raise IntakeMeanwhile("Another intake of the protocol has just ended.", remedy="Repeat the intake.")
