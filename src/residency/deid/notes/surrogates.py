"""Surrogates: somebody else's name, a number of the same form, always the same for the same subject.

    other = Surrogates(alias, taken={"ana", "ng"})
    other.written("name", "NG, Ana")       ->  "ORTEGA, Bridget"

Names are drawn from the lists of the package by `alias.names.thing`, so that one name of one subject has one
surrogate in all their notes and another subject's has another. Women's names become women's, men's men's, others
anybody's; size, commas and initials stay as they were. No surrogate equals a word in `taken`. Numbers keep their
form, digit by digit. Mail, pages and addresses of the net become those reserved for examples (RFC 2606, RFC 5737).
Not here: dates (`dates`).
"""

import base64
import re
from collections.abc import Collection

from residency.deid.notes.spans import Kind
from residency.deid.notes.words import anyones, is_ordinary, listed, set_of, spelled
from residency.deid.pseudonyms import Alias
from residency.deid.wording import normal

_LETTERS = re.compile(r"[^\W\d_]+")
_PIECE = re.compile(r"[^\W_]+")
_KEPT = set_of("jr sr ii iii iv de la del van von der den bin al el da dos di and of the")
_CAPITALS = "ABCDEFGHJKLMNPRSTVW"


class Surrogates:
    """The surrogates of one subject; `taken` are words in their normal spelling that no surrogate may be."""

    def __init__(self, alias: Alias, taken: Collection[str]) -> None:
        self._alias = alias
        self._taken = frozenset(taken)

    def written(self, kind: Kind, original: str) -> str:
        """What stands in the place of an identifier of this kind."""
        if kind == "mail":
            return f"{self._pick('mail', original, spelled('surnames')).lower()}@example.org"
        if kind == "url":
            return "https://example.org/"
        if kind == "ip":
            return f"192.0.2.{self._number('ip', original) % 254 + 1}"
        if kind == "name":
            return _LETTERS.sub(self._name, original)
        if kind in ("place", "institution"):
            return _PIECE.sub(self._place, original)
        return self._shaped(kind, original)

    def _name(self, match: re.Match[str]) -> str:
        word = match[0]
        low = normal(word)
        if low in _KEPT:
            return word
        if len(word) == 1 or (len(word) <= 3 and (word.isupper() or word.islower()) and low not in anyones()):
            return "".join(self._letter(sign) for sign in word)
        women, men = low in listed("given-women"), low in listed("given-men")
        names = spelled("given-women") if women and not men else spelled("given-men") if men and not women else None
        return _sized(word, self._pick("name", low, names or spelled("surnames")))

    def _letter(self, sign: str) -> str:
        at = self._number("initial", sign.lower()) % len(_CAPITALS)
        new = _CAPITALS[at] if _CAPITALS[at] != sign.upper() else _CAPITALS[at - 1]
        return new if sign.isupper() else new.lower()

    def _place(self, match: re.Match[str]) -> str:
        word = match[0]
        if any(sign.isdigit() for sign in word):
            return self._shaped("place", word)
        if is_ordinary(word) or len(word) < 3:
            return word
        return _sized(word, self._pick("place", normal(word), spelled("surnames")))

    def _shaped(self, kind: str, original: str) -> str:
        """The same form with other digits and letters."""
        bits = self._number(kind, normal(original))
        signs = []
        for sign in original:
            bits, part = divmod(bits, 10 if sign.isdigit() else 19)
            if not bits:
                bits = self._number(kind, f"{normal(original)} {len(signs)}")
            if sign.isdigit():
                signs.append(str(part))
            elif sign.isalpha():
                signs.append(_CAPITALS[part] if sign.isupper() else _CAPITALS[part].lower())
            else:
                signs.append(sign)
        new = "".join(signs)
        return new if normal(new) != normal(original) else self._shaped(kind, f"{original}")[::-1]

    def _pick(self, kind: str, word: str, names: tuple[str, ...]) -> str:
        start = self._number(kind, word)
        for step in range(len(names)):
            name = names[(start + step) % len(names)]
            plain = normal(name)
            if (
                plain not in self._taken
                and plain != word
                and not is_ordinary(plain)
                and name.isascii()
                and name.isalpha()
            ):
                return name
        return "Somebody"

    def _number(self, kind: str, original: str) -> int:
        code = self._alias.names.thing(f"surrogate {kind}", f"{self._alias.code} {original}")
        return int.from_bytes(base64.b32decode(code), "big")


def _sized(old: str, new: str) -> str:
    return new.upper() if old.isupper() else new.lower() if old.islower() else new
