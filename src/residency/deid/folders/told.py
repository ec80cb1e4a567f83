"""The report of a folder: counts of everything in it, and the eighteen letters over all kinds of data.

    done = tell(target, rules, results, left, drawn=False)         writes residency-report.json, the last file of all

Not here: the report of images (`deid.report`), what the letters say (`deid.letters`).
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from residency.deid.cleaned import DeidReport, Letter
from residency.deid.folders.examining import FolderExam
from residency.deid.folders.outcome import Result
from residency.deid.letters import letters_of, merged, nothing
from residency.deid.recipe import Recipe
from residency.deid.report import report_of
from residency.kernel.record import Part
from residency.store.files import write_atomically

REPORT = "residency-report.json"


class Cleaned(Part):
    """What became of a folder; counts of files, and of records held back out of files that went on."""

    received: int
    released: int
    quarantined: dict[str, int]
    records_held: dict[str, int] = Field(default_factory=dict)
    exam: FolderExam | None = None


def tell(
    target: Path,
    rules: Recipe,
    results: Sequence[Result],
    left: Counter,
    *,
    drawn: bool,
    exam: FolderExam | None = None,
) -> Cleaned:
    """Write the report; `left` counts what was no file of any kind, by code."""
    images = [replace(result.series, quarantine=result.quarantine) for result in results if result.series is not None]
    others = [result for result in results if result.series is None]
    report = report_of(images, rules, drawn=drawn)
    held = Counter(left)
    for result in results:
        held.update({result.quarantine.code: result.files} if result.quarantine else {})
    done = Cleaned(
        received=sum(left.values()) + sum(result.files for result in results),
        released=sum(result.files for result in results if result.quarantine is None),
        quarantined=dict(sorted(held.items())),
        records_held=dict(sum((result.records for result in results if result.quarantine is None), Counter())),
        exam=exam,
    )
    by_kind = _letters(results, report, drawn=drawn)
    letters = merged(by_kind) if by_kind else nothing(report.letters)
    report = report.model_copy(
        update={"letters": letters, "safe_harbor": all(letter.ticked for letter in letters.values())}
    )
    body = report.model_dump(mode="json") | done.model_dump(mode="json") | {"other_data": _rows(others)}
    body["letters_by_data"] = {
        kind: {letter: one.model_dump(mode="json") for letter, one in said.items()} for kind, said in by_kind.items()
    }
    write_atomically(target / REPORT, json.dumps(body, indent=1).encode(), mode=0o644)
    return done


def told_before(target: Path) -> Cleaned:
    """What the report of an output says of it."""
    said = json.loads((target / REPORT).read_text("utf-8"))
    return Cleaned.model_validate({name: said[name] for name in Cleaned.model_fields})


def _letters(results: Sequence[Result], report: DeidReport, *, drawn: bool) -> dict[str, dict[str, Letter]]:
    """The letters of every kind of data of which something was released."""
    counts: dict[str, Counter] = {}
    for result in results:
        if result.quarantine is None:
            counts.setdefault(result.kind, Counter()).update(result.counts)
    return {kind: letters_of(kind, said, report.letters, drawn=drawn) for kind, said in sorted(counts.items())}


def _rows(others: Sequence[Result]) -> list[dict]:
    """How often each kind of thing in records, notes, scans and genomes was given each action."""
    counts: Counter = Counter()
    for result in others:
        counts.update({(result.kind, str(what), str(action)): n for (what, action), n in result.counts.items()})
    return [{"kind": kind, "what": what, "action": act, "times": n} for (kind, what, act), n in sorted(counts.items())]
