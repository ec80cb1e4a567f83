"""OMOP loses its names: identifiers become numbers, dates move with their person, free text goes."""

import io
import re
from datetime import date, datetime, timedelta

import pytest

from residency.deid.tables.harvest import harvest_omop
from residency.deid.tables.numbering import Numbers
from residency.deid.tables.omop import OmopExport, rules
from residency.deid.tables.outcome import CodesCollide
from residency.ingest.ehr.omop import TABLES, table_of
from tests.deid.tables.desks import Vault, desk, mask
from tests.deid.tables.omop_tables import as_csv, as_parquet, read, tables
from tests.deid.tables.population import HOUSE, population

SEED = 20261201


@pytest.fixture(scope="module")
def people():
    return population(SEED, 15)


def cleaned(people, form, at, rows=None):
    """Every table of the export: rows in, rows out."""
    rows = rows or tables(people)
    write = as_csv if form == "csv" else as_parquet
    files = {name: (io.BytesIO(write(lines)), form) for name, lines in rows.items()}
    export = OmopExport(at, harvest_omop(files.items()))
    made = {}
    for name, (source, _) in files.items():
        sink = io.BytesIO()
        outcome = export.clean(name, source, sink, form)
        assert outcome.received == len(rows[name]) == outcome.released + len(outcome.held)
        made[name] = (outcome, read(sink.getvalue(), form) if sink.getvalue() else [], sink.getvalue())
    return rows, made


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("safe_harbor", [False, True], ids=["keyed", "safe-harbor"])
def test_nothing_that_was_planted_comes_out_of_an_export(people, form, safe_harbor):
    print(f"seed {SEED}")
    _, made = cleaned(people, form, desk(Vault() if safe_harbor else None, text=mask))
    assert all(outcome.held == () for outcome, _, _ in made.values())
    planted = [literal.lower() for who in [*people, HOUSE] for literal in who.literals]
    numbers = {"990017", "990018", *map(str, range(7_700_000, 7_700_015)), *map(str, range(10_000_000, 10_000_150))}
    numbers |= {literal for literal in planted if literal.isdigit()}  # a ZIP code may stand in a long number by chance
    for name, (_, rows, raw) in made.items():
        text = (raw.decode() if form == "csv" else repr(rows)).lower()
        assert [literal for literal in planted if literal in text and literal not in numbers] == [], name
        assert numbers.isdisjoint(re.findall(r"\d+", text)), name
        assert "37.77" not in text
        if safe_harbor:
            assert re.findall(r"\d{4}-\d\d|date(?:time)?\(", text) == [], name


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_every_identifier_still_joins_what_it_joined(people, form):
    before, made = cleaned(people, form, desk())
    keys = {
        "person_id": "person",
        "visit_occurrence_id": "visit_occurrence",
        "note_id": "note",
        "location_id": "location",
    }
    keys |= {"provider_id": "provider", "care_site_id": "care_site"}
    for name, (_, after, _) in made.items():
        for column in set(keys) & set(before[name][0]):
            at_home = keys[column]
            place = {str(row[column]): number for number, row in enumerate(before[at_home])}
            now = {str(row[column]): number for number, row in enumerate(made[at_home][1])}
            for old, new in zip(before[name], after, strict=True):
                assert now[str(new[column])] == place[str(old[column])], (name, column)
                assert 0 < int(new[column]) < 2**53


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_all_dates_of_a_person_move_by_the_same_days_birth_included(people, form):
    before, made = cleaned(people, form, desk())
    shifts: dict[str, set[int]] = {}
    columns = {
        "visit_occurrence": ("visit_start_date", "visit_start_datetime"),
        "condition_occurrence": ("condition_start_date",),
    }
    columns |= {"observation": ("observation_date",), "note": ("note_date",), "person": ("birth_datetime",)}
    for name, dated in columns.items():
        for old, new in zip(before[name], made[name][1], strict=True):
            for column in dated:
                if new[column] in (None, ""):
                    continue
                moved = datetime.fromisoformat(str(new[column])) - datetime.fromisoformat(str(old[column]))
                assert moved % timedelta(days=1) == timedelta(0)
                shifts.setdefault(str(old["person_id"]), set()).add(moved.days)
    for old, new in zip(before["person"], made["person"][1], strict=True):
        if new["year_of_birth"] not in (None, ""):
            born = [date(*(int(row[f"{part}_of_birth"]) for part in ("year", "month", "day"))) for row in (old, new)]
            shifts[str(old["person_id"])].add((born[1] - born[0]).days)
    assert len(shifts) == len(people)
    assert all(len(days) == 1 and -365 <= min(days) < 0 for days in shifts.values())


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("safe_harbor", [False, True], ids=["keyed", "safe-harbor"])
def test_who_is_over_89_has_no_birth_and_an_age_of_90(people, form, safe_harbor):
    _, made = cleaned(people, form, desk(Vault() if safe_harbor else None))
    for person, row in zip(people, made["person"][1], strict=True):
        shown = [row[f"{part}_of_birth"] for part in ("year", "month", "day")] + [row["birth_datetime"]]
        assert all(value in (None, "") for value in shown) is (person.number % 7 == 0)
    ages = [float(row["value_as_number"]) for row in made["observation"][1]]
    assert max(ages) == 90
    assert 0 < min(ages) < 60


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_more_than_89_years_are_an_age_under_any_concept(people, form):
    rows = tables(people)
    for number, row in enumerate(rows["measurement"]):
        row |= {"unit_concept_id": (9448, 8876)[number % 2], "value_as_number": 95.0}
    _, made = cleaned(people, form, desk(), rows)
    told = [float(row["value_as_number"]) for row in made["measurement"][1]]
    assert told == [(90.0, 95.0)[number % 2] for number in range(len(told))]


