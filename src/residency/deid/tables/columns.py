"""Columns of a batch of rows, each cleaned by its kind.

    cleaner = Columns(desk, {"zip": Column(kind="zip"), "visit": Column(kind="thing", thing="visit")}, numbers)
    rows = cleaner.cleaned(batch, whose)

What depends on the value alone is done once for each value that occurs; typed dates are moved all at once. Where only
years may stay, a column of dates becomes a column of whole years: a date would have to say a day. Not here: whose rows
they are and the last search (`table`).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from residency.deid.tables import kinds
from residency.deid.tables.numbering import Numbers
from residency.deid.tables.subjects import Desk, Subject
from residency.kernel.record import Part

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, so that no checker of types can see them."""
_CHECKED = frozenset(("keep", "keep-code", "keep-number", "clean", "keep-time"))
_DATED = frozenset(("year", "move", "birth"))
_UNITS = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


class Column(Part):
    """What a column is: its kind (kinds.yaml), of a thing which, whether its code is a number, how dates stand."""

    kind: str
    thing: str = ""
    whole: bool = False
    form: str = ""


@dataclass(frozen=True, slots=True)
class Whose:
    """The subjects of a batch, and for every row which of them it is of; -1 for rows of the house."""

    subjects: Sequence[Subject]
    index: np.ndarray = field(repr=False)

    @property
    def years_only(self) -> bool:
        """Whether only years may stay."""
        return all(subject.years_only for subject in self.subjects)


class Columns:
    """Cleans batches of one table; `counts` maps (column, action) to how many values."""

    def __init__(self, desk: Desk, columns: Mapping[str, Column], numbers: Numbers, *, shaped: bool = False) -> None:
        """`shaped` keeps what is removed as an empty column, as a model of fixed columns asks."""
        self._desk, self._columns, self._numbers, self._shaped = desk, columns, numbers, shaped
        self.counts: Counter = Counter()

    def cleaned(self, rows: Any, whose: Whose) -> Any:
        """The batch with what may stay, under the same names."""
        names, arrays = [], []
        for name, array in zip(rows.schema.names, rows.columns, strict=True):
            column = self._columns.get(name.lower())
            if column is None:
                self.counts["(not listed)", "removed"] += len(array)
                continue
            action = kinds.action_of(column.kind, years_only=whose.years_only)
            new = None if action == "remove" else self._by_action(array, column, action, whose)
            gone = len(array) - array.null_count - (0 if new is None else len(new) - new.null_count)
            self.counts[name.lower(), action] += len(array) - array.null_count - gone
            self.counts[name.lower(), "removed"] += gone
            if new is not None or self._shaped:
                names.append(name)
                arrays.append(pa.nulls(len(array), array.type) if new is None else new)
        return pa.RecordBatch.from_arrays(arrays, names) if names else pa.RecordBatch.from_pylist([{}] * rows.num_rows)

    def checked(self, rows: Any, whose: Whose) -> list[Any]:
        """The columns of a cleaned batch in which something of the original may stand."""
        kept = []
        for name, array in zip(rows.schema.names, rows.columns, strict=True):
            action = kinds.action_of(self._columns[name.lower()].kind, years_only=whose.years_only)
            if action in _CHECKED and (_is_text(array.type) or pa.types.is_integer(array.type)):
                kept.append(array)
        return kept

    def _by_action(self, array: Any, column: Column, action: kinds.Action, whose: Whose) -> Any:
        if action in _DATED:
            return _dated(array, column, action, whose)
        if action == "subject":
            return self._of_subjects(column, whose)
        if action == "clean":
            return self._texts(array, whose)
        if action == "code":
            return self._codes(array, column)
        if action == "age":
            return _ages(array)
        return _by_value(array, action)

    def _of_subjects(self, column: Column, whose: Whose) -> Any:
        codes = [subject.alias.code for subject in whose.subjects]
        if column.whole:
            whole = pa.array([self._numbers.of_subject(code) for code in codes], pa.int64())
            return whole.take(pa.array(whose.index))
        return pa.array(codes, pa.string()).take(pa.array(whose.index))

    def _codes(self, array: Any, column: Column) -> Any:
        def code(value: Any) -> Any:
            said = _spelled(value)
            if said is None:
                return None
            return self._numbers.of(column.thing, said) if column.whole else self._desk.names.thing(column.thing, said)

        return _mapped(array, code, pa.int64() if column.whole else pa.string())

    def _texts(self, array: Any, whose: Whose) -> Any:
        made: list[str | None] = []
        for value, number in zip(array.to_pylist(), whose.index.tolist(), strict=True):
            subject = whose.subjects[number] if number >= 0 else None
            whole = isinstance(value, str) and subject is not None
            made.append(self._desk.text(value, subject.alias, subject.known) or None if whole and subject else None)
        return pa.array(made, pa.large_string())


