"""What an attacker has: the released files, this program's source, the forms of a hospital's numbers, and no key.

    released = release(names, people)                    # real files, cleaned; what the attacker downloads
    found = try_numbers(released.codes, block, guesses())     # code -> number, of those that a guess explains

`Careless` is a tool with the faults that the attacks look for: every attack is shown to work on it.
"""

import base64
import hashlib
import hmac
import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydicom.uid import generate_uid

from residency.deid.dicom.series import deidentify_series
from residency.deid.pseudonyms import Identity, Names, Pseudonyms
from residency.deid.recipe import Recipe
from tests.deid.ct_files import ROOT, SHIFTED, ct, from_bytes, to_bytes

ISSUER = "SITE-A"
SPACE = 10_000_000
"""Numbers of seven digits."""
HASHES = ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256")
VERSION_AND_VARIANT = 0xF << 76 | 0x3 << 62


@dataclass(frozen=True)
class Patient:
    number: str
    born: date
    visits: tuple[date, ...]

    @property
    def studies(self) -> list[str]:
        """As many scanners make them: root, patient, day."""
        return [study_uid(self.number, day) for day in self.visits]


def study_uid(number: str, day: date) -> str:
    return f"{ROOT}{int(number)}.{day:%Y%m%d}.1"


def patients(chance: random.Random, count: int, block: range = range(SPACE)) -> list[Patient]:
    """People with three visits each, of whom no two have one number."""
    made = []
    for number in chance.sample(block, count):
        first = date(2015, 1, 1) + timedelta(days=chance.randrange(3000))
        visits = (first, first + timedelta(days=chance.randrange(1, 400)), first + timedelta(days=1000))
        made.append(Patient(f"{number:07}", date(1930, 1, 1) + timedelta(days=chance.randrange(25_000)), visits))
    return made


@dataclass(frozen=True)
class Released:
    """What lies open: for each code the studies, their days, and the bytes of their pictures."""

    files: tuple[bytes, ...]
    studies: Mapping[str, list[str]]
    days: Mapping[str, list[str]]
    pictures: Mapping[str, set[bytes]]

    @property
    def codes(self) -> list[str]:
        return list(self.studies)


def release(names: Names, people: Iterable[Patient], recipe: Recipe = SHIFTED) -> Released:
    """One CT file for each visit, cleaned as the product cleans it; pictures differ between patients."""
    files: list[bytes] = []
    for who in people:
        for place, (day, study) in enumerate(zip(who.visits, who.studies, strict=True)):
            original = ct(PatientID=who.number, PatientBirthDate=f"{who.born:%Y%m%d}", StudyInstanceUID=study)
            original.SOPInstanceUID, original.SeriesInstanceUID = f"{study}.{place}", f"{study}.2"
            original.StudyDate = original.SeriesDate = original.AcquisitionDate = original.ContentDate = f"{day:%Y%m%d}"
            original.AcquisitionDateTime = f"{day:%Y%m%d}101530"
            original.PixelData = picture(f"{who.number} {place}")
            done = deidentify_series([to_bytes(original)], recipe, names, Identity(ISSUER, who.number))
            assert done.quarantine is None, done.quarantine
            files += [data for _, data in done.outputs]
    return _read(files)


def picture(of: str) -> bytes:
    """16 x 16 pixels of 12 bits, alike only where what they are of is alike."""
    chance = random.Random(of)
    return b"".join(chance.randrange(4096).to_bytes(2, "little") for _ in range(256))


def _read(files: list[bytes]) -> Released:
    studies: dict[str, list[str]] = {}
    days: dict[str, list[str]] = {}
    pictures: dict[str, set[bytes]] = {}
    for data in files:
        ds = from_bytes(data)
        studies.setdefault(ds.PatientID, []).append(ds.StudyInstanceUID)
        days.setdefault(ds.PatientID, []).append(ds.StudyDate)
        pictures.setdefault(ds.PatientID, set()).add(ds.PixelData)
    return Released(tuple(files), studies, days, pictures)


