"""What exists is documented, and what is documented exists."""

import inspect
import re
from pathlib import Path
from typing import get_type_hints

import pytest
from benchmarks._table import ROWS, fill, kept
from pydantic import BaseModel
from tools.make_reference import error_classes, pages

from residency.acts import ACTS
from residency.cli.main import commands
from residency.errors import ResidencyError
from residency.govern.policy import gates
from residency.site import function_of

ROOT = Path(__file__).parents[2]
NAMES = [act.name for act in ACTS]


@pytest.mark.parametrize("name", NAMES)
def test_every_act_is_a_function_of_site_person_and_request(name):
    function = function_of(name)
    assert list(inspect.signature(function).parameters) == ["site", "by", "ask"]
    assert inspect.getdoc(function)
    request = get_type_hints(function)["ask"]
    assert issubclass(request, BaseModel)
    assert request.model_config["extra"] == "forbid"
    assert request.model_config["frozen"]
    silent = [field for field, info in request.model_fields.items() if not info.description]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_every_act_passes_the_gate_under_its_own_name(name):
    """The gate refuses another name at run time; this finds the act that nobody called in a test."""
    source = Path(inspect.getsourcefile(function_of(name))).parent
    texts = [path.read_text() for path in source.glob("*.py")]
    passes = re.compile(rf'gate\.(act|lease|grant)\(\s*[\w.]+,\s*("{re.escape(name)}"|ACT|name|_ACT)')
    assert any(passes.search(text) for text in texts)


def test_names_of_acts_are_given_once():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("page", sorted(["acts.md", "errors.md", "settings.md"]))
def test_the_generated_pages_are_up_to_date(page):
    path = ROOT / "docs" / page
    assert path.exists(), "run: make reference"
    assert path.read_text() == pages()[page], "run: make reference"


def test_every_act_every_command_and_every_gate_is_on_the_page_of_acts():
    text = (ROOT / "docs/acts.md").read_text()
    assert [name for name in commands() if f"`residency {name}`" not in text] == []
    assert [name for name in NAMES if f"{name}" not in text and name.replace(".", " ") not in text] == []
    assert [gate for gate in gates() if f"`{gate}`" not in text] == []


def test_every_error_is_documented_and_belongs_to_one_of_six_families():
    text, families = (ROOT / "docs/errors.md").read_text(), set(ResidencyError.__subclasses__())
    assert len(families) == 6
    for error in error_classes():
        assert f"`{error.__name__}`" in text
        assert error.__dict__.get("__doc__"), error
        assert sum(issubclass(error, family) for family in families) == 1, error


def test_no_two_errors_share_a_name():
    names = [error.__name__ for error in error_classes()]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_every_command_of_the_readme_exists():
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = re.findall(r"^(?:\w+ )?\$ (?!export)(.*)", "\n".join(blocks), re.MULTILINE)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert lines
    for line in lines:
        program, *words = line.split()
        if program == "make":
            assert words[0] in targets, line
        else:
            assert program == "residency", line
            assert {" ".join(words[:1]), " ".join(words[:2])} & set(commands()), line


def test_a_remedy_never_names_a_command_that_does_not_exist():
    known, wrong = set(commands()), []
    nouns = {name.split()[0] for name in known}
    for path in sorted((ROOT / "src").rglob("*.py")):
        for noun, verb in re.findall(r"(?:['\"`]|: )residency ([a-z-]+)(?: ([a-z-]+))?", path.read_text()):
            named = {noun, f"{noun} {verb}".strip()}
            if noun in nouns and not named & known and any(name.startswith(f"{noun} ") for name in known) and verb:
                wrong.append(f"{path.name}: residency {noun} {verb}")
    assert wrong == []


def test_the_table_of_the_readme_is_what_the_benchmarks_last_printed():
    readme, results = (ROOT / "README.md").read_text(), kept()
    assert {path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py")} == set(ROWS)
    assert {one["benchmark"] for one in results} <= set(ROWS)
    assert fill(readme, results) == readme, "run: make bench"


def test_every_link_of_the_documents_leads_somewhere():
    pages_ = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    broken = []
    for page in pages_:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []
