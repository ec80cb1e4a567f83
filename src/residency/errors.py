"""The tree of errors, by who must act.

Six families, and no seventh. A leaf error lives beside the code that raises it and inherits from one of these, so
that the exit code of a command (and, later, the status of a response) follows from the family alone.

    raise SplitLeak("12 subjects are in both train and test of liver-ct.", remedy="Split by subject.")

A message names the thing and the reason; the remedy says what to do. Neither ever holds a value of a patient. Not here:
the leaves.
"""

from typing import ClassVar


class ResidencyError(Exception):
    """Root of all errors that a user may see."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    @property
    def code(self) -> str:
        """Name of the error as documented in docs/errors.md."""
        return type(self).__name__

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadInput(ResidencyError):
    """The caller must change what was asked."""

    exit_code = 2


class Refused(ResidencyError):
    """A policy said no; `gates` lists every gate that failed, not only the first."""

    exit_code = 3

    def __init__(self, message: str, *, remedy: str = "", gates: tuple[str, ...] = ()) -> None:
        super().__init__(message, remedy=remedy)
        self.gates = gates


class Missing(ResidencyError):
    """The thing asked for is not here."""

    exit_code = 4


class Conflict(ResidencyError):
    """Someone else was faster, or the state does not allow it: look again, then try again."""

    exit_code = 5


class Unavailable(ResidencyError):
    """Something outside is not there just now (disk, database, server, key): wait or mend it."""

    exit_code = 6


class Broken(ResidencyError):
    """Integrity is lost: stop, and wake someone."""

    exit_code = 7
