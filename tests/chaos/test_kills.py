"""kill -9 at random moments of every act that touches the store: nothing is torn, lost, open to read, or kept for ever.

After each kill the site is opened by another process than the one that died; what must hold holds, the act is repeated
and gives what it would have given, and when all leases are over only what nothing names is removed.
"""

import random
import shutil
import sys

import pytest

from residency.dataset.freeze import Freeze
from residency.dataset.version import find, versions
from residency.dataset.withdraw import Withdraw
from residency.ingest.ingest import Ingest
from residency.ingest.source import Source
from residency.protocol.people import Nothing
from residency.store.keys import KeyGroup
from residency.store.tiers import CachedStore
from residency.wiring import open_site
from tests.dataset.test_version import items_of
from tests.fakes.clinic import Clinic

KINDS = ("ingest", "freeze", "rotate", "withdraw", "prefetch", "evict", "clean", "scrub", "tables")


def check(world, act, place, aside):
    """What must hold after a kill; after the act was repeated; and after what was left is cleaned away."""
    assert world.lies_open(place, aside) == []
    clinic = Clinic(open_site(place))
    assert list((place / "objects/.tmp").iterdir()) == []
    world.holds(clinic)
    world.forgets_wholly(clinic)
    AGAIN[act](world, clinic)
    world.holds(clinic)
    world.forgets_wholly(clinic)
    clinic.site.ledger.close()
    clinic = Clinic(open_site(place))
    world.cleans(clinic)
    world.holds(clinic)
    clinic.site.ledger.close()
    assert [path for path in place.rglob(".*") if not path.name.startswith((".tmp", ".ring.json."))] == []
    assert world.lies_open(place, aside) == []
    shutil.rmtree(place)


def ingested(world, clinic):
    paths = {"path": world.hospital / "ct", "labels": world.hospital / "labels"}
    ask = Ingest(**paths, subjects=world.hospital / "subjects.csv", name="incoming", protocol="IRB-2026-014")
    intake = clinic.do("rao", "ingest", ask)
    assert (intake.received, intake.accepted, intake.excluded, intake.quarantined) == (18, 13, 0, 5)
    assert sorted(source.name for source in clinic.site.ledger.all(Source)) == ["before", "incoming"]
    assert clinic.do("rao", "ingest", ask).id == intake.id


def frozen(world, clinic):
    before = find(clinic.site, "liver-ct@1")
    version = clinic.do("rao", "dataset.freeze", Freeze(draft="liver-ct"))
    assert (version.number, version.left_out) == (2, {})
    assert [one.number for one in versions(clinic.site, "liver-ct")] == [1, 2]
    first, second = ({item.subject: item for item in items_of(clinic, one)} for one in (before, version))
    assert second.keys() == world.made.keys()
    assert first.items() <= second.items()


def rotated(world, clinic):
    clinic.do("root", "site.rotate", Nothing())
    assert len(clinic.site.ring.generations()) == 1


def withdrawn(world, clinic):
    subject = world.subjects[0]
    clinic.do("rao", "dataset.withdraw", Withdraw(subject=subject, reason="consent revoked"))
    theirs = {group.id: group.destroyed for group in clinic.site.ledger.all(KeyGroup)}
    of = {group.id for group in clinic.site.ledger.all(KeyGroup) if group.subject == subject}
    assert {name for name, destroyed in theirs.items() if destroyed} == of
    assert of
    assert len(clinic.site.ring.generations()) == 1


def cached(world, clinic):
    site = clinic.site
    store = CachedStore(site.objects, site.folder / "cache", world.limit, tell=sys.exit)
    found = store.check()
    assert (found.damaged, found.gone, store.status().pinned) == (0, [], 0)
    assert store.status().size <= world.limit
    assert [path for part in ("drafts", "pins") for path in (site.folder / "cache" / part).iterdir()] == []
    names = list(site.objects.names("shards/"))
    assert store.prefetch(names).fetched + found.kept > 0
    assert all(store.read(name) == site.objects.read(name) for name in names)


def cleaned(world, clinic):
    clinic.do("root", "store.clean", Nothing())
    assert clinic.do("root", "store.clean", Nothing()).rows == ({"objects": 0, "bytes": 0},)


def scrubbed(world, clinic):
    clinic.do("ito", "store.scrub", Nothing())


AGAIN = {"ingest": ingested, "freeze": frozen, "rotate": rotated, "withdraw": withdrawn, "clean": cleaned}
AGAIN |= {"scrub": scrubbed, "prefetch": cached, "evict": cached, "tables": cached}


@pytest.mark.parametrize("act", KINDS)
def test_an_act_that_is_not_killed_ends_well(killed, world, aside, act):
    place, end = killed(act)
    assert (end["killed"], end["code"], end["ends"]) == (False, 0, {"done": 1}), (aside / "said").read_text()
    assert end["calls"] > 4
    check(world, act, place, aside)


def kill(killed, world, aside, count):
    """So many kills, of each act in turn: before a random lasting call, or at a random moment."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, whole = random.Random(seed), {}
    for number in range(count):
        act = KINDS[number % len(KINDS)]
        if act not in whole:
            place, whole[act] = killed(act)
            shutil.rmtree(place)
        kill_once(killed, world, aside, act, whole[act], chance)


def kill_once(killed, world, aside, act, whole, chance):
    """Draw moments until one comes before the act is over."""
    for _ in range(20):
        moment = {"at": chance.randrange(whole["calls"])}
        if chance.random() < 0.4:
            moment = {"after": chance.uniform(0, whole["seconds"])}
        print(act, moment)
        place, end = killed(act, **moment)
        if end["killed"]:
            check(world, act, place, aside)
            return
        shutil.rmtree(place)
    raise AssertionError(f"20 kills of {act} came too late")


def test_twelve_kills_over_all_acts_tear_and_lose_nothing(killed, world, aside):
    kill(killed, world, aside, 12)


@pytest.mark.long
@pytest.mark.parametrize("act", ["withdraw", "rotate"])
def test_a_kill_before_any_lasting_call_leaves_keys_that_open_all_but_what_is_forgotten(killed, world, aside, act):
    place, whole = killed(act)
    shutil.rmtree(place)
    for number in range(whole["calls"]):
        place, end = killed(act, at=number)
        assert end["killed"] or number > whole["calls"] - 4, number  # the ledger may need a call more or less
        check(world, act, place, aside)


@pytest.mark.long
def test_a_hundred_kills_over_all_acts_tear_and_lose_nothing(killed, world, aside):
    kill(killed, world, aside, 100)
