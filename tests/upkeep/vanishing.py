"""A store from which an object goes as soon as somebody opens it, as if it had been given up and cleaned away."""

from dataclasses import replace
from typing import Any, ClassVar

from residency.govern.ledger import RecordMissing
from residency.kernel.record import Record
from residency.store.sealed import GroupKey, Sealed, SealedRef
from residency.wiring import SYSTEM

_KEY = GroupKey("group", bytes(32))
_ID = "holding-1"


class Holding(Record):
    """Names objects."""

    kind: ClassVar[str] = "holding"
    refs: tuple[SealedRef, ...]


def name_an_object(clinic, *names):
    """Let one record name these objects and no others; what is not there yet is written."""
    site, refs = clinic.site, []
    for name in names:
        if not site.objects.has(name):
            Sealed(site.objects).write(b"bytes", _KEY, context="test", name=name)
        refs.append(Sealed(site.objects).find(name, group=_KEY.id, context="test"))
    try:
        record = site.ledger.get(Holding, _ID).model_copy(update={"refs": tuple(refs)})
    except RecordMissing:
        record = Holding(id=_ID, made_at=site.clock(), made_by="test", refs=tuple(refs))
    site.gate.record_event(SYSTEM, "test", "done", saved=(record,))


class Vanishing:
    """The objects of a site, of which one goes when it is opened."""

    def __init__(self, objects, name, then):
        self._objects, self._name, self._then = objects, name, then

    @classmethod
    def under(cls, site, name, then):
        """The same site over such a store; `then` is what happened just before."""
        return replace(site, objects=cls(site.objects, name, then))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)

    def open(self, name):
        """An object to read from, unless it is the one."""
        if name == self._name and self._objects.has(name):
            self._then()
            self._objects.delete(name)
        return self._objects.open(name)
