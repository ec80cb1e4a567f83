"""Submitting, following, and who keeps a run."""

import fcntl
import sys
import threading

import pytest

from residency.govern.gate import NotAllowed
from residency.kernel.clock import stopwatch
from residency.runs.keeping import AlreadyKept, LogUnwritable, is_kept, keeping, open_log
from residency.runs.run import Run
from residency.runs.submit import SupervisorNotStarted, SupervisorSilent, follow
from tests.fakes.frozen import study_like
from tests.runs.training import submit, submit_unkept


@pytest.fixture
def study(frozen):
    return study_like(frozen.study, "submitted", ("steps: 12\n", "steps: 2\n"))


def at_once(*deeds):
    """Do these at the same moment; what each returned or raised."""
    ready, done = threading.Barrier(len(deeds)), [None] * len(deeds)

    def do(place, deed):
        ready.wait()
        try:
            done[place] = deed()
        except Exception as error:
            done[place] = error

    threads = [threading.Thread(target=do, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def test_three_who_submit_the_same_at_the_same_moment_get_one_run(clinic, study):
    runs = at_once(*[lambda: submit(clinic, study, detach=True)] * 3)
    (only,) = clinic.site.ledger.all(Run)
    assert [run.id for run in runs] == [only.id] * 3
    finished = submit(clinic, study)
    assert (finished.id, finished.state, finished.attempt) == (only.id, "finished", 1)


def test_what_broke_off_goes_on_for_its_trainer_alone(clinic, study):
    identifier = submit_unkept(clinic, study)
    run = clinic.site.ledger.get(Run, identifier)
    with clinic.site.ledger.writing() as book:
        book.save(run.moved("stop", trainer="person-else"))
    assert submit_unkept(clinic, study) != identifier


def test_somebody_who_waits_for_a_run_waits_for_as_long_as_it_is_kept_and_no_longer(clinic, study):
    identifier = submit_unkept(clinic, study)
    ended = []

    def wait():
        try:
            follow(clinic.site, identifier)
        except SupervisorSilent as error:
            ended.append((stopwatch(), error))

    with keeping(clinic.site, identifier):
        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        waiting.join(2)
        assert waiting.is_alive()
        let_go = stopwatch()
    waiting.join(30)
    ((at, error),) = ended
    assert at - let_go < 5
    assert "'submitted' at step 0" in str(error)


def test_a_supervisor_that_dies_at_its_start_is_noticed_at_once(clinic, study):
    settings = clinic.site.folder / "site.toml"
    text = settings.read_text()
    settings.write_text(text.replace("country", "contry"))
    began = stopwatch()
    with pytest.raises(SupervisorSilent, match="is gone"):
        submit(clinic, study)
    assert stopwatch() - began < 45
    settings.write_text(text)
    assert submit(clinic, study).state == "finished"


def test_a_supervisor_that_cannot_be_started_is_named_and_the_run_starts_when_submitted_again(
    clinic, study, monkeypatch
):
    monkeypatch.setattr(sys, "executable", str(clinic.site.folder / "no-python"))
    with pytest.raises(SupervisorNotStarted, match="No such file"):
        submit(clinic, study)
    (run,) = clinic.site.ledger.all(Run)
    monkeypatch.undo()
    logs = clinic.site.folder / "logs"
    logs.rename(logs.with_name("moved"))
    logs.touch()
    with pytest.raises(LogUnwritable):
        submit(clinic, study)
    logs.unlink()
    finished = submit(clinic, study)
    assert (finished.id, finished.state) == (run.id, "finished")


def test_who_looks_whether_a_run_is_kept_neither_deceives_another_nor_keeps_a_supervisor_out(clinic):
    with open_log(clinic.site, "run-1.lock") as looking:
        # A look as it is for a few microseconds, held still.
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert not is_kept(clinic.site, "run-1")
        done = threading.Timer(0.5, looking.close)
        done.start()
        with keeping(clinic.site, "run-1"):
            assert is_kept(clinic.site, "run-1")
        done.join()
    assert not is_kept(clinic.site, "run-1")


def test_a_run_has_one_supervisor(clinic):
    with keeping(clinic.site, "run-1"), pytest.raises(AlreadyKept), keeping(clinic.site, "run-1"):
        raise AssertionError("kept twice")


def test_a_purpose_that_the_protocol_does_not_name_is_refused_and_one_that_it_names_is_kept(clinic, study):
    with pytest.raises(NotAllowed) as refusal:
        submit(clinic, study, detach=True, purpose="advertising")
    assert refusal.value.gates == ("PURPOSE",)
    run = submit(clinic, study, detach=True, purpose="research")
    assert run.purpose == "research"
