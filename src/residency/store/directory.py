"""Objects as files below one folder.

    store = DirectoryStore(Path("/srv/residency/objects"))

A put is a temporary file, fsync, link, fsync of the directory; a kill at any instant leaves either no object or a whole
one, and the temporary file is swept at the next start. Not here: other places (`s3`), single files (`files`).
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from residency.store.files import alive, make_folder, os_errors, sync_folder
from residency.store.objects import Listed, Stored, checked_name, read_together, short, taken

_TEMPORARY = ".tmp"


class DirectoryStore:
    """Objects as files below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / _TEMPORARY
        with os_errors("open", str(root)):
            self._temporary.mkdir(parents=True, exist_ok=True)

    def create(self, name: str) -> "_FileWriter":
        """Begin an object; raises NameTaken if it exists already."""
        path = self._path(name)
        if path.exists():
            raise taken(name)
        with os_errors("write", name):
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
        with os_errors("read", name):
            if self._path(name).is_dir():
                raise IsADirectoryError(name)
            return self._path(name).stat().st_size

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object; raises ObjectMissing, and ObjectShort where it ends before the range."""
        with self.open(name) as reader:
            return reader.read(offset, reader.size - offset if length is None else length)

    def open(self, name: str) -> "_FileReader":
        """An object to read from many times; raises ObjectMissing."""
        with os_errors("read", name):
            return _FileReader(name, self._path(name))

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        return self._path(name).is_file()

    def delete(self, name: str) -> None:
        """Remove an object; one that is not here is no error."""
        with os_errors("delete", name):
            self._path(name).unlink(missing_ok=True)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        return (listed.name for listed in self.listed(prefix))

    def listed(self, prefix: str = "") -> Iterator[Listed]:
        """Objects whose names begin with the prefix, sorted by name."""
        for path in sorted(self._root.rglob("*"), key=lambda path: path.relative_to(self._root).as_posix()):
            name = path.relative_to(self._root).as_posix()
            if name.startswith(_TEMPORARY) or not name.startswith(prefix):
                continue
            with suppress(FileNotFoundError):  # deleted since the folder was read
                status = path.stat()
                if path.is_file():
                    yield Listed(name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def drop(self, name: str) -> bool:
        """This place keeps no copies."""
        return False

    def sweep(self) -> int:
        """Remove what writers that are dead left half-written, as far as this user may; returns how many files."""
        swept = 0
        for path in self._temporary.iterdir():
            if not alive(path.name.partition(".")[0]):
                with suppress(PermissionError):
                    path.unlink(missing_ok=True)
                    swept += 1
        return swept

    def _path(self, name: str) -> Path:
        return self._root / checked_name(name)


class _FileReader:
    """An open descriptor: what is deleted or replaced under the name meanwhile changes nothing here."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, offset: int, length: int, /) -> bytes:
        with os_errors("read", self.name):
            data = os.pread(self._file.fileno(), max(length, 0), offset) if offset >= 0 else b""
            # Linux transfers at most 0x7ffff000 bytes at once (read(2)).
            while 0 < len(data) < length and (more := self._more(offset + len(data), length - len(data))):
                data += more
        if len(data) != length:
            raise short(self.name, offset + len(data), offset + length)
        return data

    def read_ranges(self, ranges: Sequence[tuple[int, int]], /) -> list[bytes | memoryview]:
        return read_together(ranges, self.read)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _more(self, offset: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), length, offset)


class _FileWriter:
    """A temporary file that becomes the object when it is committed."""

    def __init__(self, name: str, path: Path, temporary: Path) -> None:
        self._name, self._path, self._size = name, path, 0
        # The writer's process id is in the name, so that a sweep can tell the living from the dead.
        self._draft = temporary / f"{os.getpid()}.{os.urandom(8).hex()}"
        self._file = self._draft.open("xb")

    def write(self, data: bytes | memoryview, /) -> int:
        with os_errors("write", self._name):
            self._size += self._file.write(data)
        return len(data)

    def commit(self) -> Stored:
        with os_errors("write", self._name):
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
            raise taken(self._name) from error
        self._draft.unlink()
