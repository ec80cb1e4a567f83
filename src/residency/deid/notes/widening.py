"""A name that some source saw, widened by what plainly belongs to it: initials, hyphens, strange large words beside it.

    widened("read by Comfort Olawale", span of "Olawale")   ->  the span of "Comfort Olawale"

Also an ordinary word that is written large inside a sentence, directly before or after the name, where it is no title,
label or clinical word. Not here: who saw the name (`people`, `tagger`).
"""

import re

from residency.deid.notes.cues import PARTICLES, TITLED
from residency.deid.notes.people import case_of
from residency.deid.notes.place_words import STREET, STREET_ENDS
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
    if span.kind in ("place", "institution") and span.source in ("place", "tagger"):
        return _house(text, span)
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


_WORD_BEFORE = re.compile(r"(?<![\w'’.-])(?P<w>[A-ZÀ-Þ][\w'’-]*|(?:St|Mt)\.)(?:[ ](?:of|de|du|des|&)(?: the)?)?[ ]$")
_WORD_AFTER = re.compile(
    r"[ ](?:(?:of|&|and|for)[ ](?:the[ ])?)?(?P<w>[^\W\d_][\w'’-]*)|[ ](?i:ext|phase|sector|block)\.?[ ]\d{1,3}\b"
)


def _house(text: str, span: Span) -> Span:
    """A place or institution with the large words before it, and the word behind it that says what it is."""
    start, end = span.start, span.end
    if text[start].isdigit() or not text[start].isupper():
        before = None
    else:
        before = _WORD_BEFORE.search(text[max(0, start - 30) : start])
    for _ in range(3):
        if before is None or not _is_of_house(text, start - len(before[0]), before["w"]):
            break
        start -= len(before[0])
        before = _WORD_BEFORE.search(text[max(0, start - 30) : start])
    for _ in range(2):
        after = _WORD_AFTER.match(text, end)
        joined = after is not None and "&" in after[0] and after["w"] is not None and after["w"][0].isupper()
        if after is None or (after["w"] and not joined and not _says_what(text[start:end], after["w"])):
            break
        end = after.end()
    return Span(start, end, span.kind, span.source)


def _is_of_house(text: str, at: int, word: str) -> bool:
    low = normal(word.rstrip("."))
    if (
        low in _NOT_OF_HOUSE
        or low in _LABELS
        or low in TITLED
        or low in listed("clinical")
        or case_of(text, at) != "mixed"
    ):
        return False
    return not is_ordinary(low) or _inside(text, at)


def _says_what(said: str, word: str) -> bool:
    """Whether a word is the kind of the house or road before it, written as large or small as that."""
    return normal(word) in _ENDS and word[0].isupper() == said.rsplit(maxsplit=1)[-1][0].isupper()


_NOT_OF_HOUSE = set_of(
    "at in from near of and via lives seen by with for on the he she it they we i no yes mr mrs ms dr home work "
    "admit admitted "
    "transfer transferred sent came went saw called address employer school church monday tuesday wednesday thursday "
    "friday "
    "saturday sunday january february march april may june july august september october november december"
)
_ENDS = frozenset(f"{STREET}|{STREET_ENDS}".replace("?", "").split("|")) | set_of(
    "hospital clinic imaging dental surgery practice pharmacy hospice lodge manor infirmary midwives genetics "
    "transplant institution "
    "living village school college academy university church chapel mosque temple foundation trust group ltd inc llc "
    "company co "
    "bakery foods seafoods biscuits trams buses coaches couriers haulage freight shipping fisheries farm farms hotel "
    "motel inn "
    "library museum theatre theater gym rink stadium arena pool club society restaurant cafe diner grill kitchen "
    "chicken garage "
    "motors construction plumbing electric roofing flooring timber steel works mill foundry cannery brewery winery "
    "dairy laundry "
    "concrete colliery scheme lounge barber barbers salon quarry sawmill med medical "
    "linen supply hardware stores supermarket market mall bank insurance airlines prison jail barracks base "
    "diagnostics pathology "
    "laboratory laboratories labs radiology physiotherapy physio optometry veterinary vets dentistry orthopedics "
    "pediatrics "
    "women's children's outreach ministries mission shelter reserve reservation county township borough parish "
    "district estate"
) - set_of("st dr pl av way run view common rest light point points center base pass passage radial")


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
