"""The act: a report of numbers bound to one root, which a determination of that root may cite and no other."""

import json
from datetime import date
from io import StringIO

import pytest

from residency.cli import show
from residency.deid.cleaned import Deid
from residency.deid.determine import Determine, RiskOfAnother
from residency.deid.risk.assess import AssessRisk
from residency.deid.risk.propose import TargetWrong
from residency.deid.risk.quasi import PlanWrong
from residency.deid.risk.report import RiskReport
from residency.deid.run import RunDeid
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.govern.ledger import RecordMissing
from residency.ingest.subjects import read_subjects
from tests.fakes.clinic import NUMBER, copy_clinic
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, table

JUDGED = {"expert": "E. Xample", "qualifications": "statistician", "method": "measured", "result": "very small"}
PEOPLE = [("F", "1970"), ("F", "1971"), ("F", "1972"), ("M", "1950"), ("M", "1951"), ("M", "1910")]


@pytest.fixture(scope="module")
def made(clinics, tmp_path_factory):
    """Six patients: three women of one age band, two men of another, and a man of ninety and more."""
    tmp_path = tmp_path_factory.mktemp("risk")
    clinic = copy_clinic(clinics / "approved", tmp_path / "site")
    steward = Intaking(clinic)
    numbers = [f"MRN{n:05}" for n in range(len(PEOPLE))]
    export(tmp_path, *numbers)
    lines = [f"{n},HOSPITAL,{sex},{year}-01-02,White,," for n, (sex, year) in zip(numbers, PEOPLE, strict=True)]
    steward.ingest(tmp_path / "ct", subjects=table(tmp_path, *lines))
    clinic.do("rao", "deid.run", RunDeid(source="incoming"))
    clinic.site.ledger.close()
    return tmp_path / "site"


@pytest.fixture
def cleaned(made, tmp_path):
    """The steward of a copy of that site."""
    return Intaking(copy_clinic(made, tmp_path / "site"))


def assess(steward, by="weber", **asked) -> RiskReport:
    asked = {"source": "incoming"} | ({} if "plan" in asked else {"quasi": ("sex", "age_band")}) | asked
    return steward.clinic.do(by, "deid.risk", AssessRisk(**asked))


def codes(steward):
    """The subjects of the cleaning, by sex and age band."""
    deid = steward.clinic.site.ledger.get(Deid, "incoming")
    rows = read_subjects(steward.clinic.site.sealed, deid.subjects, steward.keys(deid)).values()
    return [row.subject for row in sorted(rows, key=lambda row: (row.sex, row.age_band))]


def test_a_report_measures_the_subjects_of_a_cleaning_and_is_bound_to_its_root(cleaned):
    deid, report = cleaned.clinic.site.ledger.get(Deid, "incoming"), assess(cleaned)
    assert (report.deid, report.root, report.made_by) == (deid.id, deid.root, cleaned.clinic.person("weber").id)
    (state,) = report.classes
    assert (state.k, state.classes, state.subjects, state.suppressed, state.unique) == (1, 3, 6, 0, 1 / 6)
    prosecutor, journalist, marketer = report.attackers
    assert (prosecutor.highest, prosecutor.average, prosecutor.at_risk) == (1.0, 0.5, 1.0)
    assert (journalist.average, marketer.average, marketer.highest) == (0.5, 0.5, None)
    assert [(row.quasi, row.values, row.unique) for row in report.quasi] == [("sex", 2, 0.0), ("age_band", 3, 1 / 6)]
    assert (report.population, report.target, report.loss, report.steps) == (None, None, None, ())
    assert cleaned.clinic.site.ledger.all(RiskReport, scope=deid.id) == [report]


def test_a_table_beside_makes_people_stand_out_whom_their_images_hide(cleaned, tmp_path):
    women, file = codes(cleaned)[:3], tmp_path / "conditions.csv"
    file.write_text("subject,code\n" + "".join(f"{s},{c}\n" for s, c in zip(women, ("E70", "I21", "I21"), strict=True)))
    before = assess(cleaned)
    after = assess(cleaned, table=(file,), quasi=("sex", "age_band", "conditions.code:codes"), sensitive=("race",))
    assert after.classes[0].unique > before.classes[0].unique
    assert [(row.quasi, row.one_code, row.two_codes) for row in after.codes] == [
        ("conditions.code:codes", 1 / 6, 1 / 6)
    ]
    assert set(after.tables) == {"conditions"}
    assert after.plan != before.plan
    (race,) = after.sensitive
    assert (race.distinct_l, race.t, race.c) == (1, 0.0, None)


