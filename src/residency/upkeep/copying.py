"""Copies sealed objects from one store to another, each proven by the hash at its end; no key is needed.

    size = copy(site.objects, name, place, f"objects/{name}", called=name)      # visible only if it is whole
    size = replace(place, f"objects/{name}", site.objects, name, called=name)   # a bad one gives way to a proven one

`called` is the name under which the object was written, which its hash binds.

Not here: which objects (`needed`), what a backup is (`backups`).
"""

import hmac

from residency.errors import Broken
from residency.store.frames import TRAILER, intact, trailing
from residency.store.objects import NameTaken, ObjectReader, ObjectStore, ObjectWriter

_BLOCK = 4 * 1024 * 1024


class ObjectNotWhole(Broken):
    """An object that was to be copied is not what was written."""


def copy(source: ObjectStore, name: str, target: ObjectStore, to: str, *, called: str) -> int:
    """Copy an object to a name that is free; returns its bytes. Raises ObjectMissing, ObjectNotWhole.

    Whoever else copies the same object meanwhile copies the same bytes: a name that was taken since is no error.
    """
    with source.open(name) as reader:
        try:
            writer = target.create(to)
        except NameTaken:
            return 0
        try:
            if not _carry(reader, writer, called):
                raise _not_whole(name)
            writer.commit()
        except NameTaken:
            writer.discard()
            return 0
        except BaseException:
            writer.discard()
            raise
        return reader.size


def replace(source: ObjectStore, name: str, target: ObjectStore, to: str, *, called: str) -> int:
    """Put a whole object in the place of a bad one, proven before that one goes; raises as `copy`."""
    if not intact(source, name, called=called):
        raise _not_whole(name)
    target.delete(to)
    return copy(source, name, target, to, called=called)


def _carry(reader: ObjectReader, writer: ObjectWriter, called: str) -> bool:
    """Write all bytes; whether the last ones are the hash of the name and the others."""
    hashed, end = trailing(called), reader.size - TRAILER
    for at in range(0, end, _BLOCK):
        block = reader.read(at, min(_BLOCK, end - at))
        hashed.update(block)
        writer.write(block)
    trailer = reader.read(end, TRAILER) if end >= 0 else b""
    writer.write(trailer)
    return hmac.compare_digest(trailer, hashed.digest())


def _not_whole(name: str) -> ObjectNotWhole:
    return ObjectNotWhole(f"{name} is damaged.", remedy="Find it whole in another backup, or in the site.")
