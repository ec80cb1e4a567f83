"""Aligned reads (SAM, BAM, CRAM): every place where a person is named, and all else as it was."""

import io
import os
import random

import pysam
import pytest

from residency.deid.genomes.indexing import index_of
from tests.deid.genomes import read_files
from tests.deid.genomes.planted import Plant, bgzf, clean, left, unpacked

SEED = random.randrange(10**6)
GONE = {"CO", "BC", "LB", "PU", "zz", "zi", "fn", "st", "MI", "XT", "hx"}
NEW = {"RG"}
FORMS = {
    "sam": lambda text: text,
    "sam.gz": bgzf,
    "bam": read_files.packed,
    "cram": lambda text: read_files.packed(text, "wc", (b"no_ref=1",)),
    "cram3.0": lambda text: read_files.packed(text, "wc", (b"no_ref=1", b"version=3.0")),
}


@pytest.fixture
def plant() -> Plant:
    print("seed", SEED)
    return Plant(SEED)


def without(record: list[str], tags: set[str]) -> list[str]:
    """A record without its name and without some tags."""
    return record[1:11] + [tag for tag in record[11:] if tag[:2] not in tags]


@pytest.mark.parametrize("form", FORMS)
def test_no_planted_name_comes_out_of_reads_and_all_else_stays(plant, form):
    data = FORMS[form](read_files.sam(plant).replace(f"+{plant.mrn},".encode(), b"+99,"))
    cleaned, out = clean(data, f"{plant.stem}.{form}", plant)
    assert cleaned.quarantine is None
    assert left(out, plant) == []
    new_header, new = read_files.opened(out)
    assert left("\n".join([*new_header, *map("\t".join, new)]).encode(), plant) == []
    _, old = read_files.opened(data)
    assert [without(record, GONE | NEW) for record in old] == [without(record, NEW) for record in new]
    assert left(repr(cleaned).encode() + cleaned.new_name.encode(), plant) == []
    assert cleaned.counts["read", "renamed"] == len(old) == 120


@pytest.mark.parametrize("form", FORMS)
def test_mates_keep_one_name_and_no_two_pairs_share_one(plant, form):
    _, out = clean(FORMS[form](read_files.sam(plant)), "reads.x", plant)
    names = [record[0] for record in read_files.opened(out)[1]]
    assert names[::2] == names[1::2]
    assert len(set(names)) == 60
    assert all(len(name) == 24 for name in names)


def test_bytes_of_a_bam_record_are_those_that_were_there(plant):
    """Also floats and widths of numbers that a way over text would lose."""
    data = read_files.packed(read_files.sam(plant, 8))
    _, out = clean(data, "reads.bam", plant)
    for old, new in zip(records(unpacked(data)), records(unpacked(out)), strict=True):
        assert old[0:8] == new[0:8]
        assert old[9:32] == new[9:32]
        old_rest, new_rest = old[32 + old[8] :], new[32 + new[8] :]
        kept = new_rest.index(b"RGZ")
        assert kept > 80
        assert old_rest.startswith(new_rest[:kept])


