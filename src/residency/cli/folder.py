"""`residency deid folder`: apart from the other doors, whose start must not wait for the libraries of imaging.

Not here: the work (`deid.folders`).
"""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from residency.cli import show
from residency.deid.folders.clean import clean_folder
from residency.deid.folders.examining import asked
from residency.errors import Refused
from residency.observe.progress import shown_by


def deid_folder(
    source: Path,
    target: Path,
    /,
    *,
    recipe: tuple[str, ...] = ("basic", "shift-dates"),
    crosswalk: Path | None = None,
    columns: tuple[Path, ...] = (),
    workers: int = 0,
    resume: Annotated[bool, Parameter(negative="")] = False,
    exam: int = 0,
    exam_seed: int | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Take the names out of any folder of clinical files; needs no site. Exit code 3 if anything was held back.

    Parameters
    ----------
    source:
        Folder to read; nothing in it is changed.
    target:
        Empty or new folder for the cleaned files and a report without original values. While the command runs, and
        where it was interrupted, a folder .residency-unfinished lies in it.
    recipe:
        A profile that comes with the product, or a file; repeat for several.
    crosswalk:
        CSV that says which identifiers are one patient's; needed where several kinds of data lie together.
    columns:
        A map of the columns of a table that is none of OMOP's or MEDS'; repeat for several.
    workers:
        Processes that work at once; 0 for one on each core. The result is the same.
    resume:
        Go on with the same command where it was interrupted.
    exam:
        Measure the recall of the recipe afterwards: plant identifiers of nobody into copies, in memory, of up to so
        many files of each kind, of images so many series, and count what is left of them.
    exam_seed:
        Draws the copies and the identifiers; else random, and in the report.
    json:
        Print the counts as JSON.
    """
    ask = asked(exam, exam_seed)
    with show.progress(Console(stderr=True)) as bar, shown_by(bar):
        done = clean_folder(
            source, target, recipe, crosswalk=crosswalk, maps=columns, workers=workers, resume=resume, exam=ask
        )
    show.record(done if json else done.model_copy(update={"exam": None}), as_json=json, out=sys.stdout)
    for line in done.exam.lines() if done.exam and not json else ():
        sys.stdout.write(f"{line}\n")
    return Refused.exit_code if done.quarantined or done.records_held else 0
