"""How sure a count is, and how far two people agree beyond chance.

    interval(19, 20)                                (0.7513, 0.9987)
    kappa([(True, True), (True, False)])            0.0

The interval is Clopper and Pearson's (Biometrika 26, 1934): exact for items drawn at random with replacement from very
many, and wider than it need be where they are drawn from few. Kappa is Cohen's (Educ Psychol Meas 20, 1960). Not here:
intervals over subjects (`evaluate`).
"""

from collections.abc import Sequence

LEVEL = 0.95


def interval(count: int, of: int) -> tuple[float, float]:
    """The two-sided 95 % interval of a share; (0, 1) of nothing."""
    from scipy.special import betaincinv

    tail = (1 - LEVEL) / 2
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return low, high


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa of two people who each said yes or no of the same things.

    None where chance alone would have them agree in everything: both said the same one thing throughout, or nothing.
    """
    if not pairs:
        return None
    same = sum(one == other for one, other in pairs) / len(pairs)
    first, second = (sum(pair[which] for pair in pairs) / len(pairs) for which in (0, 1))
    chance = first * second + (1 - first) * (1 - second)
    return None if chance == 1 else (same - chance) / (1 - chance)
