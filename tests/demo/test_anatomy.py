"""The bodies the cohort is made of, and what one subject's deformation does to them."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from residency.demo import anatomy as anatomies
from residency.demo.bodies import deform
from residency.demo.equipment import SCANNERS


@pytest.fixture(scope="module")
def real(package: Path) -> anatomies.Anatomy:
    """The real CT."""
    return anatomies.load(package)


def test_the_real_ct_lies_as_dicom_counts_with_the_liver_on_the_patients_right(real: anatomies.Anatomy) -> None:
    assert real.volume.shape == real.labels.shape == (112, 101, 122)
    liver, spleen = (np.argwhere(real.labels == k).mean(axis=0) for k in (1, 2))
    assert liver[2] < real.labels.shape[2] / 2 < spleen[2]  # x grows towards the left
    bone = np.argwhere(real.volume[90] > 500).mean(axis=0)
    assert bone[0] > real.labels.shape[1] / 2  # y grows towards the back, where the spine is


def test_each_labelled_organ_has_the_density_of_that_organ(real: anatomies.Anatomy) -> None:
    for label in anatomies.LABELS:
        assert 5 < np.median(real.volume[real.labels == label]) < 60, label  # unenhanced; kidneys with their pelvis


def test_the_labels_keys_are_those_of_the_files_own_label_table(package: Path) -> None:
    wanted = (anatomies._CT_LABELS, anatomies._SERIES_LABELS)
    for data in anatomies._members(package, lambda name: name in wanted).values():
        table = nibabel.Nifti1Image.from_bytes(gzip.decompress(data)).header.extensions[0].get_content().decode()
        for name, keys in anatomies.PACKAGE_KEYS.items():
            for key in keys:
                entry = table.split(f'Key="{key}" ')[1].split("CDATA[")[1].split("]")[0]
                assert entry.removesuffix("_left").removesuffix("_right") == name.removesuffix("s")


def test_another_archive_is_refused_and_a_missing_one_says_how_to_get_it(tmp_path: Path) -> None:
    fake = tmp_path / "totalsegmentator-2.18.0.tar.gz"
    with pytest.raises(anatomies.PackageAbsent, match="pip download"):
        anatomies.load(fake)
    fake.write_bytes(b"another archive")
    with pytest.raises(anatomies.PackageUnknown):
        anatomies.load(fake)


def test_the_phantom_has_every_organ_and_says_that_it_is_one() -> None:
    body = anatomies.phantom(3)
    assert set(np.unique(body.labels)) == {0, *anatomies.LABELS}
    assert body.provenance == "generated phantom, no real anatomy"
    assert not body.real


def test_two_subjects_of_one_anatomy_have_different_shapes_but_like_livers(real: anatomies.Anatomy) -> None:
    one, two = (deform(real, SCANNERS[0], np.random.default_rng([1, i])) for i in (0, 1))
    volumes = [np.sum(b.labels == 1) * np.prod(b.spacing_mm) / 1000 for b in (one, two)]
    whole = np.sum(real.labels == 1) * 27 / 1000
    assert all(0.7 * whole < v < 1.3 * whole for v in volumes)
    assert volumes[0] != volumes[1]
    for body in (one, two):
        inside = body.hu[body.labels == 1]  # the labels moved with the image
        assert abs(np.median(inside) - np.median(real.volume[real.labels == 1])) < 3
        assert np.mean((inside > -20) & (inside < 120)) > 0.9


def test_the_worse_scanner_blurs_more(real: anatomies.Anatomy) -> None:
    def sharpness(scanner: int) -> float:
        quiet = np.random.default_rng([1, 0])
        machine = SCANNERS[scanner]
        body = deform(real, machine, quiet).hu.astype(float)
        bone = np.abs(np.diff(body, axis=2))
        return float(np.percentile(bone, 99.5))

    assert sharpness(0) > sharpness(1) > sharpness(2)
