"""Intake of a generated export of CT, in files/s on one core, beside reading the same files in two simpler ways.

    python -m benchmarks.ingest [subjects]        prints JSON: medians of three repeats, and ratios

The export is that of the demo (phantom bodies, full headers, about 25 KB a file, planted defects). Intake reads heads,
judges geometry and label maps, hashes, seals and records; the peers only read and hash, or only parse with pydicom.
Every program reads the same files in the same run, after one reading that warms the page cache.
"""

import hashlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from residency.demo.cohort import generate
from residency.govern.identity import Person
from residency.ingest.dicom import quietly
from residency.ingest.ingest import Ingest
from residency.protocol.people import AddPerson
from residency.protocol.protocol import Approve, DraftProtocol
from residency.site import Site, perform
from residency.wiring import make_site

REPEATS = 3
PROTOCOL = """
number: BENCH-1
title: Intake, measured
purposes: [research]
people: [steward]
classes: {imaging: deidentified}
attributes: [sex, age_band, race, ethnicity, scanner]
starts: 2020-01-01
ends: 2099-12-31
countries: [US]
retention_days: {imaging: 30}
"""


def main() -> None:
    """Measure and print."""
    subjects = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder, "export"), seed=7, package=None, subjects=subjects)
        incoming, site = Path(folder, "export/incoming"), open_bench(Path(folder))
        files = [path for part in ("ct", "labels") for path in (incoming / part).rglob("*") if path.is_file()]
        read_and_hash(files)
        programs: dict[str, Callable[[int], object]] = {
            "residency ingest": lambda n: take_in(site, incoming, f"bench-{n}"),
            "residency ingest, same files again": lambda n: take_in(site, incoming, f"bench-{n}"),
            "read and sha256": lambda n: read_and_hash(files),
            "pydicom.dcmread": lambda n: parse(files),
        }
        seconds = {name: [timed(program, n) for n in range(REPEATS)] for name, program in programs.items()}
        size = sum(path.stat().st_size for path in files)
    print(json.dumps(result(seconds, len(files), size), indent=1))


def result(seconds: dict[str, list[float]], files: int, size: int) -> dict:
    """All that is printed."""
    speeds = {name: files / statistics.median(times) for name, times in seconds.items()}
    mine = speeds["residency ingest"]
    return {
        "files": files,
        "megabytes": round(size / 1e6, 1),
        "repeats": REPEATS,
        "files_per_second": {name: round(speed, 1) for name, speed in speeds.items()},
        "ratio_of_ingest": {name: round(mine / speed, 3) for name, speed in speeds.items() if "ingest" not in name},
    }


def timed(program: Callable[[int], object], repeat: int) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    program(repeat)
    return time.perf_counter() - began


def take_in(site: Site, incoming: Path, name: str) -> None:
    """One intake under a source of this name."""
    paths = {"path": incoming / "ct", "labels": incoming / "labels", "subjects": incoming / "subjects.csv"}
    perform(site, actor(site, "steward"), "ingest", Ingest(**paths, protocol="BENCH-1", name=name))


def read_and_hash(files: list[Path]) -> None:
    """Every byte, hashed."""
    for path in files:
        hashlib.sha256(path.read_bytes()).digest()


def parse(files: list[Path]) -> None:
    """Every file, parsed by pydicom as it does by default."""
    with quietly():
        for path in files:
            try:
                dcmread(path)
            except InvalidDicomError:
                continue


def open_bench(folder: Path) -> Site:
    """A site with a steward and an approved protocol."""
    administrator = ("root", "Root", "passphrase of root")
    site = make_site(
        folder / "site", country="US", administrator=administrator, passphrase=None, argon2_memory_kib=8192
    )
    roles = {"steward": "data-steward", "lead": "principal-investigator", "board": "irb-administrator"}
    for name, role in roles.items():
        ask = AddPerson(name=name, printed_name=name, role=(role,), new_passphrase=f"passphrase of {name}")
        perform(site, actor(site, "root"), "person.add", ask)
    (folder / "protocol.yaml").write_text(PROTOCOL)
    (folder / "letter").write_text("Approved.")
    perform(site, actor(site, "lead"), "protocol.draft", DraftProtocol(file=folder / "protocol.yaml"))
    perform(site, actor(site, "board"), "protocol.approve", Approve(protocol="BENCH-1", letter=folder / "letter"))
    return site


def actor(site: Site, name: str):
    """The person of this name."""
    return site.ledger.get(Person, name).actor()


if __name__ == "__main__":
    main()
