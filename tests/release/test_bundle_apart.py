"""Writer and verifier stay apart: an error in one must show in the other."""

import ast
import subprocess
import sys
from pathlib import Path

import residency.release

FOLDER = Path(residency.release.__file__).parent
VERIFIER = [FOLDER / "verify.py", *sorted((FOLDER / "verifier").glob("*.py"))]
OURS = ("residency.kernel", "residency.errors", "residency.release.verifier")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def test_the_verifier_stands_on_the_kernel_the_standard_library_and_cryptography_alone():
    for path in VERIFIER:
        for name in _imports(path):
            allowed = name.startswith((*OURS, "cryptography")) or name.partition(".")[0] in sys.stdlib_module_names
            assert allowed, f"{path.name} imports {name}"


def test_the_writer_uses_nothing_of_the_verifier():
    assert not [name for name in _imports(FOLDER / "bundle.py") if name.startswith("residency.release")]


def test_the_verifier_runs_without_the_rest_of_the_product():
    seen = subprocess.run(
        [sys.executable, "-c", "import residency.release.verify, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = {name for name in seen if name.startswith("residency.")}
    assert {name for name in ours if not name.startswith((*OURS, "residency.release"))} == set()
    assert "residency.release.bundle" not in ours
    assert not {"torch", "sqlalchemy", "numpy", "cedarpy"} & set(seen)
