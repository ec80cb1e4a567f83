"""VCF: every place where a person is named, and the lines that must stay as they were."""

import io
import random

import pysam
import pytest

from residency.deid.genomes.indexing import IndexNotMade, index_of
from residency.deid.identifiers import Gathering
from residency.deid.pseudonyms import Identity, Pseudonyms, alias
from tests.deid.genomes import vcf_files
from tests.deid.genomes.planted import KEY, Plant, bgzf, body_of, clean, left, unpacked

SEED = random.randrange(10**6)


@pytest.fixture
def plant() -> Plant:
    print("seed", SEED)
    return Plant(SEED)


def quiet(plant: Plant, samples: list[str], **given) -> bytes:
    """A file whose positions are none of the subject's numbers."""
    data = vcf_files.file(plant, samples, **given)
    for number, other in ((plant.mrn, "11"), (plant.born, "12")):
        data = data.replace(f"chr1\t{number}\t".encode(), f"chr1\t{other}\t".encode())
    return data


def header_of(out: bytes) -> list[str]:
    return [line for line in unpacked(out).decode().split("\n") if line.startswith("#")]


@pytest.mark.parametrize("version", ["4.1", "4.2", "4.3", "4.4", "4.5"])
@pytest.mark.parametrize("pack", [bytes, bgzf])
def test_no_planted_name_comes_out_of_a_vcf_and_its_lines_stay(plant, version, pack):
    data = quiet(plant, [plant.blood, plant.tumour, plant.mother], version=version)
    cleaned, out = clean(pack(data), f"{plant.stem}.vcf", plant)
    assert cleaned.quarantine is None
    assert left(out, plant) == []
    assert left(cleaned.new_name.encode(), plant) == []
    assert left(repr(cleaned).encode(), plant) == []
    assert body_of(out) == body_of(data)
    assert cleaned.counts["data line", "read"] == 200


def test_positions_that_are_numbers_of_the_subject_stay_as_they_are(plant):
    data = vcf_files.file(plant, [plant.blood])
    cleaned, out = clean(data, "calls.vcf", plant)
    assert cleaned.quarantine is None
    assert f"chr1\t{plant.mrn}\t".encode() in data
    assert body_of(out) == body_of(data)


def test_samples_of_a_tumour_and_its_normal_are_two_names_of_one_subject(plant):
    cleaned, out = clean(quiet(plant, [plant.blood, plant.tumour]), "pair.vcf", plant)
    said = header_of(out)
    columns = said[-1].split("\t")[9:]
    assert len(set(columns)) == 2
    assert {name.split("-")[0] for name in columns} == {plant.code} == set(cleaned.subjects)
    assert f"##normal_sample={columns[0]}" in said
    assert f"##tumor_sample={columns[1]}" in said
    assert f"##PEDIGREE=<Derived={columns[1]},Original={columns[0]}>" in said
    assert f"##SAMPLE=<ID={columns[0]},Assay=WholeGenome>" in said


def test_relations_of_a_pedigree_are_recoded_and_strangers_go(plant):
    _, out = clean(quiet(plant, [plant.blood, plant.mother, plant.father]), "trio.vcf", plant)
    child, mother, father = header_of(out)[-1].split("\t")[9:]
    said = [line for line in header_of(out) if line.startswith("##PEDIGREE")]
    assert f"##PEDIGREE=<ID={child},Mother={mother},Father={father}>" in said
    assert len(said) == 2


def test_a_sample_has_the_same_name_in_every_file(plant):
    one = header_of(clean(quiet(plant, [plant.blood]), "a.vcf", plant)[1])[-1].split("\t")[9]
    two = header_of(clean(quiet(plant, [plant.mother, plant.blood]), "b.vcf", plant)[1])[-1].split("\t")[10]
    assert one == two


def test_a_sample_that_the_crosswalk_does_not_know_holds_the_file_back(plant):
    cleaned, _ = clean(quiet(plant, [plant.blood, "Nobody7"]), "calls.vcf", plant)
    assert cleaned.quarantine.code == "NO-SUBJECT"
    assert "Nobody7" not in cleaned.quarantine.sentence


def test_two_columns_that_would_get_one_name_hold_the_file_back(plant):
    who = {"s1x": plant.aliases[plant.blood], "S1X": plant.aliases[plant.blood]}.get
    cleaned, _ = clean(quiet(plant, ["s1x", "S1X"]), "calls.vcf", plant, who=who)
    assert cleaned.quarantine.code == "DUPLICATE"


def test_command_lines_paths_and_web_addresses_of_a_header_go(plant):
    _, out = clean(quiet(plant, [plant.blood]), "calls.vcf", plant)
    text = "\n".join(header_of(out))
    for word in ("Command", "Cmd", "://", "/data/", "/home/", "pedigreeDB", "contact", "individual", "DOI", "URL", "@"):
        assert word not in text
    for line in (
        "##source=HaplotypeCaller",
        "##bcftools_viewVersion=1.17+htslib-1.17",
        "##DeepVariant_version=1.5.0",
        "##phasing=partial",
        "##GVCFBlock0-1=minGQ=0(inclusive),maxGQ=1(exclusive)",
        '##contig=<ID=chr1,length=248956422,assembly=GRCh38,species="Homo sapiens">',
        "##contig=<ID=chr2,length=242193529,md5=f98db672eb0993dcfdabafe2a882905c>",
    ):
        assert line in header_of(out)


