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


def test_an_evaluation_that_is_interrupted_leaves_no_prediction(studied_clinic, studied):
    before, stored = leased(studied_clinic), set(studied_clinic.site.objects.names())

    def interrupt():
        # While the workers start or predict: later, a library that draws may swallow the interrupt.
        while leased(studied_clinic) == before:
            time.sleep(0.02)
        time.sleep(0.5)
        signal.raise_signal(signal.SIGINT)

    meanwhile = threading.Thread(target=interrupt)
    meanwhile.start()
    with pytest.raises(KeyboardInterrupt):
        studied_clinic.do("marsh", "evaluate", another(studied))
    meanwhile.join()
    assert set(studied_clinic.site.objects.names()) == stored
