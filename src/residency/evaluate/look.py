"""One look at one version: predict on its test split, measure against the references, forget the predictions.

    seen = look(site, lease, model, version, tolerance_mm=3.0)
    seen.rows, seen.subjects, seen.cases

Everything happens under the lease of the evaluation and in memory; the predictions are sealed under the run's key
while they are needed. Refuses predictions of other weights than the model's, subjects the model has learned from, and
copies of their anatomies unless a study allows it, which is then said beside every number. Not here: means and
intervals (`summary`), figures (`gallery`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from residency.dataset.version import DatasetVersion
from residency.errors import BadInput, Broken
from residency.evaluate.caveats import SAME_ANATOMY
from residency.evaluate.measure import Measured, measure
from residency.evaluate.overlay import Case, telling
from residency.govern.gate import Lease
from residency.ingest.subjects import read_subjects, row_groups
from residency.kernel.ids import new_id
from residency.observe.progress import track
from residency.runs import ticket, workers
from residency.runs.run import Model, Run
from residency.site import Site
from residency.store.arrays import open_volume
from residency.store.keys import KeyGroup
from residency.store.manifest import Item
from residency.store.shards import ArrayRef

TEST = "test"
OTHER_CODES = "under another protocol: whether its subjects were learned from cannot be seen"
SEVERAL = "a subject with several series counts with its worst"

Subjects = Mapping[str, Mapping[str, str | None]]


class NothingToMeasure(BadInput):
    """The test split holds no item with a reference that the model could be measured against."""


class LabelsDisagree(BadInput):
    """Model and version give one label two names."""


class SeenInTraining(BadInput):
    """Subjects that the model has learned from are in the split it would be measured on."""


class AnatomySeenInTraining(BadInput):
    """The model has learned from copies of anatomies that it would be measured on, and no study allows that."""


class PredictionsOfOtherWeights(Broken):
    """What was predicted with is not the model, or not all of it came."""


@dataclass(frozen=True)
class Look:
    """What was seen: values per subject and cases to draw. It lives in memory alone."""

    version: DatasetVersion
    rows: tuple[Measured, ...]
    subjects: Subjects
    structures: Mapping[int, str]
    unlabelled: int
    cases: tuple[Case, ...]
    caveats: tuple[str, ...]


def look(site: Site, lease: Lease, model: Model, version: DatasetVersion, tolerance_mm: float) -> Look:
    """Predict and measure.

    Raises NothingToMeasure, LabelsDisagree, SeenInTraining, AnatomySeenInTraining, PredictionsOfOtherWeights.
    """
    structures = common_structures(model, version)
    held_back = [item for item in ticket.items_of(site, lease, version) if item.split == TEST]
    items = [item for item in held_back if "label" in item.parts]
    if not items or not structures:
        raise NothingToMeasure(
            f"The test split of {version.name} holds nothing that the model could be measured against.",
            remedy="Name a version whose test split has labels of the model's structures.",
        )
    of_training = _met_in_training(site, lease, model, version, items)
    keys = lease.keys(version.space, {ref.group for item in items for ref in item.parts.values()})
    keys |= lease.keys(model.space, [model.key_group])
    with _predicted(site, lease, model, version, held_back) as predicted:
        rows: dict[str, tuple[Measured, ...]] = {}
        for item in track(items, "measuring"):
            lease.keep()
            case = _open(site, keys, item, predicted[item.item], "")
            rows[item.item] = _measure(item.subject, case, structures, tolerance_mm)
        cases = tuple(
            _open(site, keys, item, predicted[item.item], title) for title, item in _telling_items(items, rows)
        )
    there = {item.subject for item in items}
    table = _said_of(site, lease, version, there)
    return Look(
        version=version,
        rows=worst_per_subject(row for measured in rows.values() for row in measured),
        subjects=table,
        structures=structures,
        unlabelled=len(held_back) - len(items),
        cases=cases,
        caveats=(*of_training, *_caveats(model, version, structures, several=len(items) > len(there))),
    )


def _said_of(site: Site, lease: Lease, version: DatasetVersion, subjects: Collection[str]) -> Subjects:
    """The rows of these subjects; no other's key is opened."""
    theirs = row_groups(site.ledger.all(KeyGroup, scope=version.space), subjects)
    rows = read_subjects(site.sealed, version.subjects, lease.keys(version.space, [version.subjects.group, *theirs]))
    return {code: row.model_dump() for code, row in rows.items()}


def common_structures(model: Model, version: DatasetVersion) -> dict[int, str]:
    """The structures that the model knows and the version labels; raises LabelsDisagree."""
    theirs = {int(label): name for label, name in version.labels.items()}
    numbers = {name: label for label, name in theirs.items()}
    for label, name in model.spec.labels.items():
        if numbers.get(name, label) != label or theirs.get(label, name) != name:
            raise LabelsDisagree(
                f"Label {label} is '{name}' for the model; {version.name} numbers its labels otherwise.",
                remedy="Freeze the version with the numbers of the model's spec.",
            )
    return {label: name for label, name in sorted(model.spec.labels.items()) if label in theirs}


