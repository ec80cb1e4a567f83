"""Measuring side by side: contenders take turns, round after round, so that a slow minute of the machine is shared.

    with started(PEERS, volume, folder) as peers:
        seen = rounds({"ours": mine} | peers, count=7, seconds=0.3)
        rate(seen["ours"]), times(seen, "ours", "TileDB AES-256-GCM")

Peers live in a virtual environment of their own below the user's cache folder, made here where it is absent, and each
runs as a process of its own (`_peers`). Ratios are medians of the ratios within a round.
"""

import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
TORCH = "torch==2.13.0"
# Their declared dependencies would bring another torch and the clients of four clouds; NEEDED is what they import.
PEERS = ["monai==1.6.1", "litdata==0.2.76", "mosaicml-streaming==0.13.0", "webdataset==1.0.2"]
NEEDED = [
    "numpy==2.4.6", "tiledb==0.36.1", "tensorstore==0.1.86", "cryptography==50.0.2", "transformers==4.57.6",
    "lightning-utilities==0.15.3", "obstore==0.12.1", "requests==2.34.2", "tifffile==2026.3.3", "boto3==1.44.8",
    "braceexpand==0.1.7", "PyYAML==6.0.4", "tqdm==4.70.1", "xxhash==4.1.0", "zstd==1.5.7.2",
    "brotli==1.2.1", "catalogue==2.0.10", "python-snappy==0.7.3", "matplotlib==3.11.2",
]  # fmt: skip

Turn = dict[str, float]
Run = Callable[[float], Turn]


class Peer:
    """A peer that has stored the volume and waits for its turns; `about` is what it said of itself."""

    def __init__(self, python: Path, name: str, volume: Path, folder: Path) -> None:
        folder.mkdir()
        command = [python, HERE / "_peers.py", name, volume, folder]
        one = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        with (folder.parent / f"{folder.name}.log").open("w") as log:
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=log, text=True, env=os.environ | one
            )
        self._name, self._log = name, Path(log.name)
        self.about = self._answer()

    def __call__(self, seconds: float) -> Turn:
        """Its turn."""
        assert self._process.stdin
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        return self._answer()

    def keep_memory(self) -> None:
        """From now on its freed memory stays with it (`_peers.keep_memory`)."""
        self(0)

    def close(self) -> None:
        """Its process ends with its input."""
        self._process.communicate()

    def _answer(self) -> dict:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self._name} failed:\n{self._log.read_text()[-2000:]}")
        return json.loads(line)


@contextmanager
def started(names: Sequence[str], volume: Path, folder: Path) -> Iterator[dict[str, Peer]]:
    """These peers, the volume (a .npy) stored by each; ended at the end."""
    python = environment()
    with ExitStack() as stack:
        peers = {}
        for number, name in enumerate(names):
            sys.stderr.write(f"  {name} stores {volume.stem}\n")
            peers[name] = Peer(python, name, volume, folder / f"{volume.stem}-{number}")
            stack.callback(peers[name].close)
        yield peers


def environment() -> Path:
    """The peers' interpreter; makes their environment if it is absent (some minutes, 2 GB, from PyPI)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    named = sha256(" ".join([TORCH, *PEERS, *NEEDED]).encode()).hexdigest()[:12]
    folder = cache / "residency" / f"benchmark-peers-{named}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        sys.stderr.write(f"making {folder} …\n")
        venv.create(folder, with_pip=True, clear=True)
        for wanted in ([TORCH], ["--no-deps", *PEERS], [TORCH, *NEEDED]):
            subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True, stdout=sys.stderr)
        (folder / "complete").touch()
    return python


def rounds(contenders: dict[str, Run], count: int, seconds: float) -> dict[str, list[Turn]]:
    """What each did in each round, of at least this much CPU time; the first, which warms, is not counted."""
    seen: dict[str, list[Turn]] = {name: [] for name in contenders}
    order = list(contenders)
    for number in range(count + 1):
        for name in order:
            turn = contenders[name](seconds if number else seconds / 4)
            if number:
                seen[name].append(turn)
        order = [*order[1:], order[0]]
    return seen


def rate(turns: list[Turn], clock: str = "cpu") -> dict[str, float]:
    """Patches per second of this clock: median, lowest, highest."""
    rates = [turn["patches"] / turn[clock] for turn in turns]
    found = {"median": statistics.median(rates), "low": min(rates), "high": max(rates)}
    return {name: float(f"{value:.3g}") for name, value in found.items()}


def times(seen: dict[str, list[Turn]], one: str, other: str) -> float:
    """How many times the patches per CPU-second of the other: the median of the rounds."""
    pairs = zip(seen[one], seen[other], strict=True)
    ratios = [a["patches"] / a["cpu"] * b["cpu"] / b["patches"] for a, b in pairs]
    return float(f"{statistics.median(ratios):.3g}")
