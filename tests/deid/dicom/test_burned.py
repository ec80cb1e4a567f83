"""The pass over the pixels of an object: what is painted, what stays, what is said afterwards, and what stops it."""

import subprocess
import sys

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ImplicitVRLittleEndian,
    RLELossless,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
)

from residency.deid.dicom.actions import Action
from residency.deid.dicom.burned import clean_pixels
from residency.deid.dicom.decoding import decoded, encoded
from residency.deid.dicom.elements import PIXEL_DATA, read
from residency.deid.dicom.known_regions import known_boxes
from residency.deid.dicom.marks import without_marks
from residency.deid.dicom.series import deidentify_series
from residency.deid.dicom.textfinding import find_text
from residency.deid.recipe import Band, RecipeWrong, load_recipe
from tests.deid.ct_files import BASIC, NAMES, SUBJECT, ct, from_bytes, item, to_bytes
from tests.deid.dicom.burned_pictures import body, drawn

CLEANING = load_recipe("basic", "clean-pixels")
CAPTURE = {"SOPClassUID": SecondaryCaptureImageStorage, "ConversionType": "WSD", "BurnedInAnnotation": "YES"}


def picture(*texts: tuple[str, int, int], rows: int = 96, columns: int = 192, ground: int = 0) -> np.ndarray:
    """A flat picture with these texts (what, top, left) in DejaVu Sans of 16 pixels."""
    grey = np.full((rows, columns), ground, np.uint8)
    for text, top, left in texts:
        cover = drawn(text, "DejaVuSans", 16, np.random)
        part = grey[top : top + cover.shape[0], left : left + cover.shape[1]]
        part[:] = np.round(part + (220.0 - part) * cover)
    return grey


def filed(pixels: np.ndarray, **changes) -> Dataset:
    """The picture, (rows, columns[, 3]), as a secondary capture of 8 or 16 bits."""
    bits = pixels.dtype.itemsize * 8
    ds = ct(**CAPTURE, Rows=pixels.shape[0], Columns=pixels.shape[1], BitsAllocated=bits, BitsStored=bits)
    ds.HighBit, ds.PixelRepresentation = bits - 1, int(pixels.dtype.kind == "i")
    if pixels.ndim == 3:
        ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
    ds.add_new("PixelData", "OB" if bits == 8 else "OW", pixels.tobytes())
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return ds


def cleaned(ds: Dataset, *names: str, syntax: str = "1.2.840.10008.1.2.1"):
    result = deidentify_series([to_bytes(ds, syntax)], load_recipe("basic", *names), NAMES, SUBJECT)
    return result, from_bytes(result.outputs[0][1]) if result.outputs else None


NAMED = picture(("Vasquez 1931", 40, 30))


def test_a_capture_is_held_back_by_the_basic_recipe_and_cleaned_by_the_one_that_asks_for_it() -> None:
    assert cleaned(filed(NAMED))[0].quarantine.code == "BURNED-IN"
    result, written = cleaned(filed(NAMED), "clean-pixels")
    assert result.quarantine is None
    assert written.BurnedInAnnotation == "NO"
    assert [code.CodeValue for code in written.DeidentificationMethodCodeSequence] == ["113100", "113101"]
    assert result.counts[PIXEL_DATA, Action.BLANK] >= 1
    assert written.pixel_array.max() == 0
    assert NAMED.max() > 200


def test_pictures_of_one_series_come_out_as_each_would_by_itself() -> None:
    texts = ("Vasquez 1931", "MRN 4471902", "Quillfeather")
    captures = [filed(picture((text, 40, 30)), SOPInstanceUID=f"1.2.3.{n}") for n, text in enumerate(texts)]
    together = deidentify_series([to_bytes(one) for one in captures], CLEANING, NAMES, SUBJECT)
    alone = [cleaned(one, "clean-pixels")[1] for one in captures]
    shown = {str(one.SOPInstanceUID): one.PixelData for one in (from_bytes(data) for _, data in together.outputs)}
    assert shown == {str(one.SOPInstanceUID): one.PixelData for one in alone}
    assert len(shown) == len(texts)


