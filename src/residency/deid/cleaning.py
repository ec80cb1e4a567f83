"""All series of one subject, opened, cleaned, searched for what any of them names, and sealed again.

    for done in clean(items, bench):
        done.sealed       the item as it goes on, or None: then done.result.quarantine says why

Memory holds one subject; what is handed on holds no bytes of a file. Not here: one series (`series`), what becomes of
what is held back (`holding`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from residency.deid.elements import Unreadable, read
from residency.deid.headers import Identity
from residency.deid.holding import Decisions
from residency.deid.identifiers import Identifiers, harvest
from residency.deid.labels import LabelUnreadable, deidentify_label
from residency.deid.pixels import Reason
from residency.deid.pseudonyms import Pseudonyms
from residency.deid.recipe import Recipe
from residency.deid.series import SeriesResult, deidentify_series
from residency.govern.gate import Lease
from residency.ingest.sealing import read_origin
from residency.store.keys import Space
from residency.store.manifest import Item
from residency.store.packs import read_pack, write_pack
from residency.store.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Bench:
    """What the work needs: the rules, the names, the keys that open the intake, the space that seals the output."""

    sealed: Sealed
    keys: Mapping[str, bytes]
    recipe: Recipe
    pseudonyms: Pseudonyms
    decisions: Decisions
    space: Space
    lease: Lease


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one item; `result` counts the label map among the files and has given its outputs away."""

    item: Item
    result: SeriesResult
    sealed: Item | None


def clean(items: Sequence[Item], bench: Bench) -> Iterator[Done]:
    """Every item of one subject that nobody has rejected."""
    files = {
        item.item: [data for _, data in read_pack(bench.sealed, item.parts["series"], bench.keys)] for item in items
    }
    known = _known(files.values()) if len(items) > 1 else None
    for item in items:
        if item.item not in bench.decisions.rejected:
            yield _clean(item, files[item.item], known, bench)


def _clean(item: Item, files: list[bytes], known: Identifiers | None, bench: Bench) -> Done:
    origin = read_origin(bench.sealed, item, bench.keys)
    result = deidentify_series(
        files,
        bench.recipe,
        bench.pseudonyms,
        Identity(origin.issuer, origin.patient_id),
        name=origin.series,
        known=known,
        accepted=bench.decisions.accepted.get(item.item, frozenset()),
    )
    sealed = None
    if result.quarantine is None:
        try:
            label = _label(item, bench)
            sealed = _seal(item, result, label, bench)
        except LabelUnreadable as error:
            result = replace(result, quarantine=Reason(code="UNREADABLE", sentence=error.message))
    return Done(item, replace(result, received=item.files, outputs=[]), sealed)


def _known(files: Iterable[Sequence[bytes]]) -> Identifiers:
    """What all series of a subject name; a torn file names nothing here and stops its own series."""
    known = Identifiers()
    for series in files:
        try:
            known = known | harvest([read(data) for data in series])
        except Unreadable:
            continue
    return known


def _label(item: Item, bench: Bench) -> bytes | None:
    if "label" not in item.parts:
        return None
    return deidentify_label(bench.sealed.read(item.parts["label"], bench.keys))


def _seal(item: Item, result: SeriesResult, label: bytes | None, bench: Bench) -> Item:
    key = bench.space.new_group(item.subject, item.data_type, bench.lease.at, bench.lease.by.id)
    context = f"deid/{bench.space.record.owner}/{item.item}"
    parts = {"series": write_pack(bench.sealed, key, result.outputs, context=f"{context}/series")}
    if label is not None:
        parts["label"] = bench.sealed.write(label, key, context=f"{context}/label")
    return item.model_copy(update={"parts": parts})
