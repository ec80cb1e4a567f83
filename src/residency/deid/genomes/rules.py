"""What may stay in a file of genomics, as data: the rules of recipes/genomes/genomes.yaml, with a version and a digest.

    rules = load_genome_rules()
    rules.fits("platform", "ILLUMINA")      ->  True
    rules.line("fileDate").action           ->  "date"

Every rule names what stays; a line, an attribute, a tag that no rule names is removed. A value stays only if it has the
shape that its rule names. It refuses rules that name a shape which is not there. Not here: the doing (`vcf_header`,
`sam_header`, `tags`).
"""

import re
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import StringConstraints, ValidationError

from residency.deid.recipe import RecipeWrong
from residency.kernel.digest import digest_of
from residency.kernel.documents import YamlBroken, parse_yaml
from residency.kernel.record import Part

FieldAction = Literal["keep", "text", "date", "sample", "thing", "program"]
Hears = Literal["text", "places", "qualities", "nothing"]
Cites = Annotated[str, StringConstraints(min_length=1)]


class LineRule(Part):
    """An unstructured line of a VCF header: the key (a pattern), and what its value must look like to stay."""

    key: str
    action: Literal["keep", "date", "sample"] = "keep"
    shape: str = "any"
    cites: Cites


class FieldRule(Part):
    """An attribute of a structured header line; `text` is kept only if it tells nothing of anybody."""

    field: str
    action: FieldAction = "keep"
    shape: str = "any"
    kind: str = ""
    cites: Cites


class StructureRule(Part):
    """A structured header line and the attributes that stay."""

    line: str
    fields: tuple[FieldRule, ...]

    def field(self, name: str) -> FieldRule | None:
        """The rule of an attribute; None if it goes."""
        return next((rule for rule in self.fields if re.fullmatch(rule.field, name)), None)


class TagRule(Part):
    """Tags of aligned reads, by the type under which they may stay."""

    tags: str
    types: Literal["i", "f", "A", "B", "Z"]
    action: Literal["keep", "read group", "program"] = "keep"
    shape: str = "any"
    hears: Hears = "nothing"
    cites: Cites


class VcfRules(Part):
    """What stays in VCF and BCF. `info` and `format` list keys whose values are measures and are not searched."""

    lines: tuple[LineRule, ...]
    structures: tuple[StructureRule, ...]
    info: str
    info_ids: str
    format: str

    @cached_property
    def measures(self) -> frozenset[str]:
        """Keys of INFO whose values say nothing but of the variant."""
        return frozenset(self.info.split()) - self.mates

    @cached_property
    def mates(self) -> frozenset[str]:
        """Keys of INFO whose values are identifiers of variants."""
        return frozenset(self.info_ids.split())

    @cached_property
    def formats(self) -> frozenset[str]:
        """Keys of FORMAT whose values say nothing but of the genotype."""
        return frozenset(self.format.split())


class SamRules(Part):
    """What stays in SAM, BAM and CRAM."""

    lines: tuple[StructureRule, ...]
    tags: tuple[TagRule, ...]


class GenomeRules(Part):
    """All rules for files of genomics."""

    name: str
    version: int
    shapes: dict[str, str]
    telling: str
    roles: str
    vcf: VcfRules
    sam: SamRules

    def digest(self) -> str:
        """Digest of everything that the rules say."""
        return digest_of(self.model_dump(mode="json"))

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {name: re.compile(shape) for name, shape in self.shapes.items()}

    @cached_property
    def _telling(self) -> re.Pattern[str]:
        return re.compile(self.telling)

    @cached_property
    def role_words(self) -> frozenset[str]:
        """Words that stand for a role and not for a person."""
        return frozenset(self.roles.split())

    def fits(self, shape: str, value: str) -> bool:
        """Whether a whole value has a shape."""
        return self._patterns[shape].fullmatch(value) is not None

    def bytes_of(self, shape: str) -> re.Pattern[bytes]:
        """The same shape for bytes."""
        return re.compile(self.shapes[shape].encode())

    def tells(self, text: str) -> bool:
        """Whether a text holds a path, an address or a day."""
        return self._telling.search(text) is not None

    def line(self, key: str) -> LineRule | None:
        """The rule of an unstructured line of a VCF header; None if it goes."""
        return next((rule for rule in self.vcf.lines if re.fullmatch(rule.key, key)), None)

    def structure(self, line: str, *, of: Literal["vcf", "sam"]) -> StructureRule | None:
        """The rule of a structured line; None if it goes."""
        rules = self.vcf.structures if of == "vcf" else self.sam.lines
        return next((rule for rule in rules if rule.line == line), None)


@lru_cache(maxsize=1)
def load_genome_rules() -> GenomeRules:
    """The rules that come with the product. Raises RecipeWrong if the file was changed into something else."""
    text = files("residency.deid").joinpath("recipes", "genomes", "genomes.yaml").read_text("utf-8")
    return parse_genome_rules(text)


def parse_genome_rules(text: str) -> GenomeRules:
    """Rules from their text. Raises RecipeWrong where they cannot be followed."""
    try:
        rules = GenomeRules.model_validate(parse_yaml(text))
        for shape in rules.shapes.values():
            re.compile(shape)
        re.compile(rules.telling)
    except (YamlBroken, re.error) as error:
        raise RecipeWrong("The rules for genomics are no YAML, or hold a pattern that is none.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise RecipeWrong(f"The rules for genomics are wrong at '{place}': {first['msg']}.") from error
    named = {rule.shape for rule in (*rules.vcf.lines, *rules.sam.tags)}
    named |= {rule.shape for line in (*rules.vcf.structures, *rules.sam.lines) for rule in line.fields}
    missing = sorted(named - rules.shapes.keys())
    if missing:
        raise RecipeWrong(f"The rules for genomics name a shape '{missing[0]}' that is not there.")
    return rules
