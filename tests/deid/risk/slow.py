"""The measures by their definitions, record by record, and tables that come out the same on every machine."""

import math
import random
from collections import Counter, defaultdict


def table(seed, rows, sizes, values, skew):
    """Columns q0, q1, … of so many values, a sensitive `word` and a sensitive `number`."""
    rng = random.Random(seed)
    made = {f"q{n}": [int(rng.random() ** skew * size) for _ in range(rows)] for n, size in enumerate(sizes)}
    made["word"] = [f"w{int(rng.random() ** skew * values)}" for _ in range(rows)]
    made["number"] = [int(rng.random() ** skew * values * 3) for _ in range(rows)]
    return made


def quasi(made):
    """The names of its quasi-identifiers."""
    return [name for name in made if name.startswith("q")]


def groups(made, names):
    """Rows by what stands in these columns."""
    rows = len(made[names[0]])
    found = defaultdict(list)
    for row in range(rows):
        found[tuple(made[name][row] for name in names)].append(row)
    return list(found.values())


def distinct(classes, values):
    return min(len({values[row] for row in rows}) for rows in classes)


def entropy(classes, values):
    def of(rows):
        return -sum(n / len(rows) * math.log(n / len(rows)) for n in Counter(values[row] for row in rows).values())

    return math.exp(min(of(rows) for rows in classes))


def smallest_c(classes, values):
    level = distinct(classes, values)
    if level < 2:
        return None

    def holds(c):
        for rows in classes:
            counts = sorted(Counter(values[row] for row in rows).values(), reverse=True)
            if not counts[0] < c * sum(counts[level - 1 :]):
                return False
        return True

    return next(c for c in range(1, len(values) + 2) if holds(c))


def closeness(classes, values, ordered):
    domain, everything = sorted(set(values)), [row for rows in classes for row in rows]
    overall = Counter(values[row] for row in everything)
    worst = 0.0
    for rows in classes:
        here = Counter(values[row] for row in rows)
        apart = [here[value] / len(rows) - overall[value] / len(everything) for value in domain]
        if ordered:
            sums = [sum(apart[: place + 1]) for place in range(len(domain))]
            distance = sum(map(abs, sums)) / (len(domain) - 1) if len(domain) > 1 else 0.0
        else:
            distance = sum(map(abs, apart)) / 2
        worst = max(worst, distance)
    return worst
