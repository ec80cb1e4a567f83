"""Names that a sentence itself tells apart, without a title or a label: what somebody is called, and who is so old.

    find_called('Autumn is a 16 y.o. who goes by "Ash"')        ->  "Autumn", "Ash"

Also two large words directly behind a relation, though both be words ("stepfather Cliff Rivers"), and a nickname
between two names. Not here: titles, labels, relations before a name that is listed (`people`); names without any sign
(`tagger`).
"""

import re
from collections.abc import Iterator

from residency.deid.notes.cues import KIN_CUE, STOP, TITLED
from residency.deid.notes.institutions import DEPARTMENT
from residency.deid.notes.spans import Span
from residency.deid.notes.words import anyones, is_ordinary, listed, set_of
from residency.deid.wording import normal

_LARGE = r"[A-ZÀ-Þ][^\W\d_]+(?:['’-][^\W\d_]+)*"
_NICKNAME = re.compile(
    rf"(?<![^\W\d_])(?P<b>[^\W\d_]+)['’]?,?[ ]\(?[\"“'‘](?P<v>[A-ZÀ-Þ][^\W\d_]+(?:[- ]{_LARGE})?)[\"”'’]"
    rf"(?:\)|[ ](?P<n>{_LARGE})|[ ]to (?:her|his|their|all|every)\b)"
)
_CALLED = re.compile(
    r"\bcall(?:s|ed|ing)? (?:him|her|me|them|himself|herself|themself)[ ][\"“'‘]?(?P<v>[A-Z][^\W\d_]+)(?![\w-])"
)
_AGED = re.compile(
    rf"(?:^|(?<=\n)|(?<=[.:;!?–—] )|(?<=[.:;]  )|(?<=\b(?:of|is) )|(?<=\b(?:for|saw|met|see) )|(?<=\b(?:with) ))"
    rf"(?P<v>{_LARGE}(?:[ ]{_LARGE}){{0,2}})(?:,| is| was)?[ ](?:now |currently |just )?(?:an?[ ]|aged?[ ]|\()?"
    r"\d{1,3}[ -]?(?:y\.?/?o\b|yrs?\b|years?\b|months?\b|mths?\b|weeks?\b|wks?\b|/12\b|/52\b|[MFmf]\b)"
)
_TWO = re.compile(r"(?P<v>(?P<a>[A-ZÀ-Þ][a-zà-ÿ]+)[ ](?P<b>[A-ZÀ-Þ][a-zà-ÿ]+))(?![\w'’-]|[ ][A-ZÀ-Þ])")
_SAYS = re.compile(
    r"(?:[ \t]*(?:[,;.)(]|$)|\n|[ ](?:and|with|who|is|was|has|at|to|in|on|by|after|for|[a-z]+(?:s|ed))\b)"
)
_WHO = set_of(
    "patient pt client resident infant baby child boy girl man woman male female gentleman lady mother father mom dad "
    "mum sister brother son daughter husband wife twin she he they it this that there here age aged now then "
    "caucasian white black african hispanic latino latina asian american indian"
)


def find_called(text: str) -> Iterator[Span]:
    """Names that are told by the sentence around them."""
    for match in _CALLED.finditer(text):
        if text[match.start("v") - 1] in "\"“'‘" or not is_ordinary(match["v"]):
            yield Span(*match.span("v"), "name", "pair")
    for match in _NICKNAME.finditer(text):
        before = match["b"][:1].isupper() and not all(is_ordinary(word) for word in (match["b"], match["v"]))
        if before and (len(match["v"]) > 2 or match["n"]):
            yield Span(*match.span("v"), "name", "pair")
            if match["n"] and not is_ordinary(match["b"]):
                yield Span(match.start("b"), match.end("n"), "name", "pair")
    for match in _AGED.finditer(text):
        words = [normal(word) for word in match["v"].split()]
        known = any(word in anyones() or not is_ordinary(word) for word in words)
        if known and all(map(_may_be_one, words)):
            yield Span(*match.span("v"), "name", "pair")
    for match in KIN_CUE.finditer(text):
        two = _TWO.match(text, match.end()) if match[0][-1].isspace() and ":" not in match[0] else None
        if two and _SAYS.match(text, two.end()) and all(_may_be_one(normal(two[part])) for part in "ab"):
            yield Span(*two.span("v"), "name", "kin")


def _may_be_one(low: str) -> bool:
    """Whether a large word may be a part of a name where one is expected."""
    named = low in anyones()
    return low not in STOP | _WHO | TITLED | DEPARTMENT and (named or low not in listed("clinical"))
