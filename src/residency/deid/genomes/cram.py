"""CRAM: turned into BAM on the way in, cleaned as that, and turned back; nothing rests on a disk.

    clean_cram(source, target, task)

The library (htslib, by pysam) wants files: it gets pipes. The header is rewritten before it reads it, so that no path
that stands there (UR) is ever opened. Reads that need a reference are decoded with the one that the caller gives, or by
their MD5 from the REF_CACHE of the site; otherwise the file is held back. The result needs no reference (no_ref), which
makes it larger. Its reads are the same but for names and tags, not its packing. The 20 bytes at the start in which
writers keep the name of the file are new, too. Not here: the records (`bam`), the containers (`containers`).
"""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import RawIOBase
from typing import BinaryIO

from residency.deid.genomes.bam import clean_bam
from residency.deid.genomes.bgzf import PART, BgzfWriter, Peeked, inflated
from residency.deid.genomes.containers import with_header, without_paths
from residency.deid.genomes.refusals import GenomeHeld, GenomeTruncated, GenomeUnreadable
from residency.deid.genomes.task import Task

_UNDECODED = "The reads cannot be decoded: they are damaged, or need a reference that is not at hand."


def clean_cram(source: Peeked, target: BinaryIO, task: Task) -> None:
    """A whole file. Raises GenomeHeld."""
    import pysam

    before = pysam.set_verbosity(0)  # what the library says of a broken record may be a patient's
    try:
        _run(source, target, task)
    finally:
        pysam.set_verbosity(before)


def _run(source: Peeked, target: BinaryIO, task: Task) -> None:
    version = f"version=3.{int.from_bytes(source.peek(6)[5:], 'big')}"
    raw, coded, plain, packed = (os.pipe() for _ in range(4))
    fill = _Stage(lambda: _fill(with_header(source, without_paths), raw[1]), raw[1])
    decode = _Stage(lambda: _decode(raw[0], coded[1], task), raw[0], coded[1])
    encode = _Stage(lambda: _encode(plain[0], packed[1], version), plain[0], packed[1])
    drain = _Stage(lambda: _drain(packed[0], target), packed[0])
    stages = (fill, decode, encode, drain)
    for stage in stages:
        stage.start()
    mine: Exception | None = None
    try:
        _clean(coded[0], plain[1], task)
    except (GenomeHeld, OSError) as error:
        mine = error
    finally:
        os.close(coded[0])
        os.close(plain[1])
        for stage in stages:
            stage.join()
    _judge(mine, *(stage.error for stage in stages))


class _Stage(threading.Thread):
    """One step of the line in a thread of its own; it closes its ends of the pipes, so that its neighbours end, too."""

    def __init__(self, work: Callable[[], None], *ends: int) -> None:
        super().__init__(daemon=True)
        self._work, self._ends = work, ends
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._work()
        except Exception as error:  # judged by the thread that joins
            self.error = error
        finally:
            for end in self._ends:
                os.close(end)


def _judge(
    mine: Exception | None,
    fill: Exception | None,
    decode: Exception | None,
    encode: Exception | None,
    drain: Exception | None,
) -> None:
    """Raise what went wrong first: a stage that fails makes its neighbours fail with broken pipes and cut streams."""
    if isinstance(fill, GenomeHeld):
        raise fill
    if isinstance(mine, GenomeHeld) and not isinstance(mine, GenomeTruncated):
        raise mine
    for error in (drain, fill):
        if error is not None and not isinstance(error, BrokenPipeError):
            raise error
    for error in (decode, mine, encode):
        if isinstance(error, (GenomeTruncated, OSError, ValueError)):
            raise GenomeUnreadable(_UNDECODED, remedy="Give the reference, or write the file with embed_ref or no_ref.")
        if error is not None:
            raise error


def _fill(parts: Iterator[bytes], end: int) -> None:
    with os.fdopen(os.dup(end), "wb", buffering=0) as out:
        for part in parts:
            _write_all(out, part)


def _write_all(out: RawIOBase, data: bytes) -> None:
    with memoryview(data) as view:
        sent = 0
        while sent < len(data):
            sent += out.write(view[sent:]) or 0


def _decode(end: int, out: int, task: Task) -> None:
    from pysam import AlignmentFile

    reference = None if task.reference is None else str(task.reference)
    with (
        AlignmentFile(end, "rc", check_sq=False, reference_filename=reference) as reads,
        AlignmentFile(out, "wbu", template=reads) as records,
    ):
        for read in reads:
            records.write(read)


def _clean(end: int, out: int, task: Task) -> None:
    with os.fdopen(os.dup(end), "rb") as source, os.fdopen(os.dup(out), "wb") as target:
        packed = BgzfWriter(target, level=0)
        clean_bam(inflated(Peeked(source)), replace(task, write=packed.write))
        packed.finish()


def _encode(end: int, out: int, version: str) -> None:
    from pysam import AlignmentFile

    with (
        AlignmentFile(end, "rb", check_sq=False) as records,
        AlignmentFile(out, "wc", template=records, format_options=["no_ref=1", version]) as reads,
    ):
        for record in records:
            reads.write(record)


def _drain(end: int, target: BinaryIO) -> None:
    with os.fdopen(os.dup(end), "rb", buffering=0) as packed:
        while part := packed.read(PART):
            target.write(part)