def test_a_plain_section_is_not_looked_at_and_the_option_is_not_claimed_for_it() -> None:
    _, written = cleaned(ct(BurnedInAnnotation="NO"), "clean-pixels")
    assert [code.CodeValue for code in written.DeidentificationMethodCodeSequence] == ["113100"]
    assert written.PixelData == ct().PixelData
    assert "BurnedInAnnotation" not in cleaned(ct(), "clean-pixels")[1]


def test_a_picture_without_text_keeps_every_byte_in_its_own_coding() -> None:
    grey = body("mr", np.random.default_rng(7), 96, 128)
    ds = from_bytes(to_bytes(filed(grey)))
    ds.compress(RLELossless, generate_instance_uid=False)
    result, written = cleaned(ds, "clean-pixels", syntax=RLELossless)
    assert written.file_meta.TransferSyntaxUID == RLELossless
    assert written.PixelData == ds.PixelData
    assert written.BurnedInAnnotation == "NO"
    assert (PIXEL_DATA, Action.BLANK) not in result.counts


def test_a_face_stops_an_object_before_and_after_its_pixels_are_cleaned() -> None:
    assert cleaned(filed(NAMED, BodyPartExamined="HEAD"), "clean-pixels")[0].quarantine.code == "FACE"
    assert cleaned(ct(BodyPartExamined="HEAD"), "clean-pixels")[0].quarantine.code == "FACE"


def test_pixels_that_nobody_here_decodes_are_held_back() -> None:
    film = filed(NAMED)
    film.PixelData = encapsulate([bytes((0, 0, 1, 0xBA))])
    film["PixelData"].is_undefined_length = True
    result, _ = cleaned(film, "clean-pixels", syntax="1.2.840.10008.1.2.4.102")
    assert result.quarantine.code == "OBJECT-NOT-SUPPORTED"
    result, _ = cleaned(film, "clean-pixels", syntax="1.2.840.10008.1.2.4.50")
    assert result.quarantine.code == "UNREADABLE"


def test_side_marks_and_numbers_of_a_scale_stay_and_initials_do_not() -> None:
    grey = picture(("R", 8, 8), ("10", 8, 150), ("L", 70, 8), ("Vasquez", 70, 30))
    after = cleaned(filed(grey), "clean-pixels")[1].pixel_array
    assert (after[:40] == grey[:40]).all()
    assert after[60:].max() == 0


def test_a_date_of_single_numbers_is_no_scale() -> None:
    grey = picture(("12", 40, 20), ("07", 40, 60), ("56", 40, 100))
    boxes = find_text(grey)
    assert without_marks(grey, boxes, frozenset({"R"})) == boxes
    assert cleaned(filed(grey), "clean-pixels")[1].pixel_array.max() == 0


