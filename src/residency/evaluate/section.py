"""The `evaluate:` section of a study: endpoints, subgroups, tolerance; strict, and checked against model and protocol.

    section = read_section(Path("study.yaml"))
    check(section, "study.yaml", structures, attributes)

Refuses an unknown key, an endpoint of a structure that the model does not know, a subgroup that the protocol does not
let be kept; each error names the line. Not here: what an endpoint means (`plan`).
"""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from residency.documents import read_document
from residency.errors import BadInput
from residency.evaluate.plan import Endpoint
from residency.kernel.documents import line_of, parse_yaml
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
    return read_document(file, Section, EvaluationWrong, section=NAME)


def check(section: Section, file: Path, structures: Collection[str], attributes: Collection[str]) -> None:
    """Refuse what model or protocol do not know; raises EvaluationWrong."""
    for number, endpoint in enumerate(section.endpoints):
        if endpoint.of not in structures:
            raise EvaluationWrong(
                f"{_at(file, 'endpoints', number)}: the model does not segment '{endpoint.of}'.",
                remedy=f"Name one of: {', '.join(structures)}.",
            )
    for number, name in enumerate(section.subgroups):
        if name not in attributes:
            raise EvaluationWrong(
                f"{_at(file, 'subgroups', number)}: the protocol does not let '{name}' be kept of a person.",
                remedy="Leave it out, or have the protocol amended before data are brought in.",
            )


def _at(file: Path, key: str, number: int) -> str:
    """The file, and the line of this item of a list."""
    text = file.read_text()
    above = [NAME] if NAME in parse_yaml(text) else []
    return f"{file}, line {line_of(text, [*above, key, str(number)])}"
