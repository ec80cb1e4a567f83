"""A program that exports a version and is killed at a given moment; started by the tests, never imported by them."""

from pathlib import Path

from residency.dataset.export import ExportDataset
from residency.govern.identity import Person
from residency.site import perform
from residency.wiring import open_site
from tests.fakes.dying import CALLS, serve


def export(order, watch):
    """Export the version of `site` to `out`."""
    site = open_site(Path(order["site"]))
    watch()
    ask = ExportDataset(version="liver-ct", out=Path(order["out"]), form="nifti", to="Vienna", purpose="research")
    perform(site, site.ledger.get(Person, "rao").actor(), "dataset.export", ask)


if __name__ == "__main__":
    serve(export, calls=(*CALLS, "mkdir", "unlink"))
