"""What an interrupted call leaves, so that the same call can go on: one sealed file, destroyed when all is done.

    state = Unfinished.begin(target, opener, header)         a call begins
    state = Unfinished.found(target, opener)                 it goes on: state.header, state.entries
    state.add({"unit": …})                                   one more unit is done; its drafts lie beside
    state.destroy()

The names of a call are forgotten at its end, so that until then their key (or what was drawn) must be kept somewhere.
It lies in OUT/.residency-unfinished/state, which its owner alone may read, sealed with AES-256-GCM under a key that
only the input gives: the digest of every file's path, size, time of change and first bytes (`opener_of`). Who has the
output alone cannot open it; who has the input has nothing to gain from it. So an input that was changed cannot be gone
on with either. A record that was cut off is as if it had not been written. What limits it: of an input that somebody
can guess to the last byte and nanosecond the key can be guessed, and a file that is overwritten and deleted may stay
in the cells of a disk, sealed as it is.

    "RUNDONE1" ‖ salt (16) ‖ n × (u32 length ‖ nonce (12) ‖ AES-256-GCM(JSON; number of the record))

Not here: what is kept (`remembered`), the drafts (`drafts`).
"""

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from residency.errors import Conflict
from residency.store.files import write_atomically

FOLDER, _STATE = ".residency-unfinished", "state"
_MAGIC, _SALT, _NONCE = b"RUNDONE1", 16, 12
_HEAD = 1 << 16


class ResumeImpossible(Conflict):
    """What lies in the output is not of the same call on the same input."""


class Unfinished:
    """The record of a call that has not ended: its header, and what was done so far."""

    def __init__(self, path: Path, sealing: AESGCM, records: list[dict[str, Any]], end: int) -> None:
        self._path, self._sealing, self._count = path, sealing, len(records)
        self.header, self.entries = records[0], records[1:]
        os.truncate(path, end)
        self._file = path.open("ab")

    @classmethod
    def begin(cls, target: Path, opener: bytes, header: dict[str, Any]) -> Self:
        """Start one in a new or empty output."""
        folder = target / FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        salt = os.urandom(_SALT)
        sealing = _sealing(opener, salt)
        data = _MAGIC + salt + _sealed(sealing, header, 0)
        write_atomically(folder / _STATE, data)
        return cls(folder / _STATE, sealing, [header], len(data))

    @classmethod
    def found(cls, target: Path, opener: bytes) -> Self:
        """The one that an output holds; raises ResumeImpossible."""
        path = target / FOLDER / _STATE
        data = path.read_bytes()
        sealing = _sealing(opener, data[len(_MAGIC) : len(_MAGIC) + _SALT])
        records, end = [], len(_MAGIC) + _SALT
        for record, after in _opened(sealing, data, end):
            records.append(record)
            end = after
        if not records:
            raise ResumeImpossible(
                "The output was begun from another input, or what it remembers is damaged.",
                remedy="Give the very input of the interrupted call, or begin anew in another folder.",
            )
        return cls(path, sealing, records, end)

    def add(self, entry: dict[str, Any]) -> None:
        """Remember one more thing; what is killed meanwhile has not happened."""
        self._file.write(_sealed(self._sealing, entry, self._count))
        self._file.flush()
        self._count += 1

    def close(self) -> None:
        """Leave it for the next call."""
        self._file.close()

    def destroy(self) -> None:
        """Overwrite and remove it, with all that lies beside."""
        self._file.close()
        with self._path.open("r+b") as file:
            file.write(bytes(self._path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        self._path.unlink()
        shutil.rmtree(self._path.parent)


def is_unfinished(target: Path) -> bool:
    """Whether an interrupted call has left something to go on with."""
    return (target / FOLDER / _STATE).is_file()


def opener_of(source: Path, paths: Iterable[Path]) -> bytes:
    """32 bytes that follow from the input: path, size, time of change and first bytes of every file."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        whole.update(os.fsencode(path.relative_to(source)) + b"\0")
        try:
            about = path.lstat()
            whole.update(struct.pack("<qq", about.st_size, about.st_mtime_ns))
            with path.open("rb") as file:
                whole.update(hashlib.sha256(file.read(_HEAD)).digest())
        except OSError:
            whole.update(b"unreadable")
    return whole.digest()


def _sealing(opener: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"residency unfinished folder v1").derive(opener))


def _sealed(sealing: AESGCM, record: dict[str, Any], number: int) -> bytes:
    nonce = os.urandom(_NONCE)
    body = nonce + sealing.encrypt(nonce, json.dumps(record).encode(), struct.pack("<Q", number))
    return struct.pack("<I", len(body)) + body


def _opened(sealing: AESGCM, data: bytes, at: int) -> Iterator[tuple[dict[str, Any], int]]:
    """Each whole record and where it ends, up to the first that is not whole."""
    number = 0
    while at + 4 <= len(data):
        end = at + 4 + struct.unpack_from("<I", data, at)[0]
        body = data[at + 4 : end]
        if end > len(data) or len(body) < _NONCE:
            return
        try:
            plain = sealing.decrypt(body[:_NONCE], body[_NONCE:], struct.pack("<Q", number))
        except InvalidTag:
            return
        yield json.loads(plain), end
        at, number = end, number + 1
