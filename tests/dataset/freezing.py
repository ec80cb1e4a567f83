"""A program that freezes a draft and is killed at a given moment; started by the tests, never imported by them."""

from pathlib import Path

from residency.dataset.freeze import Freeze
from residency.govern.identity import Person
from residency.site import perform
from residency.wiring import open_site
from tests.fakes.dying import serve


def freeze(order, watch):
    """Freeze the draft of `site`."""
    site = open_site(Path(order["site"]))
    watch()
    perform(site, site.ledger.get(Person, "rao").actor(), "dataset.freeze", Freeze(draft="liver-ct"))


if __name__ == "__main__":
    serve(freeze)
