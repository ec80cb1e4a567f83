"""Where data come from: a name, a protocol, and a key space that every intake of it shares.

    source = site.ledger.get(Source, "incoming")
    codes = Codes(space.key)
    codes.subject("NORTHGATE-MPI", " 00042 ")      the same in every intake of this source, and in no other source

Codes are HMACs under keys derived from the space's key, so no bare hash of a patient's number exists, and destroying
the space makes them meaningless. Not here: pseudonyms in de-identified files (`deid.pseudonyms`).
"""

import base64
import hmac
from collections.abc import Iterable, Mapping
from typing import ClassVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from residency.govern.gate import Lease
from residency.govern.ledger import Ledger
from residency.govern.terms import DataClass, Terms
from residency.kernel.record import Record
from residency.kernel.spelling import as_bytes, canonical_id, together
from residency.store.keys import KeyGroup, Space
from residency.store.sealed import GroupKey


class Source(Record):
    """A place that data come from; `place` is a keyed digest of its path, which may hold a name."""

    kind: ClassVar[str] = "source"
    name: str
    type: str
    protocol: str
    terms: Terms
    data_type: str
    data_class: DataClass
    space: str
    place: str

    @property
    def handle(self) -> str:
        """Found by its name."""
        return self.name


class Codes:
    """Keyed names of one source."""

    __slots__ = ("_keys",)

    def __init__(self, key: bytes) -> None:
        kinds = ("subject", "item", "scanner", "inputs", "number")
        self._keys = {
            kind: HKDF(SHA256(), 32, salt=None, info=f"residency intake {kind} 1".encode()).derive(key)
            for kind in kinds
        }

    def __repr__(self) -> str:
        return "Codes(…)"

    def subject(self, issuer: str, patient_id: str) -> str:
        """The code of a patient, the same for every spelling of issuer and number."""
        return "sub-" + self._code("subject", together(canonical_id(issuer), canonical_id(patient_id)), 10)

    def item(self, series: str) -> str:
        """The name of a series."""
        return "ser-" + self._code("item", as_bytes(series), 10)

    def number(self, patient_id: str) -> str:
        """What stands for a patient's number in the table of whose numbers are known."""
        return self._code("number", as_bytes(canonical_id(patient_id)), 20)

    def machine(self, head: Mapping[str, str]) -> str:
        """Maker and model, and five letters that tell two machines of one model apart; empty if nothing is stated."""
        words = " ".join(f"{head.get('Manufacturer', '')} {head.get('ManufacturerModelName', '')}".split())
        serial = head.get("DeviceSerialNumber", "")
        code = f" #{self._code('scanner', as_bytes(canonical_id(serial)), 5)[:5]}" if serial else ""
        return words[:64] + code if words.isprintable() else code.strip()

    def inputs(self, listing: bytes) -> str:
        """Keyed digest of what was handed in."""
        return "hmac-sha256:" + hmac.digest(self._keys["inputs"], listing, "sha256").hex()

    def _code(self, kind: str, message: bytes, length: int) -> str:
        return base64.b32encode(hmac.digest(self._keys[kind], message, "sha256")[:length]).decode().lower()


class Groups:
    """The key groups of a space, found again or made: one subject has one group, over all intakes of its source."""

    def __init__(self, ledger: Ledger, lease: Lease, space: Space) -> None:
        self.lease, self._space = lease, space
        self._known = {(g.subject, g.data_type): g for g in ledger.all(KeyGroup, scope=space.opened.id)}

    @property
    def made(self) -> list[KeyGroup]:
        """Groups that wait to be saved."""
        return list(self._space.made.values())

    @property
    def owner(self) -> str:
        """Whose space it is."""
        return self._space.opened.owner

    def holds(self, subject: str, data_type: str) -> bool:
        """Whether the group of a subject is there and living."""
        return (subject, data_type) in self._known and not self._known[subject, data_type].destroyed

    def gone(self, subject: str) -> bool:
        """Whether a key of this subject was destroyed: nothing of theirs is taken in again."""
        return any(group.destroyed for (known, _), group in self._known.items() if known == subject)

    def key(self, subject: str, data_type: str, *, of: Iterable[str] = ()) -> GroupKey:
        """The key of a subject's group; `of` are the groups that its data come from. Raises KeyDestroyed."""
        if (subject, data_type) in self._known:
            return self._space.open(self._space.derived(self._known[subject, data_type], of))
        return self._space.new_group(subject, data_type, self.lease.at, self.lease.by.id, of=of)

    def subject(self, code: str) -> GroupKey:
        """The key of what is said of a subject."""
        return self.key(code, "subject")

    def manifest(self) -> GroupKey:
        """The key of manifests and lists."""
        return self.key("-manifest", "manifest")
