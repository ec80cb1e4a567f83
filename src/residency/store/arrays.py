"""Arrays in shards, read by box: only the chunks that the box touches are fetched, opened and unpacked.

    volume = Shards(objects).open(ref, keys)
    patch = volume[0:32, 10:74, 10:74]
    volume.read(box, out=buffer)                  # into the caller's memory

The interpreter lock is free while bytes are read, decrypted and unpacked, so that threads share the work. A flipped,
moved, swapped or missing byte in what is touched ends in SealBroken, never in other numbers. Not here: writing
(`shards`), remembering what was unpacked (`engine.volumes`).
"""

import hashlib
import json
import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from residency.store.codec import restore
from residency.store.frames import TAG, TRAILER, SealBroken
from residency.store.grid import Box, checked_box, grid_of, ranks, touched
from residency.store.objects import ObjectReader, ObjectStore
from residency.store.sealed import GroupKey, KeyNotHeld, Sealed
from residency.store.shards import SHARD_MAGIC, ArrayRef, ArrayRefused, ShardWriter, array_digest, shard_cipher

_KEPT_OPEN = 64
_REMEDY = "Restore the object from a backup; 'residency lineage' names what depends on it."


@dataclass(frozen=True)
class _Opened:
    """A shard that is open: its reader, what binds its chunks, its salt, and group, place and number of each index."""

    reader: ObjectReader
    bound: bytes
    salt: bytes
    directory: list[tuple[str, int, int, int]]


