"""How names and dates are written: the spellings under which a subject's identifiers may come back.

    name_parts("Müller-Ng^Ana=…")       ->  {"muller", "mueller", "ng", "ana", …}
    birth_date_spellings("19580131")    ->  {"1958-01-31", "31.01.1958", "31 January 1958", …}

Not here: where they come from (`identifiers`).
"""

from collections.abc import Iterator
from itertools import permutations

from residency.deid.wording import words

_STAND_INS = "dr mr mrs ms miss prof md phd jr sr ii iii iv unknown anonymous anonymized anonymised anon none na null"
_NOBODY = frozenset(_STAND_INS.split())
"""Titles and stand-ins: they name nobody."""
_SMALL_WORDS = "van von de der den la le el al bin bint ibn da di do dos del du san st zu zur"
_PARTICLES = frozenset(_SMALL_WORDS.split())
"""They name nobody beside another word, but somebody where they are the whole family or given name."""
_SEPARATORS = (" ", "^", ", ", ",", "_", "-", ".", "")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa"})
_YEAR = "January February March April May June July August September October November December"
_MONTHS = _YEAR.split()


def name_parts(text: str) -> set[str]:
    """The words of a person's name that can name somebody: all component groups, no prefix and no suffix."""
    parts = set()
    for components in _groups(text):
        for component in components[:3]:
            said = [*words(component), *words(component.casefold().translate(_UMLAUTS))]
            parts.update(word for word in said if len(set(said)) == 1 or word not in _PARTICLES)
    return {part for part in parts if len(part) >= 2 and part not in _NOBODY}


def name_phrases(text: str) -> Iterator[tuple[str, bool]]:
    """Spellings of six letters and more: long parts alone, and pairs of parts in both orders.

    The second value says whether the phrase must stand between other signs than letters: "ng, li" stands inside
    "spacing, linear", and nobody is meant.
    """
    for part in name_parts(text):
        yield part, False
    for components in _groups(text):
        yield "^".join(components).rstrip("^"), True
        parts = [" ".join(words(component)) for component in components[:3]]
        raw = [component.strip() for component in components[:3]]
        for spelled in (parts, raw):
            for first, second in permutations([part for part in spelled if len(part) >= 2], 2):
                for separator in _SEPARATORS:
                    yield f"{first}{separator}{second}", True


def date_spellings(digits: str) -> set[str]:
    """The usual spellings of a date given as YYYYMMDD."""
    year, month, day = digits[:4], digits[4:6], digits[6:]
    spelled = {digits, f"{day}{month}{year}", f"{month}{day}{year}"}
    for mark in "-/. ":
        spelled |= {mark.join(order) for order in ((year, month, day), (day, month, year), (month, day, year))}
    return spelled


def birth_date_spellings(digits: str) -> set[str]:
    """Every spelling in which a birth date is written by hand or by machine, about seventy."""
    year, month, day = digits[:4], digits[4:6], digits[6:]
    spelled = date_spellings(digits)
    bare_day, bare_month = day.lstrip("0"), month.lstrip("0")
    for mark in "-/.":
        for short in (year, year[2:]):
            for d, m in ((day, month), (bare_day, bare_month)):
                spelled |= {mark.join(order) for order in ((short, m, d), (d, m, short), (m, d, short))}
    if month.isdigit() and 1 <= int(month) <= 12:
        for name in (_MONTHS[int(month) - 1], _MONTHS[int(month) - 1][:3]):
            for d in (day, bare_day):
                spelled |= {f"{d} {name} {year}", f"{d}-{name}-{year}", f"{d}{name}{year}", f"{name} {d}, {year}"}
                spelled |= {f"{name} {d} {year}", f"{d}. {name} {year}", f"{year} {name} {d}", f"{year}-{name}-{d}"}
    spelled |= {year[2:] + month + day, day + month + year[2:], month + day + year[2:]}
    return {text for text in spelled if len(text) >= 6}


def _groups(text: str) -> Iterator[list[str]]:
    """The component groups (alphabetic, ideographic, phonetic) of every name in a value, split into components."""
    for name in text.split("\\"):
        for group in name.split("="):
            if group.strip(" ^\0"):
                yield group.strip(" \0").split("^")
