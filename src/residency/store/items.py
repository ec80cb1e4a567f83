"""Items of manifests: what they are (facts, under the root), and where their bytes lie (places, not under it).

    item.facts()                    # a dict: its canonical JSON is the item's leaf in the tree of the manifest
    rows = Rows()
    rows.add(item)                  # the same as columns of text …
    rows.leaves(), rows.items()     # … of which hashes and items are made without a Python object for each field

A class of references is a Part with the `name` of an object, whose FACTS name the fields that say what the bytes are;
its other fields say where they lie, and may change without a new version. Its fields are text and whole numbers, and
other than those of every other class in `Reference`. Not here: pages and their borders (`store.pages`).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from pydantic import TypeAdapter

from residency.errors import Broken
from residency.kernel.digest import canonical
from residency.kernel.merkle import leaf_hash
from residency.kernel.record import Part
from residency.store.sealed import SealedRef
from residency.store.shards import ArrayRef

Reference = SealedRef | ArrayRef
"""Where the bytes of a part may lie: one class, or a union of several."""

P = TypeVar("P", bound=Part)
_quoted = json.encoder.encode_basestring  # JSON text as RFC 8785 (3.2.2.2) writes it; C, and 40 times its own encoder
_EXACT = 2**53
_AT_ONCE = 64  # 7 µs an item; a page at once, 12: objects that live for long cost cache and garbage collection


class Item(Part):
    """One governed thing: a series with its label, say.

    `item` and `subject` are random or pseudonymous; `anatomy` names what must not cross splits (copies of one
    anatomy, kin); `files` counts the files it came from; `made_of` is the keyed digest of the item that it was made of,
    where that is another; `parts` says where its bytes lie, by role.
    """

    item: str
    subject: str
    data_type: str
    split: str = ""
    anatomy: str = ""
    files: int
    made_of: str = ""
    parts: Mapping[str, Reference]

    def file(self, role: str) -> SealedRef:
        """The part of this role, which is a sealed file; raises PartMissing."""
        return _of(SealedRef, self, role)

    def array(self, role: str) -> ArrayRef:
        """The part of this role, which is an array of a shard; raises PartMissing."""
        return _of(ArrayRef, self, role)

    def facts(self) -> dict[str, Any]:
        """All that the root commits to: everything but where the bytes lie."""
        parts = {role: {name: getattr(ref, name) for name in ref.FACTS} for role, ref in self.parts.items()}
        return {name: getattr(self, name) for name in type(self).model_fields} | {"parts": parts}


class PartMissing(Broken):
    """An item has no such part."""


@dataclass(slots=True)
class Rows:
    """Items in columns. Those of parts lie end to end: item n has the parts from ends[n] to ends[n + 1].

    Of a part, `roles` has the JSON text, `facts` and `places` JSON objects with sorted keys. `objects` are the names of
    the objects in which the parts of added items lie.
    """

    item: list[str] = field(default_factory=list)
    subject: list[str] = field(default_factory=list)
    data_type: list[str] = field(default_factory=list)
    split: list[str] = field(default_factory=list)
    anatomy: list[str] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    made_of: list[str] = field(default_factory=list)
    ends: list[int] = field(default_factory=lambda: [0])
    roles: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    objects: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.item)

    def add(self, item: Item) -> None:
        """Append an item."""
        self.item.append(item.item)
        self.subject.append(item.subject)
        self.data_type.append(item.data_type)
        self.split.append(item.split)
        self.anatomy.append(item.anatomy)
        self.files.append(item.files)
        self.made_of.append(item.made_of)
        parts = item.parts
        for role in parts if len(parts) < 2 else sorted(parts, key=_sorts):
            ref = parts[role]
            facts, places = _forms(type(ref))
            values = vars(ref)
            self.roles.append(_quoted(role))
            self.facts.append(facts.text(values))
            self.places.append(places.text(values))
            self.objects.add(ref.name)
        self.ends.append(len(self.roles))

    def texts(self) -> Iterator[str]:
        """The canonical JSON of each item's facts."""
        return self._texts([f"{role}:{facts}" for role, facts in zip(self.roles, self.facts, strict=True)])

    def leaves(self) -> list[bytes]:
        """The leaf hash of each item."""
        return [leaf_hash(text.encode()) for text in self.texts()]

    def items(self) -> Iterator[Item]:
        """The items; raises ValueError where the columns do not hold such."""
        # The facts stand behind the places, so that no place can say otherwise.
        parts = zip(self.roles, self.places, self.facts, strict=True)
        whole = self._texts([f"{role}:{place[:-1]},{facts[1:]}" for role, place, facts in parts])
        while few := ",".join(islice(whole, _AT_ONCE)):
            yield from _ITEMS.validate_json(f"[{few}]")

    def only(self, index: int) -> "Rows":
        """The columns with one item alone."""
        start, end = self.ends[index : index + 2]
        whole = {name: getattr(self, name)[index : index + 1] for name in ITEM_COLUMNS}
        parts = {name: getattr(self, name)[start:end] for name in PART_COLUMNS}
        return Rows(**whole, **parts, ends=[0, end - start])

    def _texts(self, parts: list[str]) -> Iterator[str]:
        one_each = self.ends == list(range(len(self) + 1))  # the usual case: nothing to join
        joined = parts if one_each else self._joined(parts)
        columns = (self.anatomy, self.data_type, self.files, self.item, self.made_of, joined, self.split, self.subject)
        for anatomy, data_type, files, item, made_of, its, split, subject in zip(*columns, strict=True):
            yield (
                f'{{"anatomy":{_quoted(anatomy)},"data_type":{_quoted(data_type)},"files":{_scalar(files)},'
                f'"item":{_quoted(item)},"made_of":{_quoted(made_of)},"parts":{{{its}}},"split":{_quoted(split)},'
                f'"subject":{_quoted(subject)}}}'
            )

    def _joined(self, parts: list[str]) -> Iterator[str]:
        return (",".join(parts[start:end]) for start, end in zip(self.ends[:-1], self.ends[1:], strict=True))


ITEM_COLUMNS = ("item", "subject", "data_type", "split", "anatomy", "files", "made_of")
PART_COLUMNS = ("roles", "facts", "places")
_ITEMS = TypeAdapter(list[Item])


@dataclass(frozen=True, slots=True)
class _Form:
    """Some fields of a reference as canonical JSON."""

    names: tuple[str, ...]
    template: str

    def text(self, values: Mapping[str, Any]) -> str:
        return self.template % tuple([_scalar(values[name]) for name in self.names])


def _of(kind: type[P], item: Item, role: str) -> P:
    part = item.parts.get(role)
    if not isinstance(part, kind):
        raise PartMissing(f"{item.item} has no such part: '{role}'.", remedy="Restore the manifest.")
    return part


@cache
def _forms(kind: type[Part]) -> tuple[_Form, _Form]:
    """How the facts and the places of a class of references are written."""
    facts = sorted(kind.FACTS)  # pyrefly: ignore[missing-attribute]
    places = sorted(set(kind.model_fields) - set(facts))
    return _form(facts), _form(places)


def _form(names: list[str]) -> _Form:
    return _Form(tuple(names), "{" + ",".join(f"{_quoted(name)}:%s" for name in names) + "}")


def _scalar(value: Any) -> str:
    if type(value) is str:
        return _quoted(value)
    if type(value) is int and -_EXACT < value < _EXACT:
        return str(value)
    return canonical(value).decode()


def _sorts(role: str) -> bytes:
    """RFC 8785 (3.2.3) sorts names by their UTF-16 units."""
    return role.encode("utf-16-be")
