"""People work at one site at once while its keys are rotated and subjects withdraw: every act ends, nothing is lost."""

import json
import shutil
from contextlib import ExitStack

import pytest

from residency.dataset.version import DatasetVersion
from residency.govern.forgetting import Withdrawal
from residency.govern.keys_file import read_keys_file
from residency.govern.rotation import generation_of
from residency.ingest.intake import Intake
from residency.store.keys import KeySpace
from residency.wiring import open_site
from tests.chaos.conftest import ended, started, told
from tests.fakes.clinic import Clinic

AT_ONCE = ("ingest", "freeze", "rotate", "withdraw", "look")
CONFLICTS = {"KeysMoved", "RecordChanged", "VersionOvertaken", "SourceTaken", "IntakeMeanwhile"}


def together(world, aside, folder, acts, seconds):
    """All of these acts again and again, each in a process of its own; returns how they ended, by act."""
    shutil.copytree(world.site, folder)
    with ExitStack() as stack:
        programs = [stack.enter_context(started(aside)) for _ in acts]
        for number, (program, act) in enumerate(zip(programs, acts, strict=True)):
            told(program, world.order(act, folder, turn=1000 * number + 1, **{"for": seconds}))
        return [(act, ended(program)) for act, program in zip(acts, programs, strict=True)]


def check(world, folder, ends):
    """Everything recorded opens, what was withdrawn does not, and the file of keys holds the keys of today."""
    print(json.dumps(ends, indent=1))
    for act, end in ends:
        assert (end["killed"], end["code"]) == (False, 0), (act, end)
        # A rotation does not try again by itself, and may find keys made meanwhile every time.
        assert end["ends"].setdefault("done", 0) > 0 or act == "rotate", (act, end)
        named = {how.split(":")[0].split(" ")[1] for how in end["ends"] if how != "done"}
        assert named <= CONFLICTS, (act, end)
    clinic = Clinic(open_site(folder))
    site = clinic.site
    world.holds(clinic)
    world.forgets_wholly(clinic)
    kept = read_keys_file(site.keys_file)
    assert kept is not None
    for space in site.ledger.all(KeySpace):
        there = kept.spaces.get(space.id, space)
        assert {generation_of(text) for text in (there.wrapped, there.wrapping)} <= set(site.ring.generations()), (
            space.id
        )
    done = {act: 0 for act, _ in ends}
    for act, end in ends:
        done[act] += end["ends"]["done"]
    assert len(site.ledger.all(DatasetVersion)) == 1 + done.get("freeze", 0)
    assert len(site.ledger.all(Intake)) == 1 + done.get("ingest", 0)
    assert len(site.ledger.all(Withdrawal)) == done.get("withdraw", 0)
    world.cleans(clinic)
    world.holds(clinic)
    site.ledger.close()


def test_what_is_taken_in_and_frozen_while_keys_turn_is_not_lost(world, aside, tmp_path):
    check(world, tmp_path / "site", together(world, aside, tmp_path / "site", AT_ONCE, 2.5))


@pytest.mark.long
def test_nothing_is_lost_while_several_turn_the_keys_at_once(world, aside, tmp_path):
    acts = [*AT_ONCE, "rotate", "look", "withdraw"]
    check(world, tmp_path / "site", together(world, aside, tmp_path / "site", acts, 40))
