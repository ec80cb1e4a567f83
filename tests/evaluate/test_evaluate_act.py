"""The evaluation as an act: planned before it looks, looked at once, and nothing of a single subject is kept."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from residency.dataset.draft import DraftDataset
from residency.dataset.freeze import Freeze
from residency.dataset.version import DatasetVersion, find
from residency.engine.spec import Progress
from residency.evaluate import gallery
from residency.evaluate.caveats import SAME_ANATOMY
from residency.evaluate.evaluate import Evaluate, ModelMissing, find_model, looks
from residency.evaluate.evaluation import Evaluation, EvaluationPlan
from residency.evaluate.figures import Stop
from residency.evaluate.look import (
    OTHER_CODES,
    SEVERAL,
    AnatomySeenInTraining,
    LabelsDisagree,
    PredictionsOfOtherWeights,
    SeenInTraining,
    common_structures,
    worst_per_subject,
)
from residency.evaluate.measure import Measured
from residency.evaluate.section import EvaluationWrong, check, read_section
from residency.evaluate.summary import OVERALL
from residency.govern import audit, lineage
from residency.govern.gate import NotAllowed
from residency.kernel.digest import digest
from residency.observe.progress import shown_by
from residency.protocol.protocol import Approve, DraftProtocol
from residency.runs.run import Model
from residency.store.manifest import read_manifest
from residency.store.named import SUFFIX
from residency.wiring import open_site
from tests.dataset.deidentified import Series, deidentified
from tests.fakes.clinic import NUMBER, PROTOCOL, Clinic

SHAPE = (8, 16, 16)
LABELS = ("1=liver", "2=spleen", "3=kidneys")


def one(subject: str, seed: int, *, labelled: bool = True) -> Series:
    """A series of noise; its label map holds liver and kidneys, and no spleen."""
    random = np.random.default_rng(seed)
    label = np.zeros(SHAPE, np.uint8)
    label[2:6, 4:9, 4:9], label[2:6, 11:14, 11:14] = 1, 3
    return Series(subject, random.integers(-500, 500, SHAPE).astype(np.int16), label if labelled else None)


def bring(clinic, name: str, contents: list[Series], **changes):
    """An external version of these series."""
    deidentified(clinic, contents, name=f"from-{name}", intake=f"intake-{name}", **changes)
    ask = DraftDataset(
        name=name,
        source=(f"from-{name}",),
        external=True,
        train=0,
        tune=0,
        test=1,
        label=LABELS,
        caveat=("from noise",),
    )
    clinic.do("rao", "dataset.draft", ask)
    return clinic.do("rao", "dataset.freeze", Freeze(draft=name))


def events(clinic) -> list[dict]:
    """The log."""
    with clinic.site.ledger.reading() as book:
        return [event for _, event in audit.events(book)]


def opened(clinic, by: str, act: str, thing, splits=()):
    """A lease for an act, as the gate grants it."""
    gate, actor = clinic.site.gate, clinic.person(by)
    with gate.call(actor, act):
        lease = gate.grant(actor, act, thing, splits=splits)
        with gate.act(actor, act, thing):
            pass
    return lease


def overall(result, structure: str):
    """The overall row of a structure."""
    (row,) = [row for row in result.table.rows if (row.by, row.structure) == (OVERALL, structure)]
    return row


@pytest.fixture(scope="module")
def measured(studied, tmp_path_factory):
    """One evaluation on the held-back subjects, and on one from elsewhere with two series, one of them unlabelled."""
    folder = tmp_path_factory.mktemp("measured")
    clinic = studied.open(folder / "site")
    alone = bring(clinic, "alone", [one("sub-a", 1), one("sub-a", 2), one("sub-b", 3, labelled=False)])
    since = len(events(clinic))
    ask = Evaluate(file=studied.study, version=("liver-ct", "alone"), figures=folder / "figures")
    evaluation = clinic.do("marsh", "evaluate", ask)
    yield SimpleNamespace(
        clinic=clinic,
        evaluation=evaluation,
        ask=ask,
        alone=alone,
        since=events(clinic)[since:],
        figures=folder / "figures",
    )
    clinic.site.ledger.close()


def test_the_plan_is_logged_before_the_lease_that_names_it_opens_the_test_split(measured):
    said = [(event["act"], event["outcome"]) for event in measured.since]
    assert said == [("evaluate.plan", "done"), ("evaluate", "lease"), ("evaluate", "done")]
    plan = measured.clinic.site.ledger.get(EvaluationPlan, measured.evaluation.plan)
    lease = measured.since[1]
    assert lease["thing"]["digest"] == plan.digest() == measured.since[0]["saved"][0]["digest"]
    assert lease["detail"]["splits"] == ["test"]
    assert (plan.min_cell, plan.tolerance_mm, plan.endpoints[0].at_least) == (5, 3.0, 0.75)


def test_each_look_at_a_test_split_is_counted_by_data_set(measured):
    (first,) = [e for e in measured.clinic.site.ledger.all(Evaluation) if e.id != measured.evaluation.id]
    assert [result.looks for result in first.results] == [1, 1]
    assert [result.looks for result in measured.evaluation.results] == [2, 1]
    assert measured.evaluation.looks == 2


def test_a_look_that_takes_longer_than_a_lease_is_one_look(studied_clinic, studied):
    now = [studied_clinic.site.clock()]
    site = open_site(studied_clinic.site.folder, clock=lambda: now[0])

    def slowly(what, done, total):
        now[0] += timedelta(minutes=40 if what == "measuring" else 0)

    ask = Evaluate(file=_changed(studied.study, "0.75", "0.5"), version=("liver-ct",))
    with shown_by(slowly):
        (result,) = Clinic(site).do("marsh", "evaluate", ask).results
    leases = [event for event in events(studied_clinic) if (event["act"], event["outcome"]) == ("evaluate", "lease")]
    assert len(leases) > 2
    assert (result.looks, looks(site, [find(site, "liver-ct")])) == (2, [2])
    site.ledger.close()


def test_the_same_again_is_the_same_evaluation_without_another_look(measured):
    before = len(events(measured.clinic))
    assert (
        measured.clinic.do("marsh", "evaluate", measured.ask.model_copy(update={"figures": None}))
        == measured.evaluation
    )
    after = events(measured.clinic)[before:]
    assert [(event["act"], event["outcome"]) for event in after] == [("evaluate.plan", "done"), ("evaluate", "done")]
    assert "already" in after[1]["reason"]
    assert after[1]["saved"] == []


def test_nothing_of_a_single_subject_and_no_small_cell_is_in_the_records(measured):
    clinic, evaluation = measured.clinic, measured.evaluation
    version = find(clinic.site, "liver-ct")
    keys = opened(clinic, "rao", "dataset.freeze", version).keys(version.space, [version.manifest.group])
    items = read_manifest(clinic.site.sealed, version.manifest, keys, root=version.root)
    text = json.dumps([evaluation.body(), clinic.site.ledger.get(EvaluationPlan, evaluation.plan).body()])
    text += json.dumps(measured.since)
    assert len({item.subject for item in items}) == 12
    for item in items:
        assert item.subject not in text
        assert item.item not in text
    assert "sub-a" not in text
    groups = [row for result in evaluation.results for row in result.table.rows if row.by != OVERALL]
    assert groups
    for row in groups:
        assert row.counted is None or row.counted >= 5
        assert row.dice is None


def test_one_subject_from_elsewhere_has_a_value_and_no_interval_and_is_not_judged(measured):
    own, alone = measured.evaluation.results
    assert (own.external, alone.external, alone.name) == (False, True, "alone@1")
    liver = overall(alone, "liver")
    assert liver.counted == 1
    assert liver.dice is not None
    assert liver.dice.interval is None
    assert overall(own, "liver").dice.interval is not None
    assert [verdict.verdict for verdict in alone.verdicts] == ["cannot be judged"]
    assert own.verdicts[0].number is not None


def test_absent_and_unlabelled_are_counted_and_not_averaged_away(measured):
    alone = measured.evaluation.results[1]
    spleen = overall(alone, "spleen")
    assert (spleen.absent, spleen.counted) in {(1, 0), (0, 1)}  # the noise may make the network invent one
    assert (spleen.dice is None) == (spleen.absent == 1)
    assert (spleen.invented or 0) == spleen.counted
    assert (alone.unlabelled, alone.table.subjects) == (1, 1)


def test_caveats_stand_beside_everything_and_those_of_training_beside_what_is_from_elsewhere(measured):
    own, alone = measured.evaluation.results
    assert own.caveats[0].startswith("same anatomy")
    assert alone.caveats == ("from noise", "trained on data generated from a phantom", SEVERAL)
    for result in (own, alone):
        assert all(row.caveats == result.caveats for row in result.table.rows)
        assert all(verdict.caveats == result.caveats for verdict in result.verdicts)
        assert set(result.caveats) <= set(measured.evaluation.caveats)


def test_figures_are_sealed_and_leave_only_by_a_disclosure_that_the_log_names(measured):
    clinic, evaluation = measured.clinic, measured.evaluation
    keys = opened(clinic, "marsh", "evaluate", evaluation).keys(evaluation.space, [evaluation.figure_group])
    names = {"liver-ct-1-strip", "liver-ct-1-overlay", "alone-1-strip", "alone-1-overlay", "training"}
    assert set(evaluation.figures) == set(evaluation.pngs) == names
    assert set(evaluation.shows_subjects) == names - {"training"}
    for name, ref in evaluation.figures.items():
        png = clinic.site.sealed.read(ref, keys)
        assert digest(png) == evaluation.pngs[name]
        assert (measured.figures / f"{name}.png").read_bytes() == png
    assert measured.since[-1]["reason"] == f"disclosed to {measured.figures}: 5 figures, 4 of them of single subjects"
    before = len(events(clinic))
    again = measured.ask.model_copy(update={"figures": measured.figures.with_name("more")})
    clinic.do("marsh", "evaluate", again)
    assert {path.stem for path in again.figures.iterdir()} == names
    plan, lease, done = events(clinic)[before:]
    assert (plan["act"], lease["detail"]["splits"], lease["outcome"]) == ("evaluate.plan", [], "lease")
    assert f"disclosed to {again.figures}" in done["reason"]


def test_predictions_are_forgotten_once_they_were_measured(measured):
    site = measured.clinic.site
    with site.ledger.reading() as book:
        named = set(book.object_names())
    left = [name for name in site.objects.names("sealed/") if name not in named and not name.endswith(SUFFIX)]
    assert not [name for name in left if _context(site, name).startswith("prediction/")]
    assert any(name in named for name in site.objects.names("sealed/"))


def test_an_evaluation_is_made_of_its_model_its_versions_and_its_plan(measured):
    evaluation = measured.evaluation
    with measured.clinic.site.ledger.reading() as book:
        edges = lineage.ancestors(book, evaluation.digest())
    made_of = {edge.of for edge in edges if edge.made == evaluation.digest()}
    assert made_of == {evaluation.model, *evaluation.versions, evaluation.plan}
    assert measured.alone.digest() in made_of


def test_who_is_not_on_the_protocol_or_has_not_the_role_opens_nothing(studied_clinic, studied):
    ask = Evaluate(file=_changed(studied.study, "0.75", "0.5"), version=("liver-ct",))
    for name, gate in (("lind", "PERSON-NOT-ON-PROTOCOL"), ("rao", "ROLE"), ("silva", "ROLE")):
        before = len(events(studied_clinic))
        with pytest.raises(NotAllowed) as refused:
            studied_clinic.do(name, "evaluate", ask)
        assert gate in refused.value.gates
        said = [(event["act"], event["outcome"]) for event in events(studied_clinic)[before:]]
        assert said == [("evaluate.plan", "refused"), ("evaluate", "refused")]


def test_the_test_split_is_sealed_to_those_who_train(studied_clinic):
    version = find(studied_clinic.site, "liver-ct")
    for act, splits in (("run.submit", ("test",)), ("run.prove", ("train", "test"))):
        with pytest.raises(NotAllowed) as refused:
            opened(studied_clinic, "marsh", act, version, splits)
        assert refused.value.gates == ("TEST-SPLIT-SEALED",)
    opened(studied_clinic, "marsh", "run.submit", version, ("train", "tune"))


def test_subjects_a_model_has_learned_from_are_not_measured(studied_clinic, studied):
    learned = learned_from(studied_clinic).subject
    bring(studied_clinic, "again", [one(learned, 1), one("sub-new", 2)])
    with pytest.raises(SeenInTraining, match="1 subjects"):
        studied_clinic.do(
            "marsh", "evaluate", Evaluate(file=studied.study, version=("again",), model=_model(studied_clinic).id)
        )


def learned_from(clinic):
    """An item of the training split."""
    version = find(clinic.site, "liver-ct")
    keys = opened(clinic, "rao", "dataset.freeze", version).keys(version.space, [version.manifest.group])
    items = read_manifest(clinic.site.sealed, version.manifest, keys, root=version.root)
    return next(item for item in items if item.split == "train")


def test_a_copy_of_an_anatomy_that_was_learned_from_is_said_first_where_a_study_allows_it(studied_clinic, studied):
    copy = replace(one("sub-copy", 1), anatomy=learned_from(studied_clinic).anatomy)
    bring(studied_clinic, "copies", [copy, one("sub-new", 2)])
    ask = Evaluate(file=studied.study, version=("copies",), model=_model(studied_clinic).id)
    (result,) = studied_clinic.do("marsh", "evaluate", ask).results
    assert result.caveats[:2] == (SAME_ANATOMY, "from noise")


def test_a_copy_of_an_anatomy_that_was_learned_from_is_refused_where_no_study_allows_it(studied_clinic, studied):
    site, model = studied_clinic.site, _model(studied_clinic)
    copy = replace(one("sub-copy", 1), anatomy=learned_from(studied_clinic).anatomy)
    bring(studied_clinic, "copies", [copy, one("sub-new", 2)])
    body = find(site, "liver-ct").body()
    split = body["split"] | {"allow_shared_anatomy": False}
    strict = DatasetVersion.parse(body | {"id": body["id"] + "s", "split": split})
    with site.ledger.writing() as book:
        book.save(strict)
        book.save(_revised(model, version=strict.digest()))
    stored = set(site.objects.names())
    with pytest.raises(AnatomySeenInTraining, match="1 anatomies"):
        studied_clinic.do("marsh", "evaluate", Evaluate(file=studied.study, version=("copies",), model=model.id))
    assert set(site.objects.names()) == stored


def test_data_of_another_protocol_are_measured_with_the_remark_that_their_people_cannot_be_compared(
    studied_clinic, studied, tmp_path
):
    (tmp_path / "other.yaml").write_text(PROTOCOL.replace(NUMBER, "IRB-2"))
    (tmp_path / "letter").write_text("Approved.")
    studied_clinic.do("okoye", "protocol.draft", DraftProtocol(file=tmp_path / "other.yaml"))
    other = studied_clinic.do("abbas", "protocol.approve", Approve(protocol="IRB-2", letter=tmp_path / "letter"))
    bring(studied_clinic, "alone", [one("sub-a", 1)], terms=other.terms)
    ask = Evaluate(file=studied.study, version=("alone",), model=_model(studied_clinic).id)
    (result,) = studied_clinic.do("marsh", "evaluate", ask).results
    assert result.caveats[0] == OTHER_CODES


def test_predictions_by_other_weights_are_refused_and_the_look_is_counted_all_the_same(studied_clinic, studied):
    alone = bring(studied_clinic, "alone", [one("sub-a", 1)])
    model, site = _model(studied_clinic), studied_clinic.site
    with site.ledger.writing() as book:
        book.save(_revised(model, weights=digest(b"other weights")))
    stored = set(site.objects.names())
    with pytest.raises(PredictionsOfOtherWeights):
        studied_clinic.do("marsh", "evaluate", Evaluate(file=studied.study, version=("alone",), model=model.id))
    assert set(site.objects.names()) == stored
    assert looks(site, [alone, find(site, "liver-ct")]) == [1, 1]


def test_a_wrong_line_of_the_section_is_named_with_its_remedy(tmp_path):
    for text, line, says in (
        ("study: x\nevaluate:\n  subgroup: [sex]\n", 3, "subgroups"),
        ("seed: 3\nevaluate:\n  tolerance_mm: 3\n  seed: -1\n", 4, "seed"),
        ("evaluate:\n  endpoints:\n    - {metric: dice, of: liver, atleast: 1}\n", 3, "at_least"),
        ("evaluate:\n  endpoints: [{metric: dice, of: liver}]\n", 2, "at_least or at_most"),
        ("evaluate:\n  subgroups: [shoe_size]\n", 2, "subgroups"),
    ):
        file = tmp_path / "study.yaml"
        file.write_text(text)
        with pytest.raises(EvaluationWrong, match=says) as wrong:
            read_section(file)
        assert f"line {line}" in wrong.value.message
        assert wrong.value.remedy


def test_a_section_that_model_or_protocol_cannot_answer_is_refused_with_its_line(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(
        "evaluate:\n  endpoints:\n    - {metric: dice, of: heart, at_least: 0.5}\n  subgroups: [sex, race]\n"
    )
    section = read_section(file)
    with pytest.raises(EvaluationWrong, match=r"line 3: the model does not segment 'heart'"):
        check(section, file, ["liver"], ["sex", "race"])
    with pytest.raises(EvaluationWrong, match=r"line 4: the protocol does not let 'race' be kept"):
        check(section, file, ["heart"], ["sex"])
    check(section, file, ["heart"], ["sex", "race"])


def test_the_newest_model_is_meant_unless_one_is_named(studied_clinic):
    model, version = _model(studied_clinic), find(studied_clinic.site, "liver-ct")
    for name in ("", model.id, model.digest(), model.run_id):
        assert find_model(studied_clinic.site, name, version) == model
    for name, of in (("nobody", version), ("", find(studied_clinic.site, "liver-ct-external"))):
        with pytest.raises(ModelMissing):
            find_model(studied_clinic.site, name, of)


def test_labels_that_mean_something_else_are_refused(studied_clinic):
    model, version = _model(studied_clinic), find(studied_clinic.site, "liver-ct")
    assert common_structures(model, version) == {1: "liver", 2: "spleen", 3: "kidneys"}
    less = version.model_copy(update={"labels": {2: "spleen"}})
    assert common_structures(model, less) == {2: "spleen"}
    for labels in ({1: "spleen"}, {4: "liver"}):
        with pytest.raises(LabelsDisagree):
            common_structures(model, version.model_copy(update={"labels": labels}))


def test_of_several_series_of_a_subject_the_worst_counts():
    def row(dice, status="present"):
        return Measured(
            subject="s", structure="liver", status=status, dice=dice, nsd=dice, hd95_mm=None if dice is None else 1.0,
            tolerance_mm=3, reference_ml=1, predicted_ml=1,
        )  # fmt: skip

    series = [row(0.9), row(0.0, "missed"), row(None, "absent")]
    assert worst_per_subject(series) == worst_per_subject(series[::-1]) == (series[1],)


def test_a_kill_is_where_an_attempt_ended_and_the_next_began():
    def line(event, step=None):
        return Progress(event=event, step=step)

    first = [line("started"), *(line("step", n) for n in range(1, 8))]
    again = [line("started"), line("resumed", 4), line("step", 5)]
    assert gallery.stops(first) == []
    assert gallery.stops(first + again) == [Stop(7, 4)]
    assert gallery.stops([*first, line("started"), line("step", 1)]) == [Stop(7, 0)]
    assert gallery.stops([*first, line("started")]) == [Stop(7, None)]


def test_names_of_figures_can_stand_in_a_bundle_and_in_a_folder():
    assert gallery.stem("liver-ct@1") == "liver-ct-1"
    assert gallery.stem("Größe, left.lung") == "Gr-e-left.lung"


def _model(clinic) -> Model:
    return clinic.site.ledger.all(Model)[-1]


def _revised(model: Model, **changes) -> Model:
    changed = model.model_copy(update=changes)
    changed._revision = model._revision
    return changed


def _changed(study: Path, old: str, new: str) -> Path:
    file = study.with_name("changed.yaml")
    file.write_text(study.read_text().replace(old, new))
    return file


def _context(site, name: str) -> str:
    data = site.objects.read(name)
    return json.loads(data[9 : 9 + int.from_bytes(data[7:9], "big")])["context"]
