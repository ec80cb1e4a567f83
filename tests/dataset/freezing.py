"""A program that freezes a draft and is killed at a given moment; started by the tests, never imported by them.

Each line of its input is an order: {"site": folder, "at": number of the fsync, link, rename or commit before which it
dies, or null, "after": seconds after which it dies, or null}. Each line of its output says how the order ended.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from sqlalchemy import event

from residency.dataset.version import Freeze
from residency.govern.identity import Person
from residency.site import perform
from residency.wiring import open_site


def freeze(folder, at):
    """Freeze; die before the call of this number. Returns how many such calls there were."""
    seen = 0

    def moment(*_):
        nonlocal seen
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    site = open_site(Path(folder))
    for name in ("fsync", "link", "rename"):
        setattr(os, name, before(getattr(os, name), moment))
    event.listen(site.ledger.engine, "commit", moment)
    perform(site, site.ledger.get(Person, "rao").actor(), "dataset.freeze", Freeze(draft="liver-ct"))
    return seen


def before(call, moment):
    """The call, with a moment before it."""

    def hooked(*args, **kwargs):
        moment()
        return call(*args, **kwargs)

    return hooked


def obey(order):
    """Freeze in a process of its own, and kill it if it is told when."""
    read, write = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if not child:
        os.write(write, str(freeze(order["site"], order["at"])).encode())
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
