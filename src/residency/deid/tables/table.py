"""One table of rows, from a file to a file: whose rows, their columns, the last search.

    outcome = clean_table(batches, write, Plan(columns, subject="mrn", called="mrn"), room)

A row of nobody who is known is held back, and so is one in whose kept cells the search still finds its subject. Not
here: which columns a table has (`omop`, `meds`, `csv`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from residency.deid.tables.batches import Batch
from residency.deid.tables.columns import Column, Columns, Whose
from residency.deid.tables.numbering import Numbers
from residency.deid.tables.outcome import NO_SUBJECT, RESIDUAL, Held, Outcome, Seen, torn
from residency.deid.tables.subjects import Desk, Subject, Subjects

_LONG_NUMBER = 6
_MEASURE = re.compile(r"[<>=+-]{0,3}(\d{0,5}|\d*\.\d*)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Plan:
    """The columns of a table; the one that says whose a row is, and what who-is-who calls its values.

    `subject` is "" for a table of the house; `via` leads from what the column holds to the subject's identifier;
    `shaped` keeps removed columns as empty ones.
    """

    columns: Mapping[str, Column]
    subject: str
    called: str
    via: Mapping[str, str] | None = field(default=None, repr=False)
    shaped: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """What the tables of one export share: the desk, the subjects, the numbers given so far."""

    desk: Desk
    subjects: Subjects = field(repr=False)
    numbers: Numbers = field(repr=False)


Amend = Callable[[Any, Any, Whose], Any]
"""A last touch to a batch, given the original rows, the cleaned ones and whose they are."""


def clean_table(
    batches: Iterable[Batch], write: Callable[[Any], None], plan: Plan, room: Room, amend: Amend | None = None
) -> Outcome:
    """Clean every batch and write what may go on."""
    columns = Columns(room.desk, plan.columns, room.numbers, shaped=plan.shaped)
    held: list[Held] = []
    seen, received, written = Seen(), 0, False
    for batch in batches:
        received += batch.rows.num_rows + len(batch.torn)
        held += map(torn, batch.torn)
        rows, numbers, whose = _owned(batch, plan, room.subjects, held)
        if not rows.num_rows and (written or received):
            continue
        made = columns.cleaned(rows, whose)
        made = amend(rows, made, whose) if amend else made
        bad = _bad(columns.checked(made, whose), whose)
        held += (Held(numbers[number], RESIDUAL) for number in sorted(bad))
        _see(made, plan, whose, seen)
        write(_without(made, bad))
        written = True
    held.sort(key=lambda one: one.record)
    return Outcome(received, received - len(held), tuple(held), columns.counts, seen.rare())


def _owned(batch: Batch, plan: Plan, subjects: Subjects, held: list[Held]) -> tuple[Any, list[int], Whose]:
    """The rows of known subjects; the others are held."""
    if not plan.subject:
        return batch.rows, list(batch.numbers), Whose((), np.full(batch.rows.num_rows, -1, np.int64))
    names = [name.lower() for name in batch.rows.schema.names]
    calls = batch.rows.column(names.index(plan.subject)).to_pylist() if plan.subject in names else None
    known: dict[Any, int] = {}
    found: list[Subject] = []
    places: dict[str, int] = {}
    index = []
    for call in calls if calls is not None else [None] * batch.rows.num_rows:
        if call not in known:
            subject = _find(call, plan, subjects)
            if subject is not None and subject.alias.code not in places:
                places[subject.alias.code] = len(found)
                found.append(subject)
            known[call] = places[subject.alias.code] if subject is not None else -1
        index.append(known[call])
    all_of_them = np.array(index, np.int64)
    held += (Held(batch.numbers[row], NO_SUBJECT) for row in np.flatnonzero(all_of_them < 0).tolist())
    mine = np.flatnonzero(all_of_them >= 0)
    rows = batch.rows if len(mine) == len(index) else batch.rows.take(pa.array(mine))
    return rows, [batch.numbers[row] for row in mine.tolist()], Whose(found, all_of_them[mine])


def _find(call: Any, plan: Plan, subjects: Subjects) -> Subject | None:
    if call is None or isinstance(call, float | bool):
        return None
    said = str(call).strip()
    if plan.via is not None:
        said = plan.via.get(said, "")
    return subjects.find(plan.called, said) if said else None


def _bad(arrays: list[Any], whose: Whose) -> set[int]:
    """Rows in which a subject's own identifiers stand; the rows of one subject together, so that one search serves."""
    if not arrays or not whose.subjects:
        return set()
    bad: set[int] = set()
    cells = [list(map(_sought, array.to_pylist())) for array in arrays]
    filled = np.flatnonzero([any(row) for row in zip(*cells, strict=True)])
    for rows in _of_one(filled, whose.index):
        seeker = whose.subjects[whose.index[rows[0]]].seeker
        if not seeker.are_clean(column[row] for row in rows for column in cells if column[row]):
            bad |= {row for row in rows if not seeker.are_clean(column[row] for column in cells if column[row])}
    return bad


def _of_one(rows: np.ndarray, index: np.ndarray) -> Iterator[list[int]]:
    """These rows, those of each subject together."""
    order = rows[np.argsort(index[rows], kind="stable")]
    breaks = np.flatnonzero(np.diff(index[order])) + 1
    yield from (part.tolist() for part in np.split(order, breaks) if len(part))


def _sought(value: Any) -> str:
    """A text, or a whole number that is long enough to name somebody; a number with a fraction is a measure."""
    if isinstance(value, str):
        return "" if _MEASURE.fullmatch(value) else value
    return str(value) if isinstance(value, int) and abs(value) >= 10 ** (_LONG_NUMBER - 1) else ""


def _without(rows: Any, bad: set[int]) -> Any:
    if not bad:
        return rows
    kept = np.setdiff1d(np.arange(rows.num_rows), np.fromiter(bad, np.int64))
    return rows.take(pa.array(kept))


def _see(rows: Any, plan: Plan, whose: Whose, seen: Seen) -> None:
    """Which codes occur, and with whom."""
    if not whose.subjects:
        return
    for name, array in zip(rows.schema.names, rows.columns, strict=True):
        if plan.columns[name.lower()].kind in ("code", "concept"):
            for value, number in _pairs(array, whose.index):
                seen.add(name.lower(), str(value), whose.subjects[number].alias.code)


def _pairs(array: Any, index: np.ndarray) -> Iterator[tuple[Any, int]]:
    pairs = Counter(zip(array.to_pylist(), index.tolist(), strict=True))
    yield from ((value, number) for (value, number) in pairs if value not in (None, 0, ""))
