"""The whole story from one file: does every chapter that is not done yet, as far as the roles of the caller reach.

    done = perform(site, steward, "study.run", RunStudy(file=Path("examples/liver-ct/study.yaml")))

Each chapter is the same act that its own command calls, with its own decision and its own event; the act finds out
whether the same was done before (same files, same recipe and decisions, same draft, same spec, same plan) and then does
nothing. Whoever has not the role of a chapter is told what the records say of it; where they say nothing, the study
stops and names who goes on. A study names a protocol; it does not grant one. Not here: any chapter's work.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import Field

from residency.dataset.draft import Draft, DraftDataset, SplitSpec, inputs_of
from residency.dataset.freeze import Freeze
from residency.dataset.version import DatasetVersion, find
from residency.deid.cleaned import Deid
from residency.deid.exam.figures import Exam
from residency.deid.exam.sit import SitExam
from residency.deid.recipe import load_recipe
from residency.deid.run import RunDeid, cleaned_before
from residency.deid.signed import examined
from residency.documents import read_document
from residency.errors import BadInput, Refused
from residency.evaluate.evaluate import Evaluate
from residency.evaluate.evaluation import Evaluation, EvaluationPlan
from residency.evaluate.section import read_section
from residency.govern.identity import Actor, Person
from residency.ingest.folder import SourceMissing
from residency.ingest.held import Quarantine
from residency.ingest.ingest import Ingest
from residency.ingest.intake import Intake
from residency.kernel.clock import stopwatch
from residency.kernel.digest import digest_of
from residency.kernel.record import Part, Record
from residency.protocol.protocol import find as find_protocol
from residency.runs.run import Model, Run
from residency.runs.submit import Submit, existing, read_spec
from residency.site import Site, perform

R = TypeVar("R", bound=Record)

WHO = {
    "ingest": "data-steward",
    "deid.run": "data-steward",
    "deid.exam": "data-steward",
    "deid.determine": "privacy-officer",
    "dataset.draft": "data-steward",
    "dataset.freeze": "data-steward",
    "run.submit": "ml-engineer",
    "evaluate": "ml-engineer",
}


class StudyWrong(BadInput):
    """A line of study.yaml cannot be used."""


class StudySource(Part):
    """A folder of the study; `external` data are only ever tested on."""

    name: str
    type: Literal["imaging"]
    path: Path
    labels: Path | None = None
    subjects: Path | None = None
    external: bool = False


class StudyDataset(Part):
    """The data set to freeze."""

    name: str
    labels: dict[int, str]
    split: SplitSpec
    caveats: tuple[str, ...] = ()


class Study(Part):
    """What study.yaml says; `train` and `evaluate` are of the forms of the chapters that own them."""

    study: str
    protocol: str
    sources: tuple[StudySource, ...] = Field(min_length=1)
    deidentify: dict[Literal["imaging"], tuple[str, ...]]
    dataset: StudyDataset
    train: dict[str, Any]
    evaluate: dict[str, Any]


class RunStudy(Part):
    """A study to carry on with."""

    file: Path = Field(description="The study file.")


class Chapter(Part):
    """What became of one chapter."""

    chapter: str
    outcome: Literal["done", "there already", "stopped"]
    record: str = ""
    seconds: float = 0.0
    says: str = ""


class StudyReport(Part):
    """How far the study has come."""

    kind: ClassVar[str] = "study"
    study: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True)
class _Step:
    """A chapter to do: the act, what the records show of it, and what to ask."""

    title: str
    act: str
    there: Callable[[], Record | None]
    ask: Callable[[], Part] | None
    """None where a person must say what no file says."""


def run(site: Site, by: Actor, ask: RunStudy) -> StudyReport:
    """Do what is not done; raises StudyWrong, RecordMissing, and what a chapter raises."""
    study, folder = read_study(ask.file), ask.file.parent
    find_protocol(site, study.protocol)
    chapters: list[Chapter] = []
    if site.gate.ask(by, "study.run", None).allowed:
        for step in _steps(site, study, folder, ask.file):
            chapters.append(_do(site, by, step, step.ask()) if step.ask else _seen(site, step))
            if chapters[-1].outcome == "stopped":
                break
    # At the end, so that a study that broke off is logged as failed; who may not begin one is refused here.
    with site.gate.act(by, "study.run") as act:
        act.reason = f"as far as '{chapters[-1].chapter}': {chapters[-1].outcome}" if chapters else ""
    return StudyReport(study=study.study, chapters=tuple(chapters))


def read_study(file: Path) -> Study:
    """The study as written, to its last section; raises StudyWrong, SpecWrong, EvaluationWrong with the line."""
    study = read_document(file, Study, StudyWrong)
    read_spec(file, study.dataset.labels)
    read_section(file)
    return study


def _do(site: Site, by: Actor, step: _Step, ask: Part) -> Chapter:
    """Call the act. What it returns from an earlier call is there already; so is what others did, as records show."""
    if not site.gate.ask(by, step.act, None).allowed and step.there() is not None:
        return _seen(site, step)
    # A run that was there and did not stand finished is waited for, and that is no mere look.
    unfinished, at, began = step.act == "run.submit" and step.there() is None, site.clock(), stopwatch()
    try:
        record = perform(site, by, step.act, ask)
    except Refused as error:
        if step.there() is None and error.gates != ("ROLE",):
            raise
        return _seen(site, step)
    except SourceMissing:
        if step.there() is None:
            raise
        return _seen(site, step, "The folder is no longer there: what came in before stands.")
    if record.made_at < at and not unfinished:
        return Chapter(chapter=step.title, outcome="there already", record=record.id)
    return Chapter(chapter=step.title, outcome="done", record=record.id, seconds=round(stopwatch() - began, 1))


def _seen(site: Site, step: _Step, says: str = "") -> Chapter:
    """What the records show of a chapter that this person does not do."""
    there = step.there()
    if there is None:
        return Chapter(chapter=step.title, outcome="stopped", says=_who_continues(site, step.act))
    return Chapter(chapter=step.title, outcome="there already", record=there.id, says=says)


def _who_continues(site: Site, act: str) -> str:
    by = ": residency deid determine" if act == "deid.determine" else " with the same command"
    people = [p.name for p in site.ledger.all(Person) if WHO[act] in p.roles and p.state == "active"]
    return f"The study stops here: {' or '.join(people) or 'nobody yet'} ({WHO[act]}) continues{by}."


def _steps(site: Site, study: Study, folder: Path, file: Path) -> Iterator[_Step]:
    """The chapters in order; each is asked for only when the ones before it are there."""
    for source in study.sources:
        yield _Step(
            f"ingest {source.name}",
            "ingest",
            partial(_newest, site, Intake, source.name),
            partial(_ingest, study, source, folder),
        )
        how = {"source": source.name, "recipe": study.deidentify["imaging"]}
        clean = partial(RunDeid, **how)
        yield _Step(f"de-identify {source.name}", "deid.run", partial(_deid, site, study, source), clean)
        if find_protocol(site, study.protocol).terms.deid_recall.get(source.type):
            there = partial(_examined, site, study, source)
            yield _Step(f"examine {source.name}", "deid.exam", there, None if there() else partial(SitExam, **how))
        yield _Step(f"determination {source.name}", "deid.determine", partial(_determined, site, study, source), None)
    datasets = _datasets(site, study)
    for data in datasets:
        yield _Step(f"draft {data.name}", "dataset.draft", partial(_draft, site, data), lambda d=data: d)
        yield _Step(
            f"freeze {data.name}", "dataset.freeze", partial(_version, site, data), partial(Freeze, draft=data.name)
        )
    own = study.dataset.name
    yield _Step("train", "run.submit", partial(_run, site, own, file), partial(Submit, version=own, file=file))
    names = tuple(data.name for data in datasets)
    run = _run(site, own, file)
    model = run.id if run else ""
    ask = partial(Evaluate, version=names, file=file, model=model)
    yield _Step("evaluate", "evaluate", partial(_evaluation, site, names, model, file), ask)


def _datasets(site: Site, study: Study) -> list[DraftDataset]:
    """The data set of the study, and one of what is external: of just the cleanings that its chapters made."""
    said, split = study.dataset, study.dataset.split
    shared = {"label": tuple(f"{value}={name}" for value, name in said.labels.items()), "caveat": said.caveats}
    cleaned = [(source, _deid(site, study, source)) for source in study.sources]
    own = tuple(deid.id for source, deid in cleaned if deid and not source.external)
    other = tuple(deid.id for source, deid in cleaned if deid and source.external)
    drafts = [DraftDataset(name=said.name, source=own, **split.model_dump(), **shared)]
    if other:
        held_back = {"train": 0, "tune": 0, "test": 1}
        drafts.append(DraftDataset(name=f"{said.name}-external", source=other, external=True, **held_back, **shared))
    return drafts


def _ingest(study: Study, source: StudySource, folder: Path) -> Ingest:
    return Ingest(
        path=folder / source.path,
        protocol=study.protocol,
        name=source.name,
        labels=folder / source.labels if source.labels else None,
        subjects=folder / source.subjects if source.subjects else None,
    )


def _deid(site: Site, study: Study, source: StudySource) -> Deid | None:
    """The newest cleaning of the newest intake by the study's recipe, if nothing was decided since."""
    intake, recipe = _newest(site, Intake, source.name), load_recipe(*study.deidentify["imaging"])
    groups = site.ledger.all(Quarantine, scope=intake.id) if intake else ()
    return cleaned_before(site, intake, recipe, groups) if intake else None


