"""Seconds until a command answers: help, and a look at an empty site, beside DVC's.

    python -m benchmarks.start_up                  prints JSON: medians of processor and wall seconds

Every call is a process of its own, and the kinds take turns. The least that any program in Python takes, an interpreter
that does nothing, is told beside them. A site's status opens its database and its key ring, which a passphrase makes
slow on purpose (argon2id); DVC's opens its repository. DVC is that of `benchmarks.manifest`, in an environment of its
own.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.manifest import DVC, environment, quiet

REPEATS = 11
PAIRS = {"residency --help": "dvc --help", "residency site status": "dvc status"}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="residency-bench-") as name:
        folder = Path(name)
        here, env = folder / "work", quiet(folder) | signed_in(folder)
        here.mkdir()
        programs = {"residency": Path(sys.executable).with_name("residency"), "dvc": environment()}
        kinds = {kind: [programs[kind.split()[0]], *kind.split()[1:]] for pair in PAIRS.items() for kind in pair}
        kinds["an interpreter that does nothing"] = [sys.executable, "-c", ""]
        for words in ("residency site init site --country US", "residency sign-in admin", "dvc init --no-scm"):
            spent([programs[words.split()[0]], *words.split()[1:]], here, env)
        turns = [{kind: spent(how, here, env) for kind, how in kinds.items()} for _ in range(REPEATS + 1)][1:]
    medians = {kind: [round(statistics.median(turn[kind][n] for turn in turns), 3) for n in (0, 1)] for kind in kinds}
    seconds = {kind: {"wall": wall, "processor": cpu} for kind, (wall, cpu) in medians.items()}
    ratios = {kind: round(medians[peer][1] / medians[kind][1], 2) for kind, peer in PAIRS.items()}
    print(json.dumps({"seconds": seconds, "peer": DVC, "pairs": PAIRS, "times_faster": ratios}, indent=1))


def signed_in(folder: Path) -> dict[str, str]:
    """What a person's environment says at their own desk."""
    for name in ("site", "person"):
        path = folder / f"{name}.passphrase"
        path.touch(mode=0o600)
        path.write_text("a passphrase of nobody\n")
    return {
        "RESIDENCY_SITE": f"{folder}/work/site",
        "RESIDENCY_SITE_PASSPHRASE_FILE": f"{folder}/site.passphrase",
        "RESIDENCY_PASSPHRASE_FILE": f"{folder}/person.passphrase",
        "RESIDENCY_SESSIONS": f"{folder}/sessions",
    }


def spent(command: list[str | Path], here: Path, env: dict[str, str]) -> tuple[float, float]:
    """Wall and processor seconds of one call."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True, cwd=here, stdout=subprocess.DEVNULL, stderr=sys.stderr, env=env)
    wall, after = time.perf_counter() - began, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
