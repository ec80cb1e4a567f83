"""A ring in a file, each generation wrapped under argon2id of a passphrase.

    ring = PassphraseRing.create(RingFile(folder / "ring.json"), passphrase)
    ring = PassphraseRing.open(RingFile(folder / "ring.json"), passphrase)
    ring = PassphraseRing.reseal(RingFile(path), ring.root, new_passphrase)     # the same keys under another root

The open ring holds the root (argon2id of the passphrase) and the place of the file, which it reads at every call: 40 µs
measured with one generation, 160 with twenty, against which remembering what was read is not worth its risk. The file
is replaced under a lock on itself, whole or not at all, so that a kill leaves a ring that opens. Limits: whoever kept
the file from before a generation was destroyed, and the root, can open what it wrapped; and what a disk keeps of a file
that was replaced is out of reach. Not here: sharing the root among people (`store.custodians`).
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from argon2.exceptions import HashingError

from residency.kernel.digest import digest_of
from residency.store.files import write_atomically
from residency.store.ring import (
    ARGON2_MEMORY_KIB,
    ARGON2_PASSES,
    RingDamaged,
    RingExists,
    RingMissing,
    RingResealed,
    RingUnreadable,
    WrongPassphrase,
    absent,
    check_old,
    derive,
    parts,
    unwrap_under,
    wrap_under,
)


@dataclass(frozen=True)
class RingFile:
    """Where the ring lies, and the memory (KiB) that each guess at its passphrase costs when it is made or resealed."""

    path: Path
    memory_kib: int = ARGON2_MEMORY_KIB


@dataclass(frozen=True)
class PassphraseRing:
    """A ring kept in a file; see `store.ring` for what it does. `root` (32 bytes) is what the passphrase derives."""

    path: Path
    root: bytes = field(repr=False)

    @classmethod
    def create(cls, place: RingFile, passphrase: str) -> "PassphraseRing":
        """Make a ring with its first generation; raises RingExists."""
        if place.path.exists():
            raise RingExists(f"A key ring is at {place.path} already.", remedy="Choose another folder for a new site.")
        salt = os.urandom(16)
        ring = cls(place.path.absolute(), derive(passphrase, salt, place.memory_kib))
        _write(ring.path, _Written(salt, place.memory_kib, {1: ring._new_slot(1)}))
        return ring

    @classmethod
    def open(cls, place: RingFile, passphrase: str) -> "PassphraseRing":
        """Open a ring; raises WrongPassphrase, RingMissing, RingUnreadable, RingDamaged."""
        written = _read(place.path)
        try:
            root = derive(passphrase, written.salt, written.memory_kib)
        except HashingError:
            raise _damaged(place.path) from None
        _open_all(written, root, "This passphrase does not open the site's key ring.")
        return cls(place.path.absolute(), root)

    @classmethod
    def reseal(cls, place: RingFile, root: bytes, passphrase: str) -> "PassphraseRing":
        """Put every generation under a new passphrase, knowing the root; raises WrongPassphrase for another root.

        The old root, and shares of it, open the ring no more, and processes that held it meet RingResealed.
        """
        with _alone(place.path):
            salt = os.urandom(16)
            keys = _open_all(_read(place.path), root, "This is not the root of the site's key ring.")
            ring = cls(place.path.absolute(), derive(passphrase, salt, place.memory_kib))
            slots = {number: wrap_under(ring.root, key, _slot(number)) for number, key in keys.items()}
            _write(ring.path, _Written(salt, place.memory_kib, slots))
            _sweep(ring.path)
        return ring

    @classmethod
    def load(cls, data: dict[str, str]) -> "PassphraseRing":
        """The ring of an `export`."""
        return cls(Path(data["path"]), bytes.fromhex(data["root"]))

    def wrap(self, key: bytes, *, purpose: str) -> str:
        """The key as text, under the newest generation; raises RingResealed."""
        slots = _read(self.path).slots
        return f"g{max(slots)}.{wrap_under(self._open_slot(slots, max(slots)), key, purpose)}"

    def unwrap(self, wrapped: str, *, purpose: str) -> bytes:
        """The key; raises KeyDestroyed, RingDamaged, RingResealed."""
        number, blob = parts(wrapped, purpose)
        slots = _read(self.path).slots
        if number not in slots:
            raise absent(number, slots, purpose)
        return unwrap_under(self._open_slot(slots, number), blob, purpose)

    def generations(self) -> tuple[int, ...]:
        """The generations in the file, oldest first."""
        return tuple(sorted(_read(self.path).slots))

    def advance(self) -> int:
        """Add a generation; raises RingResealed."""
        with _alone(self.path):
            written = _read(self.path)
            self._open_slot(written.slots, max(written.slots))
            number = max(written.slots) + 1
            _write(self.path, replace(written, slots=written.slots | {number: self._new_slot(number)}))
        return number

    def destroy(self, generation: int) -> None:
        """Take the slot of a generation out of the file; raises GenerationInUse."""
        with _alone(self.path):
            written = _read(self.path)
            check_old(generation, written.slots)
            left = {number: slot for number, slot in written.slots.items() if number != generation}
            if left != written.slots:
                _write(self.path, replace(written, slots=left))
            _sweep(self.path)

    def export(self) -> bytes:
        """Place and root, for `load_ring`."""
        return json.dumps({"kind": "passphrase", "path": str(self.path), "root": self.root.hex()}).encode()

    def _new_slot(self, number: int) -> str:
        return wrap_under(self.root, os.urandom(32), _slot(number))

    def _open_slot(self, slots: dict[int, str], number: int) -> bytes:
        try:
            return unwrap_under(self.root, slots[number], _slot(number))
        except RingDamaged:
            # The digest of the file was right, so it is not the file that changed by accident.
            says = f"The key ring at {self.path} was put under another passphrase."
            raise RingResealed(says, remedy="Repeat the command with the new passphrase.") from None


@dataclass(frozen=True)
class _Written:
    """What the file says."""

    salt: bytes
    memory_kib: int
    slots: dict[int, str]


def _slot(number: int) -> str:
    """The purpose that a slot is bound to, so that no two change places."""
    return f"generation {number}"


def _open_all(written: _Written, root: bytes, refusal: str) -> dict[int, bytes]:
    """Every generation key; raises WrongPassphrase with these words."""
    try:
        return {number: unwrap_under(root, slot, _slot(number)) for number, slot in written.slots.items()}
    except RingDamaged:
        raise WrongPassphrase(refusal, remedy="Try again.") from None


def _read(path: Path) -> _Written:
    """What the file says; raises RingMissing, RingUnreadable, RingDamaged."""
    with _named(path):
        text = path.read_bytes()
    try:
        body = json.loads(text)
        # Without the digest, a damaged file could not be told from a wrong passphrase.
        if body.pop("digest") != digest_of(body):
            raise ValueError("the digest of the ring is not that of its slots")
        slots = {int(number): slot for number, slot in body["generations"].items()}
        if not slots:
            raise ValueError("a ring has a generation")
        return _Written(bytes.fromhex(body["salt"]), body["memory_kib"], slots)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _damaged(path) from None


def _write(path: Path, written: _Written) -> None:
    body = {
        "format": 1,
        "salt": written.salt.hex(),
        "memory_kib": written.memory_kib,
        "passes": ARGON2_PASSES,
        "generations": {str(number): slot for number, slot in sorted(written.slots.items())},
    }
    write_atomically(path, json.dumps(body | {"digest": digest_of(body)}, indent=1).encode())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else replaces the ring meanwhile; the lock of a process that is killed is gone with it."""
    while True:
        with _named(path):
            file = path.open("r+b")
        with file:
            with _named(path):
                fcntl.flock(file, fcntl.LOCK_EX)
                # Whoever was waited for has put another file here, and others may hold the lock of that one.
                same = os.path.samestat(os.fstat(file.fileno()), path.stat())
            if same:
                yield
                return


def _sweep(path: Path) -> None:
    """Remove the drafts of killed writers: they hold slots, and one may be that of a destroyed generation."""
    for draft in path.parent.glob(f".{path.name}.*"):
        draft.unlink(missing_ok=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name what the system refused."""
    try:
        yield
    except FileNotFoundError as error:
        raise RingMissing(f"There is no key ring at {path}.", remedy="Restore it, or correct site.toml.") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RingUnreadable(
            f"The key ring at {path} cannot be used: {reason}.", remedy="Check its permissions."
        ) from error


def _damaged(path: Path) -> RingDamaged:
    return RingDamaged(f"The key ring at {path} is damaged.", remedy="Restore it from its own backup.")
