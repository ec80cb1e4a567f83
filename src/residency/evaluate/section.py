"""The `evaluate:` section of a study: endpoints, subgroups, tolerance; strict, and checked against model and protocol.

    section = read_section(Path("study.yaml"))
    check(section, "study.yaml", structures, attributes)

Refuses an unknown key, an endpoint of a structure that the model does not know, a subgroup that the protocol does not
let be kept; each error names the line. Not here: what an endpoint means (`plan`).
"""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat, ValidationError

from residency.errors import BadInput
from residency.evaluate.plan import Endpoint
from residency.kernel.documents import YamlBroken, line_of_fault, parse_yaml
from residency.kernel.explain import explain, line_of
from residency.kernel.record import Part

NAME = "evaluate"
Attribute = Literal["sex", "age_band", "race", "ethnicity", "scanner"]


class EvaluationWrong(BadInput):
    """A line of the evaluation's section cannot be used."""


class Section(Part):
    """What a study wants measured. `tolerance_mm` is how far a surface may be off and still count in NSD."""

    endpoints: tuple[Endpoint, ...] = ()
    subgroups: tuple[Attribute, ...] = ()
    tolerance_mm: Annotated[FiniteFloat, Field(gt=0, le=50)] = 3.0
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


def read_section(file: Path) -> Section:
    """The section of a study file, or a file that holds what it would; raises EvaluationWrong."""
    text, body = _read(file)
    try:
        return Section.model_validate(body)
    except ValidationError as error:
        message, remedy = explain(str(file), text, error, Section)
        raise EvaluationWrong(message, remedy=remedy) from error


def check(section: Section, file: Path, structures: Collection[str], attributes: Collection[str]) -> None:
    """Refuse what model or protocol do not know; raises EvaluationWrong."""
    text, _ = _read(file)
    for endpoint in section.endpoints:
        if endpoint.of not in structures:
            raise EvaluationWrong(
                f"{_at(file, text, 'endpoints', endpoint.of)}: the model does not segment '{endpoint.of}'.",
                remedy=f"Name one of: {', '.join(structures)}.",
            )
    for name in section.subgroups:
        if name not in attributes:
            raise EvaluationWrong(
                f"{_at(file, text, 'subgroups', name)}: the protocol does not let '{name}' be kept of a person.",
                remedy="Leave it out, or have the protocol amended before data are brought in.",
            )


def _read(file: Path) -> tuple[str, Any]:
    """The text with everything before the section blanked, so that lines keep their numbers; and the section."""
    try:
        text = file.read_text()
        body = parse_yaml(text)
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationWrong(f"{file} cannot be read.", remedy="Give a study file or its section.") from error
    except YamlBroken as error:
        raise EvaluationWrong(
            f"{file}{line_of_fault(error)}: this is not YAML.", remedy="Correct that line."
        ) from error
    if not isinstance(body, dict):
        raise EvaluationWrong(f"{file} holds no '{NAME}:' section.", remedy="Add one; examples/ has one.")
    if NAME not in body:
        return text, body
    first = line_of(text, [NAME]) or 1
    return "\n" * (first - 1) + text.split("\n", first - 1)[-1], body[NAME] or {}


def _at(file: Path, text: str, key: str, value: str) -> str:
    """The file, and the line below this key on which the value stands."""
    lines, first = text.splitlines(), line_of(text, [key]) or 1
    found = next((n for n in range(first - 1, len(lines)) if value in lines[n].split("#")[0]), first - 1)
    return f"{file}, line {found + 1}"
