"""All measures of risk on a million records of six quasi-identifiers; and the same beside pycanon on 50,000.

    python -m benchmarks.risk [rows] [rows of the peer]          prints JSON: CPU seconds, peak memory, ratios

Ours runs in a process of its own, so that its peak is its own: classes, k, l (distinct, entropy, recursive) and t of a
categorical and of a numeric attribute, prosecutor, journalist and marketer, and the uniqueness in a population, from
columns of text as they are read from a file. Once with six columns by which nearly everybody is alone, once with six by
which few are. The peer computes k, l and t of the same table in the same run; what both compute must be equal to 1e-9.
Beside anjana, the loss of a choice for k = 5 with at most 5 % suppressed, on a table of 3,000 that it can do.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from residency.deid.risk.attack import journalist, marketer, prosecutor
from residency.deid.risk.classes import classes_of, factor
from residency.deid.risk.hierarchy import Hierarchy, levels_of
from residency.deid.risk.loss import loss_of
from residency.deid.risk.measures import diversity, k_of
from residency.deid.risk.population import expected, uniqueness
from residency.deid.risk.propose import Target, apply, propose

PEERS = ["pycanon==1.3.5", "anjana==1.2.3"]
MANY = {"sex": 2, "age": 100, "zip3": 900, "race": 6, "year": 35, "care site": 200}
FEW = {"sex": 2, "age band": 10, "race": 5, "ethnicity": 3, "region": 4, "year": 3}
PYCANON = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from pycanon import anonymity
said = json.load(sys.stdin)
data, quasi = pd.DataFrame(said[0]), said[1]
seconds, began = {}, time.process_time()
def lap(name):
    global began
    seconds[name], began = time.process_time() - began, time.process_time()
found = {"k": int(anonymity.k_anonymity(data, quasi))}
lap("k")
for name in ("word", "number"):
    found[name] = {"l": int(anonymity.l_diversity(data, quasi, [name]))}
lap("l")
for name in ("word", "number"):
    found[name]["t"] = float(anonymity.t_closeness(data, quasi, [name]))
lap("t")
print(json.dumps({"seconds": seconds, "found": found}))
"""
ANJANA = """
import contextlib, io, json, sys, time
import numpy as np, pandas as pd
from anjana.anonymity import _k_anonymity as anjana
said = json.load(sys.stdin)
data, steps = pd.DataFrame(said[0]), said[1]
ladders = {name: {n: np.array(level) for n, level in enumerate(levels)} for name, levels in steps.items()}
began = time.process_time()
with contextlib.redirect_stdout(io.StringIO()):
    _, suppressed, levels = anjana.k_anonymity_inner(data, [], list(ladders), 5, 5, ladders)
seconds = time.process_time() - began
print(json.dumps({"seconds": seconds, "suppressed": int(suppressed), "steps": [int(n) for n in levels.values()]}))
"""


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["ours"]:
        print(json.dumps(ours(int(sys.argv[2]), MANY if sys.argv[3] == "many" else FEW)))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    peer_rows = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
    result = {
        "rows": rows,
        "nearly everybody alone": alone("many", rows),
        "few alone": alone("few", rows),
        "beside": beside(peer_rows),
        "choice": choice(),
    }
    print(json.dumps(result, indent=1))


