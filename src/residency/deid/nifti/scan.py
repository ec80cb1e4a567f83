"""One NIfTI scan with its sidecar, without names and without a face, or the reason why it is held back.

    made = clean_nifti(Scan("sub-MAYER_T1w.nii.gz", data, sidecar=side), alias)
    made.name, made.data, made.sidecar, made.face         "sub-….nii.gz", bytes, bytes, "removed"

Whether it is a head is told by the caller, by the sidecar's BodyPartExamined, or by the kind in its name; a scan of
which nobody tells is treated as one. One that is said to be of another part passes only if no head is found in it. A
head that is neither MR nor CT, or whose face cannot be taken off with certainty, is held back (164.514(b)(2)(i)(Q)).
Values of voxels that are no face stay bit for bit. Not here: text burned into voxels; surfaces in label maps.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from residency.deid.faces.check import second_look
from residency.deid.faces.deface import background
from residency.deid.faces.register import register
from residency.deid.faces.series import deface_series, unfit
from residency.deid.faces.volume import Modality, Volume
from residency.deid.nifti.image import Image, NiftiUnreadable, read_image
from residency.deid.nifti.names import MR_KINDS, kind_of, new_name
from residency.deid.nifti.sidecar import SidecarUnreadable, clean_sidecar, read_sidecar
from residency.deid.pseudonyms import Alias
from residency.deid.reason import Reason

_PARTS = """CHEST ABDOMEN PELVIS SPINE LSPINE TSPINE KNEE HIP SHOULDER HEART BREAST LIVER KIDNEY PROSTATE ANKLE FOOT
HAND WRIST ELBOW LEG ARM"""
_ELSEWHERE = frozenset(_PARTS.split())
"""Parts of the body (PS3.16 Annex L) in which no face is; neck, whole body and all that is not listed may have one."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """The files of one scan under their old name; `voxels` is the .img of a pair. Part and modality may be told."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)
    voxels: bytes | None = field(repr=False, default=None)
    sidecar: bytes | None = field(repr=False, default=None)
    body_part: str = ""
    modality: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CleanScan:
    """The same under its new name; `counts` and `minted` are those of the sidecar and of the voxels that became air."""

    name: str
    data: bytes = field(repr=False)
    voxels: bytes | None = field(repr=False)
    sidecar: bytes | None = field(repr=False)
    face: Literal["removed", "not in the scan"]
    counts: Counter
    minted: frozenset[bytes] = field(repr=False)


def clean_nifti(scan: Scan, alias: Alias, *, faces: bool = True) -> CleanScan | Reason:
    """A scan of one subject, clean; a Reason of code FACE, UNREADABLE or OBJECT-NOT-SUPPORTED where it cannot be.

    Without `faces` none is taken off: what may be a head is held back.
    """
    name = new_name(scan.name, alias)
    if name is None:
        return Reason(code="OBJECT-NOT-SUPPORTED", sentence="The file's ending is none of NIfTI.")
    try:
        image = read_image(scan.data, scan.voxels)
        said = read_sidecar(scan.sidecar) if scan.sidecar is not None else {}
        side = clean_sidecar(scan.sidecar, alias) if scan.sidecar is not None else None
    except (NiftiUnreadable, SidecarUnreadable) as broken:
        return Reason(code="UNREADABLE", sentence=broken.message)
    part = (scan.body_part or str(said.get("BodyPartExamined", ""))).upper()
    if not faces and part not in _ELSEWHERE:
        return Reason(code="FACE", sentence="The scan may show a face, which this recipe does not remove.")
    made = _faceless(image, part, _modality(scan, said))
    if isinstance(made, Reason):
        return made
    data, voxels = made.written()
    counts = Counter(side.counts if side else {})
    removed = made is not image
    counts[("face", "removed" if removed else "not in the scan")] += 1
    minted = frozenset({alias.code.encode(), name.encode()}) | (side.minted if side else frozenset())
    face: Literal["removed", "not in the scan"] = "removed" if removed else "not in the scan"
    return CleanScan(name, data, voxels, side.data if side else None, face, counts, minted)


def _modality(scan: Scan, said: dict) -> str:
    told = scan.modality or str(said.get("Modality", ""))
    kind = kind_of(scan.name)
    return told.upper() or ("MR" if kind in MR_KINDS else "CT" if kind == "ct" else "")


def _faceless(image: Image, part: str, modality: str) -> Image | Reason:
    """The image without a face; the same object if there is none in it."""
    if modality not in ("CT", "MR"):
        if part in _ELSEWHERE:
            return image
        return Reason(code="FACE", sentence="A face cannot be found in a scan that is neither MR nor CT.")
    kind: Modality = "CT" if modality == "CT" else "MR"
    first = _first(image, kind)
    if part in _ELSEWHERE:
        volume = Volume(first, image.affine)
        if unfit(volume) is None and second_look(register(volume, kind)).objection is None:
            return Reason(code="FACE", sentence="A head is found in a scan that is said to be of another part.")
        return image
    made = deface_series(first, image.affine, kind)
    return made if isinstance(made, Reason) else image.with_frames(_without(image, made.altered, kind))


def _first(image: Image, modality: Modality) -> np.ndarray:
    """The first frame as numbers of this machine; in HU for CT."""
    frame = image.frames[0].astype(np.float32)
    return frame * np.float32(image.slope) + np.float32(image.intercept) if modality == "CT" else frame


def _without(image: Image, altered: np.ndarray, modality: Modality) -> np.ndarray:
    """Every frame with air where the first has a face."""
    frames = image.frames.copy()
    for frame in frames:
        air = background(frame, "MR")
        if modality == "CT":
            units = background(frame.astype(np.float32) * np.float32(image.slope) + np.float32(image.intercept), "CT")
            air = (units - image.intercept) / image.slope
        whole = np.issubdtype(frames.dtype, np.integer)
        frame[altered] = round(min(max(air, float(frame.min())), float(frame.max()))) if whole else air
    return frames
