"""The whole story from one file, carried by one person or handed on from one to the next."""

import shutil

import pytest

from residency.dataset.draft import Draft
from residency.dataset.version import DatasetVersion, versions
from residency.deid.cleaned import Deid
from residency.deid.exam.figures import Exam
from residency.deid.run import RunDeid
from residency.evaluate.evaluation import Evaluation
from residency.evaluate.section import EvaluationWrong
from residency.govern import audit
from residency.govern.ledger import RecordMissing
from residency.ingest.folder import SourceMissing
from residency.ingest.intake import Intake
from residency.ingest.quarantine import Decide
from residency.protocol.people import AddPerson
from residency.protocol.protocol import Amend, Approve, DraftProtocol
from residency.runs.run import Model, Run
from residency.runs.submit import SpecWrong
from residency.study import RunStudy, StudyWrong, read_study
from tests.fakes.clinic import NUMBER, PROTOCOL, approve_protocol
from tests.fakes.frozen import STUDY, determine, export, study_like
from tests.ingest.export import series, write

CHAPTERS = (
    *("ingest incoming", "de-identify incoming", "determination incoming"),
    *("ingest elsewhere", "de-identify elsewhere", "determination elsewhere"),
    *("draft liver-ct", "freeze liver-ct", "draft liver-ct-external", "freeze liver-ct-external"),
    *("train", "evaluate"),
)
MADE = (Intake, Deid, Draft, DatasetVersion, Run, Model, Evaluation)


def outcomes(report):
    return [chapter.outcome for chapter in report.chapters]


def run_study(clinic, person, study):
    return clinic.do(person, "study.run", RunStudy(file=study))


def test_a_study_stops_where_a_role_ends_and_names_who_goes_on(studied):
    first, second, third, last = studied.reports
    there = ["there already"]
    assert outcomes(first) == ["done", "done", "stopped"]
    assert outcomes(second) == [*there * 3, "done", "done", "stopped"]
    for report in (first, second):
        assert report.chapters[-1].says == (
            "The study stops here: weber (privacy-officer) continues: residency deid determine."
        )
    assert outcomes(third) == [*there * 6, *["done"] * 4, "stopped"]
    assert third.chapters[-1].says == "The study stops here: marsh (ml-engineer) continues with the same command."
    assert outcomes(last) == [*there * 10, "done", "done"]
    assert tuple(chapter.chapter for chapter in last.chapters) == CHAPTERS


def test_a_study_that_is_done_does_nothing_again(studied, studied_clinic):
    before = {kind: studied_clinic.site.ledger.all(kind) for kind in MADE}
    for person in ("marsh", "rao", "lind"):
        report = run_study(studied_clinic, person, studied.study)
        assert outcomes(report) == ["there already"] * len(CHAPTERS)
        assert all(studied_clinic.site.ledger.get(kind_of(chapter), chapter.record) for chapter in report.chapters)
    assert {kind: studied_clinic.site.ledger.all(kind) for kind in MADE} == before


def kind_of(chapter):
    words = {"ingest": Intake, "draft": Draft, "freeze": DatasetVersion, "train": Run, "evaluate": Evaluation}
    return words.get(chapter.chapter.split()[0], Deid)


def test_each_chapter_of_a_study_is_an_act_of_its_own_in_the_log(studied_clinic):
    with studied_clinic.site.ledger.reading() as book:
        events = [e for _, e in audit.events(book) if e["outcome"] == "done"]
    made = [event["act"] for event in events if event["saved"]]
    assert made.count("ingest") == made.count("deid.run") == made.count("dataset.freeze") == 2
    assert made.count("run.submit") == made.count("evaluate") == made.count("evaluate.plan") == 1
    assert [event["act"] for event in events].count("study.run") == 4
    # The steward came three times; what was done before was looked at again, and nothing came of it.
    assert [event["act"] for event in events].count("ingest") == 5


