"""A file that breaks the process that reads or cleans it costs itself alone: records."""

import os
import signal
from datetime import date
from pathlib import Path

import pytest

from residency.deid.folders.clean import without_the_lost
from residency.deid.folders.crew import Crew
from residency.deid.folders.drafts import Drafts
from residency.deid.folders.people import People
from residency.deid.folders.records import Records
from residency.deid.folders.shared import Shared
from residency.deid.folders.sorting import sorted_files
from residency.deid.folders.work import Bench, Keeper, Unit
from residency.deid.pseudonyms import Pseudonyms
from residency.deid.tables.subjects import remove_text

BREAKS = "observation.csv"
TABLES = {
    "person.csv": "person_id,year_of_birth\n71001,1961\n71002,1970\n",
    "location.csv": "location_id,address_1\n1,Quillfeather Lane 4\n",
    BREAKS: "observation_id,person_id,observation_date\n5,71001,2024-03-01\n",
    "visit_occurrence.csv": "visit_occurrence_id,person_id,visit_start_date\n8,71002,2024-04-01\n",
}


class Breaks(Records):
    """Records in which one file kills whatever process opens it, as a decoder of foreign code may."""

    def _harvest(self, part):
        _die_of(part[1])
        return super()._harvest(part)

    def clean(self, kind, paths, known):
        _die_of(paths)
        yield from super().clean(kind, paths, known)


def _die_of(paths) -> None:
    if any(path.name == BREAKS for path in paths):
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def records(tmp_path) -> Breaks:
    source = tmp_path / "in"
    source.mkdir()
    for name, text in TABLES.items():
        (source / name).write_text(text)
    names = Shared(Pseudonyms(bytes(range(32))))
    people = People(names, None, alone=True)
    return Breaks(source, sorted_files(source), people, {}, date(2026, 1, 1), remove_text, Crew(2, names))


def test_a_table_that_breaks_its_reader_costs_nothing_that_the_others_name(records):
    known = records.known()
    assert len(known) == 2
    (result,) = records.clean("omop", [records.source / "person.csv"], known)
    assert result.quarantine is None


def test_of_tables_that_are_cleaned_together_only_the_one_that_breaks_is_held_back(records, tmp_path):
    known = records.known()
    paths = tuple(sorted(records.found.files["omop"]))
    bench = Bench.__new__(Bench)  # of all that a folder has, this unit needs the records alone
    bench.records, bench.known = records, known
    keeper = Keeper(bench, Drafts(tmp_path / "out"))
    kept = without_the_lost(keeper, Unit("omop", paths, "0" * 32), "Its process ended.", records.crew)
    held = [one.result for one in kept if one.result.quarantine is not None]
    assert [(one.files, one.quarantine.code) for one in held] == [(1, "UNREADABLE")]
    assert sum(len(one.drafts) for one in kept) == len(TABLES) - 1
    assert {Path(draft.place).parent.name for one in kept for draft in one.drafts} == {"0" * 32}
