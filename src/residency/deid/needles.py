"""The phrases of one subject, looked for in bytes: a whole header, or the pixels of a picture.

    needles = Needles(identifiers)
    for hit in needles.hits(low): hit.kind, hit.at          every phrase in lower-case bytes
    needles.spans(pixels, shortest=6)                        the few bytes of a picture where a phrase could stand

Pixels are millions of bytes and nearly never text, so that `spans` looks first: a phrase puts text into several words
of 16 bits in a row, which pixels of a section do not. Not here: which bytes are searched, and what a hit means
(`residual`).
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from residency.deid.identifiers import Bounds, Identifiers
from residency.deid.vocabulary import TERMS

_LETTER = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_HASH, _BITS = np.uint32(2654435761), 18
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n")
_TEXT, _SPREAD, _WIDE = 1, 2, 4
LONG = 8
"""So many characters in a row are no chance in any picture: 8 smooth or noisy pixels in 10**8 meet one in 10**4."""


class Found(NamedTuple):
    """Where a phrase stands in the bytes given; `digits` if it is a number, `wide` if it was written in UTF-16."""

    kind: str
    at: int
    phrase: bytes
    wide: bool

    @property
    def characters(self) -> int:
        """How many signs a reader would see."""
        return len(self.phrase) // 2 if self.wide else len(self.phrase)


class Needles:
    """All phrases of a subject, looked for in one pass: a table of hashed four-byte heads, then the phrase itself."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._by_head: dict[bytes, list[tuple[bytes, str, Bounds, bool]]] = defaultdict(list)
        for phrase, (kind, bounds, wide) in identifiers.phrases.items():
            self._by_head[phrase[:4]].append((phrase, kind, bounds, wide))
        self._table = np.zeros(1 << _BITS, bool)
        if self._by_head:
            heads = np.frombuffer(b"".join(self._by_head), "<u4")
            self._table[(heads * _HASH) >> np.uint32(32 - _BITS)] = True
        self._identifiers = identifiers
        self._classes: np.ndarray | None = None

    def hits(self, hay: bytes) -> Iterator[Found]:
        """Every phrase in bytes whose letters are lower case."""
        for first in range(4):
            count = (len(hay) - first) // 4
            if count <= 0:
                continue
            heads = np.frombuffer(hay, "<u4", count, first)
            for at in np.flatnonzero(self._table[(heads * _HASH) >> np.uint32(32 - _BITS)]).tolist():
                place = at * 4 + first
                for phrase, kind, bounds, wide in self._by_head.get(hay[place : place + 4], ()):
                    if hay.startswith(phrase, place) and _stands_alone(hay, place, place + len(phrase), bounds):
                        yield Found(kind, place, phrase, wide)

    def spans(self, pixels: bytes, shortest: int) -> list[bytes]:
        """The parts of the pixels where a phrase of so many bytes, or one of LONG characters in UTF-16, could stand."""
        if self._classes is None:  # 65 536 entries that only pixels need
            self._classes = _classes(self._identifiers)
        classes = self._classes.take(np.frombuffer(pixels, "<u2", len(pixels) // 2))
        if not classes.any():
            return []
        # A phrase of n bytes fills at least (n - 1) // 2 aligned words; in UTF-16 n characters fill n - 1.
        rows = ((_TEXT, (shortest - 1) // 2), (_SPREAD, LONG - 1), (_WIDE, LONG - 1))
        return [pixels[start:end] for kind, row in rows for start, end in _rows(classes & kind, row)]


def _classes(identifiers: Identifiers) -> np.ndarray:
    """For every word of 16 bits, which kinds of writing of these phrases it may belong to."""
    plain = [phrase for phrase, sought in identifiers.phrases.items() if not sought.wide]
    wide = [phrase for phrase, sought in identifiers.phrases.items() if sought.wide]
    letters = np.zeros(256, bool)
    letters[list(_BASE64.union(*plain, *(phrase.upper() for phrase in plain)))] = True
    table = np.outer(letters, letters) * np.uint8(_TEXT)  # rows are high bytes, columns low ones: symmetrical here
    table[0, letters] |= _SPREAD
    table[letters, 0] |= _SPREAD
    table = table.reshape(-1)
    for first in (0, 1):
        for phrase in wide:
            words = np.frombuffer(phrase, "<u2", (len(phrase) - first) // 2, first)
            table[words] |= _WIDE
    return table


def _rows(flags: np.ndarray, row: int) -> Iterator[tuple[int, int]]:
    """Bytes from and to, with two words around, of every place where so many flags stand in a row."""
    if not flags.any() or len(flags) < row:
        return
    together = flags[: len(flags) - row + 1].copy()
    for step in range(1, row):
        together &= flags[step : len(flags) - row + 1 + step]
    starts = np.flatnonzero(together)
    if not len(starts):
        return
    breaks = np.flatnonzero(np.diff(starts) > 1)
    firsts = starts[np.concatenate(([0], breaks + 1))]
    lasts = starts[np.concatenate((breaks, [len(starts) - 1]))] + row
    yield from zip(np.maximum(firsts * 2 - 4, 0).tolist(), (lasts * 2 + 4).tolist(), strict=True)


def _stands_alone(hay: bytes, start: int, end: int, bounds: Bounds) -> bool:
    if bounds is Bounds.NUMBER:
        return not hay[end : end + 1].isdigit() and not _in_a_number(hay, start)
    if bounds is Bounds.WORD and (hay[start - 1 : start].isalpha() or hay[end : end + 1].isalpha()):
        return False
    return not _in_a_term(hay, start, end)


def _in_a_number(hay: bytes, start: int) -> bool:
    """Whether the digits only end a longer number; leading zeros do not count, and neither do the points of a UID."""
    while hay[start - 1 : start] == b"0":
        start -= 1
    if hay[start - 1 : start] != b".":
        return hay[start - 1 : start].isdigit()
    whole = start - 1
    while hay[whole - 1 : whole].isdigit():
        whole -= 1
    return whole < start - 1 and hay[whole - 1 : whole] != b"."


def _in_a_term(hay: bytes, start: int, end: int) -> bool:
    """Whether the phrase only stands inside a word of the standard vocabulary: "medici" in "medicine"."""
    while start > 0 and hay[start - 1] in _LETTER:
        start -= 1
    while end < len(hay) and hay[end] in _LETTER:
        end += 1
    run = hay[start:end]
    return _LETTER.issuperset(run) and run.decode("ascii") in TERMS
