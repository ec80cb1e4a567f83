"""Objects: named, write-once bytes; a directory is the first place that keeps them.

    store = DirectoryStore(Path("/srv/residency/objects"))
    store.put("intake/obj-01k…", [b"…"])          # visible whole, or not at all
    store.read("intake/obj-01k…", offset=64, length=16)

A name is written once: what changes gets a new name. A put is a temporary file, fsync, rename, fsync of the
directory; a kill at any instant leaves either no object or a whole one, and the temporary file is swept at the next
start. Not here: encryption (`store.sealed`) — this module never sees a key, so it may be somebody else's disk.
"""

import errno
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from residency.errors import BadInput, Broken, Conflict, Missing, Unavailable

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9_][a-zA-Z0-9._-]*)*")
_TEMPORARY = ".tmp"


class NameRefused(BadInput):
    """The name could leave the store or collide on some file system."""


class NameTaken(Conflict):
    """Objects are written once."""


class ObjectMissing(Missing):
    """No object of this name is here."""


class ObjectShort(Broken):
    """An object ends before its own length."""


class StoreUnavailable(Unavailable):
    """The place that keeps the objects does not answer as it should."""


@dataclass(frozen=True)
class Stored:
    """What a place says of an object: its name and its length in bytes."""

    name: str
    size: int


class ObjectWriter(Protocol):
    """An object on its way in: nothing is visible before `commit`."""

    def write(self, data: bytes | memoryview, /) -> int: ...
    def commit(self) -> Stored: ...
    def discard(self) -> None: ...


class ObjectStore(Protocol):
    """Write-once objects by name."""

    def create(self, name: str) -> ObjectWriter:
        """Begin an object; raises NameTaken if it exists already."""
        ...

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Write a whole object."""
        ...

    def size(self, name: str) -> int:
        """Length in bytes; raises ObjectMissing."""
        ...

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object; raises ObjectMissing, and ObjectShort where it ends before the range."""
        ...

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        ...

    def delete(self, name: str) -> None:
        """Remove an object; one that is not here is no error."""
        ...

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        ...


class DirectoryStore:
    """Objects as files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / _TEMPORARY
        with _os_errors("open", str(root)):
            self._temporary.mkdir(parents=True, exist_ok=True)

    def create(self, name: str) -> "_FileWriter":
        """Begin an object; raises NameTaken if it exists already."""
        path = self._path(name)
        if path.exists():
            raise _taken(name)
        with _os_errors("write", name):
            return _FileWriter(name, path, self._temporary)

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        """Write a whole object."""
        writer = self.create(name)
        try:
            for chunk in chunks:
                writer.write(chunk)
            return writer.commit()
        except BaseException:
            writer.discard()
            raise

    def size(self, name: str) -> int:
        """Length in bytes; raises ObjectMissing."""
        with _os_errors("read", name):
            if self._path(name).is_dir():
                raise IsADirectoryError(name)
            return self._path(name).stat().st_size

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object; raises ObjectMissing, and ObjectShort where it ends before the range."""
        with _os_errors("read", name), self._path(name).open("rb") as file:
            wanted = os.fstat(file.fileno()).st_size - offset if length is None else length
            file.seek(offset)
            data = file.read(max(wanted, 0))
        if len(data) != wanted:
            raise ObjectShort(
                f"Object {name} ends at byte {offset + len(data)}, not at {offset + wanted}.",
                remedy="Restore it from a backup; what depends on it is named by 'residency lineage'.",
            )
        return data

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        return self._path(name).is_file()

    def delete(self, name: str) -> None:
        """Remove an object; one that is not here is no error."""
        with _os_errors("delete", name):
            self._path(name).unlink(missing_ok=True)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        for path in sorted(self._root.rglob("*")):
            name = path.relative_to(self._root).as_posix()
            if path.is_file() and not name.startswith(_TEMPORARY) and name.startswith(prefix):
                yield name

    def sweep(self) -> int:
        """Remove what writers that are dead left half-written, as far as this user may; returns how many files."""
        swept = 0
        for path in self._temporary.iterdir():
            if not _alive(path.name.partition(".")[0]):
                with suppress(PermissionError):
                    path.unlink(missing_ok=True)
                    swept += 1
        return swept

    def _path(self, name: str) -> Path:
        return self._root / checked_name(name)


class _FileWriter:
    """A temporary file that becomes the object when it is committed."""

    def __init__(self, name: str, path: Path, temporary: Path) -> None:
        self._name, self._path, self._size = name, path, 0
        # The writer's process id is in the name, so that a sweep can tell the living from the dead.
        self._draft = temporary / f"{os.getpid()}.{os.urandom(8).hex()}"
        self._file = self._draft.open("xb")

    def write(self, data: bytes | memoryview, /) -> int:
        with _os_errors("write", self._name):
            self._size += self._file.write(data)
        return len(data)

    def commit(self) -> Stored:
        with _os_errors("write", self._name):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            make_folder(self._path.parent)
            self._publish()
            sync_folder(self._path.parent)
        return Stored(self._name, self._size)

    def discard(self) -> None:
        # Closing flushes, and on a full disk that fails again: the file goes all the same.
        try:
            self._file.close()
        except OSError:
            pass
        finally:
            self._draft.unlink(missing_ok=True)

    def _publish(self) -> None:
        # A link, unlike a rename, does not replace what another writer committed under this name meanwhile.
        try:
            os.link(self._draft, self._path)
        except FileExistsError as error:
            raise _taken(self._name) from error
        self._draft.unlink()


def checked_name(name: str) -> str:
    """The name, if it can name an object in every store; raises NameRefused."""
    if not _NAME.fullmatch(name):
        raise NameRefused(f"'{name}' cannot name an object.", remedy="Use lower-case letters, digits, . _ - and /.")
    return name


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a small file so that a reader, or a crash, sees the old bytes or the new ones."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with _os_errors("write", path.name):
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and its parents so that each survives a power cut; raises StoreUnavailable."""
    with _os_errors("make", folder.name):
        if not folder.is_dir():
            make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _taken(name: str) -> NameTaken:
    return NameTaken(f"An object named {name} exists already.", remedy="Objects are never overwritten.")


@contextmanager
def _os_errors(verb: str, name: str) -> Iterator[None]:
    """Name what the operating system refused."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ObjectMissing(f"There is no object named {name}.", remedy="Check the place of the store.") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreUnavailable(
                f"The disk is full: cannot {verb} {name}.", remedy="Free space, then repeat."
            ) from error
        reason = error.strerror or type(error).__name__
        raise StoreUnavailable(
            f"Cannot {verb} {name}: {reason}.", remedy="Check the disk and its permissions."
        ) from error
