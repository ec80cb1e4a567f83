"""The README's table, from what the benchmarks last printed: `rows(results)`, `fill(readme, results)`.

Each row says what was measured, ours, the peer in the same run, their ratio, and at which commit on which day.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
HEAD = "| what | ours | peer, same run | ratio | commit, date |\n|---|---|---|---|---|\n"
Cells = tuple[str, str, str, str]


def fill(readme: str, results: list[dict[str, Any]]) -> str:
    """The README with its table written anew."""
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{HEAD}{''.join(rows(results))}{END}{after}"


def kept() -> list[dict[str, Any]]:
    """The results that were kept, in the order of their names."""
    return [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]


def rows(results: list[dict[str, Any]]) -> Iterator[str]:
    """Lines of the table."""
    for one in results:
        for cells in ROWS[one["benchmark"]](one["result"]):
            yield f"| {' | '.join(cells)} | {one['commit']}, {one['date']} |\n"


def _deid(result: dict[str, Any]) -> Iterator[Cells]:
    left = result["kinds_left"]
    for name, seen in result["files"].items():
        speeds = seen["files_per_second"]
        for peer in ("pydicom read and write", "dicom-anonymizer", "deid"):
            what, ratio = f"header de-identification, {name}, one core", f"{seen['times_faster_than'][peer]:g}×"
            yield what, f"{speeds['residency']:.0f} files/s", f"{peer} {speeds[peer]:.0f} files/s", ratio
    peers = ", ".join(f"{peer} {left[peer]['count']}" for peer in ("dicom-anonymizer", "deid"))
    what = f"kinds of planted identifiers left, of {result['kinds_planted']}"
    yield what, str(left["residency"]["count"]), peers, "–"


def _burned_in(result: dict[str, Any]) -> Iterator[Cells]:
    mine = result["finders"]["residency"]
    for peer, seen in result["finders"].items():
        if peer != "residency":
            what = f"burned-in strings left, of {result['strings_planted']} planted"
            yield what, str(mine["left"]), f"{peer} {seen['left']}", "–"
    false = f"{mine['false_paint_percent']:g} %"
    yield "pixels painted over in pictures without text", false, "–", "–"


def _burned_exam(result: dict[str, Any]) -> Iterator[Cells]:
    low, high = (f"{100 * end:.2g}" for end in result["left_95_percent"])
    left = f"{result['left']} ({low} to {high} %), {result['read']} readable"
    yield f"whole exam: burned-in strings left, of {result['strings_planted']}", left, "–", "–"
    yield "whole exam: pixels painted in pictures without text", f"{result['false_paint_percent']:g} %", "–", "–"


def _genomes(result: dict[str, Any]) -> Iterator[Cells]:
    for name, peer in (("vcf", "bcftools"), ("bam", "samtools")):
        one = result[name]
        speeds, left = one["lines_per_second"], one["planted_names_left"]
        ours, theirs = (f"{speeds[who] / 1000:.0f} klines/s" for who in ("residency", "view"))
        yield (
            f"{name.upper()} cleaned, one core",
            ours,
            f"{peer} view, which cleans nothing {theirs}",
            (f"{one['times_view']:g}×"),
        )
        yield f"{name.upper()}: planted names left", str(left["residency"]), f"{peer} reheader {left['reheader']}", "–"


def _ingest(result: dict[str, Any]) -> Iterator[Cells]:
    speeds, peer = result["files_per_second"], "pydicom.dcmread"
    ours = f"{speeds['residency ingest']:.0f} files/s"
    what = "intake: read, judge, hash, seal, record"
    yield what, ours, f"{peer} alone {speeds[peer]:.0f} files/s", f"{result['ratio_of_ingest'][peer]:g}×"


def _loop(result: dict[str, Any]) -> Iterator[Cells]:
    added = result["added_microseconds"]
    ratio = f"{result['added_by_ours_over_added_by_fabric']:g}×"
    what = "a step's overhead over a bare loop"
    yield what, f"{added['residency']:.0f} µs", f"Lightning Fabric {added['fabric']:.0f} µs", ratio


def _audit(result: dict[str, Any]) -> Iterator[Cells]:
    for name, database in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        here = result[name]
        ours, plain = here["appends_per_second"], here["plain_inserts_per_second"]
        yield f"durable audit appends, {database}", f"{ours:.0f}/s", f"plain rows {plain:.0f}/s", f"{here['ratio']:g}×"
    long = result["verification"]
    peer = f"one SHA-256 of the bytes {long['sha256_of_the_same_bytes_seconds']:.2f} s"
    yield f"verifying {long['events']:,} events", f"{long['seconds']:.2f} s", peer, f"{long['ratio']:g}×"


def _manifest(result: dict[str, Any]) -> Iterator[Cells]:
    listed, files = result["manifest"], result["files"]
    steps, count = listed["steps"], listed["items"]
    peer = f"hashing {count:,} items alone {steps['hashing alone']['cpu_seconds']:.1f} CPU-s"
    for step, what in (
        ("write", f"a manifest of {count:,} items: hash, list, seal"),
        ("check every page", "the same, opened and checked whole"),
        ("write with 1,000 added", "a child of it with 1,000 items more, anywhere"),
        ("difference, 1,000 changed", "two versions of it compared, 1,000 changes anywhere"),
    ):
        ours = f"{steps[step]['cpu_seconds']:.1f} CPU-s, {steps[step]['peak_mib']} MiB"
        yield what, ours, peer, f"{listed['times_hashing_alone'][step]:.2g}×"
    for name, what in (("version", "hashed, stored, listed"), ("again with 1,000 more", "again with 1,000 more")):
        ours, peer = files["seconds"]["residency"][name], files["seconds"]["dvc"][name]
        ratio = f"{files['times_faster_than_dvc'][name]:g}×"
        yield f"{files['files']:,} files of 1 KB {what}", f"{ours:.1f} s, sealed", f"DVC {peer:.1f} s", ratio


def _patches(result: dict[str, Any]) -> Iterator[Cells]:
    here, kept_too = result["real"]["as run by default"], result["real"]["with memory kept"]
    speeds = here["patches_per_cpu_second"]
    for peer, ratio in here["times_faster_than"].items():
        who, _, on_the_grid = peer.partition(", residency")
        ours = speeds[f"residency{on_the_grid}"]["median"]
        what = f"random 96³ patches, encrypted, real CT{on_the_grid}"
        ratios = f"{ratio:g}× ({kept_too['times_faster_than'][peer]:g}× where glibc keeps memory)"
        yield what, f"{ours:g} per CPU-second", f"{who} {speeds[who]['median']:g}", ratios


def _at_rest(result: dict[str, Any]) -> Iterator[Cells]:
    sizes = result["real series"]["bytes_over_raw"]
    for codec in ("hot", "archive"):
        for peer in ("gzip 6, as .nii.gz", "TileDB AES-256-GCM", "LitData Fernet tiles"):
            ours = sizes[f"residency, {codec}"]
            what = f"bytes at rest over raw, real CT series, {codec}"
            yield what, f"{ours:g}", f"{peer} {sizes[peer]:g}", f"{ours / sizes[peer]:.2f}×"


def _cache(result: dict[str, Any]) -> Iterator[Cells]:
    speeds = result["megabytes_per_second"]
    for ours, peer in (("cold epoch", "server"), ("warm epoch", "local directory")):
        ratio = f"{result[f'{ours} over {peer}'.replace(' ', '_')]:g}×"
        yield f"a {ours} through the cache", f"{speeds[ours]:.0f} MB/s", f"{peer} {speeds[peer]:.0f} MB/s", ratio


def _risk(result: dict[str, Any]) -> Iterator[Cells]:
    worst, beside, choice = result["nearly everybody alone"], result["beside"], result["choice"]
    ours = f"{worst['cpu_seconds']:.2f} CPU-s, {worst['peak_mib']} MiB"
    yield f"k, l, t, three risks, uniqueness: {result['rows']:,} × 6 quasi-identifiers", ours, "–", "–"
    spent = beside["cpu_seconds"]
    what = f"k, l and t of two attributes, {beside['rows']:,} × 6, equal to 1e-9 (ours: all risks too)"
    yield (
        what,
        f"{spent['residency']:.3f} CPU-s",
        f"{beside['peer']} {spent['pycanon']:.0f} CPU-s",
        f"{beside['times_faster']:,}×",
    )
    lost = choice["loss"]
    what = f"information loss of k = 5, at most 5 % suppressed, {choice['rows']:,} × 4"
    ratio = f"{lost['residency'] / lost['anjana']:.2f}×"
    yield what, f"{lost['residency']:g}", f"{choice['peer']} {lost['anjana']:g}", ratio


def _notes(result: dict[str, Any]) -> Iterator[Cells]:
    finders, planted = dict(result["finders"]), result["notes"]["exam"]["identifiers"]
    mine = finders.pop("residency")
    for peer, seen in finders.items():
        for share in mine["exam"]:
            what = f"notes by another hand as first seen, {planted} identifiers: {share}"
            yield what, f"{mine['exam'][share]:.3f}", f"{peer} {seen['exam'][share]:.3f}", "–"
        ours, theirs = mine["characters_per_cpu_second"], seen["characters_per_cpu_second"]
        speeds = f"{ours / 1000:.0f} kchar/CPU-s", f"{peer} {theirs / 1000:.1f} kchar/CPU-s"
        yield "identifiers looked for in notes, one core", *speeds, f"{ours / theirs:.1f}×"


def _start_up(result: dict[str, Any]) -> Iterator[Cells]:
    spent = {kind: f"{seconds['processor']:g} CPU-s" for kind, seconds in result["seconds"].items()}
    for kind, peer in result["pairs"].items():
        yield (
            f"`{kind}`, the whole process",
            spent[kind],
            f"`{peer}` {spent[peer]}",
            f"{result['times_faster'][kind]:g}×",
        )


ROWS: dict[str, Callable[[dict[str, Any]], Iterator[Cells]]] = {
    "at_rest": _at_rest,
    "audit": _audit,
    "burned_exam": _burned_exam,
    "burned_in": _burned_in,
    "cache": _cache,
    "deid_headers": _deid,
    "genomes": _genomes,
    "ingest": _ingest,
    "loop_overhead": _loop,
    "manifest": _manifest,
    "notes": _notes,
    "patches": _patches,
    "risk": _risk,
    "start_up": _start_up,
}
