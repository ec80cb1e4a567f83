"""A planted set in the manner of MIDI-B: ten kinds of required action, counted over invented subjects and scanners.

The ten are those of the challenge's scheme (arXiv 2507.23608); the plants are our own. A file that is held back counts
as a failure of everything planted in it, so that holding back wins nothing.
"""

import random
from collections import Counter
from datetime import date, timedelta

import numpy as np
from pydicom.dataset import Dataset

from residency.deid.dicom.series import deidentify_series
from residency.deid.pseudonyms import Identity
from residency.deid.recipe import load_recipe
from tests.deid.ct_files import NAMES, ROOT, ct, from_bytes, item, to_bytes

SEED = 2024
RECIPE = load_recipe("basic", "shift-dates", "clean-descriptors", "keep-characteristics", "safe-private")
GIVEN = ("Ana", "Ulf", "Mei", "Ravi", "Olu", "Ida", "Jo", "Xi")
FAMILY = ("Zwetschkenbaum", "Okonkwo", "Ng", "O'Brien", "van der Berg", "Lee", "Foot", "Brandstetter")
TITLES = ("CT ABDOMEN W CONTRAST", "Chest routine 3 mm", "LIVER 3 PHASE", "Pelvis 5.0 soft tissue", "Abdomen^Routine")
KEPT = "Modality Manufacturer ManufacturerModelName BodyPartExamined ConvolutionKernel KVP SliceThickness PatientSex"
PRESENT = "StudyInstanceUID SOPInstanceUID StudyDate PatientID PatientName ImageType"
GONE = "InstitutionName InstitutionAddress PatientAddress PatientTelephoneNumbers PatientBirthDate AccessionNumber"
DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")


def invented(draw: random.Random, number: int) -> tuple[list[Dataset], str, str]:
    """Two slices of one subject, the description that may stay, the words that may not."""
    given, family, title = draw.choice(GIVEN), draw.choice(FAMILY), draw.choice(TITLES)
    record = f"{draw.randrange(10**7, 10**8)}"
    day = (date(2019, 1, 1) + timedelta(days=draw.randrange(2000))).strftime("%Y%m%d")
    dates = dict.fromkeys(DATES, day)
    uids = {keyword: f"{ROOT}{number}.{n}" for n, keyword in enumerate(UIDS)}
    both = []
    for slice_ in range(2):
        uids["SOPInstanceUID"] = f"{ROOT}{number}.9.{slice_}"
        ds = ct(PatientName=f"{family}^{given}", PatientID=record, **dates, **uids)
        ds.AcquisitionDateTime = f"{day}101530"
        ds.StudyDescription, ds.SeriesDescription = f"{title} {family}", f"{title} {day}"
        ds.PatientComments, ds.ReferringPhysicianName = f"{given} {family}, {record}", "Nurse^Betty"
        ds.ReferencedImageSequence = [item(ReferencedSOPInstanceUID=f"{ROOT}{number}.9.{1 - slice_}")]
        ds.RequestAttributesSequence = [
            item(RequestedProcedureDescription=f"{title} {family}", RequestedProcedureID=record)
        ]
        ds.add_new(0x00190010, "LO", "SIEMENS MR HEADER")
        ds.add_new(0x0019100C, "IS", "1000")
        ds.add_new(0x00191020, "LO", f"{family} {given}")
        ds.PixelData = (np.arange(256, dtype="<u2") * draw.randrange(1, 9) % 4096).tobytes()
        both.append(ds)
    return both, title, family


def checks(before: Dataset, after: Dataset, data: bytes, title: str, family: str, days: int) -> dict[str, list[bool]]:
    """What the ten kinds of action ask of one file."""
    moved = (date.fromisoformat(before.StudyDate) + timedelta(days=days)).strftime("%Y%m%d")
    described = str(after.get("StudyDescription", ""))
    named = family.encode() in data if len(family) > 4 else False
    return {
        "tag_retained": [keyword in after for keyword in (*KEPT.split(), *PRESENT.split(), "PixelData")],
        "text_notnull": [bool(after.get(keyword)) for keyword in PRESENT.split()],
        "text_retained": [after[k].value == before[k].value for k in KEPT.split()]
        + [described == title, after[0x0019100C].value == 1000],
        "text_removed": [not after.get(k) or after[k].value == "ANONYMIZED" for k in GONE.split()]
        + [not named, before.PatientID.encode() not in data, 0x00191020 not in after],
        "date_shifted": [after[k].value == moved for k in DATES] + [after.AcquisitionDateTime[:8] == moved],
        "uid_changed": [after[k].value != before[k].value for k in UIDS] + [ROOT.encode() not in data],
        "uid_consistent": [after[k].value == NAMES.uid(before[k].value) for k in UIDS]
        + [
            after.ReferencedImageSequence[0].ReferencedSOPInstanceUID
            == NAMES.uid(before.ReferencedImageSequence[0].ReferencedSOPInstanceUID)
        ],
        "patid_consistent": [after.PatientID == NAMES.code("S", before.PatientID)],
        "pixels_retained": [after.PixelData == before.PixelData],
    }


def test_every_required_action_is_done_on_every_file() -> None:
    print(f"seed {SEED}")
    draw, score = random.Random(SEED), Counter()
    wrong: list[str] = []
    for number in range(1, 31):
        files, title, family = invented(draw, number)
        who = Identity("S", files[0].PatientID)
        result = deidentify_series([to_bytes(ds) for ds in files], RECIPE, NAMES, who)
        assert result.quarantine is None, (number, result.quarantine, result.hits)
        for before, (_, data) in zip(files, result.outputs, strict=True):
            days = NAMES.shift_days("S", before.PatientID)
            for kind, answers in checks(before, from_bytes(data), data, title, family, days).items():
                score[kind] += sum(answers)
                wrong += [f"{kind} {place}" for place, right in enumerate(answers) if not right]
    print(dict(score))
    assert Counter(wrong) == Counter()
    assert score.total() > 2000


def test_a_picture_with_text_in_it_does_not_come_out() -> None:
    """The tenth action, pixels_hidden: without a pass over the pixels the file is held."""
    result = deidentify_series([to_bytes(ct(BurnedInAnnotation="YES"))], RECIPE, NAMES, Identity("S", "MRN0042731"))
    assert result.quarantine.code == "BURNED-IN"
    assert result.outputs == []
