"""Endpoints: judged by the number that was fixed, or not at all."""

import pytest
from pydantic import ValidationError

from residency.evaluate.caveats import LABELS_BY_MODEL, SAME_ANATOMY, stated
from residency.evaluate.plan import Endpoint, judge
from residency.evaluate.summary import Estimate, Interval, Row, Summary


def table_of(**estimates):
    liver = Row(structure="liver", by="overall", group="all", counted=12, missed=1, invented=0, absent=0, **estimates)
    spleen = Row(structure="spleen", by="overall", group="all", counted=0, absent=12, reason="not applicable: …")
    subgroup = Row(structure="heart", by="sex", group="female", counted=12, dice=liver.dice)
    rows = (liver, spleen, subgroup)
    return Summary(rows=rows, subjects=12, min_cell=5, tolerance_mm=3, seed=1, resamples=50, caveats=(SAME_ANATOMY,))


DICE = Estimate(value=0.80, interval=Interval(low=0.72, high=0.86))
HD95 = Estimate(value=9.0, interval=Interval(low=6.0, high=14.0))


@pytest.mark.parametrize(
    ("endpoint", "verdict", "number"),
    [
        ({"metric": "dice", "at_least": 0.75, "on": "estimate"}, "met", 0.80),
        ({"metric": "dice", "at_least": 0.75, "on": "lower_bound"}, "not met", 0.72),
        ({"metric": "dice", "at_least": 0.72, "on": "lower_bound"}, "met", 0.72),
        ({"metric": "hd95_mm", "at_most": 10, "on": "estimate"}, "met", 9.0),
        ({"metric": "hd95_mm", "at_most": 10, "on": "upper_bound"}, "not met", 14.0),
    ],
)
def test_an_endpoint_is_judged_by_the_number_it_names(endpoint, verdict, number):
    judged = judge(Endpoint(of="liver", **endpoint), table_of(dice=DICE, hd95_mm=HD95))
    assert (judged.verdict, judged.number) == (verdict, number)
    assert judged.caveats == (SAME_ANATOMY,)
    assert verdict in judged.sentence
    assert endpoint["on"].replace("_", " ") in judged.sentence


@pytest.mark.parametrize(
    ("of", "reason"),
    [("liver", "a single subject has no interval"), ("spleen", "not applicable"), ("heart", "was not measured")],
)
def test_without_the_number_an_endpoint_is_neither_met_nor_missed(of, reason):
    table = table_of(dice=Estimate(value=0.99, interval=None))
    judged = judge(Endpoint(metric="dice", of=of, at_least=0.5, on="lower_bound"), table)
    assert (judged.verdict, judged.number) == ("cannot be judged", None)
    assert reason in judged.sentence


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "dice"},
        {"metric": "dice", "at_least": 0.5, "at_most": 0.9},
        {"metric": "dice", "at_least": 0.5, "on": "upper_bound"},
        {"metric": "hd95_mm", "at_most": 5, "on": "lower_bound"},
        {"metric": "hd95_mm", "at_most": 5},
        {"metric": "dice", "at_least": 75},
        {"metric": "dice", "at_least": float("nan")},
        {"metric": "accuracy", "at_least": 0.5},
        {"metric": "dice", "at_leest": 0.5},
    ],
)
def test_an_endpoint_that_means_nothing_or_flatters_is_refused(wrong):
    with pytest.raises(ValidationError):
        Endpoint(of="liver", **wrong)


def test_the_caveats_that_hold_are_stated_and_no_others():
    assert stated() == []
    assert stated(shared_anatomy=True, labels_by_model=True, anatomies=1) == [
        SAME_ANATOMY,
        LABELS_BY_MODEL,
        "generated from 1 real anatomy",
    ]
