"""Writer and verifier stay apart: an error in one must show in the other."""

import ast
import subprocess
import sys
import tomllib
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


def test_the_contract_keeps_the_verifier_from_everything_but_kernel_and_errors():
    pyproject = FOLDER.parents[2] / "pyproject.toml"
    contracts = tomllib.loads(pyproject.read_text())["tool"]["importlinter"]["contracts"]
    (contract,) = [c for c in contracts if c["name"].startswith("The verifier")]
    parts = {path.stem for path in FOLDER.parent.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    beside = {f"release.{path.stem}" for path in FOLDER.iterdir() if path.suffix == ".py" or path.is_dir()}
    parts |= {name for name in beside if not name.endswith("__")}
    own = {"__init__", "__main__", "errors", "kernel", "release", "release.verifier", "release.verify"}
    assert set(contract["source_modules"]) == {"residency.release.verify", "residency.release.verifier"}
    assert set(contract["forbidden_modules"]) == {f"residency.{name}" for name in parts - own}


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