class Careless:
    """Bare hashes, UIDs by the recipe of a library, one shift for everybody, and things counted through."""

    def code(self, issuer: str, patient_id: str) -> str:
        return base64.b32encode(hashlib.sha256(patient_id.encode()).digest()[:10]).decode()

    def uid(self, original: str) -> str:
        return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, original).int}" if original.startswith(ROOT) else original

    def thing(self, kind: str, original: str) -> str:
        return f"{kind}-{original}"

    def shift_days(self, issuer: str, patient_id: str) -> int:
        return -100


Guess = Callable[[str], bytes]


def guesses() -> dict[str, Guess]:
    """Ways to make bytes of a number that need no secret: bare hashes, empty and obvious keys, words of the source."""
    made: dict[str, Guess] = {}
    words: dict[str, Callable[[str], bytes]] = {
        "number": str.encode,
        "bare number": lambda number: number.lstrip("0").encode(),
        "issuer and number": lambda number: f"{ISSUER}\x1f{number.lstrip('0')}".encode(),
    }
    for said, word in words.items():
        for name in HASHES:
            made[f"{name} of {said}"] = lambda number, w=word, h=name: hashlib.new(h, w(number)).digest()
        for key in (b"", bytes(32), b"residency", b"residency pseudonyms code v1", ISSUER.encode()):
            made[f"HMAC {key!r} of {said}"] = lambda number, w=word, k=key: hmac.digest(k, w(number), "sha256")
    for secret in (bytes(32), b"\xff" * 32, bytes(range(32)), hashlib.sha256(b"").digest(), b"residency" * 4):
        made[f"our codes under {secret.hex()[:8]}"] = guess_of(Pseudonyms(secret))
    return made


def guess_of(names: Names) -> Guess:
    """The guess of somebody who holds the secret of these names."""
    return lambda number: base64.b32decode(names.code(ISSUER, number))


def try_numbers(codes: Iterable[str], block: Iterable[int], tried: Mapping[str, Guess]) -> dict[str, str]:
    """Code to number, for every number of the block whose digest begins or ends as a code does."""
    wanted, found = {base64.b32decode(code): code for code in codes}, {}
    for number in block:
        written = f"{number:07}"
        for guess in tried.values():
            said = guess(written)
            code = wanted.get(said[:10]) or wanted.get(said[-10:])
            if code:
                found[code] = written
    return found


def uid_guesses() -> dict[str, Callable[[str], int]]:
    """Ways to make a UID of a UID that need no secret."""
    made: dict[str, Callable[[str], int]] = {
        "uuid3": lambda uid: uuid.uuid3(uuid.NAMESPACE_OID, uid).int,
        "uuid5": lambda uid: uuid.uuid5(uuid.NAMESPACE_OID, uid).int,
        "pydicom": lambda uid: int(generate_uid(prefix="2.25.", entropy_srcs=[uid])[5:]),
        "ours under zeros": uid_guess_of(Pseudonyms(bytes(32))),
        "HMAC without a key": lambda uid: int.from_bytes(hmac.digest(b"", uid.encode(), "sha256")[:16], "big"),
    }
    for name in HASHES:
        made[name] = lambda uid, h=name: int.from_bytes(hashlib.new(h, uid.encode()).digest()[:16], "big")
    return made


def uid_guess_of(names: Names) -> Callable[[str], int]:
    """The guess of somebody who holds the secret of these names."""
    return lambda uid: int(names.uid(uid)[5:])


def try_uids(new: Iterable[str], originals: Iterable[str], tried: Mapping[str, Callable[[str], int]]) -> dict[str, str]:
    """New UID to original one; the bits that only say what a UUID is are left out of account."""
    wanted, found = {int(uid[5:]) & ~VERSION_AND_VARIANT: uid for uid in new}, {}
    for original in originals:
        for guess in tried.values():
            uid = wanted.get(guess(original) & ~VERSION_AND_VARIANT)
            if uid:
                found[uid] = original
    return found
