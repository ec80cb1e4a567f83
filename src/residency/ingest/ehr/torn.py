"""What could not be read: one record of a file, or the whole file; never with a value."""

from dataclasses import dataclass
from typing import Literal

from residency.errors import BadInput

Fault = Literal[
    "NOT-UTF-8",
    "NOT-JSON",
    "DUPLICATE-KEY",
    "NOT-A-NUMBER",
    "TOO-DEEP",
    "TOO-LARGE",
    "NOT-A-RESOURCE",
    "RAGGED",
    "QUOTES",
]
SAYS: dict[Fault, str] = {
    "NOT-UTF-8": "The record is not text in UTF-8.",
    "NOT-JSON": "The record is no JSON, or is cut short.",
    "DUPLICATE-KEY": "The record gives one key twice.",
    "NOT-A-NUMBER": "The record holds NaN or an infinity, which JSON does not know.",
    "TOO-DEEP": "The record is nested deeper than any FHIR resource.",
    "TOO-LARGE": "The record is larger than one record may be.",
    "NOT-A-RESOURCE": "The record is no FHIR resource.",
    "RAGGED": "The record has more or fewer fields than the header line.",
    "QUOTES": "The record's quotation marks do not fit together.",
}


@dataclass(frozen=True, slots=True)
class Torn:
    """A record that could not be read: its number in the file, from 0, and the fault."""

    record: int
    fault: Fault


class EhrUnreadable(BadInput):
    """The file is not in the format in which it was given."""


class EhrTooLarge(BadInput):
    """The file, or a part that must be read in one piece, is larger than the readers take."""
