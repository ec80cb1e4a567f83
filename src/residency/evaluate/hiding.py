"""Which groups of a table are hidden, so that nothing about fewer than `few` subjects is shown or can be computed.

    hidden = hidden_groups(groups, counted, few=5)         {"c", "d"}
    betrayed(told(groups, counted, hidden), told(others, counted, elsewhere), few=5)       True: hide one grouping

A reader knows the overall row, so a lone hidden group is the rest of it, and a group that lies within one of another
grouping leaves their difference behind. Not looked at: sums over three groupings, and two tables whose subjects differ
by few. Refuses nothing. Not here: the numbers (`summary`).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Groups = Mapping[str, str]
"""Subject → group; empty groups have no subject."""

_UNIONS_OF = 12  # groups of which every union is looked at (4,096); of more, each alone and all but each


def hidden_groups(groups: Groups, counted: Collection[str], few: int) -> set[str]:
    """The groups to hide of one structure, which the `counted` subjects have (or were given) and the others lack.

    Hidden are groups of fewer than `few` subjects, whichever structure is shown; groups of which fewer than `few` have
    the structure or fewer than `few` lack it, as a number that is missing from the group's says so of a person; and
    with these as many others as it takes until nobody can subtract: at least two, together at least `few` subjects.
    """
    having = {subject: group for subject, group in groups.items() if subject in counted}
    lacking = {subject: group for subject, group in groups.items() if subject not in counted}
    hidden: set[str] = set()
    for some in (groups, lacking, having):
        hidden = _hidden(dict.fromkeys(groups.values(), 0) | Counter(some.values()), few, hidden)
    return hidden


def told(groups: Groups, counted: Collection[str], hidden: Collection[str]) -> list[frozenset[str]]:
    """The sets of subjects whose sums a reader has: each group that is shown, and all hidden ones together."""
    sets: dict[str, set[str]] = {}
    for subject in counted:
        sets.setdefault("" if groups[subject] in hidden else groups[subject], set()).add(subject)
    return [frozenset(one) for one in sets.values()]


def betrayed(one: Sequence[frozenset[str]], other: Sequence[frozenset[str]], few: int) -> bool:
    """Whether groups of one grouping, together, are groups of the other but for fewer than `few` subjects.

    Ten men, nine of whom were on scanner y and nobody else was: men less scanner y is one man's number.
    """
    rows, columns = sorted((one, other), key=len)
    crossed = np.array([[len(a & b) for b in columns] for a in rows], dtype=np.int64).reshape(len(rows), len(columns))
    inside = _unions(len(rows)) @ crossed
    beyond = np.where(inside > 0, crossed.sum(axis=0) - inside, 0).sum(axis=1)
    return bool(((beyond > 0) & (beyond < few)).any())


def _hidden(sizes: Mapping[str, int], few: int, already: Collection[str]) -> set[str]:
    """Those hidden already, the small ones, and the next smallest until the hidden cannot be computed one by one."""
    if 0 < sum(sizes.values()) < few:
        return set(sizes)
    hidden = {name for name, size in sizes.items() if 0 < size < few} | set(already)
    rest = sorted((name for name, size in sizes.items() if size and name not in hidden), key=lambda n: (sizes[n], n))
    while rest and any(sizes[name] for name in hidden):
        inside = [sizes[name] for name in hidden if sizes[name]]
        if len(inside) >= 2 and sum(inside) >= few:
            break
        hidden.add(rest.pop(0))
    return hidden


def _unions(groups: int) -> NDArray[np.int64]:
    """One row for each union of groups: 1 where the group is in it."""
    if groups > _UNIONS_OF:
        alone = np.eye(groups, dtype=np.int64)
        return np.concatenate([alone, 1 - alone])
    return (np.arange(1 << groups)[:, None] >> np.arange(groups)) & 1
