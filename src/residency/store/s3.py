"""Objects on any server that speaks S3, for which `pip install residency[s3]` brings the library.

    store = S3Store(access)                                      # `store.access`
    store.put("intake/obj-01k…", [b"…"])

A call is repeated for as long as `Patience` says where the trouble may pass, and ends in a named error where it does
not: never in wrong bytes, never in waiting without end. What is read is held against the ETag seen at opening.

Up to 64 MiB an object is put by one request that the server refuses if the name is in use (If-None-Match); whether it
does is tried once, for some servers just replace the object. A larger one goes up in parts, which are invisible until
the last request makes them the object. The library offers no such condition there: the name is looked up just before,
and of two large objects finished under one name within that moment the later one stays. A kill leaves invisible parts
that cost space: let a rule of the bucket (lifecycle, AbortIncompleteMultipartUpload) remove them after some days. Not
here: what answers mean (`store.answers`).
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Self

from residency.errors import ResidencyError
from residency.store.access import StoreAccess
from residency.store.answers import AnswerTorn, ServerOverwrites, changed, overwrites
from residency.store.objects import Listed, NameTaken, ObjectMissing, Stored, checked_name, read_together, short, taken
from residency.store.server import PATIENCE, Patience, Server

WHOLE = 64 * 1024**2
"""Bytes of the largest object that is put by one request."""
_PART = 16 * 1024**2  # S3 takes at most 10,000 parts: objects of up to 156 GiB
_PIECE = 8 * 1024**2  # asked for at once, so that a request takes a bounded time on a slow line
_GAP = 1024**2  # a hole that is cheaper to read than to ask twice
_AT_ONCE = 8
_SMALL = 1024**2
_MARK = "residency-write"


class S3Store:
    """Objects below a prefix of a bucket."""

    def __init__(self, access: StoreAccess, patience: Patience = PATIENCE) -> None:
        self._server = Server(access, patience)

    def create(self, name: str) -> "_Writer":
        """Begin an object; raises NameTaken if it exists already."""
        if self.has(name):
            raise taken(name)
        return _Writer(self._server, name)

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
        return self._server.head(checked_name(name))["size"]

    def read(self, name: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object; raises ObjectMissing, and ObjectShort where it ends before the range."""
        with self.open(name) as reader:
            return reader.read(offset, reader.size - offset if length is None else length)

    def open(self, name: str) -> "_Reader":
        """An object to read from many times; raises ObjectMissing."""
        head = self._server.head(checked_name(name))
        return _Reader(self._server, name, head["size"], head["e_tag"])

    def has(self, name: str) -> bool:
        """Whether the object is here."""
        return self._server.has(checked_name(name))

    def delete(self, name: str) -> None:
        """Remove an object; one that is not here is no error."""
        checked_name(name)
        with suppress(ObjectMissing):
            self._server.ask("delete", name, lambda: self._server.library.delete(self._server.client, name))

    def names(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""
        return (listed.name for listed in self.listed(prefix))

    def listed(self, prefix: str = "") -> Iterator[Listed]:
        """Objects whose names begin with the prefix, sorted by name."""
        library, bucket, folder = self._server.library, self._server.repeating, prefix.rpartition("/")[0] or None
        found = self._server.ask("list", "objects", lambda: library.list(bucket, folder).collect())
        # Servers list by name, but not all of them by the bytes of the whole name.
        for meta in sorted(found, key=lambda meta: meta["path"]):
            if meta["path"].startswith(prefix):
                yield Listed(meta["path"], meta["size"], meta["last_modified"])

    def drop(self, name: str) -> bool:
        """This place keeps no copies."""
        return False

    def sweep(self) -> int:
        """Nothing: what killed writers left is invisible here, and for a rule of the bucket to remove."""
        return 0


class _Reader:
    """An object of which the length and the ETag are known; other bytes under its name are refused."""

    def __init__(self, server: Server, name: str, size: int, etag: str | None) -> None:
        self.name, self.size = name, size
        self._server, self._etag = server, etag

    def read(self, offset: int, length: int, /) -> bytes:
        end = offset + length
        if offset < 0 or length < 0 or end > self.size:
            raise short(self.name, self.size, end)
        pieces = [self._piece(at, min(at + _PIECE, end)) for at in range(offset, end, _PIECE)]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read_ranges(self, ranges: Sequence[tuple[int, int]], /) -> list[bytes | memoryview]:
        if len(ranges) < 2:
            return [self.read(*one) for one in ranges]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return read_together(ranges, self.read, _GAP, pool.map)

    def close(self) -> None:
        """Nothing is held open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _piece(self, start: int, end: int) -> bytes:
        return self._server.ask("read", self.name, lambda: self._get(start, end))

    def _get(self, start: int, end: int) -> bytes:
        options = {"range": (start, end), "if_match": self._etag}
        found = self._server.library.get(self._server.client, self.name, options=options)
        # Not every server looks at If-Match, and a body may be shorter than what was asked for.
        if found.meta["e_tag"] != self._etag or found.meta["size"] != self.size:
            raise changed(self.name)
        data = bytes(found.bytes())
        if len(data) != end - start:
            raise AnswerTorn
        return data


class _Writer:
    """Bytes in memory, and from `WHOLE` on parts on the server; see the module for what a kill leaves."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name, self._size = server, name, 0
        self._held = bytearray()
        self._upload: Any = None
        # Told apart from what others wrote under the name, should the answer to our own request be lost.
        self._mark = os.urandom(16).hex()
        self._about = {"Content-Type": "application/octet-stream", _MARK: self._mark}

    def write(self, data: bytes | memoryview, /) -> int:
        self._size += len(data)
        if self._upload is None and self._size > WHOLE:
            self._begin()
        if self._upload is None:
            self._held += data
        else:
            self._send(data)
        return len(data)

    def commit(self) -> Stored:
        try:
            if self._upload is None:
                self._put()
                self._see_condition_heeded()
            else:
                self._complete()
        except ServerOverwrites:
            raise
        except ResidencyError as error:
            if not self._is_ours(again=isinstance(error, NameTaken)):
                raise
        self._held, self._upload = bytearray(), None
        return Stored(self._name, self._size)

    def discard(self) -> None:
        upload, self._upload, self._held = self._upload, None, bytearray()
        if upload is not None and not upload.closed():
            # Leaving with an error aborts; where even that fails, invisible parts stay for the rule of the bucket.
            with suppress(self._server.library.exceptions.BaseError, OSError):
                upload.__exit__(InterruptedError, InterruptedError(), None)

    def _begin(self) -> None:
        server, how = self._server, {"attributes": self._about, "buffer_size": _PART, "max_concurrency": _AT_ONCE}
        self._upload = server.library.open_writer(server.repeating, self._name, **how)
        self._send(self._held)
        self._held = bytearray()

    def _send(self, data: bytes | bytearray | memoryview) -> None:
        self._server.ask("write", self._name, lambda: self._upload.write(data), again=False)

    def _put(self, *, again: bool = True) -> None:
        library, client, about = self._server.library, self._server.client, self._about

        def put() -> None:
            library.put(client, self._name, self._held, mode="create", attributes=about, use_multipart=False)

        self._server.ask("write", self._name, put, again=again)

    def _see_condition_heeded(self) -> None:
        """Put the same bytes once more, which must be refused: once for each server, with a small object."""
        if self._server.heeds_conditions or self._size > _SMALL:
            return
        try:
            self._put(again=False)
        except NameTaken:
            self._server.heeds_conditions = True
        except ResidencyError:
            pass  # no answer is no evidence; the next object asks
        else:
            raise overwrites(self._server.access)

    def _complete(self) -> None:
        if self._server.has(self._name):
            raise taken(self._name)
        self._server.ask("write", self._name, self._upload.close, again=False)

    def _is_ours(self, *, again: bool) -> bool:
        """Whether our object is there although the server says, or seems to say, that it is not."""
        library, client, name = self._server.library, self._server.client, self._name
        try:
            # Its length and what is said about it; no byte of it.
            options = {"head": True}
            found = self._server.ask("read", name, lambda: library.get(client, name, options=options), again=again)
        except ResidencyError:
            return False
        return found.attributes.get(_MARK) == self._mark