class Shards:
    """Opens arrays; keeps a limited number of shards open. May be shared by threads."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects, self._lock = objects, threading.Lock()
        self._known: OrderedDict[str, _Opened] = OrderedDict()

    def open(self, ref: ArrayRef, keys: Mapping[str, bytes]) -> "SealedArray":
        """An array whose boxes are opened as they are asked for; raises KeyNotHeld, SealBroken, ObjectMissing."""
        if ref.group not in keys:
            raise KeyNotHeld(f"The key group of {ref.name} was not given to this reader.", remedy="Ask for its lease.")
        shard = self.shard(ref.name)
        if ref.array >= len(shard.directory) or shard.directory[ref.array][0] != ref.group:
            raise SealBroken(f"Object {ref.name} was sealed for something else.", remedy="Restore the right object.")
        return SealedArray(self, ref, keys[ref.group], shard)

    def refs(self, name: str, keys: Mapping[str, bytes]) -> list[ArrayRef | None]:
        """The arrays of a shard in their order; None for one that is gone, or whose key is. Raises SealBroken."""
        shard = self.shard(name)
        return [
            _ref(shard, number, keys[group], name) if length and group in keys else None
            for number, (group, _, length, _) in enumerate(shard.directory)
        ]

    def drop(self, name: str) -> bool:
        """Forget a cached copy of a shard, and that it was open; whether there was one."""
        with self._lock:
            self._known.pop(name, None)
        return self._objects.drop(name)

    def shard(self, name: str) -> _Opened:
        """An open shard; raises SealBroken, ObjectMissing."""
        with self._lock:
            if name not in self._known:
                self._known[name] = _open(self._objects.open(name))
            self._known.move_to_end(name)
            # Dropped and not closed: another thread may be reading, and the last reference closes it.
            while len(self._known) > _KEPT_OPEN:
                self._known.popitem(last=False)
            return self._known[name]


class SealedArray:
    """Random access by box; `shape` and `chunk` in elements, `spacing` in mm per axis where it was said."""

    def __init__(self, shards: Shards, ref: ArrayRef, key: bytes, shard: _Opened) -> None:
        self._shards, self._ref, self._key, self._bound = shards, ref, key, shard.bound
        self._cipher = shard_cipher(key, shard.salt)
        about, table = _index(shard, ref.array, self._cipher, ref.name)
        if (about["context"], about["digest"]) != (ref.context, ref.digest):
            raise SealBroken(f"Object {ref.name} was sealed for something else.", remedy="Restore the right object.")
        self.shape, self.dtype = tuple(about["shape"]), np.dtype(about["dtype"])
        self.spacing = tuple(about["spacing_mm"]) if about["spacing_mm"] else None
        self.chunk, self._first = tuple(about["chunk"]), about["first"]
        grid = grid_of(self.shape, self.chunk)
        self._ranks = ranks(grid)
        self._lengths = np.frombuffer(table, "<u4", self._ranks.size).astype(np.int64)
        self._offsets = about["at"] + np.concatenate([[0], np.cumsum(self._lengths)[:-1]])
        fills = np.frombuffer(table[4 * self._ranks.size :], self.dtype)
        self._fills = dict(zip(np.flatnonzero(self._lengths == 0).tolist(), fills, strict=True))
        self._local = threading.local()

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of the centres of neighbouring voxels along (z, y, x); raises ArrayRefused where none was said."""
        if self.spacing is None or len(self.spacing) != 3:
            raise ArrayRefused("This array has no spacing along three axes.", remedy="Use a volume.")
        return self.spacing

    def __getitem__(self, box: Box) -> np.ndarray:
        """The elements of a box, shape as asked; raises BoxRefused, SealBroken."""
        return self.read(box)

    def read(self, box: Box, out: np.ndarray | None = None) -> np.ndarray:
        """The elements of a box, into `out` (of its shape, any strides) if given; raises BoxRefused, SealBroken."""
        box = checked_box(box, self.shape)
        out = np.empty([part.stop - part.start for part in box], self.dtype) if out is None else out
        try:
            return self._read(box, out)
        except SealBroken:
            # A copy that rotted in a cache is no loss: the object itself is read.
            if not self._shards.drop(self._ref.name):
                raise
            return self._read(box, out)

    def _read(self, box: Box, out: np.ndarray) -> np.ndarray:
        found = touched(box, self.shape, self.chunk)
        wanted = self._ranks[found.cells].ravel()
        scratch = self._scratch()
        fetched = zip(wanted.tolist(), self._fetch(wanted), strict=True)
        for (rank, sealed), shape, target, source in zip(fetched, *found[1:], strict=True):
            out[target] = self._chunk_of(rank, sealed, shape, scratch)[source] if sealed else self._fills[rank]
        return out

    def whole(self) -> np.ndarray:
        """All elements."""
        return self.read(tuple(slice(0, extent) for extent in self.shape))

    def check(self) -> None:
        """Open every chunk and compare the whole with the keyed digest; raises SealBroken."""
        if array_digest(self._key, self.whole()) != self._ref.digest:
            raise SealBroken(f"An array of {self._ref.name} is not the one that was meant.", remedy=_REMEDY)

    def _fetch(self, wanted: np.ndarray) -> list[bytes | memoryview]:
        """The sealed bytes of these chunks, in their order; none for a chunk whose elements are all equal."""
        shard = self._shards.shard(self._ref.name)
        if shard.bound != self._bound:
            raise SealBroken(f"Object {self._ref.name} was replaced while it was read.", remedy="Open it again.")
        lengths = self._lengths[wanted]
        full = lengths > 0
        ranges = zip(self._offsets[wanted][full].tolist(), lengths[full].tolist(), strict=True)
        fetched = iter(shard.reader.read_ranges(list(ranges)))
        return [next(fetched) if there else b"" for there in full.tolist()]

    def _scratch(self) -> tuple[memoryview, np.ndarray]:
        """Memory for a chunk, packed and unpacked, that this thread uses again."""
        if not hasattr(self._local, "scratch"):
            packed = memoryview(bytearray(int(self._lengths.max())))
            self._local.scratch = packed, np.empty(self.chunk, self.dtype)
        return self._local.scratch

    def _chunk_of(
        self, rank: int, sealed: bytes | memoryview, shape: tuple[int, ...], scratch: tuple[memoryview, np.ndarray]
    ) -> np.ndarray:
        """A chunk, in memory that the next call of this thread uses again."""
        memory, block = scratch
        if shape != self.chunk:
            block = block.reshape(-1)[: math.prod(shape)].reshape(shape)
        packed = memory[: len(sealed) - TAG]
        nonce = (self._first + rank).to_bytes(12, "big")
        try:
            self._cipher.decrypt_into(nonce, sealed, self._bound + nonce, packed)
            restore(packed, block)
        except (InvalidTag, RuntimeError, ValueError):
            start = int(self._offsets[rank])
            where = f"Chunk {rank} of {self._ref.name}, bytes {start} to {start + len(sealed)},"
            raise SealBroken(f"{where} is not what was sealed.", remedy=_REMEDY) from None
        return block


