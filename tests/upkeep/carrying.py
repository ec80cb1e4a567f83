"""A program that backs up or restores and is killed at a given moment; started by the tests, never imported by them."""

from pathlib import Path

from residency.govern.identity import Person
from residency.restoring import restore_site
from residency.site import perform
from residency.upkeep.backup import Backup
from residency.wiring import open_site
from tests.fakes.dying import CALLS, serve


def carry(order, watch):
    """Do `what` with `site` and `place`; a restore takes the keys from `ring`."""
    folder, place = Path(order["site"]), order["place"]
    if order["what"] == "backup":
        site = open_site(folder)
        watch()
        perform(site, site.ledger.get(Person, "root").actor(), "site.backup", Backup(place=place))
    else:
        watch()
        restore_site(folder, place, lambda keys: "", ring=Path(order["ring"]))


if __name__ == "__main__":
    serve(carry, calls=(*CALLS, "replace", "unlink"))
