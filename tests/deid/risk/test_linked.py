"""All that is known of a subject in one row, from images and tables; and what a table must be to be joined."""

from datetime import date

import pyarrow as pa
import pytest

from residency.deid.risk.classes import ColumnWrong, classes_of
from residency.deid.risk.linked import TableMissing, images_table, link, series_table
from residency.deid.risk.quasi import Plan, PlanWrong, QuasiIdentifier, plan_of, read_plan
from residency.deid.risk.tables import TableUnreadable, read_tables
from residency.ingest.subjects import Subject

PLAN = """
tables: {visits: {subject: person_id}, conditions: {subject: person_id}}
quasi:
  - {name: sex}
  - {name: age_band}
  - {name: number of visits, source: visits, kind: count, hierarchy: {bands: [2, 10]}}
  - {name: years, source: visits, column: start, kind: years}
  - {name: rare, source: conditions, column: code, kind: codes, rare_below: 2}
  - {name: scans, source: series, kind: count}
sensitive: [{name: drug, source: visits, column: drug}]
"""


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "risk.yaml").write_text(PLAN)
    return read_plan(tmp_path / "risk.yaml")


def tables():
    people = [("a", "F", "50-59"), ("b", "F", "50-59"), ("c", "M", "60-69")]
    return {
        "images": images_table(Subject(subject=s, anatomy=s, sex=sex, age_band=age) for s, sex, age in people),
        "series": series_table(["a", "a", "b", "c"]),
        "visits": pa.table({
            "person_id": ["a", "a", "a", "b", "d"],
            "start": ["2019-03-01", "2019-07-30T08:00:00Z", "20210101", "2019", "2020-05"],
            "drug": ["x", "x", "x", "y", None],
        }),
        "conditions": pa.table({"person_id": ["a", "b", "b", "c"], "code": ["I21", "I21", "E70", "I21"]}),
    }  # fmt: skip


def test_every_subject_of_any_table_is_one_row_with_all_that_is_known(plan):
    linked = link(plan, tables())
    assert (linked.subjects, linked.only_in_tables) == (4, 1)
    linked.quasi["rare"] = linked.quasi["rare"].is_valid()
    rows = set(zip(*(column.to_pylist() for column in linked.quasi.values()), strict=True))
    assert rows == {
        ("F", "50-59", 3, "2019\x1f2021", False, 2),
        ("F", "50-59", 1, "2019", True, 1),
        ("M", "60-69", 0, None, False, 1),
        (None, None, 1, "2020", False, 0),
    }
    assert sorted(linked.sensitive["drug"].to_pylist(), key=str) == [None, None, "x", "y"]


def test_people_who_are_alike_in_each_table_alone_are_told_apart_by_all_of_them(plan):
    made = tables()
    linked = link(plan, made)
    assert classes_of(linked.quasi, ["sex", "age_band"]).sizes.max() == 2
    assert classes_of(linked.quasi, list(linked.quasi)).sizes.max() == 1


def test_joining_more_never_makes_anybody_less_alone(plan):
    linked, names = link(plan, tables()), []
    fewest = 4
    for name in linked.quasi:
        names.append(name)
        sizes = classes_of(linked.quasi, names).sizes
        assert sizes.min() <= fewest
        fewest = sizes.min()


def test_a_subject_whose_rows_differ_is_known_by_all_of_them():
    table = pa.table({"subject": ["a", "a", "b", "c"], "town": [7, 8, 7, 8]})
    linked = link(Plan(quasi=(QuasiIdentifier(name="town", source="t"),)), {"t": table})
    assert linked.quasi["town"].to_pylist() == ["7\x1f8", "7", "8"]
    linked = link(Plan(quasi=(QuasiIdentifier(name="town", source="t"),)), {"t": table.slice(1)})
    assert linked.quasi["town"].to_pylist() == [8, 7, 8]


