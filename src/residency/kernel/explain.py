"""What is wrong with a configuration, in one sentence a person can act on: line, key, the key that was meant.

    message, remedy = explain("study.yaml", partial(line_of, text), error, Study)

Asks its caller for lines (`kernel.documents.line_of` knows them for YAML) and the model for names; reads no file. Not
here: how a text is read (`kernel.documents`).
"""

import difflib
import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError


def explain(
    place: str, line_of: Callable[[list[str]], int | None], error: ValidationError, model: type[BaseModel]
) -> tuple[str, str]:
    """Message and remedy for everything that is wrong, by line; a key that is only missing for its typo is not."""
    faults = error.errors()
    unknown = [[str(part) for part in fault["loc"]] for fault in faults if fault["type"] == "extra_forbidden"]
    meant = {(*path[:-1], near) for path in unknown for near in _meant(path, model)}
    told = [
        _one(place, line_of, fault, model)
        for fault in faults
        if fault["type"] != "missing" or tuple(map(str, fault["loc"])) not in meant
    ]
    if len(told) == 1:
        return told[0][1:]
    lines = [f"{says} {remedy}" for _, says, remedy in sorted(told)]
    return "\n".join(lines), f"Correct all {len(told)}."


def _one(
    place: str, line_of: Callable[[list[str]], int | None], fault: Any, model: type[BaseModel]
) -> tuple[int, str, str]:
    """Line, sentence and remedy of one fault."""
    path = [str(part) for part in fault["loc"]]
    line = line_of(path)
    where = f"{place}, line {line}" if line else place
    name = ".".join(path) or "the file"
    if fault["type"] == "extra_forbidden":
        close = _meant(path, model)
        remedy = f"Did you mean '{close[0]}'?" if close else f"Remove '{path[-1]}'."
        return line or 0, f"{where}: unknown key '{name}'.", remedy
    if fault["type"] == "missing":
        return line or 0, f"{where}: '{name}' is missing.", f"Add '{path[-1]}'."
    return line or 0, f"{where}: '{name}': {fault['msg']}.", f"Correct '{name}'."


def _meant(path: list[str], model: type[BaseModel]) -> list[str]:
    """The key that was probably meant."""
    return difflib.get_close_matches(path[-1], _fields(model, path[:-1]), 1)


def _fields(model: Any, path: list[str]) -> list[str]:
    for part in path:
        model = (
            _inner(model.model_fields[part].annotation) if part in getattr(model, "model_fields", {}) else _inner(model)
        )
        if model is None:
            return []
    return list(model.model_fields)


def _inner(annotation: Any) -> Any:
    """The model inside an annotation such as tuple[Model, …] or Model | None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, tuple, list, dict):
        return next((m for m in map(_inner, get_args(annotation)) if m is not None), None)
    return None
