"""The exam of a folder: what the recipe leaves of planted identifiers, on the folder's own files."""

import gzip
import json
import random
from pathlib import Path

import pytest

from residency.deid.exam.in_fhir import plant_fhir
from residency.deid.exam.in_genomes import plant_genome
from residency.deid.exam.in_notes import plant_note
from residency.deid.exam.looking import SHORTEST, Look
from residency.deid.exam.sown import copied
from residency.deid.folders.clean import clean_folder
from residency.deid.folders.examining import Asked, CopiesWrong, asked, fates_of
from residency.deid.folders.outcome import Result
from residency.deid.folders.told import REPORT
from residency.deid.folders.work import Unit

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

NOTE = "Discharge\nMRN: MRN770011\nSeen for cough. No fever was found. Plan is rest.\nAll well.\n"
VCF = (
    '##fileformat=VCFv4.2\n##contig=<ID=chr1,length=1000>\n##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n'
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\nchr1\t10\trs1\tA\tG\t50\tPASS\t.\tGT\t0/1\n"
)


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
    rows = exam["kinds"]["csv"]["rows"]
    assert sum(row["planted"] for row in rows) >= 24
    assert not [row for row in rows if row["left"] and row["place"] != "free text"]


def test_a_map_that_keeps_the_phones_is_found_out(tmp_path):
    source, chart = hospital(tmp_path)
    chart.write_text(chart.read_text().replace("phone: {kind: phone}", "phone: {kind: keep}"))
    exam = exam_of(tmp_path, source, maps=(chart,))
    (row,) = [row for row in exam["kinds"]["csv"]["rows"] if row["place"] == "kept column"]
    assert (row["planted"], row["left"]) == (8, 8)
    assert exam["kinds"]["csv"]["recall"]["recall"] < 0.9


class Untouched:
    """A cleaner that cleans nothing."""

    def clean(self, unit, stream):
        yield Result(unit.kind, 1, outputs=[("out", unit.paths[0].read_bytes())])


@pytest.mark.parametrize("packed", [False, True])
def test_a_cleaner_that_cleans_nothing_is_found_out(packed):
    draw = random.Random(3)
    vcf = VCF.encode()
    made = {
        "note": plant_note("a.txt", NOTE.encode(), draw),
        "genome": plant_genome("a.vcf.gz" if packed else "a.vcf", gzip.compress(vcf) if packed else vcf, draw),
        "sam": plant_genome("a.sam", b"@HD\tVN:1.6\n@SQ\tSN:c\tLN:9\n", draw),
        "fhir": plant_fhir("a.ndjson", b'{"resourceType": "Condition", "subject": {"reference": "Patient/p"}}\n', draw),
    }
    for kind, sown in made.items():
        path = copied(Path("in/a"), sown)
        fates = fates_of(Untouched(), {path: sown}, Unit(kind, (path,), "key"))
        told = {(seed.place, fate) for seed, fate in zip(sown.seeds, fates, strict=True) if seed.place != "file name"}
        assert {fate for _, fate in told} == {"left"}


def test_the_same_seed_draws_the_same(tmp_path):
    first, second = (plant_note("a.txt", NOTE.encode(), random.Random(5)) for _ in range(2))
    assert first == second


def test_the_header_of_a_vcf_is_planted_into(tmp_path):
    source = only(tmp_path, "a.vcf", VCF)
    exam = exam_of(tmp_path, source, crosswalk=tmp_path / "who.csv")
    assert exam["kinds"]["genome"]["recall"]["recall"] == 1.0


def test_a_note_is_planted_into_and_the_report_says_what_is_left(tmp_path):
    source = only(tmp_path, "MRN770011_a.txt", NOTE)
    exam = exam_of(tmp_path, source, crosswalk=tmp_path / "who.csv")
    assert sum(row["planted"] for row in exam["kinds"]["note"]["rows"]) == 17
    assert not any(path.name.endswith("memory") for path in (tmp_path / "out").rglob("*"))


@pytest.mark.parametrize(
    ("plant", "name", "data"),
    [
        (plant_note, "a.txt", NOTE),
        (plant_genome, "a.vcf", VCF),
        (plant_fhir, "a.ndjson", '{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"}}'),
        (plant_fhir, "a.ndjson", '{"resourceType":"DocumentReference","id":"d"}\n{"resourceType":"DiagnosticReport"}'),
    ],
)
def test_every_identifier_that_is_planted_can_be_looked_for(plant, name, data):
    for seed in range(300):
        sown = plant(name, data.encode(), random.Random(seed))
        assert all(one.words and min(map(len, one.words)) >= SHORTEST for one in sown.seeds)
        look = Look(word for one in sown.seeds for word in one.words)
        there = look(sown.data) | look(sown.name.encode())
        assert all(there >= set(one.words) for one in sown.seeds)


def test_fewer_than_no_copies_are_refused():
    assert asked(0, None) is None
    assert asked(3, 5) == Asked(3, 5)
    with pytest.raises(CopiesWrong):
        asked(-1, None)
