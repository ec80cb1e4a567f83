"""All series of one subject, opened, cleaned, searched for what any of them names, and sealed again.

    for done in clean(items, bench, beside=held_or_earlier):
        done.sealed       the item as it goes on, or None: then done.result.quarantine says why

Here a subject gets the protocol's code, the same from whichever source. Where names are drawn and not derived, so are
those of series and of anatomies, which the intake derived under a key, and a scanner is told by its model alone. Memory
holds one subject; what is handed on holds no bytes of a file. Not here: one series (`series`), what becomes of what is
held back (`holding`), which series lie beside (`originals`), who gives the names (`naming`).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from residency.deid.dicom.elements import Instance, Unreadable, read
from residency.deid.dicom.harvest import harvest
from residency.deid.dicom.series import SeriesResult, deidentify_series
from residency.deid.holding import Decisions
from residency.deid.identifiers import Identifiers
from residency.deid.labels import LabelUnreadable, deidentify_label
from residency.deid.pseudonyms import Identity, Names
from residency.deid.reason import Reason
from residency.deid.recipe import Recipe
from residency.govern.gate import Lease
from residency.ingest.sealing import Origin, read_origin
from residency.ingest.subjects import UNKNOWN, Subject
from residency.store.keys import Space
from residency.store.manifest import Item
from residency.store.packs import read_pack, write_pack
from residency.store.sealed import GroupKey, Sealed

_BIRTH_DATE = 0x00100030
_MACHINE = re.compile(r" ?#[a-z2-7]{1,5}$")
"""What tells two machines of one model apart: derived from a serial number (`ingest.source.Codes.machine`)."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What the work needs: the rules, the names, the keys that open the intake, the space that seals the output.

    `gone` are the codes of subjects who have withdrawn.
    """

    sealed: Sealed
    keys: Mapping[str, bytes]
    recipe: Recipe
    pseudonyms: Names
    decisions: Decisions
    space: Space
    lease: Lease
    gone: frozenset[str] = frozenset()

    def opens(self, item: Item) -> bool:
        """Whether the keys of an item are there: not those of a subject who has withdrawn."""
        return all(part.group in self.keys for part in item.parts.values())

    def key(self, subject: str, data_type: str, *, of: Iterable[str] = ()) -> GroupKey:
        """The key of a group of the output; `of` are the groups of the intake that it was made of."""
        return self.space.new_group(subject, data_type, self.lease.at, self.lease.by.id, of=of)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one item; `result` counts the label map among the files and has given its outputs away.

    `code` is that of its subject, empty for one who has withdrawn.
    """

    item: Item
    result: SeriesResult
    sealed: Item | None
    code: str = ""


def clean(items: Sequence[Item], bench: Bench, *, beside: Sequence[Item] = ()) -> Iterator[Done]:
    """Every item of one subject that nobody has rejected; those beside are only searched for names."""
    files = {item.item: _files(item, bench) for item in items}
    origins = {item.item: read_origin(bench.sealed, item, bench.keys) for item in items}
    known = _named_in(files.values()) if len(items) > 1 else Identifiers()
    for item in beside:
        known = known | _named_in([_files(item, bench)])
    for born in {origin.birth_date for origin in origins.values() if origin.birth_date}:
        known = known | _born(born)
    for item in items:
        if item.item not in bench.decisions.rejected:
            yield _clean(item, files[item.item], origins[item.item], known, bench)


def _files(item: Item, bench: Bench) -> list[bytes]:
    return [data for _, data in read_pack(bench.sealed, item.file("series"), bench.keys)]


def _clean(item: Item, files: list[bytes], origin: Origin, known: Identifiers, bench: Bench) -> Done:
    subject = bench.pseudonyms.code(origin.issuer, origin.patient_id)
    if subject in bench.gone:
        withdrawn = Reason(code="WITHDRAWN", sentence="the subject has withdrawn.")
        return Done(item, SeriesResult(received=item.files, quarantine=withdrawn), None)
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
            sealed = _seal(item, subject, result, label, bench)
        except LabelUnreadable as error:
            result = replace(result, quarantine=Reason(code="UNREADABLE", sentence=error.message))
    return Done(item, replace(result, received=item.files, outputs=[]), sealed, subject)


def _named_in(files: Collection[Sequence[bytes]]) -> Identifiers:
    """What all these series of a subject name; a torn file names nothing here and stops its own series."""
    known = Identifiers()
    for series in files:
        try:
            known = known | harvest([read(data) for data in series])
        except Unreadable:
            continue
    return known


def _born(day: str) -> Identifiers:
    """The birth date that the hospital's table gives, which may stand in no file's own element."""
    return harvest([Instance("", [(_BIRTH_DATE, b"DA", day.replace("-", "").encode(), 0)], [])])


def _label(item: Item, bench: Bench) -> bytes | None:
    if "label" not in item.parts:
        return None
    return deidentify_label(bench.sealed.read(item.file("label"), bench.keys))


def _seal(item: Item, subject: str, result: SeriesResult, label: bytes | None, bench: Bench) -> Item:
    key, name = bench.key(subject, item.data_type, of=[item.file("series").group]), _name(item, bench)
    context = f"deid/{bench.space.opened.owner}/{name}"
    parts = {"series": write_pack(bench.sealed, key, result.outputs, context=f"{context}/series")}
    if label is not None:
        parts["label"] = bench.sealed.write(label, key, context=f"{context}/label")
    anatomy = _anatomy(item, subject, bench)
    return item.model_copy(update={"item": name, "subject": subject, "anatomy": anatomy, "parts": parts})


def recoded(row: Subject, code: str, bench: Bench) -> Subject:
    """What goes on of what is said of a subject."""
    changed = {"subject": code, "anatomy": _anatomy(row, code, bench)}
    if bench.recipe.years_only and row.scanner is not None:
        changed["scanner"] = _MACHINE.sub("", row.scanner) or UNKNOWN
    return row.model_copy(update=changed)


def _name(item: Item, bench: Bench) -> str:
    """The name of a series: the intake's is derived from its UID."""
    if not bench.recipe.years_only:
        return item.item
    return f"ser-{bench.pseudonyms.thing('series', item.item).lower()}"


def _anatomy(of: Item | Subject, code: str, bench: Bench) -> str:
    """Whose anatomy it is: the subject's own, or one that the hospital's table names."""
    if of.anatomy == of.subject:
        return code
    return bench.pseudonyms.thing("anatomy", of.anatomy) if bench.recipe.years_only else of.anatomy
