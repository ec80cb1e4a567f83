"""Builds the average head, its face and its brain, which `deid.faces` registers to, from two wheels of PyPI.

    pip install SimpleITK==2.5.7 && pip download --no-deps -d DIR pydeface==2.1.0 nilearn==0.14.1
    python tools/make_head.py DIR src/residency/deid/faces

The head is the mean T1 of pydeface (MIT), turned upright, made symmetrical and resampled; the brain is that of the
ICBM 152 average (McGill's permissive licence, as nilearn ships it), registered to it; what counts as face is written
down here as planes. The sources are checked by SHA-256, and both digests, licences and sizes are written beside the
result. Not here: using it (`residency.deid.faces.head`).
"""

import gzip
import hashlib
import json
import sys
import zipfile
from pathlib import Path

import nibabel
import numpy as np
import SimpleITK
from scipy import ndimage
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

VERSION = 1
SPACING = 3.0
LOW, HIGH = np.array([-99.0, -159.0, -180.0]), np.array([99.0, 120.0, 120.0])
"""The grid in mm: left, posterior, superior rise. It is wider than the head, so that what lies before the face is face
to its very edge; the average itself begins at SEEN_FROM.
"""
SEEN_FROM = -117.0
HEAD = {
    "file": "pydeface-2.1.0-py3-none-any.whl",
    "sha256": "957aac1daaedd437a4191d450c4b2829e052351e33272b79ae978c9703edc99e",
    "member": "pydeface/data/mean_reg2mean.nii.gz",
    "licence": "MIT, Copyright (c) 2015 (the authors of pydeface)",
}
BRAIN = {
    "file": "nilearn-0.14.1-py3-none-any.whl",
    "sha256": "725206484e9fb3f6691f9c2d20204a068759d5072f12055324702ee0cb2bbe8a",
    "member": "nilearn/datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz",
    "licence": (
        "Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological Institute, "
        "McGill University. Permission to use, copy, modify, and distribute this software and its documentation for "
        "any purpose and without fee is hereby granted, provided that the above copyright notice appear in all "
        "copies. The authors and McGill University make no representations about the suitability of this software for "
        'any purpose. It is provided "as is" without express or implied warranty.'
    ),
}


