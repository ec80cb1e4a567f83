r"""Sealed objects: frames of AES-256-GCM under a key that belongs to one write attempt.

    ref = sealed.write(b"…", key, context="intake/int-01k…")
    sealed.read(ref, {key.id: key.key})

The attempt key is HKDF-SHA256(group key, random salt), so no key ever meets a nonce twice, kills included. A frame's
nonce is its number; its additional data are the digest of the header (which names group, context and frame length)
and whether it is the last. A cut, swapped, moved or flipped frame therefore never opens. Layout:

    "RSEAL1\n" ‖ u16 header length ‖ header (JSON) ‖ frames, each frame_size + 16 bytes, the last one shorter

Not here: where keys come from (`store.keys`), where the bytes lie (`store.objects`).
"""

import hashlib
import io
import json
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from residency.errors import Broken, Refused
from residency.kernel.digest import PREFIX, canonical
from residency.kernel.record import Part
from residency.store.objects import ObjectStore

MAGIC = b"RSEAL1\n"
TAG = 16
FRAME_SIZE = 256 * 1024
_HEADER_READ = 1024  # one read finds all but the longest headers


class SealBroken(Broken):
    """Bytes are not what was sealed."""


class KeyNotHeld(Refused):
    """The reader was not given the key of this object's group."""


@dataclass(frozen=True)
class GroupKey:
    """The 32 bytes that open one key group."""

    id: str
    key: bytes = field(repr=False)


class SealedRef(Part):
    """Where sealed bytes lie and what they must be: all that a manifest needs."""

    name: str
    group: str
    size: int
    stored: int
    digest: str
    context: str


class Sealed:
    """Reads and writes sealed objects in a store."""

    def __init__(self, objects: ObjectStore) -> None:
        self.objects = objects

    def create(self, key: GroupKey, *, context: str, name: str | None = None) -> "SealedWriter":
        """Begin a sealed object; without a name it gets a random one."""
        return SealedWriter(self.objects, key, context, name or f"sealed/{os.urandom(1).hex()}/{os.urandom(16).hex()}")

    def write(
        self, data: bytes | Iterable[bytes], key: GroupKey, *, context: str, name: str | None = None
    ) -> SealedRef:
        """Seal bytes whole."""
        writer = self.create(key, context=context, name=name)
        try:
            for chunk in [data] if isinstance(data, bytes | bytearray | memoryview) else data:
                writer.write(chunk)
            return writer.commit()
        except BaseException:
            writer.discard()
            raise

    def open(self, ref: SealedRef, keys: Mapping[str, bytes]) -> "SealedFile":
        """A seekable file over the plaintext; raises KeyNotHeld, SealBroken, ObjectMissing."""
        return SealedFile(self.objects, ref, keys)

    def read(self, ref: SealedRef, keys: Mapping[str, bytes]) -> bytes:
        """The whole plaintext."""
        with self.open(ref, keys) as file:
            return file.read()

    def find(self, name: str, *, group: str, context: str) -> SealedRef:
        """The reference of an object of which only the name, group and context are known."""
        header, length, stored = _read_header(self.objects, name)
        if header["group"] != group or header["context"] != context:
            raise SealBroken(f"Object {name} was sealed for something else.", remedy="Restore the right object.")
        size = _plain_size(stored - length, header["frame"])
        return SealedRef(name=name, group=group, size=size, stored=stored, digest="", context=context)


class SealedWriter(io.RawIOBase):
    """Takes plaintext, writes frames; nothing is visible before `commit`."""

    def __init__(self, objects: ObjectStore, key: GroupKey, context: str, name: str) -> None:
        self._name, self._key, self._context = name, key, context
        header = {"context": context, "frame": FRAME_SIZE, "group": key.id, "salt": os.urandom(32).hex()}
        packed = canonical(header)
        self._bound = hashlib.sha256(packed).digest()
        self._cipher = _cipher(key.key, header)
        self._pending, self._frame, self._size, self._stored = bytearray(), 0, 0, 0
        self._hash = hashlib.sha256()
        self._target = objects.create(name)
        self._emit(MAGIC + len(packed).to_bytes(2, "big") + packed)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
        view = memoryview(data).cast("B")
        self._size += len(view)
        self._pending += view
        # The last frame carries the mark of the end, so one full frame is always held back.
        while len(self._pending) > FRAME_SIZE:
            self._seal(bytes(self._pending[:FRAME_SIZE]), last=False)
            del self._pending[:FRAME_SIZE]
        return len(view)

    def commit(self) -> SealedRef:
        """Seal the last frame and make the object visible."""
        self._seal(bytes(self._pending), last=True)
        self._target.commit()
        return SealedRef(
            name=self._name,
            group=self._key.id,
            size=self._size,
            stored=self._stored,
            digest=PREFIX + self._hash.hexdigest(),
            context=self._context,
        )

    def discard(self) -> None:
        """Give up: no object."""
        self._target.discard()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        nonce = self._frame.to_bytes(12, "big")
        self._emit(self._cipher.encrypt(nonce, plain, self._bound + bytes([last])))
        self._frame += 1

    def _emit(self, data: bytes) -> None:
        self._hash.update(data)
        self._stored += len(data)
        self._target.write(data)


