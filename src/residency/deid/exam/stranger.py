"""An invented person, whose names and numbers have the shapes that the site's own have.

    stranger = invented({"number": "MRN-0042917", "name": "WEISS^ANNA"}, random.Random(7))
    stranger.number            "QZK-8305561"
    stranger.name              "KURAB^ODEFI"

Each letter becomes a letter of its case and each digit a digit, so that what a site's own identifiers look like is what
is looked for; what is too short to be told from chance is made longer. Nothing of the original stays but its form. Not
here: where they are planted (`planting`).
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

_VOWELS, _OTHERS = "aeiou", "bcdfghjklmnpqrstvwxz"
_SHORTEST_NAME, _SHORTEST_NUMBER = 5, 7
_USUAL = {
    "name": "Abcdefg^Abcde",
    "number": "00000000",
    "accession": "A00000000",
    "phone": "+1 555 000 0000",
    "address": "000 Abcdefgh Street, Abcdefghi",
    "physician": "Abcdefgh^Abcde",
    "institution": "Abcdefgh Clinic",
    "kin": "Abcdefg^Abcdef",
}
_KEPT_WORDS = frozenset(("street", "clinic", "hospital", "st", "ave", "road", "klinik", "strasse"))


@dataclass(frozen=True, slots=True)
class Stranger:
    """Nobody; `kin` is a relative whom no element of the header names, `birth` is written as DICOM does."""

    name: str = field(repr=False)
    number: str = field(repr=False)
    accession: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)
    physician: str = field(repr=False)
    institution: str = field(repr=False)
    kin: str = field(repr=False)
    birth: date = field(repr=False)

    @property
    def family(self) -> str:
        """The first part of the name."""
        return parts(self.name)[0]


def invented(shapes: Mapping[str, str], draw: random.Random) -> Stranger:
    """Somebody new; `shapes` are the site's own values by kind, of which only the form is used."""
    said = {kind: _of_kind(kind, shapes.get(kind, "").strip() or usual, draw) for kind, usual in _USUAL.items()}
    return Stranger(**said, birth=date(1926, 1, 1) + timedelta(days=draw.randrange(28_000)))


def parts(name: str) -> list[str]:
    """The words of a name."""
    return [word for word in re.split(r"[^\w'-]+", name) if word]


def _of_kind(kind: str, shape: str, draw: random.Random) -> str:
    if kind in ("name", "physician", "kin"):
        words = [_long(word) for word in shape.split("^")[:2] if word] or ["Abcdefg"]
        return "^".join(_word(word, draw) for word in words)
    if kind in ("address", "institution"):
        longest = max(re.findall(r"[^\W\d_]+", shape), key=len, default="")
        shape = shape if len(longest) >= _SHORTEST_NAME else f"{shape} Abcdefgh"
        return re.sub(r"[^\W\d_]+|\d", lambda found: _spoken(found[0], draw), shape)
    signs = sum(sign.isalnum() for sign in shape)
    return "".join(_sign(sign, draw) for sign in shape + "0" * (_SHORTEST_NUMBER - signs))


def _spoken(word: str, draw: random.Random) -> str:
    return word if word.lower() in _KEPT_WORDS else _word(word, draw)


def _long(word: str) -> str:
    filler = "ABCDE" if word.isupper() else "abcde"
    return word + filler[: max(0, _SHORTEST_NAME - len(word))]


def _word(word: str, draw: random.Random) -> str:
    """Letters that can be spoken, in the case of those that stood there."""
    vowel, made = draw.random() < 0.5, []
    for sign in word:
        if not sign.isalpha():
            made.append(_sign(sign, draw))
            continue
        letter = draw.choice(_VOWELS if vowel else _OTHERS)
        made.append(letter.upper() if sign.isupper() else letter)
        vowel = not vowel
    return "".join(made)


def _sign(sign: str, draw: random.Random) -> str:
    if sign.isdigit():
        return str(draw.randrange(10))
    if sign.isalpha():
        letter = draw.choice(_OTHERS)
        return letter.upper() if sign.isupper() else letter
    return sign
