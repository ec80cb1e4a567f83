"""Dates in sentences: found in every usual form, and written anew in the form in which they stood.

    found = find_dates(text)                        [Dated(span, …), …]
    found[0].rewritten(alias.dates)                 "3 Mar 2023" -> "22 Jan 2023", or "2023" where only years may stay

A weekday beside a date follows it; a weekday alone moves by the same days. A time of day beside a date stays under a
shift and goes where only years stay. A date without its year is read in the year that the note speaks of most, a month
alone moves from its middle. Holidays, seasons, months of another language and a bare "the 14th" cannot be moved in
their form and give None: the caller writes a tag. "3/4" is a date unless what stands beside it makes it a value ("5/5
strength"). Years alone stay, 164.514(b)(2)(i)(C), except a year of birth ninety years before the note. Relative dates
("two days ago") stay. Ranges of two days keep both days. Not here: dates that machines write (`deid.dates`), ages
(`ages`).
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from residency.deid.dates import Dates
from residency.deid.notes.calendar import (
    ABROAD,
    ALONE_YEARS,
    FORMS,
    HOLIDAY,
    MISSPELT,
    MONTH_ALONE,
    MONTH_PLAIN,
    MONTHS,
    ONLY_DAY,
    ORDINALS,
    QUARTER,
    SEASON,
    WEEK,
    WEEKDAY,
    WEEKDAY_CUT,
    WEEKDAY_NTH,
    WEEKDAY_SHORT,
    WEEKDAY_SMALL,
    WEEKDAYS,
)
from residency.deid.notes.fractions import is_day
from residency.deid.notes.spans import Span

_PARTS = frozenset(("d", "e", "m", "mon", "y", "wd", "o", "n", "k"))
_LATEST_SHORT = 39
"""Two digits up to this are years of this century; later ones of the last. A birth in '30 may be read as 2030: it is
moved by the same days either way."""
_OLDEST = 89


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a note: where, its parts as (from, to, name) within the text, and the day it was read as."""

    span: Span
    text: str
    parts: tuple[tuple[int, int, str], ...]
    day: date | None
    last: date | None = None
    said: tuple[str, ...] = ()
    old: bool = False

    def rewritten(self, dates: Dates) -> str | None:
        """The same form under the subject's dates; None if it cannot be written so that nothing is told."""
        if self.old:
            return None
        if dates.shift is None:
            return f"{self.day.year:04d}" if self.day is not None and "y" in self.said else None
        if self.day is None or not self.parts:
            return _weekday_moved(self.text, dates.shift) if self.said == ("wd",) else None
        new, last = dates.moved(self.day), dates.moved(self.last) if self.last else None
        if new is None:
            return None
        wide = self._padded()
        out, at = [], 0
        for start, end, name in self.parts:
            out += [self.text[at:start], _written(name, self.text[start:end], new, last, wide)]
            at = end
        return "".join(out) + self.text[at:]

    def _padded(self) -> bool:
        """Whether numbers below ten are written with a zero before them."""
        numbers = [self.text[start:end] for start, end, name in self.parts if name in ("d", "e", "m")]
        first = self.parts[0][2] == "y" and len(numbers) > 1
        return any(number[0] == "0" for number in numbers) or (first and all(len(number) == 2 for number in numbers))


def find_dates(text: str, *, day_first: bool | None = None) -> list[Dated]:
    """Every date of a note, none overlapping, in order. `day_first` None: as the note's own clear dates say."""
    matches = list(_matches(text))
    if day_first is None:
        day_first = _order(matches)
    years = Counter(_year(m["y"]) for _, m in matches if m.groupdict().get("y"))
    years.update(int(m["y"]) for m in ALONE_YEARS.finditer(text))
    usual = years.most_common(1)[0][0] if years else 2001
    newest = max((y for y in years if y <= 2100), default=2015)
    found = []
    for form, match in matches:
        dated = _read(text, form, match, usual, day_first)
        if dated is not None:
            born = _birth(text, match.start()) and "y" in dated.said and newest - (dated.day or date.max).year > _OLDEST
            found.append(Dated(dated.span, dated.text, dated.parts, dated.day, dated.last, dated.said, bool(born)))
    found += _born_years(text, newest, found)
    return sorted(found, key=lambda dated: dated.span.start)


