"""A restore knows the archive: what lies there is not missing, and what rotted there is brought back there."""

import pytest

from residency.dataset.version import find
from residency.protocol.people import Nothing
from residency.upkeep.needed import survey
from residency.upkeep.store import ObjectsDamaged
from residency.upkeep.tiers import Move, shards_of
from residency.wiring import open_site
from tests.fakes.clinic import Clinic
from tests.test_tier_acts import same, voxels
from tests.upkeep.test_backup import restore, take


@pytest.fixture
def clinic(frozen_clinic, tmp_path):
    """A clinic whose settings name an archive."""
    folder = frozen_clinic.site.folder
    frozen_clinic.site.ledger.close()
    file = folder / "site.toml"
    file.write_text(file.read_text().replace("[store]\n", f'[store]\narchive = "file://{tmp_path}/archive"\n'))
    return Clinic(open_site(folder))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "backup"


def move(clinic, to):
    clinic.do("data-steward", "store.move", Move(version="liver-ct", to=to))


def damage(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:])


def test_what_lies_in_the_archive_is_not_brought_back_into_the_store(clinic, place):
    move(clinic, "archive")
    take(clinic, place)
    again, done = restore(clinic.site.folder, place)
    assert done.rows[0]["copied"] == 0
    seen = survey(again.site)
    assert not seen.there.keys() & seen.archived.keys()
    again.site.ledger.close()


def test_a_shard_that_rotted_in_the_archive_is_brought_back_there(clinic, place, tmp_path):
    move(clinic, "archive")
    take(clinic, place)
    shard = shards_of(clinic.site, find(clinic.site, "liver-ct"))[0]
    damage(tmp_path / "archive" / shard)
    with pytest.raises(ObjectsDamaged, match="1 of"):
        clinic.do("ito", "store.scrub", Nothing())
    again, done = restore(clinic.site.folder, place)
    assert done.rows[0]["copied"] == 1
    again.do("ito", "store.scrub", Nothing())
    assert not again.site.objects.has(shard)
    again.site.ledger.close()


def test_a_shard_that_was_moved_since_the_backup_is_left_as_it_is(clinic, place):
    before = voxels(clinic, find(clinic.site, "liver-ct"))
    move(clinic, "archive")
    take(clinic, place)
    move(clinic, "store")
    again, done = restore(clinic.site.folder, place)
    assert done.rows[0]["copied"] == 0
    assert same(before, voxels(again, find(again.site, "liver-ct")))
    again.site.ledger.close()
