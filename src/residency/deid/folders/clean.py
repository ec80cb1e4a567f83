"""`residency deid folder`: take the names out of any folder of clinical files, without a site.

    done = clean_folder(Path("incoming"), Path("clean"), ("basic", "shift-dates"), workers=8)
    done.quarantined         code → files; nothing of these is in the output

Everything is read once before anything is written, so that what a table names of a subject is looked for in their
images, and the other way round. With shifted dates the names are keyed, with a key made for this call and forgotten;
otherwise they are drawn, and only years stay. Nobody, not even who called, can lead a code back, and two calls give
different codes. What cannot be cleaned stays out, with a reason; what breaks the process that cleans it costs itself
alone. A DICOMDIR is made anew from what was cleaned.

The result hangs neither on the number of workers nor on interruptions. While the call runs, the output holds a folder
`.residency-unfinished`; where it was killed, the same call with `resume` goes on with the names that it had, and does
not clean again what it has cleaned (`unfinished` says where the names lie meanwhile). Files come to their places only
when all are cleaned, and the report is written last. Not here: the governed act (`run`), which remembers.
"""

import base64
import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from residency.deid.cores import cores
from residency.deid.folders.crew import Crew, Lost, each
from residency.deid.folders.drafts import Drafts, unusable
from residency.deid.folders.examining import Asked, FolderExam, examine
from residency.deid.folders.notes import Notes
from residency.deid.folders.outcome import Kept
from residency.deid.folders.output import Output
from residency.deid.folders.remembered import as_entry, of_entry
from residency.deid.folders.shared import Shared
from residency.deid.folders.sorting import Found, sorted_files
from residency.deid.folders.told import REPORT, Cleaned, tell, told_before
from residency.deid.folders.unfinished import FOLDER, ResumeImpossible, Unfinished, is_unfinished, opener_of
from residency.deid.folders.work import Keeper, Telling, Unit, read
from residency.deid.notes.note_rules import load_note_rules
from residency.deid.pseudonyms import Pseudonyms
from residency.deid.recipe import FULL_DATES, MODIFIED_DATES, Recipe, load_recipe
from residency.deid.tables.column_map import load_map
from residency.deid.vault import Vault
from residency.errors import BadInput, Conflict, Missing
from residency.ingest.crosswalk import Crosswalk, read_crosswalk
from residency.kernel.clock import system_clock

_FILING = {"filing": True}


class FolderMissing(Missing):
    """There is no folder to read."""


class FolderTaken(Conflict):
    """The output goes into an empty folder apart from the input, so that nothing uncleaned lies beside it."""


class WorkersWrong(BadInput):
    """At least one process works."""


@dataclass(frozen=True)
class _Ask:
    """A call, read and checked; `digest` is that of everything that it says but the input."""

    source: Path
    target: Path
    rules: Recipe
    maps: Mapping[str, Any]
    crosswalk: Crosswalk | None
    workers: int
    digest: str
    draw: Callable[[int], bytes] = field(repr=False)
    exam: Asked | None = None


def clean_folder(
    source: Path,
    target: Path,
    recipe: tuple[str, ...],
    *,
    crosswalk: Path | None = None,
    maps: tuple[Path, ...] = (),
    workers: int = 0,
    resume: bool = False,
    draw: Callable[[int], bytes] = os.urandom,
    exam: Asked | None = None,
) -> Cleaned:
    """Clean every file below a folder; `maps` are column maps of its tables, `draw` gives random bytes for the names.

    `exam` asks for an exam of the recipe on copies of the folder's own files, after it is cleaned.

    `workers` of 0 are as many as there are cores. Raises FolderMissing, FolderTaken, FolderUnusable, ResumeImpossible,
    WorkersWrong, RecipeUnknown, RecipeWrong, CrosswalkWrong, CrosswalkContradicts.
    """
    if workers < 0:
        raise WorkersWrong("Fewer than one process cannot work.", remedy="Give 0 for one on each core.")
    _check(source, target, resume=resume)
    rules, charts = load_recipe(*recipe), {chart.table: chart for chart in map(load_map, maps)}
    who = read_crosswalk(crosswalk) if crosswalk else None
    said = [rules.digest().encode(), *(path.read_bytes() for path in (*([crosswalk] if crosswalk else []), *maps))]
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in said)).hexdigest()
    ask = _Ask(source, target, rules, charts, who, workers or cores(), digest, draw, exam)
    try:
        if resume and (target / REPORT).exists():
            shutil.rmtree(target / FOLDER)  # only this was left to do
            return told_before(target)
        return _clean(ask, resume=resume)
    except OSError as error:
        raise unusable(error) from None


def _check(source: Path, target: Path, *, resume: bool) -> None:
    if not source.is_dir():
        raise FolderMissing(f"There is no folder {source}.", remedy="Give the folder that holds the files.")
    if target.resolve().is_relative_to(source.resolve()):
        raise FolderTaken(f"{target} lies inside the input.", remedy="Give a folder apart from the input.")
    if target.exists() and not target.is_dir():
        raise FolderTaken(f"{target} is not an empty folder.", remedy="Give a new folder for the output.")
    if (target / FOLDER).exists():
        if not resume:
            remedy = "Repeat the same command with --resume, or remove the folder."
            raise FolderTaken(f"{target} is the output of a call that was interrupted.", remedy=remedy)
    elif target.exists() and any(target.iterdir()):
        raise FolderTaken(f"{target} is not an empty folder.", remedy="Give a new folder for the output.")


