"""A program that takes a folder in and is killed at a given moment; started by the tests, never imported by them."""

from pathlib import Path

import nibabel  # noqa: F401 - imported before the fork, so that the time measured is that of the intake

from residency.govern.identity import Person
from residency.ingest.ingest import Ingest
from residency.site import perform
from residency.wiring import open_site
from tests.fakes.dying import serve


def take_in(order, watch):
    """Take in the folder `path` at `site`."""
    site, folder = open_site(Path(order["site"])), Path(order["path"])
    watch()
    paths = {"path": folder / "ct", "labels": folder / "labels", "subjects": folder / "subjects.csv"}
    ask = Ingest(**paths, name="incoming", protocol="IRB-2026-014")
    perform(site, site.ledger.get(Person, "rao").actor(), "ingest", ask)


if __name__ == "__main__":
    serve(take_in)
