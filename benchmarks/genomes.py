"""De-identification of files of genomics, beside what samtools and bcftools do for it today: a new header.

    python -m benchmarks.genomes [thousands of lines]      prints JSON: rates, memory, names left of those planted

The peers' `reheader` is given a header without the sample's name and copies all else unread, so that it is the floor of
what any cleaning costs and no cleaning: read names, tags and values of INFO stay. `view` reads and packs every line
anew, as the product must, and cleans nothing. All three come from the same wheel (pysam), one core each. Files are
generated; peak memory is that of a process that cleans one file and does nothing else.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pysam
import pysam.bcftools

from residency.deid.genomes.bgzf import BgzfWriter
from residency.deid.genomes.rules import load_genome_rules
from residency.deid.genomes.scrub import scrub_genome
from residency.deid.identifiers import Gathering, Identifiers
from residency.deid.pseudonyms import Identity, Pseudonyms, alias

REPEATS = 3
SAMPLE, PATH, FLOW_CELL = "KESTREL_Quill_4821337", "/data/hospital/KESTREL", "HX77YDSXX"
VCF_HEADER = f"""##fileformat=VCFv4.2
##bcftools_viewCommand=view {PATH}.vcf.gz
##FILTER=<ID=PASS,Description="All filters passed">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##INFO=<ID=AF,Number=A,Type=Float,Description="Frequency">
##INFO=<ID=CALLED_BY,Number=1,Type=String,Description="Who called it">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Depths">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">
##contig=<ID=chr1,length=248956422>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{SAMPLE}
"""
SAM_HEADER = f"""@HD\tVN:1.6\tSO:coordinate
@SQ\tSN:chr1\tLN:248956422
@RG\tID:{FLOW_CELL}.1\tSM:{SAMPLE}\tLB:KESTREL_lib\tPL:ILLUMINA
@PG\tID:bwa\tPN:bwa\tVN:0.7.17\tCL:bwa mem {PATH}.fq.gz
"""
PLANTED = ("KESTREL", "Quill", "4821337", "hospital", FLOW_CELL)
MEMORY = """
import sys
from benchmarks.genomes import cleaned, peak_kib
before = peak_kib()
cleaned(sys.argv[1], "/dev/null")
print(before, peak_kib())
"""


def main() -> None:
    """Measure and print."""
    thousands = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory(prefix="residency-bench-") as place:
        folder = Path(place)
        vcf, bam = folder / f"{SAMPLE}.vcf.gz", folder / f"{SAMPLE}.bam"
        _pack(vcf, VCF_HEADER.encode(), _variants(thousands))
        _bam(bam, thousands)
        result = {
            "vcf": _compared(vcf, thousands, _vcf_peers(folder), folder / "out.vcf.gz"),
            "bam": _compared(bam, thousands, _bam_peers(folder), folder / "out.bam"),
        }
    print(json.dumps(result, indent=1))


def peak_kib() -> int:
    """The most memory that this process has held; the kernel forgets that of its parent (getrusage does not)."""
    said = Path("/proc/self/status").read_text()
    return int(said.split("VmHWM:")[1].split()[0])


def cleaned(source: str | Path, target: str | Path) -> None:
    """One file, cleaned by the product; it must go through."""
    found = Gathering()
    found.name("Kestrel^Quill")
    found.number("4821337")
    known: Identifiers = found.identifiers()
    mine = alias(Pseudonyms(bytes(range(32))), Identity("SITE", "4821337"))
    with open(source, "rb") as old, open(target, "wb") as new:
        done = scrub_genome(old, new, Path(source).name, load_genome_rules(), {SAMPLE: mine}.get, known)
    assert done.quarantine is None, done.quarantine


def _compared(path: Path, thousands: int, peers: dict[str, Callable[[Path, Path], None]], out: Path) -> dict:
    """Every program on one file, in turns, so that all meet the same machine."""
    programs = {"residency": cleaned} | peers
    times: dict[str, list[float]] = {name: [] for name in programs}
    left = {}
    for _ in range(REPEATS):
        for name, program in programs.items():
            began = time.perf_counter()
            program(path, out)
            times[name].append(time.perf_counter() - began)
            left[name] = _left(out)
    rates = {name: round(thousands * 1000 / statistics.median(spent)) for name, spent in times.items()}
    memory = [sys.executable, "-c", MEMORY, str(path)]
    before, after = map(int, subprocess.run(memory, capture_output=True, text=True, check=True).stdout.split())
    return {
        "lines": thousands * 1000,
        "megabytes": round(path.stat().st_size / 1e6, 1),
        "lines_per_second": rates,
        "times_view": round(rates["residency"] / rates["view"], 2),
        "planted_names_left": left,
        "peak_mib": {"imports": before // 1024, "cleaning": (after - before) // 1024},
        "repeats": REPEATS,
    }


def _left(path: Path) -> int:
    """How many of the planted names stand in the file, unpacked."""
    with pysam.BGZFile(str(path)) as file:
        plain = file.read()
    return sum(name.encode() in plain for name in PLANTED)


def _vcf_peers(folder: Path) -> dict[str, Callable[[Path, Path], None]]:
    names = folder / "names"
    names.write_text("S1\n")

    def reheader(old: Path, new: Path) -> None:
        pysam.bcftools.reheader("-s", str(names), "-o", str(new), str(old), catch_stdout=False)

    def view(old: Path, new: Path) -> None:
        pysam.bcftools.view("-Oz", "-o", str(new), str(old), catch_stdout=False)

    return {"reheader": reheader, "view": view}


def _bam_peers(folder: Path) -> dict[str, Callable[[Path, Path], None]]:
    header = folder / "header.sam"
    header.write_text(SAM_HEADER.replace(SAMPLE, "S1"))

    def reheader(old: Path, new: Path) -> None:
        pysam.samtools.reheader(str(header), str(old), save_stdout=str(new))

    def view(old: Path, new: Path) -> None:
        pysam.samtools.view("-b", "-o", str(new), str(old), catch_stdout=False)

    return {"reheader": reheader, "view": view}


def _variants(thousands: int) -> list[bytes]:
    draw = random.Random(7)
    kinds = [
        f"\t{draw.choice(['.', 'rs123456'])}\tA\tC\t{draw.random() * 90:.2f}\tPASS\tDP={draw.randrange(90)};"
        f"AF={draw.random():.3f};CALLED_BY=GATK\tGT:AD:PL\t0/1:{draw.randrange(50)},9:0,10,{draw.randrange(999)}\n"
        for _ in range(997)
    ]
    return [f"chr1\t{1000 + at}{kinds[at % 997]}".encode() for at in range(thousands * 1000)]


def _pack(path: Path, header: bytes, lines: list[bytes]) -> None:
    with path.open("wb") as file:
        writer = BgzfWriter(file)
        writer.write(header)
        for at in range(0, len(lines), 10_000):
            writer.write(b"".join(lines[at : at + 10_000]))
        writer.finish()


def _bam(path: Path, thousands: int) -> None:
    draw = random.Random(7)
    kinds = [("".join(draw.choices("ACGT", k=100)), "".join(draw.choices("FGHI,:", k=100))) for _ in range(997)]
    reader, writer = os.pipe()
    if not os.fork():
        os.close(reader)
        with os.fdopen(writer, "w") as text:
            text.write(SAM_HEADER)
            for at in range(thousands * 1000):
                bases, qualities = kinds[at % 997]
                name = f"A01234:44:{FLOW_CELL}:1:1101:{at // 2}:2000\t{99 if at % 2 else 147}\tchr1\t{1000 + at}\t60"
                tags = f"NM:i:1\tMD:Z:20A79\tMC:Z:100M\tAS:i:95\tXS:i:20\tRG:Z:{FLOW_CELL}.1"
                text.write(f"{name}\t100M\t=\t{1100 + at}\t200\t{bases}\t{qualities}\t{tags}\n")
        os._exit(0)
    os.close(writer)
    pysam.samtools.view("-b", "-o", str(path), f"/dev/fd/{reader}", catch_stdout=False)
    os.close(reader)
    os.wait()


if __name__ == "__main__":
    main()
