"""Files that are cut short, damaged, or made to do harm: held back with a reason, and nothing falls over."""

import gzip
import io
import random
import zlib

import pytest

from residency.deid.genomes.bgzf import END, BgzfWriter, Peeked, inflated
from residency.deid.genomes.refusals import GenomeTruncated, GenomeUnreadable
from residency.deid.genomes.rules import load_genome_rules
from residency.deid.genomes.scrub import scrub_genome
from residency.deid.identifiers import Identifiers
from tests.deid.genomes import read_files, vcf_files
from tests.deid.genomes.planted import Plant, bgzf, clean, left, unpacked
from tests.deid.genomes.test_bcf import converted

SEED = random.randrange(10**6)
PLANT = Plant(SEED)
FILES = {
    "vcf": vcf_files.file(PLANT, [PLANT.blood], 30),
    "vcf.gz": bgzf(vcf_files.file(PLANT, [PLANT.blood], 30)),
    "bcf": converted(vcf_files.file(PLANT, [PLANT.blood], 30), "wb"),
    "sam": read_files.sam(PLANT, 20),
    "bam": read_files.packed(read_files.sam(PLANT, 20)),
    "cram": read_files.packed(read_files.sam(PLANT, 20), "wc", (b"no_ref=1",)),
    "fastq": read_files.fastq(PLANT, 1, count=20),
    "fastq.gz": gzip.compress(read_files.fastq(PLANT, 1, count=20)),
}


def code_of(data: bytes, form: str) -> str:
    cleaned, _ = clean(data, f"{PLANT.stem}.{form}", PLANT)
    if cleaned.quarantine is None:
        return ""
    assert left(repr(cleaned).encode(), PLANT) == []
    return cleaned.quarantine.code


@pytest.mark.parametrize("form", [form for form in FILES if form not in ("vcf", "sam", "fastq")])
def test_a_packed_file_that_is_cut_anywhere_is_held_back(form):
    print("seed", SEED)
    data, draw = FILES[form], random.Random(SEED)
    cuts = [len(data) - 1, len(data) - 28, len(data) - 38, *(draw.randrange(30, len(data)) for _ in range(12))]
    codes = {cut: code_of(data[:cut], form) for cut in cuts}
    assert set(codes.values()) <= {"UNREADABLE", "OBJECT-NOT-SUPPORTED"}


@pytest.mark.parametrize("form", ["vcf.gz", "bcf", "bam"])
def test_bgzf_without_its_last_block_is_named_truncated(form):
    cleaned, _ = clean(FILES[form][: -len(END)], f"{PLANT.stem}.{form}", PLANT)
    assert "ends it" in cleaned.quarantine.sentence
    with pytest.raises(GenomeTruncated):
        list(inflated(Peeked(io.BytesIO(FILES[form][: -len(END)]))))


