"""MEDS loses its names and stays MEDS."""

import io
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet

from residency.deid.identifiers import of_number
from residency.deid.pseudonyms import Identity, Pseudonyms, alias
from residency.deid.tables.meds import clean_meds
from residency.deid.tables.numbering import Numbers
from residency.ingest.ehr.torn import EhrUnreadable
from tests.deid.tables.desks import KEY, Vault, desk, mask
from tests.deid.tables.population import note, population

SEED = 20261202
SCHEMA = pa.schema(
    [
        ("subject_id", pa.int64()),
        ("time", pa.timestamp("us")),
        ("code", pa.string()),
        ("numeric_value", pa.float32()),
        ("text_value", pa.large_string()),
        ("hospital_note", pa.string()),
    ]
)


@pytest.fixture(scope="module")
def people():
    return population(SEED, 15)


def events(people) -> list[dict]:
    rows = []
    for p in people:
        who = {"subject_id": 5_500_000 + p.number, "hospital_note": p.family}
        rows.append({**who, "code": "GENDER//F"})
        rows.append({**who, "time": datetime(p.born.year, p.born.month, p.born.day), "code": "MEDS_BIRTH"})
        for day in p.events:
            time = datetime(day.year, day.month, day.day, 8, 30, 1, 250)
            rows.append({**who, "time": time, "code": "LAB//Glucose", "numeric_value": 101.5})
            rows.append({**who, "time": time, "code": f"DIAGNOSIS//ICD10CM//E11.9 {p.family}"})
            rows.append({**who, "time": time, "code": "NOTE//progress", "text_value": note(p, day)})
            rows.append({**who, "time": time, "code": "LOINC//30525-0", "numeric_value": float(day.year - p.born.year)})
    return rows


def cleaned(rows, at, schema=SCHEMA):
    source, sink = io.BytesIO(), io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), source, row_group_size=50)
    outcome = clean_meds(source, sink, at)
    assert outcome.received == len(rows) == outcome.released + len(outcome.held)
    return outcome, parquet.read_table(io.BytesIO(sink.getvalue()))


@pytest.mark.parametrize("safe_harbor", [False, True], ids=["keyed", "safe-harbor"])
def test_nothing_that_was_planted_comes_out_of_the_events(people, safe_harbor):
    print(f"seed {SEED}")
    _, table = cleaned(events(people), desk(Vault() if safe_harbor else None, text=mask))
    text = repr(table.to_pylist()).lower()
    planted = [literal.lower() for person in people for literal in person.literals]
    assert [literal for literal in planted if literal in text] == []
    assert not any(str(5_500_000 + person.number) in text for person in people)
    assert table.schema.names == SCHEMA.names[:5]
    assert [table.schema.field(name).type for name in SCHEMA.names[:4]] == SCHEMA.types[:4]


def test_every_time_of_a_subject_moves_by_the_same_days(people):
    _, table = cleaned(events(people), desk())
    shifts: dict[int, set[timedelta]] = {}
    for old, new in zip(events(people), table.to_pylist(), strict=True):
        if new["time"] is not None:
            shifts.setdefault(old["subject_id"], set()).add(new["time"] - old["time"])
    assert len(shifts) == len(people)
    assert all(len(moved) == 1 and next(iter(moved)) % timedelta(days=1) == timedelta(0) for moved in shifts.values())


def test_where_only_years_may_stay_time_is_the_first_moment_of_its_year(people):
    _, table = cleaned(events(people), desk(Vault()))
    for old, new in zip(events(people), table.to_pylist(), strict=True):
        if new["time"] is not None:
            assert new["time"] == datetime(old["time"].year, 1, 1)
    assert b"residency:time" in table.schema.metadata


def test_the_birth_of_somebody_over_89_has_no_time_and_no_age_is_over_90(people):
    for at in (desk(), desk(Vault())):
        _, table = cleaned(events(people), at)
        births = [row["time"] for row in table.to_pylist() if row["code"] == "MEDS_BIRTH"]
        assert [time is None for time in births] == [person.number % 7 == 0 for person in people]
        ages = [row["numeric_value"] for row in table.to_pylist() if row["code"] == "LOINC//30525-0"]
        assert max(ages) == 90
    glucose = {row["numeric_value"] for row in table.to_pylist() if row["code"] == "LAB//Glucose"}
    assert glucose == {101.5}


def test_a_code_loses_the_text_that_follows_it(people):
    _, table = cleaned(events(people), desk())
    assert set(table.column("code").to_pylist()) == {
        "GENDER//F",
        "MEDS_BIRTH",
        "LAB//Glucose",
        "DIAGNOSIS//ICD10CM//E11.9",
        "NOTE//progress",
        "LOINC//30525-0",
    }


def test_what_other_data_types_know_of_a_subject_holds_an_event_back(people):
    rows = events(people)
    rows[0]["code"] = f"SEEN//BY//{people[0].mrn}"
    names = Pseudonyms(KEY)
    code = names.code("meds", str(rows[0]["subject_id"]))
    outcome, table = cleaned(rows, desk(names, known={code: of_number(people[0].mrn)}))
    assert [(held.record, held.reason.code) for held in outcome.held] == [(0, "RESIDUAL")]
    assert people[0].mrn not in repr(table.to_pylist())


def test_a_subject_has_one_number_in_meds_and_omop():
    who = alias(Pseudonyms(KEY), Identity("H", "42"))
    assert Numbers(Pseudonyms(KEY)).of_subject(who.code) == Numbers(Pseudonyms(KEY)).of_subject(who.code)


@pytest.mark.parametrize("wrong", [("subject_id", pa.string()), ("time", pa.string()), ("code", pa.int64())])
def test_a_file_of_another_schema_is_refused_by_the_names_of_its_columns(people, wrong):
    name, kind = wrong
    schema = SCHEMA.set(SCHEMA.names.index(name), pa.field(name, kind))
    with pytest.raises(EhrUnreadable, match=name):
        cleaned([{"code": 1 if name == "code" else "A", name: 5 if name == "code" else "x"}], desk(), schema)
