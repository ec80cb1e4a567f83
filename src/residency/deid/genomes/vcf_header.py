"""The header of a VCF or BCF file, rewritten line by line: what no rule names goes (VCFv4.5 1.4).

    header = rewritten(lines, rules, cast, search)
    header.data             the new header, with the line of columns
    header.types["INFO"]    {"DP": "Integer", …}

Lines that the data refer to (INFO, FORMAT, FILTER, contig) stay, in their order, so that the dictionary of a BCF
holds; what they say in words stays only if it tells nothing. Samples, and relations between them (PEDIGREE), get the
new names; a line that speaks of a sample nobody knows goes. It refuses versions other than 4.1 to 4.5 and an id that
names the subject, since the data refer to it. Not here: the data (`vcf`, `bcf`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from residency.deid.genomes.naming import Cast
from residency.deid.genomes.refusals import GenomeHeld, GenomeUnreadable
from residency.deid.genomes.rules import FieldRule, GenomeRules, StructureRule
from residency.deid.genomes.search import Search

COLUMNS = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
_REFERRED = ("INFO", "FORMAT", "FILTER", "contig")
_STRUCTURED = re.compile(r"##([A-Za-z0-9_]+)=<(.*)>\s*", re.DOTALL)
_PLAIN = re.compile(r"##([^=]+)=(.*)", re.DOTALL)
_ATTRIBUTE = re.compile(r'([^=,<>"\[\]]+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,"]*)(?:,|$)', re.DOTALL)
_FIRST = re.compile(r"(ID)=([^,\"]+)(?:,(Number)=([^,\"]+))?(?:,(Type)=([^,\"]+))?")
_REMOVED = '"removed"'


@dataclass(frozen=True, slots=True)
class VcfHeader:
    """The new header. `types` maps INFO, FORMAT, FILTER and contig to their ids with types; `samples` are the new."""

    data: bytes = field(repr=False)
    types: dict[str, dict[str, str]] = field(repr=False)
    samples: tuple[str, ...]
    counts: Counter


def names_in(lines: Sequence[str], rules: GenomeRules, cast: Cast) -> list[str]:
    """Give every sample of the header its name, so that the file is searched for the old ones; the new columns."""
    columns = lines[-1].split("\t") if lines else []
    if [column.upper() for column in columns[:8]] != COLUMNS:
        raise GenomeUnreadable("The file has no line of columns as VCF asks for.")
    if columns[8:9] not in ([], ["FORMAT"]):
        raise GenomeUnreadable("The ninth column is not FORMAT.")
    if len(set(columns[9:])) < len(columns[9:]):
        raise GenomeHeld("DUPLICATE", "Two columns name one sample.")
    samples = [cast.sample(name) for name in columns[9:]]
    for line in lines[:-1]:
        for value in _spoken_of(line, rules):
            cast.mentioned(value)
    return samples


def rewritten(
    lines: Sequence[str], samples: Sequence[str], rules: GenomeRules, cast: Cast, search: Search
) -> VcfHeader:
    """The new header of these lines; `samples` are the new names of the columns, from `names_in`."""
    if not lines or not lines[0].startswith("##fileformat=") or not rules.fits("vcf", lines[0][13:].strip()):
        raise GenomeHeld("OBJECT-NOT-SUPPORTED", "The file is not VCF of a version from 4.1 to 4.5.")
    work = _Work(rules, cast, search, Counter(), {name: {} for name in _REFERRED})
    kept = [new for line in lines[:-1] if (new := work.line(line)) is not None]
    columns = "\t".join([*COLUMNS, *(["FORMAT", *samples] if samples else [])])
    if not samples and lines[-1].endswith("\tFORMAT"):
        columns += "\tFORMAT"
    work.counts["sample column", "recoded"] += len(samples)
    data = "\n".join([*kept, columns, ""]).encode("utf-8")
    return VcfHeader(data, work.types, tuple(samples), work.counts)


def _spoken_of(line: str, rules: GenomeRules) -> list[str]:
    """The samples that a line names."""
    structured = _STRUCTURED.fullmatch(line)
    if structured:
        rule = rules.structure(structured[1], of="vcf")
        said = _attributes(structured[2]) or [] if rule else []
        return [_bare(raw) for key, raw in said if rule and (f := rule.field(key)) and f.action == "sample"]
    plain = _PLAIN.fullmatch(line)
    rule = rules.line(plain[1]) if plain else None
    return [plain[2].strip()] if plain and rule and rule.action == "sample" else []


@dataclass(slots=True)
class _Work:
    rules: GenomeRules
    cast: Cast
    search: Search
    counts: Counter
    types: dict[str, dict[str, str]]

    def line(self, line: str) -> str | None:
        """The line as it stays; None if it goes."""
        structured = _STRUCTURED.fullmatch(line)
        plain = _PLAIN.fullmatch(line)
        if structured:
            rule = self.rules.structure(structured[1], of="vcf")
            new = self._structured(rule, structured[2]) if rule else None
            return self._counted(rule.line if rule else "other header line", line, new)
        rule = self.rules.line(plain[1]) if plain else None
        if plain is None or rule is None:
            return self._counted("other header line", line, None)
        value = self._plain(plain[2].strip(), rule.action, rule.shape)
        what = rule.key if rule.key.isalnum() else rule.shape
        return self._counted(what, line, None if value is None else f"##{plain[1]}={value}")

    def _counted(self, what: str, line: str, new: str | None) -> str | None:
        self.counts[what, "removed" if new is None else "kept" if new == line else "rewritten"] += 1
        return new

    def _plain(self, value: str, action: str, shape: str) -> str | None:
        if action == "sample":
            return self.cast.mentioned(value)
        if action == "date":
            return self.cast.date(value)
        return value if self.rules.fits(shape, value) and not self.search.code(value) else None

    def _structured(self, rule: StructureRule, inner: str) -> str | None:
        said, broken = _attributes(inner), rule.line in _REFERRED
        if said is None:
            first = _FIRST.match(inner)
            if first is None:
                return self._refused(broken)
            groups = first.groups()
            said = [(key, raw) for key, raw in zip(groups[::2], groups[1::2], strict=True) if key]
            said += [("Description", _REMOVED)] if rule.field("Description") else []
        kept: list[tuple[str, str]] = []
        for key, raw in said:
            field_rule = rule.field(key)
            new = self._attribute(field_rule, raw) if field_rule else None
            if new is not None:
                kept.append((key, new))
            elif field_rule and (field_rule.action == "sample" or key == "ID"):
                return self._refused(broken)
        if not kept or (broken and kept[0][0] != "ID"):
            return self._refused(broken)
        if broken:
            self._refer(rule.line, dict(kept))
        return f"##{rule.line}=<{','.join(f'{key}={raw}' for key, raw in kept)}>"

    def _attribute(self, rule: FieldRule, raw: str) -> str | None:
        value = _bare(raw)
        if rule.action == "sample":
            new = self.cast.mentioned(value)
            return new if new is None or raw == value else f'"{new}"'
        if rule.action == "text":
            if self.search.text(value) or self.rules.tells(value):
                self.counts["description", "removed"] += 1
                return _REMOVED
            return raw
        return raw if self.rules.fits(rule.shape, value) else None

    def _refused(self, referred: bool) -> None:
        if referred:
            raise GenomeUnreadable("A header line that the data refer to is not what VCF allows.")

    def _refer(self, line: str, said: dict[str, str]) -> None:
        """Take note of an id that the data use; it cannot be renamed, so that it must not name anybody."""
        name = _bare(said["ID"])
        usual = self.rules.vcf.measures | self.rules.vcf.formats | self.rules.vcf.mates
        spoken = name not in usual and not self.rules.fits("usual_contig", name)
        if spoken and self.search.code(name):
            raise GenomeHeld("RESIDUAL", f"An id of {line} names the subject, and the data refer to it.")
        self.types[line][name] = _bare(said.get("Type", ""))


def _attributes(inner: str) -> list[tuple[str, str]] | None:
    """The attributes of a structured line as they are written; None if they cannot be told apart."""
    found, at = [], 0
    while at < len(inner):
        match = _ATTRIBUTE.match(inner, at)
        if match is None:
            return None
        found.append((match[1].strip(), match[2].strip()))
        at = match.end()
    return found if len(dict(found)) == len(found) else None


def _bare(raw: str) -> str:
    if raw[:1] == '"' and raw[-1:] == '"' and len(raw) > 1:
        return re.sub(r"\\(.)", r"\1", raw[1:-1])
    return raw
