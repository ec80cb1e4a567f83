"""The audit log beside the same rows without it, and its verification beside hashing the same bytes once.

    python -m benchmarks.audit [events]        prints JSON: medians of repeats, and ratios

Appends are durable (one transaction and one wait for the disk each), on SQLite and on PostgreSQL; the peer inserts the
same text into a plain table of the same database, in the same run. Verification hashes every event again, grows the
tree and checks the signed head; the peer is one SHA-256 over the same bytes already in memory.
"""

import cProfile
import hashlib
import json
import pstats
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, update

from residency.govern import audit
from residency.govern.identity import SigningKey
from residency.govern.ledger import Ledger, sqlite_url
from residency.govern.schema import head, leaves
from residency.kernel.digest import canonical
from residency.kernel.merkle import Frontier, leaf_hash

sys.path.insert(0, str(Path(__file__).parent.parent))
postgres = import_module("tests.fakes.postgres")  # the server that the tests start, found also when run by its path
REPEATS, BATCH = 5, 60
PLAIN = Table("plain", MetaData(), Column("number", Integer, primary_key=True), Column("body", Text))
KEY = SigningKey("residency/site/bench", Ed25519PrivateKey.generate())


def main() -> None:
    """Measure and print."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(tempfile.mkdtemp(prefix="residency-bench-"))
    folder.chmod(0o755)
    try:
        result = {"sqlite": appends(sqlite_url(folder / "ledger.db"))}
        with postgres.running_postgres(folder / "server", durable=True) as server:
            result["postgresql"] = appends(server.new_database())
        result["verification"] = verification(sqlite_url(folder / "long.db"), events)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, indent=1))


def appends(url: str) -> dict:
    """Events per second, beside plain rows of the same text, taken in turns so that both meet the same disk."""
    ledger = Ledger.open(url)
    PLAIN.create(ledger.engine)
    mine, plain, number = [], [], 0
    for _ in range(REPEATS):
        mine.append(seconds(lambda: [append(ledger, n) for n in range(BATCH)]))
        start = number
        plain.append(seconds(lambda start=start: [insert_plain(ledger, start + n) for n in range(BATCH)]))
        number += BATCH
    ledger.close()
    speeds = BATCH / statistics.median(mine), BATCH / statistics.median(plain)
    return {
        "appends_per_second": round(speeds[0], 1),
        "plain_inserts_per_second": round(speeds[1], 1),
        "ratio": round(speeds[0] / speeds[1], 3),
        "repeats": REPEATS,
        "appends_per_repeat": BATCH,
    }


def append(ledger: Ledger, number: int) -> None:
    """One event in a transaction of its own."""
    with ledger.writing() as book:
        audit.append(book, event(number), KEY)


def insert_plain(ledger: Ledger, number: int) -> None:
    """The same text in a plain table, in a transaction of its own."""
    with ledger.writing() as book:
        book.connection.execute(insert(PLAIN).values(number=number, body=canonical(event(number)).decode()))


def event(number: int) -> dict:
    """An event of the length and shape of a real one."""
    return {
        "at": "2026-11-24T00:00:00.000000Z",
        "actor": {"kind": "person", "id": "person-01m85ez1g5t4z747sq0qax9b7e", "roles": ["data-steward"]},
        "act": "ingest",
        "call": f"call-{number:026d}",
        "outcome": "done",
        "thing": {"kind": "source", "id": f"source-{number:026d}", "digest": "sha256:" + f"{number:064x}"},
        "reason": "",
        "gates": [],
        "saved": [{"kind": "intake", "id": f"intake-{number:026d}", "digest": "sha256:" + f"{number + 1:064x}"}],
        "made": [],
        "detail": {},
    }


def verification(url: str, events: int) -> dict:
    """Seconds to verify a long log, and where they go."""
    ledger, bodies = Ledger.open(url), [canonical(event(number)) for number in range(events)]
    write(ledger, bodies)
    whole = b"".join(bodies)
    mine, peer = [], []
    for _ in range(REPEATS):
        mine.append(seconds(lambda: verify(ledger, events)))
        peer.append(seconds(lambda: hashlib.sha256(whole).digest()))
    profile = cProfile.Profile()
    profile.runcall(verify, ledger, events)
    ledger.close()
    mine_s, peer_s = statistics.median(mine), statistics.median(peer)
    return {
        "events": events,
        "megabytes": round(len(whole) / 1e6, 1),
        "seconds": round(mine_s, 3),
        "sha256_of_the_same_bytes_seconds": round(peer_s, 3),
        "ratio": round(mine_s / peer_s, 1),
        "events_per_second": round(events / mine_s),
        "repeats": REPEATS,
        "share_of_profiled_time": shares(profile),
    }


def write(ledger: Ledger, bodies: list[bytes]) -> None:
    """A long log in one transaction: the state that as many appends would leave."""
    tree = Frontier()
    rows = [{"number": n, "hash": leaf_hash(body), "body": body.decode()} for n, body in enumerate(bodies)]
    for row in rows:
        tree.append(row["hash"])
    peaks = " ".join(peak.hex() for peak in tree.peaks)
    with ledger.writing() as book:
        book.connection.execute(insert(leaves), rows)
        note = audit.sign_head(tree, KEY)
        book.connection.execute(update(head).values(size=tree.size, peaks=peaks, note=note))


def verify(ledger: Ledger, events: int) -> None:
    """One verification; it must find the log whole."""
    with ledger.reading() as book:
        verdict = audit.verify(book, KEY.public)
    assert (verdict.size, verdict.findings) == (events, ())


def shares(profile: cProfile.Profile) -> dict[str, float]:
    """The five functions with the most time of their own."""
    stats = pstats.Stats(profile)
    rows = sorted(stats.stats.items(), key=lambda row: -row[1][2])[:5]
    return {f"{Path(where).name}:{name}": round(row[2] / stats.total_tt, 2) for (where, _, name), row in rows}


def seconds(program: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    program()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
