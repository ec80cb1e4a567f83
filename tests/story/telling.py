"""A program that takes a folder in, cleans it and freezes it, and is killed at a given moment; started by the tests.

Each line of its input is an order: {"site": folder, "hospital": folder, "after": seconds after which it dies, or null}.
Each line of its output says how the order ended.
"""

import json
import os
import signal
import sys
import time
from datetime import date
from pathlib import Path

import nibabel  # noqa: F401 - imported before the fork, so that the time measured is that of the work

from residency.dataset.draft import DraftDataset
from residency.dataset.freeze import Freeze
from residency.deid.determine import Determine
from residency.deid.run import RunDeid
from residency.govern.identity import Person
from residency.ingest.ingest import Ingest
from residency.site import perform
from residency.wiring import open_site


def tell(order):
    """The story as far as a frozen version."""
    site, came = open_site(Path(order["site"])), Path(order["hospital"]) / "incoming"
    taken = {"path": came / "ct", "labels": came / "labels", "subjects": came / "subjects.csv"}
    expert = {"expert": "E. X. Pert", "qualifications": "statistician", "method": "by eye", "result": "very small"}
    drafted = {"train": 1.0, "tune": 0.0, "test": 0.0, "allow_shared_anatomy": True, "label": ("1=liver",)}
    for person, act, ask in (
        ("rao", "ingest", Ingest(name="incoming", protocol="IRB-2026-014", **taken)),
        ("rao", "deid.run", RunDeid(source="incoming")),
        ("weber", "deid.determine", Determine(source="incoming", expires=date(2031, 1, 1), invented=True, **expert)),
        ("rao", "dataset.draft", DraftDataset(name="liver-ct", source=("incoming",), **drafted)),
        ("rao", "dataset.freeze", Freeze(draft="liver-ct")),
    ):
        perform(site, site.ledger.get(Person, person).actor(), act, ask)


def obey(order):
    """Tell it in a process of its own, and kill it if it is told when."""
    began, child = time.monotonic(), os.fork()
    if not child:
        code = 1
        try:
            tell(order)
            code = 0
        finally:
            os._exit(code)
    if order["after"] is not None:
        time.sleep(order["after"])
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    return {"killed": os.WIFSIGNALED(status), "code": status >> 8, "seconds": time.monotonic() - began}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(obey(json.loads(line))), flush=True)
