"""The nets of this chapter run without a word to anybody and without a trace at home."""

import os
import subprocess
import sys

PROGRAM = """
import numpy as np
from residency.deid.dicom.ocr import reader
from residency.deid.notes.tagger import load_tagger
assert load_tagger().spans("seen by ngozi okafor at st brigids")
assert reader().likelihood(np.zeros((64, 64), np.uint8), scale=1.0).shape == (64, 64)
"""


def test_a_net_that_runs_leaves_no_identifier_of_the_machine_and_no_events_to_send(tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    about = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=kept | about, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.rglob("*")) == []
