"""The tour: the whole story on one machine, through the same commands that everybody has.

    give(Path("demo-out"), Size(subjects=48), package=Path("totalsegmentator-2.18.0.tar.gz"), replace=True)

Everything that it shows is done by `python -m residency …` as one of nine people; it checks that every step ends as it
should, refusals included, and stops at the first that does not. It writes into a folder of its own and refuses one
that it did not make. Not here: the steps (`scenes`), the report (`report`).
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from residency.demo.cast import TEMPORARY, assemble
from residency.demo.report import write_report
from residency.demo.retelling import retell
from residency.demo.scenes import arrival, closing, forgetting, opening, training, verdict
from residency.demo.stage import Stage
from residency.demo.story import Chapter
from residency.demo.visit import BUNDLE, CHECK, KEYS, REPORT, Size, Visit
from residency.errors import Conflict
from residency.kernel.clock import stopwatch, system_clock
from residency.store.files import write_atomically

MARKER = ".residency-demo"

Scenes = tuple[tuple[str, tuple[Callable[[Visit], None], ...]], ...]

CHAPTERS: Scenes = (
    ("A hospital", (opening.hospital,)),
    ("A site, and nine people", (opening.site,)),
    ("A protocol", (opening.protocol,)),
    ("Data come in", (arrival.ingest, arrival.settle)),
    ("The names go out", (arrival.deid, arrival.examine, arrival.judge)),
    ("A data set that never changes", (arrival.dataset,)),
    ("A model is trained, and a process killed", (training.train, training.prove)),
    ("How good, and for whom", (verdict.evaluate,)),
    ("A signature, and a file that leaves the house", (verdict.sign, verdict.release, verdict.verify)),
    ("A patient who withdraws", (forgetting.withdraw,)),
    ("Files that are lost, and come back", (forgetting.restore,)),
    ("Those who are turned away, and an early end", (closing.stranger, closing.expiry)),
    ("Afterwards", (closing.afterwards, closing.visitor, closing.look_around)),
)


class FolderNotOurs(Conflict):
    """The folder holds something that no tour has made."""


class FolderUsed(Conflict):
    """An earlier tour lies in the folder."""


def give(folder: Path, size: Size, *, package: Path | None, replace: bool, chapters: Scenes = CHAPTERS) -> Visit:
    """Give the tour, or some chapters of it; raises FolderNotOurs, FolderUsed, StepWentWrong."""
    _clear(folder, replace=replace)
    folder = folder.resolve()
    (folder / TEMPORARY).mkdir()
    stage = Stage(folder, folder / "site", assemble(folder / "people"))
    visit = Visit(folder, stage, size, package)
    began = stopwatch()
    stage.tell(
        "A tour of Residency. Everything below is typed as you would type it, in the folder of the tour; "
        "the name before the $ is the person at the desk."
    )
    for number, (title, scenes) in enumerate(chapters, start=1):
        start = stopwatch()
        stage.chapter(number, len(chapters), title, start - began)
        for scene in scenes:
            scene(visit)
        visit.chapters.append(Chapter(title, stopwatch() - start, tuple(stage.told)))
    write_report(folder / REPORT, retell(visit, system_clock()))
    _farewell(visit, stopwatch() - began)
    return visit


def _clear(folder: Path, *, replace: bool) -> None:
    """An empty folder with our mark in it; only what an earlier tour has made is ever removed."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise FolderNotOurs(f"{folder} holds something else.", remedy="Name a new folder for the tour.")
        if not replace:
            raise FolderUsed(f"An earlier tour lies in {folder}.", remedy="Add --replace, or name another folder.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / MARKER, b"Made by 'residency demo'; --replace removes all of this folder.\n", mode=0o644)


def _farewell(visit: Visit, seconds: float) -> None:
    stage, folder = visit.stage, visit.folder
    minutes, rest = divmod(round(seconds), 60)
    stage.console.print(
        f"\n[bold]That was it:[/bold] {stage.commands} commands in {minutes} min {rest} s, "
        f"{len(stage.refusals)} refusals as wanted, nothing unexpected.\n"
    )
    for what, name in (("report", REPORT), ("bundle", BUNDLE), ("public keys", KEYS)):
        stage.console.print(f"  {what:<11} {folder / name}", soft_wrap=True)
    stage.console.print(f"\n  An auditor needs the last two and a laptop without network:  {CHECK}", soft_wrap=True)
