"""Any CSV by a map of its columns, and the proposal for one."""

import base64
import csv
import io
import re
from datetime import datetime

import pytest

from residency.deid.recipe import RecipeWrong
from residency.deid.tables.column_map import ColumnMap, load_map
from residency.deid.tables.csv import ColumnMissing, clean_csv
from residency.deid.tables.propose import propose
from tests.deid.tables.desks import Vault, desk, mask
from tests.deid.tables.population import HOUSE, note, population

SEED = 20261203
STAY = ("MRN", "Born", "Drawn", "Resulted", "Zip", "State", "Visit", "Age", "ICD", "Glucose", "Sex", "Remark")
MAP = """
table: labs
version: 1
subject: {column: MRN, called: mrn}
columns:
  mrn: {kind: subject}
  name: {kind: name}
  born: {kind: birth-date, form: "%m/%d/%Y"}
  drawn: {kind: date, form: "%m/%d/%Y"}
  resulted: {kind: date}
  zip: {kind: zip}
  state: {kind: state}
  phone: {kind: phone}
  ssn: {kind: ssn}
  mail: {kind: mail}
  street: {kind: place}
  town: {kind: place}
  kin: {kind: name}
  doctor: {kind: name}
  visit: {kind: thing, thing: visit}
  age: {kind: age}
  icd: {kind: code}
  glucose: {kind: number}
  sex: {kind: keep}
  remark: {kind: text}
"""


@pytest.fixture(scope="module")
def people():
    return population(SEED, 15)


@pytest.fixture(scope="module")
def chart(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "labs.yaml"
    path.write_text(MAP)
    return load_map(path)


def rows(people) -> list[dict]:
    return [
        {
            "MRN": p.mrn,
            "Name": f"{p.family}, {p.given}",
            "Born": p.born.strftime("%m/%d/%Y"),
            "Drawn": day.strftime("%m/%d/%Y"),
            "Resulted": f"{day} 09:10:00",
            "Zip": p.zip,
            "State": "CA",
            "Phone": p.phone,
            "SSN": p.ssn,
            "Mail": p.mail,
            "Street": p.street,
            "Town": p.town,
            "Kin": p.kin,
            "Doctor": HOUSE.family,
            "Visit": f"V-{p.mrn}-{turn}",
            "Age": str(day.year - p.born.year),
            "ICD": "E11.9",
            "Glucose": "101.50",
            "Sex": "F",
            "Remark": note(p, day),
            "Other": f"{p.family} again; call {p.phone}",
        }
        for p in people
        for turn, day in enumerate(p.events)
    ]


def text_of(lines, mark=","):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]), delimiter=mark)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def cleaned(lines, at, chart, mark=","):
    sink = io.BytesIO()
    outcome = clean_csv(io.BytesIO(text_of(lines, mark).encode()), sink, at, chart)
    assert outcome.received == len(lines) == outcome.released + len(outcome.held)
    return (
        outcome,
        sink.getvalue().decode(),
        list(csv.DictReader(io.StringIO(sink.getvalue().decode()), delimiter=mark)),
    )


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("safe_harbor", [False, True], ids=["keyed", "safe-harbor"])
def test_nothing_that_was_planted_comes_out_of_a_csv(people, chart, safe_harbor, mark):
    print(f"seed {SEED}")
    outcome, text, got = cleaned(rows(people), desk(Vault() if safe_harbor else None, text=mask), chart, mark)
    planted = [literal.lower() for who in [*people, HOUSE] for literal in who.literals]
    assert [literal for literal in planted if literal in text.lower()] == []
    assert outcome.held == ()
    assert list(got[0]) == [column for column in rows(people)[0] if column in STAY]
    assert {(row["ICD"], row["Glucose"], row["Sex"], row["State"]) for row in got} == {("E11.9", "101.50", "F", "CA")}
    if safe_harbor:
        assert re.findall(r"\d{4}-\d\d|\d\d/\d\d/\d{4}", text) == []


def test_a_column_of_other_things_goes_unless_the_map_names_it(people, chart):
    _, text, got = cleaned(rows(people), desk(), chart)
    assert "Other" not in got[0]
    assert "again" not in text


def test_dates_of_hand_and_of_machine_move_by_the_same_days(people, chart):
    _, _, got = cleaned(rows(people), desk(), chart)
    shifts: dict[str, set[int]] = {}
    for old, new in zip(rows(people), got, strict=True):
        for column, form in (("Born", "%m/%d/%Y"), ("Drawn", "%m/%d/%Y"), ("Resulted", "%Y-%m-%d %H:%M:%S")):
            if new[column]:
                moved = datetime.strptime(new[column], form) - datetime.strptime(old[column], form)
                shifts.setdefault(old["MRN"], set()).add(moved.days)
    assert len(shifts) == 15
    assert all(len(days) == 1 for days in shifts.values())


