"""Identifiers of nobody in a copy of a file of genomics: header, names and tags of reads, the name of the file.

    sown = plant_genome("kurab.vcf.gz", data, draw)

Command lines, paths, descriptions of samples, comments: lines that tools write and sites leave. One read more has a
name and a tag of nobody (SAM, BAM); some reads of a FASTQ have. Names of samples stay: they say whose the columns are;
where the name of the file says it, that stays, too. Into the reads of a CRAM nothing is planted. Not here: cleaning
(`folders.examining`).
"""

import gzip
import io
import random
import re
import struct
import zlib

from residency.deid.exam.sown import Seed, Sown, mail_of, spoken
from residency.deid.exam.stranger import Stranger, invented
from residency.deid.genomes.bgzf import BgzfWriter, Peeked
from residency.deid.genomes.containers import with_header
from residency.deid.genomes.refusals import GenomeHeld

_BAM, _BCF, _CRAM, _VCF = b"BAM\1", b"BCF\2", b"CRAM", b"##fileformat=VCF"
_SAM = re.compile(rb"@(?:HD|SQ|RG|PG|CO)\t")
_READS = 8
_UNMAPPED, _NO_BIN = 4, 4680
Line = tuple[str, str, str, tuple[str, ...]]
"""Kind, place, the line, the words of which none may be seen."""


def plant_genome(name: str, data: bytes, draw: random.Random) -> Sown | None:
    """None for a file that cannot be read."""
    packed = data[:2] == b"\x1f\x8b"
    who = invented({}, draw)
    try:
        made = _planted(gzip.decompress(data) if packed else data, who, draw)
    except (OSError, EOFError, zlib.error, struct.error, GenomeHeld):
        return None
    if made is None:
        return None
    plain, seeds, named_inside = made
    if named_inside:
        stem, dot, rest = name.partition(".")
        name = f"{stem}_{who.family}{dot}{rest}"
        seeds.append(Seed("name", "file name", (who.family,)))
    return Sown(name, _blocked(plain) if packed else plain, tuple(seeds))


def _blocked(plain: bytes) -> bytes:
    target = io.BytesIO()
    out = BgzfWriter(target)
    out.write(plain)
    out.finish()
    return target.getvalue()


def _planted(plain: bytes, who: Stranger, draw: random.Random) -> tuple[bytes, list[Seed], bool] | None:
    """The copy, what stands in it, and whether the samples are named inside."""
    if plain.startswith(_CRAM):
        return _into_cram(plain, who)
    if plain.startswith((_BAM, _BCF)):
        return _into_binary(plain, who)
    if plain.startswith(_VCF) and (after := plain.find(b"\n#CHROM") + 1):
        lines = _of_vcf(who, plain[after:])
        return plain[:after] + _joined(lines) + plain[after:], _seeds(lines), True
    if _SAM.match(plain):
        lines, after = _of_sam(who), _end_of_header(plain)
        whole = plain if plain.endswith(b"\n") else plain + b"\n"
        read = f"{who.family}:7\t4\t*\t0\t0\t*\t*\t0\t0\tA\tI\tXN:Z:{spoken(who.name)}\n"
        made = whole[:after] + _joined(lines) + whole[after:] + read.encode()
        return (made, [*_seeds(lines), *_of_a_read(who)], b"\tSM:" in plain[:after]) if after else None
    return _into_fastq(plain, who, draw) if plain.startswith(b"@") else None


def _seeds(lines: list[Line]) -> list[Seed]:
    return [Seed(kind, place, words) for kind, place, _, words in lines]


def _joined(lines: list[Line]) -> bytes:
    return "".join(f"{line}\n" for _, _, line, _ in lines).encode()


def _of_vcf(who: Stranger, columns: bytes) -> list[Line]:
    titles = columns.split(b"\n", 1)[0].decode("latin-1").strip("\r\0").split("\t")
    sample = titles[9] if len(titles) > 9 else "S1"
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


def _of_a_read(who: Stranger) -> list[Seed]:
    return [
        Seed("name", "name of a read", (who.family,)),
        Seed("name", "tag of a read", tuple(spoken(who.name).split())),
    ]


def _end_of_header(plain: bytes) -> int:
    at = 0
    while plain[at : at + 1] == b"@":
        end = plain.find(b"\n", at)
        if end < 0:
            return 0
        at = end + 1
    return at


def _into_binary(plain: bytes, who: Stranger) -> tuple[bytes, list[Seed], bool] | None:
    """The header is a text with its length before it, in BAM (SAMv1 4.2) as in BCF (VCFv4.3 6.2)."""
    at = 4 if plain.startswith(_BAM) else 5
    size = struct.unpack_from("<I", plain, at)[0]
    text, rest = plain[at + 4 : at + 4 + size], plain[at + 4 + size :]
    if plain.startswith(_BAM):
        lines = _of_sam(who)
        text = text.rstrip(b"\0\n") + b"\n" if text.strip(b"\0\n") else b""
        made, seeds, rest = text + _joined(lines), [*_seeds(lines), *_of_a_read(who)], rest + _read_of(who)
        named = b"\tSM:" in text
    else:
        after = text.find(b"\n#CHROM") + 1
        if not after:
            return None
        lines = _of_vcf(who, text[after:])
        made, seeds, named = text[:after] + _joined(lines) + text[after:], _seeds(lines), True
    return plain[:at] + struct.pack("<I", len(made)) + made + rest, seeds, named


def _read_of(who: Stranger) -> bytes:
    """One read of no place and no bases (SAMv1 4.2)."""
    name = f"{who.family}:7".encode() + b"\0"
    tag = b"XNZ" + spoken(who.name).encode() + b"\0"
    body = struct.pack("<2i2B3HI3i", -1, -1, len(name), 0, _NO_BIN, 0, _UNMAPPED, 0, -1, -1, 0) + name + tag
    return struct.pack("<I", len(body)) + body


def _into_cram(data: bytes, who: Stranger) -> tuple[bytes, list[Seed], bool]:
    lines, texts = _of_sam(who), []

    def more(text: bytes) -> bytes:
        texts.append(text)
        return text.rstrip(b"\n") + b"\n" + _joined(lines)

    made = b"".join(with_header(Peeked(io.BytesIO(data)), more))
    return made, _seeds(lines), b"\tSM:" in texts[0]


def _into_fastq(plain: bytes, who: Stranger, draw: random.Random) -> tuple[bytes, list[Seed], bool] | None:
    """Names and comments of some reads; a read has four lines."""
    lines = plain.split(b"\n")
    reads = [at for at in range(0, len(lines) - 3, 4) if lines[at].startswith(b"@") and lines[at + 2] in (b"+", b"+\r")]
    if not reads:
        return None
    said = spoken(who.name)
    for number, at in enumerate(draw.sample(reads, min(_READS, len(reads)))):
        lines[at] = f"@{who.family}:{number} {said} {who.number}".encode()
    seeds = [*_of_a_read(who)[:1], Seed("name", "comment of a read", tuple(said.split()))]
    return b"\n".join(lines), [*seeds, Seed("number", "comment of a read", (who.number,))], False
