"""The stage: runs the product's own commands as one person or another, and says what happened in plain words.

    stage = Stage(folder, cast, site)
    intake = stage.run("rao", "ingest", "hospital/incoming/ct", "--name", "liver-ct", …)
    refused = stage.refused("NotAllowed", "okoye", "protocol", "approve", "IRB-2026-014", …)
    stage.tell("Nobody approves their own protocol.")

Every command is a process of its own, `python -m residency …`, with the environment of its person and nothing else:
what works here works at a desk. `--json` is added out of sight, so that the report can quote what was said. A step
that ends otherwise than expected raises StepWentWrong. Not here: which steps there are (`scenes`).
"""

import json
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from residency.demo.cast import Person
from residency.errors import Broken
from residency.kernel.clock import stopwatch
from residency.settings import surroundings

LIMIT_SECONDS = 300
WIDTH = 116


class StepWentWrong(Broken):
    """A step of the tour did not end as it should."""


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    who: str
    shown: str
    code: int
    out: str
    err: str
    seconds: float

    @property
    def body(self) -> dict[str, Any]:
        """The record that was printed."""
        return json.loads(self.out) if self.out.strip().startswith("{") else {"text": self.out.strip()}

    @property
    def error(self) -> dict[str, Any]:
        """The error as it was printed: its name, message, remedy and gates."""
        lines = [line for line in self.err.splitlines() if line.startswith('{"error"')]
        return json.loads(lines[-1]) if lines else {"error": "", "message": self.err.strip()[-400:], "gates": []}


@dataclass(frozen=True)
class Refusal:
    """A command that was meant to fail, and did."""

    who: str
    command: str
    error: str
    message: str
    remedy: str
    gates: tuple[str, ...]


@dataclass
class Stage:
    """The folder of the tour, its people, and where to speak."""

    folder: Path
    site: Path
    cast: Mapping[str, Person]
    console: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    refusals: list[Refusal] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    commands: int = 0

    def run(self, who: str, *words: str | Path, quiet: bool = False, code: int = 0) -> dict[str, Any]:
        """Run a command that must end with this code; returns the record it printed. Raises StepWentWrong."""
        said = self.attempt(who, *words, quiet=quiet)
        if said.code != code:
            raise _wrong(said, f"It should have left with {code}.")
        return said.body

    def refused(self, error: str, who: str, *words: str | Path, gates: Sequence[str] = ()) -> Refusal:
        """Run a command that must fail with this error, and with these gates; returns what it said."""
        said = self.attempt(who, *words)
        got = said.error
        missed = set(gates) - set(got["gates"])
        if said.code == 0 or got["error"] != error or missed:
            raise _wrong(said, f"It should have been stopped by {error} {' '.join(sorted(missed))}.")
        text = got["message"].removesuffix(".") + "."
        self.row(f"✗ {got['error']}: {text}", lead="  ")
        if got.get("remedy"):
            self.row(f"→ {got['remedy']}")
        refusal = Refusal(who, said.shown, error, got["message"], got.get("remedy", ""), tuple(got["gates"]))
        self.refusals.append(refusal)
        return refusal

    def attempt(self, who: str, *words: str | Path, quiet: bool = False) -> Said:
        """Run a command, whatever comes of it."""
        typed = [str(word) for word in words]
        shown = shlex.join(["residency", *typed])
        if not quiet:
            self.console.print(f"[dim]{who} $ {escape(shown)}[/dim]")
        command = [
            sys.executable,
            "-m",
            "residency",
            *typed,
            *([] if " ".join(typed).startswith(_NO_JSON) else ["--json"]),
        ]
        began = stopwatch()
        with self._waiting(quiet):
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=surroundings() | self.cast[who].environment(self.site),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=LIMIT_SECONDS,
                check=False,
            )
        self.commands += 1
        return Said(who, shown, done.returncode, done.stdout, done.stderr, stopwatch() - began)

    def chapter(self, number: int, of: int, title: str, so_far: float) -> None:
        """Open a chapter; what is told from now on belongs to it."""
        minutes, seconds = divmod(int(so_far), 60)
        self.console.print(f"\n[bold]{number} of {of}  {escape(title)}[/bold]  [dim]{minutes}:{seconds:02d}[/dim]")
        self.told = []

    def tell(self, text: str) -> None:
        """Say what happened, in whole sentences; they are kept for the report."""
        self.told.append(text)
        self.row(text, lead="  ")

    def row(self, text: str, *, lead: str = "    ") -> None:
        """Show a detail, which the report shows in its own way."""
        width = min(self.console.width, WIDTH) if self.console.is_terminal else WIDTH
        lines = textwrap.wrap(text, width, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False)
        self.console.print(escape("\n".join(lines)))

    def _waiting(self, quiet: bool) -> Any:
        """Something that moves, while a person is watching."""
        return self.console.status("", spinner="dots") if not quiet else _Still()


_NO_JSON = ("sign-in", "site init", "deid folder")


class _Still:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _wrong(said: Said, should: str) -> StepWentWrong:
    tail = "\n".join((said.err.strip() or said.out.strip()).splitlines()[-12:])
    return StepWentWrong(
        f"The tour stops here: '{said.shown}' (as {said.who}) left with code {said.code}. {should}\n{tail}",
        remedy="The folder is left as it is, for a look; --replace starts anew.",
    )
