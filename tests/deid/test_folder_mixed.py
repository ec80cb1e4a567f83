"""A folder of images, records, notes and genomes of the same people, cleaned together."""

import csv
import gzip
import json
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pydicom
import pytest

from residency.deid.folders.clean import clean_folder
from residency.deid.folders.crew import Crew
from residency.deid.folders.people import People
from residency.deid.folders.records import Records
from residency.deid.folders.shared import Shared
from residency.deid.folders.sorting import kind_of, sorted_files
from residency.deid.folders.told import REPORT
from residency.deid.pseudonyms import Pseudonyms
from residency.deid.tables.subjects import remove_text
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
    return date.fromisoformat(text if "-" in text else f"{text[:4]}-{text[4:6]}-{text[6:]}").toordinal()


def test_without_a_crosswalk_nobody_is_guessed_to_be_somebody_else(tmp_path):
    done = clean_folder(hospital(tmp_path), tmp_path / "out", ("basic", "shift-dates"))
    assert done.quarantined == {"NO-SUBJECT": 4}
    assert done.released == 14


def test_what_any_part_of_a_table_names_is_known_of_its_person(tmp_path):
    for part, number, place in ((1, 71001, "Quillfeather Lane 4"), (2, 71002, "Drinkwater Row 9")):
        rows = f"person_id,year_of_birth,location_id\n{number},1961,{part}\n"
        (tmp_path / f"person-{part:04d}.csv").write_text(rows)
        (tmp_path / f"location-{part:04d}.csv").write_text(f"location_id,address_1\n{part},{place}\n")
    names = Shared(Pseudonyms(bytes(range(32))))
    people, crew = People(names, None, alone=True), Crew(2, names)
    known = Records(tmp_path, sorted_files(tmp_path), people, {}, date(2026, 1, 1), remove_text, crew).known()
    phrases = {phrase for mine in known.values() for phrase in mine.phrases}
    assert len(known) == 2
    assert {b"quillfeather lane 4", b"drinkwater row 9"} <= phrases


def test_who_is_over_89_by_one_file_is_so_in_all_of_them(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    events = (("a", "MEDS_BIRTH", datetime(1920, 5, 4)), ("b", "LAB//1", datetime(2024, 3, 1)))
    types = [pa.int64(), pa.timestamp("us"), pa.string(), pa.float32(), pa.large_string()]
    names = ["subject_id", "time", "code", "numeric_value", "text_value"]
    for name, code, time in events:
        cells = zip((9, time, code, 1.0, None), types, strict=True)
        table = pa.table([pa.array([cell], kind) for cell, kind in cells], names=names)
        pq.write_table(table, source / f"{name}.parquet")
    clean_folder(source, tmp_path / "out", ("basic", "shift-dates"))
    rows = [row for path in (tmp_path / "out").rglob("*.parquet") for row in pq.read_table(path).to_pylist()]
    times = {row["code"]: row["time"] for row in rows}
    assert times["MEDS_BIRTH"] is None
    assert times["LAB//1"] < datetime(2024, 3, 1)


def test_two_files_that_would_get_one_name_do_not_overwrite_each_other(tmp_path):
    source = hospital(tmp_path)
    family = PEOPLE[0][1]
    (source / "again").mkdir()
    (source / f"again/{family}.vcf.gz").write_bytes((source / f"vcf/{family}.vcf.gz").read_bytes())
    done = clean_folder(source, tmp_path / "out", ("basic", "shift-dates"), crosswalk=crosswalk(tmp_path))
    assert done.quarantined == {"DUPLICATE": 1}
    assert len(list((tmp_path / "out/genomes").iterdir())) == 2
    assert not (tmp_path / "out/.draft").exists()


def test_a_note_is_nobodys_if_its_path_names_nobody_whom_the_crosswalk_knows(tmp_path):
    source = hospital(tmp_path)
    (source / "notes/unsorted_12.txt").write_text("Seen again today.\n")
    done = clean_folder(source, tmp_path / "out", ("basic", "shift-dates"), crosswalk=crosswalk(tmp_path))
    assert done.quarantined == {"NO-SUBJECT": 1}


def test_a_file_named_by_its_uid_is_an_image_also_without_a_preamble():
    assert kind_of("1.2.840.113619.2.55", b"\x08\x00\x05\x00") == "dicom"
    assert kind_of("report.pdf", b"%PDF-1.7") == "unknown"
