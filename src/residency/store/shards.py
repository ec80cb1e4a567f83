r"""Shards: many arrays in one object, each sealed under its own key group and readable in boxes (`arrays`).

    writer = ShardWriter(objects)
    ref = writer.add(key, array, spacing_mm=(3.0, 1.5, 1.5), context="dataset/…/image")
    writer.commit()                                                 # only now are there objects

An array of one, two or three dimensions is cut into chunks, each compressed and sealed by AES-256-GCM. The key of a
write attempt is HKDF(group key, the shard's random salt), the nonce is the number of the chunk in the shard, and the
additional data are the digest of the shard's header and that number: no key meets a nonce twice, kills included, since
what is begun again gets a new salt. A chunk whose elements are all equal takes no bytes. Layout:

    "RSHARD1\n" ‖ u16 header length ‖ header (JSON) ‖ chunks of all arrays ‖ indexes ‖ directory ‖ u32 its length ‖
    trailer

The index of an array is sealed, too; the directory says in the open which group an array belongs to and where its
index lies, and the trailer is the SHA-256 of the shard's name and everything before it. Not here: reading (`arrays`),
how chunks are cut (`grid`) and compressed (`codec`).
"""

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from residency.errors import BadInput
from residency.kernel.digest import canonical
from residency.kernel.record import Part
from residency.store.codec import HOT, Codec, compress
from residency.store.frames import KEYED, TAG, keyed_digest, trailing
from residency.store.grid import CHUNKS, cell_box, cells_in_order, grid_of
from residency.store.objects import ObjectStore, ObjectWriter, Stored
from residency.store.sealed import GroupKey

SHARD_MAGIC = b"RSHARD1\n"
TARGET_BYTES = 128 * 1024 * 1024
"""A shard that has grown so large is closed and the next array begins another."""
_KINDS = "biufc"


class ArrayRefused(BadInput):
    """An array of this type or number of dimensions cannot be sealed in chunks."""


class ArrayRef(Part):
    """One array of a shard. `size` is in bytes of plaintext; `digest` is keyed by the group.

    Nothing here changes when the shard is packed anew for another tier: the array keeps shard, number and digest.
    """

    # What identifies content, and not where it lies.
    FACTS: ClassVar[tuple[str, ...]] = ("group", "context", "size", "digest")

    name: str
    array: int
    group: str
    context: str
    size: int
    digest: str


