"""The acts of an evaluation: fix the plan, open the test split once, keep what may be kept.

    evaluation = perform(site, scientist, "evaluate", Evaluate(version=("liver-ct", "liver-ct-external"), file=study))

The plan is an act of its own, logged before the lease that opens the test split, and the lease names the plan. What is
kept is a table without small cells, verdicts, and sealed figures; predictions are forgotten. The same model, versions
and plan are not kept twice, even if two people measure them at once. Refuses whoever the protocol does not name, and a
section the model cannot answer. Not here: measuring (`look`), drawing (`gallery`), figures that leave the site
(`disclosure`), signing what was found (`release`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field

from residency.dataset.version import DatasetVersion, find
from residency.engine.spec import Progress
from residency.errors import Missing
from residency.evaluate import gallery
from residency.evaluate.disclosure import check_folder, disclosure, hand_out
from residency.evaluate.evaluation import Evaluation, EvaluationPlan, Result
from residency.evaluate.look import Look, common_structures, look
from residency.evaluate.plan import Endpoint, judge
from residency.evaluate.section import Attribute, Section, check, read_section
from residency.evaluate.summary import summarise
from residency.govern import audit
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.govern.terms import highest, strictest
from residency.kernel.digest import digest
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.runs import journal
from residency.runs.run import Model
from residency.site import Site, perform
from residency.store.keys import Space


class ModelMissing(Missing):
    """There is no finished model of this version, or none of this name."""


class Plan(Part):
    """What will be measured."""

    model: str = Field(description="Digest of the model.")
    versions: tuple[str, ...] = Field(description="Digests of the versions, in the order in which they are shown.")
    endpoints: tuple[Endpoint, ...] = Field(description="Limits that the results are judged by.")
    subgroups: tuple[Attribute, ...] = Field(description="Groupings that are shown.")
    tolerance_mm: float = Field(description="How far a surface may be off and still count.")
    seed: int = Field(description="Seed of the bootstrap.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


class Evaluate(Part):
    """A model to measure on data it has not seen."""

    file: Path = Field(description="The study file, or a file that holds what its 'evaluate:' would.")
    version: tuple[str, ...] = Field(min_length=1, description="A version; repeat for several, the external ones last.")
    model: str = Field("", description="The model or its run; else the newest of the first version.")
    figures: Path | None = Field(None, description="Also write the figures here: a disclosure, which is logged.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


def plan(site: Site, by: Actor, ask: Plan) -> EvaluationPlan:
    """Fix what will be measured; the plan that says the same is returned. Raises NotAllowed, TermsClash."""
    model, versions = site.ledger.get(Model, ask.model), [site.ledger.get(DatasetVersion, d) for d in ask.versions]
    at = site.clock()
    made = EvaluationPlan(
        id=new_id("evaluation-plan", at),
        made_at=at,
        made_by=by.id,
        model_id=model.id,
        min_cell=site.settings.min_cell,
        trainer=model.trainer,
        terms=strictest([model.terms, *(version.terms for version in versions)]),
        data_class=highest([model.data_class, *(version.data_class for version in versions)]),
        **ask.model_dump(exclude={"purpose"}),
    )
    with site.gate.act(by, "evaluate.plan", made, purpose=ask.purpose) as act:
        known = [p for p in site.ledger.all(EvaluationPlan, scope=model.id) if _says(p) == _says(made)]
        if known:
            act.reason = f"{known[-1].id} says this already"
            return known[-1]
        act.save(made)
        act.made(made, of=[model, *versions])
    return made


def evaluate(site: Site, by: Actor, ask: Evaluate) -> Evaluation:
    """Measure a model, or return its evaluation by this plan.

    Raises EvaluationWrong, ModelMissing, NotAllowed, FiguresUnwritable.
    """
    check_folder(ask.figures)
    versions = list({version.id: version for version in (find(site, name) for name in ask.version)}.values())
    model = find_model(site, ask.model, versions[0])
    section = read_section(ask.file)
    structures = {name for version in versions for name in common_structures(model, version).values()}
    check(section, ask.file, sorted(structures), {name for v in versions for name in v.terms.attributes})
    fixed = _fix(site, by, model, versions, section, ask.purpose)
    there = _there(site, model, fixed)
    if there is not None:
        return _again(site, by, fixed, there, ask)
    with site.gate.lease(by, "evaluate", fixed, purpose=ask.purpose, splits=("test",)) as lease:
        counted = looks(site, versions)
        seen = [look(site, lease, model, version, fixed.tolerance_mm) for version in versions]
        results = [_result(fixed, one, times) for one, times in zip(seen, counted, strict=True)]
        pictures = gallery.draw(seen, results, _said(site, model), model.caveats)
        space = lease.space(model.space)
        evaluation = _seal(site, lease, fixed, model, results, pictures, space)
    with site.gate.act(by, "evaluate", fixed, purpose=ask.purpose) as act:
        there = _there(site, model, fixed)
        if there is None:
            act.reason = disclosure(ask.figures, pictures)
            act.save(evaluation, *space.made.values())
            act.made(evaluation, of=[model, *versions, fixed])
        else:  # somebody measured the same meanwhile, and was first
            pictures = {name: png for name, png in pictures.items() if there.pngs.get(name) == digest(png)}
            act.reason = _said_already(there, ask, pictures)
    if there is not None:
        _forget(site, evaluation)
    hand_out(ask.figures, pictures)
    return there or evaluation


def find_model(site: Site, text: str, version: DatasetVersion) -> Model:
    """The model of this id, digest or run; without a name the newest of this version. Raises ModelMissing."""
    if text:
        what, remedy = f"named '{text}'", "Give the id or digest of a model, or the id of a run that has finished."
        models = [model for model in site.ledger.all(Model) if text in (model.id, model.digest(), model.run_id)]
    else:
        what, remedy = f"of {version.name}", "Train one first: residency run submit."
        models = [model for model in site.ledger.all(Model) if model.version == version.digest()]
    if not models:
        raise ModelMissing(f"There is no model {what}.", remedy=remedy)
    return models[-1]


def looks(site: Site, versions: Sequence[DatasetVersion]) -> list[int]:
    """For each version, how many leases have opened the test split of its data set, in whichever version; from the log.

    Counted from the log and not from evaluations, so that one that failed after it had looked is counted too.
    """
    with site.ledger.reading() as book:
        opened = {
            event["detail"]["lease"]: event["thing"]["id"]  # one that was lengthened is one look
            for _, event in audit.events(book)
            if (event["act"], event["outcome"]) == ("evaluate", "lease") and "test" in event["detail"]["splits"]
        }
        plans = {plan.id: set(plan.versions) for plan in book.all(EvaluationPlan)}
        known = book.all(DatasetVersion)
    families = [{v.digest() for v in known if v.name == version.name} for version in versions]
    return [sum(1 for plan in opened.values() if plans[plan] & family) for family in families]


def _fix(
    site: Site, by: Actor, model: Model, versions: Sequence[DatasetVersion], section: Section, purpose: str
) -> EvaluationPlan:
    digests = tuple(version.digest() for version in versions)
    asked = Plan(model=model.digest(), versions=digests, purpose=purpose, **dict(section))
    return perform(site, by, "evaluate.plan", asked)


def _says(made: EvaluationPlan) -> dict:
    """What is planned, without who planned it and when."""
    return made.model_dump(mode="json", exclude={"id", "made_at", "made_by"})


def _there(site: Site, model: Model, fixed: EvaluationPlan) -> Evaluation | None:
    """The evaluation of the model by this plan, if there is one."""
    return next((e for e in site.ledger.all(Evaluation, scope=model.id) if e.plan == fixed.digest()), None)


def _again(site: Site, by: Actor, fixed: EvaluationPlan, there: Evaluation, ask: Evaluate) -> Evaluation:
    """The evaluation that is there, and its figures once more if they are asked for."""
    pictures: dict[str, bytes] = {}
    if ask.figures is not None:
        with site.gate.lease(by, "evaluate", fixed, purpose=ask.purpose) as lease:
            keys = lease.keys(there.space, [there.figure_group])
            pictures = {name: site.sealed.read(ref, keys) for name, ref in there.figures.items()}
    with site.gate.act(by, "evaluate", fixed, purpose=ask.purpose) as act:
        act.reason = _said_already(there, ask, pictures)
    hand_out(ask.figures, pictures)
    return there


def _said_already(there: Evaluation, ask: Evaluate, pictures: Mapping[str, bytes]) -> str:
    said = f"{there.id} is this evaluation already"
    return "; ".join(filter(None, [said, disclosure(ask.figures, pictures)]))


def _forget(site: Site, evaluation: Evaluation) -> None:
    """Delete the figures of an evaluation that was not recorded."""
    for ref in evaluation.figures.values():
        site.objects.delete(ref.name)


def _result(fixed: EvaluationPlan, seen: Look, times: int) -> Result:
    table = summarise(
        seen.rows,
        seen.subjects,
        by=fixed.subgroups,
        min_cell=fixed.min_cell,
        seed=fixed.seed,
        caveats=seen.caveats,
    )
    return Result(
        version=seen.version.digest(),
        name=f"{seen.version.name}@{seen.version.number}",
        external=seen.version.external,
        looks=times,
        unlabelled=seen.unlabelled,
        table=table,
        verdicts=tuple(judge(endpoint, table) for endpoint in fixed.endpoints),
        caveats=seen.caveats,
    )


def _said(site: Site, model: Model) -> list[Progress]:
    with site.ledger.reading() as book:
        return [line for _, line in journal.read(book, model.run_id)]


def _seal(
    site: Site,
    lease: Lease,
    fixed: EvaluationPlan,
    model: Model,
    results: Sequence[Result],
    pictures: Mapping[str, bytes],
    space: Space,
) -> Evaluation:
    """The record, its figures sealed under a key group of their own in the model's space."""
    identifier = new_id("evaluation", lease.at)
    key = space.new_group("-figures", "figures", lease.at, lease.by.id)
    context = f"evaluation/{identifier}"
    caveats = dict.fromkeys(caveat for result in results for caveat in result.caveats)
    return Evaluation(
        id=identifier,
        made_at=lease.at,
        made_by=lease.by.id,
        model=model.digest(),
        model_id=model.id,
        dataset_version=results[0].version,
        versions=fixed.versions,
        plan=fixed.digest(),
        results=tuple(results),
        figures={n: site.sealed.write(png, key, context=f"{context}/{n}") for n, png in pictures.items()},
        pngs={name: digest(png) for name, png in pictures.items()},
        shows_subjects=tuple(name for name in pictures if gallery.shows_subjects(name)),
        space=space.record.id,
        figure_group=key.id,
        caveats=tuple(caveats | dict.fromkeys(model.caveats)),
        trainer=model.trainer,
        terms=fixed.terms,
        data_class=fixed.data_class,
    )
