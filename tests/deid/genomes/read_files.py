"""Aligned and raw reads as sequencers, aligners and toolkits write them, with a plant's names on them."""

import os
import random
from collections.abc import Iterator

import pysam

from tests.deid.genomes.planted import Plant

RECORD = ["name", "flag", "ref", "pos", "mapq", "cigar", "next", "pnext", "tlen", "seq", "qual"]


def header(plant: Plant, order: str = "coordinate") -> str:
    """Lines of bwa, STAR, GATK, Picard, samtools, DRAGEN and of hand."""
    p = plant
    return (
        f"@HD\tVN:1.6\tSO:{order}\tSS:{order}:{p.user}\n"
        f"@SQ\tSN:chr1\tLN:248956422\tM5:6aef897c3d6ff0c78aff06ac189178dd\tAS:GRCh38\tUR:file://{p.path}/hg38.fa"
        "\tSP:Homo sapiens\n"
        f"@SQ\tSN:chr2\tLN:242193529\tUR:/home/{p.user}/ref.fa\tDS:made by {p.user}\tAN:{p.surname}2\n"
        f"@RG\tID:{p.flow_cell}.1\tSM:{p.blood}\tLB:{p.surname}_lib1\tPU:{p.flow_cell}.1.{p.barcode}\tPL:ILLUMINA"
        f"\tCN:{p.hospital}\tDT:{p.day}T10:20:30+0100\tDS:blood of {p.given}\tBC:{p.barcode}\tPM:NovaSeq 6000\tPI:350\n"
        f"@RG\tID:{p.flow_cell}.2\tSM:{p.blood}\tLB:{p.surname}_lib1\tPL:{p.user}\tPM:{p.instrument}\tzz:{p.mrn}\n"
        f"@PG\tID:bwa\tPN:bwa\tVN:0.7.17-r1188\tCL:bwa mem -R @RG\\tID:x\\tSM:{p.blood} {p.path}/r1.fq.gz\n"
        f"@PG\tID:MarkDuplicates\tPN:MarkDuplicates\tVN:Version:4.1.2.0\tCL:MarkDuplicates I={p.path}.bam\tPP:bwa\n"
        f"@PG\tID:{p.surname}_tool\tPN:{p.path}/tool\tVN:built by {p.user} {p.day}\tPP:MarkDuplicates\tDS:{p.mrn}\n"
        f"@PG\tID:samtools\tPN:samtools\tVN:1.17\tCL:samtools view {p.path}\tPP:{p.surname}_tool\n"
        f"@CO\tuser command line: STAR --readFilesIn {p.path}_R1.fastq.gz\n"
        f"@CO\t{p.given} {p.surname}, {p.mrn}, md5 {p.flow_cell}\n"
    )


def lines(plant: Plant, count: int = 120) -> Iterator[str]:
    """Pairs of reads; every line has tags that stay, and every fourth such as go."""
    draw, p = random.Random(plant.seed), plant
    for number in range(count):
        name = f"{p.instrument}:44:{p.flow_cell}:1:1101:{number // 2}:2000"
        bases = "".join(draw.choices("ACGT", k=40))
        fields = [name, "99" if number % 2 == 0 else "147", "chr1", str(100 + number), "60", "40M", "="]
        fields += [str(200 + number), "140", bases, "".join(draw.choices("FGHI,:", k=40))]
        fields += ["NM:i:1", "MD:Z:20A19", "MC:Z:40M", "AS:i:38", "XS:i:0", "de:f:0.0125", "tp:A:P", "ML:B:C,3,250"]
        fields += [f"RG:Z:{p.flow_cell}.{1 + number % 2}", f"SA:Z:chr2,{19000000 + number},+,20M20S,60,0;", "PG:Z:bwa"]
        fields += [f"XA:Z:chr1,+{p.mrn},40M,0;chr2,-77,40M,1;", f"CB:Z:{p.barcode.split('+')[0][:4]}AAAA-1"]
        if number % 4 == 0:
            fields += [
                f"CO:Z:{p.given} {p.surname}",
                f"BC:Z:{p.barcode}",
                f"LB:Z:{p.surname}_lib1",
                f"PU:Z:{p.flow_cell}",
            ]
            fields += [
                f"zz:Z:{p.mrn}",
                "zi:i:42",
                f"fn:Z:{p.path}.fast5",
                f"st:Z:{p.day}T10:20:30",
                f"MI:Z:{p.surname}",
            ]
            fields += [f"XT:Z:{p.user}", f"hx:H:{p.surname.encode().hex()}"]
        yield "\t".join(fields)


def sam(plant: Plant, count: int = 120, order: str = "coordinate") -> bytes:
    """A whole file as text."""
    return (header(plant, order) + "".join(f"{line}\n" for line in lines(plant, count))).encode()


def packed(text: bytes, mode: str = "wb", options: tuple[bytes, ...] = ()) -> bytes:
    """The same file as BAM ("wb") or CRAM ("wc"), written by htslib."""
    source, target = os.memfd_create("sam"), os.memfd_create("out")
    try:
        os.pwrite(source, text, 0)
        with (
            pysam.AlignmentFile(f"/proc/self/fd/{source}", "r", check_sq=False) as reads,
            pysam.AlignmentFile(f"/proc/self/fd/{target}", mode, template=reads, format_options=list(options)) as out,
        ):
            for read in reads:
                out.write(read)
        return os.pread(target, os.fstat(target).st_size, 0)
    finally:
        os.close(source)
        os.close(target)


def opened(data: bytes, reference: str | None = None) -> tuple[list[str], list[list[str]]]:
    """Header and records of a file of any kind, as htslib reads it."""
    source = os.memfd_create("reads")
    try:
        os.pwrite(source, data, 0)
        given = {"reference_filename": reference} if reference else {}
        with pysam.AlignmentFile(f"/proc/self/fd/{source}", check_sq=False, **given) as reads:
            return str(reads.header).splitlines(), [read.to_string().split("\t") for read in reads]
    finally:
        os.close(source)


def fastq(plant: Plant, mate: int, style: str = "casava", count: int = 100) -> bytes:
    """Raw reads of one mate, under names as Illumina's software of several ages, the SRA and MGI write them."""
    draw, p = random.Random(plant.seed + mate), plant
    out = []
    for number in range(count):
        spot = f"{p.instrument}:44:{p.flow_cell}:1:1101:{number}:2000"
        bases = "".join(draw.choices("ACGTN", k=50))
        name, mark = {
            "casava": (f"{spot} {mate}:N:0:{p.barcode}", ""),
            "old": (f"{p.instrument}_{p.flow_cell}:1:{number}#{p.barcode[:6]}/{mate}", ""),
            "sra": (f"SRR.{number} {spot} length=50", f"SRR.{number} {spot} length=50"),
            "tagged": (f"{spot}\tBC:Z:{p.barcode}\tCO:Z:{p.surname}", spot),
            "mgi": (f"{p.flow_cell}L1C001R00{number}/{mate}", ""),
        }[style]
        qualities = "".join(draw.choices("FGHI,:@+", k=50))
        out.append(f"@{name}\n{bases}\n+{mark}\n{qualities}\n")
    return "".join(out).encode()
