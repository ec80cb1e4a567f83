"""Planting into scans, records and genomes: it is there, others still read the copy, cleaning takes it out."""

import gzip
import io
import json
import random
from pathlib import Path

import nibabel
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from residency.deid.exam.in_genomes import plant_genome
from residency.deid.exam.in_records import plant_meds, plant_omop
from residency.deid.exam.in_scans import holds_texts, plant_scan
from residency.deid.exam.looking import SHORTEST, Look
from residency.deid.exam.opened import opened
from residency.deid.exam.sown import copied
from residency.deid.folders.clean import clean_folder
from residency.deid.folders.examining import Asked, fates_of
from residency.deid.folders.outcome import Result
from residency.deid.folders.told import REPORT
from residency.deid.folders.work import Unit
from tests.deid.genomes import read_files, test_bcf
from tests.deid.genomes.planted import Plant
from tests.deid.tables import omop_tables
from tests.deid.tables.population import population
from tests.ingest.export import series, write

PLANT = Plant(5)
PEOPLE = population(5, 12)


def scan(kind: type = nibabel.Nifti1Image, order: str = "<", end: str = ".nii.gz") -> bytes:
    image = kind(np.arange(4 * 4 * 4, dtype="i2").reshape(4, 4, 4), np.diag([2, 2, 3, 1]))
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"made by nobody"))
    image = image if order == "<" else kind(image.dataobj, image.affine, image.header.as_byteswapped(">"))
    return gzip.compress(image.to_bytes()) if end.endswith("gz") else image.to_bytes()


def events() -> bytes:
    rows = [{"subject_id": 7, "time": None, "code": "GENDER//F", "numeric_value": None, "text_value": None}] * 3
    rows += [{"subject_id": 7, "time": None, "code": "NOTE//a", "numeric_value": 1.5, "text_value": "Slept well."}] * 9
    types = {"subject_id": pa.int64(), "time": pa.timestamp("us"), "code": pa.string(), "numeric_value": pa.float32()}
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows, pa.schema({**types, "text_value": pa.large_string()})), out)
    return out.getvalue()


def table(name: str, form: str) -> bytes:
    rows = omop_tables.tables(PEOPLE)[name]
    return omop_tables.as_parquet(rows) if form == "parquet" else omop_tables.as_csv(rows)


FILES = {
    "one.nii": lambda: scan(end=".nii"),
    "one.nii.gz": scan,
    "swapped.nii": lambda: scan(order=">", end=".nii"),
    "two.nii.gz": lambda: scan(nibabel.Nifti2Image),
    "side.json": lambda: b'{"Modality": "MR", "BodyPartExamined": "KNEE"}',
    "note.csv": lambda: table("note", "csv"),
    "note.parquet": lambda: table("note", "parquet"),
    "location.parquet": lambda: table("location", "parquet"),
    "provider.csv": lambda: table("provider", "csv"),
    "person.parquet": lambda: table("person", "parquet"),
    "events.parquet": events,
    "reads.sam": lambda: read_files.sam(PLANT),
    "reads.bam": lambda: read_files.packed(read_files.sam(PLANT)),
    "reads.cram": lambda: read_files.packed(read_files.sam(PLANT), "wc", (b"no_ref=1",)),
    "calls.bcf": lambda: test_bcf.converted(test_bcf.text(PLANT), "wb"),
    "calls.vcf": lambda: test_bcf.text(PLANT),
    "reads.fastq": lambda: read_files.fastq(PLANT, 1),
    "reads.fastq.gz": lambda: gzip.compress(read_files.fastq(PLANT, 1)),
}
GENOMES = (".sam", ".bam", ".cram", ".bcf", ".vcf", ".fastq", ".fastq.gz")


def planted(name: str, seed: int = 3):
    draw, data = random.Random(seed), FILES[name]()
    if name.endswith(GENOMES):
        return "genome", plant_genome(name, data, draw)
    if name.startswith("events"):
        return "meds", plant_meds(name, data, draw)
    return ("nifti", plant_scan(name, data, draw)) if holds_texts(name) else ("omop", plant_omop(name, data, draw))


@pytest.mark.parametrize("name", FILES)
def test_what_is_planted_is_there_and_can_be_looked_for(name):
    for seed in range(20):
        _, sown = planted(name, seed)
        assert len(sown.seeds) >= 3
        assert all(one.words and min(map(len, one.words)) >= SHORTEST for one in sown.seeds)
        there = Look(word for one in sown.seeds for word in one.words)(opened(sown.data) + sown.name.encode())
        assert all(there >= set(one.words) for one in sown.seeds)