def test_descriptions_stay_unless_they_tell_something(plant):
    said = header_of(clean(quiet(plant, [plant.blood]), "calls.vcf", plant)[1])
    assert '##INFO=<ID=DP,Number=1,Type=Integer,Description="Approximate read depth">' in said
    assert '##FILTER=<ID=q10,Description="removed">' in said
    assert '##INFO=<ID=GENE,Number=1,Type=String,Description="removed">' in said
    assert any("Format: Allele|Consequence|IMPACT|SYMBOL" in line for line in said)


def test_the_date_of_a_file_moves_with_its_subject_and_is_a_year_under_safe_harbor(plant):
    lines = header_of(clean(quiet(plant, [plant.blood]), "calls.vcf", plant)[1])
    moved = plant.aliases[plant.blood].dates.text(plant.day.replace("-", ""))
    assert f"##fileDate={moved}" in lines

    class Years(Pseudonyms):
        def shift_days(self, issuer, patient_id):
            return None

    years = alias(Years(KEY), Identity("SITE-A", plant.mrn))
    lines = header_of(clean(quiet(plant, [plant.blood]), "calls.vcf", plant, who=lambda _: years)[1])
    assert "##fileDate=2019" in lines


@pytest.mark.parametrize(
    ("planted", "stays"),
    [
        ("DP=3;CALLED_BY={surname}", "DP=3;CALLED_BY=."),
        ("CALLED_BY=Dr%20{given}%20{surname};DP=3", "CALLED_BY=.;DP=3"),
        ("CALLED_BY={stem}_blood;DP=3", "CALLED_BY=.;DP=3"),
        ("CALLED_BY=/data/x/y;DP=3", "CALLED_BY=.;DP=3"),
        ("CALLED_BY=2019-03-04;DP=3", "CALLED_BY=.;DP=3"),
        ("CALLED_BY=a@b.org;DP=3", "CALLED_BY=.;DP=3"),
        ("CASE={mrn};DP=3", "CASE=.;DP=3"),
        ("CASE=7;DP=3", "CASE=7;DP=3"),
        ("DP=3;{surname};DB", "DP=3;DB"),
        ("{surname}=1", "."),
        ("CSQ=A|missense|{surname}|x;DP=3", "CSQ=.;DP=3"),
        ("MATEID={surname}:1;SVTYPE=BND", "MATEID=.;SVTYPE=BND"),
        ("MATEID=MantaBND:1:0:1:0:0:0:1;SVTYPE=BND", "MATEID=MantaBND:1:0:1:0:0:0:1;SVTYPE=BND"),
        ("CALLED_BY=GATK;GENE=BRCA2", "CALLED_BY=GATK;GENE=BRCA2"),
    ],
)
def test_values_of_info_that_name_somebody_become_missing_and_no_other(plant, planted, stays):
    line = f"chr1\t77\t.\tA\tC\t9\tPASS\t{planted.format(**vars(plant))}\tGT\t0/1"
    data = quiet(plant, [plant.blood], lines=20, more=[line])
    cleaned, out = clean(data, "calls.vcf", plant)
    assert cleaned.quarantine is None
    assert body_of(out)[10].decode() == f"chr1\t77\t.\tA\tC\t9\tPASS\t{stays}\tGT\t0/1"
    assert body_of(out)[:10] + body_of(out)[11:] == body_of(data)[:10] + body_of(data)[11:]


@pytest.mark.parametrize(
    ("planted", "stays"),
    [
        ("rs123", "rs123"),
        ("rs123;{surname}7", "rs123"),
        ("{stem}_1", "."),
        ("{mrn}", "."),
        ("1:19580131:A:T", "1:19580131:A:T"),
        ("MantaDEL:0:1:2:0:0:0", "MantaDEL:0:1:2:0:0:0"),
        ("my own variant", "."),
    ],
)
def test_ids_of_variants_stay_if_a_registry_or_a_caller_gives_them(plant, planted, stays):
    line = f"chr1\t77\t{planted.format(**vars(plant))}\tA\tC\t9\tPASS\tDP=1\tGT\t0/1"
    _, out = clean(quiet(plant, [plant.blood], lines=4, more=[line]), "calls.vcf", plant)
    assert body_of(out)[2].split(b"\t")[2].decode() == stays


def test_texts_among_the_genotypes_are_read(plant):
    line = f"chr1\t77\t.\tA\tC\t9\tPASS\tDP=1\tGT:NOTE:DP\t0/1:seen by {plant.given}:3\t0/0:clear:4"
    _, out = clean(quiet(plant, [plant.blood, plant.tumour], lines=4, more=[line]), "calls.vcf", plant)
    assert body_of(out)[2].endswith(b"GT:NOTE:DP\t0/1:.:3\t0/0:clear:4")


