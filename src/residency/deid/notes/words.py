"""Lists of words that come with the package, each read once.

    is_ordinary("walker")  ->  True       a word of everyday or clinical English
    is_surname("walker")   ->  True       and a common surname, too

`ordinary.txt` is counted (`tools/make_note_words.py`); the other lists are written by hand from general knowledge. A
word may be in several: only what stands beside it tells a walker from Mrs. Walker. Not here: that judgement (`people`,
`allow`, `tagger`).
"""

from functools import cache
from importlib.resources import files

from residency.deid.wording import normal


def set_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


@cache
def listed(name: str) -> frozenset[str]:
    """The words of one list in their normal spelling."""
    text = files("residency.deid.notes").joinpath("words", f"{name}.txt").read_text("utf-8")
    return frozenset(normal(word) for word in text.split())


@cache
def spelled(name: str) -> tuple[str, ...]:
    """The words of one list as they are written, in order, each once."""
    text = files("residency.deid.notes").joinpath("words", f"{name}.txt").read_text("utf-8")
    return tuple(dict.fromkeys(text.split()))


@cache
def ordinary() -> frozenset[str]:
    """Words of everyday and clinical English, drugs and abbreviations among them."""
    return listed("everyday") | listed("ordinary") | listed("clinical") | listed("drugs")


@cache
def given() -> frozenset[str]:
    """Common given names."""
    return listed("given-women") | listed("given-men")


@cache
def surnames() -> frozenset[str]:
    """Common surnames."""
    return listed("surnames")


@cache
def anyones() -> frozenset[str]:
    """Given names and surnames."""
    return given() | surnames()


@cache
def _plain() -> frozenset[str]:
    return listed("everyday") | listed("clinical")


def is_ordinary(word: str) -> bool:
    """Whether a word, or the word it is a plain form of, stands in the lists of words."""
    low = normal(word)
    known = ordinary()
    if low in known:
        return True
    if low.endswith(("'s", "’s")):
        return low[:-2] in known
    if len(low) > 7 and low.endswith(_MEDICAL):
        return True
    if low.endswith("s") and len(low) > 3 and low[:-1] in _plain() and low not in anyones():
        return True
    return any(low.endswith(end) and len(low) > len(end) + 4 and low[: -len(end)] in known for end in _ENDINGS)


_MEDICAL = (
    "ologist", "ology", "ological", "itis", "ectomy", "otomy", "ostomy", "oscopy", "aemia", "emias", "uria",
    "osis", "opathy", "plasty", "gram", "graphy", "graphic", "algia", "plegia", "paresis", "cillin", "mycin",
    "azole", "sartan", "statin", "zumab", "ximab", "tinib", "olol", "dipine", "caine", "parin", "floxacin",
    "gliptin", "gliflozin", "carcinoma", "trophy", "plasia",
)  # fmt: skip
"""Ends of words of Greek and Latin make, and of drugs by their class (WHO stems)."""
_ENDINGS = ("s", "ed", "ing", "ly", "es", "d")
