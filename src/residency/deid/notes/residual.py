"""The second look, different from the first: at the note that came out, without what was written anew.

    residue(note, known)          ->  ["name", "phone"]       kinds that are left; empty if the note may pass
    held_back(note, known)        ->  Reason | None
    clean_text(text, rules, alias, known, tagger)  ->  str | None     for short texts of other data

The subject's identifiers are sought by `mentions` and `needles`, which know nothing of spans, and a few strict forms by
themselves: numbers of nine digits, mail, telephones, whole dates, a title before a name. What the first pass wrote is
blanked out first. A name that is also an ordinary word counts only where it is written large inside a sentence, so that
nobody's notes are held back for being called May. Not here: what becomes of a note that is held back (`holding`).
"""

import re
from collections.abc import Iterator

from residency.deid.identifiers import Identifiers
from residency.deid.mentions import Mentions
from residency.deid.needles import Needles
from residency.deid.notes.known import KnownSearch
from residency.deid.notes.note_rules import NoteRules
from residency.deid.notes.scrub import CleanedNote, Tagger, scrub_note
from residency.deid.notes.words import is_ordinary
from residency.deid.pseudonyms import Alias
from residency.deid.reason import Reason

_BLANK = "□"
_LONG_TEXT = 0x00204000, b"LT"
"""The element in which DICOM keeps comments: `mentions` asks where a text stands, and that is nearest to a note."""
_STRICT = (
    ("ssn", re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")),
    ("mail", re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")),
    ("phone", re.compile(r"(?<![\w.])\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?!\w)")),
    ("id", re.compile(r"(?<![\w.,$/-])\d{9,}(?![\w.,%/])")),
    ("date", re.compile(r"(?<![\w/.-])(?:1[0-2]|0?[1-9])/(?:3[01]|[12]\d|0?[1-9])/(?:19|20)\d\d(?![\w/])|"
    r"(?<![\w-])(?:19|20)\d\d-[01]\d-[0-3]\d(?![\w-])")),
    ("record", re.compile(r"\b(?:MRN|mrn)[:# ]+\d{3,}")),
)  # fmt: skip
_TITLED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms)\.? ([A-Z][a-z]+)")


def residue(note: CleanedNote, known: Identifiers) -> list[str]:
    """The kinds of identifiers that are left in what came out, each once."""
    text = _blanked(note)
    return list(dict.fromkeys([*_of_the_subject(text, known), *_by_form(text)]))


def held_back(note: CleanedNote, known: Identifiers) -> Reason | None:
    """Why the note cannot pass; None if it can."""
    kinds = residue(note, known)
    return Reason(code="RESIDUAL", sentence=f"identifiers are left in the note: {', '.join(kinds)}.") if kinds else None


def clean_text(text: str, rules: NoteRules, alias: Alias, known: Identifiers, tagger: Tagger | None) -> str | None:
    """A short text (a description, a cell, a narrative) without identifiers; None if some are left and it must go."""
    note = scrub_note(text, rules, alias, known, tagger)
    return note.text if not residue(note, known) else None


def _blanked(note: CleanedNote) -> str:
    signs = list(note.text)
    for start, end in note.written:
        signs[start:end] = _BLANK * (end - start)
    return "".join(signs)


def _of_the_subject(text: str, known: Identifiers) -> Iterator[str]:
    plain = {word: kind for word, kind in known.words.items() if not (kind == "name" and _means_more(word))}
    yield from Mentions(Identifiers(plain, {}, known.chains)).in_text(*_LONG_TEXT, text)
    yield from (hit.kind for hit in Needles(Identifiers({}, known.phrases, {})).hits(text.lower().encode()))
    double = {word: kind for word, kind in known.words.items() if word not in plain}
    if double:
        meant = [text[s.start : s.end] for s in KnownSearch(Identifiers(double, {}, {})).spans(text)]
        yield from ("name" for word in meant if word.istitle())


def _means_more(word: str) -> bool:
    return len(word) <= 2 or is_ordinary(word)


def _by_form(text: str) -> Iterator[str]:
    for kind, form in _STRICT:
        if form.search(text):
            yield kind
    for match in _TITLED.finditer(text):
        if not is_ordinary(match[1]):
            yield "name"
