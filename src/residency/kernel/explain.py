"""What is wrong with a configuration, in one sentence a person can act on: line, key, the key that was meant.

    message, remedy = explain("study.yaml", partial(line_of, text), error, Study)

Asks its caller for lines (`kernel.documents.line_of` knows them for YAML) and the model for names; reads no file.
"""

import difflib
import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError


def explain(
    place: str, line_of: Callable[[list[str]], int | None], error: ValidationError, model: type[BaseModel]
) -> tuple[str, str]:
    """Message and remedy for what is wrong: an unknown key first, for it is mostly the reason of a missing one."""
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    path = [str(part) for part in first["loc"]]
    line = line_of(path)
    where = f"{place}, line {line}" if line else place
    name = ".".join(path) or "the file"
    if first["type"] == "extra_forbidden":
        close = difflib.get_close_matches(path[-1], _fields(model, path[:-1]), 1)
        remedy = f"Did you mean '{close[0]}'?" if close else f"Remove '{path[-1]}'."
        return f"{where}: unknown key '{name}'.", remedy
    if first["type"] == "missing":
        return f"{where}: '{name}' is missing.", f"Add '{path[-1]}'."
    return f"{where}: '{name}': {first['msg']}.", f"Correct '{name}'."


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
