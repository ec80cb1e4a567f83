"""A replay goes on for as long as it is allowed, and no longer."""

import threading
import time

import pytest

from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.observe.progress import shown_by
from residency.runs.prove import Prove
from residency.runs.run import Proof
from tests.fakes.clinic import Clinic, copy_clinic
from tests.fakes.frozen import PAUSING, UNET, study_like
from tests.runs.training import end_processes, end_protocol, submit, with_brief_leases


@pytest.fixture(scope="module")
def slowly(frozen, tmp_path_factory):
    """A finished run whose replay takes its time; the folder of its closed site, and its id."""
    clinic = frozen.open(tmp_path_factory.mktemp("slowly") / "site")
    run = submit(clinic, study_like(frozen.study, "slowly", (UNET, PAUSING % 0.7)))
    assert run.state == "finished"
    end_processes(clinic)
    clinic.site.ledger.close()
    return clinic.site.folder, run.id


@pytest.fixture
def replayed(slowly, tmp_path):
    """A clinic of one's own with that run, and what to ask for."""
    clinic = copy_clinic(slowly[0], tmp_path / "site")
    yield clinic, Prove(run=slowly[1], from_start=True)
    clinic.site.ledger.close()


def events_of(clinic, act):
    with clinic.site.ledger.reading() as book:
        return [e for _, e in audit.events(book) if e["act"] == act]


def test_a_replay_stops_when_its_protocol_is_ended(replayed, tmp_path):
    clinic, ask = replayed
    ended = []

    def end():
        while not events_of(clinic, "run.prove"):
            time.sleep(0.05)
        end_protocol(clinic, tmp_path)
        ended.append(time.monotonic())

    meanwhile = threading.Thread(target=end)
    meanwhile.start()
    seen = []
    with shown_by(lambda *said: seen.append(said)), pytest.raises(NotAllowed) as refusal:
        Clinic(with_brief_leases(clinic.site)).do("marsh", "run.prove", ask)
    assert max((step for _, step, _ in seen), default=0) < 12
    assert time.monotonic() - ended[0] < 30
    meanwhile.join()
    assert refusal.value.gates == ("PROTOCOL-EXPIRED",)
    assert clinic.site.ledger.all(Proof) == []
    last = events_of(clinic, "run.prove")[-1]
    assert (last["outcome"], last["gates"]) == ("refused", ["PROTOCOL-EXPIRED"])


def test_a_replay_that_takes_longer_than_a_lease_has_it_renewed(replayed):
    clinic, ask = replayed
    proof = Clinic(with_brief_leases(clinic.site)).do("marsh", "run.prove", ask)
    assert (proof.from_step, proof.to_step, proof.bit_equal) == (0, 12, True)
    *leases, done = events_of(clinic, "run.prove")
    assert len(leases) > 1
    assert {event["outcome"] for event in leases} == {"lease"}
    assert leases[0]["detail"]["ends"] < done["at"] < leases[-1]["detail"]["ends"]
