"""Spans: stretches of a note that identify, with their kind and with who says so, and their union.

    union([Span(3, 11, "name", "title"), Span(3, 20, "name", "tagger")])

Kinds cover the eighteen letters of 164.514(b)(2)(i); `LETTERS` says which. Where spans overlap, the more certain
source keeps its bounds and the others keep what is left of them, so that nothing any source saw is lost and a date
can still be read as a date. Not here: who finds spans (`rules`, `known`, `tagger`), what is written instead
(`scrub`).
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

Kind = Literal[
    "name", "place", "institution", "date", "age", "phone", "fax", "mail", "ssn", "record", "plan", "account",
    "licence", "vehicle", "device", "url", "ip", "id",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
LETTERS: dict[Kind, str] = {
    "name": "A", "place": "B", "institution": "B", "date": "C", "age": "C", "phone": "D", "fax": "E", "mail": "F",
    "ssn": "G", "record": "H", "plan": "I", "account": "J", "licence": "K", "vehicle": "L", "device": "M", "url": "N",
    "ip": "O", "id": "R",
}  # fmt: skip
"""The letter of 164.514(b)(2)(i) for each kind. P and Q, biometrics and photographs, are no text; employers, schools
and hospitals count as geography smaller than a state."""

SOURCES = (
    "form",
    "known",
    "date",
    "age",
    "label",
    "number",
    "title",
    "field",
    "signature",
    "pair",
    "kin",
    "place",
    "tagger",
    "again",
)
"""Who says so, the most certain first."""
STRONG = frozenset(SOURCES[:9])
"""Sources that no allow-list overrules: the context says plainly that it is a person or a number of theirs."""
_RANK = {source: rank for rank, source in enumerate(SOURCES)}


class Span(NamedTuple):
    """Characters from `start` up to, not including, `end`."""

    start: int
    end: int
    kind: Kind
    source: str


def union(spans: Iterable[Span], text: str) -> list[Span]:
    """Spans that do not overlap, in order; what is cut down to signs without a letter or digit is dropped."""
    taken: list[Span] = []
    owner: list[int] = [0] * len(text)
    for span in sorted(spans, key=lambda s: (_RANK[s.source], s.start - s.end, s.start)):
        taken.append(span)
        for at in range(span.start, min(span.end, len(text))):
            if not owner[at]:
                owner[at] = len(taken)
    found: list[Span] = []
    at = 0
    while at < len(text):
        who = owner[at]
        end = at + 1
        while end < len(text) and owner[end] == who:
            end += 1
        if who:
            start, stop = _trimmed(text, at, end)
            whole = taken[who - 1]
            rest = (start, stop) != _trimmed(text, whole.start, min(whole.end, len(text)))
            if start < stop and not (rest and whole.kind in ("place", "institution") and _is_crumb(text[start:stop])):
                found.append(Span(start, stop, taken[who - 1].kind, taken[who - 1].source))
        at = end
    return _joined(found, text)


def _is_crumb(rest: str) -> bool:
    """Whether what is left of a span beside a surer one is too little to be anything: ", OH"."""
    return not any(sign.isdigit() for sign in rest) and sum(sign.isalpha() for sign in rest) < 3


def _joined(spans: list[Span], text: str) -> list[Span]:
    """Neighbours of one kind as one, but for dates and ages, which are read one by one."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        if last and last.kind == span.kind and span.kind not in ("date", "age") and _close(text[last.end : span.start]):
            found[-1] = Span(last.start, span.end, span.kind, min(last.source, span.source, key=_RANK.__getitem__))
        else:
            found.append(span)
    return found


def _close(between: str) -> bool:
    return len(between) <= 3 and not any(sign.isalnum() or sign in "\n\t()[];:|" for sign in between)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without spaces at the ends; empty if no letter or digit is left."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return (start, end) if any(sign.isalnum() for sign in text[start:end]) else (start, start)