def test_who_is_over_89_has_no_birth_date_and_an_age_of_90_or_more(people, chart):
    _, _, got = cleaned(rows(people), desk(Vault()), chart)
    for old, new in zip(rows(people), got, strict=True):
        over = int(old["MRN"] in {person.mrn for person in people if person.number % 7 == 0})
        assert (new["Born"] == "") == bool(over)
        assert new["Age"] == ("90+" if int(old["Age"]) > 89 else old["Age"])


def test_an_identifier_in_a_kept_column_holds_its_row_back(people, chart):
    lines = rows(people)
    lines[4]["Sex"] = f"F ({people[1].family})"
    lines[5]["ICD"] = people[1].mrn
    lines[6]["Glucose"] = people[2].mrn.removeprefix("MRN-")
    outcome, text, _ = cleaned(lines, desk(), chart)
    held = [(one.record, one.reason.code) for one in outcome.held]
    assert held == [(4, "RESIDUAL"), (5, "RESIDUAL"), (6, "RESIDUAL")]
    assert people[1].family not in text


def test_a_name_in_base64_in_a_kept_column_is_found(people, chart):
    lines = rows(people)
    lines[0]["Sex"] = "UGF0aWVudDog" + base64.b64encode(f"seen: {people[0].given} {people[0].family}".encode()).decode()
    outcome, _, _ = cleaned(lines, desk(), chart)
    assert [one.record for one in outcome.held] == [0]


def test_torn_rows_are_counted_and_cost_nobody_else(people, chart):
    lines = text_of(rows(people)).splitlines()
    lines[3] = lines[3][:20]
    lines[7] = lines[7].replace(",F,", ',"F,', 1)
    sink = io.BytesIO()
    outcome = clean_csv(io.BytesIO("\n".join(lines).encode() + b"\n\xff\xfe,x\n"), sink, desk(), chart)
    assert outcome.received == outcome.released + len(outcome.held)
    assert {one.reason.code for one in outcome.held} == {"UNREADABLE"}
    assert outcome.released >= 35


def test_a_file_without_the_subjects_column_is_refused(people, chart):
    lines = [{key: value for key, value in row.items() if key != "MRN"} for row in rows(people)]
    with pytest.raises(ColumnMissing):
        cleaned(lines, desk(), chart)


def test_a_code_that_only_one_subject_has_is_flagged(people, chart):
    lines = rows(people)
    lines[0]["ICD"] = "E75.22"
    outcome, _, _ = cleaned(lines, desk(), chart)
    assert set(outcome.rare) == {("icd", "E75.22")}
    assert "E75.22" not in repr(outcome)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [("{kind: zipp}", "zipp"), ("{kind: thing}", "thing"), ("{kind: zip, forms: x}", "forms")],
)
def test_a_map_that_cannot_be_followed_is_refused(tmp_path, wrong, told):
    path = tmp_path / "map.yaml"
    path.write_text(MAP.replace("{kind: zip}", wrong))
    with pytest.raises(RecipeWrong, match=told):
        load_map(path)


def test_a_proposal_finds_what_the_columns_are_and_repeats_nothing(people):
    found = propose(io.BytesIO(text_of(rows(people)).encode()))
    kinds = {one.column: one.kind for one in found}
    want = {"MRN": "subject", "Name": "name", "Born": "birth-date", "Zip": "zip", "State": "state", "Phone": "phone"}
    want |= {"SSN": "ssn", "Mail": "mail", "Street": "place", "Town": "place", "Doctor": "name", "Visit": "thing"}
    want |= {"Age": "age", "ICD": "code", "Glucose": "number", "Remark": "text", "Other": "text", "Resulted": "date"}
    assert {column: kinds[column] for column in want} == want
    assert not any(literal in repr(found) for person in people for literal in person.literals)


def test_a_column_of_which_nothing_is_known_is_proposed_for_removal():
    assert [one.kind for one in propose(io.BytesIO(b"qq,mrn\nab,1\ncd,2\n"))] == ["remove", "subject"]


def test_a_map_is_cited_by_a_digest_that_changes_with_it(chart):
    other = ColumnMap.model_validate({**chart.model_dump(), "version": 2})
    assert chart.digest() != other.digest()