def main(source: Path, target: Path) -> None:
    """Read the wheels, build the three maps, write them and what they are made of."""
    raw = _read(source, HEAD)
    upright = _upright(raw)
    fine = _symmetrical(_sampled(raw, upright, 2.0))
    brain_fine = _brain(fine, _read(source, BRAIN))
    average = _shrunk(_symmetrical(_sampled(raw, upright, SPACING)))
    brain = _to_coarse(brain_fine, average.shape)
    face = _face(average.shape)
    maps = target / "head.npz"
    _write(maps, average=average, face=face, brain=brain)
    about = {
        "what": "average head (uint8), face and brain (bits packed along the last axis); index order x, y, z; LPS mm",
        "script": "tools/make_head.py",
        "script_version": VERSION,
        "shape": list(average.shape),
        "spacing_mm": SPACING,
        "origin_mm": LOW.tolist(),
        "seen_from_mm": SEEN_FROM,
        "sources": [HEAD, BRAIN],
        "size": maps.stat().st_size,
        "sha256": hashlib.sha256(maps.read_bytes()).hexdigest(),
    }
    (target / "head.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    print(f"{maps}: {about['size']} bytes, {about['sha256']}")


def _read(source: Path, origin: dict) -> tuple[np.ndarray, np.ndarray]:
    """The volume of a wheel, as x, y, z, with its affine to LPS mm."""
    wheel = (source / origin["file"]).read_bytes()
    if hashlib.sha256(wheel).hexdigest() != origin["sha256"]:
        raise SystemExit(f"{origin['file']} is not the file that this script knows")
    with zipfile.ZipFile(source / origin["file"]) as opened:
        image = nibabel.Nifti1Image.from_bytes(gzip.decompress(opened.read(origin["member"])))
    return np.asanyarray(image.dataobj).astype(np.float32), np.diag([-1.0, -1, 1, 1]) @ image.affine


def _shape(spacing: float) -> tuple[int, ...]:
    return tuple(round(extent) + 1 for extent in (HIGH - LOW) / spacing)


def _sampled(raw: tuple[np.ndarray, np.ndarray], turn: np.ndarray, spacing: float) -> np.ndarray:
    voxels, affine = raw
    grid = np.diag([spacing, spacing, spacing, 1.0])
    grid[:3, 3] = LOW
    into = np.linalg.inv(affine) @ turn @ grid
    smooth = ndimage.gaussian_filter(voxels, 0.4 * spacing)
    return ndimage.affine_transform(smooth, into[:3, :3], into[:3, 3], output_shape=_shape(spacing), order=1)


def _upright(raw: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The rigid motion after which the head is its own mirror image at x = 0."""

    def turn(values: np.ndarray) -> np.ndarray:
        motion = np.eye(4)
        motion[:3, :3] = Rotation.from_euler("xyz", [0, values[1], values[2]]).as_matrix()
        motion[0, 3] = values[0]
        return motion

    coarse = (
        _sampled(raw, np.eye(4), 6.0),
        np.array([[6.0, 0, 0, LOW[0]], [0, 6, 0, LOW[1]], [0, 0, 6, LOW[2]], [0, 0, 0, 1]]),
    )

    def unlike(values: np.ndarray) -> float:
        seen = _sampled(coarse, turn(values), 6.0)[:, :, 12:]
        return -float(np.corrcoef(seen.ravel(), seen[::-1].ravel())[0, 1])

    simplex = [[4.0, 0, 0], [8.0, 0, 0], [4, 0.05, 0], [4, 0, 0.05]]
    found = minimize(unlike, simplex[0], method="Nelder-Mead", options={"initial_simplex": simplex, "xatol": 1e-3})
    if found.fun > -0.98:
        raise SystemExit("the average head is not symmetrical")
    return turn(found.x)


def _symmetrical(voxels: np.ndarray) -> np.ndarray:
    return (voxels + voxels[::-1]) / 2


def _shrunk(average: np.ndarray) -> np.ndarray:
    """The head as uint8, with air around it as nothing: coils and ghosts of the average are no anatomy."""
    tissue = average > 0.12 * np.percentile(average[average > 0], 99)
    labels, _ = ndimage.label(ndimage.binary_opening(tissue, iterations=2))
    head = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    head = ndimage.binary_dilation(head, iterations=3)
    scaled = np.clip(average / np.percentile(average, 99.8), 0, 1) * 255
    return np.where(head, scaled, 0).round().astype(np.uint8)


def _brain(fine: np.ndarray, icbm: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The ICBM brain where it lies in the average head, on the 2 mm grid; holes are filled."""
    head = SimpleITK.GetImageFromArray(fine.transpose(2, 1, 0))
    head.SetSpacing([2.0] * 3)
    head.SetOrigin(LOW.tolist())
    voxels, affine = icbm
    brain = SimpleITK.GetImageFromArray(voxels.transpose(2, 1, 0))
    columns = affine[:3, :3]
    sizes = np.linalg.norm(columns, axis=0)
    brain.SetSpacing(sizes.tolist())
    brain.SetDirection((columns / sizes).ravel().tolist())
    brain.SetOrigin(affine[:3, 3].tolist())
    inside = SimpleITK.Cast(brain > 5, SimpleITK.sitkUInt8)
    tries = [_laid(brain, inside, head, np.array([0.0, 15.0, up])) for up in (-15.0, 0.0, 15.0)]
    worth, motion = min(tries, key=lambda tried: tried[0])
    if worth > -0.5:
        raise SystemExit(f"the brain does not lie in the average head: {worth:.2f}")
    lain = SimpleITK.Resample(inside, head, motion.GetInverse(), SimpleITK.sitkNearestNeighbor)
    return ndimage.binary_fill_holes(SimpleITK.GetArrayFromImage(lain).transpose(2, 1, 0) > 0)


def _laid(
    brain: SimpleITK.Image, inside: SimpleITK.Image, head: SimpleITK.Image, start: np.ndarray
) -> tuple[float, SimpleITK.Transform]:
    """One try: how well it ended (lower is better), and the motion from the brain to the head."""
    method = SimpleITK.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricFixedMask(SimpleITK.BinaryDilate(inside, [3, 3, 3]))
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentagePerLevel([0.8, 0.3, 0.03], 1)
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetOptimizerAsGradientDescentLineSearch(1, 100, 1e-5, 10)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([8, 4, 2])
    method.SetSmoothingSigmasPerLevel([6, 3, 1])
    motion = SimpleITK.AffineTransform(3)
    motion.Scale(0.88)
    motion.SetTranslation(start.tolist())
    method.SetInitialTransform(motion, True)
    method.Execute(brain, head)
    return method.GetMetricValue(), motion


def _to_coarse(brain: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The brain on the grid of the head, the two halves alike; what is half brain is brain."""
    ratio = SPACING / 2.0
    coarse = ndimage.affine_transform(brain.astype(np.float32), np.diag([ratio] * 3), output_shape=shape, order=1)
    return _symmetrical(coarse) >= 0.5


def _face(shape: tuple[int, ...]) -> np.ndarray:
    """Face and ears, with all that lies before and beside them. Each line is a plane in mm.

    The face lies below a line from the temporal pole to above the brow, higher at the temples, and before one that runs
    from there down and back to the angle of the jaw; the ears lie beyond 70 mm from the middle.
    """
    x, y, z = (low + SPACING * np.arange(n) for low, n in zip(LOW, shape, strict=True))
    x, y, z = x[:, None, None], y[None, :, None], z[None, None, :]
    low_enough = z < -40 + 0.74 * (-45 - y) + 0.15 * np.clip(np.abs(x) - 20, 0, 30)
    before_jaw = y < -56 + 0.7 * np.clip(-50 - z, 0, 60)
    face = before_jaw & low_enough & (z > -172)
    ears = (np.abs(x) > 70) & (y > -20) & (y < 45) & (z > -65) & (z < 5)
    return np.broadcast_to(face, shape) | ears


def _write(path: Path, **maps: np.ndarray) -> None:
    """An npz whose bytes depend on the maps alone: no times."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, values in maps.items():
            packed = np.packbits(values, axis=-1) if values.dtype == bool else values
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(packed), allow_pickle=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
