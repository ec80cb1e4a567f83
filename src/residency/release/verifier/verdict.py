"""What a verification says, as values and as a page of plain text.

    print(page(verdict))            for a person
    json.dumps(as_json(verdict))    for a program

Refuses nothing. Not here: the checks.
"""

import textwrap
from dataclasses import asdict, dataclass
from typing import Any

WIDTH = 100
_MARKS = {True: "holds", False: "FAILS", None: "note"}


@dataclass(frozen=True)
class Check:
    """One question and its answer. `passed` is None where there is something to know, but no rule is broken."""

    name: str
    passed: bool | None
    says: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Damage:
    """A place in the file whose bytes are not those that were signed.

    `offset` counts from the start of the file; `field` is a header field, a JSON pointer, or a block of 64 KiB.
    """

    member: str
    offset: int
    field: str
    says: str


@dataclass(frozen=True)
class Verdict:
    """Everything that a verification found."""

    path: str
    size: int
    site: str
    checks: tuple[Check, ...]
    damages: tuple[Damage, ...]
    cannot_prove: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed is not False for check in self.checks)


def page(verdict: Verdict) -> str:
    """The verdict for a reader."""
    lines = ["Residency bundle", f"  file   {verdict.path}, {verdict.size:,} bytes", f"  site   {verdict.site}", ""]
    lines.append("What was checked")
    for check in verdict.checks:
        lines += _entry(_MARKS[check.passed], f"{check.name}: {check.says}")
        lines += [line for item in check.evidence for line in _wrapped("           - ", item)]
    if verdict.cannot_prove:
        lines += ["", "What this file cannot prove"]
        lines += [line for sentence in verdict.cannot_prove for line in _wrapped("  - ", sentence)]
    return "\n".join([*lines, "", "Result", *_wrapped("  ", _result(verdict)), ""])


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict for a program."""
    return {"passed": verdict.passed, **asdict(verdict)}


def _entry(mark: str, text: str) -> list[str]:
    return _wrapped(f"  {mark:<6} ", text)


def _wrapped(lead: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead), break_long_words=False
    ) or [lead]


def _result(verdict: Verdict) -> str:
    failed = sum(check.passed is False for check in verdict.checks)
    noted = sum(check.passed is None for check in verdict.checks)
    notes = f" {noted} to note." if noted else ""
    if failed:
        return f"DO NOT RELY ON THIS BUNDLE: {failed} of {len(verdict.checks)} checks fail.{notes}"
    return f"Every check holds ({len(verdict.checks) - noted}).{notes} Read what cannot be proven before relying on it."
