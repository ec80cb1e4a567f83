"""Whether a text mentions the subject: as words, as parts of words, as numbers written with signs between.

    mentions = Mentions(identifiers)
    mentions.in_text(0x00281055, b"LO", "LEE1 id 12-34")     ->  ["name", "id"]

Every word counts, however short. A word of letters and digits is also taken apart ("smith2024", "mrn4821337"), and a
name of five letters is found inside a longer word ("ptsmith"); longer ones are phrases, found in any byte. Machines,
too, write letters and digits together ("br38f", "he1-4"), so that apart from free text a part needs three letters, and
four where codes stand by habit: nobody may be lost for being called He. The price: "ng1" is not found. Words that stand
where the standard put them do not count (`vocabulary`). Not here: bytes that are no text (`needles`).
"""

import re
from collections.abc import Iterator

from residency.deid.identifiers import Identifiers
from residency.deid.vocabulary import FREE_TEXT_VRS, TERMS, holds_codes, is_standard
from residency.deid.wording import normal, runs, words

_INSIDE = 5
_WHOLE_NUMBER, _SHORT_ID = 4, 4
"""Digits that are taken out of a longer word are four or more; an id below four signs counts as a whole word only."""
_LETTERS = re.compile(r"[^\W\d_]{6,}")
_WIDEST_CACHE = 4096


class Mentions:
    """What is sought in texts; the files of a series repeat nearly every text, so answers are kept."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._words = identifiers.words
        self._chains = identifiers.chains
        self._inside = {
            w: k for w, k in self._words.items() if len(w) == _INSIDE and not w.isdigit() and w not in TERMS
        }
        self._unspaced = {word: kind for word, kind in self._words.items() if not word.isascii()}
        self._answers: dict[tuple[int, bytes, str], list[str]] = {}

    def in_text(self, tag: int, vr: bytes, text: str) -> list[str]:
        """The kinds of identifiers that the text of this element mentions."""
        said = (tag, vr, text)
        if said not in self._answers:
            if len(self._answers) >= _WIDEST_CACHE:
                self._answers.clear()
            self._answers[said] = list(dict.fromkeys(self._search(tag, vr, text)))
        return self._answers[said]

    def _search(self, tag: int, vr: bytes, text: str) -> Iterator[str]:
        coded = holds_codes(tag, vr)
        tokens = words(text)
        for token in tokens:
            kind = self._words.get(token)
            if kind and not is_standard(tag, vr, token) and not (coded and _is_short_id(token)):
                yield kind
            yield from self._in_parts(tag, vr, token, coded)
        yield from self._in_chains(tokens, coded)
        if not text.isascii():  # scripts without spaces between words: look inside the runs, too
            whole = normal(text)
            yield from (kind for word, kind in self._unspaced.items() if word in whole)

    def _in_parts(self, tag: int, vr: bytes, token: str, coded: bool) -> Iterator[str]:
        letters = 4 if coded else 2 if vr in FREE_TEXT_VRS else 3
        digits = 6 if coded else _WHOLE_NUMBER
        if not token.isalpha():
            for part in runs(token):
                number = part.isdigit()
                kind = self._words.get(part) or (self._words.get(part.lstrip("0")) if number else None)
                if kind and len(part) >= (digits if number else letters) and not is_standard(tag, vr, part):
                    yield kind
        if len(token) > _INSIDE and self._inside:
            strange = " ".join(run for run in _LETTERS.findall(token) if run not in TERMS)
            for word, kind in self._inside.items():
                if word in (strange if word.isalpha() else token):
                    yield kind

    def _in_chains(self, tokens: list[str], coded: bool) -> Iterator[str]:
        if not self._chains:
            return
        said = [part for token in tokens for part in runs(token)]
        for chain, kind in self._chains.items():
            if coded and sum(map(len, chain)) < 6:
                continue
            size = len(chain)
            if any(tuple(said[at : at + size]) == chain for at in range(len(said) - size + 1)):
                yield kind


def _is_short_id(token: str) -> bool:
    return len(token) < _SHORT_ID and not token.isalpha()
