"""What a key ring is: it wraps the keys of a site in generations, and forgets a generation for good.

    wrapped = ring.wrap(key, purpose=space.id)      # "g1.…", under the newest generation
    ring.advance()                                  # generation 2 stands beside 1: new keys are "g2.…"
    ring.destroy(1)                                 # "g1.…" opens in no process any more

A ring that is open keeps no generation key: it looks at its file, token or server at every call. So a process that
opened it long ago sees the generations that others made, and uses none that others destroyed. Not here: the rings
themselves (`store.rings`), the keys that they wrap (`store.keys`).
"""

import base64
import binascii
import os
import re
from collections.abc import Collection
from typing import Protocol

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from residency.errors import Broken, Conflict, Missing, Refused, ResidencyError, Unavailable

ARGON2_MEMORY_KIB = 64 * 1024
ARGON2_PASSES = 3
_WRAPPED = re.compile(r"g([1-9][0-9]{0,8})\.([A-Za-z0-9+/]+={0,2})")


class WrongPassphrase(Refused):
    """The passphrase, or the PIN of the token, does not open this."""


class TokenRefused(Refused):
    """The key server does not accept the token, or does not allow it this."""


class RingDamaged(Broken):
    """The key ring, or a key that it wrapped, is not what was written."""


class RingMissing(Missing):
    """There is no key ring where the settings say."""


class RingUnreadable(Unavailable):
    """The file, token or server of the key ring does not let itself be used just now."""


class RingExists(Conflict):
    """A key ring is never overwritten."""


class RingResealed(Conflict):
    """The ring was given another passphrase after this process had opened it."""


class GenerationInUse(Conflict):
    """The newest generation, under which keys are wrapped, is never destroyed."""


class KeyDestroyed(Unavailable):
    """The generation that wrapped this key is gone: so is what it sealed."""


class KeyRing(Protocol):
    """Wraps and unwraps keys; any call may raise RingMissing, RingUnreadable, WrongPassphrase or TokenRefused."""

    def wrap(self, key: bytes, *, purpose: str) -> str:
        """The key as text that only this ring opens, and only for this purpose: g‹generation›.‹base64›."""
        ...

    def unwrap(self, wrapped: str, *, purpose: str) -> bytes:
        """The key; raises KeyDestroyed, RingDamaged."""
        ...

    def generations(self) -> tuple[int, ...]:
        """The generations that still open what they wrapped, oldest first; never none."""
        ...

    def advance(self) -> int:
        """Add a generation newer than all before this call; two that advance at once may be given the same one."""
        ...

    def destroy(self, generation: int) -> None:
        """Forget a generation for good, again without error; raises GenerationInUse for the newest."""
        ...

    def export(self) -> bytes:
        """What `load_ring` opens the ring from, secrets included: for an inherited descriptor, never for a file."""
        ...


def parts(wrapped: str, purpose: str) -> tuple[int, str]:
    """Generation and base64 of a wrapped key; raises RingDamaged for all that no ring has written."""
    found = _WRAPPED.fullmatch(wrapped)
    if not found or not _canonical(found[2]):
        raise RingDamaged(f"A wrapped key ({purpose}) is malformed.", remedy="Restore the ledger.")
    return int(found[1]), found[2]


def absent(generation: int, held: Collection[int], purpose: str) -> ResidencyError:
    """What to raise for a generation that a ring does not hold: it was destroyed, or it never was."""
    if generation < max(held):
        return KeyDestroyed(
            f"Key generation {generation} was destroyed, and with it the key for {purpose}.",
            remedy="This cannot be undone; 'residency lineage' names what depended on it.",
        )
    return RingDamaged(
        f"Key generation {generation} wrapped the key for {purpose}, but the ring ends at {max(held)}.",
        remedy="An older ring was put back, or another one: restore the newest.",
    )


def check_old(generation: int, held: Collection[int]) -> None:
    """Refuse to destroy what keys are wrapped under; raises GenerationInUse."""
    if generation >= max(held):
        raise GenerationInUse(
            f"Generation {generation} is not older than the newest of the key ring, {max(held)}.",
            remedy="Move to a new generation first.",
        )


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
        data = base64.b64decode(blob if _canonical(blob) else "")
        return AESGCM(under).decrypt(data[:12], data[12:], purpose.encode())
    except (InvalidTag, ValueError):
        raise RingDamaged(f"A wrapped key ({purpose}) does not open.", remedy="Restore the ledger.") from None


def _canonical(blob: str) -> bool:
    """Whether this is the one base64 of its bytes: decoders ignore the last bits, so a change there would go unseen."""
    try:
        return base64.b64encode(base64.b64decode(blob, validate=True)).decode() == blob
    except (binascii.Error, ValueError):
        return False
