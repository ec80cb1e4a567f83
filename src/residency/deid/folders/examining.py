"""The exam of a folder: copies of its own files with identifiers of nobody, cleaned as the folder is, and searched.

    exam = examine(source, found, rules, telling, crew, notes, Asked(copies=20, seed=7))
    exam.kinds["note"].recall.low, exam.not_examined

Up to so many files of a kind are copied in memory and stand in the place of their originals before the same `read` of
the same bench, so that a cell that names the subject is harvested as a real one would be, and nothing else is told. Of
images so many series sit the exam of the governed run, with their pixels (`exam.sitting`). No copy touches a disk. What
is held back counts neither way. `not_examined` counts the files that could not be planted into, and those of kinds that
are not. A word that stands at several places of a copy counts as left at all of them where it is left at one. Not here:
figures (`figures`).
"""

import os
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from residency.deid.exam.figures import Fate, Recall, Row, Seen, counted, recall_of
from residency.deid.exam.in_fhir import plant_fhir
from residency.deid.exam.in_genomes import plant_genome
from residency.deid.exam.in_notes import plant_note
from residency.deid.exam.in_records import plant_meds, plant_omop
from residency.deid.exam.in_scans import holds_texts, plant_scan
from residency.deid.exam.in_tables import plant_table
from residency.deid.exam.looking import Look
from residency.deid.exam.opened import opened
from residency.deid.exam.planting import some
from residency.deid.exam.sitting import Sitting
from residency.deid.exam.sown import Planter, Seed, Sown, copied
from residency.deid.folders.crew import Crew, Lost, each
from residency.deid.folders.drafts import Stream
from residency.deid.folders.notes import Notes
from residency.deid.folders.sorting import Found
from residency.deid.folders.work import Bench, Telling, Unit, read
from residency.deid.recipe import FULL_DATES, Recipe
from residency.errors import BadInput
from residency.kernel.record import Part

_PLANTERS: dict[str, Planter] = {
    "note": plant_note,
    "fhir": plant_fhir,
    "omop": plant_omop,
    "meds": plant_meds,
    "nifti": plant_scan,
    "genome": plant_genome,
}
_KINDS = frozenset((*_PLANTERS, "csv"))
_IMAGES = "dicom"
_LARGEST = 2**26
"""Larger files are not copied into memory, and counted as not examined."""


class Examined(Part):
    """One kind of data: how many copies, what became of their identifiers; no recall where all was held back."""

    copies: int
    rows: tuple[Row, ...]
    recall: Recall | None

    def said(self) -> str:
        """In words."""
        if self.recall is None:
            return f"all {self.copies} copies were held back"
        held, it = sum(row.held for row in self.rows), self.recall
        return (
            f"{it.found} of {it.of} planted identifiers removed, recall {it.recall:.4f} "
            f"(95 %: {it.low:.4f} to {it.high:.4f}), {held} held back, {self.copies} copies"
        )


class FolderExam(Part):
    """Counts alone; the seed draws the same files and the same identifiers again."""

    seed: int
    kinds: dict[str, Examined]
    not_examined: dict[str, int]

    def lines(self) -> list[str]:
        """One for each kind of data."""
        return [f"exam of {kind}: {one.said()}" for kind, one in self.kinds.items()]


class CopiesWrong(BadInput):
    """An exam on fewer than no copies was asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How many copies of each kind at most, and what draws them."""

    copies: int
    seed: int


def asked(copies: int, seed: int | None) -> Asked | None:
    """What a call asks for: nothing with no copies, a drawn seed where none is given. Raises CopiesWrong."""
    if copies < 0:
        raise CopiesWrong("Fewer than one copy cannot be examined.", remedy="Give 0 for no exam.")
    return Asked(copies, int.from_bytes(os.urandom(4), "big") if seed is None else seed) if copies else None


class _Memory(Stream):
    """A stream that goes to no disk."""

    def __init__(self) -> None:
        self.path, self.data = Path("memory"), bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def close(self) -> None:
        """Its bytes stay until they were searched."""


