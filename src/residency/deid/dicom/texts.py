"""The text of a data set: every text-bearing element at every depth, decoded by the character set in force there.

    for text in texts(instance.elements): text.tag, text.place, text.text

A character set may be named anew in each item of a sequence (PS3.3 C.12.1.1.2) and may switch inside a value by escape
sequences; pydicom knows the tables. What cannot be decoded is read as Latin-1, so that nothing is passed over. Not
here: what is looked for in the text (`residual`).
"""

import warnings
from collections.abc import Iterator
from typing import NamedTuple

from pydicom import charset

from residency.deid.dicom.elements import Element

TEXT_VRS = frozenset((b"AE", b"CS", b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UN", b"UR", b"UT"))
_CHARSET = 0x00080005
_DELIMITERS = {0x0A, 0x0C, 0x0D, 0x09, 0x5E, 0x3D}


class Text(NamedTuple):
    """One text value: its tag, VR, place in the file, bytes and decoded text."""

    tag: int
    vr: bytes
    place: int
    raw: bytes
    text: str


def leaves(elements: list[Element]) -> Iterator[Element]:
    """Every element that is no sequence, at every depth."""
    for element in elements:
        if isinstance(element[2], list):
            for item in element[2]:
                yield from leaves(item)
        else:
            yield element


def texts(elements: list[Element], encodings: tuple[str, ...] = ()) -> Iterator[Text]:
    """Every text value at every depth, decoded."""
    encodings = encodings_of(elements) or encodings
    for tag, vr, value, place in elements:
        if isinstance(value, list):
            for item in value:
                yield from texts(item, encodings)
        elif vr in TEXT_VRS and value and isinstance(value, bytes):
            yield Text(tag, vr, place, value, decode(value, encodings))


def encodings_of(elements: list[Element]) -> tuple[str, ...]:
    """Python's names for the character sets that this data set or item names itself; empty when it names none."""
    for tag, _, value, _ in elements:
        if tag == _CHARSET and isinstance(value, bytes):
            names = [part.strip(b" \0").decode("latin-1") for part in value.split(b"\\")]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    return tuple(charset.convert_encodings(names))
                except (LookupError, ValueError):
                    return ()
        if tag > _CHARSET:
            break
    return ()


def encode(text: str, encodings: tuple[str, ...]) -> bytes | None:
    """The text in the first of these character sets that can write it, with its escape sequences; None if none can."""
    if text.isascii():
        return text.encode("ascii")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return charset.encode_string(text, list(encodings or ("utf-8",)))
        except (UserWarning, LookupError, ValueError):
            return None


def decode(value: bytes, encodings: tuple[str, ...]) -> str:
    """The text of a value in these character sets; as Latin-1 when it is in none of them."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return charset.decode_bytes(value, list(encodings or ("utf-8",)), _DELIMITERS)
    except (LookupError, ValueError):
        return value.decode("latin-1")