def _examined(site: Site, study: Study, source: StudySource) -> Exam | None:
    """The exam of that cleaning's recipe."""
    cleaned = _deid(site, study, source)
    return examined(site, cleaned) if cleaned else None


def _determined(site: Site, study: Study, source: StudySource) -> Deid | None:
    """That cleaning, if it has been judged."""
    cleaned = _deid(site, study, source)
    return cleaned if cleaned and cleaned.data_class == "deidentified" else None


def _draft(site: Site, ask: DraftDataset) -> Draft | None:
    """The newest draft of this name, if it says what the study says, over the newest inputs."""
    found = _newest(site, Draft, ask.name)
    if found is None or [said.digest for said in found.inputs] != [d.digest() for d in inputs_of(site, ask.source)]:
        return None
    split = ask.model_dump(include=set(SplitSpec.model_fields))
    said = (found.split.model_dump(), dict(found.labels), found.caveats, found.external)
    return found if said == (split, ask.labels, ask.caveat, ask.external) else None


def _version(site: Site, ask: DraftDataset) -> DatasetVersion | None:
    """The newest version, if it is the newest draft frozen."""
    found, drafted = _newest(site, DatasetVersion, ask.name), _newest(site, Draft, ask.name)
    return found if found and drafted and found.plan == digest_of(drafted.says()) else None


def _run(site: Site, name: str, file: Path) -> Run | None:
    version = find(site, name)
    run = existing(site, version, read_spec(file, version.labels))
    return run if run and run.state == "finished" else None


def _evaluation(site: Site, names: tuple[str, ...], run: str, file: Path) -> Evaluation | None:
    """That of this run's model, on these versions, by what the study wants measured."""
    versions, wanted = tuple(find(site, name).digest() for name in names), dict(read_section(file))
    models = [model for model in site.ledger.all(Model) if model.run_id == run]
    for found in [e for model in models for e in site.ledger.all(Evaluation, scope=model.id) if e.versions == versions]:
        plan = dict(site.ledger.get(EvaluationPlan, found.plan))
        if wanted.items() <= plan.items():
            return found
    return None


def _newest(site: Site, kind: type[R], name: str) -> R | None:
    return next((record for record in reversed(site.ledger.all(kind)) if record.handle == name), None)
