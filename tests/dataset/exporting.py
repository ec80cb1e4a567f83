"""A program that exports a version and is killed at a given moment; started by the tests, never imported by them.

Orders and answers are those of `freezing`; an order names the folder to write, too. The moments are before each call
that makes something last: mkdir, fsync, rename, unlink, link, and each commit of the ledger.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from sqlalchemy import event

from residency.dataset.export import ExportDataset
from residency.govern.identity import Person
from residency.site import perform
from residency.wiring import open_site
from tests.dataset.freezing import before


def export(folder, out, at):
    """Export; die before the call of this number. Returns how many such calls there were."""
    seen = 0

    def moment(*_):
        nonlocal seen
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    site = open_site(Path(folder))
    for name in ("mkdir", "fsync", "rename", "unlink", "link"):
        setattr(os, name, before(getattr(os, name), moment))
    event.listen(site.ledger.engine, "commit", moment)
    ask = ExportDataset(version="liver-ct", out=Path(out), form="nifti", to="Vienna", purpose="research")
    perform(site, site.ledger.get(Person, "rao").actor(), "dataset.export", ask)
    return seen


def obey(order):
    """Export in a process of its own, and kill it if it is told when."""
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        os.write(write, str(export(order["site"], order["out"], order["at"])).encode())
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
