r"""Sealed objects: frames of AES-256-GCM under a key that belongs to one write attempt.

    ref = sealed.write(b"…", key, context="intake/int-01k…")
    sealed.read(ref, {key.id: key.key})

The attempt key is HKDF-SHA256(group key, random salt), so no key ever meets a nonce twice, kills included. A frame's
nonce is its number; its additional data are the digest of the header (which names group, context and frame length)
and whether it is the last. A cut, swapped, moved or flipped frame therefore never opens. Layout:

    "RSEAL1\n" ‖ u16 header length ‖ header (JSON) ‖ frames, each frame_size + 16 bytes, the last one shorter ‖ trailer

The trailer is the SHA-256 of the object's name and of everything before it, so that rot and exchanged objects are found
without any key. The digest in a reference is
keyed: it tells equal content within a key group, and confirms nothing to anyone else. Not here: where keys come from
(`store.keys`), where the bytes lie (`store.objects`).
"""

import hashlib
import hmac
import io
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.exceptions import InvalidTag

from residency.errors import Refused
from residency.kernel.digest import canonical, digest, digest_of
from residency.kernel.record import Part
from residency.store.frames import (
    FRAME_SIZE,
    KEYED,
    MAGIC,
    TAG,
    TRAILER,
    SealBroken,
    attempt_cipher,
    content_digest,
    keyed_digest,
    plain_size,
    read_header,
    trailing,
)
from residency.store.objects import ObjectReader, ObjectStore


class KeyNotHeld(Refused):
    """The reader was not given the key of this object's group."""


@dataclass(frozen=True)
class GroupKey:
    """The 32 bytes that open one key group."""

    id: str
    key: bytes = field(repr=False)


class SealedRef(Part):
    """Where sealed bytes lie and what they must be: all that a manifest needs.

    `size` and `stored` are bytes of plaintext and of the object; `seal` is the digest of the object's header, whose
    salt no other object has; `digest` is the keyed digest of the plaintext. FACTS say what the bytes are, the other
    fields where they lie (`store.items`).
    """

    FACTS: ClassVar = ("context", "digest", "group", "size")

    name: str
    group: str
    size: int
    stored: int
    seal: str
    digest: str
    context: str


def random_name(folder: str = "sealed") -> str:
    """A name for a sealed object that says nothing of it."""
    return f"{folder}/{os.urandom(1).hex()}/{os.urandom(16).hex()}"


class Sealed:
    """Reads and writes sealed objects in a store."""

    def __init__(self, objects: ObjectStore, *, frame_size: int = FRAME_SIZE) -> None:
        self.objects, self._frame_size = objects, frame_size

    def create(self, key: GroupKey, *, context: str, name: str | None = None) -> "SealedWriter":
        """Begin a sealed object; without a name it gets a random one."""
        return SealedWriter(self.objects, key, context, name or random_name(), self._frame_size)

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

    def keep(
        self, chunks: Sequence[bytes], key: GroupKey, known: Mapping[str, SealedRef], *, context: str
    ) -> SealedRef:
        """Seal bytes whole, or give the reference among those known (by digest) that holds just these in this group."""
        hashed = keyed_digest(key.key)
        for chunk in chunks:
            hashed.update(chunk)
        there = known.get(KEYED + hashed.hexdigest())
        return there if there is not None and there.group == key.id else self.write(chunks, key, context=context)

    def open(self, ref: SealedRef, keys: Mapping[str, bytes]) -> "SealedFile":
        """A seekable file over the plaintext; raises KeyNotHeld, SealBroken, ObjectMissing."""
        return SealedFile(self.objects, ref, keys)

    def read(self, ref: SealedRef, keys: Mapping[str, bytes]) -> bytes:
        """The whole plaintext; raises what `open` raises."""
        try:
            return self._read(ref, keys)
        except SealBroken:
            # A copy that rotted in a cache is no loss: the object itself is read.
            if not self.objects.drop(ref.name):
                raise
            return self._read(ref, keys)

    def _read(self, ref: SealedRef, keys: Mapping[str, bytes]) -> bytes:
        with self.open(ref, keys) as file:
            data = file.read()
        if ref.digest and not hmac.compare_digest(content_digest(keys[ref.group], data), ref.digest):
            raise SealBroken(f"Object {ref.name} is not the one that was meant.", remedy="Restore the right object.")
        return data

    def find(self, name: str, *, group: str, context: str) -> SealedRef:
        """The reference of an object of which only the name, group and context are known."""
        with self.objects.open(name) as reader:
            header, length = read_header(reader)
        if header["group"] != group or header["context"] != context:
            raise SealBroken(f"Object {name} was sealed for something else.", remedy="Restore the right object.")
        size, seal = plain_size(reader.size - length - TRAILER, header["frame"]), digest_of(header)
        about = {"name": name, "group": group, "context": context}
        return SealedRef(**about, size=size, stored=reader.size, seal=seal, digest="")


