"""Keys follow what must be forgotten: root → generation → space → group → write attempt.

    ring = PassphraseRing.create(path, passphrase)      # the root; argon2id
    space = new_space(ring, owner=source.id, …)         # one source or data set
    group = space.new_group("sub-…", "imaging", …)      # one subject x one data type

Every key down to the group is random and wrapped by the one above, so that destroying one forgets exactly what lies
below it. Wrapped keys are records of the ledger; the ring's file holds the generations alone. A key is only ever
opened through a lease (`govern.gate`). Not here: the attempt keys (`store.sealed`). Surviving copies of the root
are a stated limit: who kept the ring's file and its passphrase can open what that generation could.
"""

import base64
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from residency.errors import Broken, Conflict, Missing, Refused, Unavailable
from residency.kernel.digest import digest_of
from residency.kernel.ids import new_id
from residency.kernel.record import Record
from residency.store.files import write_atomically
from residency.store.sealed import GroupKey

ARGON2_MEMORY_KIB = 64 * 1024
ARGON2_PASSES = 3


class WrongPassphrase(Refused):
    """The passphrase does not open this."""


class RingDamaged(Broken):
    """The file of the key ring is not what was written."""


class RingMissing(Missing):
    """There is no key ring where the settings say."""


class RingUnreadable(Unavailable):
    """The file of the key ring is there, but the system does not let it be read."""


class RingExists(Conflict):
    """A key ring is never overwritten."""


class KeyDestroyed(Unavailable):
    """The generation that wrapped this key is gone: so is what it sealed."""


class KeyRing(Protocol):
    """Wraps and unwraps keys under its present generation."""

    def wrap(self, key: bytes, *, purpose: str) -> str:
        """The key as text that only this ring opens, and only for this purpose."""
        ...

    def unwrap(self, wrapped: str, *, purpose: str) -> bytes:
        """The key; raises KeyDestroyed, RingDamaged."""
        ...

    def generations(self) -> tuple[int, ...]:
        """The numbers of the generations that are here, oldest first."""
        ...

    def advance(self) -> int:
        """Add a generation, which wraps from now on; returns its number."""
        ...

    def destroy(self, generation: int) -> None:
        """Forget a generation that is not the newest, for good."""
        ...

    def export(self) -> bytes:
        """The opened ring, to hand to a process over an inherited descriptor; never to a file or an argument."""
        ...


class OpenRing:
    """A ring that is open in this process: generation number → key."""

    def __init__(self, generations: Mapping[int, bytes]) -> None:
        self._generations = dict(generations)

    def wrap(self, key: bytes, *, purpose: str) -> str:
        """The key as text that only this ring opens, and only for this purpose."""
        generation = max(self._generations)
        return f"g{generation}.{wrap_under(self._generations[generation], key, purpose)}"

    def unwrap(self, wrapped: str, *, purpose: str) -> bytes:
        """The key; raises KeyDestroyed, RingDamaged."""
        generation, _, blob = wrapped.removeprefix("g").partition(".")
        if not generation.isdecimal():
            raise RingDamaged(f"A wrapped key ({purpose}) is malformed.", remedy="Restore the ledger.")
        if int(generation) not in self._generations:
            raise KeyDestroyed(
                f"Key generation {generation} was destroyed, and with it the key for {purpose}.",
                remedy="This cannot be undone; 'residency lineage' names what depended on it.",
            )
        return unwrap_under(self._generations[int(generation)], blob, purpose)

    def generations(self) -> tuple[int, ...]:
        """The numbers of the generations that are here, oldest first."""
        return tuple(sorted(self._generations))

    def export(self) -> bytes:
        """The opened ring as bytes."""
        return json.dumps({number: key.hex() for number, key in self._generations.items()}).encode()

    @classmethod
    def load(cls, data: bytes) -> "OpenRing":
        """The ring that `export` wrote."""
        return cls({int(number): bytes.fromhex(key) for number, key in json.loads(data).items()})


class PassphraseRing:
    """A ring kept in a file, each generation wrapped under argon2id of a passphrase."""

    @staticmethod
    def create(path: Path, passphrase: str, *, memory_kib: int = ARGON2_MEMORY_KIB) -> OpenRing:
        """Make a ring with its first generation; raises RingExists."""
        if path.exists():
            raise RingExists(f"A key ring is at {path} already.", remedy="Choose another folder for a new site.")
        salt, key = os.urandom(16), os.urandom(32)
        root = derive(passphrase, salt, memory_kib)
        slots = {"1": wrap_under(root, key, "generation 1")}
        body = {
            "format": 1,
            "salt": salt.hex(),
            "memory_kib": memory_kib,
            "passes": ARGON2_PASSES,
            "generations": slots,
        }
        # Without the digest, a damaged file could not be told from a wrong passphrase.
        write_atomically(path, json.dumps(body | {"digest": digest_of(body)}, indent=1).encode())
        return OpenRing({1: key})

    @staticmethod
    def open(path: Path, passphrase: str) -> OpenRing:
        """Open a ring; raises WrongPassphrase, RingMissing, RingDamaged."""
        try:
            body = json.loads(path.read_bytes())
            if body.pop("digest") != digest_of(body):
                raise ValueError("the digest of the ring is not that of its slots")
            root = derive(passphrase, bytes.fromhex(body["salt"]), body["memory_kib"])
            slots = {int(number): slot for number, slot in body["generations"].items()}
        except FileNotFoundError as error:
            raise RingMissing(f"There is no key ring at {path}.", remedy="Restore it, or correct site.toml.") from error
        except OSError as error:
            raise RingUnreadable(f"The key ring at {path} cannot be read.", remedy="Check its permissions.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RingDamaged(
                f"The key ring at {path} is damaged.", remedy="Restore it from its own backup."
            ) from error
        try:
            return OpenRing(
                {number: unwrap_under(root, slot, f"generation {number}") for number, slot in slots.items()}
            )
        except RingDamaged:
            raise WrongPassphrase("This passphrase does not open the site's key ring.", remedy="Try again.") from None


