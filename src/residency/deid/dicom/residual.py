"""The search of the result for the subject's own identifiers: the last look before a file may leave.

    hits = search([(scrubbed.data, scrubbed.minted)], identifiers)       [] means: nothing found

Two looks. Words are looked for in all text, decoded by its character set, case and accents aside (`mentions`). Phrases
of six bytes and more are looked for in every byte: as they are, in any case, as UTF-16 in both orders, and as base 64
in its alignments, of bytes and of UTF-16 (`needles`). In pixels chance writes, too, so that there a phrase needs eight
signs; six are enough in native pixels of 16 bits and more, whose high bytes are no letters. A number of six or seven
digits does not count where numbers are measures: DS, TM, binary values, and IS but for seven digits that are all of it.

Left out: what the pass itself minted (new UIDs, code, shifted dates, its method text), UIDs of the standard, and words
that stand where the standard put them (`vocabulary`). A hit says kind and place, never the value. Not here: text burned
into the pixels; what a decoder would unpack, from compressed pixels or from blobs inside an element.
"""

import base64
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain

from residency.deid.dicom.actions import METHOD_TAGS, label_of
from residency.deid.dicom.elements import PIXEL_DATA, Element, Instance, read
from residency.deid.dicom.texts import leaves, texts
from residency.deid.identifiers import SHORTEST_PHRASE, Identifiers
from residency.deid.mentions import Mentions
from residency.deid.needles import LONG, Found, Needles
from residency.deid.pseudonyms import is_standard_uid

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{8,}")
_NOT_SEARCHED_AS_TEXT = frozenset(METHOD_TAGS)
_GAP = bytes(8)
_BITS_ALLOCATED = 0x00280100
_MEASURES = frozenset((b"AT", b"DS", b"FD", b"FL", b"OD", b"OF", b"SL", b"SS", b"SV", b"TM", b"UL", b"US", b"UV"))
_SHORT_NUMBER = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """Where an identifier was left: which file, what kind, as what (text, bytes, utf-16, base64), in which element."""

    file: int
    kind: str
    found_as: str
    tag: str


def search(files: Iterable[tuple[bytes, frozenset[bytes]]], identifiers: Identifiers) -> list[Hit]:
    """Every identifier left in these files of one subject; each file comes with what was minted for it."""
    needles, mentions = Needles(identifiers), Mentions(identifiers)
    hits: dict[Hit, None] = {}
    for number, (data, minted) in enumerate(files):
        instance = read(data)
        for kind, tag in _in_texts(instance.elements, mentions, minted):
            hits[Hit(number, kind, "text", label_of(tag))] = None
        for kind, found_as, tag in _in_bytes(data, instance.elements, needles, minted):
            hits[Hit(number, kind, found_as, tag)] = None
        for kind, found_as in _in_pixels(instance, needles):
            hits[Hit(number, kind, found_as, label_of(PIXEL_DATA))] = None
    return list(hits)


def _in_texts(elements: list[Element], mentions: Mentions, minted: frozenset[bytes]) -> Iterator[tuple[str, int]]:
    for text in texts([element for element in elements if element[0] not in _NOT_SEARCHED_AS_TEXT]):
        if text.raw.strip(b" \0") not in minted:
            for kind in mentions.in_text(text.tag, text.vr, text.text):
                yield kind, text.tag


def _in_bytes(
    data: bytes, elements: list[Element], needles: Needles, minted: frozenset[bytes]
) -> Iterator[tuple[str, str, str]]:
    start, end = _pixels(data, elements)
    bare = bytearray(data[:start] + _GAP + data[end:])
    values = list(leaves(elements))
    _blank(bare, [element for element in elements if element[3] < start], minted)
    for found_as, found, at in _looks(bytes(bare), needles):
        if at is None:
            yield found.kind, found_as, "encoded"
            continue
        element = _element_at(values, at if at < start else at + end - start - len(_GAP))
        if element is None or not _is_a_measure(found.phrase, element):
            yield found.kind, found_as, label_of(element[0]) if element else "file head"


