"""A folder on its way out: written beside its place, hashed as it is written, put there whole or not at all.

    place = checked_place(Path("to-vienna"), apart=site.folder)     # before anything is opened
    with outlet(place) as folder:
        folder.put("subjects.csv", b"…")                            # folder.files: path, length, sha256
        folder.settle()                                             # the sums beside it, and all of it on the disk
        folder.publish()                                            # the rename: from now on it is there

What is unfinished stands in `to-vienna.partial`, which nobody can take for the whole. A block that ends in an error
removes it, and what a kill left is removed by the next call; one that is still being written is left alone. Not here:
what is written and who may (the acts that hand something out).
"""

import errno
import fcntl
import hashlib
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from residency.errors import BadInput, Conflict, Unavailable
from residency.kernel.record import Part
from residency.store.files import sync_folder

SUMS = "SHA256SUMS"
_MARK = ".residency-partial"
"""Tells a folder of ours from somebody else's; the lock on it tells the living from the dead."""


class ExportTaken(Conflict):
    """What is exported goes into a new or empty folder."""


class ExportUnderway(Conflict):
    """Another process is writing an export to the same place."""


class ExportInside(BadInput):
    """An export leaves the site: its folder cannot be a part of it."""


class ExportUnwritable(Unavailable):
    """The place that is to take the export does not take it."""


class Written(Part):
    """A file that was written: its path below the folder, its length in bytes, its SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


def checked_place(out: Path, *, apart: Path) -> Path:
    """The absolute path of a folder that could be made, as far as can be seen without writing.

    Raises ExportTaken, ExportInside, ExportUnwritable.
    """
    # Unlike those of Path, the questions of os.path never raise.
    above = Path(os.path.realpath(out.absolute().parent))
    place = above / out.absolute().name
    if place.is_relative_to(os.path.realpath(apart)):
        raise ExportInside(f"{place} lies inside the site.", remedy="Name a folder outside of it.")
    if os.path.lexists(place) and not _empty(place):
        raise ExportTaken(f"{place} is there already, and not an empty folder.", remedy="Name a new folder.")
    if not os.path.isdir(above):
        raise ExportUnwritable(f"There is no folder {above} to write the export in.", remedy="Make it first.")
    if not os.access(above, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise ExportUnwritable(f"Nothing may be written in {above}.", remedy="Name another folder.")
    return place


@contextmanager
def outlet(place: Path) -> Iterator["Outlet"]:
    """A folder to fill; whatever breaks the block off before `publish`, nothing of it stays.

    Raises ExportTaken, ExportUnderway, ExportUnwritable.
    """
    partial = place.with_name(f"{place.name}.partial")
    try:
        with _begun(partial):
            folder = Outlet(place, partial)
            try:
                yield folder
            finally:
                if not folder.published:
                    shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else error.strerror or type(error).__name__
        raise ExportUnwritable(
            f"The export cannot be written to {place}: {why}.", remedy="Make room, or name another folder; then repeat."
        ) from error


class Outlet:
    """The folder while it is written; `files` are those that are complete."""

    def __init__(self, place: Path, partial: Path) -> None:
        self.files: list[Written] = []
        self.published = False
        self._place, self._partial = place, partial

    @contextmanager
    def file(self, path: str, *, mode: int = 0o666) -> Iterator[BinaryIO]:
        """A new file below the folder, to write from its beginning to its end; `mode` is narrowed by the umask."""
        target = self._partial / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as raw:
            hashing = _Hashing(raw)
            yield hashing  # type: ignore[misc]
        self.files.append(Written(path=path, bytes=hashing.size, sha256=hashing.sha256.hexdigest()))

    def put(self, path: str, data: bytes, *, mode: int = 0o666) -> Written:
        """Write a whole file."""
        with self.file(path, mode=mode) as file:
            file.write(data)
        return self.files[-1]

    def settle(self) -> None:
        """Write the sums of all files, as `sha256sum -c` reads them, and wait until all of it is on the disk."""
        lines = [f"{file.sha256}  {file.path}\n" for file in sorted(self.files, key=lambda file: file.path)]
        self.put(SUMS, "".join(lines).encode())
        self.sync()

    def sync(self) -> None:
        """Wait until all files are on the disk."""
        folders = {self._partial}
        for path in (self._partial / file.path for file in self.files):
            _sync_file(path)
            folders |= {above for above in path.parents if above.is_relative_to(self._partial)}
        for folder in folders:
            sync_folder(folder)

    def publish(self) -> None:
        """Put the folder in its place; raises ExportTaken if something came there meanwhile."""
        try:
            self._partial.rename(self._place)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise ExportTaken(f"{self._place} was filled meanwhile.", remedy="Name a new folder.") from error
            raise
        self.published = True
        # Removed last: were it gone before the rename, a kill in between would leave what no later call knows as ours.
        (self._place / _MARK).unlink()
        sync_folder(self._place)
        sync_folder(self._place.parent)


class _Hashing(io.RawIOBase):
    """Passes bytes on to a file and hashes them; a file's own methods are not needed by those who write here."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self.sha256, self.size = raw, hashlib.sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | memoryview, /) -> int:  # type: ignore[override]
        view = memoryview(data).cast("B")
        self._raw.write(view)
        self.sha256.update(view)
        self.size += len(view)
        return len(view)


def _empty(place: Path) -> bool:
    """Whether this is a folder, and no link to one, with nothing in it that could be seen."""
    if os.path.islink(place) or not os.path.isdir(place):
        return False
    try:
        return not os.listdir(place)
    except OSError:
        return False


@contextmanager
def _begun(partial: Path) -> Iterator[None]:
    """A fresh folder with a mark that is locked as long as the block lasts."""
    _clear(partial)
    try:
        partial.mkdir(mode=0o700)
    except FileExistsError as error:
        raise _underway(partial) from error
    with (partial / _MARK).open("xb") as mark:
        _lock(mark, partial)
        yield


def _clear(partial: Path) -> None:
    """Remove what a dead process of ours left; raises ExportUnderway, ExportTaken."""
    if not os.path.lexists(partial):
        return
    if not _empty(partial) and (os.path.islink(partial) or not os.path.isfile(partial / _MARK)):
        raise ExportTaken(
            f"{partial} is in the way, and no export left it there.", remedy="Move it, or name another folder."
        )
    with suppress(FileNotFoundError), (partial / _MARK).open("r+b") as mark:
        _lock(mark, partial)
    shutil.rmtree(partial)


def _lock(mark: BinaryIO, partial: Path) -> None:
    """Hold the mark of a folder; raises ExportUnderway if somebody does, or put another there in the meantime."""
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine, there = os.fstat(mark.fileno()), (partial / _MARK).stat()
    except (BlockingIOError, FileNotFoundError) as error:
        raise _underway(partial) from error
    if (mine.st_dev, mine.st_ino) != (there.st_dev, there.st_ino):
        raise _underway(partial)


def _underway(partial: Path) -> ExportUnderway:
    return ExportUnderway(f"Another export is being written to {partial}.", remedy="Wait for it, or name another.")


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
