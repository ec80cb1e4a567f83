"""The act `site.shares`: the root of the key ring in the hands of custodians, in case its passphrase is lost.

    perform(site, administrator, "site.shares", Shares(out=Path("/media/stick/shares")))
    residency site recover share-1-of-3.txt share-3-of-3.txt --ring ring.json       # when the passphrase is gone

A lease is logged before anything is written. No share is shown, logged or kept; each stands in one file that its owner
alone can read. Shares made before stay good until the ring gets another passphrase. Not here: the arithmetic
(`store.custodians`), bringing the root back (`cli.recover`).
"""

from pathlib import Path

from pydantic import Field

from residency.errors import Conflict
from residency.govern.identity import Actor
from residency.kernel.record import Part
from residency.site import Site
from residency.store.custodians import split
from residency.store.outlet import Outlet, checked_place, outlet
from residency.store.rings import PassphraseRing
from residency.upkeep.report import Report

CARE = (
    "Give each custodian one file and delete this folder: whoever has enough of them opens everything here.",
    "Shares are kept apart from each other and from every backup; a new passphrase makes them void.",
)


class NothingToShare(Conflict):
    """The key ring has no root that shares could bring back."""


class Shares(Part):
    """Shares to write."""

    out: Path = Field(description="The folder to write: new or empty, and outside the site.")
    needed: int = Field(2, description="How many custodians together bring the root back; 2 or more.")
    of: int = Field(3, description="How many shares there are, at most 255.")


def shares(site: Site, by: Actor, ask: Shares) -> Report:
    """Write the shares; raises NothingToShare, SplitImpossible, ExportTaken, ExportInside, ExportUnwritable."""
    place = checked_place(ask.out, apart=site.folder)
    with site.gate.lease(by, "site.shares", None, to=f"custodians at {place}"), outlet(place) as folder:
        names = _write(_shareable(site), ask, folder)
        with site.gate.act(by, "site.shares") as act:
            act.reason = f"{ask.of} shares of the key ring, {ask.needed} needed, at {place}"
        folder.publish()
    rows = tuple({"share": name} for name in names)
    return Report(title=f"Any {ask.needed} of {ask.of} bring the key ring back", rows=rows, notes=CARE)


def _shareable(site: Site) -> PassphraseRing:
    """The ring; raises NothingToShare."""
    if not isinstance(site.ring, PassphraseRing):
        raise NothingToShare(
            f"A key ring of kind '{site.settings.keys.kind}' has no passphrase: its keys never leave token or server.",
            remedy="Use the backup of the token or of the key server.",
        )
    if site.development:
        raise NothingToShare(
            "This site has a development key, which lies open in its folder.",
            remedy="Share the ring of a site that was made with a passphrase.",
        )
    return site.ring


def _write(ring: PassphraseRing, ask: Shares, folder: Outlet) -> list[str]:
    for number, text in enumerate(split(ring.root, ask.needed, ask.of), 1):
        folder.put(f"share-{number}-of-{ask.of}.txt", text.encode(), mode=0o600)
    folder.sync()
    return [file.path for file in folder.files]
