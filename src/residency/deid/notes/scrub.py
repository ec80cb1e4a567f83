"""One note: every identifier found by any source, and what is written in its place.

    note = scrub_note(text, rules, alias, known, tagger)
    note.text, note.counts, note.spans        counts of (kind, action); spans are places in the original

Sources are joined (`spans.union`): rules, dates, the subject's identifiers, the tagger. A name that was found once is
looked for in the whole note again. Then the clinical allow-list gives back what no strong source claims. It refuses to
go on without a tagger, 164.514(b): a step is never skipped. Not here: the second look at what came out (`residual`).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from residency.deid.identifiers import Identifiers
from residency.deid.notes.allow import allowed_off
from residency.deid.notes.cues import TITLED
from residency.deid.notes.dates import Dated, find_dates
from residency.deid.notes.known import KnownSearch
from residency.deid.notes.note_rules import NoteRules
from residency.deid.notes.people import case_of
from residency.deid.notes.rules import find_by_rules
from residency.deid.notes.spans import STRONG, Span, union
from residency.deid.notes.surrogates import Surrogates
from residency.deid.notes.widening import widened
from residency.deid.notes.words import anyones, is_ordinary, listed, set_of
from residency.deid.pseudonyms import Alias
from residency.deid.wording import normal
from residency.errors import Missing


class TaggerMissing(Missing):
    """Notes are not cleaned without the tagger."""


class Tagger(Protocol):
    """Whoever reads a note and marks what looks like an identifier."""

    def spans(self, text: str) -> list[Span]:
        """Spans of source "tagger"."""
        ...


@dataclass(frozen=True, slots=True)
class CleanedNote:
    """A note without its identifiers. `written` are the places in `text` of what was written anew, `minted` the
    same as bytes; `spans` are the places in the original.
    """

    text: str = field(repr=False)
    counts: Counter
    minted: frozenset[bytes] = field(repr=False)
    spans: tuple[Span, ...] = field(repr=False)
    written: tuple[tuple[int, int], ...] = field(repr=False)


def scrub_note(
    text: str, rules: NoteRules, alias: Alias, known: Identifiers | KnownSearch, tagger: Tagger | None
) -> CleanedNote:
    """The note with every identifier replaced as the rules say; TaggerMissing if there is no tagger."""
    if tagger is None:
        raise TaggerMissing("Notes cannot be cleaned without the tagger.", remedy="Give load_tagger().")
    search = known if isinstance(known, KnownSearch) else KnownSearch(known)
    dated = {found.span: found for found in find_dates(text, day_first=rules.day_first)}
    spans = find_spans(text, dated, search, tagger)
    other = Surrogates(alias, taken=_words_of(text, spans) | search.names())
    out, counts, minted, written, at, size = [], Counter(), set(), [], 0, 0
    for span in spans:
        new = _instead(text, span, dated.get(span), rules, alias, other)
        counts[(span.kind, rules.action(span.kind))] += 1
        if new is None:
            continue
        out += [text[at : span.start], new]
        size += span.start - at
        written.append((size, size + len(new)))
        size += len(new)
        minted.add(new.encode())
        at = span.end
    return CleanedNote("".join(out) + text[at:], counts, frozenset(minted), tuple(spans), tuple(written))


def find_spans(text: str, dated: Iterable[Span], search: KnownSearch, tagger: Tagger) -> list[Span]:
    """What identifies in a note, by all sources together, without overlaps."""
    found = [*find_by_rules(text), *dated, *search.spans(text), *tagger.spans(text)]
    found = [widened(text, left) for span in found if (left := allowed_off(text, span))]
    found += _again(text, found)
    return union(found, text)


_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def _again(text: str, found: list[Span]) -> list[Span]:
    """The names found so far, wherever else they stand in the note."""
    sought: dict[str, bool] = {}
    for span in found:
        if span.kind == "name":
            for word in _WORD.findall(text[span.start : span.end]):
                low = normal(word)
                if (
                    len(low) > 1
                    and low not in _PARTS
                    and low not in TITLED
                    and low not in _DEGREES
                    and (span.source in STRONG or low in anyones() or not is_ordinary(low))
                ):
                    sought[low] = sought.get(low, False) or span.source in STRONG
    more = []
    for match in _WORD.finditer(text):
        low = normal(match[0])
        for said in {low, re.sub(r"['’]s$", "", low)} & sought.keys():
            if not _is_name_here(text, match, said, strong=sought[said]):
                continue
            span = Span(match.start(), match.start() + len(said), "name", "again")
            if allowed_off(text, span):
                more.append(span)
    return more


_DEGREES = set_of("md do rn np pa phd mbbs facs lpn cna crna dds dpm od bsn msn lcsw msw rrt pt ot slp rd mph ms ma")
_PARTS = set_of("de la del van von der den bin al el da dos di jr sr ii iii iv and")


def _is_name_here(text: str, match: re.Match[str], low: str, *, strong: bool) -> bool:
    """Whether a word that also means something else is written as the name that it was before."""
    if not is_ordinary(low):
        return True
    if not match[0].istitle() or case_of(text, match.start()) != "mixed" or text[match.end() : match.end() + 1] == ":":
        return False
    if low in listed("clinical") and (not strong or len(low) > 3):
        return False
    before = text[max(0, match.start() - 2) : match.start()]
    begins = (not before.strip() and ("\n" in before or not before)) or before[:1] in ".!?:"
    return strong or not begins


def _words_of(text: str, spans: list[Span]) -> frozenset[str]:
    return frozenset(
        normal(word)
        for span in spans
        if span.kind in ("name", "place", "institution")
        for word in _WORD.findall(text[span.start : span.end])
    )


def _instead(
    text: str, span: Span, dated: Dated | None, rules: NoteRules, alias: Alias, other: Surrogates
) -> str | None:
    """What is written in the place of a span; None if it stays."""
    action, said = rules.action(span.kind), text[span.start : span.end]
    if action == "keep":
        return None
    if action == "move" and dated is not None:
        return dated.rewritten(alias.dates) or "[DATE]"
    if action == "join":
        return (
            "90+"
            if any(sign.isdigit() for sign in said) or said.lower().startswith(("ninety", "one hundred", "a hundred"))
            else "aged 90+"
        )
    if action == "surrogate":
        return other.written(span.kind, said)
    return f"[{span.kind.upper()}]"
