"""What only looks like a name: words of grammar, headings, departments, and eponyms of two words.

    is_nobody("LABOUR WARD", span of "WARD")   ->  True

A span of a source that is not strong is nobody if it begins with "will he" or "I've", if it is a heading or a label, if
it is only a department, or if it lies in a name that is medicine in two words ("Marcus Gunn"). Not here: eponyms of one
word, drugs and values (`allow`).
"""

import re
from functools import cache

from residency.deid.notes.cues import TITLED
from residency.deid.notes.institutions import DEPARTMENT
from residency.deid.notes.people import case_of
from residency.deid.notes.spans import Span
from residency.deid.notes.words import anyones, given, is_ordinary, listed, set_of
from residency.deid.wording import normal

_OF_TWO_HERE = re.compile(
    r"(?<![\w-])(?:petit mal|austin moore|gilles de la tourette|de la tourette|grand mal|"
    r"west haven|young mania|house brackmann|"
    r"atlanta classification|chicago classification|lugano classification|denver developmental|"
    r"edinburgh depression|paris classification|edinburgh postnatal|amsterdam criteria|epworth sleepiness|"
    r"glasgow blatchford|jarisch herxheimer|montreal cognitive|rotterdam criteria|san joaquin valley|"
    r"sister mary joseph|von recklinghausen|los angeles grade|argyll robertson|canadian c-spine|st\. jude medical|"
    r"tokyo guidelines|treacher collins|norwich regimen|st jude medical|st\. john's wort|foster kennedy|"
    r"milan criteria|new york heart|rocky mountain|st john's wort|vancouver scar|von willebrand|boston naming|"
    r"braxton hicks|bristol stool|graham steell|miller fisher|peutz jeghers|stanford type|van der hoeve|"
    r"austin flint|glasgow coma|lloyd davies|ottawa ankle|oxford scale|pierre robin|tanner stage|watson jones|"
    r"bence jones|de quervain|grey turner|marcus gunn|mary joseph|osler weber|ottawa knee|oxford knee|ramsay hunt|"
    r"rapid rhino|rift valley|sydney swab|lou gehrig|oxford hip|pott puffy|stanford a|stanford b|von gierke|"
    r"von graefe|von hippel|ann arbor|de musset|duo forte|hand foot|rivermead|west nile|de lange|frenchay|la belle|"
    r"st vitus|van nuys|de toni|le fort|lefort"
    r")(?![\w-])",
    re.IGNORECASE,
)
"""Names that are medicine in two words or more, some of them of towns."""
_AUXILIARY = re.compile(
    r"(?:will|may|can|might)[ ](?:he|she|they|you|i|we|it|be|go|have|has|had|need|needs|see|not|take|also|start|stop|"
    r"continue|"
    r"return|call|try|use|do|get|give|require|benefit|consider|this|that|the|his|her|their|our|your|a|an|still|"
    r"discuss|follow|"
    r"review|send|check|come|repeat|wean|hold|resume|order|obtain|monitor|re-?\w+)\b",
    re.IGNORECASE,
)
_SHORT_OF = re.compile(
    r"(?:i|you|we|they|he|she|it|that|there|who|what)['’](?:ve|m|ll|d|re|s)\b|(?-i:[A-Za-z]-[a-z]{3,})\b", re.IGNORECASE
)


def is_nobody(text: str, span: Span) -> bool:
    """Whether a span of no strong source is grammar, a heading, a department or medicine in two words."""
    if _AUXILIARY.match(text, span.start) or _SHORT_OF.match(text, span.start) or _is_of_two(text, span):
        return True
    if span.source != "tagger":
        return False
    return _is_department(text[span.start : span.end]) or (span.kind == "name" and _is_heading(text, span))


def _is_of_two(text: str, span: Span) -> bool:
    """Whether a span begins as such a name or lies within one."""
    first = max(0, span.start - 24)
    return any(
        match.start() == span.start or (match.start() < span.start and span.end <= match.end())
        for match in _OF_TWO_HERE.finditer(text, first, span.end + 24)
    )


@cache
def _departments() -> frozenset[str]:
    wards = set_of("clinic clinics centre center unit ward team service services")
    return (listed("clinical") | DEPARTMENT | wards) - anyones()


def _is_department(said: str) -> bool:
    """Whether nothing but departments, titles or clinical words stand there, or a compound of ordinary words."""
    parts = [normal(part) for part in re.split(r"[\s/-]+", said) if part]
    if all(part in TITLED or part in _departments() for part in parts):
        return True
    return said.islower() and "-" in said and all(is_ordinary(part) for part in parts)


def _is_heading(text: str, span: Span) -> bool:
    """Whether a plain word is a heading: before a colon, or in capitals beside another plain word ("LABOUR WARD")."""
    said = text[span.start : span.end]
    low = normal(said)
    if low not in listed("clinical") and low not in listed("everyday"):
        return False
    upper = case_of(text, span.start) == "upper"
    if text[span.end : span.end + 1] == ":":
        begins = not text[text.rfind("\n", 0, span.start) + 1 : span.start].strip(" -*•#")
        return upper or (low not in given() and (said.isupper() or begins))
    beside = _BESIDE_BEFORE.search(text[max(0, span.start - 24) : span.start]), _BESIDE_AFTER.match(text, span.end)
    words = [normal(match[1]) for match in beside if match]
    return upper and bool(words) and all(is_ordinary(word) and word not in anyones() | TITLED for word in words)


_BESIDE_BEFORE = re.compile(r"([^\W\d_]+)[ ]$")
_BESIDE_AFTER = re.compile(r"[ ]([^\W\d_]+)")
