"""Writes docs/acts.md, docs/errors.md and docs/settings.md from the code: make reference

A house test runs `pages()` and holds the files against it, so that no act, error or setting is undocumented.
"""

import inspect
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import residency
from residency.acts import ACTS, Act
from residency.cli.main import DOORS
from residency.errors import ResidencyError
from residency.govern.policy import ROLE, gates
from residency.settings import Settings
from residency.site import function_of

DOCS = Path(__file__).parent.parent / "docs"
SILENT = ("reports", "plans")
APART = ("residency.govern.migrations.",)
"""Imported by alembic alone; raises nothing that a command shows."""


def main() -> int:
    """Write the pages."""
    for name, text in pages().items():
        (DOCS / name).write_text(text)
        sys.stdout.write(f"docs/{name}\n")
    return 0


def pages() -> dict[str, str]:
    """File name and text of every generated page."""
    return {"acts.md": acts_page(), "errors.md": errors_page(), "settings.md": settings_page()}


def acts_page() -> str:
    """Every act with its request, and every command that is no act."""
    out = [_head("Acts", "Everything a person or a program can make happen. Each call leaves one event in the log.")]
    out += [_act(act) for act in ACTS]
    out.append("## Commands that are no acts\n\n| command | what it does |\n|---|---|\n")
    out += [f"| `residency {name}` | {summary} |\n" for name, _, summary in DOORS]
    out.append(
        "\n## Gates\n\nA refusal names every gate that failed.\n\n| gate | says | what would open it |\n|---|---|---|\n"
    )
    out.append(f"| `ROLE` | {ROLE.says} | {ROLE.remedy} |\n")
    out += [f"| `{name}` | {note['says']} | {note['remedy']} |\n" for name, note in gates().items()]
    return "".join(out)


def errors_page() -> str:
    """Every error a user may see, by the family that says who must act."""
    out = [_head("Errors", "The exit code of a command follows from the family alone.")]
    known = error_classes()
    for family in ResidencyError.__subclasses__():
        out.append(f"\n## {family.__name__}: exit code {family.exit_code}\n\n{_line(family)}\n\n")
        leaves = sorted((e for e in known if issubclass(e, family) and e is not family), key=lambda e: e.__name__)
        out += ["| error | raised by | says |\n|---|---|---|\n"] if leaves else []
        out += [f"| `{e.__name__}` | `{e.__module__.removeprefix('residency.')}` | {_line(e)} |\n" for e in leaves]
    return "".join(out)


def settings_page() -> str:
    """Every key of site.toml."""
    says = "Keys of `site.toml`. An unknown key is an error that names the line and the key that was meant."
    out = [_head("Settings", says), "| key | type | default | meaning |\n|---|---|---|---|\n"]
    return "".join(out + _settings(Settings, ""))


def error_classes() -> list[type[ResidencyError]]:
    """Every leaf of the tree of errors, wherever it stands."""
    for module in pkgutil.walk_packages(residency.__path__, "residency."):
        if not module.name.startswith(APART) and not module.name.endswith("__main__"):
            import_module(module.name)
    found, waiting = [], list(ResidencyError.__subclasses__())
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error.__module__.startswith("residency.") and error.__module__ != "residency.errors":
            found.append(error)
    return found


def _act(act: Act) -> str:
    function = function_of(act.name)
    request = get_type_hints(function)["ask"]
    title = f"`residency {act.name.replace('.', ' ')}`" if act.group not in SILENT else f"`{act.name}` (no command)"
    out = [f"## {title}\n\n{act.summary} Group `{act.group}`, function `{act.function}`.\n\n"]
    if request.model_fields:
        out.append("| field | type | default | meaning |\n|---|---|---|---|\n")
        out += [_field(name, field) for name, field in request.model_fields.items()]
        out.append("\n")
    return "".join(out)


def _settings(model: Any, above: str) -> list[str]:
    rows = []
    for name, field in model.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            rows += _settings(field.annotation, f"{above}{name}.")
        else:
            rows.append(_field(f"{above}{name}", field))
    return rows


def _field(name: str, field: Any) -> str:
    default = "required" if field.is_required() else f"`{field.get_default(call_default_factory=True)!r}`"
    cells = (f"`{name}`", f"`{_type(field.annotation)}`", default, " ".join((field.description or "").split()))
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _type(annotation: Any) -> str:
    text = (
        annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else str(annotation)
    )
    for noise in ("typing.", "pathlib._local.", "pathlib.", "pydantic.types.", "datetime."):
        text = text.replace(noise, "")
    return text


def _line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def _head(title: str, says: str) -> str:
    return f"# {title}\n\n*Generated from the code by `make reference`; do not edit.* {says}\n\n"


if __name__ == "__main__":
    sys.exit(main())
