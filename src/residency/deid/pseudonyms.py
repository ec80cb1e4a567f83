"""The project's secret, and the names that it gives: codes of subjects, UIDs, one date shift per subject.

    names = Pseudonyms(project_key)
    names.code("SITE-A", " 00042 ")      the same for every spelling, on every machine, in every run
    names.uid("1.2.840.113619.2.55.3")   "2.25.…"; only a UID that the standard itself lists stays
    names.thing("encounter", "E-77120")  a code for a thing of some kind: visits, notes, specimens, read groups
    names.shift_days("SITE-A", "42")     -1 … -365, never 0

Nothing is stored: every name is an HMAC under a key derived for its kind, so that work can be spread and resumed, and
two projects (two keys) cannot be linked by their names. Two releases under one key can: codes, UIDs and shifts are the
same in both. Who holds the key can find a subject again: these are keyed codes in the sense of 164.514(c), not Safe
Harbor codes. What no name hides: pictures and intervals stay what they were, one known day of a subject dates all
others of theirs, and a long record kept on weekdays alone tells its shift modulo 7. Not here: random codes (`vault`),
where the key is kept (`store.keys`).
"""

import base64
import hmac
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from residency.deid.dates import Dates
from residency.errors import BadInput
from residency.kernel.spelling import SPACE, as_bytes, canonical_id, together

_LONGEST_SHIFT = 365


class WeakKey(BadInput):
    """The project's key is too short to keep a secret."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the subject is at the site; never shown."""

    issuer: str = field(repr=False)
    patient_id: str = field(repr=False)


class Names(Protocol):
    """Whoever gives names: `Pseudonyms` under a key, or a vault of random ones."""

    def code(self, issuer: str, patient_id: str) -> str:
        """The subject's code."""
        ...

    def uid(self, original: str) -> str:
        """The new UID of a thing; one of the standard stays."""
        ...

    def thing(self, kind: str, original: str) -> str:
        """The code of a thing of some kind."""
        ...

    def shift_days(self, issuer: str, patient_id: str) -> int | None:
        """Whole days by which the dates of a subject move; None where only years may stay."""
        ...


@dataclass(frozen=True, slots=True)
class Alias:
    """What one subject is called from now on, what becomes of their dates, and who names their things."""

    code: str
    dates: Dates
    names: Names = field(repr=False)


def alias(names: Names, who: Identity) -> Alias:
    """The new name of a subject."""
    return Alias(names.code(who.issuer, who.patient_id), Dates(names.shift_days(who.issuer, who.patient_id)), names)


class Pseudonyms:
    """Stateless names under one project key of at least 32 bytes."""

    __slots__ = ("_code", "_shift", "_thing", "_uid")

    def __init__(self, project_key: bytes) -> None:
        if len(project_key) < 32:
            raise WeakKey("The project's key has fewer than 32 bytes.", remedy="Draw 32 random bytes.")
        kinds = ("code", "uid", "shift", "thing")
        self._code, self._uid, self._shift, self._thing = (_subkey(project_key, kind) for kind in kinds)

    def __repr__(self) -> str:
        return "Pseudonyms(…)"

    def code(self, issuer: str, patient_id: str) -> str:
        """The subject's code: 16 characters of base 32, i.e. 80 bits of the HMAC."""
        return base64.b32encode(self._of_subject(self._code, issuer, patient_id)[:10]).decode("ascii")

    def uid(self, original: str) -> str:
        """The new UID, under 2.25 (PS3.5 B.2); one that PS3.6 Annex A lists stays as it is.

        A root proves nothing: hospitals register under HL7's own and number studies there.
        """
        bare = canonical_uid(original)
        if is_standard_uid(bare):
            return bare
        # UUID version 8: bits chosen by the application (RFC 9562)
        return uuid_uid(hmac.digest(self._uid, as_bytes(bare), "sha256")[:16], version=8)

    def thing(self, kind: str, original: str) -> str:
        """The code of a visit, a note, a specimen or the like: 16 characters, another for every kind."""
        message = together(kind, canonical_id(original))
        return base64.b32encode(hmac.digest(self._thing, message, "sha256")[:10]).decode("ascii")

    def shift_days(self, issuer: str, patient_id: str) -> int:
        """Whole days by which all dates of this subject move into the past."""
        number = int.from_bytes(self._of_subject(self._shift, issuer, patient_id)[:8], "big")
        return -1 - number % _LONGEST_SHIFT

    def _of_subject(self, key: bytes, issuer: str, patient_id: str) -> bytes:
        return hmac.digest(key, together(canonical_id(issuer), canonical_id(patient_id)), "sha256")


def is_standard_uid(uid: str) -> bool:
    """Whether PS3.6 Annex A lists exactly this UID: it says nothing of a subject."""
    from pydicom.uid import UID_dictionary  # heavy: who only looks up codes does without

    return uid in UID_dictionary


def canonical_uid(uid: str) -> str:
    """A UID without the padding of its file."""
    return uid.strip(SPACE)


def uuid_uid(sixteen: bytes, *, version: int) -> str:
    """The UID under 2.25 of a UUID of this version made of 16 bytes: at most 44 characters (PS3.5 B.2)."""
    number = int.from_bytes(sixteen, "big")
    number = number & ~(0xF << 76) | (version << 76)
    number = number & ~(0x3 << 62) | (0x2 << 62)
    return f"2.25.{number}"


def _subkey(project_key: bytes, kind: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"residency pseudonyms {kind} v1".encode()).derive(project_key)
