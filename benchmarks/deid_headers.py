"""Header de-identification of one CT file, beside two other packages and beside pydicom's bare read and write.

    python -m benchmarks.deid_headers          prints JSON: files/s (median of repeats), ratios, kinds of names left

Every program reads a file's bytes and makes a file's bytes, in memory where its interface allows it, on one core. The
file is pydicom's CT_small (39 KB), for speed as it is and with its picture repeated to 512 x 512 (0.5 MB), and with
marked identifiers in many places for what is left.
The peers run with their defaults; deid documents itself as best effort, and some places are in no row of PS3.15.
"""

import io
import json
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pydicom
from deid.config import DeidRecipe
from deid.dicom import get_identifiers, replace_identifiers
from dicomanonymizer.simpledicomanonymizer import anonymize_dataset
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from residency.deid.dicom.elements import read
from residency.deid.dicom.headers import scrub
from residency.deid.dicom.series import deidentify_series
from residency.deid.pseudonyms import Identity, Pseudonyms
from residency.deid.recipe import load_recipe

RECIPE, NAMES, SUBJECT = load_recipe("basic", "shift-dates"), Pseudonyms(bytes(range(32))), Identity("SITE", "1CT1")
Clean = Callable[[bytes], bytes]

KEYWORDS = """
    PatientName PatientID OtherPatientIDs PatientBirthName PatientAddress PatientTelephoneNumbers
    PatientComments InstitutionName InstitutionAddress StationName DeviceSerialNumber AccessionNumber StudyID
    ReferringPhysicianName OperatorsName StudyDescription SeriesDescription ImageComments ProtocolName
    AdditionalPatientHistory RequestedProcedureDescription AdmissionID MedicalRecordLocator
    PatientMotherBirthName PhysiciansOfRecord
"""
TEXTS = KEYWORDS.split()
TAGS = {
    "overlay description": (0x60000022, "LO"),
    "curve data": (0x50003000, "OB"),
    "private with creator": (0x00091001, "LO"),
    "private without creator": (0x000B1001, "LO"),
    "undefined public tag": (0x0012ABCC, "LO"),
    "trailing padding": (0xFFFCFFFC, "OB"),
}


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    plain = Path(get_testdata_file("CT_small.dcm", download=False)).read_bytes()
    dirty, marks = planted(plain)
    with tempfile.TemporaryDirectory() as folder:
        programs = {
            "residency": ours,
            "residency with harvest and search": ours_whole,
            "pydicom read and write": bare,
            "dicom-anonymizer": dicom_anonymizer,
            "deid": by_deid(Path(folder)),
        }
        files = {"39 KB CT": plain, "0.5 MB CT": widened(plain)}
        speeds = {name: compared(measure(programs, data), len(data)) for name, data in files.items()}
        left = {name: kinds_left(clean, dirty, marks) for name, clean in programs.items() if name in CLEANERS}
    print(json.dumps(result(speeds, left, len(marks)), indent=1))


CLEANERS = ("residency", "dicom-anonymizer", "deid")


def result(speeds: dict[str, dict], left: dict[str, list[str]], planted_kinds: int) -> dict:
    """All that is printed."""
    return {
        "claim": "header de-identification of a CT file on one core",
        "files": speeds,
        "kinds_planted": planted_kinds,
        "kinds_left": {name: {"count": len(kinds), "which": kinds} for name, kinds in left.items()},
        "versions": {name: version(name) for name in ("pydicom", "dicom-anonymizer", "deid", "residency")},
    }


def compared(speeds: dict[str, float], size: int) -> dict:
    """Files per second of each, and how many times faster ours is."""
    mine = speeds["residency"]
    return {
        "bytes": size,
        "files_per_second": {name: round(speed, 1) for name, speed in speeds.items()},
        "times_faster_than": {name: round(mine / speed, 2) for name, speed in speeds.items() if name != "residency"},
    }


def widened(plain: bytes) -> bytes:
    """The same file with a picture of a scanner's usual size: its own, four times beside and below itself."""
    ds = pydicom.dcmread(io.BytesIO(plain))
    picture = np.tile(ds.pixel_array, (4, 4))
    ds.Rows, ds.Columns = picture.shape
    ds.PixelData = picture.tobytes()
    return written(ds)


