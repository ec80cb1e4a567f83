"""What became of one file of a folder, or of the files of one series; no value of anybody.

Not here: the report of a whole folder (`told`), where drafts lie (`drafts`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from residency.deid.dicom.series import SeriesResult
from residency.deid.reason import Reason


@dataclass(frozen=True, slots=True)
class Result:
    """`files` of one kind that share a fate; `records` are those held back out of a file that goes on, by code.

    `outputs` are places in the output with their bytes, or with the draft that holds them; `series` says more of a
    series of images.
    """

    kind: str
    files: int
    counts: Counter = field(default_factory=Counter)
    records: Counter = field(default_factory=Counter)
    quarantine: Reason | None = None
    outputs: Sequence[tuple[str, bytes | Path]] = field(repr=False, default=())
    series: SeriesResult | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that waits for its place in the output: its name there, where it lies, its size and SHA-256."""

    name: str = field(repr=False)
    place: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A result whose bytes lie in drafts."""

    result: Result
    drafts: tuple[Draft, ...] = ()
