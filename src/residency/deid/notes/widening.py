"""A name that some source saw, widened by what plainly belongs to it: initials, hyphens, strange large words beside it.

    widened("read by Comfort Olawale", span of "Olawale")   ->  the span of "Comfort Olawale"

Also an ordinary word that is written large inside a sentence, directly before or after the name, where it is no title,
label or clinical word. Not here: who saw the name (`people`, `tagger`).
"""

import re

from residency.deid.notes.cues import PARTICLES, TITLED
from residency.deid.notes.people import case_of
from residency.deid.notes.spans import Span
from residency.deid.notes.words import is_ordinary, listed, set_of
from residency.deid.wording import normal

_BEFORE = re.compile(
    r"(?:(?<![\w'’-])(?P<i>[A-Za-z]\.|[A-Z])[ ]?|(?<![\w'’-])(?P<w>[^\W\d_][^\W\d_'’-]*)[ ]|"
    r"(?P<h>[^\W\d_]+)[-'’])$"
)
_AFTER = re.compile(r"(?:[ ](?P<i>[A-Z]\.?)(?![\w'’.])|[ ](?P<w>[^\W\d_][^\W\d_'’-]*)|[-'’](?P<h>(?!s\b)[^\W\d_]{2,}))")


def widened(text: str, span: Span) -> Span:
    """A name with the initials and strange large words beside it, which no source may have seen."""
    if span.kind != "name" or span.source in ("form", "known", "signature"):
        return span
    start, end = span.start, span.end
    for _ in range(3):
        match = _BEFORE.search(text[max(0, start - 30) : start])
        if match is None or not _belongs(text, start, match, left=True):
            break
        start -= len(match[0])
    for _ in range(3):
        match = _AFTER.match(text, end)
        if match is None or not _belongs(text, end, match, left=False):
            break
        end = match.end()
    return Span(start, end, "name", span.source)


def _belongs(text: str, at: int, match: re.Match[str], *, left: bool) -> bool:
    if match["i"]:
        label = not left and text[match.end() : match.end() + 1] == ":"
        return not label and (match["i"].endswith(".") or match["i"] not in "AIS")
    word = match["w"]
    low = normal(word or "")
    if match["h"] or (left and low in PARTICLES and low not in ("do", "e", "y", "a")):
        return True
    large = word[0].isupper() and (word[1:].islower() or not word.isascii()) and case_of(text, at) == "mixed"
    if not large or low in TITLED or low in _LABELS or low in listed("eponyms"):
        return False
    if word.isascii() and is_ordinary(low) and (low in listed("clinical") or low.endswith(("ist", "ian", "logy"))):
        return False
    return (
        not is_ordinary(low)
        or not word.isascii()
        or (_inside(text, at - len(match[0])) if left else _goes_on(text, match.end()))
    )


def _inside(text: str, at: int) -> bool:
    """Whether the place is inside a sentence, where words are not large without a reason: "read by Comfort Olawale"."""
    return re.search(r"(?:[a-z,:/-] |\()$", text[max(0, at - 2) : at]) is not None


def _goes_on(text: str, at: int) -> bool:
    return re.match(r"[ ][a-z(\[ ]|[,.;)\n/]|$", text[at : at + 2]) is not None


_LABELS = set_of(
    "patient pt client name age sex gender date time phone tel fax mobile email address room unit status service "
    "location department clinic hospital ward provider physician attending resident fellow intern nurse staff "
    "consult consultant team doctor mother father son daughter wife husband brother sister friend signed read per "
    "by from to cc re dear hi hello thanks thank regards and or but the a an if when he she they his her their we "
    "our you your it this that today yesterday plan note report summary history exam labs meds allergies "
    "impression assessment chief male female mr mrs ms miss dr"
)
