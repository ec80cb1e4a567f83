"""How sure a share is that was counted.

    interval(19, 20)                                (0.7513, 0.9987)

Clopper's and Pearson's interval (Biometrika 26, 1934): exact for things drawn at random with replacement from very
many, and wider than it need be where they are drawn from few. Not here: intervals over subjects (`evaluate`).
"""

LEVEL = 0.95


def interval(count: int, of: int) -> tuple[float, float]:
    """The two-sided 95 % interval of a share; (0, 1) of nothing."""
    from scipy.special import betaincinv

    tail = (1 - LEVEL) / 2
    low = float(betaincinv(count, of - count + 1, tail)) if count else 0.0
    high = float(betaincinv(count + 1, of - count, 1 - tail)) if count < of else 1.0
    return low, high