def examine(
    source: Path, found: Found, rules: Recipe, telling: Telling, crew: Crew, notes: Notes, ask: Asked
) -> FolderExam:
    """Plant, clean, look; raises what cleaning the folder raises, and OSError where a file cannot be read."""
    sown, missed = _planted(found, telling, ask)
    files = {kind: [sown[p][0] if p in sown else p for p in paths] for kind, paths in found.files.items()}
    standing = Found(left=found.left)
    standing.files.update(files)
    bench = read(source, standing, rules, telling, notes, crew)
    by_path = dict(sown.values())
    units = [unit for unit in bench.units() if unit.kind in _KINDS and not by_path.keys().isdisjoint(unit.paths)]
    seen: dict[str, list[Seen]] = {}
    copies: Counter = Counter()
    for at, fates in each(partial(fates_of, bench, by_path), units, crew):
        unit = units[at]
        seeds = seeds_of(unit, by_path)
        copies[unit.kind] += sum(path in by_path for path in unit.paths)
        said: list[Fate] = ["held"] * len(seeds) if isinstance(fates, Lost) else fates
        seen.setdefault(unit.kind, []).extend(
            Seen(seed.kind, seed.place, fate)
            for seed, fate in zip(seeds, said, strict=True)
            if not (seed.kind == "date" and rules.keeps(FULL_DATES))
        )
    _look_at_images(bench, crew, ask, seen, copies, missed)
    kinds = {kind: _told(copies[kind], seen[kind]) for kind in sorted(seen)}
    return FolderExam(seed=ask.seed, kinds=kinds, not_examined=dict(sorted((+missed).items())))


def _look_at_images(
    bench: Bench, crew: Crew, ask: Asked, seen: dict[str, list[Seen]], copies: Counter, missed: Counter
) -> None:
    """So many series, each by itself."""
    draw = random.Random(ask.seed)
    chosen = draw.sample(bench.pictures.series, min(ask.copies, len(bench.pictures.series)))
    work = [(some(series.paths), draw.getrandbits(64)) for series in chosen]
    for at, said in each(partial(_sat, bench.rules), work, crew):
        if isinstance(said, Lost) or not said:
            missed[_IMAGES] += len(chosen[at].paths)
            continue
        copies[_IMAGES] += 1
        seen.setdefault(_IMAGES, []).extend(said)


def _sat(rules: Recipe, work: tuple[Sequence[Path], int]) -> list[Seen]:
    """In any process: what became of what was planted into one series; nothing of one that cannot be planted into."""
    sitting = Sitting(rules, random.Random(work[1]))
    sitting.take([path.read_bytes() for path in work[0]])
    return sitting.seen


def _told(copies: int, seen: Iterable[Seen]) -> Examined:
    rows = counted(seen)
    return Examined(copies=copies, rows=rows, recall=recall_of(rows))


def _planted(found: Found, telling: Telling, ask: Asked) -> tuple[dict[Path, tuple[Path, Sown]], Counter]:
    """The copies by their originals; how many files of a kind could not be planted into."""
    draw, sown, missed = random.Random(ask.seed), {}, Counter()
    for kind, paths in sorted(found.files.items()):
        if kind == _IMAGES:
            continue
        if kind not in _KINDS:
            missed.update({kind: len(paths)} if paths else {})
            continue
        fit = [path for path in paths if holds_texts(path.name)] if kind == "nifti" else paths
        for path in draw.sample(fit, min(ask.copies, len(fit))):
            made = _sown(kind, path, telling, draw)
            if made is None:
                missed[kind] += 1
            else:
                sown[path] = copied(path, made), made
    return sown, missed


def _sown(kind: str, path: Path, telling: Telling, draw: random.Random) -> Sown | None:
    if path.stat().st_size > _LARGEST:
        return None
    data = path.read_bytes()
    if kind == "csv":
        return plant_table(path.name, data, draw, telling.maps.get(path.stem.lower()))
    return _PLANTERS[kind](path.name, data, draw)


def fates_of(bench: Bench, by_path: Mapping[Path, Sown], unit: Unit) -> list[Fate]:
    """In any process: what became of each seed. Where records were held, what is not left may be among them."""
    streams: list[_Memory] = []

    def stream() -> Stream:
        streams.append(_Memory())
        return streams[-1]

    seeds = seeds_of(unit, by_path)
    look, left, held = Look({word for seed in seeds for word in seed.words}), set(), False
    for result in bench.clean(unit, stream):
        held = held or result.quarantine is not None or bool(result.records)
        for name, data in result.outputs if result.quarantine is None else ():
            whole = data if isinstance(data, bytes) else b"".join(bytes(stream.data) for stream in streams)
            left |= look(name.encode()) | look(opened(whole))
    return ["left" if left & set(seed.words) else "held" if held else "found" for seed in seeds]


def seeds_of(unit: Unit, by_path: Mapping[Path, Sown]) -> list[Seed]:
    """All that was planted into the files of a unit, in their order."""
    return [seed for path in unit.paths if path in by_path for seed in by_path[path].seeds]
