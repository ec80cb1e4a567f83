"""Raw reads (FASTQ): new names, no comments; bases and qualities as they were.

    clean_fastq(text, task)

A name is all before the first space; what follows (filter, control, barcode, length) goes, and so does the name that
some repeat after "+". The mark of the mate ("/1", "/2") stays. Names come from the subject's key, so that the two files
of a pair still fit each other, and the reads that were aligned from them. It refuses records of more than four lines,
and lines of bases that hold other signs than bases. Not here: the names themselves (`read_names`).
"""

from residency.deid.genomes.lines import Lines
from residency.deid.genomes.read_names import ReadNames
from residency.deid.genomes.refusals import GenomeTruncated, GenomeUnreadable
from residency.deid.genomes.task import Task

_BASES = b"ACGTNUacgtnuRYKMSWBDHVrykmswbdhv.-"
_QUALITIES = bytes(range(33, 127))
_FOUR = 4


def clean_fastq(text: Lines, task: Task) -> None:
    """A whole file. Raises GenomeHeld."""
    task.cast.settle(task.name)
    renamed = task.read_names()
    waiting: list[bytes] = []
    for block in text.blocks():
        lines = waiting + block.splitlines()
        whole = len(lines) // _FOUR * _FOUR
        task.write(_cleaned(lines[:whole], renamed))
        task.counts["read", "renamed"] += whole // _FOUR
        waiting = lines[whole:]
    if any(waiting):
        raise GenomeTruncated("The last read has fewer than four lines.")


def _cleaned(lines: list[bytes], renamed: ReadNames) -> bytes:
    heads, bases, marks, qualities = (lines[first::_FOUR] for first in range(_FOUR))
    if not all(head.startswith(b"@") and head[1:2].strip() for head in heads):
        raise GenomeUnreadable("A read does not begin with @ and a name.")
    if not all(mark.startswith(b"+") for mark in marks):
        raise GenomeUnreadable("A read has more or fewer than four lines.")
    if list(map(len, bases)) != list(map(len, qualities)):
        raise GenomeUnreadable("A read has not as many qualities as bases.")
    if b"".join(bases).translate(None, _BASES) or b"".join(qualities).translate(None, _QUALITIES):
        raise GenomeUnreadable("A line of bases or qualities holds other signs.")
    names = [renamed(head[1:].split(None, 1)[0]) for head in heads]
    return b"".join(
        [
            b"@%b\n%b\n+\n%b\n" % (name, base, quality)
            for name, base, quality in zip(names, bases, qualities, strict=True)
        ]
    )
