"""A program that backs up or restores and is killed at a given moment; started by the tests, never imported by them.

Each line of its input is an order: {"what": "backup" or "restore", "site": folder, "place": folder, "ring": folder,
"at": number of the fsync, link, rename, replace, unlink or commit before which it dies, or null, "after": seconds after
which it dies, or null}. Each line of its output says how the order ended.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from sqlalchemy import Engine, event

from residency.govern.identity import Person
from residency.recovery import restore_site
from residency.site import perform
from residency.upkeep.backup import Backup
from residency.wiring import open_site


def carry(order):
    """Do it; die before the call of the number ordered. Returns how many such calls there were."""
    seen = 0

    def moment(*_):
        nonlocal seen
        if seen == order["at"]:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def with_a_moment_before(call):
        return lambda *args, **kwargs: (moment(), call(*args, **kwargs))[1]

    site = open_site(Path(order["site"])) if order["what"] == "backup" else None
    for name in ("fsync", "link", "rename", "replace", "unlink"):
        setattr(os, name, with_a_moment_before(getattr(os, name)))
    event.listen(Engine, "commit", moment)
    if site is not None:
        perform(site, site.ledger.get(Person, "root").actor(), "site.backup", Backup(place=order["place"]))
    else:
        restore_site(Path(order["site"]), order["place"], lambda keys: "", ring=Path(order["ring"]))
    return seen


def obey(order):
    """Do it in a process of its own, and kill that if it is told when."""
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        os.write(write, str(carry(order)).encode())
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
