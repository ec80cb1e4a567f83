"""The bodies that the demo's cohort is made of: one real CT from a public package, or a phantom where it is absent.

    real = load(Path("totalsegmentator-2.18.0.tar.gz"))
    real.volume.shape, real.labels_are      # (112, 101, 122), "output of the TotalSegmentator models, not manual"

The package is the source distribution of TotalSegmentator 2.18.0 on PyPI (Apache-2.0; no separate statement for its
images was found). It is read straight from the archive, and refused if it is another file than the one known here.

Arrays are (z, y, x): z towards the head, y towards the back, x towards the left, as DICOM counts in an axial series.

Not here: the deformation that makes many subjects of one body (`bodies`), and the DICOM around them (`headers`).
"""

import gzip
import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from residency.errors import BadInput, Missing

PACKAGE_SHA256 = "5d4223ef93973bc36d710869d11e7742ead2c154c72f7f9edcaaadd5b6c4bd03"
LABELS = {1: "liver", 2: "spleen", 3: "kidneys"}
MODEL_LABELS = "output of the TotalSegmentator models, not manual"
PACKAGE_KEYS = {"liver": (5,), "spleen": (1,), "kidneys": (2, 3)}  # from the label table in the maps' own header

_FILES = "totalsegmentator-2.18.0/tests/reference_files/"
_CT, _CT_LABELS = _FILES + "example_ct.nii.gz", _FILES + "example_seg_fast_force_split.nii.gz"
_SERIES, _SERIES_LABELS = _FILES + "example_ct_dicom/", _FILES + "example_seg_dicom.nii.gz"

Volume = NDArray[np.int16]
Labels = NDArray[np.uint8]


class PackageUnknown(BadInput):
    """The archive is not the one whose contents are known."""


class PackageAbsent(Missing):
    """No archive lies at the path given."""


@dataclass(frozen=True)
class Anatomy:
    """One body: HU and labels on one grid (z, y, x); spacing and origin in mm, the origin in DICOM's patient axes."""

    name: str
    volume: Volume
    labels: Labels
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    provenance: str
    labels_are: str
    real: bool


@dataclass(frozen=True)
class RealSeries:
    """The real DICOM series, byte for byte, and its labels on the grid of its slices, z towards the head."""

    name: str
    files: dict[str, bytes]
    labels: Labels
    provenance: str
    labels_are: str


def load(package: Path) -> Anatomy:
    """The real CT of the package, abdomen and pelvis at 3 mm; raises PackageAbsent, PackageUnknown."""
    members = _members(package, lambda name: name in (_CT, _CT_LABELS))
    image, seg = _nifti(members[_CT]), _nifti(members[_CT_LABELS])
    spacing = np.abs(np.diag(image.affine)[:3])
    far = image.affine @ [image.shape[0] - 1, image.shape[1] - 1, 0, 1]
    return Anatomy(
        name="totalsegmentator-example-ct",
        volume=np.clip(_as_dicom(image), -1024, 3071).astype(np.int16),
        labels=_relabel(_as_dicom(seg)),
        spacing_mm=(float(spacing[2]), float(spacing[1]), float(spacing[0])),
        origin_mm=(float(far[2]), float(-far[1]), float(-far[0])),
        provenance="real CT: tests/reference_files/example_ct.nii.gz of the PyPI package TotalSegmentator 2.18.0",
        labels_are=MODEL_LABELS,
        real=True,
    )


def load_series(package: Path) -> RealSeries:
    """The real 20-slice Siemens series of the package; raises PackageAbsent, PackageUnknown."""
    members = _members(package, lambda name: name.startswith(_SERIES) or name == _SERIES_LABELS)
    seg = _nifti(members.pop(_SERIES_LABELS))
    return RealSeries(
        name="totalsegmentator-example-ct-dicom",
        files={name.removeprefix(_SERIES): data for name, data in sorted(members.items())},
        labels=_relabel(_as_dicom(seg)),
        provenance="real CT series: tests/reference_files/example_ct_dicom of the PyPI package TotalSegmentator 2.18.0",
        labels_are=MODEL_LABELS,
    )


