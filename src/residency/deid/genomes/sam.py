"""Lines of SAM: a new name for every read, the tags that may stay, all else as it was (SAMv1 1.4).

    clean_sam(text, task)

It refuses a line whose fields are not what SAM allows, and one on a sequence that the header does not name. Not here:
the header (`sam_header`), the tags (`tags`), BAM (`bam`).
"""

import re

from residency.deid.genomes.lines import Lines, decoded
from residency.deid.genomes.read_names import ReadNames
from residency.deid.genomes.refusals import GenomeUnreadable
from residency.deid.genomes.sam_header import rewritten
from residency.deid.genomes.tags import Tags
from residency.deid.genomes.task import Task

_RECORD = re.compile(
    rb"([!-?A-~]{1,254})\t\d{1,5}\t([^\t]+)\t\d{1,10}\t\d{1,3}\t(?:\*|(?:\d+[MIDNSHP=X])+)\t([^\t]+)\t\d{1,10}\t-?\d{1,10}"
    rb"\t(\*|[ACMGRSVTWYHKDBNacmgrsvtwyhkdbn=.]+)\t([!-~]+)(?:\t(.*))?"
)
_NOWHERE = frozenset((b"*", b"="))


def clean_sam(text: Lines, task: Task) -> None:
    """A whole file. Raises GenomeHeld."""
    header, search = rewritten(decoded(text.header(b"@")), task)
    renamed, tags = task.read_names(), Tags(task.rules, header, search)
    places = header.sequences | _NOWHERE
    task.look(header.data, search)
    task.write(header.data)
    for block in text.blocks():
        lines = block.splitlines()
        task.write(b"".join([_cleaned(line, renamed, tags, places) for line in lines]))
        tags.settle()
        task.counts["read", "renamed"] += len(lines)
    task.counts.update(tags.counts)


def _cleaned(line: bytes, renamed: ReadNames, tags: Tags, places: frozenset[bytes]) -> bytes:
    record = _RECORD.fullmatch(line)
    if record is None or record[2] not in places or record[3] not in places:
        raise GenomeUnreadable("A line of a read is not what SAM allows.")
    name, _, _, bases, qualities, said = record.groups()
    if qualities != b"*" and len(qualities) != len(bases):
        raise GenomeUnreadable("A read has not as many qualities as bases.")
    body = line[len(name) : record.end(5)]
    kept = tags.kept_text(said.split(b"\t")) if said else []
    return b"\t".join([(name if name == b"*" else renamed(name)) + body, *kept]) + b"\n"
