"""`residency deid folder`: take the names out of any folder of clinical files, without a site.

    done = clean_folder(Path("incoming"), Path("clean"), ("basic", "shift-dates"))
    done.quarantined         code → files; nothing of these is in the output

Everything is read once before anything is written, so that what a table names of a subject is looked for in their
images, and the other way round. With shifted dates the names are keyed, with a key made for this call and forgotten;
otherwise they are drawn, and only years stay. Nobody, not even who called, can lead a code back, and two calls give
different codes. What cannot be cleaned stays out, with a reason. A DICOMDIR is made anew from what was
cleaned. The report is written last: an output without it is
unfinished. Not here: the governed act (`run`), which remembers.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from functools import partial, reduce
from operator import or_
from pathlib import Path

from pydantic import Field

from residency.deid.dicom.series import SeriesResult
from residency.deid.folders.genomes import clean_genome
from residency.deid.folders.notes import Notes
from residency.deid.folders.outcome import Result
from residency.deid.folders.output import Output
from residency.deid.folders.people import People
from residency.deid.folders.pictures import Pictures
from residency.deid.folders.records import Records
from residency.deid.folders.scans import Scans, labelled
from residency.deid.folders.sorting import sorted_files
from residency.deid.identifiers import Identifiers
from residency.deid.notes.note_rules import load_note_rules
from residency.deid.pseudonyms import Pseudonyms
from residency.deid.reason import Reason
from residency.deid.recipe import FULL_DATES, MODIFIED_DATES, Recipe, load_recipe
from residency.deid.report import report_of
from residency.deid.tables.column_map import load_map
from residency.deid.vault import Vault
from residency.errors import Conflict, Missing, Unavailable
from residency.ingest.crosswalk import Crosswalk, read_crosswalk
from residency.kernel.clock import system_clock
from residency.kernel.record import Part
from residency.observe.progress import track
from residency.store.files import write_atomically

REPORT = "residency-report.json"
_UNKNOWN = Reason(code="OBJECT-NOT-SUPPORTED", sentence="The file is of no kind that is cleaned here.")
_IDENTIFIED_BY = {
    "dicom": "patient",
    "fhir": "fhir",
    "omop": "omop",
    "meds": "meds",
    "genome": "sample",
    "nifti": "bids",
}


class FolderMissing(Missing):
    """There is no folder to read."""


class FolderTaken(Conflict):
    """The output goes into an empty folder apart from the input, so that nothing uncleaned lies beside it."""


class FolderUnusable(Unavailable):
    """The disk or its permissions do not let a file be read or written."""


class Cleaned(Part):
    """What became of a folder; counts of files, and of records held back out of files that went on."""

    received: int
    released: int
    quarantined: dict[str, int]
    records_held: dict[str, int] = Field(default_factory=dict)


def clean_folder(
    source: Path, target: Path, recipe: tuple[str, ...], *, crosswalk: Path | None = None, maps: tuple[Path, ...] = ()
) -> Cleaned:
    """Clean every file below a folder; `maps` are column maps of its tables.

    Raises FolderMissing, FolderTaken, FolderUnusable, RecipeUnknown, RecipeWrong, CrosswalkWrong, CrosswalkContradicts.
    """
    _check(source, target)
    rules, charts = load_recipe(*recipe), {chart.table: chart for chart in map(load_map, maps)}
    who = read_crosswalk(crosswalk) if crosswalk else None
    try:
        return _clean(source, target, rules, charts, who)
    except OSError as error:
        # The path that the error names may hold a patient's name.
        why = f"A file can no longer be read or written ({error.strerror})."
        raise FolderUnusable(why, remedy=f"Check disk and permissions, then repeat; remove {target} first.") from None


def _check(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise FolderMissing(f"There is no folder {source}.", remedy="Give the folder that holds the files.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FolderTaken(f"{target} is not an empty folder.", remedy="Give a new folder for the output.")
    if target.resolve().is_relative_to(source.resolve()):
        raise FolderTaken(f"{target} lies inside the input.", remedy="Give a folder apart from the input.")


def _clean(source: Path, target: Path, rules: Recipe, maps: Mapping, crosswalk: Crosswalk | None) -> Cleaned:
    found = sorted_files(source)
    scans_name = labelled([path.relative_to(source) for path in found.files["nifti"]])
    nameless = {"unknown", "note"} if scans_name else {"unknown", "note", "nifti"}
    kinds = {_IDENTIFIED_BY.get(kind, "other") for kind in found.kinds() - nameless}
    dated = rules.keeps(FULL_DATES)
    names = Pseudonyms(os.urandom(32)) if dated or rules.keeps(MODIFIED_DATES) else Vault()
    people = People(names, crosswalk, alone=len(kinds) == 1, dated=dated)
    pictures = Pictures(found.files["dicom"], people)
    notes = Notes(load_note_rules("notes"))
    records = Records(source, found, people, maps, system_clock().date(), notes.text)
    known: dict[str, Identifiers] = pictures.known()
    for code, mine in records.known().items():
        known[code] = known.get(code, Identifiers()) | mine
    output = Output(target, short=bool(pictures.left["DIRECTORY"]))
    series = [output.series(result) for result in pictures.clean(rules, known)]
    others = [output.file(result) for result in records.clean(known)]
    others += [output.file(notes.clean(path, path.relative_to(source), people, known)) for path in found.files["note"]]
    scans = Scans(source, found.files["nifti"], people)
    for group in track(scans.groups, "cleaning scans"):
        others.append(output.file(scans.clean(group, known, faces=rules.defaces)))
    everyone = reduce(or_, known.values(), Identifiers())
    for path in track(found.files["genome"], "cleaning genomes"):
        place = path.relative_to(source)
        others.append(output.streamed(partial(clean_genome, path, place, people, everyone)))
    others += [Result("unknown", 1, quarantine=_UNKNOWN)] * len(found.files["unknown"])
    output.finish(names)
    return _told(target, rules, series, others, found.left + pictures.left)


def _told(target: Path, rules: Recipe, series: list[SeriesResult], others: list[Result], left: Counter) -> Cleaned:
    report = report_of(series, rules)
    held = Counter(report.files_quarantined) + left
    for result in others:
        held.update({result.quarantine.code: result.files} if result.quarantine else {})
    done = Cleaned(
        received=report.files_received + sum(left.values()) + sum(result.files for result in others),
        released=report.files_released + sum(result.files for result in others if result.quarantine is None),
        quarantined=dict(held),
        records_held=dict(sum((result.records for result in others if result.quarantine is None), Counter())),
    )
    body = report.model_dump(mode="json") | done.model_dump(mode="json") | {"other_data": _rows(others)}
    write_atomically(target / REPORT, json.dumps(body, indent=1).encode(), mode=0o644)
    return done


def _rows(others: list[Result]) -> list[dict]:
    """How often each kind of thing in records, notes and genomes was given each action."""
    counts: Counter = Counter()
    for result in others:
        counts.update({(result.kind, str(what), str(action)): n for (what, action), n in result.counts.items()})
    return [{"kind": kind, "what": what, "action": act, "times": n} for (kind, what, act), n in sorted(counts.items())]
