"""The DICOM header of one CT series of an invented person, as full as a hospital's, and the answer key to it.

    planted = Planted("ascii")
    header = series_header(person, scanner, visit, planted)      # a pydicom Dataset without pixels
    planted.rows[0]         # {"kind": "name", "where": "PatientName", "value": "Ng^Mai"}

Every value that could tell who the person is goes through `Planted`, so that nothing is put in that the key omits:
in standard elements, in free text, in sequences at depth, in private groups with and without their creator.
Sources: PS3.3 C.7 and A.3 (CT Image IOD), PS3.6 for the elements, PS3.5 7.8 for private groups.

Not here: pixels and geometry (`series`), preamble and padding (`writer`).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, generate_uid

from residency.demo.equipment import Scanner
from residency.demo.people import TODAY, Person


class Planted:
    """The answer key: which identifying value stands where. Calling it notes a value and gives it back."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self._rows: dict[tuple[str, str, str], None] = {}

    def __call__(self, kind: str, where: str, value: str) -> str:
        self._rows[kind, where, value] = None
        return value

    def forget(self, where: str) -> None:
        """Take back what was noted for an element that is not written after all."""
        self._rows = {row: None for row in self._rows if row[1] != where}

    @property
    def rows(self) -> list[dict[str, str]]:
        """What was planted, each value once for each place, in the order of planting."""
        return [{"kind": kind, "where": where, "value": value} for kind, where, value in self._rows]


@dataclass(frozen=True)
class Visit:
    """One examination: when, its numbers, who took part, and the UIDs of its study and series."""

    day: date
    time: str
    accession: str
    study_id: str
    referring: str
    performing: str
    operator: str
    study_uid: str
    series_uid: str
    frame_uid: str
    seed: tuple[int, int]
    index: int

    def uid(self, *what: object) -> str:
        """A UID that is the same whenever the seed is."""
        return uid(*self.seed, *what)


def uid(*what: object) -> str:
    """A deterministic UID below pydicom's root, from the names of what it stands for."""
    return str(generate_uid(entropy_srcs=["residency-demo", *(str(w) for w in what)]))


def visit(rng: np.random.Generator, seed: int, index: int) -> Visit:
    """An examination in the three years before the cohort's today."""
    key = (seed, index)
    doctors = [str(d) for d in rng.choice(_DOCTORS, 3, replace=False)]
    return Visit(
        day=TODAY - timedelta(days=int(rng.integers(20, 1000))),
        time=f"{int(rng.integers(7, 19)):02d}{int(rng.integers(0, 60)):02d}{int(rng.integers(0, 60)):02d}",
        accession=f"ACC{int(rng.integers(10**7, 10**8))}",
        study_id=f"ST{int(rng.integers(10**5, 10**6))}",
        referring=doctors[0],
        performing=doctors[1],
        operator=doctors[2],
        study_uid=uid(*key, "study"),
        series_uid=uid(*key, "series"),
        frame_uid=uid(*key, "frame"),
        seed=key,
        index=index,
    )


def series_header(person: Person, scanner: Scanner, at: Visit, planted: Planted) -> Dataset:
    """Everything that all instances of the series share."""
    header = Dataset()
    if person.charset:
        header.SpecificCharacterSet = person.charset
    _patient(header, person, at, planted)
    _study(header, person, scanner, at, planted)
    _acquisition(header, scanner, planted)
    _sequences(header, person, at, planted)
    _private(header, person, scanner, at, planted)
    return header


_DOCTORS = (
    "Abernathy^Ruth^^Dr",
    "Castellane^Hugo^^Dr",
    "Drinkwater^Nell",
    "Featherstone^Ivor^^Prof",
    "Gallowglass^Una",
    "Hathersage^Tom",
)


def _patient(header: Dataset, person: Person, at: Visit, planted: Planted) -> None:
    years = at.day.year - person.birth.year - ((at.day.month, at.day.day) < (person.birth.month, person.birth.day))
    standard = (
        ("name", "PatientName", person.name),
        ("id", "PatientID", person.patient_id),
        ("issuer", "IssuerOfPatientID", person.issuer),
        ("date", "PatientBirthDate", _da(person.birth)),
        ("id", "OtherPatientIDs", person.other_id),
        ("address", "PatientAddress", f"{person.street}, {person.town}"),
        ("telephone", "PatientTelephoneNumbers", person.telephone),
        ("name", "PatientMotherBirthName", f"Motherwell-{at.index}^Agnes"),
        ("age", "PatientAge", f"{years:03d}Y"),
    )
    _put(header, planted, standard)
    header.PatientSex = person.sex
    header.EthnicGroup = person.race[:16] if person.race != "unknown" else ""
    header.PatientSize, header.PatientWeight = "1.71", "74"
    other = Dataset()
    rows = (("id", "PatientID", person.other_id + "-2"), ("issuer", "IssuerOfPatientID", "STATE-REGISTRY"))
    _put(other, planted, rows)
    other.TypeOfPatientID = "TEXT"
    header.OtherPatientIDsSequence = Sequence([other])


