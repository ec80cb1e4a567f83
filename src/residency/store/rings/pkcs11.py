"""A ring in a hardware security module, over PKCS#11: one AES-256 key per generation, which never leaves the token.

    ring = Pkcs11Ring.create(HsmToken("/usr/lib/softhsm/libsofthsm2.so", token="hospital", label="liver"), pin)

The keys are labelled residency-‹label›-g‹generation›-‹random› and are found by their common CKA_ID, residency-‹label›.
A key is wrapped with CKM_AES_GCM under a random nonce, its purpose as additional data (SoftHSM 2.6 checks it). Each
call logs in and out (0.8 ms there), so that the PIN is always checked. A library shows its process what others changed
in the token late or not at all: it is started anew after every change of ours, before any "no" is believed, and, as
PKCS#11 asks, after a fork. Needs python-pkcs11: pip install residency[hsm]. Not here: making tokens and PINs, which is
for the module's own tools; a module that chooses the nonce itself, as FIPS 140 mode may, does not work.
"""

import base64
import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from residency.errors import Missing, ResidencyError
from residency.kernel.clock import stopwatch
from residency.store.ring import (
    RingDamaged,
    RingExists,
    RingMissing,
    RingUnreadable,
    WrongPassphrase,
    absent,
    check_old,
    parts,
)

_NONCE, _TAG_BITS = 12, 128
_WITHIN_S, _FIRST_PAUSE_S = 1.5, 0.02
_WRONG_PIN = ("PinIncorrect", "PinInvalid", "PinLenRange")
_NO_LIBRARY = "PKCS11Error"
_FINAL = (*_WRONG_PIN, "PinLocked", "PinExpired", _NO_LIBRARY)
"""Never tried again: a token counts wrong PINs."""
_WRONG_TAG = ("GeneralError", "EncryptedDataInvalid", "EncryptedDataLenRange", "FunctionFailed")
"""SoftHSM answers the first to whatever does not open; PKCS#11 means the second."""
_Done = TypeVar("_Done")

_ALONE = threading.Lock()
"""python-pkcs11 starts a library without locking of its own, and a fork in the middle of a call would never end it."""

_STARTED_BY: dict[str, int] = {}
"""Library and process that started it; `_NOBODY` once we changed a token through it."""

_NOBODY = 0

os.register_at_fork(before=_ALONE.acquire, after_in_parent=_ALONE.release, after_in_child=_ALONE.release)


class HsmSupportMissing(Missing):
    """python-pkcs11, which speaks to hardware security modules, is not installed."""


@dataclass(frozen=True)
class HsmToken:
    """Where the ring lies: library of the module, label of the token, and the name of the ring's keys in it."""

    module: str
    token: str
    label: str


