"""Who is unique in the population, told from a sample of it: Zayatz, Pitman, SNB, and which of them to believe.

    found = uniqueness(classes.sizes, population=330_000)
    found.share, found.model                     the share of the population that is unique, and whose estimate it is
    expected(classes.sizes, 330_000)             how many people are like each class, as far as risk goes

Sample and population are told apart by the sampling fraction alone; each model sees how many classes of which size the
sample has. Zayatz 1991 asks how many of the sample's unique records come from a class of one. Pitman (Hoshino 2001) and
the shifted negative binomial (SNB; Chen and Keller-McNulty 1998) fit a distribution of the population's classes. Which
one holds follows Dankar et al. 2012, as ARX does it: Pitman up to a fraction of 0.1, else the smaller of Zayatz and
SNB; where a fit is not found, Zayatz. All assume a random sample, which a hospital's patients are not: an expert must
judge that. Where ARX 3.9 writes the second equation of SNB with a product for a quotient, and the term of Shlosser
with a misplaced bracket, this follows the papers. Not here: risk to a record of a known class (`attack`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize_scalar, root, root_scalar
from scipy.special import digamma, gammaln, hyp2f1

from residency.errors import BadInput

Model = Literal["zayatz", "pitman", "snb", "none"]
SMALL_FRACTION = 0.1
_SERIES = 30


class PopulationWrong(BadInput):
    """The population is smaller than what is said to be a sample of it."""


@dataclass(frozen=True)
class Uniqueness:
    """Population uniques over the population, by each model (None where its fit was not found), and by the rule."""

    zayatz: float
    pitman: float | None
    snb: float | None
    share: float
    model: Model


def uniqueness(sizes: np.ndarray, population: int) -> Uniqueness:
    """All estimates for classes of these sizes, a sample of so many; raises PopulationWrong."""
    records = _check(sizes, population)
    if not (sizes == 1).any():
        return Uniqueness(0.0, 0.0, 0.0, 0.0, "none")
    by_zayatz, fitted = zayatz(sizes, population) / population, [pitman(sizes, population), snb(sizes, population)]
    by_pitman, by_snb = (None if count is None else count / population for count in fitted)
    share, model = by_zayatz, "zayatz"
    if records <= SMALL_FRACTION * population and by_pitman is not None:
        share, model = by_pitman, "pitman"
    if records > SMALL_FRACTION * population and by_snb is not None and by_snb <= by_zayatz:
        share, model = by_snb, "snb"
    return Uniqueness(by_zayatz, by_pitman, by_snb, share, model)


def zayatz(sizes: np.ndarray, population: int) -> float:
    """Uniques of the population: the sample's, times the chance that one comes from a class of one, over the fraction.

    The chance takes the sizes of the sample's classes for those of the population's, and draws without putting back.
    """
    records, (size, classes) = int(sizes.sum()), _histogram(sizes)
    chance = np.exp(_log_one_of(size, population, records))
    ones = float(classes[size == 1].sum())
    fraction = records / population
    return ones * (ones * fraction / float((classes * chance).sum())) / fraction


def pitman(sizes: np.ndarray, population: int) -> float | None:
    """Uniques of the population, N^a · Γ(θ + 1) / Γ(θ + a), with the likeliest θ and a; None if there are none."""
    found = _fit_pitman(sizes)
    if found is None:
        return None
    theta, a = found
    uniques = float(np.exp(gammaln(theta + 1) - gammaln(theta + a) + a * np.log(population)))
    return uniques if np.isfinite(uniques) and uniques <= population else None


def snb(sizes: np.ndarray, population: int) -> float | None:
    """Uniques of the population, K · b^a, where classes hold 1 + NegativeBinomial(a, b) records; None without a fit.

    a and b are those for which the sample has as many classes of one and of two as it is expected to; K, the number of
    classes of the population, is that of Shlosser as corrected by Haas and Stokes 1998.
    """
    if sizes.sum() >= population:
        return float((sizes == 1).sum())
    found = _fit_snb(sizes, population)
    return None if found is None else found[0] * found[2] ** found[1]


def expected(sizes: np.ndarray, population: int) -> np.ndarray:
    """For each class of the sample the F whose 1/F is the mean risk of a record of it; never below f.

    In Pitman's population F - f is negative binomial with f - a successes of chance q = (θ + n) / (θ + N), and the mean
    of 1/F is (q / f) · 2F1(1 + a, 1; f + 1; 1 - q); with a = θ = 0 that is the prior of Benedetti and Franconi 1998,
    which is used where the sample has no class of one. Where no fit is found F is f: nobody is hidden by a population
    of which nothing is known. In simulated populations the average risk came out right or up to 2.4 times too high, but
    at half of what it was where a population is single people and large classes and nothing between (samples of 5 to
    10 %). Raises PopulationWrong.
    """
    if _check(sizes, population) == population or not (sizes == 1).any():
        return _by_pitman(sizes, population, 0.0, 0.0)
    found = _fit_pitman(sizes)
    return sizes.astype(float) if found is None else _by_pitman(sizes, population, *found)


def _by_pitman(sizes: np.ndarray, population: int, theta: float, a: float) -> np.ndarray:
    """From f = 30 on the 2F1 is summed here, as scipy's gives not-a-number for large f."""
    q = float((theta + sizes.sum()) / (theta + population))
    f = _histogram(sizes)[0]
    small = f < _SERIES
    function = np.concatenate([hyp2f1(1 + a, 1, f[small] + 1, 1 - q), _series(f[~small], a, 1 - q)])
    found = np.zeros(int(f.max(initial=0)) + 1)
    found[f.astype(np.int64)] = np.maximum(f / q / function, f)
    return found[sizes]


