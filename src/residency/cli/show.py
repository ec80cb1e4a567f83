"""How records and progress look in a terminal: a table for lists, fields for one record, JSON when asked.

Not here: what is shown; an act returns it.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from pydantic import BaseModel
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from residency.kernel.record import Record
from residency.observe.progress import Show

_IDENTIFIER = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-z]{20,}")
_WIDEST_WORD = 14
_QUIET = {"wrapped", "sealed", "salt", "memory_kib"}


def record(shown: Any, *, as_json: bool, out: TextIO) -> None:
    """Print what an act returned."""
    if shown is None:
        return
    body = _body(shown)
    if as_json:
        out.write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
        return
    console = Console(file=out, highlight=False)
    for key, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            console.print(_table(key, value))
        elif value not in (None, "", [], {}):
            console.print(f"[bold]{key:<16}[/bold] ", _plain(value), sep="", markup=True)


@contextmanager
def progress(console: Console) -> Iterator[Show]:
    """A bar with rate and time left while a person is watching; silence otherwise."""
    if not console.is_terminal:
        yield lambda what, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done, total=total)

        yield show


class _Rate(ProgressColumn):
    """How much a second."""

    def render(self, task: Task) -> str:
        return "" if task.speed is None else f"{task.speed:.3g}/s"


def _body(shown: Any) -> dict[str, Any]:
    body = shown.body() | {"digest": shown.digest()} if isinstance(shown, Record) else shown.model_dump(mode="json")
    return {key: value for key, value in body.items() if key not in _QUIET}


def _table(title: str, rows: list[dict[str, Any]]) -> Table:
    names = list(dict.fromkeys(key for row in rows for key in row))
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for name in names:
        # An identifier that is broken over two lines cannot be copied into the next command.
        whole = any(_IDENTIFIER.fullmatch(str(row.get(name, ""))) for row in rows)
        words = [word for row in rows for word in _plain(row.get(name, "")).split()]
        least = min(max(map(len, [name, *words])), _WIDEST_WORD)
        table.add_column(name, overflow="fold", no_wrap=whole, min_width=None if whole else least)
    for row in rows:
        table.add_row(*(_plain(row.get(name, "")) for name in names))
    return table


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items() if inner not in (None, "", [], {}))
    if isinstance(value, list | tuple):
        return ", ".join(_plain(inner) for inner in value)
    if isinstance(value, float):
        # As many digits as can be read; --json gives all.
        return f"{value:.6g}"
    return value.model_dump_json() if isinstance(value, BaseModel) else str(value)