def _matches(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    taken = bytearray(len(text))
    for form, pattern in FORMS:
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            if form == "part" and not is_day(text, match):
                continue
            if not _believable(text, form, match):
                continue
            taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
            yield form, match
    alone = (
        ("mon", MONTH_ALONE),
        ("holiday", HOLIDAY),
        ("season", SEASON),
        ("quarter", QUARTER),
        ("quarter", WEEK),
        ("mon", MONTH_PLAIN),
    )
    days = (("only", WEEKDAY_NTH), ("only", ONLY_DAY), ("only", MISSPELT))
    names = (("wd", WEEKDAY), ("wd", WEEKDAY_SHORT), ("wd", WEEKDAY_SMALL), ("wd", WEEKDAY_CUT))
    for form, pattern in (("only", ABROAD), *alone, *days, *names):
        for match in pattern.finditer(text):
            start = match.start({"mon": "mon", "only": "o", "wd": "wd"}.get(form, 0))
            if not any(taken[start : match.end()]):
                taken[start : match.end()] = b"\1" * (match.end() - start)
                yield form, match


def _believable(text: str, form: str, match: re.Match[str]) -> bool:
    said = match.groupdict()
    if form in ("day-mon-year", "mon-day-year") and not said.get("y"):
        word = said["mon"]
        if (
            word.lower() in ("may", "mar", "sat", "march", "dec", "sept", "sep")
            and word.islower()
            and not text.islower()
            and not _fills_its_line(text, match)
        ):
            return False
        if (
            word.lower() == "may"
            and form == "day-mon-year"
            and re.match(r" (?:be|have|need|not|take|also|go)\b", text[match.end() :])
        ):
            return False
    if form == "numbers" and match["a"].strip() == ".":
        return not re.match(r" ?(?:mg|cm|mm|ml|g\b)", text[match.end() :])
    if form == "numbers":
        return not re.match(r" ?(?:kg|lbs?|cm|mm|ml|mmhg)\b", text[match.end() :], re.IGNORECASE)
    return True


def _fills_its_line(text: str, match: re.Match[str]) -> bool:
    """Whether nothing else stands in the line, or between the last stroke and its end: "march 6"."""
    before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
    return (not before or before[-1] in "/|,;:") and text[match.end() :][:1] in "\n"


def _order(matches: list[tuple[str, re.Match[str]]]) -> bool:
    """Whether the clear dates of the note put the day first."""
    votes = [
        int(m["p"]) > 12
        for form, m in matches
        if form in ("numbers", "spaced", "part") and max(int(m["p"]), int(m["q"])) > 12
    ]
    return sum(votes) * 2 > len(votes)


def _year(said: str) -> int:
    digits = said.strip("'’ ")
    return int(digits) if len(digits) == 4 else int(digits) + (2000 if int(digits) <= _LATEST_SHORT else 1900)


def _read(text: str, form: str, match: re.Match[str], usual: int, day_first: bool) -> Dated | None:
    start, end = match.span()
    if form in ("mon", "wd"):
        start, end = match.span(form)
    elif form == "only":
        start = match.start("o")
    end = start + len(text[start:end].rstrip())
    whole = text[start:end]
    span = Span(start, end, "date", "date")
    if form in ("holiday", "only", "season", "quarter"):
        year = match.groupdict().get("y")
        return Dated(span, whole, (), date(int(year), 7, 1) if year else None, old=form in ("holiday", "only"), said=())
    if form == "wd":
        return Dated(span, whole, (), None, said=("wd",))
    names = {name: match.span(name) for name, value in match.groupdict().items() if value is not None}
    if "p" in names:
        names |= _sorted_out(match, names, day_first)
    day, last = _calendar_day(text, names, usual)
    if day is None:  # 31/02: written like a date, so it goes, but no calendar has it
        return Dated(span, whole, (), None, old=True)
    parts = tuple(sorted((a - start, b - start, name) for name, (a, b) in names.items() if name in _PARTS))
    return Dated(span, whole, parts, day, last, tuple(sorted(names)))


def _sorted_out(match: re.Match[str], names: dict, day_first: bool) -> dict:
    """Which of two numbers is the day."""
    first, second = int(match["p"]), int(match["q"])
    if first > 12 or (day_first and second <= 12):
        return {"d": names["p"], "m": names["q"]}
    return {"m": names["p"], "d": names["q"]}


def _calendar_day(text: str, names: dict, usual: int) -> tuple[date | None, date | None]:
    def said(name: str) -> str:
        start, end = names[name]
        return text[start:end]

    year = _year(said("y")) if "y" in names else usual
    month = int(said("m")) if "m" in names else _month(said("mon"))
    if "o" in names:
        number = ORDINALS.index(said("o").lower().replace(" ", "-")) + 1
    else:
        number = int(said("d")) if "d" in names else 15
    try:
        first = date(year, month, number)
        return first, date(year, month, int(said("e"))) if "e" in names else None
    except ValueError:
        if "y" not in names and (month, number) == (2, 29):
            return date(2004, 2, 29), None
        return None, None


def _month(name: str) -> int:
    return next(at for at, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _written(name: str, old: str, new: date, last: date | None, wide: bool) -> str:
    """One part of a date in the form that it had."""
    if name == "wd":
        return _like(old, WEEKDAYS[new.weekday()])
    if name == "mon":
        return _like(old, MONTHS[new.month - 1])
    if name == "o":
        return f"{new.day}" if old[:1].isdigit() else _like(old, ORDINALS[new.day - 1], whole=True)
    if name == "y":
        return f"{new.year:04d}" if len(old) >= 4 else f"{old[:-2]}{new.year % 100:02d}"
    if name in ("n", "k"):
        return _like(old, _ending((last or new).day if name == "k" else new.day), whole=True)
    number = new.month if name == "m" else (last or new).day if name == "e" else new.day
    return f"{number:02d}" if len(old) == 2 and wide else str(number)


def _ending(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _like(old: str, new: str, *, whole: bool = False) -> str:
    """A name of a month or day as long and as large as the old one."""
    if not whole and len(old) <= 5 and old.lower() not in ("march", "april", "june", "july", "may"):
        new = new[:3]
    return new.upper() if old.isupper() else new.capitalize() if old[:1].isupper() else new


def _weekday_moved(text: str, shift: int) -> str:
    at = next(at for at, day in enumerate(WEEKDAYS) if day.startswith(text.lower()[:3]))
    return _like(text, WEEKDAYS[(at + shift) % 7])


_BIRTH = re.compile(r"(?:\bd\.?o\.?b\b\.?|\bborn\b|\bbirth|\bb\.)[^\n.;]{0,25}\s?$", re.IGNORECASE)
_BORN_IN = re.compile(
    r"(?:\bd\.?o\.?b\.?:?|\bborn(?: in)?|birth year:?|year of birth:?|\bb\.)\s*(?P<y>1[89]\d\d)\b(?![-/]\d)", re.I
)


def _birth(text: str, start: int) -> bool:
    return _BIRTH.search(text[max(0, start - 45) : start]) is not None


def _born_years(text: str, newest: int, found: list[Dated]) -> Iterator[Dated]:
    """Years of birth that tell an age above 89."""
    for match in _BORN_IN.finditer(text):
        start, end = match.span("y")
        if newest - int(match["y"]) > _OLDEST and not any(d.span.start <= start < d.span.end for d in found):
            yield Dated(Span(start, end, "date", "date"), match["y"], (), None, old=True)
