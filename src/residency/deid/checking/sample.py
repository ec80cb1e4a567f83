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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from pathlib import Path

from residency.deid.checking.citing import cited, named
from residency.deid.checking.rules import LETTER, Rules
from residency.deid.dicom.actions import METHOD_TAGS, Action, label_of, plan_of
from residency.deid.dicom.elements import Element, read
from residency.deid.dicom.series import SeriesResult
from residency.deid.folders.genomes import clean_genome
from residency.deid.folders.notes import Notes
from residency.deid.folders.outcome import Result
from residency.deid.folders.people import People
from residency.deid.folders.pictures import Pictures
from residency.deid.folders.records import Records
from residency.deid.folders.sorting import Found, kind_of, sorted_files
from residency.deid.identifiers import Identifiers
from residency.deid.notes.spans import LETTERS
from residency.deid.pseudonyms import Pseudonyms
from residency.deid.reason import Reason
from residency.deid.recipe import FULL_DATES, MODIFIED_DATES, Recipe
from residency.deid.tables import kinds
from residency.deid.vault import Vault
from residency.errors import Missing, Unavailable
from residency.ingest.crosswalk import Crosswalk
from residency.kernel.clock import system_clock
from residency.observe.progress import track

_HEAD = 1 << 16
_IDENTIFIED_BY = {"dicom": "patient", "fhir": "fhir", "omop": "omop", "meds": "meds", "genome": "sample"}
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
    identified = {_IDENTIFIED_BY.get(kind, "other") for kind in found.kinds() - {"unknown", "note"}}
    moving = recipe.keeps(FULL_DATES) or recipe.keeps(MODIFIED_DATES)
    names = Pseudonyms(os.urandom(32)) if moving else Vault()
    people = People(names, crosswalk, alone=len(identified) == 1, dated=recipe.keeps(FULL_DATES))
    pictures, notes = Pictures(found.files["dicom"], people), Notes(rules.notes)
    records = Records(base, found, people, rules.tables, system_clock().date(), notes.text)
    known: dict[str, Identifiers] = pictures.known()
    for code, mine in records.known().items():
        known[code] = known.get(code, Identifiers()) | mine
    for paths, result in _series(pictures, recipe, known):
        _add_series(seen, result, [numbers[path] for path in paths], recipe)
    others = [*records.clean(known), *(notes.clean(p, p.relative_to(base), people, known) for p in found.files["note"])]
    everyone = reduce(or_, known.values(), Identifiers())
    for path in track(found.files["genome"], "looking at genomes"):
        others.append(clean_genome(path, path.relative_to(base), people, everyone, Path(os.devnull)))
    order = [path for kind in ("fhir", "omop", "meds", "csv", "note", "genome") for path in found.files[kind]]
    for path, result in zip(order, others, strict=True):
        _add(seen, result, numbers[path], _letters(result.kind, path, rules))
    for path in found.files["unknown"]:
        seen.hold(_UNKNOWN.code, _UNKNOWN.sentence, 1, [numbers[path]])
    for code, files in (found.left + pictures.left).items():
        seen.hold(code, _LEFT.get(code, ""), files, [])
    return seen


def _series(
    pictures: Pictures, recipe: Recipe, known: Mapping[str, Identifiers]
) -> Iterator[tuple[list[Path], SeriesResult]]:
    """Every series with its files; one whose instances came before is held back, as in a folder."""
    there: set[str] = set()
    series = (paths for subject in pictures.subjects for paths in subject.values())
    for paths, result in zip(series, pictures.clean(recipe, known), strict=True):
        instances = {name for name, _ in result.outputs}
        again = not there.isdisjoint(instances)
        there |= set() if again else instances
        yield paths, replace(result, outputs=[], quarantine=_TWICE) if again else result


def _add_series(seen: Seen, result: SeriesResult, numbers: list[int], recipe: Recipe) -> None:
    if result.quarantine is not None:
        seen.hold(result.quarantine.code, result.quarantine.sentence, result.received, numbers)
        seen.hits.update(f"{hit.kind} in {hit.tag} as {hit.found_as}" for hit in result.hits)
    else:
        seen.received += result.received
        seen.released += result.received
    counts: Counter[tuple[int, Action]] = Counter(result.counts)
    for _, data in result.outputs:
        counts.update(_kept(read(data).elements, recipe))
    for (tag, action), times in counts.items():
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


def _add(seen: Seen, result: Result, number: int, letters: Mapping[str, str]) -> None:
    """A file of records, a note or a file of genomics; `letters` are those of what its rules name."""
    if result.quarantine is not None:
        seen.hold(result.quarantine.code, result.quarantine.sentence, result.files, [number])
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
