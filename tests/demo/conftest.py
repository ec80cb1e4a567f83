"""One small generated export for all tests of this folder, from the real package."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from residency.demo.cohort import CohortSummary, generate

NAME = "totalsegmentator-2.18.0.tar.gz"
SEED, SUBJECTS = 7, 12  # enough for every scanner, charset, syntax and residue to occur


@pytest.fixture(scope="session")
def package() -> Path:
    """The source distribution, from the variable or from where the Makefile puts it; its absence is a failure."""
    named = os.environ.get("RESIDENCY_DEMO_PACKAGE")
    path = Path(named) if named else Path(__file__).parents[2] / ".cache/packages" / NAME
    if not path.is_file():
        pytest.fail(
            f"{path} is not there. Fetch it: pip download --no-deps --no-binary :all: totalsegmentator==2.18.0 "
            "-d .cache/packages, or set RESIDENCY_DEMO_PACKAGE."
        )
    return path


@dataclass(frozen=True)
class Export:
    """A generated export: its folders, its summary and its answer key."""

    root: Path
    summary: CohortSummary
    key: dict[str, Any]

    @property
    def ct(self) -> Path:
        """The folder of the patients' folders."""
        return self.root / "incoming/ct"

    @property
    def labels(self) -> Path:
        """The folder of the label maps."""
        return self.root / "incoming/labels"

    def defects(self, reason: str) -> list[dict[str, Any]]:
        """The planted defects of this reason, in the order of planting."""
        return [d for d in self.key["defects"] if d["reason"] == reason]


@pytest.fixture(scope="session")
def export(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Twelve subjects of the real anatomy, the defects, and the real external series."""
    root = tmp_path_factory.mktemp("demo") / "export"
    summary = generate(root, seed=SEED, package=package, subjects=SUBJECTS)
    return Export(root, summary, json.loads((root / "planted.json").read_text(encoding="utf-8")))