def _clean(ask: _Ask, *, resume: bool) -> Cleaned:
    found = sorted_files(ask.source)
    state = _state(ask, found, go_on=resume and is_unfinished(ask.target))
    try:
        names = _names(state)
        telling = Telling(ask.crosswalk, ask.maps, date.fromisoformat(state.header["on"]))
        notes, drafts = Notes(load_note_rules("notes")), Drafts(ask.target)
        bench = read(ask.source, found, ask.rules, telling, notes, Crew(ask.workers, names))
        kept, filing = _before(state, drafts)
        units = list(bench.units())
        if not filing:
            _clean_units(Keeper(bench, drafts), state, units, kept, Crew(ask.workers, names))
            os.sync()
            state.add(_FILING)
        left = found.left + bench.pictures.left
        output = Output(ask.target, drafts, short=bool(left["DIRECTORY"]))
        results = [output.file(one) for unit in units for one in kept[unit.key]] + bench.unknown()
        output.finish(names)
        done = tell(ask.target, ask.rules, results, left, drawn=names.drawn, exam=_examined(ask, found, telling, notes))
        state.destroy()
        return done
    finally:
        state.close()


def _examined(ask: _Ask, found: Found, telling: Telling, notes: Notes) -> FolderExam | None:
    """The exam, if one was asked for; the names that it gives end with it."""
    if ask.exam is None:
        return None
    keyed = ask.rules.keeps(FULL_DATES) or ask.rules.keeps(MODIFIED_DATES)
    crew = Crew(ask.workers, Shared(Pseudonyms(os.urandom(32)) if keyed else Vault()), "examining")
    return examine(ask.source, found, ask.rules, telling, crew, notes, ask.exam)


def _state(ask: _Ask, found: Found, *, go_on: bool) -> Unfinished:
    """What an interrupted call left, or the beginning of a new one, with its names."""
    opener = opener_of(ask.source, [path for paths in found.files.values() for path in paths])
    if go_on:
        state = Unfinished.found(ask.target, opener)
        if state.header["asked"] != ask.digest:
            state.close()
            raise ResumeImpossible(
                "The interrupted call had another recipe, crosswalk or column map.", remedy="Repeat it as it was."
            )
        return state
    keyed = ask.rules.keeps(FULL_DATES) or ask.rules.keeps(MODIFIED_DATES)
    secret = ask.draw(32) if keyed else Vault().dump()
    header = {"asked": ask.digest, "on": system_clock().date().isoformat(), "keyed": keyed}
    ask.target.mkdir(parents=True, exist_ok=True)
    return Unfinished.begin(ask.target, opener, header | {"names": base64.b64encode(secret).decode()})


def _names(state: Unfinished) -> Shared:
    """The names of the call, with all that an earlier one has drawn: nothing may be named before they are known."""
    secret = base64.b64decode(state.header["names"])
    names = Shared(Pseudonyms(secret) if state.header["keyed"] else Vault.open(secret))
    for entry in state.entries:
        if entry != _FILING:
            names.learn(of_entry(entry)[2])
    return names


def _before(state: Unfinished, drafts: Drafts) -> tuple[dict[str, list[Kept]], bool]:
    """The units that an earlier call has cleaned, and whether it had begun to file them."""
    filing = _FILING in state.entries
    done: dict[str, list[Kept]] = {}
    for entry in state.entries:
        if entry == _FILING:
            continue
        key, kept, _ = of_entry(entry)
        if filing or drafts.are_whole(kept):
            done[key] = kept
    drafts.sweep(set(done))
    return done, filing


def _clean_units(keeper: Keeper, state: Unfinished, units: list[Unit], kept: dict[str, list[Kept]], crew: Crew) -> None:
    """Clean what is not cleaned yet; each unit is remembered as soon as it is done."""
    todo = [unit for unit in units if unit.key not in kept]
    for at, said in each(keeper.clean, todo, crew):
        unit = todo[at]
        kept[unit.key] = without_the_lost(keeper, unit, said.why, crew) if isinstance(said, Lost) else said
        state.add(as_entry(unit.key, kept[unit.key], crew.names.news()))


def without_the_lost(keeper: Keeper, unit: Unit, why: str, crew: Crew) -> list[Kept]:
    """What broke is held back; of files that are only cleaned together so that no number comes twice, it alone."""
    broken = {at for at, said in each(keeper.tried, keeper.parted(unit), crew) if isinstance(said, Lost)}
    if not broken or len(broken) == len(unit.paths):
        return keeper.lost(unit, why)
    rest = replace(unit, paths=tuple(path for at, path in enumerate(unit.paths) if at not in broken))
    (_, said), *_ = each(keeper.clean, [rest], crew)
    if isinstance(said, Lost):
        return keeper.lost(unit, why)
    lost = replace(unit, paths=tuple(path for at, path in enumerate(unit.paths) if at in broken))
    return [*said, *keeper.held(lost, why)]
