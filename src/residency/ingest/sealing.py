"""Bytes into the store: each series read whole, judged, sealed under its subject's keys, and forgotten again.

    taken = take(units, sealed, groups, context="intake/intake-01k…")
    taken.accepted, taken.held, taken.listing

Memory holds one series. Nothing is visible in the ledger until the act saves it; what a crash leaves in the store is
sealed under keys that were never saved. A thing that can only be rejected is hashed and counted, and its bytes stay
where they are. Not here: reading them again (`store.packs`, `read_origin`).
"""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from residency.ingest.dicom import Head, read_head
from residency.ingest.folder import Found, SourceUnreadable, read
from residency.ingest.geometry import Fault
from residency.ingest.held import Held
from residency.ingest.reasons import REASONS
from residency.ingest.series import LARGEST, Unit, judge
from residency.ingest.source import Groups
from residency.ingest.subjects import anatomy_of
from residency.kernel.digest import canonical
from residency.kernel.record import Part
from residency.observe.progress import track
from residency.store.manifest import Item, read_manifest
from residency.store.packs import read_pack, write_pack
from residency.store.sealed import Sealed, SealedRef

Files = list[tuple[str, bytes]]


class Origin(Part):
    """Who and what a series was before: what de-identification needs and its files may not say.

    `series` is set only where the files name no series: the name that stood for it.
    """

    issuer: str
    patient_id: str
    series: str = ""
    birth_date: str = ""


@dataclass(slots=True)
class Taken:
    """What was accepted, what is held by reason, and name, size and hash of every file for the keyed digest."""

    accepted: list[Item] = field(default_factory=list)
    held: dict[str, list[Held]] = field(default_factory=dict)
    listing: list[tuple[str, str, int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to seal: the store, the key groups of the source, and the context that binds what is sealed.

    `known` is what earlier intakes of the source have sealed, by keyed digest: equal files of a subject lie there once.
    """

    sealed: Sealed
    groups: Groups
    context: str
    known: Mapping[str, SealedRef] = field(default_factory=dict)


def take(units: Sequence[Unit], place: Place) -> Taken:
    """Read, judge and seal every unit."""
    taken = Taken()
    for unit in track(units, "sealing series"):
        place.groups.lease.keep()
        content = {found: read_or_not(found) for found in unit.everything}
        taken.listing += [listed(found, data) for found, data in content.items()]
        label = content[unit.label] if unit.label else None
        gone = Fault("WITHDRAWN") if unit.subject and place.groups.gone(unit.subject) else None
        fault = gone or judge(unit.heads, unit.code, label)
        item = Item(
            item=unit.item,
            subject=unit.subject,
            data_type="imaging",
            anatomy=anatomy_of(unit.person, unit.subject),
            files=len(unit.everything),
            parts=_seal(unit, content, place) if fault is None or REASONS[fault.code].acceptable else {},
        )
        if fault is None:
            taken.accepted.append(item)
        else:
            taken.held.setdefault(fault.code, []).append(Held(item=item, where=where(unit)))
    return taken


def again(thing: Held, code: str, place: Place, keys: Mapping[str, bytes]) -> tuple[Held, Fault | None]:
    """A held series through the step that stopped it, with its reason waived.

    Returns it without what accepting leaves out (perhaps everything), and the next fault if there is one.
    """
    files = list(read_pack(place.sealed, thing.item.file("series"), keys))
    heads = [_head(data) for _, data in files]
    parts = {name: ref for name, ref in thing.item.parts.items() if not (name == "label" and code.startswith("LABEL-"))}
    label = place.sealed.read(thing.item.file("label"), keys) if "label" in parts else None
    fault = judge(heads, "", label, frozenset(thing.waived))
    kept = [i for i in range(len(files)) if fault is None or i not in fault.too_many]
    if not kept:
        parts = {}
    elif len(kept) < len(files):
        key = place.groups.key(thing.item.subject, "imaging")
        parts["series"] = write_pack(place.sealed, key, [files[i] for i in kept], context=place.context)
    waived = (*thing.waived, code)
    item = thing.item.model_copy(update={"parts": parts, "files": len(kept) + ("label" in parts)})
    next_fault = judge([heads[i] for i in kept], "", label, frozenset(waived)) if kept else None
    return thing.model_copy(update={"item": item, "waived": waived}), next_fault


def sealed_before(
    sealed: Sealed, manifests: Iterable[tuple[SealedRef, str]], keys: Mapping[str, bytes]
) -> dict[str, SealedRef]:
    """What these manifests (each with its root) name of sealed files, by keyed digest."""
    known = {}
    for manifest, root in manifests:
        for item in read_manifest(sealed, manifest, keys, root=root):
            known |= {part.digest: part for part in item.parts.values() if isinstance(part, SealedRef)}
    return known


def read_origin(sealed: Sealed, item: Item, keys: Mapping[str, bytes]) -> Origin:
    """Who an item was."""
    return Origin.model_validate(json.loads(sealed.read(item.file("origin"), keys)))


def read_or_not(found: Found) -> bytes | None:
    """The bytes of an entry; None where it is no file, too large or cannot be read."""
    if not found.regular or found.size > LARGEST:
        return None
    try:
        return read(found)
    except SourceUnreadable:
        return None


def listed(found: Found, data: bytes | None) -> tuple[str, str, int, str]:
    """A row of what was handed in."""
    return found.role, found.name, found.size, "" if data is None else hashlib.sha256(data).hexdigest()


def where(unit: Unit) -> str:
    """Which files, by their numbers in the order of paths (find -type f | LC_ALL=C sort)."""
    images = _ranges(sorted(found.number for found in unit.files if found.role == "image"))
    maps = _ranges(sorted(found.number for found in unit.everything if found.role == "label"))
    return "; ".join(([f"files {images} of the folder"] if images else []) + ([f"label map {maps}"] if maps else []))


def _seal(unit: Unit, content: Mapping[Found, bytes | None], place: Place) -> dict[str, SealedRef]:
    key = place.groups.key(unit.subject, "imaging")
    files: Files = [(f"{n:06d}", _whole(content[found])) for n, found in enumerate(unit.files, 1)]
    origin = Origin(
        issuer=unit.issuer,
        patient_id=unit.patient_id,
        series=unit.stands_for,
        birth_date=unit.person.birth_date if unit.person else "",
    )
    parts = {
        "series": write_pack(place.sealed, key, files, context=place.context, known=place.known),
        "origin": place.sealed.keep([canonical(origin.model_dump())], key, place.known, context=place.context),
    }
    if unit.label is not None:
        parts["label"] = place.sealed.keep([_whole(content[unit.label])], key, place.known, context=place.context)
    return parts


def _whole(data: bytes | None) -> bytes:
    if data is None:
        raise SourceUnreadable(
            "A file whose head could be read a moment ago cannot be read now.", remedy="Check the disk, then repeat."
        )
    return data


def _head(data: bytes) -> Head:
    return read_head(io.BytesIO(data), len(data))


def _ranges(numbers: Iterable[int]) -> str:
    """1, 2, 3, 7 → "1-3, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)
