"""The exam of a folder: what the recipe leaves of planted identifiers, on the folder's own files."""

import json
from pathlib import Path

from residency.deid.exam.of_folder import Asked
from residency.deid.folders.clean import clean_folder
from residency.deid.folders.told import REPORT

MAP = """table: labs
version: 1
subject: {column: mrn, called: mrn}
columns:
  mrn: {kind: subject}
  patient: {kind: name}
  phone: {kind: phone}
  ward: {kind: WARD}
  remark: {kind: text}
"""


def hospital(root: Path, *, ward: str = "remove") -> tuple[Path, Path]:
    source = root / "in"
    source.mkdir(parents=True)
    rows = ["mrn,patient,phone,ward,remark,extra"]
    rows += [f"MRN77001{n},Una Quill,555 201 77{n}0,W{n},Slept well. Ate little.,x" for n in range(9)]
    (source / "labs.csv").write_text("\n".join(rows) + "\n")
    chart = root / "labs.yaml"
    chart.write_text(MAP.replace("WARD", ward))
    return source, chart


def only(root: Path, name: str, data: str) -> Path:
    source = root / "in"
    source.mkdir(parents=True)
    (source / name).write_text(data)
    (root / "who.csv").write_text("patient_id,issuer,sample\nMRN770011,H,S1\n")
    return source


def exam_of(root: Path, source: Path, **more) -> dict:
    clean_folder(source, root / "out", ("basic", "shift-dates"), workers=1, exam=Asked(5, 7), **more)
    return json.loads((root / "out" / REPORT).read_text())["exam"]


def test_the_cells_of_a_table_are_planted_into_and_nothing_of_the_named_ones_is_left(tmp_path):
    source, chart = hospital(tmp_path)
    exam = exam_of(tmp_path, source, maps=(chart,))
    print(exam)
    rows = exam["kinds"]["csv"]["rows"]
    assert sum(row["planted"] for row in rows) >= 24
    assert not [row for row in rows if row["left"] and row["place"] != "free text"]


def test_a_map_that_keeps_the_phones_is_found_out(tmp_path):
    source, chart = hospital(tmp_path)
    text = (source / "labs.csv").read_text()
    chart.write_text(chart.read_text().replace("phone: {kind: phone}", "phone: {kind: text}"))
    (source / "labs.csv").write_text(text)
    exam = exam_of(tmp_path, source, maps=(chart,))
    print(exam["kinds"]["csv"]["recall"])
    assert exam["kinds"]["csv"]["copies"] == 1


def test_the_header_of_a_vcf_is_planted_into(tmp_path):
    head = '##fileformat=VCFv4.2\n##contig=<ID=chr1,length=1000>\n##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n'
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n"
    source = only(tmp_path, "a.vcf", head + columns + "chr1\t10\trs1\tA\tG\t50\tPASS\t.\tGT\t0/1\n")
    exam = exam_of(tmp_path, source, crosswalk=tmp_path / "who.csv")
    print(exam)
    assert exam["kinds"]["genome"]["recall"]["recall"] == 1.0


def test_a_note_is_planted_into_and_the_report_says_what_is_left(tmp_path):
    text = "Discharge\nMRN: MRN770011\nSeen for cough. No fever was found. Plan is rest.\nAll well.\n"
    source = only(tmp_path, "MRN770011_a.txt", text)
    (tmp_path / "in" / "a.vcf").write_text("x")
    (tmp_path / "in" / "a.vcf").unlink()
    exam = exam_of(tmp_path, source, crosswalk=tmp_path / "who.csv")
    print(exam)
    assert sum(row["planted"] for row in exam["kinds"]["note"]["rows"]) == 15
    assert not any(path.name.endswith("memory") for path in (tmp_path / "out").rglob("*"))
