"""The world of the chaos suite, made once, and the program that acts in copies of it."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chaos.world import World, make_world


@pytest.fixture(scope="module")
def world(clinics, tmp_path_factory) -> World:
    """A site with something for every act to do."""
    return make_world(clinics / "approved", tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def aside(tmp_path_factory) -> Path:
    """Where the program would leave temporary files, its home, and where its warnings go."""
    return tmp_path_factory.mktemp("aside")


@contextmanager
def started(aside: Path) -> Iterator[subprocess.Popen]:
    """The program, waiting for orders; what it says on the way stands in a file of the folder."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    command = [sys.executable, str(Path(__file__).with_name("acting.py"))]
    places = {"TMPDIR": str(aside), "HOME": str(aside)}
    with (
        (aside / "said").open("a") as said,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True, env=kept | places
        ) as running,
    ):
        yield running
        running.stdin.close()


def told(program: subprocess.Popen, order: dict) -> None:
    """Give an order."""
    program.stdin.write(json.dumps(order) + "\n")
    program.stdin.flush()


def ended(program: subprocess.Popen) -> dict:
    """How the order ended."""
    return json.loads(program.stdout.readline())


@pytest.fixture(scope="module")
def program(aside):
    """One such program."""
    with started(aside) as running:
        yield running


@pytest.fixture
def killed(program, world, tmp_path):
    """Perform an act in a copy of the site and die at the moment given; returns the copy and how it ended."""
    number = itertools.count()

    def order(act, **moment):
        folder = tmp_path / str(next(number))
        shutil.copytree(world.site, folder)
        told(program, world.order(act, folder, **moment))
        return folder, ended(program)

    return order
