"""Words: one spelling for what is written in many, and how a text falls into words.

    words("Müller-Ng, Ana")  ->  ["muller", "ng", "ana"]

Not here: which texts there are (`dicom.texts` and the readers of other kinds), whose words they are (`identifiers`).
"""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"\d+|[^\W\d_]+")


def normal(text: str) -> str:
    """One spelling for comparison: case folded, compatibility forms resolved, accents off."""
    if text.isascii():
        return text.casefold()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """The words of a text in their normal spelling: runs of letters and digits."""
    return _WORD.findall(normal(text))


def runs(word: str) -> list[str]:
    """The letters and the digits of a word apart: "mrn4711" is "mrn" and "4711"."""
    return _RUN.findall(word)
