"""An invented person's identifiers, planted into copies of a series: elements, texts, sequences, blocks, pixels.

    planted = plant(files, random.Random(7))
    planted.files, planted.plants        the copies, and what was put where
    planted.screen                       a captured screen of one of its slices, with words in its pixels; or None

The copies are a series of that person: names and numbers are replaced by invented ones of the same form, UIDs by new
ones that hold the person's number, and everything a person may type carries a spelling of one of them more. Private
elements are planted under the creators that the site's own files have, and under one that no recipe knows. Files are
read and written by pydicom, not by the product's own reader. Not here: cleaning (`sit`), looking (`looking`).
"""

import base64
import io
import random
import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from residency.deid.exam.lettering import Captured, capture
from residency.deid.exam.looking import spellings
from residency.deid.exam.sown import Seed
from residency.deid.exam.stranger import Stranger, invented, parts

_SHAPES = {
    "name": "PatientName",
    "number": "PatientID",
    "accession": "AccessionNumber",
    "phone": "PatientTelephoneNumbers",
    "address": "PatientAddress",
    "physician": "ReferringPhysicianName",
    "institution": "InstitutionName",
}
_TEXTS = {
    "StudyDescription": 64,
    "SeriesDescription": 64,
    "ProtocolName": 64,
    "ImageComments": 500,
    "PatientComments": 500,
    "AdditionalPatientHistory": 500,
    "RequestedProcedureDescription": 64,
    "DerivationDescription": 500,
}
T = TypeVar("T")
_CREATOR = "EXAM OF NAMES 1.0"
_ROOT = "1.2.826.0.1.3680043.10.1511"
_MOST = 8
_PADDING, _GROUP = 0xFFFCFFFC, 0x0029
_SMALLEST = (288, 384)


