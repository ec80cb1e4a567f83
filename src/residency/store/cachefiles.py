"""The files of a cache folder: what stands behind a cached object, how one is locked, read, written and proven whole.

    file ‖ label:   the object's bytes ‖ its name ‖ magic, bytes of the object, bytes of its name, SHA-256 of both

Every lock is a `flock` on an open file, so that it ends with its process whatever ends that: nothing goes stale, and
nothing has a name in shared memory. It is also let go by word before the file is closed, because a child that was
forked meanwhile has the same open file, and a mere close would leave the lock with it. Not here: which files there
are and when one goes (`cachefolder`).
"""

import fcntl
import hashlib
import hmac
import os
import struct
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from io import FileIO
from itertools import zip_longest
from pathlib import Path

from residency.kernel.clock import stopwatch
from residency.store.frames import MAGIC as SEALED
from residency.store.frames import TRAILER, trailing
from residency.store.objects import ObjectReader

MAGIC = b"RCACHE1\n"
LABEL = struct.Struct(">8sQH32s")
SHARED, ALONE = fcntl.LOCK_SH, fcntl.LOCK_EX
_BLOCK = 8 << 20
_POLL_SECONDS = 0.002


class Entry:
    """A cached object that is open: unlinked or replaced, it stays readable here."""

    def __init__(self, file: FileIO, name: str, size: int) -> None:
        self.name, self.size, self._file = name, size, file

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of a range inside the object; fewer where its file was cut meanwhile. Raises OSError."""
        return _read(self._file, offset, length)

    def close(self) -> None:
        """Let it be evicted; closing twice is no error."""
        release(self._file)


class Draft:
    """The one place where an object is being fetched, held until it is kept or left, or its process dies."""

    def __init__(self, file: FileIO, path: Path, name: str) -> None:
        self.file, self.path, self.name = file, path, name
        self.kept = False

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Write at an offset. Raises OSError."""
        write_at(self.file, offset, data)


class Count:
    """The bytes in a cache folder, in a file that is locked as long as this is used."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def used(self) -> int | None:
        """Bytes counted; None if nobody has counted yet."""
        text = os.pread(self._file.fileno(), 20, 0)
        return int(text) if len(text) == 20 and text.isdigit() else None

    def put(self, used: int) -> None:
        """Set it to what was found."""
        os.pwrite(self._file.fileno(), b"%020d" % used, 0)

    def add(self, more: int) -> None:
        """Add, or take away."""
        if (used := self.used()) is not None:
            self.put(max(used + more, 0))


def file_name(name: str) -> str:
    """The file of an object: no name can leave the folder, be too long for it, or collide with a part of another."""
    return hashlib.sha256(name.encode()).hexdigest()


def opened(path: Path) -> FileIO:
    """A file for writing at any place, made if need be. Raises OSError."""
    return FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "r+")


def write_at(file: FileIO, offset: int, data: bytes | memoryview) -> None:
    """Write all of it. Raises OSError."""
    view = memoryview(data)
    while view:
        done = os.pwrite(file.fileno(), view, offset)
        view, offset = view[done:], offset + done


def locked(file: FileIO, how: int, seconds: float = 0.0) -> bool:
    """Lock an open file, within so many seconds; says whether it worked."""
    began = stopwatch()
    while True:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if stopwatch() - began >= seconds:
                return False
            time.sleep(_POLL_SECONDS)


def release(file: FileIO) -> None:
    """Unlock and close."""
    if not file.closed:
        fcntl.flock(file, fcntl.LOCK_UN)
        file.close()


def is_at(file: FileIO, path: Path) -> bool:
    """Whether the path still names this open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def bytes_in_use(path: Path) -> int:
    """The size of a file that its writer holds locked; what nobody holds is a dead one's: it goes and counts 0."""
    with suppress(FileNotFoundError), path.open("rb", buffering=0) as file:
        if not locked(file, ALONE):
            return os.fstat(file.fileno()).st_size
        path.unlink()
        release(file)
    return 0


def label(name: str, size: int, digest: bytes) -> bytes:
    """What stands behind the bytes of a cached object."""
    packed = name.encode()
    return packed + LABEL.pack(MAGIC, size, len(packed), digest)


def labelled_size(file: FileIO, name: str) -> int | None:
    """Bytes of the object in this file if it was kept whole under this name, by its length and label alone."""
    found = _label(file)
    return found[1] if found is not None and found[0] == name else None


def copy_proven(source: ObjectReader, draft: Draft) -> bytes | None:
    """Copy an object; the SHA-256 of its name and bytes, or None if it is a sealed one whose trailer says otherwise.

    Raises OSError where the disk refuses, and what the source raises.
    """
    body, trailer, sealed = trailing(source.name), b"", False
    with closing(_pieces(source)) as pieces:
        for at, piece in pieces:
            data = memoryview(piece)
            draft.write(at, data)
            sealed = sealed or (at == 0 and data[: len(SEALED)] == SEALED)
            cut = max(source.size - TRAILER - at, 0)
            body.update(data[:cut])
            trailer += data[cut:]
    whole = body.copy()
    whole.update(trailer)
    return whole.digest() if not sealed or hmac.compare_digest(body.digest(), trailer) else None


def proven(file: FileIO) -> tuple[str, int] | None:
    """Name and bytes of the object in this file, if every byte is what was fetched. Raises OSError."""
    found = _label(file)
    if found is None:
        return None
    name, size, digest = found
    hashed = trailing(name)
    for at in range(0, size, _BLOCK):
        hashed.update(_read(file, at, min(_BLOCK, size - at)))
    return (name, size) if hmac.compare_digest(hashed.digest(), digest) else None


def _pieces(source: ObjectReader) -> Generator[tuple[int, bytes], None, None]:
    """Where each piece of an object begins, and its bytes; the next one comes while the last is worked on."""
    steps = [(at, min(_BLOCK, source.size - at)) for at in range(0, source.size, _BLOCK)]
    if len(steps) < 2:
        yield from ((at, source.read(at, length)) for at, length in steps)
        return
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(source.read, *steps[0])
        for (at, _), following in zip_longest(steps, steps[1:]):
            piece = coming.result()
            if following is not None:
                coming = ahead.submit(source.read, *following)
            yield at, piece


def _label(file: FileIO) -> tuple[str, int, bytes] | None:
    total = os.fstat(file.fileno()).st_size
    tail = os.pread(file.fileno(), LABEL.size, max(total - LABEL.size, 0))
    if len(tail) != LABEL.size:
        return None
    magic, size, length, digest = LABEL.unpack(tail)
    if magic != MAGIC or size + length + LABEL.size != total:
        return None
    return os.pread(file.fileno(), length, size).decode(errors="replace"), size, digest


def _read(file: FileIO, offset: int, length: int) -> bytes:
    data = os.pread(file.fileno(), length, offset)
    # Linux transfers at most 0x7ffff000 bytes at once (read(2)).
    while len(data) < length and (more := os.pread(file.fileno(), length - len(data), offset + len(data))):
        data += more
    return data