@pytest.fixture
def alone(empty_clinic, tmp_path):
    """A clinic in which one person has every role that a study needs, and the study."""
    roles = ("data-steward", "privacy-officer", "ml-engineer")
    ask = AddPerson(name="solo", printed_name="S. Olo", role=roles, new_passphrase="passphrase of solo")
    empty_clinic.do("root", "person.add", ask)
    study = export(tmp_path / "hospital", subjects=8, external=0)
    text = study.read_text()
    start, end = text.index("  - name: elsewhere"), text.index("deidentify:")
    study.write_text((text[:start] + text[end:]).replace("steps: 12", "steps: 2"))
    approve_protocol(empty_clinic, tmp_path)
    yield empty_clinic, study
    empty_clinic.site.ledger.close()


def test_one_person_with_all_roles_carries_a_study_from_a_folder_to_its_evaluation(alone, tmp_path):
    clinic, study = alone
    clinic.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="a new member", add_person=("solo",)))
    clinic.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=tmp_path / "letter.txt"))
    begun = run_study(clinic, "solo", study)
    assert outcomes(begun) == ["done", "done", "stopped"]
    assert "weber or solo (privacy-officer) continues: residency deid determine." in begun.chapters[-1].says
    determine(clinic, "incoming")
    done = run_study(clinic, "solo", study)
    assert outcomes(done) == ["there already"] * 3 + ["done"] * 4
    assert done.chapters[-1].record == clinic.site.ledger.all(Evaluation)[-1].id
    assert clinic.site.ledger.all(Run)[0].trainer_name == "solo"
    assert outcomes(run_study(clinic, "solo", study)) == ["there already"] * 7


def test_where_the_protocol_asks_for_an_exam_the_study_sits_it_once_and_before_the_expert_judges(alone, tmp_path):
    clinic, study = alone
    paper, letter = tmp_path / "strict.yaml", tmp_path / "letter.txt"
    said = PROTOCOL.replace(NUMBER, "IRB-STRICT").replace("people: [", "people: [solo, ")
    paper.write_text(said + "deid_recall: {imaging: 0.9}\n")
    clinic.do("okoye", "protocol.draft", DraftProtocol(file=paper))
    clinic.do("abbas", "protocol.approve", Approve(protocol="IRB-STRICT", letter=letter))
    study.write_text(study.read_text().replace(NUMBER, "IRB-STRICT"))
    begun = run_study(clinic, "solo", study)
    chapters = ["ingest incoming", "de-identify incoming", "examine incoming", "determination incoming"]
    assert [chapter.chapter for chapter in begun.chapters] == chapters
    assert outcomes(begun) == ["done", "done", "done", "stopped"]
    determine(clinic, "incoming")
    again = run_study(clinic, "solo", study)
    assert outcomes(again) == ["there already"] * 4 + ["done"] * 4
    (exam,) = clinic.site.ledger.all(Exam)
    assert again.chapters[2].record == exam.id
    assert exam.recall.low >= 0.9


def test_what_is_changed_in_a_study_is_done_and_what_is_not_is_left(studied, studied_clinic):
    other = study_like(studied.study, "other-seed", ("seed: 7, ", "seed: 8, "))
    report = run_study(studied_clinic, "rao", other)
    assert outcomes(report)[:6] == ["there already"] * 6
    assert [c.outcome for c in report.chapters if c.chapter == "draft liver-ct"] == ["done"]
    assert [c.outcome for c in report.chapters if c.chapter == "freeze liver-ct"] == ["done"]
    assert [c.outcome for c in report.chapters if c.chapter.endswith("-external")] == ["there already"] * 2
    assert outcomes(report)[-1] == "stopped"
    assert [version.number for version in versions(studied_clinic.site, "liver-ct")] == [1, 2]
    again = run_study(studied_clinic, "rao", other)
    assert outcomes(again) == ["there already"] * 10 + ["stopped"]


