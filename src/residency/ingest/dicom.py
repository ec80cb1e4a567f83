"""One DICOM file: its head, without its pixels, or the reason why it is none.

    head = read_head(file, size)
    head.code          "" or "NOT-DICOM", "TRUNCATED", "UNREADABLE", "OBJECT-NOT-SUPPORTED"

Pixels are not read, but where they end is compared with where the file ends (PS3.5 7.1 for the length, A.4 for
fragments). pydicom's warnings and log lines may quote values, so they are silenced here. Not here: what the heads of
one series say together (`geometry`).
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from pydicom import dcmread
from pydicom.config import disable_value_validation
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """What intake needs to know of one file; geometry in mm and in the patient's axes (PS3.3 C.7.6.2)."""

    code: str = ""
    sop_class: str = ""
    instance: str = ""
    series: str = ""
    image_type: tuple[str, ...] = ()
    number: int = 0
    rows: int = 0
    columns: int = 0
    frames: int = 1
    spacing: Numbers = ()
    orientation: Numbers = ()
    position: Numbers = ()
    person: dict[str, str] = field(default_factory=dict, repr=False)


def read_head(file: BinaryIO, size: int) -> Head:
    """The head of an open file of `size` bytes; never raises for what the file holds."""
    try:
        return _read(file, size)
    except InvalidDicomError:
        return Head("NOT-DICOM")
    except EOFError:
        return Head("TRUNCATED")
    except OSError:
        return Head("UNREADABLE")
    except Exception:  # a parser of foreign bytes fails in every way there is, and all mean the same
        return Head("UNREADABLE")


@contextmanager
def quietly() -> Iterator[None]:
    """No word from pydicom: what it says may hold a patient's values."""
    logger = logging.getLogger("pydicom")
    before = logger.level
    with warnings.catch_warnings(), disable_value_validation():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            logger.setLevel(before)


_PERSON = (
    "PatientID",
    "IssuerOfPatientID",
    "PatientSex",
    "PatientBirthDate",
    "PatientAge",
    "EthnicGroup",
    "StudyDate",
    "Manufacturer",
    "ManufacturerModelName",
    "DeviceSerialNumber",
)
_TAGS = [
    *_PERSON,
    *("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "ImageType", "InstanceNumber", "NumberOfFrames"),
    *("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "PixelSpacing"),
    *("ImageOrientationPatient", "ImagePositionPatient"),
]
_NEEDED = [tag for name in _TAGS if (tag := tag_for_keyword(name)) is not None]
_PIXEL_TAGS = ((0x7FE0, 0x0010), (0x7FE0, 0x0008), (0x7FE0, 0x0009))
_UNDEFINED = 0xFFFFFFFF


def _read(file: BinaryIO, size: int) -> Head:
    with quietly():
        ds = dcmread(file, stop_before_pixels=True, specific_tags=_NEEDED)
        syntax = UID(ds.file_meta.get("TransferSyntaxUID", ""))
        head = _head(ds)
        if syntax == DeflatedExplicitVRLittleEndian:
            # Deflated heads cannot be walked in the file: the whole is inflated, and pixels are then in the data set.
            file.seek(0)
            there = len(dcmread(file).get("PixelData") or b"")
            return _judge(head, complete=there >= _expected(ds), has_pixels=there > 0)
        end = file.tell()
        found = end < size and _pixels_end(file, syntax)
        if not found:
            # Skipping over a value that is cut short leaves the position behind the end of the file.
            return _judge(head, complete=end <= size and not UID(head.sop_class).name.endswith("Image Storage"))
        stop, length = found
        whole = stop <= size and (length is None or length >= _expected(ds))
        return _judge(head, complete=whole, has_pixels=True)


def _judge(head: Head, *, complete: bool, has_pixels: bool = False) -> Head:
    code = "TRUNCATED" if not complete else "" if has_pixels and head.rows else "OBJECT-NOT-SUPPORTED"
    return head if not code else Head(code, head.sop_class, head.instance, head.series, person=head.person)


def _head(ds: Dataset) -> Head:
    return Head(
        sop_class=_text(ds, "SOPClassUID") or str(ds.file_meta.get("MediaStorageSOPClassUID", "")),
        instance=_text(ds, "SOPInstanceUID") or str(ds.file_meta.get("MediaStorageSOPInstanceUID", "")),
        series=_text(ds, "SeriesInstanceUID"),
        image_type=tuple(_text(ds, "ImageType").upper().split("\\")),
        number=int((_numbers(ds, "InstanceNumber", 1) or (0,))[0]),
        rows=int(ds.get("Rows") or 0),
        columns=int(ds.get("Columns") or 0),
        frames=max(int((_numbers(ds, "NumberOfFrames", 1) or (1,))[0]), 1),
        spacing=_numbers(ds, "PixelSpacing", 2),
        orientation=_numbers(ds, "ImageOrientationPatient", 6),
        position=_numbers(ds, "ImagePositionPatient", 3),
        person={name: _text(ds, name) for name in _PERSON},
    )


def _text(ds: Dataset, name: str) -> str:
    """The value as text, several values with backslashes between them as in the file."""
    item = ds.get_item(name) if name in ds else None
    value = getattr(item, "value", None)
    # Half of the time of reading a head went into pydicom's conversions; ASCII needs none.
    if isinstance(value, bytes) and value.isascii():
        return value.decode("ascii").strip(" \0")
    value = ds.get(name)
    if value is None:
        return ""
    several = not isinstance(value, str) and hasattr(value, "__iter__")
    return ("\\".join(map(str, value)) if several else str(value)).strip(" \0")


def _numbers(ds: Dataset, name: str, count: int) -> Numbers:
    """That many numbers, or none: a series without usable geometry is a finding, not a crash."""
    try:
        values = tuple(float(part) for part in _text(ds, name).split("\\"))
    except ValueError:
        return ()
    return values if len(values) == count and all(abs(v) < 1e9 for v in values) else ()


def _expected(ds: Dataset) -> int:
    """Bytes of uncompressed pixels (PS3.5 8.1.1); 0 if the head does not say."""
    bits = [int(ds.get(name) or 0) for name in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")]
    frames = max(int(ds.get("NumberOfFrames") or 1), 1)
    return -(-bits[0] * bits[1] * bits[2] * bits[3] * frames // 8)


def _pixels_end(file: BinaryIO, syntax: UID) -> tuple[int, int | None] | None:
    """Where the pixels end, and their length if they are not compressed; None where no pixels begin here."""
    order = "big" if syntax == ExplicitVRBigEndian else "little"
    start = file.read(12)
    tag = (int.from_bytes(start[:2], order), int.from_bytes(start[2:4], order))
    if len(start) < 12 or tag not in _PIXEL_TAGS:
        return None
    short = syntax.is_implicit_VR
    length = int.from_bytes(start[4:8] if short else start[8:12], order)
    begin = file.tell() - (4 if short else 0)
    if length != _UNDEFINED:
        # A length of one compressed stream says nothing about the number of its pixels.
        return begin + length, None if syntax.is_compressed else length
    return _fragments_end(file, begin), None


def _fragments_end(file: BinaryIO, at: int) -> int:
    """Where the last fragment ends; behind any end of file if there is no end mark (PS3.5 A.4)."""
    while True:
        file.seek(at)
        item = file.read(8)
        at += 8 + int.from_bytes(item[4:8], "little")
        if item[:4] == b"\xfe\xff\xdd\xe0":
            return at
        if item[:4] != b"\xfe\xff\x00\xe0":
            return 1 << 62
