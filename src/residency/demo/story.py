"""What the report of a tour is made of: plain values, filled by the tour, drawn by `report`.

    story = Story(title="…", chapters=(Chapter("A protocol", 6.1, ("The board approved it.",)),), …)
    write_report(Path("report.html"), story)

Nothing here is computed or read from a site: what the report says, somebody saw. Where a value is None or empty, its
part of the report says that it was not done, and is not left out. Not here: how it looks (`report`, `graph`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from residency.evaluate.evaluation import Evaluation


@dataclass(frozen=True)
class Chapter:
    """A chapter as it went: what was done, and in how many seconds."""

    name: str
    seconds: float
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    """What became of the files of one source at one step: received = the sum of `parts`, word → number of files."""

    name: str
    step: str
    received: int
    parts: Mapping[str, int]


@dataclass(frozen=True)
class Held:
    """A group that was held back: its reason, and what was decided with which note."""

    code: str
    says: str
    files: int
    decision: str
    note: str = ""


@dataclass(frozen=True)
class Letter:
    """One of the eighteen identifiers of Safe Harbor: what was done about it, and whether that meets the letter."""

    name: str
    of: str
    done: str
    met: bool


@dataclass(frozen=True)
class Examined:
    """What cleaning found of planted identifiers in one source; `low` is the lower end of the 95 % interval."""

    name: str
    found: int
    of: int
    low: float

    @property
    def at_least(self) -> str:
        """The lower end in per cent, never rounded up."""
        return f"{math.floor(1000 * self.low) / 10:.1f} %"


@dataclass(frozen=True)
class Refused:
    """Somebody who was refused: every gate with what it says, and what would help."""

    who: str
    what: str
    gates: tuple[tuple[str, str], ...]
    says: str
    remedy: str


@dataclass(frozen=True)
class Training:
    """A run: what it was, when it was killed, and the replay that proved it. `curve` is a PNG."""

    sentences: tuple[str, ...]
    facts: Mapping[str, str]
    curve: bytes | None
    killed_at: int | None
    resumed_from: int | None
    back_after_seconds: float | None
    replayed: tuple[int, int] | None
    bit_equal: bool
    weights: str
    environment: Mapping[str, str]
    stopped_in_seconds: float | None


@dataclass(frozen=True)
class Link:
    """One record was made of another; each is named by its kind and identifier, as `residency lineage` prints them."""

    made: str
    of: str


@dataclass(frozen=True)
class Answer:
    """One check of the verifier: it holds (True), fails (False), or is something to know (None)."""

    name: str
    passed: bool | None
    says: str


@dataclass(frozen=True)
class Verification:
    """What `residency verify` said of the bundle, and of a copy in which `changed` was done."""

    answers: tuple[Answer, ...]
    cannot_prove: tuple[str, ...]
    changed: str
    found: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """One tour.

    `caveats` hold for all results (anatomies, labels); `expert` says who vouched for de-identification, and that the
    expert is invented; `figures` are those of the evaluation by name, as PNG; `search` tells of the search for planted
    identifiers; `head` is the signed head of the log, with which a page that left the house shows a later rollback;
    `paths` are what a visitor takes away, by what it is; `check` is the command that checks the bundle.
    """

    title: str
    made_at: str
    lead: str
    caveats: tuple[str, ...]
    expert: str
    chapters: tuple[Chapter, ...]
    counted: tuple[Counted, ...]
    held: tuple[Held, ...]
    letters: tuple[Letter, ...]
    exams: tuple[Examined, ...]
    refusals: tuple[Refused, ...]
    training: Training | None
    evaluation: Evaluation | None
    figures: Mapping[str, bytes]
    signature: str
    lineage: tuple[Link, ...]
    verification: Verification | None
    search: str
    head: str
    paths: Mapping[str, Path]
    check: str
