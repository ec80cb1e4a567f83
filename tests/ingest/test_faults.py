"""What is wrong with a series, a file or a label map, and where each is held."""

import gzip
from io import BytesIO

import pytest
from pydicom.uid import MRImageStorage, UltrasoundImageStorage

from residency.ingest.dicom import read_head
from tests.ingest.export import export, label, series, uid, write


def drop_one(instances):
    del instances[3]


def repeat_position(instances):
    more = series("1")[2]
    more.SOPInstanceUID = uid("again")
    instances.append(more)


def repeat_instance(instances):
    more = series("1")[2]
    more.ImagePositionPatient = [-10, -20, 12]
    instances.append(more)


def add_localizer(instances):
    view = series("1")[0]
    view.SOPInstanceUID, view.ImageType = uid("view"), ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    view.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    instances.append(view)


def turn_one(instances):
    instances[2].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]


def widen_half(instances):
    for one in instances[3:]:
        one.PixelSpacing = [1.2, 1.2]


def tilt(instances):
    for k, one in enumerate(instances):
        one.ImagePositionPatient = [-10, -20 + k, 2 * k]


def stretch_one(instances):
    instances[-1].ImagePositionPatient = [-10, -20, 10.6]


def crop_one(instances):
    instances[1].Rows, instances[1].PixelData = 7, instances[1].PixelData[: 7 * 8 * 2]


def say_no_place(instances):
    del instances[4].ImagePositionPatient


def say_nonsense(instances):
    instances[4].PixelSpacing = None


def name_another(instances):
    instances[5].PatientID = "2"


def name_nobody(instances):
    for one in instances:
        one.PatientID = ""


def add_another_class(instances):
    instances[5].SOPClassUID = UltrasoundImageStorage


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (drop_one, "MISSING-SLICE"),
        (repeat_position, "DUPLICATE-SLICE"),
        (repeat_instance, "DUPLICATE-SLICE"),
        (add_localizer, "LOCALIZER"),
        (turn_one, "MIXED-ORIENTATION"),
        (widen_half, "SPACING-CONTRADICTS"),
        (crop_one, "SPACING-CONTRADICTS"),
        (tilt, "SPACING-CONTRADICTS"),
        (stretch_one, "SPACING-CONTRADICTS"),
        (say_no_place, "NO-GEOMETRY"),
        (say_nonsense, "NO-GEOMETRY"),
        (name_another, "SUBJECT-MIXED"),
        (name_nobody, "NO-SUBJECT"),
        (add_another_class, "MIXED-OBJECTS"),
    ],
)
def test_a_spoiled_series_is_held_whole_for_its_reason_and_its_neighbour_comes_in(steward, tmp_path, change, code):
    instances = series("1")
    change(instances)
    write(tmp_path / "ct/spoiled", instances)
    write(tmp_path / "ct/sound", series("8", name="sound"))
    intake = steward.ingest(tmp_path / "ct")
    assert {c: (g["files"], g["items"]) for c, g in steward.held().items()} == {code: (len(instances), 1)}
    assert (intake.accepted, intake.quarantined) == (6, len(instances))


def test_slices_that_jitter_by_a_hundredth_of_a_millimetre_make_a_volume(steward, tmp_path):
    def jitter(instances):
        for k, one in enumerate(instances):
            one.ImagePositionPatient = [-10, -20, round(2 * k + 0.01 * (k % 2), 2)]

    assert steward.ingest(export(tmp_path, "1", change=jitter)).accepted == 6


def test_an_mr_series_is_judged_as_a_ct_is_and_an_ultrasound_is_not(steward, tmp_path):
    def as_class(sop_class):
        def change(instances):
            drop_one(instances)
            for one in instances:
                one.SOPClassUID = sop_class

        return change

    intake = steward.ingest(export(tmp_path / "mr", "1", change=as_class(MRImageStorage)))
    assert (intake.accepted, intake.quarantined) == (0, 5)
    intake = steward.ingest(export(tmp_path / "us", "1", change=as_class(UltrasoundImageStorage)))
    assert (intake.accepted, intake.quarantined) == (5, 0)


@pytest.mark.parametrize("left", [-1, -64, -128, -150])
def test_a_file_cut_anywhere_in_its_pixels_holds_the_whole_series(steward, tmp_path, left):
    path = export(tmp_path, "1")
    cut = path / "1/0003.dcm"
    cut.write_bytes(cut.read_bytes()[:left])
    intake = steward.ingest(path)
    assert intake.quarantined == 6
    assert set(steward.held()) == {"TRUNCATED"}


