"""The search of the result for the subject's own identifiers: the last look before a file may leave.

    hits = search([(scrubbed.data, scrubbed.minted)], identifiers)       [] means: nothing found

Two looks. Words are looked for in all text, decoded by its character set, case and accents aside. Phrases of six bytes
and more are looked for in every byte outside the pixel data: as they are, in any case, as UTF-16 in both orders, and as
base 64 in its alignments. Left out: what the pass itself minted (new UIDs, code, shifted dates, its method text) and
words that stand where the standard put them (`vocabulary`). A hit says kind and place, never the value. Not here: text
burned into the pixels, and blobs compressed by other means inside an element.
"""

import base64
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from residency.deid.actions import METHOD_TAGS, label_of
from residency.deid.elements import PIXEL_DATA, Element, read
from residency.deid.identifiers import Bounds, Identifiers
from residency.deid.vocabulary import TERMS, is_standard
from residency.deid.wording import leaves, normal, texts, words

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{8,}")
_NOT_SEARCHED_AS_TEXT = frozenset(METHOD_TAGS)
_GAP = bytes(8)
_LETTER = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_RUN = re.compile(rb"[a-z]+")
_HASH, _BITS = np.uint32(2654435761), 18


@dataclass(frozen=True, slots=True)
class Hit:
    """Where an identifier was left: which file, what kind, as what (text, bytes, utf-16, base64), in which element."""

    file: int
    kind: str
    found_as: str
    tag: str


def search(files: Iterable[tuple[bytes, frozenset[bytes]]], identifiers: Identifiers) -> list[Hit]:
    """Every identifier left in these files of one subject; each file comes with what was minted for it."""
    needles = _Needles(identifiers)
    hits: dict[Hit, None] = {}
    for number, (data, minted) in enumerate(files):
        elements = read(data).elements
        for kind, tag in _in_texts(elements, identifiers, minted):
            hits[Hit(number, kind, "text", label_of(tag))] = None
        for kind, found_as, tag in _in_bytes(data, elements, needles, minted):
            hits[Hit(number, kind, found_as, tag)] = None
    return list(hits)


def _in_texts(elements: list[Element], identifiers: Identifiers, minted: frozenset[bytes]) -> Iterator[tuple[str, int]]:
    known = identifiers.words
    for text in texts([element for element in elements if element[0] not in _NOT_SEARCHED_AS_TEXT]):
        if text.raw.strip(b" \0") in minted:
            continue
        said = words(text.text)
        if not text.text.isascii():  # scripts without spaces between words: look inside the runs, too
            whole = normal(text.text)
            said += [word for word in known if not word.isascii() and word in whole]
        for word in said:
            if word in known and not is_standard(text.tag, text.vr, word):
                yield known[word], text.tag


def _in_bytes(
    data: bytes, elements: list[Element], needles: "_Needles", minted: frozenset[bytes]
) -> Iterator[tuple[str, str, str]]:
    bare, cut, length = _outside_pixels(data, elements)
    _blank(bare, elements, minted)
    plain = bytes(bare)
    low = plain.lower()
    decoded = _GAP.join(_unpacked(plain)).lower()
    for found_as, hay, stride, first in (
        ("bytes", low, 1, 0),
        ("utf-16", low[::2], 2, 0),
        ("utf-16", low[1::2], 2, 1),
        ("base64", decoded, 0, 0),
    ):
        for kind, at in needles.hits(hay):
            place = at * stride + first
            tag = _tag_at(elements, place + length if place >= cut else place) if stride else "encoded"
            yield kind, found_as, tag


def _outside_pixels(data: bytes, elements: list[Element]) -> tuple[bytearray, int, int]:
    """All bytes but the top-level pixel data; where they were cut out, and how many they were."""
    for tag, _, value, place in elements:
        if tag == PIXEL_DATA:
            length = len(value) if isinstance(value, bytes) else sum(len(fragment) + 8 for fragment in value) + 8
            return bytearray(data[:place] + _GAP + data[place + length :]), place, length - len(_GAP)
    return bytearray(data), len(data), 0


def _blank(bare: bytearray, elements: list[Element], minted: frozenset[bytes]) -> None:
    """Put aside what the pass wrote itself: a new UID may hold an old number by chance, and that is no residue."""
    for _, _, value, place in leaves([element for element in elements if element[0] in _NOT_SEARCHED_AS_TEXT]):
        bare[place : place + len(value)] = bytes(len(value))
    for word in minted:
        at = bare.find(word)
        while at >= 0:
            bare[at : at + len(word)] = bytes(len(word))
            at = bare.find(word, at + len(word))


def _unpacked(plain: bytes) -> Iterator[bytes]:
    """What runs of base 64 letters stand for, from each of the places where a quartet may begin."""
    for run in _BASE64.findall(plain.translate(None, b"\r\n")):
        for skip in range(4):
            quartets = run[skip : skip + (len(run) - skip) // 4 * 4]
            yield base64.b64decode(quartets)


def _tag_at(elements: list[Element], place: int) -> str:
    spots = sorted((at, tag) for tag, _, _, at in leaves(elements))
    index = bisect_right(spots, (place, 0xFFFFFFFF)) - 1
    return label_of(spots[index][1]) if index >= 0 else "file head"


class _Needles:
    """All phrases of a subject, looked for in one pass: a table of hashed four-byte heads, then the phrase itself."""

    def __init__(self, identifiers: Identifiers) -> None:
        self._by_head: dict[bytes, list[tuple[bytes, str, Bounds]]] = defaultdict(list)
        for phrase, (kind, bounds) in identifiers.phrases.items():
            self._by_head[phrase[:4]].append((phrase, kind, bounds))
        self._table = np.zeros(1 << _BITS, bool)
        if self._by_head:
            heads = np.frombuffer(b"".join(self._by_head), "<u4")
            self._table[(heads * _HASH) >> np.uint32(32 - _BITS)] = True

    def hits(self, hay: bytes) -> Iterator[tuple[str, int]]:
        for first in range(4):
            count = (len(hay) - first) // 4
            if count <= 0:
                continue
            heads = np.frombuffer(hay, "<u4", count, first)
            for at in np.flatnonzero(self._table[(heads * _HASH) >> np.uint32(32 - _BITS)]).tolist():
                place = at * 4 + first
                for phrase, kind, bounds in self._by_head.get(hay[place : place + 4], ()):
                    if hay.startswith(phrase, place) and _stands_alone(hay, place, place + len(phrase), bounds):
                        yield kind, place


def _stands_alone(hay: bytes, start: int, end: int, bounds: Bounds) -> bool:
    before, after = hay[start - 1 : start], hay[end : end + 1]
    if bounds is Bounds.NUMBER:
        fraction = before == b"." and hay[start - 2 : start - 1].isdigit()
        return not (fraction or before.isdigit() or after.isdigit())
    if bounds is Bounds.WORD and (before.isalpha() or after.isalpha()):
        return False
    return not _in_a_term(hay, start, end)


def _in_a_term(hay: bytes, start: int, end: int) -> bool:
    """Whether the phrase only stands inside a word of the standard vocabulary: "medici" in "medicine"."""
    while start > 0 and hay[start - 1] in _LETTER:
        start -= 1
    while end < len(hay) and hay[end] in _LETTER:
        end += 1
    run = hay[start:end]
    return _RUN.fullmatch(run) is not None and run.decode("ascii") in TERMS
