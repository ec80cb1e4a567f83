"""Free text cleaned by an allow-list: words that a clinical vocabulary holds stay, every other word goes.

    clean = Cleaner(dates=Dates(-40))
    clean("CT abdomen of Vasquez 5 mm, 2024-03-01")      ->  "CT abdomen of 5 mm, 2024-01-21"
    clean("Vasquez 4711")                                ->  None: nothing is left

A cleaner is any function of this form (`Clean`): text in, cleaned text or None out, where None asks for what the Basic
Profile does. This one knows no language and finds no names: it lets through what it knows (`lexicon`), numbers with a
unit, numbers glued to letters that it knows ("t2", "b1000"), and single numbers below 90 beside a word that stays.
Dates that machines write, and days before or after a named month, are moved or go as `dates` says; all others go. What
the subject's own files name (`known`) goes even if it is a clinical word. It loses what it does not know: rare
findings, eponyms, other languages. Not here: which elements are cleaned (`actions`).
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from residency.deid.dates import Dates
from residency.deid.dicom.lexicon import ALONE, CLINICAL, GLUED, SMALL, TITLES, UNITS
from residency.deid.identifiers import Identifiers
from residency.deid.mentions import Mentions
from residency.deid.wording import normal, runs, words

Clean = Callable[[str], str | None]
"""Text in, cleaned text out; None when nothing may stay."""

_YEARS, _NAMED = r"(?:19|20)\d\d", r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATES = re.compile(
    rf"(?<![\d.])(?:{_YEARS}[-/]\d\d?[-/]\d\d?(?:[T ]\d\d:\d\d(?::\d\d)?)?|{_YEARS}\d{{4}}"
    rf"|\d\d?\.\d\d?\.{_YEARS}|\d\d?[ -]{_NAMED}[ ,-]{{1,2}}{_YEARS})(?![\d.]*\d)",
    re.IGNORECASE,
)
"""Days with their year as they stand in descriptors; a number before or behind is no part of a day."""
_TOKEN = re.compile(r"w/o\b|x-ray|\d+(?:[.,]\d+)?(?![^\W\d_])(?!\w*[^\W_\d])|[^\W_]+", re.IGNORECASE)
_KEPT_SIGNS = re.compile(r"[^\s\-/+,.:()%*=&^<>_\\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_THICKNESS = re.compile(r"0[.,]\d{1,3}|\d[.,](?:0|00|25|5|75)|[1-9]\d[.,]0")
"""Broken numbers that scanners write without a unit; others might be a day and a month."""
_JOINED = ("w/o", "x-ray")
_MONTHS: list[str] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_OLDEST, _LONGEST_NUMBER = 90, 4
_YEAR = re.compile(_YEARS)
_CACHED = 4096


class _Token(NamedTuple):
    text: str
    start: int
    end: int
    stays: bool


class Cleaner:
    """The product's own cleaner. `dates`: None drops every date; `keep_dates` leaves them (Full Dates option)."""

    def __init__(
        self, dates: Dates | None = None, known: Identifiers | None = None, *, keep_dates: bool = False
    ) -> None:
        self._dates, self._keep_dates = dates, keep_dates
        self._known = known or Identifiers()
        self._mentions = Mentions(self._known)
        self._answers: dict[str, str | None] = {}

    def __repr__(self) -> str:
        return "Cleaner(…)"

    def __call__(self, text: str) -> str | None:
        """The text without what is not known; texts repeat over a series, so that answers are kept."""
        if text not in self._answers:
            if len(self._answers) >= _CACHED:
                self._answers.clear()
            self._answers[text] = self._cleaned(text)
        return self._answers[text]

    def _cleaned(self, text: str) -> str | None:
        tokens = list(self._tokens(text))
        while tokens and (not tokens[-1].stays or normal(tokens[-1].text) in SMALL):
            tokens.pop()
        out, last, spoke = [], 0, False
        for number, token in enumerate(tokens):
            if token.stays:
                gap = text[last : token.start] if number and tokens[number - 1].stays else " "
                out.append((_KEPT_SIGNS.sub("", gap) or " " if gap else "") if out else "")
                out.append(token.text)
                spoke = spoke or not (token.text.isdigit() or normal(token.text) in SMALL)
            last = token.end
        cleaned = "".join(out)
        if not spoke or self._mentions.in_text(0, b"LO", DATES.sub(" ", cleaned)):
            return None
        return cleaned

    def _tokens(self, text: str) -> Iterator[_Token]:
        """Dates as one token each, then the words between; which of them stays."""
        found, at = [], 0
        for match in DATES.finditer(text):
            found += _TOKEN.finditer(text, at, match.start())
            found.append(match)
            at = match.end()
        found += _TOKEN.finditer(text, at)
        said = [normal(match[0]) for match in found]
        sure = [self._sure(text, found, said, number) for number in range(len(found))]
        for number, match in enumerate(found):
            if match.re is DATES:
                moved = self._moved(match[0])
                yield _Token(moved or "", match.start(), match.end(), moved is not None)
            else:
                stays = sure[number] or self._beside(text, found, said, sure, number)
                yield _Token(match[0], match.start(), match.end(), stays)

    def _sure(self, text: str, found: list[re.Match], said: list[str], number: int) -> bool:
        """Whether a word stays whatever stands beside it."""
        word = said[number]
        if word in self._known.words or found[number].re is DATES:
            return False
        if number and said[number - 1] in TITLES and not (number > 1 and said[number - 2].isdigit()):
            return False
        if word in CLINICAL or word in _JOINED:
            return len(word) > 1
        return _glued(word) and not any(part in self._known.words for part in runs(word))

    def _beside(self, text: str, found: list[re.Match], said: list[str], sure: list[bool], number: int) -> bool:
        """Single letters, and numbers with a unit or below 90, stay if a word that stays stands right beside them."""
        word = said[number]
        if word in self._known.words:
            return False
        before, after = number > 0 and sure[number - 1], number + 1 < len(found) and sure[number + 1]
        if word in ALONE:
            return (before or after) and text[found[number].end() : found[number].end() + 1] != "."
        if not _NUMBER.fullmatch(word) or _years_of_age(said, number):
            return False
        if after and said[number + 1] in UNITS:
            return len(word) <= _LONGEST_NUMBER + 2
        alone = not any(said[n][0].isdigit() for n in (number - 1, number + 1) if 0 <= n < len(said))
        small = word.isdigit() and not word.startswith("0") and int(word) < _OLDEST
        return alone and (before or after) and (small or _THICKNESS.fullmatch(word) is not None)

    def _moved(self, day: str) -> str | None:
        if self._keep_dates:
            return day
        return None if self._dates is None else self._dates.text(day) or _by_hand(day, self._dates)