class SealedWriter(io.RawIOBase):
    """Takes plaintext, writes frames; nothing is visible before `commit`."""

    def __init__(self, objects: ObjectStore, key: GroupKey, context: str, name: str, frame_size: int) -> None:
        self._name, self._key, self._context, self._step = name, key, context, frame_size
        header = {"context": context, "frame": frame_size, "group": key.id, "salt": os.urandom(32).hex()}
        packed = canonical(header)
        self._seal_digest = digest(packed)
        self._bound = hashlib.sha256(packed).digest()
        self._cipher = attempt_cipher(key.key, header)
        self._content = keyed_digest(key.key)
        self._pending, self._frame, self._size, self._stored = bytearray(), 0, 0, 0
        self._hash = trailing(name)
        self._target = objects.create(name)
        self._emit(MAGIC + len(packed).to_bytes(2, "big") + packed)

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
        view = memoryview(data).cast("B")
        self._size += len(view)
        self._content.update(view)
        self._pending += view
        # The last frame carries the mark of the end, so one full frame is always held back.
        while len(self._pending) > self._step:
            self._seal(bytes(self._pending[: self._step]), last=False)
            del self._pending[: self._step]
        return len(view)

    def commit(self) -> SealedRef:
        """Seal the last frame and make the object visible."""
        self._seal(bytes(self._pending), last=True)
        self._emit(self._hash.digest())
        self._target.commit()
        return SealedRef(
            name=self._name,
            group=self._key.id,
            size=self._size,
            stored=self._stored,
            seal=self._seal_digest,
            digest=KEYED + self._content.hexdigest(),
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
    _opened: ObjectReader | None = None  # a file that could not be opened is closed, too

    def __init__(self, objects: ObjectStore, ref: SealedRef, keys: Mapping[str, bytes]) -> None:
        if ref.group not in keys:
            raise KeyNotHeld(f"The key group of {ref.name} was not given to this reader.", remedy="Ask for its lease.")
        self._ref = ref
        self._reader = self._opened = objects.open(ref.name)
        header, self._start = read_header(self._reader)
        if (header["group"], header["context"], digest_of(header)) != (ref.group, ref.context, ref.seal):
            raise SealBroken(f"Object {ref.name} was sealed for something else.", remedy="Restore the right object.")
        self._step = header["frame"]
        frames = max(-(-ref.size // self._step), 1)
        for stored in (ref.stored, self._start + ref.size + frames * TAG + TRAILER):
            if self._reader.size != stored:
                says = f"Object {ref.name} has {self._reader.size} bytes, not {stored}."
                raise SealBroken(says, remedy="Restore the object.")
        self._bound = hashlib.sha256(canonical(header)).digest()
        self._cipher = attempt_cipher(keys[ref.group], header)
        self._last = max(ref.size - 1, 0) // self._step
        self._at = 0
        self._frames: OrderedDict[int, bytes] = OrderedDict()

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        super().close()

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
            sealed = self._reader.read(offset, length + TAG)
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
