"""Whom an intake and its cleaning leave out, and what a table of it must not give away."""

import json
import random

import pytest

from residency.deid.losses import losses
from residency.ingest.subjects import Subject
from tests.deid.test_run import changed, report_of, run
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, table
from tests.ingest.test_faults import drop_one


@pytest.fixture
def steward(clinic):
    return Intaking(clinic)


def test_whom_the_cleaning_leaves_out_is_tabled_and_small_groups_are_not_shown(steward, tmp_path):
    women, men = [f"MRN88{n:04}" for n in range(8)], [f"MRN99{n:04}" for n in range(7)]
    export(tmp_path, *women[:5], change=changed("BodyPartExamined", "HEAD"))
    export(tmp_path, *women[5:], *men[2:])
    path = export(tmp_path, *men[:2], change=changed("BurnedInAnnotation", "YES"))
    lines = [f"{p},HOSPITAL,F,1970-01-02,White,," for p in women] + [f"{p},HOSPITAL,M,1950-01-02,Asian,," for p in men]
    steward.ingest(path, subjects=table(tmp_path, *lines))
    record = report_of(steward, run(steward))
    assert record.min_cell == 5
    shown = {(loss.by, loss.group): (loss.came_in, loss.left_out) for loss in record.losses}
    # Two men are too few to show, and 5 of 7 in all would tell them: both cells are hidden.
    assert shown == {
        (by, group): (n, None)
        for by, groups in {
            "sex": {"F": 8, "M": 7},
            "age_band": {"50-59": 8, "70-79": 7},
            "race": {"White": 8, "Asian": 7},
        }.items()
        for group, n in groups.items()
    }
    assert "MRN" not in json.dumps(record.body())


def test_what_intake_held_and_people_rejected_counts_as_left_out(steward, tmp_path):
    export(tmp_path, *[f"MRN88{n:04}" for n in range(5)], change=drop_one)
    steward.ingest(export(tmp_path, *[f"MRN99{n:04}" for n in range(6)]))
    (loss,) = (loss for loss in report_of(steward, run(steward)).losses if loss.by == "sex")
    assert (loss.group, loss.came_in, loss.left_out) == ("F", 11, 5)
    steward.decide("accept", "MISSING-SLICE")
    (loss,) = (loss for loss in report_of(steward, run(steward)).losses if loss.by == "sex")
    assert (loss.came_in, loss.left_out) == (11, 0)


def test_no_small_group_follows_from_what_a_table_of_losses_shows():
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(500):
        rows = [
            Subject(subject=f"s{n}", anatomy="a", race=chance.choice("ABCD")) for n in range(chance.randrange(1, 60))
        ]
        out = {row.subject for row in rows if chance.random() < chance.random()}
        shown = losses(rows, out, 5)
        for name, true in (("came_in", rows), ("left_out", [row for row in rows if row.subject in out])):
            cells = {loss.group: getattr(loss, name) for loss in shown}
            hidden = [sum(row.race == group for row in true) for group, n in cells.items() if n is None]
            assert all(n is None or n == 0 or n >= 5 for n in cells.values())
            assert all(n in (None, sum(row.race == group for row in true)) for group, n in cells.items())
            # A total is taken to be known: what is hidden together must not be one cell, nor few.
            assert not hidden or len(hidden) == len(cells) or (len(hidden) > 1 and sum(hidden) >= 5)


def test_groups_that_are_few_stay_hidden_where_nobody_of_them_was_left_out():
    """Twenty left out, ten of C and ten of D: shown, these would say that it was nobody of A and B."""
    sizes = {"A": 3, "B": 3, "C": 20, "D": 20}
    rows = [Subject(subject=f"{race}{n}", anatomy="a", race=race) for race, size in sizes.items() for n in range(size)]
    shown = losses(rows, {f"{race}{n}" for race in "CD" for n in range(10)}, 5)
    assert {loss.group: (loss.came_in, loss.left_out) for loss in shown} == {
        "A": (None, None),
        "B": (None, None),
        "C": (20, None),
        "D": (20, 10),
    }


def test_an_attribute_that_the_protocol_does_not_keep_is_not_tabled():
    rows = [Subject(subject=f"s{n}", anatomy="a", sex="F") for n in range(6)]
    assert [loss.by for loss in losses(rows, set(), 5)] == ["sex"]
