"""A scan of a head leaves without its face, or not at all; one of another part must show no head."""

import gzip
import json
import random

import nibabel
import numpy as np

from residency.deid.nifti.scan import CleanScan, Scan, clean_nifti
from residency.deid.pseudonyms import Identity, Pseudonyms, alias
from residency.deid.reason import Reason
from tests.deid.faces.heads import TO_LPS, Case, average_heads, scanned

WHO = alias(Pseudonyms(bytes(range(32))), Identity("SITE", "4711"))


def nifti(case: Case, frames: int = 1, slope: float = 1.0) -> bytes:
    voxels = np.repeat(case.voxels.T[..., None], frames, 3) if frames > 1 else case.voxels.T
    image = nibabel.Nifti1Image(voxels, TO_LPS @ case.affine)
    image.header.set_slope_inter(slope, -1024.0 if slope != 1.0 else 0.0)
    return gzip.compress(image.to_bytes())


def test_a_head_leaves_without_its_face_in_every_frame_and_otherwise_bit_for_bit() -> None:
    case = scanned(average_heads()[0], random.Random(3), "plain")
    side = json.dumps({"Modality": "MR", "BodyPartExamined": "HEAD", "PatientName": "Mayer"}).encode()
    made = clean_nifti(Scan("sub-MAYER_T1w.nii.gz", nifti(case, frames=2), sidecar=side), WHO)
    assert isinstance(made, CleanScan)
    assert made.face == "removed"
    assert made.sidecar is not None
    assert b"Mayer" not in made.sidecar
    after = np.asanyarray(nibabel.Nifti1Image.from_bytes(gzip.decompress(made.data)).dataobj)
    for frame in range(2):
        changed = case.voxels != after[..., frame].T
        assert not (changed & case.brain).any()
        left = (~changed & case.face & (case.voxels > 150)).sum()
        assert left < 0.01 * case.face.sum()


def test_a_ct_is_read_in_its_units_and_gets_air() -> None:
    case = scanned(average_heads()[2], random.Random(4), "plain")
    stored = Case(((case.voxels + 1024) / 2).astype(np.int16), case.affine, "CT", case.face, case.brain)
    made = clean_nifti(Scan("sub-1_ct.nii.gz", nifti(stored, slope=2.0)), WHO)
    assert isinstance(made, CleanScan)
    after = nibabel.Nifti1Image.from_bytes(gzip.decompress(made.data))
    units = np.asanyarray(after.dataobj).T
    assert np.median(units[case.face]) == -1000
    assert (stored.voxels != after.dataobj.get_unscaled().T)[case.brain].sum() == 0


def test_a_head_that_is_called_a_knee_is_held_back() -> None:
    case = scanned(average_heads()[0], random.Random(5), "plain")
    made = clean_nifti(Scan("knee.nii.gz", nifti(case), body_part="KNEE", modality="MR"), WHO)
    assert isinstance(made, Reason)
    assert made.code == "FACE"


def test_what_is_no_head_passes_only_if_somebody_says_so() -> None:
    noise = np.random.default_rng(6).integers(0, 900, (40, 40, 40)).astype(np.int16)
    blob = Case(noise, np.diag([4.0, 4, 4, 1]), "MR", noise > 0, noise > 0)
    unsaid = clean_nifti(Scan("x.nii.gz", nifti(blob), modality="MR"), WHO)
    assert isinstance(unsaid, Reason)
    assert unsaid.code == "FACE"
    said = clean_nifti(Scan("x.nii.gz", nifti(blob), body_part="LIVER", modality="MR"), WHO)
    assert isinstance(said, CleanScan)
    assert said.face == "not in the scan"
    unknown = clean_nifti(Scan("x.nii.gz", nifti(blob)), WHO)
    assert isinstance(unknown, Reason)
