"""A program that performs acts on a store and is killed at a given moment; started by the tests, never imported.

    {"site": folder, "act": "freeze", "at": 17, "after": null}

Each line of its input is an order: `at` is the number of the lasting call (write, fsync, link, …, commit)
before which it dies, `after` the seconds after which it dies; with neither it ends by itself. Other words belong to the
act. Each line of its output says how the order ended: whether it was killed, how many lasting calls there were, and how
often the act ended how; `for` repeats it for so many seconds, each time with the next number `turn`, and then until it
is done once (but not for ever): on a busy machine there may be time for one try alone, which another act beats.
"""

import io
import json
import os
import posix
import signal
import sqlite3
import sys
import threading
import time
import traceback
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import duckdb  # noqa: F401 - imported before the fork
import nibabel  # noqa: F401
import numpy as np
import pyarrow as pa

from residency.dataset.freeze import Freeze
from residency.dataset.withdraw import Withdraw
from residency.errors import Conflict, ResidencyError
from residency.govern.identity import Person
from residency.ingest.ingest import Ingest
from residency.protocol.people import Nothing
from residency.site import function_of, perform
from residency.store.directory import DirectoryStore
from residency.store.sealed import GroupKey, Sealed
from residency.store.shards import ShardWriter
from residency.store.tables import QueryTooLarge, open_tables, sql_over, write_table
from residency.store.tiers import CachedStore
from residency.upkeep.tiers import Move
from residency.wiring import open_site

PATIENCE = 60
CALLS = {"fsync", "link", "rename", "replace", "unlink", "ftruncate", "posix_fallocate", "pwrite", "mkdir"}
METHODS = {"write": io.BufferedWriter | io.FileIO, "flush": io.BufferedWriter, "commit": sqlite3.Connection}


def do(site, person, act, ask):
    """Perform an act as this person."""
    perform(site, site.ledger.get(Person, person).actor(), act, ask)


def ingest(site, order):
    """Take in a folder of the hospital's."""
    folder = Path(order["hospital"])
    about = {"name": f"incoming{order['turn'] or ''}", "protocol": "IRB-2026-014"}
    paths = {"path": folder / "ct", "labels": folder / "labels", "subjects": folder / "subjects.csv"}
    do(site, "rao", "ingest", Ingest(**paths, **about))


def freeze(site, order):
    """Freeze what was drafted, the second time and later under another seed."""
    do(site, "rao", "dataset.freeze", Freeze(draft="liver-ct", seed=order["turn"] or None))


def rotate(site, order):
    """A new generation of keys."""
    do(site, "root", "site.rotate", Nothing())


def withdraw(site, order):
    """Forget a subject, the second time another one."""
    subjects = order["subjects"]
    ask = Withdraw(subject=subjects[order["turn"] % len(subjects)], reason="consent revoked")
    do(site, "rao", "dataset.withdraw", ask)


def clean(site, order):
    """Remove what nothing names."""
    do(site, "root", "store.clean", Nothing())


def scrub(site, order):
    """Read every object."""
    do(site, "ito", "store.scrub", Nothing())


def look(site, order):
    """Open the site anew, as every command does, and look whether all holds."""
    again = open_site(site.folder)
    do(again, "ito", "site.doctor", Nothing())
    again.ledger.close()


def cache_of(site, order):
    """A cache that holds half of what there is."""
    return CachedStore(site.objects, site.folder / "cache", order["limit"], tell=sys.exit)


def prefetch(site, order):
    """Fetch shards into the cache, pinned, while there is no room for all."""
    names = list(site.objects.names("shards/"))[:: -1 if order["turn"] % 2 else 1]
    cache = cache_of(site, order)
    with cache.pin(names[:2]):
        cache.prefetch(names, threads=2)
        for name in names:
            cache.read(name)


