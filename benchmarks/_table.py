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
    speeds, left = result["files_per_second"], result["kinds_left"]
    for peer in ("dicom-anonymizer", "deid"):
        ratio = f"{result['times_faster_than'][peer]:g}×"
        what = "header de-identification, 39 KB CT, one core"
        yield what, f"{speeds['residency']:.0f} files/s", f"{peer} {speeds[peer]:.0f} files/s", ratio
    peers = ", ".join(f"{peer} {left[peer]['count']}" for peer in ("dicom-anonymizer", "deid"))
    what = f"kinds of planted identifiers left, of {result['kinds_planted']}"
    yield what, str(left["residency"]["count"]), peers, "–"


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


def _cache(result: dict[str, Any]) -> Iterator[Cells]:
    speeds = result["megabytes_per_second"]
    for ours, peer in (("cold epoch", "bare download"), ("warm epoch", "local directory")):
        ratio = f"{result[f'{ours} over {peer}'.replace(' ', '_')]:g}×"
        yield f"a {ours} through the cache", f"{speeds[ours]:.0f} MB/s", f"{peer} {speeds[peer]:.0f} MB/s", ratio


ROWS: dict[str, Callable[[dict[str, Any]], Iterator[Cells]]] = {
    "audit": _audit,
    "cache": _cache,
    "deid_headers": _deid,
    "ingest": _ingest,
    "loop_overhead": _loop,
}
