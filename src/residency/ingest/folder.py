"""What lies in a folder: every entry once, in one order, none followed out of it.

    for found in walk(Path("incoming/ct"), labels=Path("incoming/labels"), apart=Path("incoming/subjects.csv")): …
    data = read(found)                 # raises SourceChanged if it is no longer what was walked

Entries are numbered in the order of their paths' bytes, apart in the folder and among the label maps; people and
messages name files by these numbers, because a path in a hospital's export may hold a patient's name. What is no
regular file (a link, a pipe) is listed, never opened. Not here: what the bytes mean (`dicom`, `labels`).
"""

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from residency.errors import BadInput, Conflict, Missing, Unavailable


class SourceMissing(Missing):
    """There is no folder where the request says."""


class SourceEmpty(BadInput):
    """The folder holds no file."""


class SourceUnreadable(Unavailable):
    """A folder or a file is there, but this user may not read it, or the disk does not answer."""


class SourceChanged(Conflict):
    """A file changed while it was taken in."""


@dataclass(frozen=True, slots=True)
class Found:
    """One entry. `name` is its path below the folder: it stays in memory and is never written or shown."""

    path: Path
    name: str
    role: Literal["image", "label"]
    regular: bool
    size: int
    changed: int
    number: int = 0

    def __repr__(self) -> str:
        return f"Found({self.role} {self.number})"


def walk(folder: Path, *, labels: Path | None = None, apart: Path | None = None, name: str = "given") -> list[Found]:
    """Every entry below the folders but `apart`; raises SourceMissing, SourceEmpty, SourceUnreadable.

    `name` is what messages call the source: its path may hold a patient's name.
    """
    for path, what in ((folder, "folder"), (labels, "folder of label maps")):
        if path is not None and not path.is_dir():
            raise SourceMissing(f"The {what} of source {name} is not there.", remedy="Give the path of a folder.")
    left_out = {apart.resolve()} if apart else set()
    maps = _numbered(_below(labels, "label", left_out)) if labels else []
    left_out |= {found.path.resolve() for found in maps if found.regular}
    images = _numbered(_below(folder, "image", left_out))
    if not images and not maps:
        raise SourceEmpty(f"The folder of source {name} holds no file.", remedy="Give the folder of the export.")
    return images + maps


def read(found: Found) -> bytes:
    """The bytes of a regular entry; raises SourceChanged, SourceUnreadable."""
    try:
        with found.path.open("rb") as file:
            data, now = file.read(), os.fstat(file.fileno())
    except FileNotFoundError as error:
        raise _changed() from error
    except OSError as error:
        raise SourceUnreadable(
            f"A file of the source cannot be read: {error.strerror}.", remedy="Check the disk and its permissions."
        ) from error
    if (len(data), now.st_mtime_ns) != (found.size, found.changed):
        raise _changed()
    return data


def _changed() -> SourceChanged:
    return SourceChanged(
        "A file of the source changed while it was read.", remedy="Wait until the export is complete, then repeat."
    )


def _below(folder: Path, role: Literal["image", "label"], left_out: set[Path]) -> Iterable[Found]:
    waiting = [folder.resolve()]
    root = waiting[0]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError as error:
            raise SourceUnreadable(
                f"A folder of the source cannot be listed: {error.strerror}.",
                remedy="Let this user read all of it: what cannot be listed cannot be counted.",
            ) from error
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif path not in left_out:
                yield _found(path, path.relative_to(root).as_posix(), role)


def _found(path: Path, name: str, role: Literal["image", "label"]) -> Found:
    try:
        now = path.lstat()
    except OSError as error:
        raise _changed() from error
    return Found(path, name, role, stat.S_ISREG(now.st_mode), now.st_size, now.st_mtime_ns)


def _numbered(found: Iterable[Found]) -> list[Found]:
    ordered = sorted(found, key=lambda one: os.fsencode(one.name))
    return [replace(one, number=number) for number, one in enumerate(ordered, 1)]
