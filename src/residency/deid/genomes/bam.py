"""Records of BAM: a new name for every read, the tags that may stay, every other byte as it was (SAMv1 4.2).

    clean_bam(stream, task)         `stream` gives the inflated bytes, a part at a time

Only what changes is parsed: the length of the name, and the tags. It refuses records that are longer than any read, and
such as do not fill their length. Bytes after the header's text (padding) go. Not here: BGZF (`bgzf`), CRAM (`cram`).
"""

import struct
from collections.abc import Iterator

from residency.deid.genomes.frames import Framed
from residency.deid.genomes.lines import LONGEST, decoded
from residency.deid.genomes.read_names import ReadNames
from residency.deid.genomes.refusals import GenomeTruncated, GenomeUnreadable
from residency.deid.genomes.sam_header import check_sequence, rewritten
from residency.deid.genomes.tags import Tags
from residency.deid.genomes.task import Task

MAGIC = b"BAM\1"
_NUMBER = struct.Struct("<i")
_FIXED = struct.Struct("<iiBBHHHI").unpack_from
_FIXED_SIZE = 32


def clean_bam(stream: Iterator[bytes], task: Task) -> None:
    """A whole file. Raises GenomeHeld."""
    frame = Framed(stream)
    if frame.take(4) != MAGIC:
        raise GenomeUnreadable("The file is not BAM.")
    text = frame.take(frame.number()).split(b"\0", 1)[0]
    header, search = rewritten(decoded(text.splitlines()), task)
    task.look(header.data, search)
    task.write(MAGIC + _NUMBER.pack(len(header.data)) + header.data)
    count = frame.number()
    task.write(_NUMBER.pack(count))
    for _ in range(count):
        size = frame.number()
        name = frame.take(size)
        check_sequence(decoded([name[:-1]])[0], task.rules, search)
        task.write(_NUMBER.pack(size) + name[:-1] + b"\0" + frame.take(4))
    renamed, tags = task.read_names(), Tags(task.rules, header, search)
    while frame.waiting or frame.more():
        out, used = _records(frame.waiting, renamed, tags)
        frame.waiting = frame.waiting[used:]
        task.write(b"".join(out))
        task.counts["read", "renamed"] += len(out) // 2
        tags.settle()
        if frame.waiting and not frame.more():
            raise GenomeTruncated()
    task.counts.update(tags.counts)


def _records(data: bytes, renamed: ReadNames, tags: Tags) -> tuple[list[bytes], int]:
    """The whole records of these bytes, cleaned, each as its length and its bytes; and how many bytes they took."""
    out: list[bytes] = []
    add, at, end = out.append, 0, len(data)
    while at + 4 <= end:
        size = _NUMBER.unpack_from(data, at)[0]
        if not _FIXED_SIZE < size <= LONGEST:
            raise GenomeUnreadable("A record has a length out of reason.")
        if at + 4 + size > end:
            break
        record = _cleaned(data[at + 4 : at + 4 + size], renamed, tags)
        add(_NUMBER.pack(len(record)))
        add(record)
        at += 4 + size
    return out, at


def _cleaned(record: bytes, renamed: ReadNames, tags: Tags) -> bytes:
    _, _, length, _, _, operations, _, bases = _FIXED(record)
    after_name = _FIXED_SIZE + length
    data_end = after_name + 4 * operations + (bases + 1) // 2 + bases
    name = record[_FIXED_SIZE : after_name - 1]
    if not length or data_end > len(record) or record[after_name - 1] or b"\0" in name:
        raise GenomeUnreadable("A record does not fill its length.")
    new = name if name == b"*" else renamed(name)
    head = record[:8] + bytes((len(new) + 1,)) + record[9:_FIXED_SIZE]
    return b"".join((head, new, b"\0", record[after_name:data_end], tags.kept(record[data_end:])))