def test_a_file_cut_at_any_byte_is_counted_and_crashes_nothing(tmp_path):
    data = write(tmp_path, series("1", slices=1))[0].read_bytes()
    codes = {n: read_head(BytesIO(data[:n]), n).code for n in range(len(data) + 1)}
    assert codes[len(data)] == ""
    assert all(code for n, code in codes.items() if n < len(data))
    assert {codes[n] for n in range(len(data) - 120, len(data))} == {"TRUNCATED"}


def test_fragments_without_their_end_are_truncated(tmp_path):
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGLosslessSV1

    one = series("1", slices=1)[0]
    path = write(tmp_path, [one])[0]
    one.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    one.PixelData = encapsulate([b"\xff\xd8 frame \xff\xd9"])
    one["PixelData"].VR = "OB"
    one["PixelData"].is_undefined_length = True
    one.save_as(path, enforce_file_format=True)
    data = path.read_bytes()
    assert read_head(BytesIO(data), len(data)).code == ""
    for n in range(1, 20):
        assert read_head(BytesIO(data[:-n]), len(data) - n).code == "TRUNCATED"


def test_junk_is_held_alone_and_the_series_beside_it_comes_in(steward, tmp_path):
    path = export(tmp_path, "1")
    (path / "1/README.dcm").write_text("not an image")
    (path / "1/empty.dcm").write_bytes(b"")
    intake = steward.ingest(path)
    assert (intake.accepted, intake.quarantined) == (6, 2)
    assert steward.held()["NOT-DICOM"]["items"] == 2


def test_an_object_that_is_no_image_is_held(steward, tmp_path):
    path = export(tmp_path, "1")
    report = series("1", slices=1, name="report")[0]
    del report.PixelData, report.Rows, report.Columns
    report.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    write(path / "report", [report])
    assert steward.ingest(path).accepted == 6
    assert steward.held()["OBJECT-NOT-SUPPORTED"]["files"] == 1


@pytest.mark.parametrize("flip", [False, True])
def test_a_label_map_on_the_grid_of_its_series_comes_in_whichever_way_its_axes_run(steward, tmp_path, flip):
    label(tmp_path, series("1")[0], flip=flip)
    assert steward.ingest(export(tmp_path, "1"), labels=tmp_path / "labels").accepted == 7


@pytest.mark.parametrize("wrong", [{"shift": 1.0}, {"shift": 0.2}, {"slices": 5}, {"slices": 1}])
def test_a_label_map_on_another_grid_holds_its_series(steward, tmp_path, wrong):
    label(tmp_path, series("1")[0], **wrong)
    intake = steward.ingest(export(tmp_path, "1"), labels=tmp_path / "labels")
    assert (intake.accepted, intake.quarantined) == (0, 7)
    assert set(steward.held()) == {"LABEL-GEOMETRY"}


def test_a_label_map_that_is_cut_short_holds_its_series(steward, tmp_path):
    path = label(tmp_path, series("1")[0])
    path.write_bytes(path.read_bytes()[:-12])
    steward.ingest(export(tmp_path, "1"), labels=tmp_path / "labels")
    assert set(steward.held()) == {"LABEL-UNREADABLE"}


def test_an_uncompressed_label_map_is_taken_in_whole_and_held_when_it_is_cut(steward, tmp_path):
    packed = label(tmp_path, series("1")[0])
    plain = packed.with_name(packed.name.removesuffix(".gz"))
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    assert steward.ingest(export(tmp_path, "1"), labels=tmp_path / "labels").accepted == 7
    plain.write_bytes(plain.read_bytes()[:-1])
    assert steward.ingest(tmp_path / "ct", labels=tmp_path / "labels").accepted == 0
    assert set(steward.held()) == {"LABEL-UNREADABLE"}


def test_a_label_map_without_a_series_is_held_alone(steward, tmp_path):
    label(tmp_path, series("2")[0])
    intake = steward.ingest(export(tmp_path, "1"), labels=tmp_path / "labels")
    assert (intake.accepted, intake.quarantined) == (6, 1)
    assert set(steward.held()) == {"LABEL-WITHOUT-SERIES"}