def worst_per_subject(rows: Iterable[Measured]) -> tuple[Measured, ...]:
    """One row per subject and structure: of several series the worst counts, as a mean would hide a miss."""
    kept: dict[tuple[str, str], Measured] = {}
    for row in rows:
        known = kept.setdefault((row.subject, row.structure), row)
        if _dice(row) < _dice(known):
            kept[row.subject, row.structure] = row
    return tuple(kept.values())


def _dice(row: Measured) -> float:
    """For order: absent is no fault and comes last."""
    return 2.0 if row.dice is None else row.dice


def _met_in_training(
    site: Site, lease: Lease, model: Model, version: DatasetVersion, items: Sequence[Item]
) -> list[str]:
    """What must be said first of what is measured on another version than the model was trained on.

    Subjects that it has learned from are refused, and so are copies of their anatomies unless that is allowed openly.
    """
    if version.digest() == model.version:
        return []
    trained_on = site.ledger.get(DatasetVersion, model.version)
    learned = [item for item in ticket.items_of(site, lease, trained_on) if item.split != TEST]
    both = {item.subject for item in learned} & {item.subject for item in items}
    if both:
        raise SeenInTraining(
            f"{len(both)} subjects in the test split of {version.name} are ones the model has learned from.",
            remedy="Evaluate on the version it was trained on, or on one without them.",
        )
    copies = {item.anatomy for item in learned} & {item.anatomy for item in items}
    if copies and not (trained_on.split.allow_shared_anatomy or version.split.allow_shared_anatomy):
        raise AnatomySeenInTraining(
            f"The model has learned from copies of {len(copies)} anatomies in the test split of {version.name}.",
            remedy="Evaluate on others, or set allow_shared_anatomy: figures then say so.",
        )
    apart = [OTHER_CODES] if trained_on.terms.protocols != version.terms.protocols else []
    return ([SAME_ANATOMY] if copies and SAME_ANATOMY not in version.caveats else []) + apart


@contextmanager
def _predicted(
    site: Site, lease: Lease, model: Model, version: DatasetVersion, items: Sequence[Item]
) -> Iterator[dict[str, ArrayRef]]:
    """Item → sealed label volume, made by workers with the model's weights and no others; deleted after the block."""
    run = site.ledger.get(Run, model.run_id)
    job = new_id("predict", lease.at)
    how = {"start": "step", "start_step": run.step, "outputs": f"predictions/{job}"}
    issued = ticket.issue(site, lease, run, version, splits=(TEST,), purpose="predict", **how)
    try:
        said = workers.hear_out(site, job, issued, f"predicting on {version.name}", lease=lease)
        predicted = {line.item: line.array for line in said if line.item and line.array}
        weights = {line.digest for line in said if line.digest}
        if weights != {model.weights} or predicted.keys() != {item.item for item in items}:
            raise PredictionsOfOtherWeights(
                f"The predictions on {version.name} are not all there, or not by the weights of {model.id}.",
                remedy="Run 'residency site doctor'; a checkpoint or the model's record may be damaged.",
            )
        yield predicted
    finally:
        for name in list(site.objects.names(f"predictions/{job}/")):
            site.objects.delete(name)


def _open(site: Site, keys: Mapping[str, bytes], item: Item, predicted: ArrayRef, title: str) -> Case:
    image = open_volume(site.sealed, item.array("image"), keys)
    reference, prediction = (open_volume(site.sealed, ref, keys) for ref in (item.array("label"), predicted))
    return Case(title, image.whole(), prediction.whole(), reference.whole(), image.spacing_mm)


def _measure(subject: str, case: Case, structures: Mapping[int, str], tolerance_mm: float) -> tuple[Measured, ...]:
    return measure(
        subject,
        case.prediction,
        case.reference,
        structures=structures,
        spacing_mm=case.spacing_mm,
        tolerance_mm=tolerance_mm,
    )


def _telling_items(items: Sequence[Item], rows: Mapping[str, Sequence[Measured]]) -> list[tuple[str, Item]]:
    """The items to draw: the median and the worst subject, each by its worst series; one where they are the same."""
    known = {item.item: item for item in items}
    by_item = [row.model_copy(update={"subject": item}) for item, measured in rows.items() for row in measured]
    if all(row.dice is None for row in by_item):
        return []
    median, worst = telling(by_item)
    titled = [("Median case", known[median]), ("Worst case", known[worst])]
    return titled if median != worst else [("The case", known[worst])] if len(items) == 1 else titled[1:]


def _caveats(model: Model, version: DatasetVersion, structures: Mapping[int, str], *, several: bool) -> tuple[str, ...]:
    """What is known of the version; for one it was not trained on, also what is known of the training data."""
    caveats = list(version.caveats)
    if version.digest() != model.version:
        caveats += [f"trained on data {c}" for c in model.caveats if c not in caveats and c != SAME_ANATOMY]
    missing = [name for label, name in model.spec.labels.items() if label not in structures]
    if missing:
        caveats.append(f"not labelled here: {', '.join(missing)}")
    if several:
        caveats.append(SEVERAL)
    return tuple(caveats)
