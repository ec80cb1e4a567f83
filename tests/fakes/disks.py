"""Disks that refuse: one that is really full, one on which files stay small, one that may only be read."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


def on_a_small_disk(program: str, kib: int, folder: Path) -> subprocess.CompletedProcess:
    """Run a Python program whose working folder is a disk of this size: in a name space of its own, gone with it."""
    mount = f'mount -t tmpfs -o size={kib}k none "{folder}" && cd "{folder}" && exec "{sys.executable}" -c "$0"'
    words = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, program]
    # The program may use the fakes of these tests, which are no part of what is installed.
    paths = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]))
    env = os.environ | {"PYTHONPATH": paths}
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env=env)


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file of this process grows beyond this many bytes: to a writer, a full disk (EFBIG instead of ENOSPC)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@contextmanager
def read_only(prepare: Callable[[Path], object]) -> Iterator[Path]:
    """A folder that was prepared and in which this process may write no more; root becomes nobody meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="residency-ro-"))
    try:
        prepare(folder)
        for path in [*folder.rglob("*"), folder]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        with _not_root():
            yield folder
    finally:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(folder)


@contextmanager
def _not_root() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
