"""Prosecutor, journalist and marketer, as El Emam defines them and ARX computes them."""

import random
from collections import Counter

import numpy as np
import pytest

from residency.deid.risk.attack import in_population, journalist, marketer, prosecutor
from residency.deid.risk.classes import ColumnWrong, classes_of
from residency.deid.risk.population import zayatz


def sizes(*pairs):
    """Classes of these sizes: (size, how many)."""
    return np.repeat([size for size, _ in pairs], [count for _, count in pairs])


def test_the_figures_that_arx_publishes_for_its_example():
    """TestRiskMetrics of ARX: 7 records; average risk 1 before, 0.42857142857142855 and highest 0.5 as 2-anonymous."""
    before, after = prosecutor(sizes((1, 7)), 0.2), prosecutor(sizes((2, 2), (3, 1)), 0.4)
    assert (before.highest, before.average, before.at_risk) == (1.0, 1.0, 1.0)
    assert (after.highest, after.average, after.at_risk) == (0.5, 0.42857142857142855, 4 / 7)


def test_the_figures_that_arx_publishes_for_the_adult_data():
    """Of 30,162 records: by all nine columns an average of 0.6465751607983555 and a population uniqueness, where the
    sample is the population, of 0.5142895033485844; by sex, age, race and marital status 543 unique, 0.0560 on average.
    The data are not here: classes of the same number and the same number of single ones give the same figures.
    """
    classes, unique, records = 19_502, 15_512, 30_162
    rest = records - unique - 3 * (classes - unique)
    nine = sizes((1, unique), (3, classes - unique - 1), (3 + rest, 1))
    assert (len(nine), nine.sum()) == (classes, records)
    assert prosecutor(nine, 0.2).average == pytest.approx(0.6465751607983555, abs=1e-15)
    assert zayatz(nine, records) / records == pytest.approx(0.5142895033485844, abs=1e-12)
    four = sizes((1, 543), (25, 1145), (records - 543 - 25 * 1145, 1))
    assert (len(four), round(prosecutor(four, 0.2).average, 4), prosecutor(four, 0.2).highest) == (1689, 0.0560, 1.0)


def test_every_risk_is_what_its_definition_says_record_by_record():
    rng = random.Random(3)
    for _ in range(40):
        people = [(rng.randrange(4), rng.randrange(6)) for _ in range(rng.randint(30, 400))]
        here = rng.sample(people, rng.randint(5, 30))
        threshold = rng.choice([0.05, 0.2, 0.34])
        both = [{"a": [p[0] for p in who], "b": [str(p[1]) for p in who]} for who in (here, people)]
        classes = classes_of(both[0], ["a", "b"])
        theirs = in_population(*both, ["a", "b"], classes)
        f, large = Counter(here), Counter(people)
        each = [1 / large[p] for p in here]
        found = journalist(classes.sizes, theirs, threshold)
        assert found.highest == max(each)
        assert found.at_risk == pytest.approx(sum(risk > threshold for risk in each) / len(here), abs=1e-12)
        ratio = len(f) / sum(large[p] for p in f)
        assert found.average == pytest.approx(max(ratio, sum(each) / len(here)), abs=1e-12)
        assert marketer(classes.sizes, theirs) == pytest.approx(sum(each) / len(here), abs=1e-12)
        own = prosecutor(classes.sizes, threshold)
        assert own.average == pytest.approx(len(f) / len(here), abs=1e-12)
        assert own.highest == 1 / min(f.values())
        assert own.at_risk == pytest.approx(sum(1 / f[p] > threshold for p in here) / len(here), abs=1e-12)
        assert found.highest <= own.highest


def test_nobody_who_was_released_means_no_risk():
    assert prosecutor(np.array([], int), 0.1) == journalist(np.array([], int), np.array([], int), 0.1)
    assert prosecutor(np.array([], int), 0.1).highest == 0.0
    assert marketer(np.array([], int), np.array([], int)) == 0.0


def test_a_population_that_lacks_somebody_is_refused():
    here, people = {"a": [1, 1, 2]}, {"a": [1, 2, 2]}
    with pytest.raises(ColumnWrong, match="lacks"):
        in_population(here, people, ["a"], classes_of(here, ["a"]))