class ShardWriter:
    """Takes arrays, fills shards; nothing is visible before `commit`."""

    def __init__(
        self, objects: ObjectStore, *, codec: Codec = HOT, target_bytes: int = TARGET_BYTES, name: str = ""
    ) -> None:
        self._objects, self._codec, self._target, self._name = objects, codec, target_bytes, name
        self._open: _Shard | None = None
        self._full: list[_Shard] = []

    def add(
        self,
        key: GroupKey,
        array: np.ndarray,
        *,
        context: str,
        spacing_mm: tuple[float, ...] | None = None,
        chunk: tuple[int, ...] | None = None,
    ) -> ArrayRef:
        """Seal an array of 1, 2 or 3 dimensions; raises ArrayRefused. The reference is good after `commit`."""
        if array.ndim not in CHUNKS or array.dtype.kind not in _KINDS or not array.size:
            raise ArrayRefused(
                f"An array of type {array.dtype} and shape {array.shape} cannot be sealed in chunks.",
                remedy="Give numbers in 1, 2 or 3 dimensions, at least one.",
            )
        shard = self._shard()
        ref = shard.add(key, array, context, spacing_mm, chunk or CHUNKS[array.ndim], self._codec)
        if shard.stored >= self._target:
            self._full.append(shard)
            self._open = None
        return ref

    def skip(self, group: str) -> None:
        """Leave the place of an array empty, so that those after it keep their numbers."""
        self._shard().skip(group)

    def commit(self) -> list[Stored]:
        """Make all shards visible; either all are, or none stays."""
        shards = [*self._full, *([self._open] if self._open else [])]
        try:
            return [shard.commit() for shard in shards]
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Give up: no object stays, also of those that were committed."""
        for shard in [*self._full, *([self._open] if self._open else [])]:
            shard.discard(self._objects)

    def _shard(self) -> "_Shard":
        if self._open is None:
            self._open = _Shard(self._objects, self._name or f"shards/{os.urandom(1).hex()}/{os.urandom(16).hex()}")
        return self._open


class _Shard:
    """One object on its way in."""

    def __init__(self, objects: ObjectStore, name: str) -> None:
        self.name, self.stored, self._chunks = name, 0, 0
        self._salt = os.urandom(32)
        header = canonical({"salt": self._salt.hex()})
        self._bound = hashlib.sha256(header).digest()
        self._hash = trailing(name)
        self._arrays: list[tuple[GroupKey | str, bytes]] = []
        self._ciphers: dict[str, AESGCM] = {}
        self._target: ObjectWriter = objects.create(name)
        self._done = False
        self._emit(SHARD_MAGIC + len(header).to_bytes(2, "big") + header)

    def add(
        self,
        key: GroupKey,
        array: np.ndarray,
        context: str,
        spacing_mm: tuple[float, ...] | None,
        chunk: tuple[int, ...],
        codec: Codec,
    ) -> ArrayRef:
        array = np.ascontiguousarray(array)
        about: dict[str, Any] = {"dtype": array.dtype.str, "shape": list(array.shape)}
        digest = array_digest(key.key, array)
        about |= {"at": self.stored, "first": self._chunks, "chunk": list(chunk), "context": context, "digest": digest}
        about["spacing_mm"] = list(spacing_mm) if spacing_mm else None
        lengths, fills = [], []
        for block in _blocks(array, chunk):
            constant = block.tobytes() == block.flat[0].tobytes() * block.size
            packed = b"" if constant else self._seal(key, compress(block, codec))
            fills += [block.flat[0].tobytes()] if constant else []
            lengths.append(len(packed))
            self._chunks += constant
            self._emit(packed)
        head = canonical(about)
        table = np.asarray(lengths, "<u4").tobytes() + b"".join(fills)
        self._arrays.append((key, len(head).to_bytes(4, "big") + head + table))
        number = len(self._arrays) - 1
        return ArrayRef(name=self.name, array=number, group=key.id, context=context, size=array.nbytes, digest=digest)

    def skip(self, group: str) -> None:
        self._arrays.append((group, b""))

    def commit(self) -> Stored:
        directory = []
        for key, index in self._arrays:
            if isinstance(key, str):
                directory.append([key, 0, 0, 0])
                continue
            directory.append([key.id, self.stored, len(index) + TAG, self._chunks])
            self._emit(self._seal(key, index))
        packed = canonical(directory)
        self._emit(packed + len(packed).to_bytes(4, "big"))
        self._emit(self._hash.digest())
        done = self._target.commit()
        self._done = True
        return done

    def discard(self, objects: ObjectStore) -> None:
        if self._done:
            objects.delete(self.name)
        else:
            self._target.discard()

    def _seal(self, key: GroupKey, plain: bytes | memoryview) -> bytes:
        nonce = self._chunks.to_bytes(12, "big")
        self._chunks += 1
        if key.id not in self._ciphers:
            self._ciphers[key.id] = shard_cipher(key.key, self._salt)
        return self._ciphers[key.id].encrypt(nonce, plain, self._bound + nonce)

    def _emit(self, data: bytes) -> None:
        self._hash.update(data)
        self.stored += len(data)
        self._target.write(data)


def shard_cipher(key: bytes, salt: bytes) -> AESGCM:
    """The key of one write attempt at a shard, for one key group."""
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"residency shard 1").derive(key))


def array_digest(key: bytes, array: np.ndarray) -> str:
    """The keyed digest of an array: of its type, its shape and its elements in C order."""
    hashed = keyed_digest(key)
    hashed.update(json.dumps([array.dtype.str, list(array.shape)]).encode())
    hashed.update(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data)
    return KEYED + hashed.hexdigest()


def _blocks(array: np.ndarray, chunk: tuple[int, ...]) -> Iterator[np.ndarray]:
    for cell in cells_in_order(grid_of(array.shape, chunk)):
        yield np.ascontiguousarray(array[cell_box(tuple(cell), array.shape, chunk)])
