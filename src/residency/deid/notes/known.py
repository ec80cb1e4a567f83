"""The identifiers of this very subject, looked for in their notes: names, numbers, dates, addresses.

    search = KnownSearch(identifiers)
    search.spans("seen with Mrs. Muller-Ng, MRN 12 34")

Words are compared in their normal spelling; a name of six letters or more is also found with one letter wrong
("Mueler"), with a digit for a letter as scanners read ("0'Brien"), and inside a longer word. A name that is also an
ordinary word ("May", "Long") or a unit ("ng") counts where it is written as a name: large, in a line that is not all
large, or beside another name of the subject. So nobody's note is harder to clean for being called Li. Not here: where
the identifiers come from (`identifiers`), other people's names (`people`, `tagger`).
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from residency.deid.identifiers import Bounds, Identifiers
from residency.deid.notes.people import case_of
from residency.deid.notes.spans import Kind, Span
from residency.deid.notes.words import is_ordinary, listed, set_of
from residency.deid.wording import normal, runs

_KINDS: dict[str, Kind] = {
    "name": "name", "id": "record", "date": "date", "birth date": "date", "address": "place", "phone": "phone",
    "institution": "institution", "device": "device", "uid": "id",
}  # fmt: skip
_FUZZY, _INSIDE = 6, 5
_TOKEN = re.compile(r"[^\W_]+")
_READ = str.maketrans("015", "ols")
_FUNCTION = set_of("he an so do to my in on be is as at by no we us me it or if up go")
"""Names, too; but at the head of a sentence nobody can tell the name from the word, so it tells nothing."""
_PER = re.compile(r"/(?:m?l|d?l|kg|h)\b", re.IGNORECASE)
_TUBE = re.compile(r"[ ](?:TUBE|SUCTION|FEED|TO |PLACED|DRAIN|LEVEL|CARBONATE)")
_MODALS = set_of("may will can might must")


class KnownSearch:
    """The search for one subject, prepared once for all their notes."""

    def __init__(self, known: Identifiers) -> None:
        self._words = dict(known.words)
        self._chains = dict(known.chains)
        phrases = {}
        for phrase, sought in known.phrases.items():
            if not sought.wide:
                try:
                    phrases[normal(phrase.decode("utf-8"))] = sought
                except UnicodeDecodeError:
                    continue
        self._phrases = phrases
        self._long = [
            w for w, kind in self._words.items() if kind == "name" and len(w) >= _FUZZY and not is_ordinary(w)
        ]
        self._deletions: dict[str, set[str]] = defaultdict(set)
        for word in self._long:
            for short in _shortened(word):
                self._deletions[short].add(word)
        self._inside = [w for w, k in self._words.items() if k == "name" and len(w) >= _INSIDE and not is_ordinary(w)]
        self._unspaced = [w for w, k in self._words.items() if k == "name" and not w.isascii()]

    def names(self) -> frozenset[str]:
        """The words of all names that are looked for."""
        return frozenset(word for word, kind in self._words.items() if kind == "name")

    def spans(self, text: str) -> list[Span]:
        """Every stretch that names the subject or theirs."""
        if not (self._words or self._phrases or self._chains):
            return []
        low, places = _folded(text)
        found = [*self._in_words(text), *self._in_chains(text)]
        for phrase, sought in self._phrases.items():
            at = low.find(phrase)
            while at >= 0:
                end = at + len(phrase)
                if _alone(low, at, end, sought.bounds):
                    found.append(Span(places[at], places[end - 1] + 1, _KINDS.get(sought.kind, "id"), "known"))
                at = low.find(phrase, at + 1)
        return found

    def _in_words(self, text: str) -> Iterator[Span]:
        before_was_name = -9
        for match in _TOKEN.finditer(text):
            word = normal(match[0])
            kind = self._words.get(word)
            if kind is None and not word.isalpha():
                yield from self._in_runs(match)
            if kind is None and word.isdigit():
                kind = self._words.get(word.lstrip("0"))
            if kind is not None:
                near = match.start() - before_was_name <= 2
                if kind != "name" or self._is_meant(text, match, word, near=near):
                    yield Span(match.start(), match.end(), _KINDS.get(kind, "id"), "known")
                    before_was_name = match.end()
                continue
            if len(word) >= _FUZZY - 1 and self._near(word):
                yield Span(match.start(), match.end(), "name", "known")
                before_was_name = match.end()
            for name in self._unspaced:
                if name in word:
                    yield Span(match.start(), match.end(), "name", "known")

    def _is_meant(self, text: str, match: re.Match[str], word: str, *, near: bool) -> bool:
        """Whether a word that also means something else is written as a name here."""
        if not is_ordinary(word) and len(word) > 2:
            return True
        written, case = match[0], case_of(text, match.start())
        after = text[match.end() : match.end() + 12]
        unit = re.search(r"\d[ ]?$", text[max(0, match.start() - 2) : match.start()]) or _PER.match(after)
        following = re.match(r"[ ]([^\W\d_]+)", text[match.end() : match.end() + 40])
        beside = near or (following and self._words.get(normal(following[1])) == "name")
        if unit or (beside and (written[0].isupper() or case == "lower")):
            return not unit
        if case == "mixed":
            pronoun = word in _FUNCTION and _begins(text, match) and re.match(r"[ ][a-z]", after)
            short = written.isupper() and len(written) > 1 and word in listed("clinical")
            return written[0].isupper() and not short and not pronoun
        if case == "upper" and word in listed("clinical"):
            return not _TUBE.match(after)
        return word not in _MODALS or case == "upper"

    def _in_runs(self, match: re.Match[str]) -> Iterator[Span]:
        folded = normal(match[0])
        for part in runs(folded):
            kind = self._words.get(part) or (self._words.get(part.lstrip("0")) if part.isdigit() else None)
            if kind and len(part) >= (4 if part.isdigit() else 3) and not is_ordinary(part):
                yield Span(match.start(), match.end(), _KINDS.get(kind, "id"), "known")

    def _near(self, word: str) -> bool:
        """Whether the word is a long name with one letter wrong, left out, added or misread, or holds a name."""
        if any(name in word for name in self._inside) and len(word) > _INSIDE and not is_ordinary(word):
            return True
        if not self._long or is_ordinary(word):
            return False
        read = word.translate(_READ) if not word.isalpha() and not word.isdigit() else word
        if not read.isalpha():
            return False
        candidates = set().union(*(self._deletions.get(short, ()) for short in (read, *_shortened(read))))
        return any(_one_edit(read, name) for name in candidates)

    def _in_chains(self, text: str) -> Iterator[Span]:
        if not self._chains:
            return
        tokens = [(part, match) for match in _TOKEN.finditer(text) for part in runs(normal(match[0]))]
        said = [part for part, _ in tokens]
        for chain, kind in self._chains.items():
            size = len(chain)
            for at in range(len(said) - size + 1):
                if said[at] == chain[0] and tuple(said[at : at + size]) == chain:
                    start, end = tokens[at][1].start(), tokens[at + size - 1][1].end()
                    if end - start <= sum(map(len, chain)) + 3 * size:
                        yield Span(start, end, _KINDS.get(kind, "id"), "known")


def _begins(text: str, match: re.Match[str]) -> bool:
    return re.search(r"(?:^|[.!?:;]\s+|\n\s*|[-*•]\s*)$", text[max(0, match.start() - 6) : match.start()]) is not None


def _shortened(word: str) -> list[str]:
    """The word, and the word without each of its letters."""
    return [word, *(word[:at] + word[at + 1 :] for at in range(len(word)))]


def _one_edit(first: str, second: str) -> bool:
    """One letter replaced, added or left out, or two neighbours exchanged; the first letter is the same."""
    if first == second:
        return True
    if abs(len(first) - len(second)) > 1 or first[0] != second[0]:
        return False
    at = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    a, b = first[at:], second[at:]
    return (
        a[1:] == b[1:]
        or a[1:] == b
        or a == b[1:]
        or (len(a) > 1 and len(b) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:])
    )


def _folded(text: str) -> tuple[str, list[int]]:
    """The text in its normal spelling, with the place of each sign in the original."""
    if text.isascii():
        return text.casefold(), list(range(len(text)))
    signs, places = [], []
    for at, sign in enumerate(text):
        for folded in normal(sign):
            signs.append(folded)
            places.append(at)
    return "".join(signs), places


def _alone(low: str, start: int, end: int, bounds: Bounds) -> bool:
    before, after = low[start - 1 : start], low[end : end + 1]
    if bounds is Bounds.NUMBER:
        return not after.isdigit() and not before.isdigit()
    if bounds is Bounds.WORD:
        return not before.isalpha() and not after.isalpha()
    return True
