"""Evaluations that do not go as planned: two at once, and figures that find no place."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from residency.compute.launcher import Gang, Job, Launcher
from residency.evaluate.disclosure import FiguresUnwritable, hand_out
from residency.evaluate.evaluate import Evaluate
from residency.evaluate.evaluation import Evaluation
from residency.govern import audit
from residency.wiring import open_site
from tests.fakes.clinic import Clinic
from tests.fakes.disks import read_only, small_files
from tests.fakes.frozen import study_like


class Overtaken:
    """A launcher that lets somebody else be faster, once, before it starts what it was asked to."""

    def __init__(self, launcher: Launcher, faster: Callable[[], object]) -> None:
        self._launcher, self._faster = launcher, [faster]

    def start(self, job: Job, *, inherit: Sequence[int]) -> Gang:
        while self._faster:
            self._faster.pop()()
        return self._launcher.start(job, inherit=inherit)


def other_plan(studied, name: str) -> Path:
    """The study, with an endpoint that nothing was measured by yet."""
    return study_like(studied.study, name, ("at_least: 0.75", "at_least: 0.5"))


def events_since(clinic: Clinic, since: int) -> list[dict]:
    with clinic.site.ledger.reading() as book:
        return [event for _, event in audit.events(book, since)]


def size_of_log(clinic: Clinic) -> int:
    with clinic.site.ledger.reading() as book:
        return audit.size(book)


def test_of_two_who_measure_the_same_at_once_the_slower_is_given_what_the_faster_found(
    studied_clinic, studied, tmp_path
):
    ask = Evaluate(file=other_plan(studied, "at-once"), version=("liver-ct",), figures=tmp_path / "figures")
    faster = Clinic(open_site(studied_clinic.site.folder))
    found = []
    launcher = Overtaken(studied_clinic.site.launcher, lambda: found.append(faster.do("marsh", "evaluate", ask)))
    slower = Clinic(replace(studied_clinic.site, launcher=launcher))
    stored = set(slower.site.objects.names("sealed/"))
    before, since = slower.site.ledger.all(Evaluation), size_of_log(slower)
    evaluation = slower.do("marsh", "evaluate", ask)
    faster.site.ledger.close()
    assert [evaluation] == found
    assert slower.site.ledger.all(Evaluation) == [*before, evaluation]
    outcomes = [(e["act"], e["outcome"], bool(e["saved"])) for e in events_since(slower, since)]
    assert outcomes.count(("evaluate", "done", True)) == outcomes.count(("evaluate", "done", False)) == 1
    assert outcomes.count(("evaluate", "lease", False)) == 2
    assert f"{evaluation.id} is this evaluation already; disclosed to" in events_since(slower, since)[-1]["reason"]
    kept = {ref.name for ref in evaluation.figures.values()}
    assert set(slower.site.objects.names("sealed/")) - stored == kept


def test_figures_that_find_no_place_are_refused_before_the_test_split_is_opened(studied_clinic, studied, tmp_path):
    file = other_plan(studied, "no-place")
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file/below"):
        since = size_of_log(studied_clinic)
        with pytest.raises(FiguresUnwritable, match="is no folder"):
            studied_clinic.do("marsh", "evaluate", Evaluate(file=file, version=("liver-ct",), figures=folder))
        said = [(e["act"], e["outcome"], e["reason"].partition(":")[0]) for e in events_since(studied_clinic, since)]
        assert said == [("evaluate", "failed", "FiguresUnwritable")]


def test_a_folder_that_may_only_be_read_takes_no_figures(studied_clinic, studied):
    ask = Evaluate(file=studied.study, version=("liver-ct", "liver-ct-external"))
    with read_only(lambda folder: None) as folder, pytest.raises(FiguresUnwritable, match="nothing may be written"):
        studied_clinic.do("marsh", "evaluate", ask.model_copy(update={"figures": folder / "figures"}))


def test_a_disk_that_is_full_of_figures_is_named_with_what_to_do(tmp_path):
    with small_files(1000), pytest.raises(FiguresUnwritable) as full:
        hand_out(tmp_path / "figures", {"strip": bytes(5000)})
    assert str(tmp_path / "figures") in full.value.message
    assert "evaluating the same again" in full.value.remedy
    assert list((tmp_path / "figures").iterdir()) == []
