"""The bare names of all objects that a sealed list needs, beside it: what nothing names is found without a key.

    write_names(objects, head_name, names)         # before the list itself, so that no list stands without its names
    read_names(objects, head_name)                 # sorted; NamesMissing, NamesBroken

The names are random and say nothing of anybody, so they are not sealed. One a line, sorted, each once, and at the end
the SHA-256 of all of it, as sealed objects have it. Not here: what is in the lists (`store.manifest`), removing what
nothing names.
"""

import hashlib
from collections.abc import Iterable, Iterator

from residency.errors import Broken, Missing
from residency.store.frames import TRAILER
from residency.store.objects import ObjectMissing, ObjectStore, Stored, checked_name

SUFFIX = ".names"
_LINES = 4096


class NamesMissing(Missing):
    """Beside a list of objects there are no names: what it needs is unknown."""


class NamesBroken(Broken):
    """The names beside a list are not those that were written."""


def write_names(objects: ObjectStore, ref_name: str, names: Iterable[str]) -> Stored:
    """Put the names beside the object `ref_name`; raises NameRefused, NameTaken."""
    return objects.put(ref_name + SUFFIX, _lines(sorted(set(names))))


def read_names(objects: ObjectStore, ref_name: str) -> list[str]:
    """The names beside the object `ref_name`, sorted; raises NamesMissing, NamesBroken."""
    try:
        whole = objects.read(ref_name + SUFFIX)
    except ObjectMissing as error:
        raise NamesMissing(
            f"The names beside {ref_name} are missing.", remedy=f"Restore {ref_name}{SUFFIX} from a backup."
        ) from error
    text, trailer = whole[:-TRAILER], whole[-TRAILER:]
    names = text.decode("ascii", "replace").split("\n")
    if hashlib.sha256(text).digest() != trailer or names.pop() != "" or names != sorted(set(names)):
        raise NamesBroken(f"The names beside {ref_name} are damaged.", remedy="Restore them from a backup.")
    return names


def _lines(names: list[str]) -> Iterator[bytes]:
    hashed = hashlib.sha256()
    for start in range(0, len(names), _LINES):
        lines = "".join(f"{checked_name(name)}\n" for name in names[start : start + _LINES]).encode()
        hashed.update(lines)
        yield lines
    yield hashed.digest()