def alone(kind: str, rows: int) -> dict:
    """Ours in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.risk", "ours", str(rows), kind]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def ours(rows: int, sizes: dict[str, int]) -> dict:
    """Every measure; seconds of wall and CPU from the columns to the last number."""
    table, seconds = made(rows, sizes), {}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    measured(made(1000, sizes), list(sizes), {})
    began, cpu = time.perf_counter(), time.process_time()
    found = measured(table, list(sizes), seconds)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "wall_seconds": round(wall, 3),
        "cpu_seconds": round(cpu, 3),
        "cpu_seconds_of": {name: round(spent, 3) for name, spent in seconds.items()},
        "peak_mib": round(peak),
        "peak_mib_before": round(before),
        "classes": found["classes"],
    }


def measured(table: pa.Table, quasi: list[str], seconds: dict[str, float]) -> dict:
    """All measures of a table."""

    def lap(name: str) -> None:
        seconds[name] = time.process_time() - sum(seconds.values()) - began

    began = time.process_time()
    classes = classes_of(table, quasi)
    lap("classes")
    word, number = (diversity(classes, table[name]) for name in ("word", "number"))
    lap("l and t")
    people = 20 * table.num_rows
    theirs = expected(classes.sizes, people)
    risks = [prosecutor(classes.sizes, 0.09), journalist(classes.sizes, theirs, 0.09)]
    unique = uniqueness(classes.sizes, people)
    lap("risks")
    said = {"word": {"l": word.distinct, "t": word.t}, "number": {"l": number.distinct, "t": number.t}}
    risk = [one.average for one in risks] + [marketer(classes.sizes, theirs), unique.share]
    return {"k": k_of(classes), "classes": len(classes.sizes), "risk": risk} | said


def made(rows: int, sizes: dict[str, int]) -> pa.Table:
    """Columns of text of so many values, the small ones more frequent; and two sensitive attributes."""
    rng = np.random.default_rng(7)

    def skewed(size: int) -> np.ndarray:
        return (rng.random(rows) ** 1.5 * size).astype(np.int64)

    columns = {name: pa.array(skewed(size)).cast(pa.string()) for name, size in sizes.items()}
    return pa.table(columns | {"word": pa.array(skewed(15)).cast(pa.string()), "number": pa.array(skewed(50))})


def beside(rows: int) -> dict:
    """The same table to both: what both compute is equal, and how many times the CPU the peer took."""
    table, seconds = made(rows, FEW), {}
    measured(table, list(FEW), {})
    mine = measured(table, list(FEW), seconds)
    theirs = run(PYCANON, [table.to_pydict(), list(FEW)])
    found, spent = theirs["found"], sum(theirs["seconds"].values())
    assert mine["k"] == found["k"], (mine, found)
    for name in ("word", "number"):
        assert mine[name]["l"] == found[name]["l"], (name, mine, found)
        assert abs(mine[name]["t"] - found[name]["t"]) < 1e-9, (name, mine, found)
    total = sum(seconds.values())
    return {
        "rows": rows,
        "classes": mine["classes"],
        "peer": PEERS[0],
        "cpu_seconds": {"residency": round(total, 4), "pycanon": round(spent, 2)},
        "cpu_seconds_of_pycanon": {name: round(value, 2) for name, value in theirs["seconds"].items()},
        "times_faster": round(spent / total),
    }


def choice() -> dict:
    """The loss of either's choice, by the same measure."""
    rng, rows = random.Random(3), 3000
    table = {
        "sex": [rng.choice("FM") for _ in range(rows)],
        "age": [int(rng.random() ** 1.3 * 90) for _ in range(rows)],
    }
    table["zip"] = [f"{int(rng.random() ** 2 * 12):03d}{rng.randrange(3):02d}" for _ in range(rows)]
    table["race"] = [f"r{int(rng.random() ** 3 * 5)}" for _ in range(rows)]
    how = [Hierarchy(), Hierarchy(bands=(5, 10, 20)), Hierarchy(prefix=(3, 2)), Hierarchy()]
    columns, target = [factor(values) for values in table.values()], Target(k=5, suppress=0.05)
    began = time.process_time()
    found = propose(columns, how, target)
    seconds = time.process_time() - began
    levels = [levels_of(one, column.values) for one, column in zip(how, columns, strict=True)]
    # The peer looks each value of one step up among those of the step before: names of groups differ between steps.
    steps = {
        name: [
            values,
            *([f"{n}:{group}" for group in level.groups[column.codes]] for n, level in enumerate(ladder[1:])),
        ]
        for (name, values), column, ladder in zip(table.items(), columns, levels, strict=True)
    }
    theirs = run(ANJANA, [table, steps])
    chosen = [ladder[step] for ladder, step in zip(levels, theirs["steps"], strict=True)]
    classes = apply(columns, chosen, target)
    assert classes.suppressed == theirs["suppressed"], (classes.suppressed, theirs)
    loss = {"residency": found.loss.loss, "anjana": loss_of(columns, chosen, classes).loss}
    return {
        "rows": rows,
        "peer": PEERS[1],
        "loss": {name: round(value, 4) for name, value in loss.items()},
        "suppressed": {"residency": found.classes.suppressed, "anjana": theirs["suppressed"]},
        "cpu_seconds": {"residency": round(seconds, 3), "anjana": round(theirs["seconds"], 3)},
        "least": found.least,
    }


def run(program: str, said: object) -> dict:
    """A program of the peers' environment, installed beside the temporary files if it is not there yet."""
    folder = Path(tempfile.gettempdir()) / f"residency-bench-{PEERS[0]}"
    python = folder / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", *PEERS], check=True, stdout=sys.stderr)
    done = subprocess.run(
        [python, "-c", program], input=json.dumps(said), stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
