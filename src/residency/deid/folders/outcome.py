"""What became of one file of a folder, or of the files of one series; no value of anybody.

Not here: the report of a whole folder (`clean`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from residency.deid.reason import Reason


@dataclass(frozen=True, slots=True)
class Result:
    """`files` of one kind that share a fate; `records` are those held back out of a file that goes on, by code.

    `outputs` are places in the output with what is to be written there; nothing is where that stands already.
    """

    kind: str
    files: int
    counts: Counter = field(default_factory=Counter)
    records: Counter = field(default_factory=Counter)
    quarantine: Reason | None = None
    outputs: Sequence[tuple[str, bytes | None]] = field(repr=False, default=())