class Untouched:
    """A cleaner that cleans nothing."""

    def clean(self, unit, stream):
        yield Result(unit.kind, 1, outputs=[(unit.paths[0].name, unit.paths[0].read_bytes())])


@pytest.mark.parametrize("name", FILES)
def test_a_cleaner_that_cleans_nothing_is_found_out(name):
    kind, sown = planted(name)
    path = copied(Path("in") / name, sown)
    assert set(fates_of(Untouched(), {path: sown}, Unit(kind, (path,), "key"))) == {"left"}


@pytest.mark.parametrize("name", [name for name in FILES if ".nii" in name])
def test_other_readers_still_read_a_planted_scan(name):
    kind = nibabel.Nifti2Image if name.startswith("two") else nibabel.Nifti1Image
    files = FILES[name](), planted(name)[1].data
    was, now = (kind.from_bytes(gzip.decompress(one) if name.endswith("gz") else one) for one in files)
    assert np.array_equal(np.asanyarray(was.dataobj), np.asanyarray(now.dataobj))
    assert len(now.header.extensions) == len(was.header.extensions) + 1
    assert now.header["descrip"].item().endswith(b"baseline")


def test_other_readers_still_read_planted_reads():
    for name in ("reads.sam", "reads.bam", "reads.cram"):
        was = read_files.opened(FILES[name]())
        _, sown = planted(name)
        now = read_files.opened(sown.data)
        assert now[1][: len(was[1])] == was[1]
        assert len(now[1]) - len(was[1]) == (0 if name.endswith("cram") else 1)
        assert len(now[0]) == len(was[0]) + 3
    _, sown = planted("calls.bcf")
    was, now = (test_bcf.body_of(test_bcf.converted(one, "w")) for one in (FILES["calls.bcf"](), sown.data))
    assert was == now


@pytest.mark.parametrize("plant", [plant_omop, plant_meds, plant_scan, plant_genome])
@pytest.mark.parametrize("data", [b"", b"\x1f\x8b", b"PAR1", b"CRAM\3\0", b"BAM\1", b"BCF\2\2\1", b"@", b"\xff" * 400])
@pytest.mark.parametrize("name", ["a.nii.gz", "a.json", "note.csv", "a.bam"])
def test_what_cannot_be_read_is_not_planted_into(plant, name, data):
    assert plant(name, data, random.Random(1)) is None


def exam_of(root: Path, recipe=("basic", "shift-dates"), **more) -> dict:
    clean_folder(root / "in", root / "out", recipe, exam=Asked(4, 7), **more)
    return json.loads((root / "out" / REPORT).read_text())["exam"]


def laid(root: Path, *names: str) -> None:
    for name in names:
        path = root / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(FILES[path.name]())


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("nifti", ["sub-07/one.nii.gz", "sub-07/side.json", "sub-08/two.nii.gz", "sub-08/side.json"]),
        ("omop", ["note.csv", "location.parquet", "provider.csv", "person.parquet"]),
        ("meds", ["events.parquet"]),
        ("genome", ["reads.bam"]),
        ("genome", ["reads.cram"]),
        ("genome", ["calls.bcf"]),
        ("genome", ["reads.fastq.gz"]),
    ],
)
def test_nothing_that_was_planted_is_left_but_in_free_text(tmp_path, kind, names):
    laid(tmp_path, *names)
    for side in (tmp_path / "in").rglob("side.json"):
        side.rename(
            next(side.parent.glob("*.nii.gz")).with_name(f"{'one' if '07' in side.parent.name else 'two'}.json")
        )
    exam = exam_of(tmp_path, workers=2)
    rows = exam["kinds"][kind]["rows"]
    assert sum(row["planted"] - row["held"] for row in rows) >= 3
    assert not [row for row in rows if row["left"] and row["place"] != "free text"]
    assert kind not in exam["not_examined"]


def test_the_series_of_a_folder_sit_the_exam_of_a_run(tmp_path):
    write(tmp_path / "in/a", series("MRN770011"))
    exam = exam_of(tmp_path, workers=1)
    assert exam["kinds"]["dicom"]["copies"] == 1
    assert exam["kinds"]["dicom"]["recall"]["recall"] == 1.0
    assert {"element", "private", "uid", "pixels"} <= {row["place"] for row in exam["kinds"]["dicom"]["rows"]}
    assert exam["not_examined"] == {}
