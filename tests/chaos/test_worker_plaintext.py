"""Workers that train and are killed leave no voxel in the clear: not in the site, its logs, or a temporary file."""

from contextlib import suppress

import numpy as np
import pytest

from residency.dataset.version import DatasetVersion
from residency.store.arrays import open_volume
from residency.store.codec import HOT, compress
from tests.dataset.test_version import items_of, keys_of
from tests.fakes.frozen import PAUSING, UNET, study_like
from tests.runs.training import end_processes, kill_worker, over, submit, until, until_step

LENGTH, DIVERSE = 32, 10


def needles(clinic):
    """Stretches of the voxels of every volume, as they lie in memory, as floats, and as chunks are packed."""
    found = set()
    for version in clinic.site.ledger.all(DatasetVersion):
        keys = keys_of(clinic, version)
        for item in items_of(clinic, version):
            chunk = np.ascontiguousarray(open_volume(clinic.site.sealed, item.array("image"), keys)[:, :32, :32])
            packed = bytes(compress(chunk, HOT))
            for data in (chunk.tobytes(), chunk.astype(np.float32).tobytes(), packed[64:]):
                found |= stretches(data)
    return found


def stretches(data, most=4):
    """The first of its stretches that are unlike a run of one value."""
    cut = (data[at : at + LENGTH] for at in range(0, len(data) - LENGTH, LENGTH))
    return set([piece for piece in cut if len(set(piece)) >= DIVERSE][:most])


def lie_open(sought, *folders):
    found = []
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        with suppress(FileNotFoundError):  # a draft that was kept or swept meanwhile
            data = path.read_bytes()
            found += [(path, piece) for piece in sought if piece in data]
    return found


@pytest.mark.long
def test_no_voxel_lies_open_while_workers_are_killed_nor_after(frozen_clinic, frozen, tmp_path, monkeypatch):
    clinic, aside = frozen_clinic, tmp_path / "aside"
    aside.mkdir()
    for name in ("TMPDIR", "HOME"):
        monkeypatch.setenv(name, str(aside))
    sought = needles(clinic)
    assert len(sought) > 50
    (aside / "control").write_bytes(b"\0" * 7 + min(sought))
    study = study_like(frozen.study, "killed", (UNET, PAUSING % 0.3), ("{steps: 4}", "{steps: 2}"))
    try:
        run = submit(clinic, study, detach=True).id
        for attempt, step in enumerate((3, 6), start=1):
            until_step(clinic, run, attempt, step)
            kill_worker(run, 0)
            assert lie_open(sought, clinic.site.folder, aside) == [(aside / "control", min(sought))]
        assert until(clinic, run, over).state == "finished"
    finally:
        end_processes(clinic)
    assert lie_open(sought, clinic.site.folder, aside) == [(aside / "control", min(sought))]
