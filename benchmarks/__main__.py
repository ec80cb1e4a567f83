"""Runs every benchmark, one after the other, and keeps what each printed: make bench

Results go to benchmarks/results/NAME.json with commit and date, and the README's table is written from them. Run it on
a quiet machine: figures are ratios and medians, but two programs on one core are still two programs.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks._table import RESULTS, fill, kept

HERE = Path(__file__).parent
README = HERE.parent / "README.md"


def main() -> int:
    """Run all, or those named; the exit code is that of the worst."""
    wanted = sys.argv[1:] or sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    worst = 0
    for name in wanted:
        sys.stderr.write(f"{name} …\n")
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True, check=False)
        worst = max(worst, done.returncode)
        if done.returncode == 0:
            about = {"benchmark": name, "commit": commit.stdout.strip(), "date": datetime.now(UTC).date().isoformat()}
            result = about | {"result": json.loads(done.stdout)}
            sys.stdout.write(json.dumps(result, indent=1) + "\n")
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    README.write_text(fill(README.read_text(), kept()))
    return worst


if __name__ == "__main__":
    sys.exit(main())
