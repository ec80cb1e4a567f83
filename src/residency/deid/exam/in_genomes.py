"""Identifiers of nobody in the header of a copy of a VCF or a SAM, and in the name of the file.

    sown = plant_genome("kurab.vcf.gz", data, draw)

Command lines, paths, descriptions of samples, comments: lines that tools write and sites leave. Names of samples stay:
they say whose the columns are. BCF, BAM, CRAM and FASTQ are not planted into. Not here: cleaning (`folders.examining`).
"""

import gzip
import random
import zlib

from residency.deid.exam.sown import Seed, Sown, mail_of, spoken
from residency.deid.exam.stranger import Stranger, invented

Line = tuple[str, str, str, tuple[str, ...]]


def plant_genome(name: str, data: bytes, draw: random.Random) -> Sown | None:
    """None for a format that is not planted into."""
    packed = data[:2] == b"\x1f\x8b"
    try:
        plain = gzip.decompress(data) if packed else data
    except (OSError, EOFError, zlib.error):
        return None
    who = invented({}, draw)
    if plain.startswith(b"##fileformat=VCF"):
        lines, after = _of_vcf(who, plain), plain.find(b"\n#CHROM") + 1
    elif plain[:4] in (b"@HD\t", b"@SQ\t"):
        lines, after = _of_sam(who), _end_of_header(plain)
    else:
        return None
    if after <= 0:
        return None
    planted = plain[:after] + "".join(f"{line}\n" for _, _, line, _ in lines).encode() + plain[after:]
    seeds = [Seed(kind, place, words) for kind, place, _, words in lines]
    stem, dot, rest = name.partition(".")
    seeds.append(Seed("name", "file name", (who.family,)))
    return Sown(f"{stem}_{who.family}{dot}{rest}", gzip.compress(planted) if packed else planted, tuple(seeds))


def _of_vcf(who: Stranger, plain: bytes) -> list[Line]:
    columns = plain[plain.find(b"\n#CHROM") + 1 :].split(b"\n", 1)[0].decode("latin-1").strip().split("\t")
    sample = columns[9] if len(columns) > 9 else "S1"
    said = spoken(who.name)
    return [
        ("name", "command line", f"##norm_Command=norm -m- -o /data/{who.family}/out.vcf; Date=now", (who.family,)),
        ("number", "path", f"##reference=file:///mnt/{who.number}/ref.fa", (who.number,)),
        ("name", "sample", f'##SAMPLE=<ID={sample},Description="Blood of {said}">', tuple(said.split())),
        ("number", "pedigree", f"##PEDIGREE=<ID={sample},Father={who.number}>", (who.number,)),
        ("mail", "comment", f"##submitter={mail_of(who)}", (mail_of(who),)),
    ]


def _of_sam(who: Stranger) -> list[Line]:
    said = spoken(who.name)
    return [
        ("name", "command line", f"@PG\tID:exam\tPN:sort\tCL:sort -o /data/{who.family}.bam", (who.family,)),
        ("name", "comment", f"@CO\tRe-run asked for by {said}", tuple(said.split())),
        ("number", "comment", f"@CO\tcase {who.number}", (who.number,)),
    ]


def _end_of_header(plain: bytes) -> int:
    at = 0
    while plain[at : at + 1] == b"@":
        end = plain.find(b"\n", at)
        if end < 0:
            return 0
        at = end + 1
    return at
