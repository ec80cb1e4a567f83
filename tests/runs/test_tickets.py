"""What the holder of a ticket can open, and what a submission refuses."""

import pytest

from residency.dataset.version import find
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.govern.identity import Actor
from residency.runs import ticket
from residency.runs.run import Run
from residency.runs.submit import SpecWrong, Submit, read_spec
from residency.store.arrays import open_volume
from residency.store.sealed import KeyNotHeld
from tests.fakes.frozen import study_like


@pytest.fixture
def run(studied_clinic):
    (only,) = studied_clinic.site.ledger.all(Run)
    return only


def issued(clinic, run, splits):
    """The ticket of a run for these splits, and the items of its version."""
    site, by = clinic.site, Actor("run", run.id, run.trainer_name)
    version = find(site, "liver-ct")
    with site.gate.call(by, "run.train"):
        with site.gate.lease(by, "run.train", run, splits=splits) as lease:
            items = ticket.items_of(site, lease, version)
            given = ticket.issue(site, lease, run, version, splits=splits)
        with site.gate.act(by, "run.train", run, splits=splits):
            pass
    return given, items


def test_a_ticket_for_training_opens_no_volume_of_a_test_subject(studied_clinic, run):
    given, items = issued(studied_clinic, run, ("train", "tune"))
    opened, closed = 0, 0
    for item in items:
        for ref in item.parts.values():
            if item.split == "test":
                assert ref.group not in given.groups
                with pytest.raises(KeyNotHeld):
                    open_volume(studied_clinic.site.sealed, ref, given.groups)
                closed += 1
            else:
                assert open_volume(studied_clinic.site.sealed, ref, given.groups).whole().size
                opened += 1
    assert (opened, closed) == (18, 6)
    assert {item.subject for split in given.items.values() for item in split} == {
        item.subject for item in items if item.split != "test"
    }


def test_nobody_who_trains_is_given_the_test_split(studied_clinic, run):
    with pytest.raises(NotAllowed) as refusal:
        issued(studied_clinic, run, ("train", "tune", "test"))
    assert refusal.value.gates == ("TEST-SPLIT-SEALED",)


def test_keys_stand_in_no_text_of_a_ticket(studied_clinic, run):
    given, _ = issued(studied_clinic, run, ("train", "tune"))
    assert len(given.groups) == 9
    for key in [*given.groups.values(), given.run_key.key]:
        assert key.hex() not in repr(given)
        assert repr(key) not in repr(given)


def test_the_same_spec_on_the_same_version_is_not_trained_twice(studied_clinic, studied, run):
    clinic, version = studied_clinic, find(studied_clinic.site, "liver-ct")
    spelled_out = studied.study.with_name("spelled-out.yaml")
    spelled_out.write_text(read_spec(studied.study, version.labels).model_dump_json())
    for file in (studied.study, spelled_out):
        there = clinic.do("marsh", "run.submit", Submit(version="liver-ct@1", file=file))
        assert there.digest() == run.digest()
    assert clinic.site.ledger.all(Run) == [run]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  steps: 12\n", "  stepps: 12\n", "unknown key 'stepps'. Did you mean 'steps'?"),
        ("  batch: 2\n", "  batch: 3\n  threads: 0\n", "'threads'"),
        ("processes: 1", "processes: 3", "a batch of 2 cannot be shared equally by 3 processes"),
        ("  patch: [8, 16, 16]\n", "  patch: [8, 16]\n", "'patch"),
    ],
)
def test_a_wrong_line_of_the_training_is_named_with_its_line(studied_clinic, studied, old, new, says):
    wrong = study_like(studied.study, "wrong", (old, new))
    with pytest.raises(SpecWrong, match=r"wrong\.yaml") as error:
        studied_clinic.do("marsh", "run.submit", Submit(version="liver-ct", file=wrong))
    assert says in str(error.value)
    assert len(studied_clinic.site.ledger.all(Run)) == 1


def test_who_is_not_on_the_protocol_submits_nothing(studied_clinic, studied):
    ask = Submit(version="liver-ct", file=study_like(studied.study, "other", ("steps: 12\n", "steps: 13\n")))
    with pytest.raises(NotAllowed) as refusal:
        studied_clinic.do("lind", "run.submit", ask)
    assert refusal.value.gates == ("PERSON-NOT-ON-PROTOCOL",)
    with pytest.raises(NotAllowed) as refusal:
        studied_clinic.do("rao", "run.submit", ask)
    assert refusal.value.gates == ("ROLE",)
    with studied_clinic.site.ledger.reading() as book:
        last = list(audit.events(book))[-1][1]
    assert (last["act"], last["outcome"], last["gates"]) == ("run.submit", "refused", ["ROLE"])
