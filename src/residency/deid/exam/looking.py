"""What is left of planted words in bytes that came out: every spelling, every encoding, every byte.

    left = Look(words)(b"...")          the words that are there, in any of their forms

A word is looked for in three cases as Latin-1, UTF-8 and both UTF-16, and as base64 of each; a day in six ways of
writing it. Forms under five bytes are not looked for: chance writes them. Not here: letters in pixels (`lettering`).
"""

import base64
from collections.abc import Iterable, Iterator
from datetime import date

SHORTEST = 5
_DAYS = ("%Y%m%d", "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d %b %Y")


class Look:
    """Searches bytes for words; `words` are told apart by what they are."""

    def __init__(self, words: Iterable[str]) -> None:
        self._forms = {word: frozenset(_forms(word)) for word in words}

    def __call__(self, data: bytes) -> set[str]:
        """The words of which a form is there."""
        lower = data.lower()
        return {word for word, forms in self._forms.items() if any(f in lower or f in data for f in forms)}


def spellings(day: date) -> list[str]:
    """A day as people and machines write it."""
    return [day.strftime(form) for form in _DAYS]


def _forms(word: str) -> Iterator[bytes]:
    """Forms in small letters, which are sought in data in small letters; base64 has its own cases."""
    for text in dict.fromkeys((word, word.upper(), word.lower(), word.title())):
        for codec in ("latin-1", "utf-8", "utf-16-le", "utf-16-be"):
            try:
                form = text.encode(codec)
            except UnicodeEncodeError:
                continue
            if len(form) < SHORTEST:
                continue
            yield form.lower()
            for shift in range(3):
                packed = base64.b64encode(b"\0" * shift + form).rstrip(b"=")
                yield packed[(0, 2, 3)[shift] : -1 if (shift + len(form)) % 3 else None]