def test_a_target_gives_steps_their_loss_and_what_holds_then(cleaned, tmp_path):
    plan = tmp_path / "risk.yaml"
    bands = "{young: [50-59], old: [70-79, 90+]}"
    plan.write_text(f"quasi:\n- name: sex\n- {{name: age_band, hierarchy: {{tree: {bands}}}}}\n")
    report = assess(cleaned, plan=plan, target=("k=3", "suppress=0"))
    assert [(step.quasi, step.step, step.last, step.says) for step in report.steps] == [
        ("sex", 0, 1, "as it is"),
        ("age_band", 1, 2, "groups at depth 1"),
    ]
    assert [(state.state, state.k, state.suppressed) for state in report.classes] == [
        ("as it is", 1, 0),
        ("proposed", 3, 0),
    ]
    assert [row.average for row in report.attackers if row.attacker == "prosecutor"] == [0.5, 1 / 3]
    assert (report.target.k, report.least, report.loss.suppressed) == (3, True, 0.0)
    assert report.loss.loss == pytest.approx((0 + 0.5 * 3 / 6) / 2)


def test_the_number_of_people_or_their_table_lowers_what_a_journalist_learns(cleaned, tmp_path):
    own = assess(cleaned).attackers[1]
    told = assess(cleaned, population=600)
    assert told.population.people == 600
    assert told.attackers[0] == assess(cleaned).attackers[0]
    assert told.attackers[1].average <= own.average
    file, sexes = tmp_path / "town.csv", {"50-59": "F", "70-79": "M", "90+": "M"}
    file.write_text("sex,age_band\n" + "".join(f"{sex},{band}\n" * 50 for band, sex in sexes.items()))
    found = assess(cleaned, population_table=file)
    assert found.attackers[1].highest == 1 / 50
    assert found.attackers[1].basis == "a table of 150 people"


def judge(steward, **more):
    ask = Determine(source="incoming", expires=date(2099, 1, 1), **JUDGED, **more)
    return steward.clinic.do("weber", "deid.determine", ask)


def test_a_determination_cites_a_report_of_the_same_root_and_of_no_other(cleaned):
    report = assess(cleaned)
    cleaned.clinic.do("rao", "deid.run", RunDeid(source="incoming", recipe=("basic",)))
    other = cleaned.clinic.site.ledger.get(Deid, "incoming")
    assert other.root != report.root
    with pytest.raises(RiskOfAnother) as refused:
        judge(cleaned, risk=report.id)
    assert "residency deid risk" in refused.value.remedy
    assert cleaned.clinic.site.ledger.get(Deid, "incoming").data_class == "limited"
    with pytest.raises(RecordMissing):
        judge(cleaned, risk="risk-report-00000000000000000000000000")
    judged = judge(cleaned, risk=assess(cleaned).id)
    assert judged.risk != report.id
    assert cleaned.clinic.site.ledger.get(Deid, "incoming").data_class == "deidentified"
    assert judge(cleaned).risk is None


def test_nothing_is_opened_without_a_lease_in_the_log_and_nobody_else_measures(cleaned):
    assess(cleaned, by="rao")
    for person in ("marsh", "okoye", "root"):
        with pytest.raises(NotAllowed):
            assess(cleaned, by=person)
    with cleaned.clinic.site.ledger.reading() as book:
        told = [event["outcome"] for _, event in audit.events(book) if event["act"] == "deid.risk"]
    assert told == ["lease", "done", "refused", "refused", "refused"]


def test_a_failed_request_leaves_no_report(cleaned, tmp_path):
    for wrong, asked in (
        (PlanWrong, {"quasi": ()}),
        (PlanWrong, {"plan": tmp_path / "risk.yaml", "quasi": ("sex",)}),
        (TargetWrong, {"target": ("k=7", "suppress=0")}),
        (TargetWrong, {"target": ("suppress=1",)}),
    ):
        with pytest.raises(wrong):
            assess(cleaned, **asked)
    assert cleaned.clinic.site.ledger.all(RiskReport) == []


def test_no_value_and_no_subject_is_in_a_report_nor_in_what_is_shown_of_it(cleaned, tmp_path):
    file = tmp_path / "conditions.csv"
    file.write_text("subject,code\n" + "".join(f"{code},PLANTED\n" for code in codes(cleaned)))
    quasi = ("sex", "age_band", "race", "conditions.code:codes")
    report = assess(cleaned, table=(file,), quasi=quasi, sensitive=("conditions.code",), target=("k=3",), population=90)
    out = StringIO()
    show.record(report, as_json=False, out=out)
    said = json.dumps(report.body()) + out.getvalue()
    values = [*codes(cleaned), "PLANTED", "50-59", "70-79", "90+", "White", "unknown"]
    assert [value for value in values if value in said] == []
    assert NUMBER not in said


def test_the_command_prints_a_table_that_can_be_read(cleaned):
    out = StringIO()
    show.record(assess(cleaned, target=("k=3",)), as_json=False, out=out)
    text = out.getvalue()
    assert "prosecutor" in text
    assert "0.333333" in text
    assert "0.33333333" not in text
    assert "proposed" in text
