"""Reads what a person wrote — a protocol, a study, a part of a study — strictly, and says what is wrong on which line.

    study = read_document(Path("study.yaml"), Study, StudyWrong)
    spec = read_document(Path("study.yaml"), TrainSpec, SpecWrong, section="train", beside={"labels": {1: "liver"}})

Not here: how YAML is read (`kernel.documents`), the sentence about an error (`kernel.explain`), site.toml (`settings`).
"""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from residency.errors import BadInput
from residency.kernel.documents import YamlBroken, line_of, line_of_fault, parse_yaml
from residency.kernel.explain import explain

M = TypeVar("M", bound=BaseModel)


def read_document(
    path: Path, model: type[M], wrong: type[BadInput], *, section: str = "", beside: dict[str, Any] | None = None
) -> M:
    """The document as a model; raises `wrong` with the line and a remedy.

    `section` names the key under which a larger document holds it; a document without that key is taken whole.
    `beside` are values that the document may leave out.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise wrong(f"{path} cannot be read as text.", remedy="Give the path of a YAML file.") from error
    try:
        said = parse_yaml(text)
    except YamlBroken as error:
        raise wrong(f"{path}{line_of_fault(error)}: this is not YAML.", remedy="Correct that line.") from error
    above: list[str] = []
    if isinstance(said, dict) and section in said:
        above, said = [section], said[section] or {}
    if not isinstance(said, dict):
        raise wrong(f"{path} holds no keys with values.", remedy="examples/ shows one that does.")
    try:
        return model.model_validate({**(beside or {}), **said})
    except ValidationError as error:
        message, remedy = explain(str(path), lambda keys: line_of(text, above + keys), error, model)
        raise wrong(message, remedy=remedy) from error