def measure(programs: dict[str, Clean], data: bytes, repeats: int = 5, seconds: float = 0.4) -> dict[str, float]:
    """Median files/s of each; the programs take turns, so that a slow minute of the machine is shared."""
    rates: dict[str, list[float]] = {name: [] for name in programs}
    for clean in programs.values():
        clean(data)
    for _ in range(repeats):
        for name, clean in programs.items():
            start, count = time.process_time(), 0
            while time.process_time() - start < seconds:
                clean(data)
                count += 1
            rates[name].append(count / (time.process_time() - start))
    return {name: statistics.median(rate) for name, rate in rates.items()}


def ours(data: bytes) -> bytes:
    """The header pass alone: what the peers do."""
    return scrub(read(data), RECIPE, NAMES, SUBJECT).data


def ours_whole(data: bytes) -> bytes:
    """With the judgement of the pixels, the harvest and the search of the result: what a site does.

    The file does not say which part of the body it shows, so that a person has to let it pass.
    """
    return deidentify_series([data], RECIPE, NAMES, SUBJECT, accepted=frozenset({"FACE"})).outputs[0][1]


def bare(data: bytes) -> bytes:
    """No cleaning: the floor of every program that stands on pydicom."""
    return written(pydicom.dcmread(io.BytesIO(data)))


def dicom_anonymizer(data: bytes) -> bytes:
    """dicom-anonymizer on a data set in memory, private elements deleted, as its file function does."""
    ds = pydicom.dcmread(io.BytesIO(data))
    anonymize_dataset(ds, delete_private_tags=True)
    return written(ds)


def by_deid(folder: Path) -> Clean:
    """The package deid with its default recipe; its interface reads files by path."""
    path, recipe = folder / "in.dcm", DeidRecipe()

    def clean(data: bytes) -> bytes:
        path.write_bytes(data)
        ids = get_identifiers([str(path)], expand_sequences=False)
        kept = replace_identifiers([str(path)], ids=ids, deid=recipe, save=False, remove_private=True)
        return written(kept[0])

    return clean


def written(ds: Dataset) -> bytes:
    """The data set as bytes."""
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()


def planted(plain: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The file with a mark of its own in every place, and the marks by place."""
    ds = pydicom.dcmread(io.BytesIO(plain))
    marks: dict[str, bytes] = {}

    def mark(place: str) -> str:
        marks[place] = f"PLANT{len(marks):02d}MARK".encode()
        return marks[place].decode()

    for keyword in TEXTS:
        setattr(ds, keyword, mark(keyword))
    for place, (tag, vr) in TAGS.items():
        text = mark(place)
        ds.add_new(tag, vr, text if vr == "LO" else text.encode() + b"\0")
    ds.SharedFunctionalGroupsSequence = Sequence(
        [person(mark("functional groups: name"), mark("functional groups: comment"))]
    )
    ds.add_new(0x00291010, "SQ", Sequence([person(mark("private sequence: name"), mark("private sequence: comment"))]))
    deep = person(mark("three levels down: name"), mark("three levels down: comment"))
    for _ in range(3):
        outer = Dataset()
        outer.PixelMeasuresSequence = Sequence([deep])
        deep = outer
    ds.update(deep)
    ds.file_meta.SourceApplicationEntityTitle = mark("file meta: AE title")
    ds.file_meta.PrivateInformationCreatorUID = "1.2.3.4"
    ds.file_meta.PrivateInformation = mark("file meta: private").encode() + b"\0"
    ds.preamble = mark("preamble").encode().ljust(128, b"\0")
    return written(ds), marks


def person(name: str, comment: str) -> Dataset:
    """An item that names somebody."""
    ds = Dataset()
    ds.PatientName, ds.FrameComments = name, comment
    return ds


def kinds_left(clean: Clean, dirty: bytes, marks: dict[str, bytes]) -> list[str]:
    """The places whose marks stand in the result's bytes."""
    after = clean(dirty)
    return [place for place, mark in marks.items() if mark in after]


if __name__ == "__main__":
    main()