def moved_dates(before: str, after: str) -> set[str]:
    """The days that stand in a cleaned text and stood not in the text before."""
    return set(DATES.findall(after)) - set(DATES.findall(before)) if after else set()


def _glued(word: str) -> bool:
    """Letters and digits in one word: every run of letters is known, and no run of digits is long or a year."""
    parts = runs(word)
    if len(parts) < 2 or "".join(parts) != word:
        return False
    numbers = [part for part in parts if part.isdigit()]
    if any(len(part) > _LONGEST_NUMBER or _YEAR.fullmatch(part) for part in numbers) or len(numbers) > 2:
        return False
    letters = [part for part in parts if not part.isdigit()]
    return all(part in GLUED for part in letters) and not (parts[-1] in ("y", "f", "m") and int(numbers[0]) > 12)


def _years_of_age(said: list[str], number: int) -> bool:
    """Whether an age may be meant: "94 y", "age 94", "94 female"."""
    near = {said[n] for n in (number - 1, number + 1) if 0 <= n < len(said)}
    return bool(near & {"y", "yr", "yrs", "year", "years", "yo", "old", "age", "aged", "f", "m", "male", "female"})


def _by_hand(day: str, dates: Dates) -> str | None:
    """A day written with points or with the month's name, moved and written likewise; its year alone if it may not."""
    parts = words(day)
    year = next((part for part in parts if _YEAR.fullmatch(part)), None)
    if year is None or len(parts) != 3:
        return None
    named = parts[1].isalpha()
    month = _MONTHS.index(parts[1][:3]) + 1 if named else int(parts[1])
    try:
        old = date(int(year), month, int(parts[0]))
    except ValueError:
        return None
    if dates.shift is None:
        return year
    new = dates.moved(old)
    if new is None:
        return None
    if named:
        return f"{new.day} {_MONTHS[new.month - 1].capitalize()} {new.year}"
    return f"{new.day:02d}.{new.month:02d}.{new.year}"
