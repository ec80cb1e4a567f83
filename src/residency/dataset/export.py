"""The act `dataset.export`: a version, or part of it, leaves the site for a named recipient and purpose.

    ask = ExportDataset(version="liver-ct", out=Path("to-vienna"), form="nifti", to="U Vienna", purpose="research")
    export = perform(site, steward, "dataset.export", ask)

An audited disclosure: the lease names recipient and place before the first byte is opened, the outcome says what left,
and the record stays, with the sealed list of who is in it (`subjects_of`), so that a withdrawal can find everybody who
was given a subject. The test split leaves only when it is asked for by name; identified data never do. At the root of
what leaves, DISCLOSURE.json says the same to the receiver, and SHA256SUMS lets it be checked. Nothing stands at the
place named until the log holds the disclosure; a kill between the two leaves a log that promised more than left. Not
here: the forms (`forms`), the folder (`outlet`).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from residency.dataset.forms import Form, Selection, write_form
from residency.dataset.split import SPLITS
from residency.dataset.version import DatasetVersion, check_here, find
from residency.errors import BadInput
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.govern.terms import DataClass, Terms
from residency.ingest.subjects import row_groups
from residency.kernel.clock import rfc3339
from residency.kernel.digest import PREFIX, Digest, canonical
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.protocol.protocol import Protocol
from residency.site import Site
from residency.store.keys import KeyGroup
from residency.store.manifest import Item, read_manifest
from residency.store.outlet import Outlet, checked_place, outlet
from residency.store.sealed import SealedRef

DISCLOSURE = "DISCLOSURE.json"
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$", max_length=200)]


class NothingToExport(BadInput):
    """No item of the version is in the splits, or of the subjects, that were named."""


class Export(Record):
    """That data left: what, for whom, why. `codes` is the sealed list of its subjects, `disclosure` the digest of
    the DISCLOSURE.json that went with it.
    """

    kind: ClassVar[str] = "export"
    version: Digest
    version_id: str
    name: str
    recipient: str
    purpose: str
    form: Form
    splits: tuple[str, ...]
    subjects: int
    items: int
    files: int
    bytes: int
    codes: SealedRef
    space: str
    disclosure: Digest
    terms: Terms
    data_type: str
    data_class: DataClass

    @property
    def scope(self) -> str:
        """Looked up by the version."""
        return self.version_id


class ExportDataset(Part):
    """Data to hand out."""

    version: str = Field(description="The version: name, name@number, id or digest.")
    out: Path = Field(description="The folder to write: new or empty, and outside the site.")
    form: Form = Field(description="nifti, decathlon, dicom or folder (npy, CSV and JSON).")
    to: Words = Field(description="Who receives it; stands in the log.")
    purpose: str = Field(description="What for: a purpose that the protocol names.", min_length=1)
    split: tuple[Literal["train", "tune", "test"], ...] = Field(
        ("train", "tune"),
        description="A split to hand out; repeat for several. The test split only if named.",
        min_length=1,
    )
    subject: tuple[str, ...] = Field((), description="Only the subject with this code; repeat for several.")


def export(site: Site, by: Actor, ask: ExportDataset) -> Export:
    """Hand a version out; raises NothingToExport, ExportTaken, ExportInside, ExportUnwritable, ExportUnderway."""
    version, place = find(site, ask.version), checked_place(ask.out, apart=site.folder)
    about: dict[str, Any] = {"purpose": ask.purpose, "splits": tuple(s for s in SPLITS if s in ask.split)}
    with (
        site.gate.lease(by, "dataset.export", version, **about, to=f"{ask.to} at {place}") as lease,
        outlet(place) as folder,
    ):
        made = _prepare(site, lease, version, ask, folder)
        try:
            with site.gate.act(by, "dataset.export", version, **about) as act:
                act.reason = _says(made.record, place)
                act.save(made.record, made.group)
                act.made(made.record, of=[version])
        except BaseException:
            site.objects.delete(made.record.codes.name)
            raise
        folder.publish()
    return made.record


def subjects_of(site: Site, lease: Lease, record: Export) -> list[str]:
    """The codes of all subjects in an export, sorted: for a withdrawal, which must find who was given them."""
    return json.loads(site.sealed.read(record.codes, lease.keys(record.space, [record.codes.group])))


@dataclass(frozen=True)
class _Made:
    record: Export
    group: KeyGroup


def _prepare(site: Site, lease: Lease, version: DatasetVersion, ask: ExportDataset, folder: Outlet) -> _Made:
    """Everything that takes long; no record is saved, and nothing stands at the place named yet."""
    selection = _select(site, lease, version, ask)
    write_form(ask.form, selection, folder)
    identifier = new_id("export", lease.at)
    written = list(folder.files)
    told = folder.put(DISCLOSURE, _disclosure(identifier, selection, ask, folder))
    folder.settle()
    codes = sorted({item.subject for item in selection.items})
    lease.keep()  # settling a full folder may take longer than what was left of it
    space = lease.space(version.space)
    key = space.new_group(f"-{identifier}", "table", lease.at, lease.by.id)
    record = Export(
        id=identifier,
        made_at=lease.at,
        made_by=lease.by.id,
        version=version.digest(),
        version_id=version.id,
        name=f"{version.name}@{version.number}",
        recipient=ask.to,
        purpose=ask.purpose,
        form=ask.form,
        splits=_splits(selection.items),
        subjects=len(codes),
        items=len(selection.items),
        files=len(written),
        bytes=sum(file.bytes for file in written),
        codes=site.sealed.write(canonical(codes), key, context=f"{identifier}/subjects"),
        space=version.space,
        disclosure=PREFIX + told.sha256,
        terms=version.terms,
        data_type=version.data_type,
        data_class=version.data_class,
    )
    return _Made(record, space.made[f"-{identifier}", "table"])


def _select(site: Site, lease: Lease, version: DatasetVersion, ask: ExportDataset) -> Selection:
    """The items that were asked for, with the keys of just their subjects; raises NothingToExport, VersionArchived."""
    lists = lease.keys(version.space, [version.manifest.group, version.subjects.group])
    everything = read_manifest(site.sealed, version.manifest, lists, root=version.root)
    there = [item for item in everything if item.split in ask.split]
    absent = set(ask.subject) - {item.subject for item in there}
    items = [item for item in there if not ask.subject or item.subject in ask.subject]
    if absent or not items:
        splits = " and ".join(s for s in SPLITS if s in ask.split)
        what = f"{len(absent)} of the subjects named are not" if absent else "Nothing of it is"
        raise NothingToExport(
            f"{what} in {splits} of {version.name}@{version.number}.", remedy="Name other splits: --split test."
        )
    check_here(site, version, {ref.name for item in items for ref in item.parts.values()})
    groups = {ref.group for item in items for ref in item.parts.values()}
    groups |= set(row_groups(site.ledger.all(KeyGroup, scope=version.space), {item.subject for item in items}))
    return Selection(site, lease, version, items, lists | lease.keys(version.space, groups))


def _disclosure(identifier: str, selection: Selection, ask: ExportDataset, folder: Outlet) -> bytes:
    """What the receiver is told."""
    version, lease, items = selection.version, selection.lease, selection.items
    protocols = [selection.site.ledger.get(Protocol, name) for name in version.terms.protocols]
    body = {
        "export": identifier,
        "version": {"name": version.name, "number": version.number, "digest": version.digest(), "root": version.root},
        "recipient": ask.to,
        "purpose": ask.purpose,
        "form": ask.form,
        "by": {"id": lease.by.id, "name": lease.by.name},
        "at": rfc3339(lease.at),
        "protocols": [protocol.number for protocol in protocols],
        "terms": version.terms.model_dump(mode="json"),
        "data_type": version.data_type,
        "data_class": version.data_class,
        "caveats": list(version.caveats),
        "labels": {str(value): name for value, name in sorted(version.labels.items())},
        "counts": {split: _count(items, split) for split in _splits(items)},
        "items": [{"item": item.item, "subject": item.subject, "split": item.split} for item in items],
        "files": [file.model_dump() for file in folder.files],
    }
    return json.dumps(body, indent=1).encode() + b"\n"


def _splits(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(split for split in SPLITS if any(item.split == split for item in items))


def _count(items: Iterable[Item], split: str) -> dict[str, int]:
    here = [item for item in items if item.split == split]
    return {"subjects": len({item.subject for item in here}), "items": len(here)}


def _says(record: Export, place: Path) -> str:
    """What the log says of what leaves; it says so before it does."""
    return (
        f"disclosed to {record.recipient} for {record.purpose}: {record.items} items of {record.subjects} subjects "
        f"({', '.join(record.splits)}) as {record.form}, {record.files} files at {place}"
    )
