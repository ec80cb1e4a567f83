"""Layers hold, and torch stays where it is: the rules of DESIGN as tests."""

import shutil
import subprocess
import sys
from pathlib import Path

from residency.acts import ACTS

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "monai", "torchmetrics", "transformers", "lightning", "ray")
LIGHT_START = ("pydantic", "sqlalchemy", "torch", "numpy", "cyclopts", "rich", "cryptography", "pyarrow", "alembic")
FILES = ("scipy", "pydicom", "nibabel", "pyarrow", "matplotlib", "PIL", "cv2")
WORKING = ("ingest", "quarantine", "deid.run", "deid.exam", "deid.risk", "deid.review", "deid.determine", "deid.reveal")
WORKING += ("deid.ask", "dataset.freeze", "dataset.export", "study.run")
"""Acts that open files or count over tables. All others look things up, decide and sign."""

IMPORT_ALL = f"""
import pkgutil, sys
from importlib import import_module
import residency
names = [m.name for m in pkgutil.walk_packages(residency.__path__, "residency.")]
apart = ("residency.engine.", "residency.govern.migrations.")  # alembic alone can import its steps
names = [n for n in names if n.endswith("engine.spec") or not n.startswith(apart)]
for name in names:
    if not name.endswith("__main__"):
        import_module(name)
        found = [h for h in {HEAVY!r} if h in sys.modules]
        assert not found, f"importing {{name}} loads {{found}}"
print(len(names))
"""


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_story_is_read_downwards():
    program = Path(sys.executable).with_name("lint-imports")
    linter = str(program) if program.exists() else shutil.which("lint-imports")
    assert linter, "import-linter is not installed: pip install -r requirements/test.txt"
    done = run(linter)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_but_the_engine_is_imported_without_torch():
    done = run(sys.executable, "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 40


def test_help_imports_nothing_heavy():
    program = (
        "import sys\n"
        "from residency.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"heavy = [name for name in {LIGHT_START!r} if name in sys.modules]\n"
        "print(heavy, file=sys.stderr)\nsys.exit(len(heavy))\n"
    )
    done = run(sys.executable, "-c", program)
    assert done.returncode == 0, done.stderr
    assert "protocol approve" in done.stdout


def test_an_act_that_opens_no_file_imports_no_library_of_files():
    looking = [act for act in ACTS if not act.name.startswith(WORKING)]
    modules = sorted({act.function.partition(":")[0] for act in looking})
    program = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"heavy = [name for name in {FILES!r} if name in sys.modules]\n"
        "print(heavy, file=sys.stderr)\nsys.exit(len(heavy))\n"
    )
    assert len(looking) > 30
    done = run(sys.executable, "-c", program)
    assert done.returncode == 0, done.stderr
