"""Items and manifests for the tests: many small items, a store that counts what is opened."""

from residency.store.manifest import Item, Manifest, open_manifest, write_manifest
from residency.store.sealed import GroupKey, Sealed, SealedRef
from tests.fakes.memory_objects import MemoryObjects

KEY = GroupKey("group-1", bytes(range(32)))
KEYS = {KEY.id: KEY.key}


class Counting(MemoryObjects):
    """Remembers what was opened, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def open(self, name):
        self.opened.append(name)
        return super().open(name)


def reference(number: int = 0, **changes) -> SealedRef:
    fields = {"name": f"sealed/{number % 3}", "group": "g", "size": number, "stored": number + 99}
    fields |= {"seal": f"sha256:{number:064}", "digest": f"hmac-sha256:{number:064}", "context": "c"}
    return SealedRef(**fields | changes)


def item(number: int, **changes) -> Item:
    fields = {"item": f"item-{number:06}", "subject": f"sub-{number // 2}", "data_type": "imaging", "split": "train"}
    return Item(**fields | {"files": number % 7, "parts": {"image": reference(number)}} | changes)


def written(place: Sealed, items, *, parent=None, context="dataset/1", key=KEY) -> Manifest:
    """The manifest of these items, written and opened again."""
    ref, root = write_manifest(place, key, items, context=context, parent=parent)
    return open_manifest(place, ref, {key.id: key.key}, root=root)
