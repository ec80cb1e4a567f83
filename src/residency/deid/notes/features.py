"""What the tagger is shown of a note: words, their shape and pieces, and how the line is written.

    tokens = tokens_of("Dr. Ng saw her")           [(0, 2), (2, 3), (4, 6), …]
    rows = Rows().of(text, tokens)                 int32 [tokens, SLOTS]: rows of one table of embeddings

A word that is in the lists of ordinary words has a row of its own; any other is only its pieces of three letters, its
beginning and end, so that a name nobody ever saw looks like what it is: no word. Rows are hashed by CRC-32, the same on
every machine. The training tool and the package share this module. Not here: the model (`tagger`).
"""

import re
from zlib import crc32

import numpy as np

from residency.deid.notes.words import given, is_ordinary, listed, surnames
from residency.deid.wording import normal

WORD_ROWS, PIECE_ROWS, SMALL_ROWS = 16384, 12288, 1024
ROWS = 1 + SMALL_ROWS + WORD_ROWS + PIECE_ROWS
GRAMS = 7
FIXED = 8
SLOTS = FIXED + GRAMS
LINE_SLOT = 3
_TOKEN = re.compile(r"[^\W\d_]+|\d+|\n|[^\w\s]|_")
_KEPT = 200_000


def tokens_of(text: str) -> list[tuple[int, int]]:
    """Places of the tokens: runs of letters, runs of digits, single signs, ends of lines."""
    return [match.span() for match in _TOKEN.finditer(text)]


class Rows:
    """Rows of the table for tokens; what was worked out for a word is kept."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, ...]] = {}

    def of(self, text: str, tokens: list[tuple[int, int]]) -> np.ndarray:
        """int32 [tokens, SLOTS]; row 0 of the table is nothing."""
        out, kept = [], self._kept
        if len(kept) > _KEPT:
            kept.clear()
        for start, end in tokens:
            word = text[start:end]
            row = kept.get(word)
            if row is None:
                row = kept[word] = _row(word)
            out.append(row)
        rows = np.array(out, np.int32).reshape(len(tokens), SLOTS)
        if len(tokens):
            rows[:, LINE_SLOT] = _lines(text, tokens)
        return rows


def _small(what: str) -> int:
    return 1 + crc32(what.encode()) % SMALL_ROWS


NO_WORD, NO_LIST = _small("no word"), _small(f"flags {(False,) * 6}")
"""The rows of a word that stands in no list; training makes some listed words forget theirs."""


def _piece(what: str) -> int:
    return 1 + SMALL_ROWS + WORD_ROWS + crc32(what.encode()) % PIECE_ROWS


def _row(word: str) -> tuple[int, ...]:
    if not word[0].isalpha():
        sign = word if len(word) < 3 else f"{len(word)} digits" if len(word) < 11 else "digits"
        shape = f"shape {len(word)} digits" if word[0].isdigit() else f"sign {word}"
        return (_small(f"is {sign}"), _small(shape), *([0] * (SLOTS - 2)))
    low = normal(word) or word
    plain = is_ordinary(low)
    own = 1 + SMALL_ROWS + crc32(low.encode()) % WORD_ROWS if plain else NO_WORD
    flags = (
        plain,
        low in given(),
        low in surnames(),
        low in listed("eponyms"),
        low in listed("drugs"),
        low in listed("clinical"),
    )
    fixed = [
        own,
        _small(f"case {_case(word)} {min(len(word), 9)}"),
        _small(f"flags {flags}"),
        0,
        _piece(f"^{low[:2]}"),
        _piece(f"^{low[:3]}") if len(low) > 2 else 0,
        _piece(f"{low[-2:]}$"),
        _piece(f"{low[-3:]}$") if len(low) > 2 else 0,
    ]
    grams = [_piece(low[at : at + 3]) for at in range(min(len(low) - 2, GRAMS))] if len(low) > 2 else []
    return (*fixed, *grams, *([0] * (GRAMS - len(grams))))


def _case(word: str) -> str:
    if not word.isascii() and word.upper() == word.lower():
        return "none"
    if word.islower():
        return "small"
    if word.isupper():
        return "large"
    return "first" if word[0].isupper() and word[1:].islower() else "mixed"


def _lines(text: str, tokens: list[tuple[int, int]]) -> list[int]:
    """For every token: how its line is written, and whether it is the first of it."""
    out: list[int] = []
    first, start = True, 0
    kind = _line_kind(text, 0)
    for at, _ in tokens:
        out.append(_small(f"line {kind} {first}"))
        first = False
        if text[at] == "\n":
            start = at + 1
            kind, first = _line_kind(text, start), True
    return out


def _line_kind(text: str, start: int) -> str:
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    return "upper" if line.isupper() else "lower" if line.islower() else "mixed"