def test_years_are_read_from_dates_however_they_are_held():
    days = [date(2019, 3, 1), date(2021, 1, 1)]
    for column in (
        days,
        ["2019-03-01", "2021-01-01"],
        ["2019/3", "2021"],
        [2019, 2021],
        pa.array(days).cast("timestamp[us]"),
    ):
        table = pa.table({"subject": ["a", "b"], "on": column})
        found = link(Plan(quasi=(QuasiIdentifier(name="on", source="t", kind="years"),)), {"t": table})
        assert found.quasi["on"].to_pylist() == [2019, 2021]
    table = pa.table({"subject": ["a"], "on": ["Planted"]})
    with pytest.raises(ColumnWrong) as refused:
        link(Plan(quasi=(QuasiIdentifier(name="on", source="t", kind="years"),)), {"t": table})
    assert "Planted" not in str(refused.value)


def test_a_few_words_say_the_same_as_a_plan():
    plan = plan_of(
        ["sex", "visits.start:years", "visits:count"], ["visits.drug"], "person_id", ["visits", "conditions"]
    )
    assert [(one.source, one.of, one.kind) for one in plan.quasi] == [
        ("images", "sex", "value"),
        ("visits", "start", "years"),
        ("visits", "visits:count", "count"),
    ]
    linked = link(plan, tables())
    assert sorted(linked.quasi["visits:count"].to_pylist()) == [0, 1, 1, 3]
    for words in ([], ["a b"], ["sex", "sex"], ["visits.start:days"]):
        with pytest.raises(PlanWrong):
            plan_of(words, [])


def test_a_plan_says_on_which_line_it_is_wrong(tmp_path):
    for text, says in (
        (PLAN.replace("rare_below: 2", "rare_bellow: 2"), "line 8: unknown key"),
        (PLAN.replace("bands: [2, 10]", "bands: [2, 5]"), "multiple"),
        (PLAN.replace("name: age_band", "name: sex"), "one name"),
        ("quasi: []", "quasi"),
    ):
        (tmp_path / "risk.yaml").write_text(text)
        with pytest.raises(PlanWrong, match=says):
            read_plan(tmp_path / "risk.yaml")


def test_a_table_that_is_not_there_or_names_nobody_is_refused(plan):
    made = tables()
    with pytest.raises(TableMissing, match="conditions"):
        link(plan, {name: table for name, table in made.items() if name != "conditions"})
    made["visits"] = made["visits"].rename_columns(["subject", "start", "drug"])
    with pytest.raises(ColumnWrong, match="'visits' has no column 'person_id'"):
        link(plan, made)
    with pytest.raises(ColumnWrong, match="1 rows"):
        link(plan_of(["t.x"], []), {"t": pa.table({"subject": ["a", None], "x": [1, 2]})})


def test_a_file_keeps_the_zeros_of_a_code_and_numbers_are_numbers(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("subject,zip,age,weight,note\na,01234,50,1.5,\nb,10115,61,-2e3,x\n")
    (found,) = read_tables([path]).values()
    assert {name: str(kind) for name, kind in zip(found.table.column_names, found.table.schema.types, strict=True)} == {
        "subject": "string",
        "zip": "string",
        "age": "int64",
        "weight": "double",
        "note": "string",
    }
    assert found.table["note"].to_pylist() == [None, "x"]
    pa.parquet.write_table(found.table, tmp_path / "u.parquet")
    assert read_tables([path, tmp_path / "u.parquet"])["u"].table == found.table


def test_a_file_that_is_no_table_or_takes_a_name_is_refused_without_its_text(tmp_path):
    (tmp_path / "t.csv").write_text("subject,x\na,1\nPlanted\n")
    with pytest.raises(TableUnreadable) as refused:
        read_tables([tmp_path / "t.csv"])
    assert "Planted" not in str(refused.value)
    with pytest.raises(TableUnreadable):
        read_tables([tmp_path / "absent.csv"])
    (tmp_path / "images.csv").write_text("subject\na\n")
    with pytest.raises(TableUnreadable, match="images"):
        read_tables([tmp_path / "images.csv"])
