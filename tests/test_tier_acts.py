"""A version moves to the archive and back, is fetched into the cache and taken out: it stays the same version."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from residency.dataset.export import ExportDataset
from residency.dataset.freeze import Freeze
from residency.dataset.version import VersionArchived, find
from residency.dataset.withdraw import Withdraw
from residency.protocol.people import Nothing
from residency.runs.submit import Submit
from residency.runs.ticket import issue
from residency.store.arrays import open_volume
from residency.store.directory import DirectoryStore
from residency.store.frames import intact
from residency.store.objects import ObjectMissing
from residency.store.tiers import CachedStore
from residency.upkeep.backup import Backup
from residency.upkeep.needed import survey
from residency.upkeep.tiers import Evict, Move, MoveUnderway, NoArchive, NoCache, Prefetch, shards_of
from residency.wiring import open_site
from tests.dataset.test_version import items_of, keys_of
from tests.fakes.clinic import Clinic


@pytest.fixture
def clinic(frozen_clinic, tmp_path):
    """A clinic with an archive on another disk."""
    return Clinic(replace(frozen_clinic.site, archive=DirectoryStore(tmp_path / "archive")))


def voxels(clinic, version):
    keys = keys_of(clinic, version)
    sealed = clinic.site.sealed
    return {item.item: open_volume(sealed, item.array("image"), keys).whole() for item in items_of(clinic, version)}


def same(before, after):
    return before.keys() == after.keys() and all(np.array_equal(before[name], after[name]) for name in before)


def ticket_for(clinic, version):
    by, run = clinic.person("marsh"), SimpleNamespace(space="")
    with clinic.site.gate.call(by, "run.submit"):
        issue(clinic.site, clinic.site.gate.grant(by, "run.submit", version), run, version, splits=("train",))


OUT = {"version": "liver-ct", "form": "nifti", "to": "U Vienna", "purpose": "research"}


def move(clinic, to, version="liver-ct", by="data-steward"):
    return clinic.do(by, "store.move", Move(version=version, to=to))


def test_a_version_that_was_archived_comes_back_to_the_bit(clinic):
    version = find(clinic.site, "liver-ct")
    before, shards = voxels(clinic, version), shards_of(clinic.site, version)
    (row,) = move(clinic, "archive").rows
    assert (row["shards"], row["kept"]) == (len(shards), 0)
    assert row["bytes after"] < row["bytes before"]
    assert not any(clinic.site.objects.has(name) for name in shards)
    assert all(intact(clinic.site.archive, name) for name in shards)
    with pytest.raises(ObjectMissing):
        voxels(clinic, version)
    with pytest.raises(VersionArchived, match="archive") as error:
        ticket_for(clinic, version)
    assert "store move" in error.value.remedy
    with pytest.raises(VersionArchived, match="archive"):
        clinic.do("rao", "dataset.export", ExportDataset(**OUT, out=clinic.site.folder.parent / "out"))
    assert survey(clinic.site).missing == []
    assert clinic.do("ito", "store.scrub", Nothing()).rows[0]["objects"] > 0
    move(clinic, "store")
    assert same(before, voxels(clinic, version))
    assert list(clinic.site.archive.names()) == []
    assert items_of(clinic, find(clinic.site, "liver-ct"))


def test_moving_twice_moves_nothing_more(clinic):
    move(clinic, "archive")
    assert move(clinic, "archive").rows[0]["shards"] == 0


def test_what_a_newer_version_names_stays_in_the_store(clinic):
    old = find(clinic.site, "liver-ct")
    subject = items_of(clinic, old)[0].subject
    clinic.do("data-steward", "dataset.withdraw", Withdraw(subject=subject, reason="consent revoked"))
    new = clinic.do("data-steward", "dataset.freeze", Freeze(draft="liver-ct"))
    assert move(clinic, "archive", "liver-ct@1").rows[0] == {
        "shards": 0,
        "bytes before": 0,
        "bytes after": 0,
        "kept": len(shards_of(clinic.site, old)),
    }
    assert voxels(clinic, new)


def test_the_archive_leaves_out_what_was_withdrawn_for_good(clinic):
    version = find(clinic.site, "liver-ct")
    before = voxels(clinic, version)
    gone = items_of(clinic, version)[3]
    clinic.do("data-steward", "dataset.withdraw", Withdraw(subject=gone.subject, reason="consent revoked"))
    move(clinic, "archive")
    move(clinic, "store")
    keys = keys_of(clinic, version)
    for item in items_of(clinic, version):
        if item.subject != gone.subject:
            assert np.array_equal(open_volume(clinic.site.sealed, item.array("image"), keys).whole(), before[item.item])


def test_a_move_that_broke_off_is_gone_on_with(clinic):
    version = find(clinic.site, "liver-ct")
    before = voxels(clinic, version)
    (name, *_) = shards_of(clinic.site, version)
    clinic.site.archive.put(name, [b"half a shard"])
    move(clinic, "archive")
    assert intact(clinic.site.archive, name)
    # Killed between the copy and the deletion: both are there.
    clinic.site.objects.put(name, [clinic.site.archive.read(name)])
    move(clinic, "archive")
    assert not clinic.site.objects.has(name)
    move(clinic, "store")
    assert same(before, voxels(clinic, version))


def test_without_an_archive_or_a_cache_that_is_said(frozen_clinic):
    with pytest.raises(NoArchive):
        move(frozen_clinic, "archive")
    with pytest.raises(NoCache):
        frozen_clinic.do("marsh", "store.prefetch", Prefetch(version="liver-ct"))
    with pytest.raises(NoCache):
        frozen_clinic.do("marsh", "store.evict", Evict(version="liver-ct"))


def test_a_version_is_fetched_into_the_cache_and_taken_out(frozen_clinic, tmp_path):
    cached = CachedStore(frozen_clinic.site.objects, tmp_path / "cache", 1 << 30)
    clinic = Clinic(replace(frozen_clinic.site, objects=cached))
    shards = shards_of(clinic.site, find(clinic.site, "liver-ct"))
    (row,) = clinic.do("marsh", "store.prefetch", Prefetch(version="liver-ct")).rows
    assert (row["fetched"], row["no room"]) == (len(shards), 0)
    assert clinic.do("marsh", "store.prefetch", Prefetch(version="liver-ct")).rows[0]["here"] == len(shards)
    assert any(row["folder"] == "cache" for row in clinic.do("root", "store.status", Nothing()).rows)
    assert clinic.do("marsh", "store.evict", Evict(version="liver-ct")).rows[0]["objects"] == len(shards)


def test_a_study_trains_through_a_cache_named_in_the_settings(frozen, tmp_path):
    clinic = frozen.open(tmp_path / "site")
    clinic.site.ledger.close()
    file = tmp_path / "site" / "site.toml"
    file.write_text(
        file.read_text().replace('[store]\nurl = ""', '[store]\nurl = ""\ncache = "cache"\ncache_gib = 0.5')
    )

    clinic = Clinic(open_site(tmp_path / "site"))
    assert isinstance(clinic.site.objects, CachedStore)
    run = clinic.do("marsh", "run.submit", Submit(version="liver-ct", file=frozen.study))
    assert run.state == "finished"
    assert clinic.site.objects.status().objects > 0
    clinic.site.ledger.close()


def test_a_backup_holds_what_lies_in_the_archive_alone(clinic, tmp_path):
    shards = shards_of(clinic.site, find(clinic.site, "liver-ct"))
    move(clinic, "archive")
    clinic.do("root", "site.backup", Backup(place=str(tmp_path / "backup")))
    kept = DirectoryStore(tmp_path / "backup")
    assert all(intact(kept, f"objects/{name}", called=name) for name in shards)


class _Meanwhile(DirectoryStore):
    """A directory in which something else happens before the first object is removed."""

    def __init__(self, folder, what):
        super().__init__(folder)
        self.what = what

    def delete(self, name):
        what, self.what = self.what, lambda: None
        what()
        super().delete(name)


def test_of_two_moves_that_oppose_each_other_one_is_refused_and_no_shard_is_lost(clinic, tmp_path):
    refused = []

    def back():
        with pytest.raises(MoveUnderway) as error:
            move(clinic, "store")
        refused.append(error.value)

    version = find(clinic.site, "liver-ct")
    before = voxels(clinic, version)
    move(Clinic(replace(clinic.site, objects=_Meanwhile(clinic.site.folder / "objects", back))), "archive")
    assert len(refused) == 1
    assert survey(clinic.site).missing == []
    move(clinic, "store")
    assert same(before, voxels(clinic, version))


def test_a_move_that_was_killed_before_it_removed_is_told_and_ends_when_it_is_repeated(clinic):
    version = find(clinic.site, "liver-ct")
    move(clinic, "archive")
    shard = shards_of(clinic.site, version)[0]
    clinic.site.objects.put(shard, [clinic.site.archive.read(shard)])
    assert any(
        "1 objects lie in the archive, too" in note for note in clinic.do("ito", "store.status", Nothing()).notes
    )
    move(clinic, "archive")
    assert not any("archive, too" in note for note in clinic.do("ito", "store.status", Nothing()).notes)
