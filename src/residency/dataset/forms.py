"""The forms in which a version leaves: what others read, one series in memory at a time.

    write_form("nifti", selection, folder)

nifti      <subject>/<item>_image.nii.gz, _label.nii.gz
decathlon  imagesTr, labelsTr, imagesTs and dataset.json (MONAI, Medical Segmentation Decathlon); tune is "validation",
           and labels of the test split are left out, as that layout has no place for them
dicom      <subject>/<item>/000001.dcm …: the de-identified files, byte for byte, in the order in which they are packed
folder     <subject>/<item>_image.npy, _label.npy, subjects.csv and manifest.json

Names are codes alone. A version keeps spacing and direction of a volume but not where it lay, and what was oblique
stands along the nearest axes: voxel (0, 0, 0) of a NIfTI file is at 0 mm. Not here: the folder (`outlet`), the record
of what left (`export`).
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import nibabel
import numpy as np

from residency.dataset.version import DatasetVersion
from residency.deid.cleaned import Deid
from residency.govern.gate import Lease
from residency.ingest.subjects import ATTRIBUTES, read_subjects
from residency.observe.progress import track
from residency.site import Site
from residency.store.arrays import SealedArray, open_volume
from residency.store.manifest import Item, read_manifest
from residency.store.outlet import Outlet
from residency.store.packs import read_pack

Form = Literal["nifti", "decathlon", "dicom", "folder"]
ROLES = ("image", "label")
_PLACES = {"train": ("training", "Tr"), "tune": ("validation", "Tr"), "test": ("test", "Ts")}
_ALIGNED = 2  # NIFTI_XFORM_ALIGNED_ANAT: the axes are the patient's, the origin is not a scanner's
_LEVEL = 1  # of gzip: noise does not shrink, and level 6 takes four times as long


@dataclass(frozen=True)
class Selection:
    """What leaves: items of a version, sorted by name, and the right to open them."""

    site: Site
    lease: Lease
    version: DatasetVersion
    items: Sequence[Item]
    keys: Mapping[str, bytes] = field(repr=False)

    def each(self) -> Iterator[Item]:
        """The items, one after the other, as long as the lease can be kept; raises NotAllowed."""
        for item in track(self.items, "exporting series"):
            self.lease.keep()
            yield item

    def volumes(self, item: Item) -> Iterator[tuple[str, SealedArray]]:
        """The volumes of an item by role, image first."""
        for role in ROLES:
            if role in item.parts:
                yield role, open_volume(self.site.sealed, item.array(role), self.keys)


def write_form(form: Form, selection: Selection, folder: Outlet) -> None:
    """Write the items into the folder in this form."""
    _WRITERS[form](selection, folder)


def _write_nifti(selection: Selection, folder: Outlet) -> None:
    for item in selection.each():
        for role, volume in selection.volumes(item):
            _put_nifti(folder, f"{item.subject}/{item.item}_{role}.nii.gz", volume)


def _write_decathlon(selection: Selection, folder: Outlet) -> None:
    lists: dict[str, list] = {"training": []}
    for item in selection.each():
        key, side = _PLACES[item.split]
        entry = {}
        for role, volume in selection.volumes(item):
            if key == "test" and role == "label":
                continue
            entry[role] = f"./{role}s{side}/{item.subject}_{item.item}.nii.gz"
            _put_nifti(folder, entry[role][2:], volume)
        lists.setdefault(key, []).append(entry["image"] if key == "test" else entry)
    version = selection.version
    about = {
        "name": version.name,
        "description": f"{version.name}@{version.number}; DISCLOSURE.json says for whom, for what, and what to know.",
        "reference": version.digest(),
        "licence": "The terms in DISCLOSURE.json.",
        "release": str(version.number),
        "tensorImageSize": "3D",
        "modality": {"0": "CT"},
        "labels": {"0": "background"} | {str(value): name for value, name in sorted(version.labels.items())},
        "numTraining": len(lists["training"]),
        "numTest": len(lists.get("test", [])),
    }
    folder.put("dataset.json", _json(about | lists))


def _write_dicom(selection: Selection, folder: Outlet) -> None:
    packs = _packs(selection)
    for item in selection.each():
        pack, keys = packs[item.item]
        for number, (_, data) in enumerate(read_pack(selection.site.sealed, pack.file("series"), keys), 1):
            folder.put(f"{item.subject}/{item.item}/{number:06}.dcm", data)


def _write_folder(selection: Selection, folder: Outlet) -> None:
    rows = []
    for item in selection.each():
        row: dict[str, Any] = {"item": item.item, "subject": item.subject, "split": item.split}
        for role, volume in selection.volumes(item):
            with folder.file(f"{item.subject}/{item.item}_{role}.npy") as file:
                np.save(file, volume.whole(), allow_pickle=False)
            said = {"shape": volume.shape, "dtype": volume.dtype.name, "spacing_mm": volume.spacing_mm}
            row[role] = folder.files[-1].model_dump() | said
        rows.append(row)
    folder.put("subjects.csv", _subjects(selection))
    about = {
        "version": selection.version.digest(),
        "axes": "(z, y, x): z to the head, y to the back, x to the left of the patient; image in HU",
        "labels": {str(value): name for value, name in sorted(selection.version.labels.items())},
        "items": rows,
        "files": [file.model_dump() for file in folder.files],
    }
    folder.put("manifest.json", _json(about))


_WRITERS: dict[Form, Callable[[Selection, Outlet], None]] = {
    "nifti": _write_nifti,
    "decathlon": _write_decathlon,
    "dicom": _write_dicom,
    "folder": _write_folder,
}


def _put_nifti(folder: Outlet, path: str, volume: SealedArray) -> None:
    """A volume (z, y, x) as NIfTI-1, indexed (x, y, z); the time that gzip would write is left out."""
    z, y, x = volume.spacing_mm
    # NIfTI's axes run to the right, front and head; ours to the left, back and head.
    affine = np.diag([-x, -y, z, 1.0])
    image: Any = nibabel.Nifti1Image(volume.whole().transpose(2, 1, 0), affine)
    image.header.set_xyzt_units("mm")
    image.set_qform(affine, _ALIGNED)
    image.set_sform(affine, _ALIGNED)
    with folder.file(path) as file, gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
        image.to_stream(packed)


def _packs(selection: Selection) -> dict[str, tuple[Item, Mapping[str, bytes]]]:
    """The de-identified series of these items with the keys of just their subjects; of several, that frozen last."""
    site, lease, wanted = selection.site, selection.lease, {item.item for item in selection.items}
    found = {}
    for said in selection.version.inputs:
        deid = site.ledger.get(Deid, said.digest)
        manifest_key = lease.keys(deid.space, [deid.manifest.group])
        items = [i for i in read_manifest(site.sealed, deid.manifest, manifest_key, root=deid.root) if i.item in wanted]
        keys = lease.keys(deid.space, {item.file("series").group for item in items})
        found |= {item.item: (item, keys) for item in items}
    return found


def _subjects(selection: Selection) -> bytes:
    """Codes, splits and what the terms let be kept of a person, as CSV."""
    version = selection.version
    shown = [name for name in ATTRIBUTES if name in version.terms.attributes]
    known = read_subjects(selection.site.sealed, version.subjects, selection.keys)
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["subject", "split", *shown])
    for subject, split in sorted({(item.subject, item.split) for item in selection.items}):
        rows.writerow([subject, split, *(getattr(known[subject], name) or "" for name in shown)])
    return text.getvalue().encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode() + b"\n"
