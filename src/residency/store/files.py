"""Single files that are whole or not there, folders that survive a power cut, and what the system refused, in words.

    write_atomically(folder / "ring.json", data)

Not here: objects (`store.directory`).
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from residency.store.objects import ObjectMissing, StoreUnavailable


def write_atomically(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Replace a small file so that a reader, or a crash, sees the old bytes or the new ones."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with os_errors("write", path.name):
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


def sweep_drafts(path: Path) -> None:
    """Remove what writers of a single file that were killed left beside it, as far as this user may."""
    for draft in path.parent.glob(f".{path.name}.*"):
        if not alive(draft.name.removeprefix(f".{path.name}.").partition(".")[0]):
            with suppress(PermissionError):
                draft.unlink(missing_ok=True)


def alive(pid: str) -> bool:
    """Whether a process of this number is there; what is no number is none."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def make_folder(folder: Path) -> None:
    """Make a folder and its parents so that each survives a power cut; raises StoreUnavailable."""
    with os_errors("make", folder.name):
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


@contextmanager
def os_errors(verb: str, name: str) -> Iterator[None]:
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
