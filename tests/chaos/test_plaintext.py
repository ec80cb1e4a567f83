"""What the chaos suite looks for on disks, it finds: in every form in which a mark could lie open.

That nothing lies open is asserted after every kill (`test_kills`), in the site with its store, ledger, cache and logs,
and where the program would leave temporary files.
"""

import base64
import zlib

import pytest

from tests.chaos.world import MARK


@pytest.mark.parametrize("form", ["text", "base64", "unpacked", "name", "voxels", "packed"])
def test_a_mark_that_lies_open_is_found(world, tmp_path, form):
    voxels, packed = world.voxels()[:2]
    planted = {
        "text": MARK.lower().encode("utf-16-le"),
        "base64": base64.b64encode(b"#" + MARK.encode()),
        "unpacked": zlib.compress(MARK.encode() * 3),
        "name": b"Planted^NamePLANTED1",
        "voxels": voxels,
        "packed": packed,
    }
    (tmp_path / "leak").write_bytes(b"\0" * 7 + planted[form] + b"\0" * 7)
    assert world.lies_open(tmp_path) != []


def test_the_voxels_that_are_looked_for_are_unlike_each_other(world):
    """A run of zeros would be found everywhere, or nowhere."""
    needles = world.voxels()
    assert len(set(needles)) == len(needles) == 2 * len(world.made)
    assert min(len(set(needle)) for needle in needles) > 12