def test_what_else_is_to_be_measured_is_measured_and_on_the_model_of_this_study(studied, studied_clinic):
    first = studied_clinic.site.ledger.all(Evaluation)[-1]
    longer = study_like(studied.study, "longer", ("steps: 12\n", "steps: 8\n"))
    assert outcomes(run_study(studied_clinic, "marsh", longer))[-2:] == ["done", "done"]
    assert run_study(studied_clinic, "marsh", studied.study).chapters[-1].record == first.id
    assert run_study(studied_clinic, "lind", studied.study).chapters[-1].record == first.id
    stricter = study_like(studied.study, "stricter", ("at_least: 0.75", "at_least: 0.8"))
    assert outcomes(run_study(studied_clinic, "rao", stricter))[-1] == "stopped"
    report = run_study(studied_clinic, "marsh", stricter)
    assert outcomes(report)[-2:] == ["there already", "done"]
    assert studied_clinic.site.ledger.get(Evaluation, report.chapters[-1].record).model == first.model


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("  patch: [8, 16, 16]\n", "  pach: [8, 16, 16]\n", SpecWrong),
        ("at_least: 0.75", "at_leest: 0.75", EvaluationWrong),
        ("train: 0.67", "train: 0.97", StudyWrong),
        ("protocol: IRB-2026-014", "protocol: IRB-0000-000", RecordMissing),
    ],
)
def test_what_is_wrong_anywhere_in_a_study_is_said_before_its_first_chapter(alone, old, new, wrong):
    clinic, study = alone
    study.write_text(study.read_text().replace(old, new))
    with pytest.raises(wrong):
        run_study(clinic, "rao", study)
    assert clinic.site.ledger.all(Intake) == []
    with clinic.site.ledger.reading() as book:
        last = list(audit.events(book))[-1][1]
    assert (last["act"], last["outcome"]) == ("study.run", "failed")


def test_files_that_came_since_are_taken_in_and_what_was_made_before_them_is_made_anew(frozen, tmp_path):
    folder = tmp_path / "hospital"
    shutil.copytree(frozen.study.parent, folder)
    clinic, study = frozen.open(tmp_path / "site"), folder / frozen.study.name
    write(folder / "incoming/ct/late", series("MRN990011", slices=8))
    report = run_study(clinic, "rao", study)
    assert outcomes(report) == ["done", "done", "stopped"]
    determine(clinic, "incoming")
    report = run_study(clinic, "rao", study)
    assert outcomes(report)[:6] == ["there already"] * 6
    assert outcomes(report)[6:8] == ["done", "done"]
    assert versions(clinic.site, "liver-ct")[-1].number == 2
    clinic.site.ledger.close()


def test_what_was_accepted_after_cleaning_is_cleaned_and_judged_anew_by_the_study(empty_clinic, tmp_path):
    study = export(tmp_path / "hospital", subjects=6, external=0)
    folder = study.parent / "incoming/ct/head"
    head = series("MRN990011", slices=8)
    for one in head:
        one.BodyPartExamined = "HEAD"
    write(folder, head)
    approve_protocol(empty_clinic, tmp_path)
    first = run_study(empty_clinic, "rao", study)
    determine(empty_clinic, "incoming")
    empty_clinic.do("rao", "quarantine.accept", Decide(group="incoming/FACE"))
    assert outcomes(run_study(empty_clinic, "marsh", study)) == ["there already", "stopped"]
    again = run_study(empty_clinic, "rao", study)
    assert outcomes(again) == ["there already", "done", "stopped"]
    assert again.chapters[1].record != first.chapters[1].record
    empty_clinic.site.ledger.close()


def test_a_cleaning_by_another_recipe_is_neither_judged_nor_drafted_for_the_study(empty_clinic, tmp_path):
    study = export(tmp_path / "hospital", subjects=8, external=0)
    approve_protocol(empty_clinic, tmp_path)
    own = run_study(empty_clinic, "rao", study).chapters[1].record
    other = empty_clinic.do("rao", "deid.run", RunDeid(source="incoming", recipe=("basic",)))
    determine(empty_clinic, "incoming")
    assert empty_clinic.site.ledger.get(Deid, other.id).data_class == "deidentified"
    assert outcomes(run_study(empty_clinic, "rao", study)) == ["there already", "there already", "stopped"]
    determine(empty_clinic, own)
    text = study.read_text()
    start, end = text.index("  - name: elsewhere"), text.index("deidentify:")
    study.write_text(text[:start] + text[end:])
    assert outcomes(run_study(empty_clinic, "rao", study)) == ["there already"] * 3 + ["done", "done", "stopped"]
    assert [said.id for said in empty_clinic.site.ledger.all(Draft)[-1].inputs] == [own]
    empty_clinic.site.ledger.close()


