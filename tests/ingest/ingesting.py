"""A program that takes a folder in and is killed at a given moment; started by the tests, never imported by them.

Each line of its input is an order: {"site": folder, "path": folder, "at": number of the fsync, link, rename or commit
before which it dies, or null, "after": seconds after which it dies, or null}. Each line of its output says how the
order ended.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import nibabel  # noqa: F401 - imported before the fork, so that the time measured is that of the intake
from sqlalchemy import event

from residency.govern.identity import Person
from residency.ingest.intake import Ingest
from residency.site import perform
from residency.wiring import open_site


def take_in(order):
    """Take the folder in; die before the call of the number ordered. Returns how many such calls there were."""
    seen = 0

    def moment(*_):
        nonlocal seen
        if seen == order["at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def with_a_moment_before(call):
        return lambda *args, **kwargs: (moment(), call(*args, **kwargs))[1]

    site = open_site(Path(order["site"]))
    for name in ("fsync", "link", "rename"):
        setattr(os, name, with_a_moment_before(getattr(os, name)))
    event.listen(site.ledger.engine, "commit", moment)
    folder = Path(order["path"])
    ask = Ingest(
        path=folder / "ct",
        labels=folder / "labels",
        subjects=folder / "subjects.csv",
        name="incoming",
        protocol="IRB-2026-014",
    )
    perform(site, site.ledger.get(Person, "rao").actor(), "ingest", ask)
    return seen


def obey(order):
    """Take in in a process of its own, and kill it if it is told when."""
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        os.write(write, str(take_in(order)).encode())
        os._exit(0)
    os.close(write)
    if order["after"] is not None:
        time.sleep(order["after"])
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    said = os.read(read, 100).decode()
    os.close(read)
    return {"killed": os.WIFSIGNALED(status), "calls": int(said or 0), "seconds": time.monotonic() - began}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)