@dataclass(frozen=True, slots=True)
class Screen:
    """A captured screen, and the kinds of its lines in their order."""

    data: bytes = field(repr=False)
    captured: Captured
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """Copies of the files of a series; `name` is that under which the series is said to have come."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    files: list[bytes] = field(repr=False)
    plants: tuple[Seed, ...]
    screen: Screen | None


class NotPlanted(ValueError):
    """A file of the series is not read, or not written, by pydicom: nothing can be planted into it."""


def plant(files: Sequence[bytes], draw: random.Random) -> Planted:
    """Seed into at most eight files of one series; raises NotPlanted."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning may quote a value
            copies = [pydicom.dcmread(io.BytesIO(data), force=True) for data in some(files)]
            who = invented({kind: str(copies[0].get(keyword, "")) for kind, keyword in _SHAPES.items()}, draw)
            work = _Work(who, draw)
            for copy in copies:
                work.into(copy)
            written = [_written(copy, work.preamble()) for copy in copies]
            screen = _screen(copies[len(copies) // 2], who, draw)
    except MemoryError:
        raise
    except Exception:  # whatever a site's files do to the reader; what it says may be a patient's
        raise NotPlanted("A file of the series cannot be read or written by the exam.") from None
    name = f"{parts(who.name)[0]}_{who.number}"
    return Planted(who.number, name, written, (*work.plants, Seed("name", "name", (name,))), screen)


def some(files: Sequence[T]) -> list[T]:
    """At most eight files of a series, evenly apart."""
    if len(files) <= _MOST:
        return list(files)
    return [files[number * (len(files) - 1) // (_MOST - 1)] for number in range(_MOST)]


class _Work:
    """Plants one person into the files of a series; every file gets the same, so that it is one series."""

    def __init__(self, who: Stranger, draw: random.Random) -> None:
        self.plants: list[Seed] = []
        self._who, self._draw = who, draw
        self._texts = {keyword: self._sentence() for keyword in _TEXTS}
        self._private = self._sentence(), self._sentence()
        self._uids: dict[tuple[str, str], str] = {}
        self._digits = "".join(sign for sign in who.number if sign.isdigit())[-12:].lstrip("0") or "7070707"

    def into(self, copy: FileDataset) -> None:
        """All places of one file."""
        for place in (self._elements, self._typed, self._nested, self._blocks, self._renamed, self._padded):
            place(copy)

    def preamble(self) -> bytes:
        """128 bytes that say the name."""
        return self._say("name", "preamble", self._who.name).encode("ascii", "replace")[:128].ljust(128, b"\0")

    def _say(self, kind: str, place: str, text: str, *words: str) -> str:
        found = Seed(kind, place, words or (text,))
        if found not in self.plants:
            self.plants.append(found)
        return text

    def _elements(self, copy: Dataset) -> None:
        who = self._who
        for kind, keyword in _SHAPES.items():
            value = getattr(who, kind)
            setattr(copy, keyword, self._say(kind, "element", value[: 16 if keyword == "AccessionNumber" else 64]))
        copy.PatientBirthDate = self._say("birth date", "element", f"{who.birth:%Y%m%d}", *spellings(who.birth))
        copy.OperatorsName = copy.PerformingPhysicianName = self._say("physician", "element", who.physician)

    def _typed(self, copy: Dataset) -> None:
        for keyword, longest in _TEXTS.items():
            plant, text = self._texts[keyword]
            self._say(*plant)
            setattr(copy, keyword, f"{text} {copy.get(keyword, '')}"[:longest])

    def _sentence(self) -> tuple[tuple, str]:
        """A kind of identifier as somebody types it: (kind, place, word), text."""
        who, draw = self._who, self._draw
        family, given = (*parts(who.name), "")[:2]
        mother = " ".join(reversed(parts(who.kin)))
        kind, word, text = draw.choice([
            ("name", f"{given} {family}".strip(), "for {}"), ("name", family.upper(), "{}"),
            ("name", family.lower(), "pt {} prior"), ("number", who.number, "MRN {}"),
            ("accession", who.accession, "acc# {}"), ("phone", who.phone, "call {}"),
            ("kin", mother, "mother {}"), ("physician", parts(who.physician)[0], "Dr. {}"),
            ("birth date", draw.choice(spellings(who.birth)), "*{}"),
        ])  # fmt: skip
        return (kind, "text", word), text.format(word)

    def _nested(self, copy: Dataset) -> None:
        deep, outer = Dataset(), Dataset()
        deep.PatientName = self._say("name", "sequence", self._who.name)
        deep.PatientID = self._say("number", "sequence", self._who.number)
        deep.AccessionNumber = self._who.accession[:16]
        outer.ModifiedAttributesSequence = DicomSequence([deep])
        outer.SourceOfPreviousValues = self._say("institution", "sequence", self._who.institution[:64])
        request = Dataset()
        request.ScheduledProcedureStepDescription = self._texts["ProtocolName"][1][:64]
        request.RequestedProcedureID = self._say("accession", "sequence", self._who.accession[:16])
        copy.OriginalAttributesSequence = DicomSequence([outer])
        copy.RequestAttributesSequence = DicomSequence([request])

    def _blocks(self, copy: Dataset) -> None:
        """The site's own private creators, and a foreign one."""
        own = [(one.tag.group, str(one.value)) for one in copy if one.tag.is_private_creator]
        for number, (group, creator) in enumerate([*own, (_GROUP, _CREATOR)]):
            block = copy.private_block(group, creator, create=True)
            (kind, _, word), text = self._private[number % 2]
            block.add_new(0xF0, "LO", text[:64])
            self._say(kind, "private", text[:64], word)
            spoken = self._say("name", "binary", self._who.family)
            block.add_new(0xF1, "OB", spoken.encode("utf-16-le"))
            block.add_new(0xF2, "UN", base64.b64encode(self._who.number.encode()).ljust(24, b"="))
            self._say("number", "binary", self._who.number)

    def _renamed(self, copy: FileDataset) -> None:
        # Some archives leave the instance's UID to the head of the file.
        in_head = {"SOPInstanceUID": str(copy.file_meta.get("MediaStorageSOPInstanceUID", ""))}
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            was = keyword, str(copy.get(keyword, "")) or in_head.get(keyword, "")
            setattr(copy, keyword, self._uids.setdefault(was, f"{_ROOT}.{self._digits}.{len(self._uids) + 1}"))
        copy.file_meta.MediaStorageSOPInstanceUID = copy.SOPInstanceUID
        self._say("number", "uid", self._digits, f"{_ROOT}.{self._digits}.")

    def _padded(self, copy: Dataset) -> None:
        text = self._say("phone", "padding", self._who.phone)
        copy.add_new(_PADDING, "OB", text.encode().ljust(64, b"\0"))


def _written(copy: FileDataset, preamble: bytes) -> bytes:
    copy.preamble = preamble
    target = io.BytesIO()
    copy.save_as(target, enforce_file_format=True)
    return target.getvalue()


def _screen(like: FileDataset, who: Stranger, draw: random.Random) -> Screen | None:
    """One slice as a screen shows it, under the headers of the series; None where it has no picture."""
    if "PixelData" not in like or like.get("NumberOfFrames", 1) not in (1, "1"):
        return None
    body = like.pixel_array
    if body.ndim != 2:
        return None
    room = [(0, max(0, least - side)) for least, side in zip(_SMALLEST, body.shape, strict=True)]
    said: list[tuple[str, Callable[[], str]]] = [
        ("name", lambda: ", ".join(parts(who.name)[:2])),
        ("number", lambda: f"ID {who.number}"),
        ("birth date", lambda: f"DOB {who.birth:%d.%m.%Y}"),
        ("physician", lambda: f"Dr. {parts(who.physician)[0]}"),
    ]
    chosen = draw.sample(said, draw.choice((2, 3)))
    captured = capture(np.pad(body, room), [say()[:36] for _, say in chosen], draw)
    one = deepcopy(like)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept"):
        one.pop(keyword, None)
    one.pop("WindowCenter", None)
    one.pop("WindowWidth", None)
    one.SOPClassUID, one.ConversionType = SecondaryCaptureImageStorage, "WSD"
    one.SOPInstanceUID, one.SeriesInstanceUID = f"{one.SeriesInstanceUID}.9", f"{one.SeriesInstanceUID}.99"
    one.ImageType = ["DERIVED", "SECONDARY"]
    one.Rows, one.Columns = captured.pixels.shape
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 8, 8, 7, 0
    one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
    one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    one.add_new("PixelData", "OB", captured.pixels.tobytes())
    return Screen(_written(one, bytes(128)), captured, tuple(kind for kind, _ in chosen))