def test_a_date_becomes_its_year_as_a_number_where_only_years_may_stay(people):
    before, made = cleaned(people, "parquet", desk(Vault()))
    visits = made["visit_occurrence"][1]
    assert [row["visit_start_date"] for row in visits] == [
        row["visit_start_date"].year for row in before["visit_occurrence"]
    ]
    assert {row["visit_start_datetime"] for row in visits} == {None}
    assert {row["measurement_time"] for row in made["measurement"][1]} == {None}


def test_a_snippet_belongs_to_the_person_of_its_note(people):
    _, made = cleaned(people, "csv", desk(text=mask))
    assert all(row["snippet"].startswith("text of ") for row in made["note_nlp"][1])
    assert {row["term_exists"] for row in made["note_nlp"][1]} == {"Y"}
    _, made = cleaned(people, "csv", desk())
    assert {row["snippet"] for row in made["note_nlp"][1]} == {""}


def test_a_location_keeps_its_state_and_three_digits_of_its_zip(people):
    _, made = cleaned(people, "csv", desk())
    zips = {person.zip: row["zip"] for person, row in zip(people, made["location"][1], strict=True)}
    want = {"03601": "000", "89301-1234": "000", "94110-2231": "941", "60614": "606", "82101": "000"}
    assert zips == {stood: want[stood] for stood in zips}
    assert {(row["state"], row["city"], row["address_1"]) for row in made["location"][1]} == {("CA", "", "")}


def test_a_careless_cleaner_is_caught_row_by_row(people):
    _, made = cleaned(people, "csv", desk(text=lambda text, _alias, _known: text))
    outcome, rows, _ = made["observation"]
    assert {held.reason.code for held in outcome.held} == {"RESIDUAL"}
    assert rows == []
    assert len(made["measurement"][1]) == 45


def test_a_person_whom_nobody_knows_is_held_back_in_every_table(people):
    _, made = cleaned(people, "parquet", desk(unknown=frozenset(["7700003"])))
    assert [(held.record, held.reason.code) for held in made["person"][0].held] == [(3, "NO-SUBJECT")]
    assert [held.record for held in made["note_nlp"][0].held] == [9, 10, 11]
    assert len(made["person"][1]) == 14


def test_a_table_without_rules_is_held_back_whole(people):
    sink = io.BytesIO()
    source = io.BytesIO(as_csv([{"cost_id": 1, "total_charge": 12}, {"cost_id": 2, "total_charge": 9}]))
    outcome = OmopExport(desk(), harvest_omop([])).clean("cost", source, sink, "csv")
    assert [held.reason.code for held in outcome.held] == ["OBJECT-NOT-SUPPORTED"] * 2
    assert sink.getvalue() == b""


def test_two_things_that_meet_in_one_number_stop_the_export():
    class Same:
        def thing(self, kind: str, original: str) -> str:
            return "A"

    numbers = Numbers(Same())
    assert numbers.of("visit", "1") == numbers.of("visit", "1")
    numbers.of("note", "2")
    with pytest.raises(CodesCollide):
        numbers.of("visit", "2")


def test_a_file_is_the_table_that_it_is_named_after():
    assert table_of("out/CONDITION_OCCURRENCE.csv") == "condition_occurrence"
    assert table_of("note_nlp-part-003.parquet") == "note_nlp"
    assert table_of("patients.csv") is None
    assert set(rules().tables) <= TABLES
