"""One file of genomics, of whatever format, without its names: the door to this package.

    cleaned = scrub_genome(source, target, "SMITH_J.vcf.gz", load_genome_rules(), who, known)
    cleaned.new_name        "A7Q2….vcf.gz"
    cleaned.quarantine      None, or why the file is held back: then what stands in `target` must be thrown away

The format is told by the bytes, not by the name: VCF 4.1 to 4.5 (plain, gzip, BGZF), BCF 2, SAM, BAM, CRAM 3, FASTQ
(plain, gzip). Bytes stream through, about a megabyte at a time; neither end needs to seek. What was packed leaves as
BGZF. Indexes are never copied, since they hold places in the old file: `indexing` makes one from the new.

A file is held back if it is cut short or damaged, if the crosswalk does not know one of its samples, or if the search
finds the subject named where nothing can be taken out. Not here: whether the data may be used at all (`standing`).
"""

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from residency.deid.genomes.bam import MAGIC as BAM
from residency.deid.genomes.bam import clean_bam
from residency.deid.genomes.bcf import MAGIC as BCF
from residency.deid.genomes.bcf import clean_bcf
from residency.deid.genomes.bgzf import GZIP, BgzfWriter, Peeked, parts
from residency.deid.genomes.containers import MAGIC as CRAM
from residency.deid.genomes.cram import clean_cram
from residency.deid.genomes.fastq import clean_fastq
from residency.deid.genomes.lines import Lines
from residency.deid.genomes.naming import Cast, Who, ending
from residency.deid.genomes.refusals import GenomeHeld
from residency.deid.genomes.rules import GenomeRules
from residency.deid.genomes.sam import clean_sam
from residency.deid.genomes.standing import STANDING
from residency.deid.genomes.task import Task
from residency.deid.genomes.vcf import clean_vcf
from residency.deid.identifiers import Identifiers
from residency.deid.pseudonyms import Alias
from residency.deid.reason import Reason

Format = Literal["vcf", "bcf", "sam", "bam", "cram", "fastq"]
_SAM = re.compile(rb"@(?:HD|SQ|RG|PG)\t[A-Za-z][A-Za-z0-9]:|@CO\t")
_ENOUGH = 1 << 12
_INDEXES = (b"TBI\1", b"CSI\1", b"BAI\1")
_ALWAYS_PACKED = ("bam", "bcf")


@dataclass(frozen=True, slots=True)
class CleanedGenome:
    """What was done to one file. `counts` maps (what, action) to how often; `minted` are the new names but of reads."""

    new_name: str
    format: Format | None
    counts: Counter
    minted: frozenset[bytes] = field(repr=False)
    subjects: frozenset[str] = frozenset()
    quarantine: Reason | None = None
    standing: str = STANDING


def scrub_genome(
    source: BinaryIO,
    target: BinaryIO,
    name: str,
    rules: GenomeRules,
    who: Who,
    known: Identifiers,
    *,
    subject: Alias | None = None,
    reference: Path | None = None,
) -> CleanedGenome:
    """Clean one file from `source` into `target`.

    `name` is its old name; `who` says whose a sample is; `known` are identifiers of all its subjects; `subject` is
    whose the file is where its data name no sample (otherwise the stem of its name is asked of `who`); `reference` is
    a FASTA for CRAM that needs one. Raises only what `source` and `target` raise.
    """
    cast, counts, kind = Cast(who, subject), Counter(), None
    peeked = Peeked(source)
    try:
        kind, packed = _format(peeked)
        writer = BgzfWriter(target) if packed else None
        task = Task(name, rules, cast, known, writer.write if writer else target.write, reference, counts)
        _clean(kind, peeked, target, task)
        if writer is not None:
            writer.finish()
        usual = f".{kind}.gz" if packed and kind not in _ALWAYS_PACKED else f".{kind}"
        new_name = cast.file_name(name, ending(name, usual))
        minted = frozenset(word.encode() for word in cast.minted)
        return CleanedGenome(new_name, kind, counts, minted, frozenset(cast.aliases))
    except GenomeHeld as held:
        return CleanedGenome("", kind, counts, frozenset(), frozenset(cast.aliases), held.reason)


def _clean(kind: Format, source: Peeked, target: BinaryIO, task: Task) -> None:
    if kind == "cram":
        clean_cram(source, target, task)
    elif kind == "bam":
        clean_bam(parts(source), task)
    elif kind == "bcf":
        clean_bcf(parts(source), task)
    else:
        {"vcf": clean_vcf, "sam": clean_sam, "fastq": clean_fastq}[kind](Lines(parts(source)), task)


def sniff(head: bytes) -> Format | None:
    """The format of a file that begins with these bytes; None if it is none of those that are cleaned here."""
    try:
        return _format(Peeked(io.BytesIO(head)))[0]
    except GenomeHeld:
        return None


def _format(source: Peeked) -> tuple[Format, bool]:
    """What the bytes are, and whether the result is packed."""
    head = source.peek(4)
    if head == CRAM:
        return "cram", False
    packed = head[:2] == GZIP
    start = source.start() if packed else source.peek(_ENOUGH)
    if start.startswith(_INDEXES):
        raise GenomeHeld("OBJECT-NOT-SUPPORTED", "The file is an index.", remedy="Make one from the cleaned file.")
    if start.startswith(BAM):
        return "bam", True
    if start.startswith(BCF):
        return "bcf", True
    if start.startswith(b"##fileformat=VCF"):
        return "vcf", packed
    if _SAM.match(start):
        return "sam", packed
    if start.startswith(b"@"):
        return "fastq", packed
    raise GenomeHeld("OBJECT-NOT-SUPPORTED", "The file is of none of the formats that are cleaned here.")