def test_an_export_that_was_taken_in_may_be_cleared_away(frozen, tmp_path):
    (tmp_path / "hospital").mkdir()
    study = tmp_path / "hospital" / frozen.study.name
    study.write_text(frozen.study.read_text())
    clinic = frozen.open(tmp_path / "site")
    report = run_study(clinic, "rao", study)
    assert outcomes(report)[:10] == ["there already"] * 10
    assert "no longer there" in report.chapters[0].says
    clinic.site.ledger.close()


def test_another_refusal_than_of_the_role_is_not_taken_for_a_border(alone):
    clinic, study = alone
    with pytest.raises(Exception, match="PERSON-NOT-ON-PROTOCOL"):
        run_study(clinic, "solo", study)
    assert clinic.site.ledger.all(Intake) == []
    with clinic.site.ledger.reading() as book:
        ends = [(e["act"], e["outcome"]) for _, e in audit.events(book) if e["outcome"] != "lease"]
    assert ends[-2:] == [("ingest", "refused"), ("study.run", "refused")]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("protocol: IRB", "protocoll: IRB", 3, "unknown key 'protocoll'. Did you mean 'protocol'?"),
        ("protocol: IRB-2026-014\n", "", None, "'protocol' is missing. Add 'protocol'."),
        ("seed: 7", "seed: seven", 16, "'dataset.split.seed'"),
        ("tune: 0.08", "tune: 1.08", 16, "'dataset.split.tune'"),
        ("    external: true", "    extern: true", 11, "Did you mean 'external'?"),
        ("study: liver-ct", "study: liver-ct\nstudy: other", 3, "this is not YAML"),
        ("study: liver-ct", "study: [liver-ct", 3, "this is not YAML"),
        ("type: imaging, path", "type: genomics, path", 5, "'sources.0.type'"),
        ("{imaging: [basic, shift-dates]}", "{images: [basic]}", 12, "'deidentify.images"),
        ("sources:", "sources: []\nmore:", 5, "unknown key 'more'"),
    ],
)
def test_every_wrong_line_of_a_study_is_named_with_what_would_mend_it(tmp_path, old, new, line, says):
    file = tmp_path / "study.yaml"
    assert old in STUDY
    file.write_text(STUDY.replace(old, new, 1))
    with pytest.raises(StudyWrong) as error:
        read_study(file)
    assert says in str(error.value)
    assert error.value.remedy
    assert f"study.yaml{f', line {line}' if line else ''}: " in error.value.message


def test_on_is_a_word_in_a_study_and_no_truth_value(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(STUDY)
    (endpoint,) = read_study(file).evaluate["endpoints"]
    assert endpoint == {"metric": "dice", "of": "liver", "at_least": 0.75, "on": "lower_bound"}


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"", b"- liver\n"])
def test_a_study_that_is_not_there_or_no_text_or_no_keys_is_refused(tmp_path, content):
    file = tmp_path / "study.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StudyWrong, match=r"study\.yaml"):
        read_study(file)


def test_a_folder_that_a_study_names_and_nobody_can_find_is_an_error_and_not_an_empty_intake(alone):
    clinic, study = alone
    shutil.rmtree(study.parent / "incoming/ct")
    with pytest.raises(SourceMissing, match="The folder of source incoming is not there") as error:
        run_study(clinic, "rao", study)
    assert "hospital" not in str(error.value)
    assert clinic.site.ledger.all(Intake) == []
