"""Which items of a cleaning are looked at: drawn by a seed, and every kind of object among them.

    drawn = draw(kinds, 20, seed=7, root=deid.root)       kinds: item → "CTImageStorage"

Items stand in an order that the seed, the root and their names fix, so that the draw can be repeated anywhere and by
any program: SHA-256 of "root|seed|item". The first of every kind is taken, then the order is followed. A kind that is
rare is therefore seen more often than its share; the interval of an agreement does not correct for it. Not here:
opening the items (`sample`).
"""

import hashlib
from collections.abc import Mapping

from pydicom.uid import UID

from residency.deid.dicom.elements import read
from residency.errors import BadInput

_SOP_CLASS = 0x00080016
UNKNOWN = "other"


class TooFewItems(BadInput):
    """A sample of so few items cannot have every kind in it."""


class NothingToReview(BadInput):
    """The cleaning let nothing through that could still be opened."""


def kind_of(data: bytes) -> str:
    """The kind of object of a file, by the keyword of its SOP class (PS3.6 A); never a value of the file."""
    return UID(read(data).get(_SOP_CLASS).decode("latin-1")).keyword or UNKNOWN


def draw(kinds: Mapping[str, str], items: int, *, seed: int, root: str) -> list[str]:
    """So many items, or all where there are not more; raises NothingToReview, TooFewItems."""
    if not kinds:
        raise NothingToReview("There is no item to look at.", remedy="Clean the source first: residency deid run.")
    order = sorted(kinds, key=lambda item: hashlib.sha256(f"{root}|{seed}|{item}".encode()).digest())
    firsts = dict.fromkeys(kinds[item] for item in order)
    if len(firsts) > items:
        raise TooFewItems(
            f"There are {len(firsts)} kinds of objects.", remedy=f"Ask for --items {len(firsts)} or more."
        )
    taken = {next(item for item in order if kinds[item] == kind) for kind in firsts}
    for item in order:
        if len(taken) >= items:
            break
        taken.add(item)
    return [item for item in order if item in taken]