def write_volume(
    sealed: Sealed,
    key: GroupKey,
    array: np.ndarray,
    *,
    spacing_mm: tuple[float, float, float],
    context: str,
    name: str = "",
) -> ArrayRef:
    """Seal one volume of shape (z, y, x) in a shard of its own; without a name it gets a random one."""
    writer = ShardWriter(sealed.objects, name=name)
    try:
        ref = writer.add(key, array, spacing_mm=spacing_mm, context=context)
        writer.commit()
    except BaseException:
        writer.discard()
        raise
    return ref


def open_volume(sealed: Sealed, ref: ArrayRef, keys: Mapping[str, bytes]) -> SealedArray:
    """An array whose boxes are opened as they are asked for."""
    return Shards(sealed.objects).open(ref, keys)


def _open(reader: ObjectReader) -> _Opened:
    """Header and directory of a shard; raises SealBroken."""
    name, size = reader.name, reader.size
    broken = SealBroken(f"The header or directory of {name} is damaged.", remedy=_REMEDY)
    prefix = len(SHARD_MAGIC) + 2
    try:
        start = reader.read(0, min(prefix + 128, size))
        header = start[prefix : prefix + int.from_bytes(start[len(SHARD_MAGIC) : prefix], "big")]
        end = reader.read(size - TRAILER - 4, 4)
        length = int.from_bytes(end, "big")
        if not start.startswith(SHARD_MAGIC) or length > size - TRAILER - 4:
            raise broken
        directory = [tuple(entry) for entry in json.loads(reader.read(size - TRAILER - 4 - length, length))]
        salt = bytes.fromhex(json.loads(header)["salt"])
        intact = all(
            len(entry) == 4
            and isinstance(entry[0], str)
            and all(isinstance(number, int) and 0 <= number < 2**63 for number in entry[1:])
            for entry in directory
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise broken from error
    if not intact:
        raise broken
    return _Opened(reader, hashlib.sha256(header).digest(), salt, directory)  # type: ignore[arg-type]


def _ref(shard: _Opened, number: int, key: bytes, name: str) -> ArrayRef:
    about, _ = _index(shard, number, shard_cipher(key, shard.salt), name)
    size = math.prod(about["shape"]) * np.dtype(about["dtype"]).itemsize
    what = {"group": shard.directory[number][0], "context": about["context"], "digest": about["digest"]}
    return ArrayRef(name=name, array=number, size=size, **what)


def _index(shard: _Opened, number: int, cipher: AESGCM, name: str) -> tuple[dict[str, Any], bytes]:
    """What the index of an array says, and its table of lengths and fills; raises SealBroken."""
    _, at, length, nonce = shard.directory[number]
    index = _unseal(cipher, shard, nonce, shard.reader.read(at, length), f"The index of {name}")
    size = 4 + int.from_bytes(index[:4], "big")
    return json.loads(index[4:size]), index[size:]


def _unseal(cipher: AESGCM, shard: _Opened, number: int, sealed: bytes, what: str) -> bytes:
    nonce = number.to_bytes(12, "big")
    try:
        return cipher.decrypt(nonce, sealed, shard.bound + nonce)
    except InvalidTag:
        raise SealBroken(f"{what} is not what was sealed.", remedy=_REMEDY) from None