def _in_pixels(instance: Instance, needles: Needles) -> Iterator[tuple[str, str]]:
    pixels = next((element[2] for element in instance.elements if element[0] == PIXEL_DATA), b"")
    native = isinstance(pixels, bytes)
    bits = int.from_bytes(instance.get(_BITS_ALLOCATED)[:2], "little") if native else 0
    shortest = SHORTEST_PHRASE if bits >= 16 else LONG
    for part in (pixels,) if native else pixels[1:]:
        spans = needles.spans(part, shortest)
        for found_as, found, _ in _looks(_GAP.join(spans), needles) if spans else ():
            if found.characters >= (shortest if found_as == "bytes" and not found.wide else LONG):
                yield found.kind, found_as


def _pixels(data: bytes, elements: list[Element]) -> tuple[int, int]:
    """From where to where the top-level pixel data reach; an offset table before them counts as header."""
    for tag, _, value, place in elements:
        if tag == PIXEL_DATA:
            if isinstance(value, bytes):
                return place, place + len(value)
            ends = [len(fragment) + 8 for fragment in value]
            return place + sum(ends[:1]), place + sum(ends) + 8
    return len(data), len(data)


def _blank(bare: bytearray, elements: list[Element], minted: frozenset[bytes]) -> None:
    """Put aside what the pass wrote itself: a new UID may hold an old number by chance, and that is no residue."""
    said = leaves([element for element in elements if element[0] in _NOT_SEARCHED_AS_TEXT])
    standard = (one for one in leaves(elements) if one[1] == b"UI" and is_standard_uid(_uid(one[2])))
    for _, _, value, place in chain(said, standard):
        bare[place : place + len(value)] = bytes(len(value))
    for word in minted:
        at = bare.find(word)
        while at >= 0:
            bare[at : at + len(word)] = bytes(len(word))
            at = bare.find(word, at + len(word))


def _uid(value: bytes) -> str:
    return value.strip(b" \0").decode("latin-1")


def _looks(plain: bytes, needles: Needles) -> Iterator[tuple[str, Found, int | None]]:
    """Every phrase in the bytes as they are, in every other byte, and in what base 64 stands for; and where."""
    low, decoded = plain.lower(), _GAP.join(_unpacked(plain)).lower()
    views = [("bytes", low, 1, 0), ("utf-16", low[::2], 2, 0), ("utf-16", low[1::2], 2, 1)]
    views += [("base64", view, 0, 0) for view in (decoded, decoded[::2], decoded[1::2]) if view]
    ends = list(accumulate(len(view) + len(_GAP) for _, view, _, _ in views))
    for found in needles.hits(_GAP.join(view for _, view, _, _ in views)):
        number = bisect_right(ends, found.at)
        found_as, _, stride, first = views[number]
        at = found.at - (ends[number - 1] if number else 0)
        yield found_as, found, at * stride + first if stride else None


def _unpacked(plain: bytes) -> Iterator[bytes]:
    """What runs of base 64 letters stand for, from each of the places where a quartet may begin."""
    for run in _BASE64.findall(plain.translate(None, b"\r\n")):
        for skip in range(4):
            quartets = run[skip : skip + (len(run) - skip) // 4 * 4]
            yield base64.b64decode(quartets)


def _element_at(values: list[Element], place: int) -> Element | None:
    number = bisect_right([at for _, _, _, at in values], place) - 1
    return values[number] if number >= 0 else None


def _is_a_measure(phrase: bytes, element: Element) -> bool:
    """Whether a short number stands where numbers are measures: an id of six digits may be a tube current, too."""
    if len(phrase) >= _SHORT_NUMBER or not phrase.isdigit():
        return False
    _, vr, value, _ = element
    if vr == b"IS":
        return len(phrase) < _SHORT_NUMBER - 1 or phrase.endswith(b"000") or value.strip(b" \0") != phrase
    return vr in _MEASURES
