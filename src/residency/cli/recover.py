"""The command `site recover`: custodians together give the key ring a new passphrase.

    residency site recover share-1-of-3.txt share-3-of-3.txt --ring /srv/residency/ring.json

Not an act: the site opens for nobody until it is done. Where the ring lies in the folder of its site, the log says
afterwards that it happened. Not here: making shares (`upkeep.shares`), the arithmetic (`store.custodians`).
"""

import sys
from pathlib import Path

from residency import wiring
from residency.cli import session
from residency.errors import Missing, Refused, ResidencyError
from residency.settings import FILE
from residency.site import keep_head
from residency.store.custodians import join
from residency.store.ring import WrongPassphrase
from residency.store.rings import PassphraseRing, RingFile

_ENOUGH = 64 * 1024
"""More than any share has, in bytes: who names another file by mistake does not have it read whole."""


class SharesForeign(Refused):
    """The shares are not those of this key ring as it is now."""


class ShareUnreadable(Missing):
    """A file that should hold a share cannot be read."""


def site_recover(*share: Path, ring: Path, site_passphrase_file: Path | None = None) -> int:
    """Give the key ring a new passphrase, with enough of its shares.

    Parameters
    ----------
    share:
        Files that hold shares, as many as are needed.
    ring:
        The file of the key ring.
    site_passphrase_file:
        File that holds the new passphrase; else it is asked for, twice.
    """
    root = join([_text(path) for path in share], [path.name for path in share])
    passphrase = session.changed_site_passphrase(site_passphrase_file)
    try:
        opened = PassphraseRing.reseal(RingFile(ring), root, passphrase)
    except WrongPassphrase as error:
        raise SharesForeign(
            f"These shares do not open the key ring at {ring}.",
            remedy="Bring shares that were made of it since its passphrase was last changed.",
        ) from error
    sys.stdout.write(f"The key ring at {ring} opens with the new passphrase.\n")
    sys.stdout.write("All shares made before are void: make new ones with 'residency site shares OUT'.\n")
    _note(opened, ring.absolute().parent, len(share))
    return 0


def _text(path: Path) -> str:
    """What a file of a share says; raises ShareUnreadable."""
    try:
        with path.open("rb") as file:
            return file.read(_ENOUGH).decode("utf-8", errors="replace")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ShareUnreadable(f"The share {path.name} cannot be read: {reason}.", remedy="Correct its name.") from error


def _note(ring: PassphraseRing, folder: Path, shares: int) -> None:
    """Say it in the log of the site in this folder; the ring is changed whether or not that succeeds."""
    if not (folder / FILE).is_file():
        sys.stderr.write("NOT IN THE LOG: no site.toml lies beside the key ring. Tell the auditor of this site.\n")
        return
    try:
        site = wiring.open_with_ring(folder, ring)
        site.gate.record_event(wiring.SYSTEM, "site.recover", "done", f"a new passphrase, with {shares} shares")
        keep_head(site)
        session.say_unkept(site)
    except ResidencyError as error:
        sys.stderr.write(f"NOT IN THE LOG: {error} Tell the auditor of this site.\n")
