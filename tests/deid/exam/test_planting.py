"""What the exam invents and plants: nobody's, of the site's forms, at every place, and found again if it is left."""

import base64
import io
import random
import re
from datetime import date

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.deid.exam.figures import Seen, counted, recall_of
from residency.deid.exam.lettering import capture
from residency.deid.exam.looking import Look, spellings
from residency.deid.exam.planting import NotPlanted, plant
from residency.deid.exam.sitting import Sitting
from residency.deid.exam.stranger import invented, parts
from residency.deid.intervals import interval
from residency.deid.recipe import load_recipe
from tests.deid.ct_files import BASIC, ct, to_bytes

LEAKY = """
name: leaky
version: 1
profiles: [basic]
overrides:
  - {tag: "0010,21B0", action: K, because: "a site that wants the history as it was typed"}
"""


def series(files=3, **changes):
    return [to_bytes(ct(SOPInstanceUID=f"1.2.3.{n}", InstanceNumber=str(n), **changes)) for n in range(1, files + 1)]


@given(st.integers(0, 10**9), st.text("ABZabz019-/ ", max_size=20))
def test_a_stranger_has_the_form_of_the_sites_own_identifiers_and_nothing_else_of_them(seed, number):
    who = invented({"number": number, "name": "WEISS^Anna^M", "phone": "030/90 21"}, random.Random(seed))
    form = re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "0", number.strip() or "00000000"))
    assert re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "0", who.number)).startswith(form)
    assert sum(sign.isalnum() for sign in who.number) >= 7
    assert [len(word) for word in parts(who.name)] == [5, 5]
    assert parts(who.name)[0].isupper()
    assert "WEISS" not in who.name


def test_every_place_of_a_file_is_planted_and_the_person_of_the_original_is_gone():
    original = ct()
    original.private_block(0x0019, "SIEMENS MED", create=True).add_new(0x10, "LO", "Vasquez")
    planted = plant([to_bytes(original)], random.Random(3))
    places = {one.place for one in planted.plants}
    assert places == {
        "element", "text", "sequence", "private", "binary", "uid", "preamble", "padding", "name"
    }  # fmt: skip
    look = Look(word for one in planted.plants for word in one.words if one.place != "name")
    (data,) = planted.files
    there = look(data)
    assert all(there & set(one.words) for one in planted.plants if one.place != "name")
    copy = pydicom.dcmread(io.BytesIO(data))
    creators = {(t.tag.group, t.value) for t in copy if t.tag.is_private_creator}
    assert {(0x0019, "SIEMENS MED"), (0x0029, "EXAM OF NAMES 1.0")} <= creators
    assert copy.PatientID == planted.number != original.PatientID


def without_own_uids(data):
    ds = pydicom.dcmread(io.BytesIO(data))
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.SOPInstanceUID = ds.StudyInstanceUID = ""
    target = io.BytesIO()
    ds.save_as(target)
    return target.getvalue()


@pytest.mark.parametrize("change", [bytes, without_own_uids], ids=["usual", "uids in the head alone"])
def test_files_of_a_series_stay_one_series_and_at_most_eight_are_copied(change):
    planted = plant([change(data) for data in series(30)], random.Random(3))
    read = [pydicom.dcmread(io.BytesIO(data)) for data in planted.files]
    assert len(read) == 8
    assert len({(one.SeriesInstanceUID, one.PatientID, str(one.PatientName)) for one in read}) == 1
    assert len({one.SOPInstanceUID for one in read}) == 8


def test_what_is_no_dicom_file_is_said_to_be_unread():
    with pytest.raises(NotPlanted):
        plant([b"John Smith " * 90], random.Random(3))
    sitting = Sitting(BASIC, random.Random(3))
    sitting.take([b"John Smith " * 90])
    assert (sitting.series, sitting.unread, sitting.seen) == (0, 1, [])


@pytest.mark.parametrize(
    "data",
    [
        b"..odefi..", b"..ODEFI..", b"..Odefi..", "..odefi..".encode("utf-16-le"), "x\0ODEFI".encode("utf-16-be"),
        base64.b64encode(b"Odefi and more"), base64.b64encode(b"..Odefi."),
        base64.b64encode("xOdefix".encode("utf-16-le")),
    ],
)  # fmt: skip
def test_a_word_is_seen_in_every_case_and_encoding(data):
    assert Look(["Odefi"])(data) == {"Odefi"}
    assert Look(["Odefu"])(data) == set()


def test_a_day_is_seen_however_it_is_written():
    for spelling in ("19310704", "1931-07-04", "04.07.1931", "07/04/1931"):
        assert Look(spellings(date(1931, 7, 4)))(b"born " + spelling.encode())


def test_a_string_in_pixels_is_left_until_it_is_painted_over():
    captured = capture(np.random.default_rng(3).normal(0, 300, (300, 400)), ["KURAB, ODEFI"], random.Random(3))
    (line,) = captured.strings
    assert line.left_in(captured.pixels)
    for tone in (0, 255):
        painted = captured.pixels.copy()
        high, wide = line.letters.shape
        painted[line.top : line.top + high, line.left : line.left + wide] = tone
        assert not line.left_in(painted)
    half = captured.pixels.copy()
    half[:, : line.left + line.letters.shape[1] // 2] = 0
    assert line.left_in(half)


def test_a_recipe_that_lets_a_text_through_is_found_out(tmp_path):
    (tmp_path / "leaky.yaml").write_text(LEAKY)
    sitting = Sitting(load_recipe(str(tmp_path / "leaky.yaml")), random.Random(11))
    for _ in range(40):
        sitting.take(series(1))
    rows = counted(sitting.seen)
    assert {row.place for row in rows if row.left} <= {"text", "private", "sequence"}
    recall = recall_of(rows)
    assert recall.found < recall.of
    clean = Sitting(BASIC, random.Random(11))
    for _ in range(8):
        clean.take(series(2))
    assert recall_of(counted(clean.seen)).recall == 1.0


def test_what_was_held_back_counts_neither_for_nor_against():
    rows = counted(
        [Seen("name", "text", "found")] * 8 + [Seen("name", "text", "left")] + [Seen("name", "text", "held")]
    )
    assert [(row.planted, row.held, row.left) for row in rows] == [(10, 1, 1)]
    assert (recall_of(rows).found, recall_of(rows).of) == (8, 9)
    assert recall_of(counted([Seen("name", "pixels", "held")])) is None


def test_the_interval_is_the_exact_one():
    """Against the closed forms at the ends: 0.025 = low**n where all were found (Clopper and Pearson, 1934)."""
    low, high = interval(50, 50)
    assert abs(low - 0.025 ** (1 / 50)) < 1e-12
    assert high == 1.0
    assert interval(0, 50) == pytest.approx((0.0, 1 - 0.025 ** (1 / 50)))
