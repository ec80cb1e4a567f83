"""Exports as the tests ask for them, and what came of them: in the folder, in the version, in the log."""

import json

from residency.dataset.export import DISCLOSURE, ExportDataset
from residency.govern import audit
from residency.store.arrays import open_volume
from tests.dataset.test_version import freeze, items_of, keys_of

EVERYTHING = ("train", "tune", "test")
TO = "University of Vienna, Dept. of Radiology"
CAVEAT = "generated from 3 real anatomies"


def hand_out(clinic, out, form="nifti", by="data-steward", **how):
    ask = {"version": "liver-ct", "out": out, "form": form, "to": TO, "purpose": "research"} | how
    return clinic.do(by, "dataset.export", ExportDataset(**ask))


def arrays(clinic):
    """Split, and voxels by role, of every item of the version."""
    version = freeze(clinic)
    keys = keys_of(clinic, version)
    for item in items_of(clinic, version):
        yield item, {role: open_volume(clinic.site.sealed, ref, keys).whole() for role, ref in item.parts.items()}


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def disclosed(folder):
    return json.loads((folder / DISCLOSURE).read_text())


def events(clinic):
    with clinic.site.ledger.reading() as book:
        return [event for _, event in audit.events(book) if event["act"] == "dataset.export"]


def leases(clinic):
    return [event for event in events(clinic) if event["outcome"] == "lease"]
