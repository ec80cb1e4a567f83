"""An evaluation goes on for as long as it is allowed, and leaves nothing behind when it is broken off."""

import signal
import threading
import time

import pytest

from residency.evaluate.evaluate import Evaluate
from residency.govern import audit
from residency.govern.gate import NotAllowed
from tests.fakes.clinic import Clinic
from tests.fakes.frozen import study_like
from tests.runs.training import end_protocol, with_brief_leases


def leased(clinic: Clinic) -> int:
    """How many leases evaluation was given."""
    with clinic.site.ledger.reading() as book:
        return sum(e["act"] == "evaluate" and e["outcome"] == "lease" for _, e in audit.events(book))


def another(studied) -> Evaluate:
    """An evaluation that is not there yet."""
    return Evaluate(version=("liver-ct",), file=study_like(studied.study, "other", ("at_least: 0.75", "at_least: 0.7")))


def test_an_evaluation_stops_when_its_protocol_is_ended_and_leaves_no_prediction(studied_clinic, studied, tmp_path):
    before = leased(studied_clinic)

    def end():
        while leased(studied_clinic) == before:
            time.sleep(0.02)
        end_protocol(studied_clinic, tmp_path)

    meanwhile = threading.Thread(target=end)
    meanwhile.start()
    with pytest.raises(NotAllowed):
        Clinic(with_brief_leases(studied_clinic.site)).do("marsh", "evaluate", another(studied))
    meanwhile.join()
    assert list(studied_clinic.site.objects.names("predictions/")) == []


@pytest.fixture
def interruptible():
    """SIGINT means an interrupt here also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_evaluation_that_is_interrupted_leaves_no_prediction(studied_clinic, studied):
    stored, seen = set(studied_clinic.site.objects.names()), []

    def interrupt():
        while not seen:
            time.sleep(0.005)
            seen.extend(studied_clinic.site.objects.names("predictions/"))
        signal.raise_signal(signal.SIGINT)

    meanwhile = threading.Thread(target=interrupt, daemon=True)
    meanwhile.start()
    with pytest.raises(KeyboardInterrupt):
        studied_clinic.do("marsh", "evaluate", another(studied))
    meanwhile.join()
    assert seen
    assert set(studied_clinic.site.objects.names()) == stored
