"""The form of the code: short files, short functions, one reader of the time, one of the environment, no print."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = sorted((ROOT / "src/residency").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "tools"}
CLOCKS = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time", "time.time_ns"}
CLOCKS |= {"time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns"}
DOORS = ("cli/", "release/verify.py")
"""May write to the terminal; the verifier runs also where nothing else of the product is."""


def where(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text()))


def dotted(node: ast.AST) -> str:
    return (
        f"{dotted(node.value)}.{node.attr}".lstrip(".") if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    )


@pytest.mark.parametrize(("files", "most"), [(SOURCE, 300), (TESTS, 500)], ids=["src", "tests"])
def test_no_file_is_two_things(files, most):
    long = {where(path): len(path.read_text().splitlines()) for path in files}
    assert {name: lines for name, lines in long.items() if lines > most} == {}


def test_no_function_is_longer_than_a_screen():
    long = []
    for path in SOURCE:
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > 40 + _documentation(node):
                long.append(f"{where(path)}:{node.lineno} {node.name}")
    assert long == []


def _documentation(node: ast.FunctionDef) -> int:
    """Lines of the docstring: what is said at length does not make the function long."""
    first = node.body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return first.end_lineno - first.lineno + 1 if said else 0


def test_no_module_is_named_after_nothing():
    assert [where(path) for path in SOURCE if {path.stem, path.parent.name} & FORBIDDEN_NAMES] == []


def test_our_own_modules_are_imported_at_the_top():
    inside = []
    for path in SOURCE:
        for function in (n for n in nodes(path) if isinstance(n, ast.FunctionDef)):
            for node in ast.walk(function):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                inside += [f"{where(path)}:{node.lineno} {n}" for n in names if n.split(".")[0] == "residency"]
    assert inside == []


def test_only_the_clock_reads_the_time():
    readers = []
    for path in SOURCE:
        calls = (n for n in nodes(path) if isinstance(n, ast.Call))
        readers += [f"{where(path)}:{c.lineno} {dotted(c.func)}" for c in calls if dotted(c.func) in CLOCKS]
    assert [reader for reader in readers if not reader.startswith("src/residency/kernel/clock.py")] == []


def test_only_the_settings_read_the_environment():
    """What other libraries read there (torch's switches) may be set as a default, which tells us nothing of it."""
    readers = []
    for path in SOURCE:
        for node in nodes(path):
            named = dotted(node) if isinstance(node, ast.Attribute) else ""
            if named.startswith(("os.environ.", "os.getenv")) and named != "os.environ.setdefault":
                readers.append(f"{where(path)}:{node.lineno}")
            if isinstance(node, ast.Subscript) and dotted(node.value) == "os.environ":
                readers.append(f"{where(path)}:{node.lineno}")
            if isinstance(node, ast.ImportFrom) and node.module == "os":
                readers += [f"{where(path)}:{node.lineno}" for a in node.names if a.name in ("environ", "getenv")]
    assert [reader for reader in readers if not reader.startswith("src/residency/settings.py")] == []


def test_nothing_but_the_doors_writes_to_the_terminal():
    writers = []
    for path in SOURCE:
        for node in nodes(path):
            if isinstance(node, ast.Call) and dotted(node.func) in ("print", "sys.stdout.write", "sys.stderr.write"):
                writers.append(f"{where(path)}:{node.lineno}")
    assert [w for w in writers if not w.removeprefix("src/residency/").startswith(DOORS)] == []


def test_whatever_is_public_says_what_it_is_for():
    silent = []
    for path in SOURCE:
        tree = ast.parse(path.read_text())
        if tree.body and not ast.get_docstring(tree):
            silent.append(where(path))
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                silent.append(f"{where(path)}:{node.lineno} {node.name}")
    assert silent == []


def test_a_module_of_any_length_says_what_is_not_in_it():
    """Where it is longer than a screen: somebody who looks in the wrong room is sent to the right one."""
    apart = "src/residency/govern/migrations/"
    long = [path for path in SOURCE if len(path.read_text().splitlines()) > 45 and not where(path).startswith(apart)]
    said = {where(path): " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").split()) for path in long}
    assert [name for name, text in said.items() if "Not here:" not in text] == []


def test_a_test_is_never_skipped_and_our_own_code_never_mocked():
    forbidden = re.compile(r"pytest\.(skip|xfail|importorskip)|mark\.(skip|xfail)|unittest\.mock|mock\.patch|MagicMock")
    found = [where(path) for path in TESTS if path != Path(__file__) and forbidden.search(path.read_text())]
    assert found == []


def test_a_test_is_a_sentence():
    short = []
    for path in TESTS:
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name.count("_") < 4:
                short.append(f"{where(path)}:{node.lineno} {node.name}")
    assert short == []
