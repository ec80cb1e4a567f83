"""The header of aligned reads (SAM, BAM, CRAM), rewritten: what no rule names goes (SAMv1 1.3).

    header = rewritten(lines, task)
    header.data         b"@HD…"
    header.groups       {b"A00123.1": b"K3F9TM2Q"}          old and new ids of read groups

Sequences stay (SN, LN, M5) without their paths; read groups, libraries and platform units get codes; of programs stay
name, version and the chain (PP), never the command line. Comments go. A file sorted by the names of its reads is not
sorted any more once they are new: it is then grouped by them (SO:unsorted GO:query). It refuses a sequence whose name
names the subject, since the records refer to it. Not here: the records (`sam`, `bam`), their tags (`tags`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from residency.deid.genomes.refusals import GenomeHeld, GenomeUnreadable
from residency.deid.genomes.rules import FieldRule, GenomeRules, StructureRule
from residency.deid.genomes.search import Search
from residency.deid.genomes.task import Task

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9]):([^\t]*)")
Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SamHeader:
    """The new header, and what the records refer to: old and new ids, names of sequences."""

    data: bytes = field(repr=False)
    groups: dict[bytes, bytes] = field(repr=False)
    programs: dict[bytes, bytes] = field(repr=False)
    sequences: frozenset[bytes] = field(repr=False)


def rewritten(lines: Sequence[str], task: Task) -> tuple[SamHeader, Search]:
    """The new header, and the search for all that the old one named."""
    parsed = [(line[1:3], _fields(line)) for line in lines]
    groups = [dict(fields) for kind, fields in parsed if kind == "RG"]
    for group in groups:
        if "SM" in group:
            task.cast.sample(group["SM"])
    task.cast.settle(task.name)
    new_groups = _groups(groups, task)
    for group in groups:
        task.cast.originals.update(group[tag] for tag in ("ID", "LB", "PU", "DS") if tag in group)
    search = task.search()
    programs = _programs([dict(fields) for kind, fields in parsed if kind == "PG"], task.rules, search)
    work = _Work(task, search, new_groups, programs)
    kept = [new for (kind, fields), line in zip(parsed, lines, strict=True) if (new := work.line(kind, fields, line))]
    data = "".join(f"{line}\n" for line in kept).encode("utf-8")
    sequences = frozenset(name.encode() for name in work.sequences)
    return SamHeader(data, _encoded(new_groups), _encoded(programs), sequences), search


def _encoded(names: dict[str, str]) -> dict[bytes, bytes]:
    return {old.encode(): new.encode() for old, new in names.items()}


def check_sequence(name: str, rules: GenomeRules, search: Search) -> None:
    """Hold the file back if the name of a sequence names the subject."""
    if not rules.fits("contig", name):
        raise GenomeUnreadable("A sequence has a name that SAM does not allow.")
    if not rules.fits("usual_contig", name) and search.code(name):
        raise GenomeHeld("RESIDUAL", "The name of a sequence names the subject, and the records refer to it.")


def _fields(line: str) -> Fields:
    """The fields of a header line; a comment has none, and neither has a line that is broken."""
    if line[:1] != "@" or len(line) < 3:
        raise GenomeUnreadable("A line of the header is not what SAM allows.")
    said = [_FIELD.fullmatch(word) for word in line.split("\t")[1:]] if line[1:3] != "CO" else []
    fields = [(match[1], match[2]) for match in said if match]
    if len(dict(fields)) < len(fields):
        raise GenomeUnreadable("A line of the header gives one of its fields twice.")
    return fields


def _groups(groups: Sequence[dict[str, str]], task: Task) -> dict[str, str]:
    new = {}
    for group in groups:
        if "ID" not in group or group["ID"] in new:
            raise GenomeUnreadable("A read group has no id, or two have the same.")
        new[group["ID"]] = task.cast.thing("read group", group["ID"], within=group.get("SM", ""))
    if len(set(new.values())) < len(new):
        raise GenomeHeld("DUPLICATE", "Two read groups of the file would get one id.")
    return new


def _programs(programs: Sequence[dict[str, str]], rules: GenomeRules, search: Search) -> dict[str, str]:
    """Ids of programs stay if they look like those of programs and name nobody; others are numbered."""
    ids = list(dict.fromkeys(program.get("ID", "") for program in programs))
    return {
        old: old if rules.fits("program", old) and not search.code(old) else f"program.{number}"
        for number, old in enumerate(ids)
    }


@dataclass(slots=True)
class _Work:
    task: Task
    search: Search
    groups: dict[str, str]
    programs: dict[str, str]
    sequences: list[str] = field(default_factory=list)

    def line(self, kind: str, fields: Fields, line: str) -> str | None:
        """The line as it stays; None if it goes."""
        rule = self.task.rules.structure(kind, of="sam")
        if rule is None:
            self.task.counts["comment" if kind == "CO" else "other header line", "removed"] += 1
            return None
        kept = self._kept(rule, fields)
        said = dict(kept)
        if kind == "HD":
            kept = _no_longer_sorted(kept)
        if kind == "SQ":
            if "SN" not in said or "LN" not in said:
                raise GenomeUnreadable("A sequence of the header has no name or no length.")
            check_sequence(said["SN"], self.task.rules, self.search)
            self.sequences.append(said["SN"])
        new = "\t".join([f"@{kind}", *(f"{tag}:{value}" for tag, value in kept)])
        self.task.counts[f"@{kind}", "kept" if new == line else "rewritten"] += 1
        return new if kept else None

    def _kept(self, rule: StructureRule, fields: Fields) -> Fields:
        sample = dict(fields).get("SM", "")
        kept = []
        for tag, value in fields:
            field_rule = rule.field(tag)
            new = self._value(field_rule, value, sample) if field_rule else None
            if new is None:
                self.task.counts[f"@{rule.line} {tag}" if field_rule else f"@{rule.line}", "removed"] += 1
            else:
                kept.append((tag, new))
        return kept

    def _value(self, rule: FieldRule, value: str, sample: str) -> str | None:
        cast = self.task.cast
        if rule.action == "sample":
            return cast.sample(value)
        if rule.action == "thing":
            return self.groups[value] if rule.kind == "read group" else cast.thing(rule.kind, value, within=sample)
        if rule.action == "date":
            return cast.date(value)
        if rule.action == "program":
            return self.programs.get(value)
        if not self.task.rules.fits(rule.shape, value):
            return None
        return None if rule.shape in ("program", "version") and self.search.code(value) else value


def _no_longer_sorted(fields: Fields) -> Fields:
    said = dict(fields)
    if said.get("SO") != "queryname":
        return fields
    said |= {"SO": "unsorted", "GO": "query"}
    return list(said.items())