@dataclass(frozen=True)
class Pkcs11Ring:
    """A ring kept in a token; see `store.ring` for what it does."""

    place: HsmToken
    pin: str = field(repr=False)

    @classmethod
    def create(cls, place: HsmToken, pin: str) -> "Pkcs11Ring":
        """Make the first generation in a token that stands already; raises RingExists."""
        ring = cls(place, pin)
        ring._do(ring._begin)
        return ring

    @classmethod
    def open(cls, place: HsmToken, pin: str) -> "Pkcs11Ring":
        """Open a ring; raises WrongPassphrase, RingMissing, RingUnreadable, HsmSupportMissing."""
        ring = cls(place, pin)
        ring.generations()
        return ring

    @classmethod
    def load(cls, data: dict[str, Any]) -> "Pkcs11Ring":
        """The ring of an `export`."""
        return cls(HsmToken(**data["place"]), data["pin"])

    def wrap(self, key: bytes, *, purpose: str) -> str:
        """The key as text, under the newest generation."""

        def wrapped(session: Any) -> str:
            keys = self._keys(session)
            return f"g{max(keys)}.{base64.b64encode(_seal(keys[max(keys)][0], key, purpose)).decode()}"

        return self._do(wrapped)

    def unwrap(self, wrapped: str, *, purpose: str) -> bytes:
        """The key; raises KeyDestroyed, RingDamaged."""
        number, blob = parts(wrapped, purpose)

        def unwrapped(session: Any) -> bytes:
            keys = self._keys(session)
            if number not in keys:
                raise absent(number, keys, purpose)
            for key in keys[number]:
                opened = _unseal(key, base64.b64decode(blob), purpose)
                if opened is not None:
                    return opened
            raise RingDamaged(f"A wrapped key ({purpose}) does not open.", remedy="Restore the ledger.")

        return self._do(unwrapped)

    def generations(self) -> tuple[int, ...]:
        """The generations in the token, oldest first."""
        return self._do(lambda session: tuple(sorted(self._keys(session))))

    def advance(self) -> int:
        """Add a generation. Of two that advance at once both may add a key to the same one; each opens what it sealed.

        A token knows no "make it if there is none": so nothing stands in the way of a second key of one generation.
        Where others went past ours meanwhile, theirs is returned and ours stays until its number is destroyed: somebody
        may have wrapped under it while it was the newest.
        """
        self._do(lambda session: self._add(session, max(self._keys(session)) + 1))
        return max(self.generations())

    def destroy(self, generation: int) -> None:
        """Destroy the keys of a generation in the token; raises GenerationInUse."""

        def destroyed(session: Any) -> None:
            check_old(generation, self._keys(session))
            self._remove(session, f"{self._name}-g{generation}-")

        self._do(destroyed)

    def export(self) -> bytes:
        """Place and PIN, for `load_ring`."""
        return json.dumps({"kind": "pkcs11", "place": asdict(self.place), "pin": self.pin}).encode()

    @property
    def _name(self) -> str:
        return f"residency-{self.place.label}"

    def _do(self, work: Callable[[Any], _Done]) -> _Done:
        """What `work` does in a session that is logged in; names what the module refused.

        Where the module fails, or where the work says no, it is done again from a library started anew: the files of
        SoftHSM are half-written for an instant whenever another process changes the token.
        """
        try:
            import pkcs11
        except ImportError as error:
            raise HsmSupportMissing("python-pkcs11 is not installed.", remedy="pip install residency[hsm]") from error
        ends, pause, anew = stopwatch() + _WITHIN_S, _FIRST_PAUSE_S, False
        while True:
            try:
                with _ALONE:
                    token = _started(self.place.module, anew).get_token(token_label=self.place.token)
                    with token.open(rw=True, user_pin=self.pin) as session:
                        return work(session)
            except pkcs11.PKCS11Error as error:
                if type(error).__name__ in _FINAL or stopwatch() + pause > ends:
                    raise self._told(error) from error
                time.sleep(pause)
                pause *= 2
            except ResidencyError:
                if anew:
                    raise
            anew = True

    def _found(self, session: Any, label: str) -> list[Any]:
        """The keys of this ring whose labels begin so."""
        from pkcs11 import Attribute, ObjectClass

        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.ID: self._name.encode()}
        return [key for key in list(session.get_objects(wanted)) if key.label.startswith(label)]

    def _keys(self, session: Any) -> dict[int, list[Any]]:
        """Generation and its keys, nearly always one; raises RingMissing for none at all."""
        found: dict[int, list[Any]] = {}
        for key in self._found(session, f"{self._name}-g"):
            number = key.label.removeprefix(f"{self._name}-g").partition("-")[0]
            found.setdefault(int(number), []).append(key)
        if not found:
            says = f"Token '{self.place.token}' holds no key ring '{self.place.label}'."
            raise RingMissing(says, remedy="Restore the token, or correct site.toml.")
        return found

    def _begin(self, session: Any) -> None:
        if self._found(session, self._name):
            says = f"Token '{self.place.token}' holds a key ring '{self.place.label}' already."
            raise RingExists(says, remedy="Choose another label.")
        self._add(session, 1)

    def _add(self, session: Any, number: int) -> tuple[int, str]:
        """Number and label of a new key."""
        from pkcs11 import Attribute, KeyType, MechanismFlag

        label = f"{self._name}-g{number}-{os.urandom(4).hex()}"
        _STARTED_BY[self.place.module] = _NOBODY
        session.generate_key(
            KeyType.AES,
            256,
            id=self._name.encode(),
            label=label,
            store=True,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
            template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )
        return number, label

    def _remove(self, session: Any, label: str) -> None:
        """Destroy the keys whose labels begin so."""
        _STARTED_BY[self.place.module] = _NOBODY
        for key in self._found(session, label):
            key.destroy()

    def _told(self, error: Exception) -> ResidencyError:
        """What the module answered, in words; neither has it the PIN, nor have they."""
        kind, place = type(error).__name__, self.place
        if kind in _WRONG_PIN:
            return WrongPassphrase(f"This PIN does not open token '{place.token}'.", remedy="Try again.")
        if kind == "NoSuchToken":
            return RingMissing(f"{place.module} has no token '{place.token}'.", remedy="Correct site.toml.")
        if kind == _NO_LIBRARY:
            return RingMissing(f"{place.module} is no PKCS#11 library.", remedy="Correct 'module' in site.toml.")
        return RingUnreadable(f"Token '{place.token}' cannot be used: {kind}.", remedy="Check the module.")


def _started(module: str, anew: bool) -> Any:
    """The library, started by this process, and since our last change; raises PKCS11Error."""
    import pkcs11

    library = pkcs11.lib(module)
    if anew or _STARTED_BY.setdefault(module, os.getpid()) != os.getpid():
        with suppress(pkcs11.PKCS11Error):
            library.finalize()
        library = pkcs11.lib(module)
        _STARTED_BY[module] = os.getpid()
    return library


def _seal(key: Any, data: bytes, purpose: str) -> bytes:
    """Nonce, ciphertext and tag."""
    from pkcs11 import GCMParams, Mechanism

    nonce = os.urandom(_NONCE)
    about = GCMParams(nonce, purpose.encode(), _TAG_BITS)
    return nonce + _may(key, "encrypt")(data, mechanism=Mechanism.AES_GCM, mechanism_param=about)


def _unseal(key: Any, sealed: bytes, purpose: str) -> bytes | None:
    """What `_seal` sealed, or None where this key did not; raises PKCS11Error where the module is at fault."""
    from pkcs11 import GCMParams, Mechanism, PKCS11Error

    about = GCMParams(sealed[:_NONCE], purpose.encode(), _TAG_BITS)
    decrypt = _may(key, "decrypt")
    try:
        return decrypt(sealed[_NONCE:], mechanism=Mechanism.AES_GCM, mechanism_param=about)
    except PKCS11Error as error:
        if type(error).__name__ not in _WRONG_TAG:
            raise
        return None


def _may(key: Any, verb: str) -> Callable[..., bytes]:
    """The method of a key, which python-pkcs11 gives to those alone that are allowed it; raises RingUnreadable."""
    method = getattr(key, verb, None)
    if method is None:
        raise RingUnreadable(f"Key '{key.label}' may not {verb}.", remedy="Give it back CKA_ENCRYPT and CKA_DECRYPT.")
    return method
