"""The rules as data: what they refuse, and what class their result has."""

from importlib.resources import files

import pytest

from residency.deid.genomes.rules import load_genome_rules, parse_genome_rules
from residency.deid.genomes.standing import STANDING, class_of_genomes
from residency.deid.recipe import RecipeWrong
from tests.deid.genomes import vcf_files
from tests.deid.genomes.planted import Plant, clean

TEXT = files("residency.deid").joinpath("recipes", "genomes", "genomes.yaml").read_text("utf-8")


def test_every_rule_cites_its_source_and_names_a_shape_that_is_there():
    rules = load_genome_rules()
    said = [*rules.vcf.lines, *rules.sam.tags]
    said += [field for line in (*rules.vcf.structures, *rules.sam.lines) for field in line.fields]
    assert all(rule.cites for rule in said)
    assert {rule.shape for rule in said} <= rules.shapes.keys()
    assert rules.digest() == parse_genome_rules(TEXT).digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("shape: vcf,", "shape: nothing_of_the_kind,"),
        ("name: genomes", "name: genomes\nunknown: 1"),
        ("action: date", "action: forget"),
        ("'VCFv4\\.[1-5]'", "'VCFv4\\.[1-5'"),
        ("name: genomes", "name: [genomes"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(old, new):
    assert old in TEXT
    with pytest.raises(RecipeWrong):
        parse_genome_rules(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    "value", ["/data/x/hg38.fa", "C:\\refs", "mailto a@b.org", "ftp://x", "on 2024-03-01", "20240301"]
)
def test_paths_addresses_and_days_in_a_text_tell_something(value):
    assert load_genome_rules().tells(value)


@pytest.mark.parametrize(
    "value", ["Allele | Annotation / HGVS.c", "ref/alt counts", "chr1:123-456", "p.Val600Glu", "1.5e-8"]
)
def test_what_tools_write_in_descriptions_tells_nothing(value):
    assert not load_genome_rules().tells(value)


def test_cleaned_genomes_are_a_limited_data_set_unless_an_expert_determines_otherwise():
    assert class_of_genomes(determined=False) == "limited"
    assert class_of_genomes(determined=True) == "deidentified"
    plant = Plant(5)
    cleaned, _ = clean(vcf_files.file(plant, [plant.blood], 3), "x.vcf", plant)
    assert cleaned.standing == STANDING
    assert "limited data set" in STANDING
