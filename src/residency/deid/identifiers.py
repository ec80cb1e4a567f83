"""One subject's own identifiers, gathered from the originals, in the spellings in which they may come back.

    found = Gathering()
    found.name("Müller-Ng^Ana")
    found.date("19580131", birth=True)
    mine = found.identifiers() | those_of_other_files
    mine.without("device")          where the recipe keeps what identifies the scanner

`words` are found only in texts; `phrases` (six bytes or more) in any byte; `chains` are numbers written with signs
between ("12-34"), found as words in a row. A name of two letters is a word and never a phrase: two bytes stand in every
picture by chance. The values never leave this object: its repr tells counts. Not here: where they stand in a file
(`dicom.harvest` and the readers of other kinds), the search for them (`needles`, `mentions`).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from residency.deid.pseudonyms import is_standard_uid
from residency.deid.spellings import birth_date_spellings, date_spellings, name_parts, name_phrases
from residency.deid.wording import runs, words
from residency.kernel.spelling import canonical_id

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


def of_number(*numbers: str) -> Identifiers:
    """The spellings of identifiers that stand in no file: a patient's number, the name of a folder."""
    found = Gathering()
    for number in numbers:
        found.number(number.strip())
    return found.identifiers()


_TRIVIAL_DATES = ("00010101", "19000101", "00000000")


class Gathering:
    """Identifiers while they are gathered: what is said first of a spelling stays its kind."""

    __slots__ = ("_chains", "_phrases", "_words")

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._phrases: dict[bytes, Sought] = {}
        self._chains: dict[tuple[str, ...], str] = {}

    def identifiers(self) -> Identifiers:
        """All that was gathered so far."""
        return Identifiers(dict(self._words), dict(self._phrases), dict(self._chains))

    def name(self, text: str) -> None:
        """A person's name, with "^" between its components or in the order in which it is spoken."""
        for part in name_parts(text):
            self._words.setdefault(part, "name")
        for phrase, whole in name_phrases(text):
            self._phrase(phrase, "name", Bounds.WORD if whole else Bounds.ANY)

    def raw_name(self, raw: bytes) -> None:
        """The bytes of a name whose character set may be lost on the way."""
        for group in raw.split(b"="):
            if not group.isascii() and len(group.strip(b" ^\\")) >= SHORTEST_PHRASE:
                self._phrases.setdefault(group.strip(b" ^\\").lower(), Sought("name", Bounds.ANY))

    def number(self, text: str, kind: str = "id") -> None:
        """A number or code, with and without the signs in it."""
        for spelling in {text, canonical_id(text), re.sub(r"[^0-9A-Za-z]", "", text)}:
            if len(spelling) < SHORTEST_WORD or not spelling.strip("0") or _one_sign(spelling):
                continue
            self._phrase(spelling, kind, Bounds.NUMBER if spelling.isdigit() else Bounds.ANY)
            said = words(spelling)
            if len(said) == 1 and len(said[0]) >= SHORTEST_WORD:
                self._words.setdefault(said[0], kind)
            elif len(said) > 1:
                self._chains.setdefault(tuple(part for word in said for part in runs(word)), kind)

    def parts(self, text: str, kind: str) -> None:
        """A text of several parts (an address, an institution): as a whole, and between commas and lines."""
        for part in {text, *re.split(r"[,;^\r\n]+", text)}:
            self._phrase(part.strip(), kind, Bounds.WORD)

    def phone(self, text: str, kind: str = "phone") -> None:
        """A telephone number, a mail address or a page: as it is written, and its digits alone."""
        self._phrase(text, kind, Bounds.ANY if re.search(r"[A-Za-z]", text) else Bounds.NUMBER)
        digits = re.sub(r"\D", "", text)
        if len(digits) >= 8:
            self._phrase(digits, kind, Bounds.NUMBER)

    def date(self, digits: str, *, birth: bool = False) -> None:
        """A day as YYYYMMDD; a birth date in every spelling of hand and machine."""
        if len(digits) != 8 or not digits.isdigit() or digits in _TRIVIAL_DATES:
            return
        kind = "birth date" if birth else "date"
        for spelling in (birth_date_spellings if birth else date_spellings)(digits):
            if spelling.isdigit() and len(spelling) < 8:
                self._words.setdefault(spelling, kind)
            else:
                self._phrase(spelling, kind, Bounds.NUMBER)

    def uid(self, uid: str) -> None:
        """A UID that names one thing."""
        if len(uid) >= 10 and not is_standard_uid(uid):
            self._phrase(uid, "uid", Bounds.NUMBER)

    def _phrase(self, text: str, kind: str, bounds: Bounds) -> None:
        for encoded, wide in _encoded(text):
            if len(encoded) < SHORTEST_PHRASE:
                continue
            if kind == "institution":  # also where the patient lives in the same town: what a recipe keeps comes first
                self._phrases[encoded.lower()] = Sought(kind, bounds, wide)
            self._phrases.setdefault(encoded.lower(), Sought(kind, bounds, wide))


def _one_sign(spelling: str) -> bool:
    """A stand-in: "9999"."""
    return len(spelling) > 3 and len(set(spelling)) == 1


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
