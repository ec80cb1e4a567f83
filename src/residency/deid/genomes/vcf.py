"""The data lines of a VCF file: searched, and but for what names somebody, byte for byte as they were.

    clean_vcf(text, task)

Three things change a line. An id of a variant that no registry and no caller gives (`variant_id` of the rules) becomes
".". The value of an INFO key that the rules do not list is searched, and becomes "." if it names the subject, a path,
an address or a day; so do values of FORMAT keys that are texts. A flag that names the subject goes. Elsewhere
(alleles, filters, contigs, genotypes) a name holds the file back. Numbers of listed keys, positions and genotypes are
measures: they are not compared with numbers of the subject. A block without such a line is written as it came.

It refuses lines that have not as many columns as the header says. Not here: the header (`vcf_header`), BCF (`bcf`).
"""

import re
from collections import Counter
from urllib.parse import unquote

from residency.deid.genomes.lines import Lines, decoded
from residency.deid.genomes.refusals import GenomeHeld, GenomeUnreadable
from residency.deid.genomes.rules import GenomeRules
from residency.deid.genomes.search import Search
from residency.deid.genomes.task import Task
from residency.deid.genomes.vcf_header import COLUMNS, VcfHeader, names_in, rewritten

_LINE = re.compile(
    rb"^([^\t\n]*)\t\d+\t([^\t\n]*)\t[^\t\n]*\t[^\t\n]*\t[^\t\n]*\t([^\t\n]*)\t([^\t\r\n]*)(?:\t([^\t\r\n]*))?",
    re.MULTILINE,
)
_KEY = re.compile(rb"(?:^|;)([^=;]*)")
_NUMBERS = re.compile(r"[-+0-9.eE,|/naifNAIF]*")
_LONG_NUMBER = re.compile(r"\d{6}")
_WIDEST_CACHE = 65536
_MISSING = b"."


def clean_vcf(text: Lines, task: Task) -> None:
    """A whole file. Raises GenomeHeld."""
    lines = decoded(text.header(b"#"))
    samples = names_in(lines, task.rules, task.cast)
    task.cast.settle(task.name)
    search = task.search()
    header = rewritten(lines, samples, task.rules, task.cast, search)
    task.counts.update(header.counts)
    body = VcfBody(header, task.rules, search)
    task.look(header.data, search)
    task.write(header.data)
    for block in text.blocks():
        task.write(body.cleaned(block))
    task.counts.update(body.counts)


class Values:
    """Whether values say anything of somebody; shared by VCF and BCF. Answers are kept: values repeat."""

    def __init__(self, header: VcfHeader, rules: GenomeRules, search: Search) -> None:
        self._types, self._rules, self._search = header.types, rules, search
        self._ids = rules.bytes_of("variant_id")
        self._answers: dict[tuple[str, bytes], bool] = {}

    def type_of(self, line: str, key: str) -> str:
        """The declared type of a key; empty if the header does not declare it."""
        return self._types[line].get(key, "")

    def tell(self, kind: str, value: bytes) -> bool:
        """Whether a value of a declared type names the subject, a path, an address or a day."""
        if (kind, value) not in self._answers:
            if len(self._answers) > _WIDEST_CACHE:
                self._answers.clear()
            self._answers[kind, value] = self._tell(kind, value)
        return self._answers[kind, value]

    def good_id(self, value: bytes) -> bool:
        """Whether an id, or a list of them, is one of a registry or a caller, and no number of the subject."""
        return all(
            self._ids.fullmatch(one) is not None and not (one.isdigit() and self._search.code(one.decode()))
            for one in re.split(rb"[;,]", value)
        )

    def unexpected(self, line: str, word: bytes) -> None:
        """Hold the file back if a word that the header does not declare names the subject."""
        text = _text(word)
        if text not in self._types[line] and text not in (".", "PASS") and self._search.code(text):
            raise GenomeHeld("RESIDUAL", f"A {line} in the data names the subject.")

    def named(self, word: bytes) -> bool:
        """Whether a key or a flag names the subject."""
        return bool(self._search.code(_text(word)))

    def left(self, data: bytes) -> bool:
        """Whether a name stands anywhere in these bytes; numbers alone are measures."""
        return bool(self._search.bytes(data, numbers=False))

    def _tell(self, kind: str, value: bytes) -> bool:
        text = _text(value)
        if kind in ("Integer", "Float") and _NUMBERS.fullmatch(text):
            return _LONG_NUMBER.search(text) is not None and bool(self._search.code(text))
        return bool(self._search.text(text)) or self._rules.tells(text) or bool(self._search.bytes(value))


