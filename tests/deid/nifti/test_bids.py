"""What lies beside an image: sidecars, tables and names lose whom they name and keep what science needs."""

import json

import pytest

from residency.deid.dates import Dates
from residency.deid.nifti.names import new_name
from residency.deid.nifti.rows import clean_numbers, clean_rows
from residency.deid.nifti.sidecar import SidecarUnreadable, clean_sidecar
from residency.deid.pseudonyms import Alias, Identity, Pseudonyms, alias

NAMES = Pseudonyms(bytes(range(32)))
MOVED = alias(NAMES, Identity("SITE", "4711"))
YEARS = Alias(MOVED.code, Dates(None), NAMES)
SIDE = {
    "PatientName": "Mayer^Ana",
    "EchoTime": 0.00252,
    "SliceTiming": [0, 0.5, 1.0],
    "AcquisitionDateTime": "2024-03-01T08:30:00.5",
    "AcquisitionTime": "15:31:52.362500",
    "SeriesDescription": "t1 Mayer",
    "ProtocolName": "Dr Huber knee",
    "InstitutionName": "Rigshospitalet",
    "DeviceSerialNumber": "67006",
    "Manufacturer": "Siemens",
    "ImageType": ["ORIGINAL", "PRIMARY", "M"],
    "ScanOptions": "IR\\Mayer",
    "FlipAngle": "Mayer",
    "RepetitionTime": 4711123456789,
    "PatientAge": "094Y",
    "PatientSex": "F",
    "global": {"const": {"PatientName": "Mayer"}},
    "Mayer": 1,
}


def test_a_sidecar_keeps_physics_and_moves_dates_and_nothing_else() -> None:
    made = clean_sidecar(json.dumps(SIDE).encode(), MOVED)
    kept = json.loads(made.data)
    assert kept == {
        "EchoTime": 0.00252,
        "SliceTiming": [0, 0.5, 1.0],
        "AcquisitionDateTime": MOVED.dates.text("2024-03-01T08:30:00.5"),
        "AcquisitionTime": "15:31:52.362500",
        "Manufacturer": "Siemens",
        "ImageType": ["ORIGINAL", "PRIMARY", "M"],
        "PatientAge": "90+",
        "PatientSex": "F",
    }
    assert b"2024-03-01" not in made.data
    assert "Mayer" not in repr(made) + repr(made.counts)
    assert kept["AcquisitionDateTime"].encode() in made.minted


def test_where_only_years_stay_the_time_of_day_goes_too() -> None:
    kept = json.loads(clean_sidecar(json.dumps(SIDE).encode(), YEARS).data)
    assert kept["AcquisitionDateTime"] == "2024"
    assert "AcquisitionTime" not in kept


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe", b'{"a": 1, "a": 2}', b"[" * 100_000])
def test_what_is_no_sidecar_is_refused(data: bytes) -> None:
    with pytest.raises(SidecarUnreadable):
        clean_sidecar(data, MOVED)


def test_participants_get_their_codes_and_columns_that_no_rule_knows_go() -> None:
    other = alias(NAMES, Identity("SITE", "4712"))
    table = (
        "participant_id\tage\tsex\tMayer_notes\thandedness\n"
        "sub-01\t89\tF\tseen by Huber\tright\nsub-02\t90\tM\tx\tMayer\nsub-03\t8\tM\tx\tR\n"
    )
    made = clean_rows(table.encode(), {"01": MOVED, "02": other}.get)
    assert made.data.decode() == (
        f"participant_id\tage\tsex\thandedness\nsub-{MOVED.code}\t89\tF\tright\nsub-{other.code}\t90+\tM\tn/a\n"
    )
    assert made.counts[("row", "removed")] == 1
    assert made.counts[("other", "removed")] == 1


def test_scans_are_listed_under_their_new_names_and_dates() -> None:
    table = "filename\tacq_time\toperator\nanat/sub-01_T1w.nii.gz\t2024-03-01T08:30:00\tHuber\n"
    made = clean_rows(table.encode(), lambda label: MOVED)
    moved = MOVED.dates.text("2024-03-01T08:30:00")
    assert made.data.decode() == f"filename\tacq_time\nanat/sub-{MOVED.code}_T1w.nii.gz\t{moved}\n"


def test_names_keep_their_form_and_lose_whom_they_name() -> None:
    code = MOVED.code
    made = new_name("sub-MAYER/ses-20240301/anat/sub-MAYER_ses-20240301_acq-DrHuber_run-02_T1w.nii.gz", MOVED)
    assert made is not None
    assert made.startswith(f"sub-{code}/ses-")
    assert made.endswith("_run-02_T1w.nii.gz")
    assert not any(word in made for word in ("MAYER", "20240301", "Huber"))
    assert new_name("sub-1_ses-02_dir-AP_epi.json", MOVED) == f"sub-{code}_ses-02_dir-AP_epi.json"
    for odd in ("Mayer Ana.nii", "sub-1_Mayer-2_T1w.nii", "sub-1_T1w_Mayer.nii", "Mayer/sub-1_T1w.nii", "T1w.nii"):
        made = new_name(odd, MOVED)
        assert made is not None
        assert made.startswith(f"sub-{code}/sub-{code}_file-")
        assert "Mayer" not in made
    assert new_name("sub-1_T1w.mgz", MOVED) is None
    assert new_name("a/Mayer.nii", MOVED) != new_name("b/Mayer.nii", MOVED)


def test_gradients_are_written_anew_from_their_numbers() -> None:
    assert clean_numbers(b"0 1000  1000\n").data == b"0 1000 1000\n"
    with pytest.raises(SidecarUnreadable):
        clean_numbers(b"0 1000 Mayer\n")
