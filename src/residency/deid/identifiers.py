"""One subject's own identifiers, gathered from the originals, in the spellings in which they may come back.

    mine = harvest(read(data) for data in series)
    mine |= harvest_other_series
    mine.without("device")          where the recipe keeps what identifies the scanner

`words` are found only in texts; `phrases` (six bytes or more) in any byte; `chains` are numbers written with signs
between ("12-34"), found as words in a row. A name of two letters is a word and never a phrase: two bytes stand in every
picture by chance. The values never leave this object: its repr tells counts. Not here: the search (`residual`);
identifiers that are known but in no file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from residency.deid.actions import KINDS_OF_THING
from residency.deid.elements import Instance
from residency.deid.pseudonyms import canonical_id, is_standard_uid
from residency.deid.spellings import birth_date_spellings, date_spellings, name_parts, name_phrases
from residency.deid.wording import leaves, runs, texts, words

SHORTEST_PHRASE, SHORTEST_WORD = 6, 2


class Bounds(Enum):
    """What may stand beside a phrase for it to count."""

    ANY = "any"
    WORD = "no letter"
    NUMBER = "no digit"


class Sought(NamedTuple):
    """A phrase's kind, what may stand beside it, and whether it is written in two bytes for each letter."""

    kind: str
    bounds: Bounds
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Spellings with their kinds: name, id, date, birth date, address, phone, institution, device, uid."""

    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    phrases: Mapping[bytes, Sought] = field(default_factory=dict, repr=False)
    chains: Mapping[tuple[str, ...], str] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Identifiers({len(self.words)} words, {len(self.phrases)} phrases, {len(self.chains)} chains)"

    def __or__(self, other: "Identifiers") -> "Identifiers":
        return Identifiers(
            {**self.words, **other.words}, {**self.phrases, **other.phrases}, {**self.chains, **other.chains}
        )

    def without(self, *kinds: str) -> "Identifiers":
        """The same without some kinds: what a recipe keeps on purpose is no residue."""
        return Identifiers(
            {word: kind for word, kind in self.words.items() if kind not in kinds},
            {phrase: sought for phrase, sought in self.phrases.items() if sought.kind not in kinds},
            {chain: kind for chain, kind in self.chains.items() if kind not in kinds},
        )

    def kinds(self) -> Counter:
        """How many spellings of each kind are looked for."""
        return Counter([*self.words.values(), *self.chains.values(), *(said.kind for said in self.phrases.values())])


def harvest(originals: Iterable[Instance]) -> Identifiers:
    """The identifiers of one subject, from all files of theirs that are at hand."""
    found = _Found({}, {}, {})
    seen: set[tuple] = set()  # the files of a series repeat nearly everything
    for original in originals:
        for text in texts([*original.meta, *original.elements]):
            if (text.tag, text.text) in seen or seen.add((text.tag, text.text)):
                continue
            if text.vr == b"PN":
                _add_name(found, text.text, text.raw)
            elif text.tag in _KINDS:
                kind = _KINDS[text.tag]
                for part in text.text.split("\\"):
                    _ADD[kind](found, part.strip(" \0\r\n"), kind)
        for tag, vr, value, _ in leaves([*original.elements, *original.meta]):
            if vr not in _CODED or (tag, value) in seen or seen.add((tag, value)):
                continue
            if vr != b"UI":
                _add_dates(found, value, tag == 0x00100030)
            elif tag not in _NOT_THE_SUBJECTS:
                _add_uids(found, value)
    return Identifiers(found.words, found.phrases, found.chains)


def of_number(*numbers: str) -> Identifiers:
    """The spellings of identifiers that stand in no file: a patient's number, the name of a folder."""
    found = _Found({}, {}, {})
    for number in numbers:
        _add_id(found, number.strip(), "id")
    return Identifiers(found.words, found.phrases, found.chains)


_KINDS = {
    **dict.fromkeys((0x00100020, 0x00101000, 0x00101001, 0x00101002, 0x00101090, 0x00080050, 0x00200010), "id"),
    **dict.fromkeys((0x00380010, 0x00380060, 0x00401001, 0x00400009, 0x00400253, 0x00402016, 0x00402017), "id"),
    **dict.fromkeys((0x00101040, 0x00101081, 0x00102152, 0x00401102, 0x00080092), "address"),
    **dict.fromkeys((0x00102154, 0x00102155, 0x00401103, 0x00401104, 0x00080094), "phone"),
    **dict.fromkeys((0x00080080, 0x00080081, 0x00081040, 0x00100021, 0x00120060), "institution"),
    **dict.fromkeys((0x00181000, 0x00081010, 0x00181002, 0x00181008, 0x00400241, 0x00400242, 0x00020016), "device"),
}
_CODED = frozenset((b"DA", b"DT", b"UI"))
_NOT_THE_SUBJECTS = KINDS_OF_THING | {0x00020002, 0x00020010, 0x00020012}
"""UIDs of kinds of things, and of the program that wrote the file: a maker may use UIDs of its own there."""
_TRIVIAL_DATES = (b"00010101", b"19000101", b"00000000")