@pytest.mark.parametrize(
    "line",
    [
        "{surname}\t77\t.\tA\tC\t9\tPASS\tDP=1\tGT\t0/1",
        "chr1\t77\t.\tA\t<{surname}>\t9\tPASS\tDP=1\tGT\t0/1",
        "chr1\t77\t.\tA\tC\t9\t{surname}\tDP=1\tGT\t0/1",
        "chr1\t77\t.\tA\tC\t9\tPASS\tDP=1\t{surname}\t0/1",
        "chr1\t77\t.\tA\tC\t9\tPASS\tDP=1\tGT\t{surname}",
    ],
)
def test_a_name_where_nothing_can_be_taken_out_holds_the_file_back(plant, line):
    data = quiet(plant, [plant.blood], lines=4, more=[line.format(**vars(plant))])
    cleaned, _ = clean(data, "calls.vcf", plant)
    assert cleaned.quarantine.code == "RESIDUAL"
    assert left(cleaned.quarantine.sentence.encode(), plant) == []


def test_an_id_of_the_header_that_names_the_subject_holds_the_file_back(plant):
    found = Gathering()
    found.name("Quilz^Vok")
    for known, surname in ((plant.known, plant.surname), (found.identifiers(), "QUILZ")):
        data = quiet(plant, [plant.blood]).replace(b"ID=CALLED_BY", f"ID={surname}_CALL".encode())
        assert clean(data, "calls.vcf", plant, known=known)[0].quarantine.code == "RESIDUAL"


@pytest.mark.parametrize("surname", ["An", "Li", "May", "Long", "Nagata", "Gatta", "Will"])
def test_nobody_is_lost_for_a_name_that_is_also_a_key_a_word_or_a_run_of_bases(surname):
    plant = Plant(SEED)
    found = Gathering()
    found.name(f"{surname}^Dp")
    line = "chr1\t77\t.\tANAGATAGATTA\tC\t9\tPASS\tAN=2;DP=7\tGT\t0/1"
    data = vcf_files.file(plant, ["S77123"], lines=30, more=[line])
    who = {"S77123": plant.aliases[plant.stem]}.get
    cleaned, out = clean(data, "calls.vcf", plant, who=who, known=found.identifiers())
    assert cleaned.quarantine is None
    assert body_of(out) == body_of(data)


def test_a_gvcf_keeps_its_blocks_and_its_ending(plant):
    blocks = [f"chr1\t{at}00\t.\tA\t<NON_REF>\t.\t.\tEND={at}50\tGT:DP:GQ:PL\t0/0:20:60:0,60,800" for at in range(1, 9)]
    data = quiet(plant, [plant.blood], lines=6, more=blocks)
    cleaned, out = clean(bgzf(data), f"{plant.stem}.g.vcf.gz", plant)
    assert cleaned.new_name.startswith(plant.code)
    assert cleaned.new_name.endswith(".g.vcf.gz")
    assert body_of(out) == body_of(data)


def test_a_file_without_samples_is_of_whom_its_name_or_the_caller_says(plant):
    data = quiet(plant, [], lines=5)
    data = data.replace(b"\tGT:AD:DP:GQ:PL", b"")
    assert clean(data, f"{plant.stem}.vcf", plant)[0].subjects == {plant.code}
    mother = plant.aliases[plant.mother]
    assert clean(data, "x.vcf", plant, subject=mother)[0].subjects == {mother.code}
    assert clean(data, "x.vcf", plant)[0].quarantine.code == "NO-SUBJECT"


def test_the_cleaned_file_opens_and_gets_an_index_of_its_own(plant, tmp_path):
    line = "chr2\t99999\trs5\tA\tC\t9\tPASS\tDP=1\tGT\t0/1"
    data = vcf_files.header(plant, [plant.blood]) + "chr1\t5\t.\tA\tG\t.\tq10\tDP=2\tGT\t0/0\n" + line + "\n"
    cleaned, out = clean(bgzf(data.encode()), "calls.vcf.gz", plant)
    tail, index = index_of(io.BytesIO(out), "vcf")
    path = tmp_path / cleaned.new_name
    path.write_bytes(out)
    path.with_name(path.name + tail).write_bytes(index)
    with pysam.VariantFile(str(path)) as file:
        (record,) = file.fetch("chr2", 90000, 100000)
        assert record.id == "rs5"
        assert list(record.samples) == [header_of(out)[-1].split("\t")[9]]


def test_a_file_too_large_for_memory_or_out_of_order_gets_no_index(plant):
    header = vcf_files.header(plant, [])
    body = "chr1\t9\t.\tA\tG\t.\t.\tDP=2\nchr1\t5\t.\tA\tG\t.\t.\tDP=2\n"
    _, out = clean(bgzf((header + body).encode()), f"{plant.stem}.vcf.gz", plant)
    with pytest.raises(IndexNotMade):
        index_of(io.BytesIO(out), "vcf")
    with pytest.raises(IndexNotMade, match="memory"):
        index_of(io.BytesIO(out), "vcf", most=10)