@pytest.mark.parametrize("rounds", [20, pytest.param(1000, marks=pytest.mark.long)])
@pytest.mark.parametrize("form", FILES)
def test_bytes_changed_at_random_hold_a_file_back_or_change_what_it_says_and_never_crash(form, rounds):
    print("seed", SEED)
    draw, data = random.Random(SEED), FILES[form]
    codes = set()
    for _ in range(rounds):
        broken = bytearray(data)
        for _ in range(draw.randrange(1, 6)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        codes.add(code_of(bytes(broken), form))
    assert codes <= {"", "UNREADABLE", "OBJECT-NOT-SUPPORTED", "NO-SUBJECT", "RESIDUAL", "DUPLICATE"}
    assert codes - {""}


@pytest.mark.parametrize("rounds", [60, pytest.param(3000, marks=pytest.mark.long)])
def test_records_of_a_bam_changed_at_random_never_crash(rounds):
    print("seed", SEED)
    draw, plain = random.Random(SEED), unpacked(FILES["bam"])
    for _ in range(rounds):
        broken = bytearray(plain)
        for _ in range(draw.randrange(1, 6)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        assert code_of(bgzf(bytes(broken)), "bam") in (
            "", "UNREADABLE", "OBJECT-NOT-SUPPORTED", "NO-SUBJECT", "RESIDUAL", "DUPLICATE"
        )  # fmt: skip


@pytest.mark.parametrize("number", [0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 1 << 28])
@pytest.mark.parametrize(
    "at", [4, 8 + int.from_bytes(unpacked(FILES["bam"])[4:8], "little")], ids=["of the header", "of the references"]
)
def test_lengths_out_of_reason_ask_for_no_memory(number, at):
    plain = bytearray(unpacked(FILES["bam"]))
    plain[at : at + 4] = number.to_bytes(4, "little")
    assert code_of(bgzf(bytes(plain)), "bam") == "UNREADABLE"


def test_a_small_file_that_unpacks_to_a_large_one_goes_through_in_parts():
    line = b"chr1\t1\t.\tA\tC\t.\tPASS\tDP=1\tGT\t0/1\n"
    data = gzip.compress(vcf_files.header(PLANT, [PLANT.blood]).encode() + line * 200_000)
    assert len(data) < 60_000
    largest = max(len(part) for part in inflated(Peeked(io.BytesIO(data))))
    assert largest <= 2 << 20
    endless = gzip.compress(b"##fileformat=VCFv4.2\n" + b"x" * (80 << 20))
    assert code_of(endless, "vcf.gz") == "UNREADABLE"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "OBJECT-NOT-SUPPORTED"),
        (b"BAI\1" + bytes(20), "OBJECT-NOT-SUPPORTED"),
        (bgzf(b"TBI\1" + bytes(40)), "OBJECT-NOT-SUPPORTED"),
        (bgzf(b"CSI\1" + bytes(40)), "OBJECT-NOT-SUPPORTED"),
        (gzip.compress(b"0\t1\t100\t2000\t300\t400\n"), "OBJECT-NOT-SUPPORTED"),
        (b"##fileformat=VCFv3.3\n#CHROM\n", "UNREADABLE"),
        (FILES["vcf"].replace(b"VCFv4.2", b"VCFv4.9"), "OBJECT-NOT-SUPPORTED"),
        (FILES["vcf"].replace(b"VCFv4.2", b"VCFv4.2 of John"), "OBJECT-NOT-SUPPORTED"),
        (b"##fileformat=VCFv4.2\n", "UNREADABLE"),
        (FILES["vcf"] + b"chr1\t7\tJohn Smith\n", "UNREADABLE"),
        (FILES["vcf"] + b"a remark at the end\n", "UNREADABLE"),
        (FILES["vcf"].replace(b",10,100\n", b",10,100\tone column more\n"), "UNREADABLE"),
        (FILES["vcf"] + b"\0", "UNREADABLE"),
        (b"\xff\xfe" + FILES["vcf"].decode().encode("utf-16-le"), "OBJECT-NOT-SUPPORTED"),
        (FILES["vcf"].replace(b"##phasing", b"##\xff\xfe"), "UNREADABLE"),
        (FILES["vcf.gz"] + b"John Smith", "UNREADABLE"),
        (b"CRAM\x02\x01" + bytes(100), "OBJECT-NOT-SUPPORTED"),
        (b"CRAM\x03\x00" + bytes(30), "UNREADABLE"),
        (b"BAM\1", "UNREADABLE"),
        (FILES["sam"].replace(b"@RG\tID:", b"@RG\tID:first\tID:", 1), "UNREADABLE"),
        (FILES["sam"].replace(b"@RG\t", b"@RG\tSM:Weshryslek\t", 1), "UNREADABLE"),
        (FILES["sam"] + b"r1\t0\tchr1\tJohn\t0\t4M\t*\t0\t0\tACGT\tFFFF\n", "UNREADABLE"),
        (FILES["sam"] + b"r1\t0\tJohn\t1\t0\t4M\t*\t0\t0\tACGT\tFFFF\n", "UNREADABLE"),
        (FILES["sam"] + b"r1\t0\tchr1\t1\t0\t4M\t*\t0\t0\tACGT\tFFFF\tJohn\n", "UNREADABLE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
def test_what_is_no_file_of_genomics_or_no_whole_one_is_held_back(data, code):
    assert code_of(data, "vcf") == code


def test_numbers_of_sam_that_are_none_take_their_tag_with_them():
    line = b"r1\t0\tchr1\t1\t0\t4M\t*\t0\t0\tACGT\tFFFF\tNM:i:JohnSmith\tAS:i:7\tde:f:x\ttp:A:PQ\tML:B:C,John\n"
    _, out = clean(read_files.sam(PLANT, 0) + line, "x.sam", PLANT)
    assert out.splitlines()[-1].split(b"\t")[11:] == [b"AS:i:7"]


def test_a_target_that_fails_says_so_and_is_not_taken_for_a_bad_file():
    class Full(io.RawIOBase):
        def write(self, data):
            raise OSError(28, "No space left on device")

    for form in ("bam", "cram"):
        with pytest.raises(OSError, match="No space"):
            scrub_genome(io.BytesIO(FILES[form]), Full(), "x", load_genome_rules(), PLANT.aliases.get, Identifiers())


def test_what_the_writer_of_bgzf_packs_others_unpack():
    draw, target = random.Random(SEED), io.BytesIO()
    data = draw.randbytes(200_000) + b"A" * 300_000
    writer = BgzfWriter(target)
    at = 0
    while at < len(data):
        step = draw.randrange(1, 90_000)
        writer.write(data[at : at + step])
        at += step
    writer.finish()
    packed = target.getvalue()
    assert gzip.decompress(packed) == data
    assert packed.endswith(END)
    assert b"".join(inflated(Peeked(io.BytesIO(packed)))) == data


def test_a_wrong_checksum_is_found():
    data = bytearray(bgzf(b"ACGT" * 100))
    data[-len(END) - 8] ^= 1
    with pytest.raises(GenomeUnreadable):
        list(inflated(Peeked(io.BytesIO(bytes(data)))))
    assert zlib.crc32(b"") == 0


def test_the_library_says_nothing_of_a_broken_file_in_the_log(capfd):
    draw, data = random.Random(SEED), FILES["cram"]
    for _ in range(10):
        broken = bytearray(data)
        broken[draw.randrange(26, len(broken))] ^= 0xFF
        code_of(bytes(broken), "cram")
    assert capfd.readouterr() == ("", "")
