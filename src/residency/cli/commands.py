"""Makes a command of an act: options from the fields of its request, secrets asked for, the record printed.

Every field of the request becomes an option (the required ones also by position); a field of type SecretStr never does:
it is asked for, or read from a file that only its owner can read. Not here: finding the command (`main`), what it does
(the act).
"""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

from cyclopts import App, Parameter
from pydantic import BaseModel, SecretStr, ValidationError
from rich.console import Console

from residency.acts import BY_NAME
from residency.cli import session, show
from residency.errors import BadInput
from residency.observe.progress import shown_by
from residency.site import function_of, perform


class RequestWrong(BadInput):
    """An option cannot be used as it was given."""


def run_act(name: str, words: list[str]) -> int:
    """Run the command of an act; returns the exit code."""
    model = get_type_hints(function_of(name))["ask"]
    app = App(name=f"residency {name.replace('.', ' ')}", help=BY_NAME[name].summary, **_APP)
    app.default(_command(name, model))
    return _call(app, words)


def run_door(name: str, door: Callable, words: list[str]) -> int:
    """Run a command that is no act."""
    app = App(name=f"residency {name}", **_APP)
    app.default(door)
    return _call(app, words)


_APP: dict[str, Any] = {"version_flags": (), "result_action": "return_value", "suppress_keyboard_interrupt": False}


def _call(app: App, words: list[str]) -> int:
    result = app(words, exit_on_error=True, error_console=Console(stderr=True))
    return result if isinstance(result, int) else 0


def _command(name: str, model: type[BaseModel]) -> Callable[..., int]:
    """A function whose signature is that of the request, for cyclopts to read."""

    def command(*required: Any, site: Path | None = None, json: bool = False, **given: Any) -> int:
        given |= dict(zip(positional, required, strict=True))
        place = session.open_here(site, given.pop("site_passphrase_file", None))
        by = session.actor(place)
        secrets = session.secrets_for(model, given.pop("passphrase_file", None))
        try:
            ask = model(**given, **secrets)
        except ValidationError as error:
            first = error.errors()[0]
            option = "--" + "-".join(map(str, first["loc"])).replace("_", "-")
            raise RequestWrong(f"{option}: {first['msg']}.", remedy="See --help of this command.") from error
        console = Console(stderr=True)
        with show.progress(console) as bar, shown_by(bar):
            try:
                record = perform(place, by, name, ask)
            finally:
                session.say_unkept(place)
        show.record(record, as_json=json, out=sys.stdout)
        return 0

    parameters = _parameters(model)
    positional = [p.name for p in parameters if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


def _parameters(model: type[BaseModel]) -> list[inspect.Parameter]:
    fields = {n: f for n, f in model.model_fields.items() if not is_secret(f.annotation)}
    made = [_parameter(name, field) for name, field in fields.items()]
    required = [p for p in made if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    optional = [p for p in made if p.kind is inspect.Parameter.KEYWORD_ONLY]
    common = [
        ("site", Path | None, "Folder of the site; else $RESIDENCY_SITE, else this folder."),
        ("json", bool, "Print the record as JSON."),
        ("site_passphrase_file", Path | None, "File that holds the site's passphrase; else it is asked for."),
        ("passphrase_file", Path | None, "File that holds your own passphrase; else it is asked for."),
    ]
    for name, kind, text in common:
        default = False if kind is bool else None
        annotation = Annotated[kind, Parameter(help=text, negative="")]
        optional.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation))
    return required + optional


def _parameter(name: str, field: Any) -> inspect.Parameter:
    annotation = Annotated[field.annotation, Parameter(help=field.description, negative="")]
    if field.is_required() and not str(field.annotation).startswith("tuple"):
        return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation)
    default = inspect.Parameter.empty if field.is_required() else field.get_default(call_default_factory=True)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def is_secret(annotation: Any) -> bool:
    """Whether a field is asked for and never taken from the command line."""
    return annotation is SecretStr or SecretStr in get_args(annotation)