def _by_value(array: Any, action: kinds.Action) -> Any:
    """Values that stay if they are of a list or a form, whoever's they are."""
    kind = array.type
    plain = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or kind == pa.bool_()
    if action == "keep-concept" and (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return pa.nulls(len(array), kind)
    if action.startswith("keep") and action != "keep-time" and plain:
        return array
    tests: Mapping[str, Callable[[str], str | None]] = {
        "keep": lambda text: text,
        "keep-code": lambda text: text if kinds.is_code(text) else None,
        "keep-concept": kinds.concept,
        "keep-number": kinds.plain_number,
        "keep-time": lambda text: text if kinds.is_time(text) else None,
        "zip3": kinds.zip3,
        "state": kinds.state,
        "country": kinds.country,
    }
    test = tests[action]
    return _mapped(array, lambda value: test(value) if isinstance(value, str) else None, pa.large_string())


def _ages(array: Any) -> Any:
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        return pc.if_else(pc.greater(array, kinds.OLDEST), pa.scalar(kinds.OLDEST + 1, array.type), array)
    return _mapped(array, lambda v: kinds.capped_age(v) if isinstance(v, str) else None, pa.large_string())


def _mapped(array: Any, function: Callable[[Any], Any], kind: Any) -> Any:
    """A function over the values that occur, once for each."""
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    new = pa.array([function(value) for value in coded.dictionary.to_pylist()], kind)
    return new.take(coded.indices)


def _dated(array: Any, column: Column, action: kinds.Action, whose: Whose) -> Any:
    """Dates moved with their subject, or their years; a birth date of somebody over 89 goes."""
    shown = np.array([not (action == "birth" and subject.over_89) for subject in whose.subjects] + [False])
    if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
        made = pc.cast(pc.year(array), pa.int32()) if whose.years_only else _moved(array, whose)
        return pc.if_else(pa.array(shown[whose.index]), made, pa.nulls(len(array), made.type))
    whole = pa.types.is_integer(array.type)
    if not whole and not _is_text(array.type):
        return pa.nulls(len(array), array.type)
    done: dict[tuple[int, Any], Any] = {}
    made = []
    for value, number in zip(array.to_pylist(), whose.index.tolist(), strict=True):
        if (number, value) not in done:
            said = _written(value, column, whose.subjects[number]) if number >= 0 and shown[number] else None
            done[number, value] = int(said) if said and whole else said
        made.append(done[number, value])
    return pa.array(made, array.type if whole else pa.large_string())


def _moved(array: Any, whose: Whose) -> Any:
    shifts = np.array([subject.alias.dates.shift or 0 for subject in whose.subjects] + [0], np.int64)[whose.index]
    kind = array.type
    if pa.types.is_timestamp(kind):
        return pc.add(array.cast(pa.int64()), pa.array(shifts * _UNITS[kind.unit])).cast(kind)
    days = pc.add(array.cast(pa.date32()).cast(pa.int32()), pa.array(shifts.astype(np.int32)))
    return days.cast(pa.int32()).cast(pa.date32())


def _written(value: Any, column: Column, subject: Subject) -> str | None:
    """A date as text or a whole number, moved or as its year; in the form of the column where that is not ISO's."""
    if value is None:
        return None
    if not column.form:
        return subject.alias.dates.text(str(value))
    try:
        stood = datetime.strptime(str(value).strip(), column.form)
    except ValueError:
        return None
    if subject.years_only:
        return f"{stood.year:04d}"
    new = subject.alias.dates.moved(date(stood.year, stood.month, stood.day))
    return datetime.combine(new, stood.timetz()).strftime(column.form) if new else None


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _spelled(value: Any) -> str | None:
    """An identifier as text; a number with a fraction is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    return str(value).strip() or None