def evict(site, order):
    """Push out what is in the cache, by name and by size, and fetch it again."""
    names, cache = list(site.objects.names("shards/")), cache_of(site, order)
    cache.prefetch(names[1:], threads=1)
    cache.evict(names[: len(names) // 2])
    cache.evict(order["limit"] // 4)
    cache.read(names[0])
    cache.check()


def move(site, order):
    """Move a version to the archive and back."""
    site = replace(site, archive=DirectoryStore(site.folder / "archive"))
    for to in ("archive", "store"):
        do(site, "rao", "store.move", Move(version="liver-ct@1", to=to))


def tables(site, order):
    """Seal a table, a sequence and an object, read them through the cache, and ask for more rows than memory holds."""
    mark, key = order["mark"], GroupKey("group-of-tables", bytes(range(32)))
    sealed = Sealed(cache_of(site, order))
    rows = pa.table({"who": [f"{mark}{n % 97}" for n in range(20_000)], "number": np.arange(20_000)})
    refs = [write_table(sealed, key, [rows], rows.schema, context=f"table {n}", group_rows=5_000) for n in range(2)]
    writer = ShardWriter(sealed.objects)
    writer.add(key, np.frombuffer((mark * 8_000).encode(), np.uint8), context="sequence")
    writer.commit()
    keys = {key.id: key.key}
    pairs = "select a.who || b.who as pair from rows a join rows b using (who) where b.number < 2000 order by pair"
    with suppress(QueryTooLarge), sql_over({"rows": open_tables(sealed, refs, keys)}, memory_mib=48) as sql:
        sql.execute(pairs).fetchall()
        raise AssertionError("The memory held all pairs: nothing could have been spilled.")


_ALL = (ingest, freeze, rotate, withdraw, clean, scrub, prefetch, evict, move, tables, look)
ACTS = {act.__name__: act for act in _ALL}


def act(order):
    """Perform the act; die before the lasting call ordered. Returns their number, and how often it ended how."""
    seen, ends, one, site = 0, Counter(), threading.Lock(), open_site(Path(order["site"]))

    def before_a_call(_, kind, called):
        nonlocal seen
        if kind == "c_call" and lasts(called):
            with one:
                if seen == order["at"]:
                    os.kill(os.getpid(), signal.SIGKILL)
                seen += 1

    threading.setprofile(before_a_call)
    sys.setprofile(before_a_call)
    until = time.monotonic() + order.get("for", 0)
    for turn in range(order.get("turn", 0), sys.maxsize):
        try:
            ACTS[order["act"]](site, order | {"turn": turn})
            ends["done"] += 1
        except ResidencyError as error:
            if "for" not in order:
                raise
            kind = "conflict" if isinstance(error, Conflict) else "error"
            ends[f"{kind} {type(error).__name__}: {error.message}"] += 1
        served = ends["done"] or order["act"] == "rotate"  # which may find keys made meanwhile every time
        if time.monotonic() >= until + (0 if served else PATIENCE):
            sys.setprofile(None)
            return {"calls": seen, "ends": ends}


def lasts(called):
    """Whether a call into the system changes what lies on a disk, as far as a killed process can leave it half done."""
    name, of = called.__name__, called.__self__
    return (of is posix and name in CALLS) or (name in METHODS and isinstance(of, METHODS[name]))


def obey(order):
    """Act in a process of its own, and kill it if it is told when."""
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.write(write, json.dumps(act(order)).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(write)
    if order["after"] is not None:
        time.sleep(order["after"])
        os.kill(child, signal.SIGKILL)
    with os.fdopen(read) as said:
        text = said.read()
    status = os.waitpid(child, 0)[1]
    how = {"killed": os.WIFSIGNALED(status), "code": status >> 8, "seconds": time.monotonic() - began}
    return {"calls": 0, "ends": {}, **json.loads(text or "{}"), **how}


if __name__ == "__main__":
    # Imported before the fork, so that the moments drawn are those of the work.
    for name in ("site.rotate", "site.doctor", "store.clean"):
        function_of(name)
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)
