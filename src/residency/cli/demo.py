"""The command `residency demo`: the tour, from where a visitor stands.

Not here: the tour (`residency.demo.tour`).
"""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.types import PositiveInt

from residency.demo.tour import give
from residency.demo.visit import Size
from residency.settings import environment


def demo(
    folder: Path = Path("residency-demo"),
    /,
    *,
    subjects: PositiveInt = 48,
    seed: int = 7,
    replace: Annotated[bool, Parameter(negative="")] = False,
    package: Path | None = None,
) -> int:
    """Tell the whole story on this machine, from a hospital's folder to a bundle that anyone can check.

    Parameters
    ----------
    folder:
        A new folder for everything that the tour makes.
    subjects:
        How many subjects the hospital exports.
    seed:
        Decides who they are.
    replace:
        Replace an earlier tour in this folder.
    package:
        The source distribution of TotalSegmentator 2.18.0 with the real CT; else a generated phantom is used.
    """
    give(folder, Size(subjects=subjects, seed=seed), package=package or _packaged(), replace=replace)
    return 0


def _packaged() -> Path | None:
    """The package named by the environment, if it is there."""
    named = environment("DEMO_PACKAGE")
    if not named:
        return None
    if Path(named).is_file():
        return Path(named)
    sys.stderr.write(f"{named} is not there.\n")
    return None