def _series(f: np.ndarray, a: float, z: float) -> np.ndarray:
    """2F1(1 + a, 1; f + 1; z) term by term; from f = 30 on, 60 terms leave less than 1e-16."""
    steps = np.arange(1, 60)
    return 1 + np.cumprod((a + steps) * z / (f[:, None] + steps), axis=1).sum(axis=1)


def _fit_pitman(sizes: np.ndarray) -> tuple[float, float] | None:
    """θ and a of the greatest likelihood; None where all records are alike or all unlike, and it has no top."""
    size, classes = _histogram(sizes)
    count, records = float(classes.sum()), float(sizes.sum())
    if count < 2 or count == records:
        return None
    theta: dict[float, float | None] = {}

    def unlikely(a: float) -> float:
        theta[a] = _theta(a, count, records)
        return -_log_likelihood(theta[a], a, size, classes, records)

    found = minimize_scalar(unlikely, bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-10})
    likeliest = theta[found.x]
    return (likeliest, float(found.x)) if likeliest is not None and found.success else None


def _fit_snb(sizes: np.ndarray, population: int) -> tuple[float, float, float] | None:
    """K, a and b of the shifted negative binomial; None without a fit."""
    fraction = float(sizes.sum()) / population
    ones, twos = float((sizes == 1).sum()), float((sizes == 2).sum())
    classes = _shlosser(sizes, fraction)
    if not twos or not np.isfinite(classes):
        return None

    def misses(at: np.ndarray) -> list[float]:
        a, b = _a_and_b(at)
        d = (1 - fraction) * (1 - b)
        log_one = a * np.log(b / (1 - d)) + np.log1p(a * d / (1 - d)) + np.log(classes * fraction)
        two = classes * fraction**2 * a * (1 - b) * (2 - (1 - a) * d) / 2
        return [log_one - np.log(ones), np.log(two) + a * np.log(b) - (a + 2) * np.log1p(-d) - np.log(twos)]

    for start in ((0.0, -2.0), (-2.0, -4.0), (1.0, 0.0), (-1.0, 2.0)):
        found = root(misses, start, method="hybr", options={"xtol": 1e-12})
        if np.abs(found.fun).max() < 1e-6:
            a, b = _a_and_b(found.x)
            return classes, a, b
    return None


def _a_and_b(at: np.ndarray) -> tuple[float, float]:
    """Any two numbers as an a above 0 and a b between 0 and 1."""
    first, second = np.clip(at, -20, 20)
    return float(np.exp(first)), float(1 / (1 + np.exp(-second)))


def _check(sizes: np.ndarray, population: int) -> int:
    records = int(sizes.sum())
    if population < records:
        raise PopulationWrong(
            f"The population of {population} is smaller than the {records} records of the sample.",
            remedy="Give the number of people from whom these subjects came.",
        )
    return records


def _histogram(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different sizes, and how many classes have each."""
    counts = np.bincount(sizes)
    size = np.flatnonzero(counts)
    return size.astype(float), counts[size].astype(float)


def _log_one_of(size: np.ndarray, population: int, records: int) -> np.ndarray:
    """The log of P(one of a class of this size is drawn), `records` drawn from `population` without putting back."""
    rest, left = population - size, records - 1
    possible = left <= rest
    with np.errstate(invalid="ignore"):
        log = np.log(size) + _log_choose(rest, left) - _log_choose(np.float64(population), records)
    return np.where(possible, log, -np.inf)


def _log_choose(of: np.ndarray | np.float64, count: int) -> np.ndarray:
    return gammaln(of + 1) - gammaln(count + 1) - gammaln(of - count + 1)


def _theta(a: float, count: float, records: float) -> float | None:
    """The θ of greatest likelihood for this a: where Σ 1/(θ + ia), i < classes, equals Σ 1/(θ + i), i < records."""

    def slope(theta: float) -> float:
        return (digamma(theta / a + count) - digamma(theta / a + 1)) / a - digamma(theta + records) + digamma(theta + 1)

    low, high = -a * (1 - 1e-9), records
    while slope(high) > 0 and high < 1e12:
        high *= 10
    if slope(low) < 0 or slope(high) > 0:
        return None
    return float(root_scalar(slope, bracket=(low, high), xtol=1e-12, rtol=1e-12).root)


def _log_likelihood(theta: float | None, a: float, size: np.ndarray, classes: np.ndarray, records: float) -> float:
    if theta is None:
        return -1e300
    count = float(classes.sum())
    total = (count - 1) * np.log(a) + gammaln(theta / a + count) - gammaln(theta / a + 1)
    total -= gammaln(theta + records) - gammaln(theta + 1)
    return float(total + (classes * (gammaln(size - a) - gammaln(1 - a))).sum())


def _shlosser(sizes: np.ndarray, fraction: float) -> float:
    """Classes of the population (Haas and Stokes 1998, third estimator of Shlosser's kind)."""
    size, classes = _histogram(sizes)
    missed = (1 - fraction) ** size
    squares = (size * fraction**2 * (1 - fraction**2) ** (size - 1) * classes).sum()
    spread = (((1 - fraction**2) ** size - missed) * classes).sum()
    ratio = (missed * classes).sum() / (size * fraction * (1 - fraction) ** (size - 1) * classes).sum()
    return float(classes.sum() + classes[size == 1].sum() * squares / spread * ratio**2)
