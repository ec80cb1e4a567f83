"""How far two people agree beyond chance.

    kappa([(True, True), (True, False)])            0.0

Cohen's kappa (Educ Psychol Meas 20, 1960). Not here: how sure a share is (`deid.intervals`).
"""

from collections.abc import Sequence


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