@dataclass(slots=True)
class _Found:
    words: dict[str, str]
    phrases: dict[bytes, Sought]
    chains: dict[tuple[str, ...], str]


def _add_name(found: _Found, text: str, raw: bytes) -> None:
    for part in name_parts(text):
        found.words.setdefault(part, "name")
    for phrase, whole in name_phrases(text):
        _add_phrase(found, phrase, "name", Bounds.WORD if whole else Bounds.ANY)
    for group in raw.split(b"="):
        if not group.isascii() and len(group.strip(b" ^\\")) >= SHORTEST_PHRASE:
            found.phrases.setdefault(group.strip(b" ^\\").lower(), Sought("name", Bounds.ANY))


def _add_id(found: _Found, text: str, kind: str) -> None:
    for spelling in {text, canonical_id(text), re.sub(r"[^0-9A-Za-z]", "", text)}:
        if len(spelling) < SHORTEST_WORD or not spelling.strip("0") or (len(spelling) > 3 and len(set(spelling)) == 1):
            continue  # too short, or a stand-in: "0000", "99999"
        _add_phrase(found, spelling, kind, Bounds.NUMBER if spelling.isdigit() else Bounds.ANY)
        said = words(spelling)
        if len(said) == 1 and len(said[0]) >= SHORTEST_WORD:
            found.words.setdefault(said[0], kind)
        elif len(said) > 1:
            found.chains.setdefault(tuple(part for word in said for part in runs(word)), kind)


def _add_parts(found: _Found, text: str, kind: str) -> None:
    """A text of several parts: as a whole, and each part between commas and lines."""
    for part in {text, *re.split(r"[,;^\r\n]+", text)}:
        _add_phrase(found, part.strip(), kind, Bounds.WORD)


def _add_phone(found: _Found, text: str, kind: str) -> None:
    _add_phrase(found, text, kind, Bounds.ANY if re.search(r"[A-Za-z]", text) else Bounds.NUMBER)
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 8:
        _add_phrase(found, digits, kind, Bounds.NUMBER)


_ADD = {"id": _add_id, "address": _add_parts, "phone": _add_phone, "institution": _add_parts, "device": _add_id}


def _add_dates(found: _Found, value: bytes, is_birth: bool) -> None:
    for part in value.split(b"\\"):
        digits = part.strip(b" \0").replace(b".", b"")[:8]
        if len(digits) < 8 or not digits.isdigit() or digits in _TRIVIAL_DATES:
            continue
        kind = "birth date" if is_birth else "date"
        for spelling in (birth_date_spellings if is_birth else date_spellings)(digits.decode()):
            if spelling.isdigit() and len(spelling) < 8:
                found.words.setdefault(spelling, kind)
            else:
                _add_phrase(found, spelling, kind, Bounds.NUMBER)


def _add_uids(found: _Found, value: bytes) -> None:
    for part in value.split(b"\\"):
        uid = part.strip(b" \0").decode("latin-1")
        if len(uid) >= 10 and not is_standard_uid(uid):
            _add_phrase(found, uid, "uid", Bounds.NUMBER)


def _add_phrase(found: _Found, text: str, kind: str, bounds: Bounds) -> None:
    for encoded, wide in _encoded(text):
        if len(encoded) < SHORTEST_PHRASE:
            continue
        if kind == "institution":  # also where the patient lives in the same town: what is kept on purpose comes first
            found.phrases[encoded.lower()] = Sought(kind, bounds, wide)
        found.phrases.setdefault(encoded.lower(), Sought(kind, bounds, wide))


def _encoded(text: str) -> Iterator[tuple[bytes, bool]]:
    """As it may stand in bytes. Plain text in UTF-16 needs no phrase: the search also looks at every other byte."""
    if text.isascii():
        yield text.encode(), False
        return
    for cased in {text, text.upper(), text.lower()}:
        yield cased.encode("utf-8"), False
        yield cased.encode("utf-16-le"), True
        yield cased.encode("utf-16-be"), True
        yield cased.encode("latin-1", "ignore") if all(ord(letter) < 256 for letter in cased) else b"", False
