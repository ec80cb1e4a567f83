"""The bare names of all objects that a sealed list needs, beside it: what nothing names is found without a key.

    write_names(objects, head_name, names)         # before the list itself, so that no list stands without its names
    read_names(objects, head_name)                 # sorted; NamesMissing, NamesBroken
    ref = write_list(sealed, data, key, names, context="quarantine/…")       # both at once
    is_list(ref.name)                              # told by its name, so that a list without names is seen as broken

The names are random and say nothing of anybody, so they are not sealed. One a line, sorted, each once, and at the end
the SHA-256 of its name and all of it, as sealed objects have it. Not here: what is in the lists (`store.manifest`),
removing what nothing names.
"""

from collections.abc import Iterable, Iterator

from residency.errors import Broken, Missing
from residency.store.frames import TRAILER, trailing
from residency.store.objects import ObjectMissing, ObjectStore, Stored, checked_name
from residency.store.sealed import GroupKey, Sealed, SealedRef, random_name

SUFFIX = ".names"
LISTS = "lists"
_LINES = 4096


class NamesMissing(Missing):
    """Beside a list of objects there are no names: what it needs is unknown."""


class NamesBroken(Broken):
    """The names beside a list are not those that were written."""


def write_names(objects: ObjectStore, ref_name: str, names: Iterable[str]) -> Stored:
    """Put the names beside the object `ref_name`; raises NameRefused, NameTaken."""
    return objects.put(ref_name + SUFFIX, _lines(ref_name + SUFFIX, sorted(set(names))))


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
    hashed = trailing(ref_name + SUFFIX)
    hashed.update(text)
    if hashed.digest() != trailer or names.pop() != "" or names != sorted(set(names)):
        raise NamesBroken(f"The names beside {ref_name} are damaged.", remedy="Restore them from a backup.")
    return names


def write_list(sealed: Sealed, data: bytes, key: GroupKey, names: Iterable[str], *, context: str) -> SealedRef:
    """Seal a list that refers to these objects, with their names beside it."""
    name = random_name(LISTS)
    write_names(sealed.objects, name, names)
    try:
        return sealed.write(data, key, context=context, name=name)
    except BaseException:
        sealed.objects.delete(name + SUFFIX)
        raise


def is_list(name: str) -> bool:
    """Whether an object of this name refers to others."""
    return name.startswith(f"{LISTS}/") and not name.endswith(SUFFIX)


def _lines(called: str, names: list[str]) -> Iterator[bytes]:
    hashed = trailing(called)
    for start in range(0, len(names), _LINES):
        lines = "".join(f"{checked_name(name)}\n" for name in names[start : start + _LINES]).encode()
        hashed.update(lines)
        yield lines
    yield hashed.digest()
