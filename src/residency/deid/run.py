"""The act `deid.run`: an intake loses its names; what cannot be cleaned is held back, never half-cleaned.

    cleaned = perform(site, steward, "deid.run", RunDeid(source="incoming"))
    cleaned.received == cleaned.released + cleaned.excluded + cleaned.quarantined        # files, always

Codes, UIDs and date shifts come from one key per protocol, so that a subject is the same in everything that one
protocol de-identifies, from every source of it, and nobody's under another. A recipe that leaves years alone takes
codes and UIDs from the protocol's sealed vault instead, where they are drawn at random (Safe Harbor). The class is
`limited` until a determination is recorded (`determine`). The same intake with the same recipe and the same decisions
gives the record that is there. Not here: the record (`cleaned`), cleaning one series (`series`), the names (`naming`),
any folder (`folders`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from residency.deid.cleaned import Deid, ReportRecord
from residency.deid.cleaning import Bench, clean, recoded
from residency.deid.dicom.series import SeriesResult
from residency.deid.holding import Decisions, HeldBack, decided, decisions_digest, hold_back
from residency.deid.losses import losses
from residency.deid.naming import Naming, open_naming
from residency.deid.originals import originals_beside
from residency.deid.recipe import Recipe, load_recipe
from residency.deid.report import report_of
from residency.errors import Conflict
from residency.govern.forgetting import destroyed_codes
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.ingest.held import Quarantine, read_held
from residency.ingest.intake import Intake
from residency.ingest.subjects import read_subjects, write_subjects
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.observe.progress import track
from residency.site import Site
from residency.store.manifest import Item, read_manifest, write_manifest
from residency.store.sealed import SealedRef


class CleanedMeanwhile(Conflict):
    """Somebody else cleaned something of this protocol, or decided on what is held, at the same time."""


class RunDeid(Part):
    """An intake to clean."""

    source: str = Field(description="The source, or the id of an intake.")
    recipe: tuple[str, ...] = Field(("basic", "shift-dates"), description="A profile or a file; repeat for several.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


def run(site: Site, by: Actor, ask: RunDeid) -> Deid:
    """Clean an intake; raises RecipeUnknown, RecipeWrong, RecordMissing, CleanedMeanwhile."""
    intake, recipe = site.ledger.get(Intake, ask.source), load_recipe(*ask.recipe)
    groups = _groups(site, intake)
    with site.gate.lease(by, "deid.run", intake, purpose=ask.purpose) as lease:
        decisions = decided(site, lease, groups)
        there = cleaned_before(site, intake, recipe, groups)
        made = _Made(there) if there else _prepare(site, lease, intake, recipe, decisions)
    with site.gate.act(by, "deid.run", intake, purpose=ask.purpose) as act:
        if there:
            act.reason = "This intake was cleaned by this recipe before, and nothing was decided since."
        else:
            _check_alone(site, intake, recipe, groups, made)
        act.save(*made.keys, *made.records, *made.superseded)
        settled = [group for group in groups if group.state != "waiting"]
        for record in made.records:
            act.made(record, of=[intake, *settled])
        for record in made.superseded:
            act.made(record, of=[made.deid])
    return made.deid


@dataclass(frozen=True)
class _Made:
    """What a run made: the records, the keys that seal their objects, and groups that wait no longer."""

    deid: Deid
    records: Sequence[Record] = ()
    keys: Sequence[Record] = ()
    superseded: Sequence[Record] = ()
    naming: Naming | None = None


@dataclass
class _Cleaned:
    """What came of the items of an intake; `codes` leads from the intake's subjects to those of the protocol.

    `called` leads from each code that was given, to whomever nothing was released of as well, to the intake's groups.
    """

    items: list[Item] = field(default_factory=list)
    results: list[SeriesResult] = field(default_factory=list)
    held: HeldBack = field(default_factory=HeldBack)
    excluded: int = 0
    codes: dict[str, str] = field(default_factory=dict)
    called: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def _groups(site: Site, intake: Intake) -> list[Quarantine]:
    return [group for group in site.ledger.all(Quarantine, scope=intake.id) if group.step == "deid"]


def cleaned_before(site: Site, intake: Intake, recipe: Recipe, groups: Sequence[Quarantine]) -> Deid | None:
    """The cleaning of the same by the same; not one whose held files nobody can decide on any more."""
    same = (intake.digest(), recipe.digest(), decisions_digest(groups))
    over = {group.id for group in groups if group.state == "superseded"}
    found = [deid for deid in site.ledger.all(Deid, scope=intake.id) if not over & set(deid.held)]
    found = [deid for deid in found if bool(deid.vault) == recipe.years_only]
    return next((d for d in reversed(found) if (d.intake_digest, d.recipe_digest, d.decisions) == same), None)


def _check_alone(site: Site, intake: Intake, recipe: Recipe, groups: Sequence[Quarantine], made: _Made) -> None:
    """Two first runs of a protocol at once, or two that add to its vault, would give one person two codes, and a
    decision is overlooked by a run that began before it: the later one must begin again.
    """
    beaten = made.naming is not None and made.naming.beaten(site)
    decided_on = [(group.id, group.state) for group in groups]
    meanwhile = [(group.id, group.state) for group in _groups(site, intake)] != decided_on
    if beaten or meanwhile or cleaned_before(site, intake, recipe, groups):
        raise CleanedMeanwhile(f"{intake.name} was cleaned or decided on meanwhile.", remedy="Repeat the command.")


def _prepare(site: Site, lease: Lease, intake: Intake, recipe: Recipe, decisions: Decisions) -> _Made:
    """All the long work; nothing of it is visible yet."""
    identifier, about = new_id("deid", lease.at), {"made_at": lease.at, "made_by": lease.by.id}
    space, keys = lease.new_space(identifier), lease.keys(intake.space)
    naming = open_naming(site, lease, intake, recipe)
    with site.ledger.reading() as book:
        gone = destroyed_codes(book)
    bench = Bench(site.sealed, keys, recipe, naming.names, decisions, space, lease, gone)
    items = read_manifest(site.sealed, intake.manifest, keys, root=intake.root)
    cleaned = _clean_all(items, originals_beside(site, intake, items, keys), bench)
    kept = hold_back(site, lease, intake, cleaned.held, decisions)
    list_key = bench.key("-manifest", "manifest")
    manifest, root = write_manifest(site.sealed, list_key, cleaned.items, context=f"deid/{identifier}")
    report = _report(site, lease, intake, cleaned, bench, identifier)
    deid = Deid(
        id=identifier,
        intake=intake.id,
        intake_digest=intake.digest(),
        name=intake.name,
        recipe=recipe.name,
        recipe_digest=recipe.digest(),
        decisions=decisions.digest,
        **_counts(intake, cleaned),
        held=kept.waiting,
        manifest=manifest,
        root=root,
        subjects=_subjects(site, intake, cleaned, bench),
        space=space.record.id,
        report=report.digest(),
        terms=intake.terms,
        vault=naming.vault,
        **about,
    )
    made_keys = [*naming.seal(cleaned.called), space.record, *space.made.values(), *kept.keys]
    return _Made(deid, [deid, report, *kept.made], made_keys, kept.superseded, naming)


def _clean_all(items: list[Item], beside: Mapping[str, Sequence[Item]], bench: Bench) -> _Cleaned:
    by_subject: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if bench.opens(item):
            by_subject[item.subject].append(item)
    excluded = [item for item in items if item.item in bench.decisions.rejected or not bench.opens(item)]
    cleaned = _Cleaned(excluded=sum(item.files for item in excluded))
    for subject, theirs in track(list(by_subject.items()), "cleaning"):
        bench.lease.keep()
        for done in clean(theirs, bench, beside=beside.get(subject, ())):
            cleaned.results.append(done.result)
            if done.code:
                cleaned.called[done.code].add(done.item.file("series").group)
            if done.sealed is not None:
                cleaned.codes[subject] = done.sealed.subject
                cleaned.items.append(done.sealed)
            elif done.result.quarantine is not None:
                cleaned.held.add(done.result.quarantine, done.item)
    return cleaned


def _report(site: Site, lease: Lease, intake: Intake, cleaned: _Cleaned, bench: Bench, identifier: str) -> ReportRecord:
    groups = site.ledger.all(Quarantine, scope=intake.id)
    # What an earlier cleaning held and nobody decided on was judged anew by this one.
    lasting = [g for g in groups if g.state == "rejected" or (g.step, g.state) == ("ingest", "waiting")]
    held = [thing.item for g in lasting for thing in read_held(site.sealed, g, lease.keys(g.space))]
    held += [thing.item for things in cleaned.held.things.values() for _, thing in things]
    rows = read_subjects(site.sealed, intake.subjects, bench.keys).values()
    smallest = site.settings.min_cell
    return ReportRecord(
        id=new_id("deid-report", lease.at),
        made_at=lease.at,
        made_by=lease.by.id,
        deid=identifier,
        report=report_of(cleaned.results, bench.recipe, bench.decisions.codes, drawn=bench.recipe.years_only),
        losses=losses(rows, {item.subject for item in held}, smallest),
        min_cell=smallest,
    )


def _subjects(site: Site, intake: Intake, cleaned: _Cleaned, bench: Bench) -> SealedRef:
    """The rows of those of whom something got through, under the protocol's codes."""
    rows = read_subjects(site.sealed, intake.subjects, bench.keys)
    context = f"deid/{bench.space.opened.owner}/subjects"
    there = [recoded(rows[was], code, bench) for was, code in cleaned.codes.items() if was in rows]
    list_key = bench.key("-manifest", "manifest")
    return write_subjects(site.sealed, list_key, there, lambda code: bench.key(code, "subject"), context=context)


def _counts(intake: Intake, cleaned: _Cleaned) -> dict[str, Any]:
    return {
        "received": intake.accepted,
        "released": sum(item.files for item in cleaned.items),
        "excluded": cleaned.excluded,
        "quarantined": cleaned.held.files,
        "items": len(cleaned.items),
        "people": len(cleaned.codes),
    }