def records(plain: bytes) -> list[bytes]:
    at = 8 + int.from_bytes(plain[4:8], "little")
    count, at = int.from_bytes(plain[at : at + 4], "little"), at + 4
    for _ in range(count):
        at += 8 + int.from_bytes(plain[at : at + 4], "little")
    found = []
    while at < len(plain):
        size = int.from_bytes(plain[at : at + 4], "little")
        found.append(plain[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def test_read_groups_get_codes_and_reads_follow_them(plant):
    _, out = clean(read_files.sam(plant), "reads.sam", plant)
    header, reads = read_files.opened(out)
    groups = [dict(field.split(":", 1) for field in line.split("\t")[1:]) for line in header if line[:3] == "@RG"]
    assert {read[-1] for read in reads if read[-1].startswith("RG")} <= {f"RG:Z:{group['ID']}" for group in groups}
    assert [tag for read in reads[:2] for tag in read if tag[:2] == "RG"] == [f"RG:Z:{group['ID']}" for group in groups]
    assert {group["SM"].split("-")[0] for group in groups} == {plant.code}
    assert groups[0]["LB"] == groups[1]["LB"]
    assert groups[0].keys() == {"ID", "SM", "LB", "PU", "PL", "DT", "PM", "PI"}
    assert groups[0]["DT"] == plant.aliases[plant.blood].dates.text(f"{plant.day}T10:20:30+0100")
    assert groups[1].keys() == {"ID", "SM", "LB"}


def test_programs_keep_name_version_and_chain_and_lose_command_lines(plant):
    unknown = f"@xx\tab:{plant.surname}\n".encode()
    header, _ = read_files.opened(clean(read_files.sam(plant, 0) + unknown, "reads.sam", plant)[1])
    assert [line for line in header if line.startswith("@PG")] == [
        "@PG\tID:bwa\tPN:bwa\tVN:0.7.17-r1188",
        "@PG\tID:MarkDuplicates\tPN:MarkDuplicates\tVN:Version:4.1.2.0\tPP:bwa",
        "@PG\tID:program.2\tPP:MarkDuplicates",
        "@PG\tID:samtools\tPN:samtools\tVN:1.17\tPP:program.2",
    ]
    assert not [line for line in header if line.startswith(("@CO", "@xx"))]


def test_sequences_keep_length_and_md5_and_lose_their_paths(plant):
    header, _ = read_files.opened(clean(read_files.sam(plant), "reads.sam", plant)[1])
    assert [line for line in header if line.startswith("@SQ")] == [
        "@SQ\tSN:chr1\tLN:248956422\tM5:6aef897c3d6ff0c78aff06ac189178dd\tAS:GRCh38\tSP:Homo sapiens",
        "@SQ\tSN:chr2\tLN:242193529",
    ]


def test_a_file_sorted_by_names_of_reads_says_that_it_is_only_grouped_by_them(plant):
    header, _ = read_files.opened(clean(read_files.sam(plant, order="queryname"), "reads.sam", plant)[1])
    assert header[0] == "@HD\tVN:1.6\tSO:unsorted\tGO:query"
    header, _ = read_files.opened(clean(read_files.sam(plant), "reads.sam", plant)[1])
    assert header[0] == "@HD\tVN:1.6\tSO:coordinate"


def test_reads_have_the_same_new_names_in_fastq_sam_and_bam(plant):
    spot = f"{plant.instrument}:44:{plant.flow_cell}:1:1101:7:2000"
    raw = f"@{spot} 1:N:0:{plant.barcode}\nACGT\n+\nFFFF\n".encode()
    _, fastq = clean(raw, f"{plant.stem}_S1_L001_R1_001.fastq", plant, subject=plant.aliases[plant.stem])
    _, bam = clean(read_files.packed(read_files.sam(plant)), "reads.bam", plant)
    assert read_files.opened(bam)[1][14][0] == fastq.split(b"\n")[0][1:].decode()


@pytest.mark.parametrize("tag", ["GN:Z:{surname}", "CC:Z:{surname}", "OQ:Z:{surname}!!{surname}"])
def test_a_tag_that_stays_and_names_the_subject_holds_the_file_back(plant, tag):
    line = next(read_files.lines(plant)) + "\t" + tag.format(**vars(plant))
    text = (read_files.header(plant) + line + "\n").encode()
    for data in (text, read_files.packed(text), FORMS["cram"](text)):
        assert clean(data, "reads", plant)[0].quarantine.code == "RESIDUAL"


def test_a_sequence_named_after_the_subject_holds_the_file_back(plant):
    text = read_files.header(plant) + f"@SQ\tSN:{plant.surname}_contig\tLN:100\n"
    for data in (text.encode(), read_files.packed(text.encode())):
        assert clean(data, "reads", plant)[0].quarantine.code == "RESIDUAL"


def test_places_that_are_numbers_of_the_subject_hold_nobody_back(plant):
    cleaned, out = clean(read_files.packed(read_files.sam(plant)), "reads.bam", plant)
    assert cleaned.quarantine is None
    assert any(f"XA:Z:chr1,+{plant.mrn},40M,0;chr2,-77,40M,1;" in read for read in read_files.opened(out)[1])


def test_reads_of_nobody_known_are_held_back(plant):
    for form in FORMS.values():
        cleaned, _ = clean(form(read_files.sam(plant, 4)), "x", plant, who=lambda _: None)
        assert cleaned.quarantine.code == "NO-SUBJECT"


def test_reads_without_groups_are_of_whom_the_caller_says(plant):
    text = b"".join(line + b"\n" for line in read_files.sam(plant, 4).splitlines() if not line.startswith(b"@RG"))
    assert clean(text, "x.sam", plant)[0].quarantine.code == "NO-SUBJECT"
    cleaned, out = clean(text, "x.sam", plant, subject=plant.aliases[plant.stem])
    assert cleaned.subjects == {plant.code}
    assert not any(tag.startswith("RG") for read in read_files.opened(out)[1] for tag in read)


def test_text_hidden_behind_the_end_of_a_bam_header_goes(plant):
    plain = unpacked(read_files.packed(read_files.sam(plant, 4)))
    size = int.from_bytes(plain[4:8], "little")
    hidden = b"\0" + plant.surname.encode()
    data = plain[:4] + (size + len(hidden)).to_bytes(4, "little") + plain[8 : 8 + size] + hidden + plain[8 + size :]
    cleaned, out = clean(bgzf(data), "reads.bam", plant)
    assert cleaned.quarantine is None
    assert plant.surname.encode() not in unpacked(out)


def test_cleaned_reads_get_an_index_of_their_own(plant, tmp_path):
    for form, ending in (("bam", ".bai"), ("cram", ".crai")):
        cleaned, out = clean(FORMS[form](read_files.sam(plant)), f"{plant.stem}.{form}", plant)
        tail, index = index_of(io.BytesIO(out), form)
        assert tail == ending
        assert left(index, plant) == []
        path = tmp_path / cleaned.new_name
        path.write_bytes(out)
        path.with_name(path.name + tail).write_bytes(index)
        with pysam.AlignmentFile(str(path)) as reads:
            assert sum(1 for _ in reads.fetch("chr1", 149, 150)) == 40


def test_cram_with_its_reference_inside_is_decoded_and_one_without_is_held_back_unless_it_is_given(plant, tmp_path):
    bases = "".join(random.Random(SEED).choices("ACGT", k=5000))
    fasta = tmp_path / "ref.fa"
    fasta.write_text(f">chrT\n{bases}\n")
    text = "@SQ\tSN:chrT\tLN:5000\n" + read_files.header(plant).split("\n")[3] + "\n"
    text += "".join(
        f"{plant.surname}{at}\t0\tchrT\t{at + 1}\t60\t50M\t*\t0\t0\t{bases[at : at + 50]}\t{'F' * 50}\tNM:i:0\n"
        for at in range(40)
    )
    inside = read_files.packed(text.encode(), "wc", (b"embed_ref=2",))
    apart = read_files.packed(text.encode(), "wc", (b"reference=" + os.fsencode(fasta),))
    for data, given in ((inside, {}), (apart, {"reference": fasta})):
        cleaned, out = clean(data, "reads.cram", plant, **given)
        assert cleaned.quarantine is None
        assert left(out, plant) == []
        assert [read[9] for read in read_files.opened(out)[1]] == [bases[at : at + 50] for at in range(40)]
    fasta.unlink()
    held = clean(apart, "reads.cram", plant)[0].quarantine
    assert held.code == "UNREADABLE"
    assert "reference" in held.sentence


def test_a_path_in_the_header_of_a_cram_is_never_opened(plant, tmp_path):
    """Where the reference lies under the path of the header, htslib alone would read it."""
    bases = "ACGTTGCA" * 50
    fasta = tmp_path / "ref.fa"
    fasta.write_text(f">chrT\n{bases}\n")
    pysam.faidx(str(fasta))
    line = f"r1\t0\tchrT\t1\t60\t50M\t*\t0\t0\t{bases[:50]}\t{'F' * 50}"
    text = f"@SQ\tSN:chrT\tLN:400\tUR:{fasta}\n" + read_files.header(plant).split("\n")[3] + "\n" + line + "\n"
    data = read_files.packed(text.encode(), "wc", (b"reference=" + os.fsencode(fasta),))
    assert read_files.opened(data)[1][0][9] == bases[:50]
    assert clean(data, "reads.cram", plant)[0].quarantine.code == "UNREADABLE"
