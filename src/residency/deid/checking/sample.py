"""A sample under a set of rules: read, cleaned in memory and thrown away; what is told of it is counts.

    seen = look(Path("sample"), load_rules(["basic"]))
    seen.rows        what · action · rule → how often          seen.held      why → the files, by number

The rooms of `deid folder` do the work, each file as there, so that a check and the cleaning that follows it fall alike.
Files are told by their number in the order of their paths, from 1: a path may name a patient. The names that are given
last as long as the look. Nothing is written: what a format must write somewhere goes nowhere. Not here: comparing
(`check`), cleaning for good (`folders`, `run`).
"""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from residency.deid.checking.citing import cited, named
from residency.deid.checking.rules import LETTER, Rules
from residency.deid.cores import cores
from residency.deid.dicom.actions import METHOD_TAGS, Action, label_of, plan_of
from residency.deid.dicom.elements import Element
from residency.deid.dicom.elements import read as read_file
from residency.deid.dicom.series import SeriesResult
from residency.deid.folders.crew import Crew, Lost, each
from residency.deid.folders.drafts import Stream
from residency.deid.folders.notes import Notes
from residency.deid.folders.outcome import Result
from residency.deid.folders.shared import Shared
from residency.deid.folders.sorting import Found, kind_of, sorted_files
from residency.deid.folders.work import Bench, Telling, Unit, read
from residency.deid.notes.spans import LETTERS
from residency.deid.pseudonyms import Pseudonyms
from residency.deid.reason import Reason
from residency.deid.recipe import FULL_DATES, MODIFIED_DATES, Recipe
from residency.deid.tables import kinds
from residency.deid.vault import Vault
from residency.errors import Missing, Unavailable
from residency.ingest.crosswalk import Crosswalk
from residency.kernel.clock import system_clock

_HEAD = 1 << 16
_UNKNOWN = Reason(code="OBJECT-NOT-SUPPORTED", sentence="The file is of no kind that is cleaned here.")
_TWICE = Reason(code="DUPLICATE", sentence="Files of another series are the same instances.")
_LEFT = {
    "DIRECTORY": "A directory names files of other objects; it is made anew from what was cleaned.",
    "NOT-DICOM": "The file is no DICOM file, though its name is like one's.",
    "NOT-REGULAR": "A link, or no regular file.",
    "UNREADABLE": "The file cannot be read to its end.",
}
_RULES_OF = {"fhir": "recipes/tables/fhir.yaml", "omop": "recipes/tables/omop.yaml", "meds": "MEDS 0.4",
             "genome": "recipes/genomes/genomes.yaml"}  # fmt: skip


class SampleMissing(Missing):
    """There is nothing to look at."""


class SampleUnusable(Unavailable):
    """The disk or its permissions do not let a file of the sample be read."""


@dataclass(frozen=True, order=True)
class Done:
    """What is done to one kind of thing: of DICOM a row of the table, of other data what their rules call it."""

    data: str
    row: str
    name: str
    action: str
    cites: str


@dataclass
class Seen:
    """What became of a sample. `held`: code and sentence → how many files, and the numbers of those that are known.

    `records` are those held back out of files that go on, by code; `hits` where the search found something left.
    """

    received: int = 0
    released: int = 0
    rows: Counter[Done] = field(default_factory=Counter)
    held: dict[tuple[str, str], tuple[int, list[int]]] = field(default_factory=dict)
    records: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)

    def hold(self, code: str, sentence: str, files: int, numbers: list[int]) -> None:
        """Some files are held back."""
        before, known = self.held.get((code, sentence), (0, []))
        self.held[code, sentence] = before + files, sorted(known + numbers)
        self.received += files


def look(source: Path, rules: Rules, crosswalk: Crosswalk | None = None) -> Seen:
    """What these rules would do to a file, or to every file below a folder; raises SampleMissing, SampleUnusable."""
    try:
        base, found = (source, sorted_files(source)) if source.is_dir() else (source.parent, _alone(source))
        return _look(base, found, rules, crosswalk)
    except OSError as error:
        # The path that the error names may hold a patient's name.
        why = f"A file of the sample cannot be read ({error.strerror})."
        raise SampleUnusable(why, remedy="Check disk and permissions, then repeat.") from None


def _alone(source: Path) -> Found:
    if not source.is_file():
        raise SampleMissing(f"There is no file or folder {source}.", remedy="Give a file, or a folder of files.")
    found = Found()
    with source.open("rb") as file:
        found.files[kind_of(source.name, file.read(_HEAD))].append(source)
    return found


