"""Ages above 89, which 164.514(b)(2)(i)(C) joins into one category: written anew as "90+".

    find_ages("a 94-year-old woman")   ->  the span of "94"

Numbers and words ("ninety-four", "nonagenarian", "in her nineties"), with the sex behind them ("94F") or without. A
temperature of 94F, 94 months and a weight of 94 kg are no ages. Not here: years of birth (`dates`).
"""

import re

from residency.deid.notes.spans import Span

_N = r"(?P<n>9\d|1[01]\d|12[0-4])"
_ONES = (
    r"(?:[- ](?:one|two|three|four|five|six|seven|eight|nine|first|second|third|fourth|fifth|sixth|seventh|"
    r"eighth|ninth))?"
)
_WORD = (
    rf"(?P<n>ninety{_ONES}|(?:one|a) hundred(?: and)?(?:[- ](?:one|two|three|four|five|six|seven|eight|nine|"
    rf"ten|eleven|twelve))?)"
)
_OLD = r"[- ]?(?:y/?o\b|y\.o\.|yrs?\b|y[ei]a?rs?\b|year[- ]olds?\b|years?[- ]old\b)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<![\d./-]){_N}[- ]?(?:y/?o\b|y\.o\.|yo[fm]\b|y[- ]?old|yrs?[- ]?(?:old|of age)|y[ei]a?rs?[- "
        rf"]?(?:olds?|of age)|year[- ]olds?)",
        rf"(?<![\d./-]){_N}[- ]?(?:years?|yrs?|y)[,;]? ?(?:/|-)? ?(?:male|female|man|woman|lady|gentleman|[mf]\b)",
        rf"(?<![\d./-]){_N} ?(?:-|/)? ?(?:(?:male|female|woman|man|lady|gentleman)\b|[mf]\b(?![/:.]?\d))",
        rf"\b(?:aged?|ages|age is|age of|at the age of|turned|turning|turns|is now)[:= ]*\s*{_N}(?![\d%/]|\.\d| "
        rf"?(?:mg|kg|%|bpm|mm))",
        rf"\b(?:died|deceased|passed(?: away)?|lived|alive|living|d\.|dec\.)(?: (?:at|to|aged|to be|until))* "
        rf"?{_N}(?![\d%/]|\.\d| ?(?:mg|%|bpm))",
        rf"(?<![\d./-]){_N} ?(?:years? of age|years? young)",
        rf"\b{_N}(?:st|nd|rd|th) (?:birthday|year of life)",
        rf"(?<![\d./-]){_N}\s*\((?:DOB|born)",
        rf"\b(?:ages? )?{_WORD}{_OLD}",
        rf"\b(?:aged?|age of|turned|turning|died at|at the age of) {_WORD}\b",
        rf"\b{_WORD} (?:years? of age|year[- ]old)",
        r"\b(?P<n>(?:a |an )?(?:nonagenarian|centenarian|supercentenarian))s?\b",
        r"\b(?:in )?(?:his|her|their|the) (?P<n>(?:early |mid[- ]?|late )?(?:nineties|90['’]?s|100['’]?s|hundreds))\b",
        rf"\b(?:lady|gentleman|man|woman|patient|she|he|mum|father|mother|husband|wife)\b[^.\n]{{0,12}}\bnow "
        rf"{_N}(?=[.,;])",
        rf"(?:\b(?!(?:sats?|pulse|temp|rate|spo2|hr|map|bpm|weight|wt|glucose|bgl|bsl)\b)(?-i:[A-Z])[a-z'’-]+|\)), "
        rf"{_N}(?=(?:, |[.:;])(?!\d))",
        rf"\b(?:he|she|who)(?: is|['’]s) (?:now |only |already )?{_N}(?=[.,;)]| and\b)(?![.,]\d)",
        rf"(?<=\n)(?:age(?:/sex)?|years)[ \t]*[:|][ \t]*{_N}\b",
    )
)
_HOT = re.compile(
    r"(?:temp(?:erature)?|\bT(?:max|c|emp)?|febrile(?: to| at)?|fever of|°|oral|axillary|rectal)[ :=]*$", re.IGNORECASE
)
_FAHRENHEIT = re.compile(r"(?<![\d.])\d{2,3} ?F$")


def find_ages(text: str) -> list[Span]:
    """The spans of ages from 90 to 124, the number or word alone."""
    found: dict[int, Span] = {}
    for form in _FORMS:
        for match in form.finditer(text):
            start, end = match.span("n")
            if _HOT.search(text[max(0, start - 16) : start]) and text[end : end + 2].strip().upper()[:1] == "F":
                continue
            found.setdefault(start, Span(start, end, "age", "age"))
    return [found[start] for start in sorted(found)]
