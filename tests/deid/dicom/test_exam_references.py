"""Over a whole set of objects: what referred to something of the set before, refers to it afterwards."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet

from residency.deid.dicom.actions import plan_of
from residency.deid.dicom.series import deidentify_series
from residency.deid.folders.clean import clean_folder
from residency.deid.ps315 import content_items, rows
from residency.deid.recipe import Recipe, load_recipe
from tests.deid.ct_files import NAMES, SUBJECT, from_bytes
from tests.deid.dicom.objects import files, whole_set

PROFILES = ("basic", "shift-dates", "clean-structured-content", "clean-graphics")
WHOLE = load_recipe(*PROFILES)
MARKS = (b"asquez", b"arisol", b"randt", b"konkwo", b"ACC7788", b"Elsewhere", b"20240229", b"2024-02-29", b"RP77123")
Place = tuple


def uids(ds: Dataset, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every UID with the place at which it stands; content items that Table E.3.4-1 removes are left out."""
    for element in ds:
        if element.VR == "SQ":
            for number, inner in enumerate(element.value):
                if not removed(inner):
                    yield from uids(inner, (*place, int(element.tag), number))
        elif element.VR == "UI":
            yield (*place, int(element.tag)), str(element.value)


def removed(ds: Dataset) -> bool:
    name = ds.get("ConceptNameCodeSequence") or [Dataset()]
    which = name[0].get("CodeValue", ""), name[0].get("CodingSchemeDesignator", ""), ds.get("ValueType", "")
    return which in content_items() and content_items()[which].basic == "X"


def goes(place: Place) -> bool:
    """Whether the Basic Profile removes some step of the way to a place."""
    written = [f"{tag >> 16:04X},{tag & 0xFFFF:04X}" for tag in place if tag > 0xFFFF]
    return any(tag in rows() and rows()[tag].basic in ("X", "X/Z", "X/Z/D", "Z") for tag in written)


def cleaned_set(recipe: Recipe) -> list[tuple[Dataset, Dataset, bytes]]:
    """Every object before and after, and the bytes after."""
    out = []
    for series in whole_set():
        result = deidentify_series(files(series), recipe, NAMES, SUBJECT)
        assert result.quarantine is None, (series[0].Modality, result.quarantine, result.hits)
        out += [(ds, from_bytes(data), data) for ds, (_, data) in zip(series, result.outputs, strict=True)]
    return out


@pytest.mark.parametrize("recipe", [WHOLE, load_recipe(*PROFILES, "keep-uids")], ids=["new", "kept"])
def test_every_reference_that_led_to_an_object_of_the_set_leads_to_it_afterwards(recipe: Recipe) -> None:
    whole = cleaned_set(recipe)
    things = {uid for ds, _, _ in whole for keyword in KEYS if (uid := ds.get(keyword))}
    new = {str(ds[k].value): str(after[k].value) for ds, after, _ in whole for k in KEYS if k in ds}
    checked = 0
    for before, after, _ in whole:
        there = Counter(uid for _, uid in uids(after))
        said = Counter(new[uid] for place, uid in uids(before) if uid in things and not goes(place))
        assert said <= there, before.Modality
        checked += said.total()
    assert checked > 60
    assert len(set(new.values())) == len(new)
    if "retain_uids" in recipe.options:
        assert all(old == then for old, then in new.items())
    else:
        assert not things & {uid for _, after, _ in whole for _, uid in uids(after)}


KEYS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")


def test_nothing_that_was_planted_is_left_in_any_kind_of_object() -> None:
    for before, after, data in cleaned_set(WHOLE):
        assert [mark for mark in MARKS if mark in data] == [], before.Modality
        assert after.PatientIdentityRemoved == "YES"
        assert [c.CodeValue for c in after.DeidentificationMethodCodeSequence] == [
            "113100",
            "113107",
            "113104",
            "113105",
            "113103",
        ]


def test_sequences_keep_their_length_so_that_places_in_them_still_mean_the_same() -> None:
    for before, after, _ in cleaned_set(WHOLE):
        plan = plan_of(WHOLE)
        for element in before:
            if element.VR == "SQ" and element.tag in after and plan[int(element.tag)].action.name in ("KEEP", "UID"):
                assert len(after[element.tag].value) == len(element.value)


def test_a_directory_is_made_anew_and_lists_what_was_cleaned(tmp_path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    listed = get_testdata_file("dicomdirtests/DICOMDIR", download=False)
    (source / "DICOMDIR").write_bytes(Path(listed).read_bytes())
    for number, series in enumerate(whole_set()):
        for place, data in enumerate(files(series)):
            (source / f"Vasquez{number}_{place}.dcm").write_bytes(data)
    done = clean_folder(source, target, PROFILES)
    assert done.quarantined == {"DIRECTORY": 1}
    assert done.released == done.received - 1
    again = FileSet(target / "DICOMDIR")
    assert len(again) == done.released
    for instance in again:
        ds = instance.load()
        assert ds.SOPInstanceUID == instance.SOPInstanceUID
        assert ds.PatientID == again.find_values("PatientID")[0]
    data = (target / "DICOMDIR").read_bytes()
    assert [mark for mark in MARKS if mark in data] == []
    assert b"ACME" not in data
    assert sorted(path.name for path in target.iterdir()) == ["DICOM", "DICOMDIR", "residency-report.json"]
