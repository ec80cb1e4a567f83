"""kill -9 while a version moves to the archive and back: it lies in one of both at every moment, and moves on."""

import random
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest

from residency.dataset.version import find
from residency.protocol.people import Nothing
from residency.store.arrays import open_volume
from residency.store.directory import DirectoryStore
from residency.store.frames import intact
from residency.upkeep.needed import survey
from residency.upkeep.tiers import Move
from residency.wiring import open_site
from tests.dataset.test_version import items_of, keys_of
from tests.fakes.clinic import Clinic


def voxels(clinic):
    version = find(clinic.site, "liver-ct@1")
    keys = keys_of(clinic, version)
    return {i.item: open_volume(clinic.site.sealed, i.array("image"), keys).whole() for i in items_of(clinic, version)}


def opened(folder):
    site = open_site(folder)
    archive = DirectoryStore(site.folder / "archive")
    archive.sweep()
    return Clinic(replace(site, archive=archive))


def kill(killed, kills):
    """Kills before random lasting calls of a move there and back."""
    folder, whole = killed("move")
    assert not whole["killed"]
    clinic = opened(folder)
    wanted = voxels(clinic)
    clinic.site.ledger.close()
    shutil.rmtree(folder)
    seed = random.randrange(2**32)
    sys.stderr.write(f"seed {seed}, {whole['calls']} calls\n")
    for number in random.Random(seed).sample(range(whole["calls"]), min(kills, whole["calls"])):
        folder, end = killed("move", at=number)
        assert end["killed"], (seed, number)
        clinic = opened(folder)
        site = clinic.site
        assert survey(site).missing == [], (seed, number)
        assert all(intact(place, name) for place in (site.objects, site.archive) for name in place.names())
        clinic.do("ito", "store.scrub", Nothing())
        clinic.do("rao", "store.move", Move(version="liver-ct@1", to="archive"))
        clinic.do("rao", "store.move", Move(version="liver-ct@1", to="store"))
        found = voxels(clinic)
        assert found.keys() == wanted.keys()
        assert all(np.array_equal(found[name], wanted[name]) for name in wanted), (seed, number)
        assert list(site.archive.names()) == []
        site.ledger.close()
        shutil.rmtree(folder)


def test_a_version_that_moves_is_killed_and_nothing_of_it_is_lost(killed):
    kill(killed, 4)


@pytest.mark.long
def test_a_version_that_moves_is_killed_forty_times(killed):
    kill(killed, 40)
