"""A new index for a cleaned file: never a copy of the old one, whose places are those of the old file.

    index_of(cleaned, "bam")    ->  (".bai", b"BAI…")

Kinds: .tbi for VCF in BGZF, .csi for BCF, .bai for BAM, .crai for CRAM. The library (htslib, by pysam) wants files that
can seek: it gets anonymous memory, so that the whole file is held there while it works. A file larger than `most` bytes
is refused: its index is to be made where the file is used. So is one that is not sorted by position. Not here: the
cleaning (`scrub`).
"""

import os
from typing import BinaryIO, Literal

from residency.deid.genomes.bgzf import PART
from residency.errors import BadInput

ENDINGS = {"vcf": ".tbi", "bcf": ".csi", "bam": ".bai", "cram": ".crai"}
_MOST = 2 << 30


class IndexNotMade(BadInput):
    """No index can be made for this file."""


def index_of(cleaned: BinaryIO, form: Literal["vcf", "bcf", "bam", "cram"], *, most: int = _MOST) -> tuple[str, bytes]:
    """The ending of the index's name, to be put after that of the file, and its bytes. Raises IndexNotMade."""
    data, index = os.memfd_create("genome"), os.memfd_create("index")
    try:
        _fill(cleaned, data, most)
        _make(f"/proc/self/fd/{data}", f"/proc/self/fd/{index}", form)
        size = os.fstat(index).st_size
        if not size:
            raise IndexNotMade("The file got no index.", remedy="Sort it by position, and pack it as BGZF.")
        return ENDINGS[form], os.pread(index, size, 0)
    finally:
        os.close(data)
        os.close(index)


def _fill(cleaned: BinaryIO, data: int, most: int) -> None:
    held = 0
    while part := cleaned.read(PART):
        held += len(part)
        if held > most:
            raise IndexNotMade("The file is too large for memory.", remedy="Make the index where the file is used.")
        with memoryview(part) as view:
            sent = 0
            while sent < len(part):
                sent += os.write(data, view[sent:])


def _make(data: str, index: str, form: str) -> None:
    """`catch_stdout` is off, since pysam would open a file for it."""
    import pysam
    import pysam.bcftools

    before = pysam.set_verbosity(0)
    try:
        if form == "vcf":
            pysam.tabix_index(data, preset="vcf", index=index, keep_original=True, force=True)
        elif form == "bcf":
            pysam.bcftools.index("-f", "-c", "-o", index, data, catch_stdout=False)
        else:
            pysam.index("-o", index, data, catch_stdout=False)
    except (OSError, ValueError, pysam.SamtoolsError) as error:
        raise IndexNotMade("The file got no index.", remedy="Sort it by position, and pack it as BGZF.") from error
    finally:
        pysam.set_verbosity(before)
