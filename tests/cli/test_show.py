"""What a record looks like in a window: nothing of it is cut off, and what must be copied is not broken."""

import io
import json

import pytest

from residency.cli import show
from residency.upkeep.report import Report

PERSON = "person-01m8qrkg51rk1s3gymg4y761bx"
KEY = "residency/person/okoye+a9df21f8+AZ2aNXmzR5F3sEO/qLn/fFPv8eFIdUiLt58EiVAoeqRO"


@pytest.fixture
def window(monkeypatch):
    def shown(report: Report, columns: int = 80, *, as_json: bool = False) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        out = io.StringIO()
        show.record(report, as_json=as_json, out=out)
        return out.getvalue()

    return shown


def people(**more) -> Report:
    row = {"id": PERSON, "name": "okoye", "roles": ["principal-investigator", "data-scientist"], "key": KEY}
    return Report(title="People", rows=(row,), **more)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_row_is_shown_whole_in_a_window_of_any_width(window, columns):
    said = window(people(), columns)
    for value in (PERSON, KEY) if columns > len(KEY) else (KEY,):
        assert value in said
    assert "okoye" in said
    assert ("┃" in said) == (columns == 200)


def test_a_list_that_fits_is_a_table_of_the_columns_that_are_for_people(window):
    report = people(columns=("name", "roles"))
    said = window(report)
    assert "┃" in said
    assert PERSON not in said
    assert json.loads(window(report, as_json=True))["rows"][0]["id"] == PERSON


def test_a_time_is_shown_to_the_second_and_not_broken(window):
    rows = ({"at": "2026-12-01T02:58:07.031422Z", "what": "a " * 90},)
    assert "2026-12-01 02:58:07Z" in window(Report(title="Events", rows=rows), 60)


def test_what_looks_like_a_mark_of_the_terminal_is_shown_as_it_is(window):
    rows = ({"note": "[red]low[/red]"},)
    assert "[red]low[/red]" in window(Report(title="[bold]Notes[/bold]", rows=rows))
    assert "[bold]Notes[/bold]" in window(Report(title="[bold]Notes[/bold]", rows=rows))