def _study(header: Dataset, person: Person, scanner: Scanner, at: Visit, planted: Planted) -> None:
    day = _da(at.day)
    dates = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
    rows = (
        *(("date", keyword, day) for keyword in dates),
        ("accession", "AccessionNumber", at.accession),
        ("id", "StudyID", at.study_id),
        ("uid", "StudyInstanceUID", at.study_uid),
        ("uid", "SeriesInstanceUID", at.series_uid),
        ("uid", "FrameOfReferenceUID", at.frame_uid),
        ("institution", "InstitutionName", scanner.hospital),
        ("institution", "InstitutionAddress", scanner.address),
        ("staff", "ReferringPhysicianName", at.referring),
        ("staff", "PerformingPhysicianName", at.performing),
        ("staff", "OperatorsName", at.operator),
        ("device", "StationName", scanner.station),
    )
    _put(header, planted, rows)
    for keyword in ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(header, keyword, at.time)
    header.StudyDescription = "CT ABDOMEN " + planted("name", "StudyDescription", person.family)
    words = f"{person.given} {person.family}"
    header.ImageComments = (
        "Spoke with "
        + planted("name", "ImageComments", words)
        + ", call back "
        + planted("telephone", "ImageComments", person.telephone)
    )
    header.SeriesDescription, header.SeriesNumber, header.BodyPartExamined = "Abdomen 3.0 axial", 3, "ABDOMEN"
    header.ProtocolName = "Abdomen native"


def _acquisition(header: Dataset, scanner: Scanner, planted: Planted) -> None:
    header.SOPClassUID, header.Modality = CTImageStorage, "CT"
    header.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    header.Manufacturer, header.ManufacturerModelName = scanner.maker, scanner.model
    _put(header, planted, (("device", "DeviceSerialNumber", scanner.serial),))
    header.SoftwareVersions, header.ConvolutionKernel = scanner.software, scanner.kernel
    header.KVP, header.XRayTubeCurrent, header.ExposureTime = "120", 220, 500
    header.PatientPosition, header.AcquisitionNumber, header.GantryDetectorTilt = "HFS", 1, "0"
    header.WindowCenter, header.WindowWidth = ["40", "50"], ["400", "150"]
    header.PositionReferenceIndicator = ""


def _sequences(header: Dataset, person: Person, at: Visit, planted: Planted) -> None:
    """Names and UIDs below the first level; the deepest stands at level three."""
    study, request, reason, coded, operator, context = (Dataset() for _ in range(6))
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    _put(study, planted, (("uid", "ReferencedSOPInstanceUID", at.uid("referenced study")),))
    header.ReferencedStudySequence = Sequence([study])
    reason.CodeValue, reason.CodingSchemeDesignator = "R10", "99LOCAL"
    where = "RequestAttributesSequence/ReasonForRequestedProcedureCodeSequence/CodeMeaning"
    reason.CodeMeaning = "Pain, reported by " + planted("name", where, person.family)
    _put(request, planted, (("id", "RequestedProcedureID", f"RP{at.accession[3:]}"),))
    request.ScheduledProcedureStepDescription = "CT abdomen"
    request.ReasonForTheRequestedProcedure = "for " + planted(
        "name", "RequestAttributesSequence/ReasonForTheRequestedProcedure", person.family
    )
    request.ReasonForRequestedProcedureCodeSequence = Sequence([reason])
    header.RequestAttributesSequence = Sequence([request])
    coded.CodeValue, coded.CodingSchemeDesignator = "OP-7", "99STAFF"
    coded.CodeMeaning = planted("staff", "OperatorIdentificationSequence/*/CodeMeaning", at.operator.replace("^", " "))
    operator.PersonIdentificationCodeSequence = Sequence([coded])
    _put(operator, planted, (("telephone", "PersonTelephoneNumbers", "555-010-0" + f"{at.index:03d}"),))
    header.OperatorIdentificationSequence = Sequence([operator])
    context.ValueType = "PNAME"
    _put(context, planted, (("name", "PersonName", person.name),))
    header.AcquisitionContextSequence = Sequence([context])


def _private(header: Dataset, person: Person, scanner: Scanner, at: Visit, planted: Planted) -> None:
    if scanner.maker == "SIEMENS":
        block = header.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
        block.add_new(0x08, "CS", "SOM 5")
        name = planted("name", "private SIEMENS CSA HEADER", person.family).encode(planted.encoding)
        blob = b"SV10\x04\x03\x02\x01PatientName\x00" + name + b"\x00" * 12
        block.add_new(0x10, "OB", blob + b"\x00" * (len(blob) % 2))
        header.private_block(0x0019, "SIEMENS CT VA0  COAD", create=True).add_new(0x92, "DS", "0.9236")
    elif scanner.maker.startswith("GE"):
        block = header.private_block(0x0009, "GEMS_IDEN_01", create=True)
        block.add_new(0x01, "LO", "CT_LIGHTSPEED")
        block.add_new(0x02, "SH", planted("device", "private GEMS_IDEN_01", scanner.station))
        block = header.private_block(0x0043, "GEMS_PARM_01", create=True)
        block.add_new(0x10, "US", 400)
        unique = planted("id", "private GEMS_PARM_01", person.patient_id)
        block.add_new(0x28, "OB", unique.encode().ljust(40, b"\x00"))
    else:
        block = header.private_block(0x7005, "TOSHIBA_MEC_CT3", create=True)
        block.add_new(0x0B, "LO", "Abdomen_N")
        block.add_new(0x1D, "PN", planted("name", "private TOSHIBA_MEC_CT3", person.name))
    if at.index % 4 == 1:
        header.add_new(0x00111001, "LO", planted("name", "private without creator", f"{person.family} {person.given}"))


def _put(into: Dataset, planted: Planted, rows: Any) -> None:
    for kind, keyword, value in rows:
        setattr(into, keyword, planted(kind, keyword, value))


def _da(day: date) -> str:
    return day.strftime("%Y%m%d")
