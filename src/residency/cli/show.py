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
from rich.text import Text

from residency.kernel.record import Record
from residency.observe.progress import Show

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z")
_WHOLE = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-z]{20,}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")
_WIDEST_WORD, _BETWEEN = 17, 3
_QUIET = {"wrapped", "sealed", "salt", "memory_kib"}


def record(shown: Any, *, as_json: bool, out: TextIO) -> None:
    """Print what an act returned."""
    if shown is None:
        return
    body = _body(shown)
    if as_json:
        out.write(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
        return
    console, columns = Console(file=out, highlight=False, markup=False), body.pop("columns", [])
    for key, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            _rows(console, key, value, columns)
        elif value not in (None, "", [], {}):
            console.print(Text(f"{key:<16}  ", "bold"), _plain(value), sep="")


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


def _rows(console: Console, title: str, rows: list[dict[str, Any]], columns: list[str]) -> None:
    """A table; where the window is too narrow for one, a block of lines for each row: nothing is cut off."""
    names = columns or list(dict.fromkeys(key for row in rows for key in row))
    cells = {name: [_plain(row.get(name, "")) for row in rows] for name in names}
    # An identifier or a time that is broken over two lines cannot be copied into the next command.
    whole = {name: any(map(_WHOLE.fullmatch, cells[name])) for name in names}
    longest = {name: max(len(word) for cell in [name, *cells[name]] for word in cell.split() or [""]) for name in names}
    least = {name: max(map(len, cells[name])) if whole[name] else min(longest[name], _WIDEST_WORD) for name in names}
    if sum(least.values()) + _BETWEEN * (len(names) - 1) > console.width:
        console.print(Text(title, "bold"))
        for row in zip(*cells.values(), strict=True):
            console.print()
            for name, cell in zip(names, row, strict=True):
                if cell:
                    console.print(Text(f"  {name:<16}", "dim"), cell, soft_wrap=True)
        return
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold", no_wrap=whole[name], min_width=least[name])
    for row in zip(*cells.values(), strict=True):
        table.add_row(*row)
    console.print(table)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items() if inner not in (None, "", [], {}))
    if isinstance(value, list | tuple):
        return ", ".join(_plain(inner) for inner in value)
    if isinstance(value, float):
        # As many digits as can be read; --json gives all.
        return f"{value:.6g}"
    if isinstance(value, str):
        return _TIME.sub(r"\1 \2Z", value)  # to the second; --json gives all
    return value.model_dump_json() if isinstance(value, BaseModel) else str(value)