class KeySpace(Record):
    """The two keys of one source, de-identification or data set, wrapped by the ring.

    `wrapped` is the secret from which names are derived and never changes; `wrapping` is the key that wraps the groups,
    and is drawn anew whenever one of them is destroyed: `turn` counts how often.
    """

    kind: ClassVar[str] = "key-space"
    owner: str
    wrapped: str
    wrapping: str
    turn: int = 1


class KeyGroup(Record):
    """The key of one subject x one data type, or of a list, wrapped by its space; empty once it is destroyed.

    `of` are the groups that sealed what this group's data were made of: a subject is forgotten along these. `turn` is
    that of the space when it wrapped this key.
    """

    kind: ClassVar[str] = "key-group"
    space: str
    subject: str
    data_type: str
    of: tuple[str, ...] = ()
    wrapped: str
    turn: int = 1

    @property
    def scope(self) -> str:
        """Groups are looked up by their space."""
        return self.space

    @property
    def destroyed(self) -> bool:
        """Whether its key is gone for good."""
        return not self.wrapped


@dataclass
class Space:
    """An opened key space: the secret of its names, and the groups that were made and wait to be saved."""

    ring: KeyRing = field(repr=False)
    opened: KeySpace
    key: bytes = field(repr=False)
    wrapping: bytes = field(repr=False)
    made: dict[tuple[str, str], KeyGroup] = field(default_factory=dict)

    @property
    def record(self) -> KeySpace:
        """The record, wrapped by the generation of the ring that is the newest now."""
        return wrapped_anew(self.ring, self.opened, self.key, self.wrapping)

    def new_group(self, subject: str, data_type: str, at: datetime, by: str, *, of: Iterable[str] = ()) -> GroupKey:
        """The group of a subject and a data type, made at the first call; `of` are the groups its data come from."""
        known = self.made.get((subject, data_type))
        if known is None:
            identifier = new_id("key-group", at)
            known = KeyGroup(
                id=identifier,
                made_at=at,
                made_by=by,
                space=self.opened.id,
                subject=subject,
                data_type=data_type,
                wrapped=wrap_under(self.wrapping, os.urandom(32), identifier),
                turn=self.opened.turn,
            )
        return self.open(self.derived(known, of))

    def derived(self, group: KeyGroup, of: Iterable[str]) -> KeyGroup:
        """A group that is also of these groups; waits to be saved where that is new."""
        groups = tuple(sorted({*group.of, *of}))
        if groups != group.of or group.revision == 0:
            group = group.model_copy(update={"of": groups})
            self.made[group.subject, group.data_type] = group
        return group

    def open(self, group: KeyGroup) -> GroupKey:
        """The key of a group of this space; raises KeyDestroyed."""
        if group.destroyed:
            raise KeyDestroyed(
                f"The key group {group.id} was destroyed, and with it what it sealed.",
                remedy="This cannot be undone; freeze the data set again, without what is gone.",
            )
        return GroupKey(group.id, unwrap_under(self.wrapping, group.wrapped, group.id))


def new_space(ring: KeyRing, *, owner: str, at: datetime, by: str) -> Space:
    """A new space with random keys, wrapped by the ring."""
    key, wrapping, identifier = os.urandom(32), os.urandom(32), new_id("key-space", at)
    about = {"id": identifier, "made_at": at, "made_by": by, "owner": owner}
    return open_space(ring, KeySpace(**about, **_wrapped(ring, identifier, key, wrapping)))


def open_space(ring: KeyRing, record: KeySpace) -> Space:
    """Open a space; raises KeyDestroyed."""
    key = ring.unwrap(record.wrapped, purpose=record.id)
    return Space(ring, record, key, ring.unwrap(record.wrapping, purpose=_wrapping_of(record.id)))


def wrapped_anew(ring: KeyRing, record: KeySpace, key: bytes, wrapping: bytes) -> KeySpace:
    """The record of a space, wrapped by the newest generation; unchanged where that is the one that wrapped it."""
    newest = f"g{max(ring.generations())}."
    if record.wrapped.startswith(newest) and record.wrapping.startswith(newest):
        return record
    return record.model_copy(update=_wrapped(ring, record.id, key, wrapping))


def _wrapped(ring: KeyRing, identifier: str, key: bytes, wrapping: bytes) -> dict[str, str]:
    purpose = _wrapping_of(identifier)
    return {"wrapped": ring.wrap(key, purpose=identifier), "wrapping": ring.wrap(wrapping, purpose=purpose)}


def _wrapping_of(identifier: str) -> str:
    return f"{identifier} groups"


def derive(passphrase: str, salt: bytes, memory_kib: int) -> bytes:
    """32 bytes of argon2id (RFC 9106)."""
    return hash_secret_raw(passphrase.encode(), salt, ARGON2_PASSES, memory_kib, 1, 32, Type.ID)


def wrap_under(under: bytes, key: bytes, purpose: str) -> str:
    """A key under another, bound to its purpose."""
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(under).encrypt(nonce, key, purpose.encode())).decode()


def unwrap_under(under: bytes, blob: str, purpose: str) -> bytes:
    """The key that `wrap_under` wrapped; raises RingDamaged."""
    try:
        data = base64.b64decode(blob, validate=True)
        return AESGCM(under).decrypt(data[:12], data[12:], purpose.encode())
    except (InvalidTag, ValueError):
        raise RingDamaged(f"A wrapped key ({purpose}) does not open.", remedy="Restore the ledger.") from None
