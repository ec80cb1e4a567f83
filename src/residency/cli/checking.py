"""`residency deid check`: a door of its own, for the sake of those whose start need not wait for imaging.

Not here: the work (`deid.checking`).
"""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from residency.cli import show
from residency.deid.checking.check import check
from residency.errors import Refused
from residency.observe.progress import shown_by


def deid_check(
    sample: Path | None = None,
    /,
    *,
    recipe: tuple[str, ...] = ("basic", "shift-dates"),
    against: tuple[str, ...] = (),
    crosswalk: Path | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show what a recipe would do to a sample, or how two recipes differ; writes nothing, shows no original value.

    Needs no site. Exit code 3 if anything would be held back.

    Parameters
    ----------
    sample:
        A file, or a folder of files, of any kind that 'deid folder' cleans; without it only rules are compared.
    recipe:
        A profile that comes with the product, rules for notes, or a file, a map of a table's columns too; repeat for
        several.
    against:
        Another recipe, whose differences are told; repeat for several that belong together.
    crosswalk:
        CSV that says which identifiers are one patient's, as for 'deid folder'.
    json:
        Print the answer as JSON.
    """
    with show.progress(Console(stderr=True)) as bar, shown_by(bar):
        told = check(recipe, sample=sample, against=against, crosswalk=crosswalk)
    show.record(told, as_json=json, out=sys.stdout)
    return Refused.exit_code if told.holds_back else 0