def _look(base: Path, found: Found, rules: Rules, crosswalk: Crosswalk | None) -> Seen:
    recipe, seen = rules.images, Seen()
    numbers = {path: n for n, path in enumerate(sorted(path for paths in found.files.values() for path in paths), 1)}
    moving = recipe.keeps(FULL_DATES) or recipe.keeps(MODIFIED_DATES)
    crew = Crew(cores(), Shared(Pseudonyms(os.urandom(32)) if moving else Vault()))
    telling = Telling(crosswalk, rules.tables, system_clock().date())
    bench = read(base, found, recipe, telling, Notes(rules.notes), crew)
    units, there = list(bench.units()), set()
    done = dict(each(partial(_looked_at, bench), units, crew))
    for at, unit in enumerate(units):
        said, places = done[at], [numbers[path] for path in unit.paths]
        if isinstance(said, Lost):
            seen.hold("UNREADABLE", f"The cleaning of it broke: {said.why}", len(unit.paths), places)
            continue
        for looked, path in zip(said, unit.paths, strict=False):
            if looked.result.series is None:
                own = [numbers[path]] if len(said) > 1 else places
                _add(seen, looked.result, own, _letters(looked.result.kind, path, rules))
            else:
                _add_series(seen, looked, places, recipe, again=not there.isdisjoint(looked.names))
                there |= looked.names
    for path in found.files["unknown"]:
        seen.hold(_UNKNOWN.code, _UNKNOWN.sentence, 1, [numbers[path]])
    for code, files in (found.left + bench.pictures.left).items():
        seen.hold(code, _LEFT.get(code, ""), files, [])
    return seen


@dataclass(frozen=True)
class _Looked:
    """What would become of a file or a series: without its bytes; what of it stays; the names it would get."""

    result: Result
    kept: Counter[tuple[int, Action]] = field(default_factory=Counter)
    names: frozenset[str] = field(repr=False, default=frozenset())


def _looked_at(bench: Bench, unit: Unit) -> list[_Looked]:
    """In any process: a unit is cleaned, and its bytes are forgotten."""
    found = []
    for result in bench.clean(unit, lambda: Stream(Path(os.devnull))):
        kept: Counter[tuple[int, Action]] = Counter()
        for _, data in result.outputs if result.series is not None else ():
            if isinstance(data, bytes):
                kept.update(_kept(read_file(data).elements, bench.rules))
        names = frozenset(name for name, _ in result.outputs)
        found.append(_Looked(replace(result, outputs=()), kept, names))
    return found


def _add_series(seen: Seen, looked: _Looked, numbers: list[int], recipe: Recipe, *, again: bool) -> None:
    """A series; one whose instances came before is held back, as in a folder."""
    result = looked.result.series or SeriesResult(looked.result.files)
    reason = _TWICE if again and result.quarantine is None else result.quarantine
    if reason is not None:
        seen.hold(reason.code, reason.sentence, looked.result.files, numbers)
        seen.hits.update(f"{hit.kind} in {hit.tag} as {hit.found_as}" for hit in result.hits)
    else:
        seen.received += looked.result.files
        seen.released += looked.result.files
    for (tag, action), times in (result.counts + looked.kept).items():
        rule = cited(tag, recipe, kept=action is Action.KEEP)
        seen.rows[Done("dicom", label_of(tag), named(tag), action.value, rule)] += times


def _kept(elements: list[Element], recipe: Recipe) -> Counter[tuple[int, Action]]:
    """What stays as it was: the pass counts only what it changed."""
    plan, counts = plan_of(recipe), Counter()
    for tag, _, value, _ in elements:
        private = tag >> 16 & 1
        if tag in METHOD_TAGS:
            continue  # written by the pass, with what stands below them
        if value and (private or (tag in plan and plan[tag].action is Action.KEEP)):
            counts[tag, Action.KEEP] += 1
        if isinstance(value, list):
            for item in value:
                counts.update(_kept(item, recipe))
    return counts


def _add(seen: Seen, result: Result, numbers: list[int], letters: Mapping[str, str]) -> None:
    """A file of records, a note or a file of genomics; `letters` are those of what its rules name."""
    if result.quarantine is not None:
        seen.hold(result.quarantine.code, result.quarantine.sentence, result.files, numbers)
    else:
        seen.received += result.files
        seen.released += result.files
        seen.records.update(result.records)
    for (what, action), times in result.counts.items():
        rule = _RULES_OF.get(result.kind) or _letter(letters.get(str(what), ""))
        if times:
            seen.rows[Done(result.kind, str(what), "", str(action), rule)] += times


def _letters(kind: str, path: Path, rules: Rules) -> Mapping[str, str]:
    """The letter of every kind in a note, or of every column of a table of the site's own."""
    chart = rules.tables.get(path.stem.lower()) if kind == "csv" else None
    if chart is None:
        return {str(what): letter for what, letter in LETTERS.items()} if kind == "note" else {}
    return {name: kinds.table().kinds[column.kind].letter for name, column in chart.by_name().items()}


def _letter(letter: str) -> str:
    return f"{LETTER}({letter})" if letter not in ("", "-") else "no identifier" if letter else "no rule names it"
