"""What a planter gives: a copy of a file in memory, and which identifiers of nobody stand where in it.

    sown = Sown(name, data, (Seed("name", "header line", ("Kurab", "Odefi")),))
    path = copied(Path("in/notes/a.txt"), sown)          a path whose bytes lie in memory, never on a disk

Not here: what is planted where (`in_notes`, `in_tables`, `in_genomes`).
"""

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PosixPath
from typing import Any

from residency.deid.exam.stranger import Stranger, parts


@dataclass(frozen=True, slots=True)
class Seed:
    """One identifier at one kind of place; `words` are those of which none may be seen afterwards."""

    kind: str
    place: str
    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sown:
    """A copy of a file under the name that it has now."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)
    seeds: tuple[Seed, ...]


Planter = Callable[[str, bytes, random.Random], Sown | None]
"""The name of a file, its bytes → the planted copy; None where the planter cannot read it."""


class Copy(PosixPath):
    """A path that no disk has: it is opened as one is, and reads from memory."""

    data: bytes = b""

    def open(self, *_: Any, **__: Any) -> Any:
        """To be read as bytes."""
        return io.BytesIO(self.data)

    def read_bytes(self) -> bytes:
        """All of it."""
        return self.data


def copied(path: Path, sown: Sown) -> Path:
    """The copy, in the folder of the original."""
    copy = Copy(path.with_name(sown.name))
    copy.data = sown.data
    return copy


def spoken(name: str) -> str:
    """A name as people write it, its given part first."""
    return " ".join(reversed(parts(name)[:2]))


def mail_of(who: Stranger) -> str:
    """An address of a domain that can never be anybody's (RFC 2606)."""
    return f"{who.family.lower()}.{who.number[-4:].lower()}@{parts(who.institution)[0].lower()}.example"