class SealedFile(io.RawIOBase):
    """Random access to sealed plaintext; a few opened frames are remembered."""

    _REMEMBERED = 4

    def __init__(self, objects: ObjectStore, ref: SealedRef, keys: Mapping[str, bytes]) -> None:
        if ref.group not in keys:
            raise KeyNotHeld(f"The key group of {ref.name} was not given to this reader.", remedy="Ask for its lease.")
        header, self._start, stored = _read_header(objects, ref.name)
        if (header["group"], header["context"]) != (ref.group, ref.context):
            raise SealBroken(f"Object {ref.name} was sealed for something else.", remedy="Restore the right object.")
        if stored != ref.stored:
            raise SealBroken(f"Object {ref.name} has {stored} bytes, not {ref.stored}.", remedy="Restore the object.")
        self._objects, self._ref, self._step = objects, ref, header["frame"]
        self._bound = hashlib.sha256(canonical(header)).digest()
        self._cipher = _cipher(keys[ref.group], header)
        self._last = max(ref.size - 1, 0) // self._step
        self._at = 0
        self._frames: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._ref.size}[whence]
        if at < 0:
            raise ValueError("a place in a file is never negative")
        self._at = at
        return at

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._ref.size - self._at)
        done = 0
        while done < wanted:
            number, skip = divmod(self._at, self._step)
            piece = memoryview(self._open(number))[skip : skip + wanted - done]
            view[done : done + len(piece)] = piece
            done += len(piece)
            self._at += len(piece)
        return max(done, 0)

    def readall(self) -> bytes:
        out = bytearray(max(self._ref.size - self._at, 0))
        self.readinto(memoryview(out))
        # An empty object still has one frame, whose mark of the end must be checked.
        if not self._ref.size:
            self._open(0)
        return bytes(out)

    def _open(self, number: int) -> bytes:
        if number in self._frames:
            self._frames.move_to_end(number)
            return self._frames[number]
        last = number == self._last
        length = self._ref.size - number * self._step if last else self._step
        offset = self._start + number * (self._step + TAG)
        end = offset + length + TAG
        try:
            sealed = self._objects.read(self._ref.name, offset, length + TAG)
            plain = self._cipher.decrypt(number.to_bytes(12, "big"), sealed, self._bound + bytes([last]))
        except InvalidTag:
            raise SealBroken(
                f"Frame {number} of {self._ref.name}, bytes {offset} to {end}, is not what was sealed.",
                remedy="Restore the object from a backup; 'residency lineage' names what depends on it.",
            ) from None
        self._frames[number] = plain
        if len(self._frames) > self._REMEMBERED:
            self._frames.popitem(last=False)
        return plain


def _cipher(key: bytes, header: dict) -> AESGCM:
    """The key of one write attempt."""
    attempt = HKDF(SHA256(), 32, salt=bytes.fromhex(header["salt"]), info=b"residency sealed 1").derive(key)
    return AESGCM(attempt)


def _read_header(objects: ObjectStore, name: str) -> tuple[dict, int, int]:
    """The header of an object, where its frames begin, and the length of the whole."""
    broken = SealBroken(f"The header of {name} is damaged.", remedy="Restore the object from a backup.")
    prefix = len(MAGIC) + 2
    stored = objects.size(name)
    start = objects.read(name, 0, min(_HEADER_READ, stored))
    end = prefix + int.from_bytes(start[len(MAGIC) : prefix], "big")
    if len(start) < prefix or not start.startswith(MAGIC) or end > stored:
        raise broken
    if end > len(start):
        start = objects.read(name, 0, end)
    try:
        header = json.loads(start[prefix:end])
        intact = canonical(header) == start[prefix:end] and set(header) == {"context", "frame", "group", "salt"}
        intact = intact and isinstance(header["frame"], int) and header["frame"] > 0
        bytes.fromhex(header["salt"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise broken from error
    if not intact:
        raise broken
    return header, end, stored


def _plain_size(sealed: int, frame: int) -> int:
    """Plaintext bytes in this many bytes of frames."""
    frames = max(-(-sealed // (frame + TAG)), 1)
    return sealed - frames * TAG
