"""Whom an intake and its cleaning lose: subjects left out, by sex, age band and race.

    losses(rows, left_out={"sub-7f3a…"}, smallest=5)
    (Loss(by="sex", group="F", came_in=31, left_out=6), …)

De-identification must not thin out patients by surname, nor anything else by who they are: the table shows it if it
does. A count below the site's smallest cell is not shown, nor as many others as it takes that none of them follows
from a total. Not here: results by subgroup (`evaluate.summary`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from residency.ingest.subjects import Subject
from residency.kernel.record import Part

_BY = ("sex", "age_band", "race")


class Loss(Part):
    """One group: how many subjects came in, and of how many at least one series did not get through.

    None where the count is suppressed.
    """

    by: str
    group: str
    came_in: int | None
    left_out: int | None


def losses(rows: Iterable[Subject], left_out: Collection[str], smallest: int) -> tuple[Loss, ...]:
    """The table, by every attribute that the protocol lets be kept."""
    known = list(rows)
    return tuple(loss for by in _BY for loss in _by(by, known, left_out, smallest))


def _by(by: str, rows: list[Subject], left_out: Collection[str], smallest: int) -> list[Loss]:
    came_in = Counter(value for row in rows if (value := getattr(row, by)) is not None)
    lost = Counter(dict.fromkeys(came_in, 0))
    lost.update(getattr(row, by) for row in rows if row.subject in left_out and getattr(row, by) is not None)
    few = _hidden(came_in, smallest)
    fewer = _hidden(lost, smallest, few)
    return [
        Loss(
            by=by,
            group=group,
            came_in=None if group in few else came_in[group],
            left_out=None if group in fewer else lost[group],
        )
        for group in sorted(came_in)
    ]


def _hidden(sizes: Mapping[str, int], smallest: int, already: Collection[str] = ()) -> set[str]:
    """The groups to hide: one alone could be computed from a total, and so could several that are few together.

    `already` are hidden for another count; they may be few in this one too, and then others join them.
    """
    hidden = {group for group, size in sizes.items() if 0 < size < smallest} | set(already)
    rest = sorted(sizes.keys() - hidden, key=lambda group: (sizes[group], group))
    while hidden and rest and (len(hidden) < 2 or sum(sizes[group] for group in hidden) < smallest):
        hidden.add(rest.pop(0))
    return hidden