class VcfBody:
    """The pass over the data lines of one file."""

    def __init__(self, header: VcfHeader, rules: GenomeRules, search: Search) -> None:
        self._values = Values(header, rules, search)
        self._tabs = header.data.rsplit(b"\n", 2)[-2].count(b"\t")
        self._measures = frozenset(key.encode() for key in rules.vcf.measures)
        self._mates = frozenset(key.encode() for key in rules.vcf.mates)
        self._formats = frozenset(key.encode() for key in rules.vcf.formats)
        self._seen: dict[str, set[bytes]] = {"contig": set(), "FILTER": set()}
        self._wanted: dict[frozenset[bytes], re.Pattern[bytes]] = {}
        self.counts: Counter = Counter()

    def cleaned(self, block: bytes) -> bytes:
        """A block of whole lines. Raises GenomeHeld if a name cannot be taken out."""
        rows = _LINE.findall(block)
        lines = block.split(b"\n")
        if not lines[-1]:
            lines.pop()
        if len(rows) != len(lines) or any(line.count(b"\t") != self._tabs for line in lines):
            raise GenomeUnreadable("A line has not the columns that the header says.")
        self.counts["data line", "read"] += len(lines)
        contigs, ids, filters, infos, formats = zip(*rows, strict=True) if rows else ((),) * 5
        self._expect("contig", set(contigs))
        self._expect("FILTER", {one for said in set(filters) for one in said.split(b";")})
        texts = self._texts(set(formats))
        if self._speaks(block, set(ids), infos) or texts:
            block = b"\n".join([self._line(line) for line in lines]) + (b"\n" if block.endswith(b"\n") else b"")
            if self._values.left(block):
                raise GenomeHeld("RESIDUAL", "The data name the subject where nothing can be taken out.")
        return block

    def _expect(self, line: str, words: set[bytes]) -> None:
        for word in words - self._seen[line]:
            self._values.unexpected(line, word)
            self._seen[line].add(word)

    def _texts(self, formats: set[bytes]) -> bool:
        """Whether a FORMAT of the block holds a key whose values are texts that must be read."""
        return any(self._is_text(key) for said in formats for key in said.split(b":"))

    def _is_text(self, key: bytes) -> bool:
        if not key or key in self._formats:
            return False
        self._values.unexpected("FORMAT", key)
        return self._values.type_of("FORMAT", key.decode("utf-8", "replace")) not in ("Integer", "Float")

    def _speaks(self, block: bytes, ids: set[bytes], infos: tuple[bytes, ...]) -> bool:
        """Whether any line of the block must be changed."""
        joined = b";".join(infos)
        unlisted = frozenset(_KEY.findall(joined)) - self._measures - {b"", _MISSING}
        if unlisted:
            pattern = self._wanted.get(unlisted)
            if pattern is None:
                if len(self._wanted) > 256:
                    self._wanted.clear()
                either = b"|".join([re.escape(key) for key in sorted(unlisted)])
                pattern = self._wanted[unlisted] = re.compile(rb"(?:^|;)(" + either + rb")=([^;]*)")
            if any(self._values.named(key) for key in unlisted):
                return True
            if any(self._bad(key, value) for key, value in set(pattern.findall(joined))):
                return True
        return not all(map(self._values.good_id, ids)) or self._values.left(block)

    def _bad(self, key: bytes, value: bytes) -> bool:
        if key in self._mates:
            return not self._values.good_id(value)
        return self._values.tell(self._values.type_of("INFO", key.decode("utf-8", "replace")), value)

    def _line(self, line: bytes) -> bytes:
        fields = line.split(b"\t")
        if not self._values.good_id(fields[2]):
            kept = [one for one in fields[2].split(b";") if self._values.good_id(one)]
            fields[2] = b";".join(kept) or _MISSING
            self.counts["variant id", "removed"] += 1
        end = b"\r" if fields[7].endswith(b"\r") else b""
        fields[7] = self._info(fields[7].removesuffix(b"\r")) + end
        if len(fields) > len(COLUMNS):
            self._genotypes(fields)
        return b"\t".join(fields)

    def _info(self, info: bytes) -> bytes:
        kept = []
        for token in info.split(b";"):
            key, is_pair, value = token.partition(b"=")
            listed = key in self._measures or key == _MISSING
            if not listed and self._values.named(key):
                self.counts["INFO", "removed"] += 1
            elif is_pair and ((not listed and self._bad(key, value)) or self._values.left(value)):
                self.counts["INFO value", "removed"] += 1
                kept.append(key + b"=.")
            else:
                kept.append(token)
        return b";".join(kept) or _MISSING

    def _genotypes(self, fields: list[bytes]) -> None:
        keys = fields[8].rstrip(b"\r").split(b":")
        texts = [at for at, key in enumerate(keys) if self._is_text(key)]
        for column in range(9, len(fields)) if texts else ():
            values = fields[column].split(b":")
            for at in texts:
                if at < len(values) and self._values.tell("String", values[at].rstrip(b"\r")):
                    values[at] = _MISSING + (b"\r" if values[at].endswith(b"\r") else b"")
                    self.counts["genotype text", "removed"] += 1
            fields[column] = b":".join(values)


def _text(value: bytes) -> str:
    """As a person reads it: VCF from 4.3 on writes some signs as %3A (VCFv4.5 1.2)."""
    text = value.decode("utf-8", "replace")
    return unquote(text) if "%" in text else text
