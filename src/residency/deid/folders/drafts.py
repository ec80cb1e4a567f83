"""Files that were cleaned and wait, until all are, for their places in the output.

    drafts = Drafts(target)
    room = drafts.room(key)                    a folder of its own for one unit, empty
    room.stream() as file                      for what is too large for memory: file.path is given as its output
    kept = room.keep(result)                   the bytes of a result written; the result without them
    drafts.are_whole(kept)                     after an interruption: they are what was written

A disk that is full or broken is no fault of the unit: FolderUnusable ends the call. Not here: the places (`output`).
"""

import hashlib
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from residency.deid.folders.outcome import Draft, Kept, Result
from residency.deid.folders.unfinished import FOLDER
from residency.errors import Unavailable


class FolderUnusable(Unavailable):
    """The disk or its permissions do not let a file be read or written."""


def unusable(error: OSError) -> FolderUnusable:
    """What the system said, without the path that it names, which may hold a patient's name."""
    why = f"A file can no longer be read or written ({error.strerror})."
    return FolderUnusable(why, remedy="Check disk and permissions, then repeat with --resume.")


class Drafts:
    """All drafts of a call."""

    def __init__(self, target: Path) -> None:
        self.folder = target / FOLDER / "drafts"

    def room(self, key: str) -> "Room":
        """The drafts of one unit, of which there are none yet."""
        folder = self.folder / key
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        except OSError as error:
            raise unusable(error) from None
        return Room(folder)

    def drop(self, key: str) -> None:
        """Throw away what a unit left."""
        shutil.rmtree(self.folder / key, ignore_errors=True)

    def sweep(self, done: set[str]) -> None:
        """Throw away what belongs to no unit that is done."""
        with suppress(FileNotFoundError):
            for folder in list(self.folder.iterdir()):
                if folder.name not in done:
                    shutil.rmtree(folder, ignore_errors=True)

    def are_whole(self, kept: Iterable[Kept]) -> bool:
        """Whether every draft is there as it was written."""
        return all(self._is_whole(draft) for one in kept for draft in one.drafts)

    def _is_whole(self, draft: Draft) -> bool:
        try:
            with (self.folder / draft.place).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == draft.digest
        except OSError:
            return False


class Stream:
    """A draft that is written piece by piece."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: BinaryIO = path.open("wb")
        except OSError as error:
            raise unusable(error) from None

    def write(self, data: bytes) -> int:
        """Raises FolderUnusable where the disk refuses."""
        try:
            return self._file.write(data)
        except OSError as error:
            raise unusable(error) from None

    def close(self) -> None:
        """What is in memory goes to the disk, or FolderUnusable."""
        try:
            self._file.close()
        except OSError as error:
            raise unusable(error) from None


class Room:
    """The drafts of one unit, by number."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def stream(self) -> Stream:
        """A new draft to be written piece by piece."""
        return Stream(self._new())

    def keep(self, result: Result) -> Kept:
        """Write what is not written; what is held back leaves nothing."""
        if result.quarantine is not None:
            return Kept(replace(result, outputs=()))
        try:
            drafts = tuple(self._kept(name, said) for name, said in result.outputs)
        except OSError as error:
            raise unusable(error) from None
        return Kept(replace(result, outputs=()), drafts)

    def _kept(self, name: str, said: bytes | Path) -> Draft:
        if isinstance(said, Path):
            with said.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Draft(name, f"{self._folder.name}/{said.name}", said.stat().st_size, digest)
        path = self._new()
        path.write_bytes(said)
        return Draft(name, f"{self._folder.name}/{path.name}", len(said), hashlib.sha256(said).hexdigest())

    def _new(self) -> Path:
        self._count += 1
        return self._folder / f"{self._count}"
