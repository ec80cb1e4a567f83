"""A folder of images, records, notes and genomes of the same people, cleaned together."""

import csv
import gzip
import json
from pathlib import Path

import pydicom
import pytest

from residency.deid.folders.clean import REPORT, clean_folder
from tests.ingest.export import series, write

PEOPLE = (("MRN770011", "Quillfeather", "Una", "p1"), ("MRN770022", "Drinkwater-Ng", "Oswin", "p2"))


def hospital(root: Path) -> Path:
    source = root / "in"
    for number, family, given, fhir in PEOPLE:
        scans = series(number)
        for one in scans:
            one.PatientName = f"{family}^{given}"
        write(source / f"ct/{number}", scans)
        _records(source, number, family, given, fhir)
    return source


def _records(source: Path, number: str, family: str, given: str, fhir: str) -> None:
    (source / "fhir").mkdir(exist_ok=True)
    patient = {
        "resourceType": "Patient",
        "id": fhir,
        "name": [{"family": family, "given": [given]}],
        "birthDate": "1961-04-09",
    }
    condition = {
        "resourceType": "Condition",
        "id": f"c-{fhir}",
        "subject": {"reference": f"Patient/{fhir}"},
        "recordedDate": "2024-03-01",
        "note": [{"text": f"{given} {family} was seen again."}],
    }
    lines = [json.dumps(one) for one in (patient, condition)]
    (source / f"fhir/{fhir}.ndjson").write_text("\n".join(lines) + "\n")
    (source / "notes").mkdir(exist_ok=True)
    (source / f"notes/{number}_discharge.txt").write_text(
        f"Patient: {given} {family}\nMRN: {number}\nAdmitted 03/01/2024 with Crohn's disease. Dr. Falk Immerzeel.\n"
    )
    (source / "vcf").mkdir(exist_ok=True)
    header = f"##fileformat=VCFv4.2\n##source=/home/{family}/call.py\n##contig=<ID=chr1,length=1000>\n"
    columns = f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS-{fhir}\n"
    body = "chr1\t10\trs1\tA\tG\t50\tPASS\t.\tGT\t0/1\n"
    (source / f"vcf/{family}.vcf.gz").write_bytes(gzip.compress((header + columns + body).encode()))


def crosswalk(root: Path) -> Path:
    path = root / "who.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["patient_id", "issuer", "fhir_patient", "sample"])
        rows.writerows([number, "HOSPITAL", fhir, f"S-{fhir}"] for number, _, _, fhir in PEOPLE)
    return path


def everything(folder: Path) -> bytes:
    """All bytes of a folder, unpacked, with the names of its files."""
    found = []
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        found += [str(path.relative_to(folder)).encode(), gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data]
    return b"\n".join(found).lower()


@pytest.mark.parametrize("recipe", [("basic", "shift-dates"), ("basic",)], ids=["keyed", "safe harbor"])
def test_people_keep_one_code_over_all_kinds_and_nothing_of_them_is_left(tmp_path, recipe):
    done = clean_folder(hospital(tmp_path), tmp_path / "out", recipe, crosswalk=crosswalk(tmp_path))
    assert done.quarantined == {}
    assert done.received == done.released == 18
    out, text = tmp_path / "out", everything(tmp_path / "out")
    for number, family, given, fhir in PEOPLE:
        for name in (number, family, given, f"S-{fhir}", "Immerzeel"):
            assert name.lower().encode() not in text, name
    codes = {str(pydicom.dcmread(path).PatientID) for path in out.rglob("*.dcm")}
    resources = [json.loads(line) for path in out.rglob("*.ndjson") for line in path.read_text().splitlines()]
    assert {one["id"] for one in resources if one["resourceType"] == "Patient"} == codes
    assert {path.name.split("-")[0] for path in (out / "notes").iterdir()} == codes
    assert {path.name.split("-")[0] for path in (out / "genomes").iterdir()} == codes
    assert "Crohn's disease" in next((out / "notes").iterdir()).read_text()
    said = json.loads((out / REPORT).read_text())
    assert {row["kind"] for row in said["other_data"]} >= {"fhir", "genome", "note"}


def test_dates_move_by_one_shift_in_images_and_records_of_a_person(tmp_path):
    source = hospital(tmp_path)
    originals = {str(p.PatientID): p.StudyDate for p in map(pydicom.dcmread, source.rglob("*.dcm"))}
    assert len(set(originals.values())) == 1
    clean_folder(source, tmp_path / "out", ("basic", "shift-dates"), crosswalk=crosswalk(tmp_path))
    study = {str(p.PatientID): p.StudyDate for p in map(pydicom.dcmread, (tmp_path / "out").rglob("*.dcm"))}
    for path in (tmp_path / "out").rglob("*.ndjson"):
        patient, condition = (json.loads(line) for line in path.read_text().splitlines())
        moved = _days(condition["recordedDate"]) - _days("20240301")
        assert moved == _days(study[patient["id"]]) - _days(next(iter(originals.values())))
        assert moved < 0


def _days(text: str) -> int:
    from datetime import date

    return date.fromisoformat(text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:]}").toordinal()


def test_without_a_crosswalk_nobody_is_guessed_to_be_somebody_else(tmp_path):
    done = clean_folder(hospital(tmp_path), tmp_path / "out", ("basic", "shift-dates"))
    assert done.quarantined == {"NO-SUBJECT": 4}
    assert done.released == 14
