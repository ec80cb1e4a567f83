"""The hidden command that keeps a run: started by `run submit`, detached, with the opened ring on a descriptor."""

import os
import sys
from pathlib import Path

from residency import wiring
from residency.runs.supervise import supervise as keep
from residency.store.rings import load_ring


def supervise(run: str, folder: Path, ring: int, /) -> int:
    """Keep a run; started by `run submit`, which hands over the opened key ring on a descriptor."""
    with os.fdopen(ring, "rb") as file:
        file.seek(0)
        opened = load_ring(file.read())
    keep(wiring.open_with_ring(folder, opened), run, sys.stderr.write)
    return 0