def phantom(seed: int) -> Anatomy:
    """A generated body on the same kind of grid (64 slices, 3 mm), for places where the package is absent."""
    rng = np.random.default_rng([seed, 0x5EED])
    shape = (64, 100, 122)
    volume = np.full(shape, -1000, np.float32)
    labels = np.zeros(shape, np.uint8)
    for centre, radii, hu, label in _ORGANS:
        jitter = rng.uniform(-0.015, 0.015, 3)
        inside = _ellipsoid(shape, np.add(centre, jitter), radii)
        volume[inside] = hu
        labels[inside] = label
    texture = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 1.2)
    volume = ndimage.gaussian_filter(volume, 0.6) + np.where(volume > -500, 60 * texture, 4 * texture)
    return Anatomy(
        name=f"generated-phantom-{seed}",
        volume=np.clip(volume, -1024, 3071).astype(np.int16),
        labels=labels,
        spacing_mm=(3.0, 3.0, 3.0),
        origin_mm=(0.0, -150.0, -183.0),
        provenance="generated phantom, no real anatomy",
        labels_are="exact by construction: the phantom was drawn from them",
        real=False,
    )


# (centre, radii) as fractions of the grid in (z, y, x); HU; label. Later rows paint over earlier ones.
_ORGANS = (
    ((0.5, 0.50, 0.50), (9.0, 0.40, 0.46), -100, 0),  # fat
    ((0.5, 0.50, 0.50), (9.0, 0.35, 0.41), 45, 0),  # muscle and bowel
    ((0.5, 0.45, 0.50), (9.0, 0.24, 0.33), -90, 0),  # fat within
    ((0.75, 0.42, 0.34), (0.42, 0.23, 0.19), 105, 1),
    ((0.70, 0.55, 0.80), (0.24, 0.14, 0.07), 115, 2),
    ((0.30, 0.62, 0.32), (0.22, 0.08, 0.07), 160, 3),
    ((0.34, 0.62, 0.68), (0.22, 0.08, 0.07), 160, 3),
    ((0.5, 0.58, 0.53), (9.0, 0.04, 0.03), 150, 0),  # aorta
    ((0.5, 0.72, 0.50), (9.0, 0.08, 0.07), 250, 0),  # spine
    ((0.5, 0.36, 0.62), (0.35, 0.08, 0.08), 20, 0),  # stomach
)


def _members(package: Path, wanted: Any) -> dict[str, bytes]:
    if not package.is_file():
        raise PackageAbsent(
            f"{package.name} is not there.",
            remedy="Fetch it with: pip download --no-deps --no-binary :all: totalsegmentator==2.18.0",
        )
    with package.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != PACKAGE_SHA256:
            raise PackageUnknown(f"{package.name} is not TotalSegmentator 2.18.0.", remedy="Fetch it again from PyPI.")
    found = {}
    with tarfile.open(package) as archive:
        for member in archive:
            if member.isfile() and wanted(member.name):
                found[member.name] = archive.extractfile(member).read()  # type: ignore[union-attr]
    return found


def _nifti(data: bytes) -> Any:
    import nibabel

    return nibabel.as_closest_canonical(nibabel.Nifti1Image.from_bytes(gzip.decompress(data)))


def _as_dicom(image: Any) -> NDArray[Any]:
    """RAS+ (x, y, z) to (z, y, x) with y towards the back and x towards the left."""
    return np.asarray(image.dataobj)[::-1, ::-1, :].transpose(2, 1, 0)


def _relabel(found: NDArray[Any]) -> Labels:
    labels = np.zeros(found.shape, np.uint8)
    for number, name in LABELS.items():
        labels[np.isin(found, PACKAGE_KEYS[name])] = number
    return labels


def _ellipsoid(shape: tuple[int, ...], centre: Any, radii: Any) -> NDArray[np.bool_]:
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    distance = sum(((a / n - c) / r) ** 2 for a, n, c, r in zip(axes, shape, centre, radii, strict=True))
    return np.asarray(distance <= 1)
