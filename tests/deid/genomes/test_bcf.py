"""BCF: the same rules as for VCF, on the binary form, whose other bytes stay."""

import io
import os
import random

import pysam
import pytest

from residency.deid.genomes.indexing import index_of
from tests.deid.genomes import vcf_files
from tests.deid.genomes.planted import Plant, bgzf, body_of, clean, left, unpacked

SEED = random.randrange(10**6)


@pytest.fixture
def plant() -> Plant:
    print("seed", SEED)
    return Plant(SEED)


def converted(data: bytes, mode: str) -> bytes:
    """The same file as BCF ("wb") or VCF ("w"), written by htslib."""
    source, target = os.memfd_create("in"), os.memfd_create("out")
    try:
        os.pwrite(source, data, 0)
        with (
            pysam.VariantFile(f"/proc/self/fd/{source}") as old,
            pysam.VariantFile(f"/proc/self/fd/{target}", mode, header=old.header) as new,
        ):
            for record in old:
                new.write(record)
        return os.pread(target, os.fstat(target).st_size, 0)
    finally:
        os.close(source)
        os.close(target)


def text(plant: Plant, lines: int = 60, more: list[str] | None = None, samples: int = 2) -> bytes:
    data = vcf_files.file(plant, [plant.blood, plant.tumour][:samples], lines, more)
    for number, other in ((plant.mrn, "11"), (plant.born, "12")):
        data = data.replace(f"chr1\t{number}\t".encode(), f"chr1\t{other}\t".encode())
    return data


@pytest.mark.parametrize("samples", [0, 1, 2])
def test_no_planted_name_comes_out_of_a_bcf_and_its_records_stay(plant, samples):
    data = text(plant, samples=samples)
    data = data if samples else data.replace(b"\tGT:AD:DP:GQ:PL", b"")
    packed = converted(data, "wb")
    cleaned, out = clean(packed, f"{plant.stem}.bcf", plant)
    assert cleaned.quarantine is None
    assert left(out, plant) == []
    assert cleaned.format == "bcf"
    assert records(out) == records(packed)
    assert body_of(converted(out, "w")) == body_of(converted(packed, "w"))
    assert left(converted(out, "w"), plant) == []


def records(bcf: bytes) -> bytes:
    plain = unpacked(bcf)
    return plain[9 + int.from_bytes(plain[5:9], "little") :]


@pytest.mark.parametrize(
    ("planted", "stays"),
    [
        ("rs1\t{0}\tDP=3;CALLED_BY={surname}\tGT:DP\t0/1:3\t0/0:4", "rs1\t{0}\tDP=3;CALLED_BY=.\tGT:DP\t0/1:3\t0/0:4"),
        ("{stem}\t{0}\tDP=3\tGT:DP\t0/1:3\t0/0:4", ".\t{0}\tDP=3\tGT:DP\t0/1:3\t0/0:4"),
        ("rs1\t{0}\tCASE={mrn};DP=3\tGT:DP\t0/1:3\t0/0:4", "rs1\t{0}\tCASE=.;DP=3\tGT:DP\t0/1:3\t0/0:4"),
        ("rs1\t{0}\tCASE=9999999;DP=3\tGT:DP\t0/1:3\t0/0:4", "rs1\t{0}\tCASE=9999999;DP=3\tGT:DP\t0/1:3\t0/0:4"),
        ("rs1\t{0}\tMATEID={surname}1\tGT\t0/1\t0/0", "rs1\t{0}\tMATEID=.\tGT\t0/1\t0/0"),
        ("rs1\t{0}\tCSQ=A|{surname}|x\tGT\t0/1\t0/0", "rs1\t{0}\tCSQ=.\tGT\t0/1\t0/0"),
        ("rs1\t{0}\tDP=3\tGT:NOTE\t0/1:for {given}\t0/0:clear", "rs1\t{0}\tDP=3\tGT:NOTE\t0/1:.\t0/0:clear"),
    ],
)
def test_what_names_somebody_becomes_missing_and_nothing_else(plant, planted, stays):
    alleles = "A\tC\t9\tPASS"
    more = ["chr1\t77\t" + planted.format(alleles, **vars(plant))]
    cleaned, out = clean(converted(text(plant, 10, more), "wb"), "x.bcf", plant)
    assert cleaned.quarantine is None
    assert left(out, plant) == []
    new = body_of(converted(out, "w"))
    assert new[5].decode() == "chr1\t77\t" + stays.format(alleles)
    old = body_of(converted(converted(text(plant, 10, more), "wb"), "w"))
    assert new[:5] + new[6:] == old[:5] + old[6:]


def test_an_allele_that_names_the_subject_holds_the_file_back(plant):
    data = text(plant, 4, [f"chr1\t77\t.\tA\t<{plant.surname}>\t9\tPASS\tDP=1\tGT\t0/1\t0/0"])
    assert clean(converted(data, "wb"), "x.bcf", plant)[0].quarantine.code == "RESIDUAL"


def test_a_cleaned_bcf_gets_an_index_of_its_own(plant):
    body = "chr1\t5\t.\tA\tG\t.\tq10\tDP=2\tGT\t0/0\nchr2\t9\trs5\tA\tC\t9\tPASS\tDP=1\tGT\t0/1\n"
    data = (vcf_files.header(plant, [plant.blood]) + body).encode()
    _, out = clean(converted(data, "wb"), "x.bcf", plant)
    ending, index = index_of(io.BytesIO(out), "bcf")
    assert (ending, unpacked(index)[:4]) == (".csi", b"CSI\1")


@pytest.mark.parametrize("rounds", [60, pytest.param(3000, marks=pytest.mark.long)])
def test_records_that_do_not_fill_their_length_are_held_back_and_never_crash(plant, rounds):
    plain = unpacked(converted(text(plant, 6), "wb"))
    draw, codes = random.Random(SEED), set()
    start = 9 + int.from_bytes(plain[5:9], "little")
    for _ in range(rounds):
        broken = bytearray(plain)
        for _ in range(draw.randrange(1, 4)):
            broken[draw.randrange(start, len(broken))] = draw.randrange(256)
        cleaned, _ = clean(bgzf(bytes(broken)), "x.bcf", plant)
        codes.add(cleaned.quarantine.code if cleaned.quarantine else "")
    assert codes <= {"", "UNREADABLE", "RESIDUAL"}
    assert "UNREADABLE" in codes