@pytest.mark.parametrize("colour", ["MONOCHROME1", "RGB", "YBR_FULL", "PALETTE COLOR", "twelve bits", "signed"])
def test_paint_is_black_in_every_kind_of_colour_and_nothing_else_changes(colour: str) -> None:
    ds = filed(NAMED)
    if colour == "MONOCHROME1":
        ds = filed(255 - NAMED, PhotometricInterpretation=colour)
    elif colour == "RGB":
        ds = filed(np.stack([NAMED, NAMED // 2, NAMED // 3], axis=-1))
    elif colour == "YBR_FULL":
        ds = filed(np.stack([NAMED, *[np.full_like(NAMED, 128)] * 2], axis=-1), PhotometricInterpretation=colour)
    elif colour == "PALETTE COLOR":
        ramp = (np.arange(256, dtype="<u2") * 257).tobytes()
        ds.PhotometricInterpretation = colour
        for name in ("Red", "Green", "Blue"):
            setattr(ds, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(ds, f"{name}PaletteColorLookupTableData", ramp)
    elif colour == "twelve bits":
        ds = filed(NAMED.astype("<u2") * 16, BitsStored=12, HighBit=11)
    else:
        ds = filed(NAMED.astype("<i2") * 9 - 1000)
    before, after = (decoded(read(data)) for data in (to_bytes(ds), to_bytes(cleaned(ds, "clean-pixels")[1])))
    grey = after.shown().astype(int)
    assert np.ptp(grey.reshape(-1, grey.shape[3] if grey.ndim == 4 else 1), axis=0).max() == 0
    assert after.colour == before.colour
    assert (after.values == before.values)[0, :20].all()


def test_what_hides_in_the_unused_bits_is_cut_off() -> None:
    grey = body("mr", np.random.default_rng(5), 96, 128).astype("<u2")
    hidden = grey.copy()
    hidden[40, 30:60] |= 0x8000
    assert cleaned(ct(Rows=96, Columns=128, PixelData=hidden.tobytes()))[0].quarantine.code == "BURNED-IN"
    _, written = cleaned(ct(Rows=96, Columns=128, PixelData=hidden.tobytes()), "clean-pixels")
    assert (written.pixel_array == grey).all()


def test_an_ultrasound_is_black_outside_its_regions() -> None:
    region = item(RegionLocationMinX0=32, RegionLocationMinY0=24, RegionLocationMaxX1=95, RegionLocationMaxY1=71)
    ds = filed(np.full((96, 128), 77, np.uint8), SOPClassUID=UltrasoundImageStorage)
    ds.SequenceOfUltrasoundRegions = [region]
    for syntax in ("1.2.840.10008.1.2.1", ImplicitVRLittleEndian):
        after = cleaned(ds, "clean-pixels", syntax=syntax)[1].pixel_array
        inside = np.zeros((96, 128), bool)
        inside[24:72, 32:96] = True
        assert (after[inside] == 77).all()
        assert len(np.unique(after[~inside])) == 1
    region.RegionLocationMaxX1 = 4000
    assert known_boxes(read(to_bytes(ds)), CLEANING, 96, 128) == []


def test_a_site_lists_the_bands_of_its_own_machines() -> None:
    band = Band(manufacturer="siemens", box=(0, 0, 12, 0), because="This console writes the name there.")
    recipe = CLEANING.model_copy(update={"bands": (band,)})
    instance = read(to_bytes(filed(np.full((96, 128), 77, np.uint8))))
    assert known_boxes(instance, recipe, 96, 128) == [(0, 0, 12, 128)]
    assert known_boxes(instance, CLEANING, 96, 128) == []


def test_text_in_one_frame_of_a_film_goes_from_that_frame_and_text_in_all_from_all() -> None:
    still, once = picture(("MRN 4821337", 8, 8)), picture(("MRN 4821337", 8, 8), ("Okonkwo", 60, 40))
    frames = np.stack([still, still, once, still])
    ds = filed(still, NumberOfFrames=4)
    ds.PixelData = frames.tobytes()
    after = cleaned(ds, "clean-pixels")[1].pixel_array
    assert after.max() == 0
    assert decoded(read(to_bytes(ds))).values.max() > 200


def test_a_lossy_picture_says_after_the_pass_that_it_was_lossy() -> None:
    instance = read(to_bytes(filed(NAMED)))
    frames = decoded(instance)
    lossy = encoded(type(instance)("1.2.840.10008.1.2.4.50", instance.elements, instance.meta), frames)
    assert lossy.get(0x00282110) == b"01"
    assert lossy.syntax == "1.2.840.10008.1.2.1"


def test_without_text_recognition_the_recipe_stops_and_skips_nothing() -> None:
    code = """
import sys
sys.modules["rapidocr_onnxruntime"] = None
from residency.deid.dicom.ocr import OcrMissing
from residency.deid.dicom.series import deidentify_series
from tests.deid.dicom.test_burned import CLEANING, NAMES, SUBJECT, ct, to_bytes
try:
    deidentify_series([to_bytes(ct())], CLEANING, NAMES, SUBJECT)
except OcrMissing as error:
    sys.exit(f"stopped: {error.code}")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "stopped: OcrMissing" in done.stderr


def test_a_misspelt_key_of_a_band_is_an_error(tmp_path) -> None:
    path = tmp_path / "ours.yaml"
    band = "{manufacturer: X, bocks: [0, 0, 1, 1], because: We looked at it.}"
    path.write_text(f"name: ours\nversion: 1\nbands: [{band}]\n")
    with pytest.raises(RecipeWrong, match="bocks"):
        load_recipe("basic", str(path))


def test_the_basic_recipe_claims_nothing_about_pixels() -> None:
    seen = clean_pixels(read(to_bytes(filed(NAMED))), BASIC)
    assert seen.painted
    assert not BASIC.keeps("clean_pixel_data")
