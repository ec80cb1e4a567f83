"""Why a file of genomics is held back: one error with a reason, raised anywhere in the pass and caught by `scrub`.

    raise GenomeTruncated("The file ends before its last block.")

No sentence names a sample, a read or a value. Not here: what becomes of a file that is held (`deid.holding`).
"""

from residency.deid.reason import Code, Reason
from residency.errors import BadInput


class GenomeHeld(BadInput):
    """A file of genomics that may not go out; the reason says why."""

    def __init__(self, code: Code, sentence: str, *, remedy: str = "") -> None:
        super().__init__(sentence, remedy=remedy)
        self.reason = Reason(code=code, sentence=f"{sentence} {remedy}".strip())


class GenomeUnreadable(GenomeHeld):
    """The bytes are not what the format allows."""

    def __init__(self, sentence: str, *, remedy: str = "") -> None:
        super().__init__("UNREADABLE", sentence, remedy=remedy)


class GenomeTruncated(GenomeUnreadable):
    """The file ends before its end."""

    def __init__(self, sentence: str = "The file ends before its end.") -> None:
        super().__init__(sentence, remedy="Copy it again from where it was made.")
