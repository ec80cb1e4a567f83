"""Raw reads: names and comments go, pairs stay pairs, bases and qualities stay as they are."""

import gzip
import random

import pytest

from residency.deid.pseudonyms import Identity, Pseudonyms, alias
from tests.deid.genomes import read_files
from tests.deid.genomes.planted import Plant, clean, left, unpacked

SEED = random.randrange(10**6)
STYLES = ["casava", "old", "sra", "tagged", "mgi"]


@pytest.fixture
def plant() -> Plant:
    print("seed", SEED)
    return Plant(SEED)


def cleaned_pair(plant: Plant, style: str, pack=bytes):
    mine = plant.aliases[plant.stem]
    given = ((mate, pack(read_files.fastq(plant, mate, style))) for mate in (1, 2))
    return [clean(d, f"{plant.stem}_S1_L001_R{m}_001.fastq.gz", plant, subject=mine) for m, d in given]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_no_planted_name_comes_out_of_raw_reads_and_bases_and_qualities_stay(plant, style, pack):
    for mate, (cleaned, out) in enumerate(cleaned_pair(plant, style, pack), 1):
        assert cleaned.quarantine is None
        assert left(out, plant) == []
        old, new = read_files.fastq(plant, mate, style).split(b"\n"), unpacked(out).split(b"\n")
        assert old[1::4] == new[1::4]
        assert old[3::4] == new[3::4]
        assert set(new[2::4]) == {b"+"}


@pytest.mark.parametrize("style", STYLES)
def test_two_files_of_a_pair_still_fit_each_other(plant, style):
    (one, first), (two, second) = cleaned_pair(plant, style)
    names = [[name.split(b"/")[0] for name in out.split(b"\n")[0:-1:4]] for out in (first, second)]
    assert names[0] == names[1]
    assert len(set(names[0])) == 100
    mates = {b"/1" in first, b"/2" in second}
    assert mates == {style in ("old", "mgi")}
    assert one.new_name.replace("_R1", "_R2") == two.new_name
    assert one.new_name.startswith(plant.code)
    assert one.new_name.endswith("_R1.fastq.gz")


def test_lanes_of_one_run_keep_apart_in_their_names(plant):
    mine, data = plant.aliases[plant.stem], read_files.fastq(plant, 1)
    lanes = {clean(data, f"{plant.stem}_S1_L00{n}_R1_001.fq", plant, subject=mine)[0].new_name for n in range(1, 5)}
    assert len(lanes) == 4


def test_the_names_of_two_subjects_and_of_two_projects_cannot_be_linked(plant):
    data = b"@A1:1:F:1:1:1:1\nACGT\n+\nFFFF\n"
    others = [plant.aliases[plant.stem], plant.aliases[plant.mother]]
    others.append(alias(Pseudonyms(bytes(32)), Identity("SITE-A", plant.mrn)))
    names = {clean(data, "x.fastq", plant, subject=who)[1].split(b"\n")[0] for who in others}
    assert len(names) == 3


def test_names_and_times_in_the_head_of_a_packed_file_go(plant):
    packed = bytearray(gzip.compress(read_files.fastq(plant, 1), mtime=1234567890))
    packed[3] |= 8 | 16
    head = f"{plant.surname}.fastq\0by {plant.given}\0".encode()
    cleaned, out = clean(bytes(packed[:10]) + head + bytes(packed[10:]), f"{plant.stem}.fastq.gz", plant)
    assert cleaned.quarantine is None
    assert out[4:8] == bytes(4)
    assert left(out, plant) == []


@pytest.mark.parametrize(
    "data",
    [
        b"@r1\nACGT\n+\nFFF\n",
        b"@r1\nACGT\n+\n",
        b"@r1\nAC\nGT\n+\nFF\nFF\n",
        b"@r1\nJohn Smith\n+\nFFFFFFFFFF\n",
        b"@r1\nACGT\nFFFF\n@r2\nACGT\n",
        b"@r1\nACGT\n+\nFF\x07F\n",
        b"@ comment\nACGT\n+\nFFFF\n",
    ],
)
def test_raw_reads_that_are_not_four_lines_each_are_held_back(plant, data):
    cleaned, _ = clean(data, f"{plant.stem}.fastq", plant)
    assert cleaned.quarantine.code == "UNREADABLE"
