"""Who is unique in the population: simulated populations whose uniques are known, and the rule between the models."""

import random

import numpy as np
import pytest
from scipy.stats import hypergeom

from residency.deid.risk.attack import marketer
from residency.deid.risk.population import PopulationWrong, expected, pitman, snb, uniqueness, zayatz


def pitman_population(people, theta, a, seed):
    """Classes of Pitman's process: a newcomer opens a class, or joins one in proportion to its size less a."""
    rng, sizes, of = random.Random(seed), [], []
    for n in range(people):
        if rng.random() < (theta + a * len(sizes)) / (theta + n):
            sizes.append(1)
            of.append(len(sizes) - 1)
            continue
        while True:
            chosen = of[rng.randrange(len(of))]
            if rng.random() < (sizes[chosen] - a) / sizes[chosen]:
                break
        sizes[chosen] += 1
        of.append(chosen)
    return np.array(sizes)


def sample_of(sizes, fraction, seed):
    of = np.repeat(np.arange(len(sizes)), sizes)
    drawn = np.random.default_rng(seed).choice(of, int(fraction * len(of)), replace=False)
    counts = np.bincount(drawn)
    return counts[counts > 0]


def test_pitman_finds_the_uniques_of_a_population_that_is_pitmans():
    for theta, a, fraction in ((50, 0.6, 0.1), (500, 0.3, 0.05), (20, 0.8, 0.1)):
        people = pitman_population(60_000, theta, a, seed=5)
        found = pitman(sample_of(people, fraction, 1), int(people.sum()))
        assert found == pytest.approx((people == 1).sum(), rel=0.2)


def test_the_shifted_negative_binomial_finds_the_uniques_of_its_own_population():
    for a, b, fraction in ((2.0, 0.3, 0.3), (0.5, 0.5, 0.7), (0.3, 0.05, 0.3)):
        people = 1 + np.random.default_rng(2).negative_binomial(a, b, 50_000)
        found = snb(sample_of(people, fraction, 1), int(people.sum()))
        assert found == pytest.approx((people == 1).sum(), rel=0.3)


def test_zayatz_is_its_formula_with_the_hypergeometric_of_scipy():
    sizes, people = np.repeat([1, 2, 3, 7], [40, 15, 9, 2]), 800
    records = sizes.sum()
    by_size = {size: (sizes == size).mean() * hypergeom(people, size, records).pmf(1) for size in (1, 2, 3, 7)}
    chance = by_size[1] / sum(by_size.values())
    assert zayatz(sizes, people) == pytest.approx(40 * chance / (records / people), rel=1e-9)


def test_where_the_sample_is_the_population_its_uniques_are_known():
    sizes = np.repeat([1, 2, 3, 40], [17, 5, 4, 2])
    found = uniqueness(sizes, int(sizes.sum()))
    assert (found.zayatz, found.snb) == (pytest.approx(17 / 119), pytest.approx(17 / 119))
    assert found.share == pytest.approx(17 / 119)


def test_the_rule_takes_pitman_for_small_samples_and_else_the_smaller_of_the_others():
    people = 1 + np.random.default_rng(2).negative_binomial(0.5, 0.5, 40_000)
    for fraction, models in ((0.05, {"pitman"}), (0.1, {"pitman"}), (0.3, {"zayatz", "snb"}), (0.7, {"zayatz", "snb"})):
        found = uniqueness(sample_of(people, fraction, 1), int(people.sum()))
        assert found.model in models
        if found.model != "pitman":
            assert found.share == min(found.zayatz, found.snb)
        assert 0 <= found.share <= 1


def test_where_nobody_is_unique_in_the_sample_nobody_is_estimated_to_be():
    found = uniqueness(np.repeat([2, 5], [10, 3]), 10_000)
    assert (found.share, found.zayatz, found.model) == (0.0, 0.0, "none")


def test_where_a_model_does_not_fit_the_estimate_is_that_of_zayatz():
    """All unique: no class of two to fit by, and Pitman's likelihood has no top."""
    found = uniqueness(np.ones(50, int), 100_000)
    assert (found.pitman, found.snb, found.model) == (None, None, "zayatz")
    assert found.share == pytest.approx(1.0)


@pytest.mark.parametrize("rounds", [6, pytest.param(200, marks=pytest.mark.long)])
def test_no_estimate_fails_whatever_the_classes(rounds):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        sizes = rng.geometric(rng.uniform(0.01, 0.99), rng.integers(1, 400))
        people = int(sizes.sum() * rng.choice([1, 1.01, 3, 50, 10_000])) + 1
        found, large = uniqueness(sizes, people), expected(sizes, people)
        for share in (found.zayatz, found.pitman, found.snb, found.share):
            assert share is None or 0 <= share <= 1 + 1e-9
        assert (large >= sizes * (1 - 1e-12)).all()


def test_the_expected_risk_of_larger_classes_is_the_mean_over_what_the_population_may_hold():
    """The sum over F ≥ f of 1/F · C(F - 1, f - 1) · p^f · (1 - p)^(F - f), term by term."""
    for fraction in (0.05, 0.3, 0.9):
        for size in (2, 5, 29, 30, 100):
            term, mean = fraction**size, 0.0
            for large in range(size, 20_000):
                mean += term / large
                term *= large / (large - size + 1) * (1 - fraction)
            sizes = np.full(20, size)
            found = expected(sizes, round(20 * size / fraction))
            assert 1 / found == pytest.approx(np.full(20, mean), rel=0.01)
            if (20 * size / fraction) % 1 < 1e-9:
                assert 1 / found == pytest.approx(np.full(20, mean), rel=1e-9)


def test_the_expected_risk_is_finite_for_every_size_and_falls_with_it():
    sizes = np.array([2, 3, 10, 29, 30, 31, 1000, 10**6])
    for times in (1, 1.00001, 2, 100, 10**6):
        found = 1 / expected(sizes, int(sizes.sum() * times))
        assert np.isfinite(found).all()
        assert (np.diff(found) < 0).all()
        assert (found <= 1 / sizes * (1 + 1e-12)).all()
    assert expected(sizes, int(sizes.sum())) == pytest.approx(sizes)


@pytest.mark.parametrize("population", ["geometric", "pitman", "equal"])
def test_the_risk_that_is_estimated_is_not_below_the_risk_that_is(population):
    """The prior alone saw 0.19 of the records found again in the geometric population, of which 0.30 were."""
    made = {
        "geometric": lambda: np.random.default_rng(8).geometric(0.3, 20_000),
        "pitman": lambda: pitman_population(40_000, 50, 0.6, seed=5),
        "equal": lambda: np.full(4000, 10),
    }
    people = made[population]()
    of, rng = np.repeat(np.arange(len(people)), people), np.random.default_rng(9)
    for fraction in (0.05, 0.1, 0.4):
        is_, told = [], []
        for _ in range(3):
            sample = np.bincount(of[rng.random(len(of)) < fraction], minlength=len(people))
            here = sample > 0
            is_.append(marketer(sample[here], people[here]))
            told.append(marketer(sample[here], expected(sample[here], len(of))))
        assert np.mean(is_) * 0.93 < np.mean(told) <= 1, (fraction, np.mean(is_), np.mean(told))


def test_a_population_of_which_nothing_is_known_hides_nobody():
    assert expected(np.ones(50, int), 100_000).tolist() == [1.0] * 50


def test_a_population_smaller_than_its_sample_is_refused():
    with pytest.raises(PopulationWrong, match="99"):
        uniqueness(np.repeat([1, 9], [1, 11]), 99)
