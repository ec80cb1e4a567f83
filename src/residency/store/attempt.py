"""An attempt at making several objects: all of them stay, or none.

    with attempt(site.objects) as objects:
        Sealed(objects).write(…)                # deleted again if the block is broken off

A kill leaves them: they are named by no record, and `store clean` removes them. Not here: one object that is whole or
not there (`objects`).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast

from residency.store.objects import ObjectStore, ObjectWriter, Stored, StoreUnavailable


@contextmanager
def attempt(objects: ObjectStore) -> Iterator[ObjectStore]:
    """The same store; what was written through it is deleted when the block raises."""
    mine = _Attempt(objects)
    try:
        yield cast(ObjectStore, mine)
    except BaseException:
        for name in mine.written:
            # What the block raised is what must be heard.
            with suppress(StoreUnavailable):
                objects.delete(name)
        raise


class _Attempt:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self.written: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)

    def create(self, name: str) -> "_Writer":
        return _Writer(self._objects.create(name), self.written)

    def put(self, name: str, chunks: Iterable[bytes]) -> Stored:
        stored = self._objects.put(name, chunks)
        self.written.append(name)
        return stored


class _Writer:
    def __init__(self, writer: ObjectWriter, written: list[str]) -> None:
        self._writer, self._written = writer, written
        self.write, self.discard = writer.write, writer.discard

    def commit(self) -> Stored:
        stored = self._writer.commit()
        self._written.append(stored.name)
        return stored
