"""Nothing that was planted in the originals lies open anywhere: not in the site, nor where a process might leave it.

The whole story is searched in `tests/demo/test_tour.py`; here it is killed.
"""

import base64
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from residency.demo.cohort import generate
from tests.fakes.kills import kills
from tests.story.traces import planted, traces


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """An export of phantoms with every defect, and its answer key."""
    folder = tmp_path_factory.mktemp("planted") / "hospital"
    generate(folder, seed=11, package=None, subjects=3)
    return folder


@pytest.fixture(scope="module")
def aside(tmp_path_factory):
    """Where the program would leave temporary files, and its home."""
    return tmp_path_factory.mktemp("aside")


@pytest.fixture(scope="module")
def program(aside):
    """The program that tells the story and dies, on orders."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, str(Path(__file__).with_name("telling.py"))]
    places = {"TMPDIR": str(aside), "HOME": str(aside)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=kept | places
    ) as running:
        yield running
        running.stdin.close()


@pytest.fixture
def killed(program, clinics, hospital, tmp_path):
    """Tell the story at a copy of the site and die after so many seconds; returns the copy and how it ended."""

    def order(after=None):
        site = tmp_path / "site"
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(clinics / "approved", site)
        program.stdin.write(json.dumps({"site": str(site), "hospital": str(hospital), "after": after}) + "\n")
        program.stdin.flush()
        return site, json.loads(program.stdout.readline())

    return order


def look(hospital, *places):
    """Every trace in these places; what is planted there now as a control must be found."""
    values = planted(hospital / "planted.json")
    control = places[-1] / "control"
    value, codec = max(values, key=lambda one: len(one[0]))
    control.write_bytes(b"\0" * 5 + base64.b64encode(b"#" + value.upper().encode(codec)))
    found = traces(values, places)
    control.unlink()
    assert any(trace.file == control for trace in found)
    return [trace for trace in found if trace.file != control]


def kill_and_look(killed, hospital, aside, times):
    """Once to the end, then killed at moments drawn over that time."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    site, end = killed()
    assert (end["killed"], end["code"]) == (False, 0)
    assert look(hospital, site, aside) == []
    for site in kills(killed, chance, end["seconds"], times):
        assert look(hospital, site, aside) == []


def test_no_trace_of_an_original_lies_open_after_the_story_nor_after_a_kill(killed, hospital, aside):
    kill_and_look(killed, hospital, aside, 3)


@pytest.mark.long
def test_no_trace_of_an_original_lies_open_after_any_of_twenty_kills(killed, hospital, aside):
    kill_and_look(killed, hospital, aside, 20)
