"""The table of PS3.15 E.1-1, against another package's table and against what is done to real elements."""

from datetime import date, timedelta

import pytest
from dicomanonymizer import dicomfields_selector
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

from residency.deid.dicom.elements import read
from residency.deid.dicom.headers import scrub
from residency.deid.ps315 import Row, columns, edition, rows
from tests.deid.ct_files import BASIC, NAMES, SHIFTED, SUBJECT, ct, from_bytes, nested, to_bytes

KEPT_SEQUENCE = 0x00289110
MARK = "Zwetschkenbaum"
VALUES = {
    "DA": "20240229",
    "DT": "20240229101530",
    "TM": "101530",
    "UI": "1.2.3.4.5.6.7.8",
    "AS": "094Y",
    "CS": "ZWETSCHKEN",
    "AE": MARK,
    "DS": "77.25",
    "IS": "7725",
    "UR": "http://zwetschken.example",
}
COMPOUND = {"X": "X", "Z": "XZ", "D": "D", "U": "U", "X/Z": "XZ", "X/D": "XD", "Z/D": "ZD", "X/Z/D": "XZD"}
COMPOUND["X/Z/U*"] = "XZK"


def test_the_table_is_whole_and_says_where_it_comes_from() -> None:
    assert edition() == "2026d"
    assert len(rows()) == 657
    assert len(columns()) == 10
    assert rows()["0010,0010"].basic == "Z"
    assert rows()["0008,0020"].options["retain_longitudinal_modified_dates"] == "C"


def test_another_packages_table_names_the_same_basic_actions() -> None:
    other = dicomfields_selector.dicom_anonymization_database_selector("dicomfields_2026c")
    lists = {"X": "X_TAGS", "Z": "Z_TAGS", "D": "D_TAGS", "U": "U_TAGS", "X/Z": "X_Z_TAGS", "X/D": "X_D_TAGS"}
    lists |= {"Z/D": "Z_D_TAGS", "X/Z/D": "X_Z_D_TAGS", "X/Z/U*": "X_Z_U_STAR_TAGS"}
    compared = 0
    for action, name in lists.items():
        for tag in other[name]:
            if len(tag) == 2 and f"{tag[0]:04X},{tag[1]:04X}" in rows():
                compared += 1
                assert rows()[f"{tag[0]:04X},{tag[1]:04X}"].basic == action, tag
    assert compared > 600


@pytest.mark.parametrize("depth", [0, 1, 2, 5])
@pytest.mark.parametrize("recipe", [BASIC, SHIFTED], ids=lambda recipe: recipe.name)
def test_every_row_is_done_at_every_depth(recipe, depth: int) -> None:
    planted, expected = Dataset(), {}
    for row in rows().values():
        tag = tag_of(row)
        if tag is not None:
            vr = DicomDictionary.get(tag, ("LO",))[0].split(" ")[0]
            planted.add_new(tag, vr, value_of(vr, tag))
            expected[tag] = (row, vr)
    ds = ct()
    ds.update(nested(planted, depth, KEPT_SEQUENCE))
    ds.SOPInstanceUID = ct().SOPInstanceUID
    data = scrub(read(to_bytes(ds)), recipe, NAMES, SUBJECT).data
    after = from_bytes(data)
    for _ in range(depth):
        after = after[KEPT_SEQUENCE].value[0]
    assert len(expected) > 640
    wrong = [row.tag for tag, (row, vr) in expected.items() if done(after, tag, vr) not in allowed(row, vr, recipe)]
    assert wrong == []
    assert MARK.encode() not in data


def tag_of(row: Row) -> int | None:
    """The tag as a number; None for repeating groups, private ones and those that no data set holds."""
    if "x" in row.tag or row.tag == "private" or row.tag[:4] in ("0000", "0002", "0004", "FFFA", "FFFC"):
        return None
    return int(row.tag.replace(",", ""), 16)


def value_of(vr: str, tag: int):
    if vr == "SQ":
        inner = Dataset()
        inner.PatientComments, inner.ReferencedSOPInstanceUID = MARK, VALUES["UI"]
        return [inner]
    if vr in ("OB", "OW", "UN"):
        return MARK.encode()
    if tag == 0x00080018:
        return ct().SOPInstanceUID
    return (
        VALUES.get(vr, MARK)
        if vr not in ("US", "UL", "SL", "FD", "FL", "SS", "AT", "OF", "OD")
        else {"FD": 7.5, "FL": 7.5}.get(vr, 7)
    )


def done(after: Dataset, tag: int, vr: str) -> str:
    """The letter for what became of the planted value."""
    if tag not in after:
        return "X"
    value = after[tag].value
    if vr == "SQ":
        return "Z" if not value else "K" if "ReferencedSOPInstanceUID" in value[0] else "D"
    if value in (None, "", b""):
        return "Z"
    if vr in ("DA", "DT") and str(value)[:8] == moved():
        return "C"
    text = value if isinstance(value, bytes) else str(value).encode()
    before = value_of(vr, tag)
    if text == (before if isinstance(before, bytes) else str(before).encode()):
        return "K"
    return "U" if text.startswith(b"2.25.") else "D"


def allowed(row: Row, vr: str, recipe) -> str:
    if recipe is SHIFTED and "retain_longitudinal_modified_dates" in row.options and vr in ("DA", "DT", "TM"):
        return "K" if vr == "TM" else "C"
    letters = COMPOUND[row.basic]
    if row.tag in ("0010,0010", "0010,0020"):
        return "D"
    if vr == "SQ" and "D" in letters:
        return letters + "K"
    return letters + ("U" if vr == "UI" and "D" in letters else "")


def moved() -> str:
    days = NAMES.shift_days("SITE-A", "MRN0042731")
    return (date(2024, 2, 29) + timedelta(days=days)).strftime("%Y%m%d")
