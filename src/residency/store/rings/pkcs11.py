"""A ring in a hardware security module, over PKCS#11: one AES-256 key per generation, which never leaves the token.

    ring = Pkcs11Ring.create(HsmToken("/usr/lib/softhsm/libsofthsm2.so", token="hospital", label="liver"), pin)

The keys are labelled residency-‹label›-g‹generation› and are found by their common CKA_ID, residency-‹label›. A key is
wrapped with CKM_AES_GCM under a random nonce, its purpose as additional data (SoftHSM 2.6 checks it). Each call logs in
and out (0.8 ms there) so that the PIN is always checked, and a process that was forked starts the library anew, as
PKCS#11 asks. Needs python-pkcs11: pip install residency[hsm]. Not here: making tokens and PINs, which is for the
module's own tools; a module that chooses the nonce itself, as FIPS 140 mode may, does not work.
"""

import base64
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from residency.errors import Missing, ResidencyError
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

_ALONE = threading.Lock()
"""python-pkcs11 starts a library without locking of its own, and a fork in the middle of a call would never end it."""

_STARTED_BY: dict[str, int] = {}
"""Library and process that started it."""

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
        with ring._session() as session:
            if ring._found(session):
                raise RingExists(
                    f"Token '{place.token}' holds a key ring '{place.label}' already.", remedy="Choose another label."
                )
            ring._add(session, 1)
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
        with self._session() as session:
            keys = self._keys(session)
            sealed = _seal(keys[max(keys)][0], key, purpose)
        return f"g{max(keys)}.{base64.b64encode(sealed).decode()}"

    def unwrap(self, wrapped: str, *, purpose: str) -> bytes:
        """The key; raises KeyDestroyed, RingDamaged."""
        number, blob = parts(wrapped, purpose)
        with self._session() as session:
            keys = self._keys(session)
            if number not in keys:
                raise absent(number, keys, purpose)
            for key in keys[number]:
                opened = _unseal(key, base64.b64decode(blob), purpose)
                if opened is not None:
                    return opened
        raise RingDamaged(f"A wrapped key ({purpose}) does not open.", remedy="Restore the ledger.")

    def generations(self) -> tuple[int, ...]:
        """The generations in the token, oldest first."""
        with self._session() as session:
            return tuple(sorted(self._keys(session)))

    def advance(self) -> int:
        """Add a generation. Of two that advance at once both may add a key to the same one; each opens what it sealed.

        A token knows no "make it if there is none": so nothing stands in the way of a second key of one generation.
        """
        with self._session() as session:
            while True:
                number = max(self._keys(session)) + 1
                made = self._add(session, number)
                if max(self._keys(session)) == number:
                    return number
                # Others went past this number meanwhile, and may have destroyed it: it must not come back.
                made.destroy()

    def destroy(self, generation: int) -> None:
        """Destroy the keys of a generation in the token; raises GenerationInUse."""
        with self._session() as session:
            keys = self._keys(session)
            check_old(generation, keys)
            for key in keys.get(generation, []):
                key.destroy()

    def export(self) -> bytes:
        """Place and PIN, for `load_ring`."""
        return json.dumps({"kind": "pkcs11", "place": asdict(self.place), "pin": self.pin}).encode()

    @property
    def _name(self) -> str:
        return f"residency-{self.place.label}"

    @contextmanager
    def _session(self) -> Iterator[Any]:
        """A session that is logged in; names what the module refused, and starts it anew the next time."""
        try:
            import pkcs11
        except ImportError as error:
            raise HsmSupportMissing("python-pkcs11 is not installed.", remedy="pip install residency[hsm]") from error
        with _ALONE:
            library = None
            try:
                library = _started(self.place.module)
                token = library.get_token(token_label=self.place.token)
                with token.open(rw=True, user_pin=self.pin) as session:
                    yield session
            except pkcs11.PKCS11Error as error:
                if library is not None:
                    _end(library)
                raise self._told(error) from error

    def _found(self, session: Any) -> dict[int, list[Any]]:
        """Generation and its keys; nearly always one."""
        from pkcs11 import Attribute, ObjectClass

        found: dict[int, list[Any]] = {}
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.ID: self._name.encode()}
        for key in list(session.get_objects(wanted)):
            number = re.fullmatch(rf"{re.escape(self._name)}-g([1-9][0-9]*)", key.label)
            if number:
                found.setdefault(int(number[1]), []).append(key)
        return found

    def _keys(self, session: Any) -> dict[int, list[Any]]:
        """As `_found`; raises RingMissing for none."""
        found = self._found(session)
        if not found:
            says = f"Token '{self.place.token}' holds no key ring '{self.place.label}'."
            raise RingMissing(says, remedy="Restore the token, or correct site.toml.")
        return found

    def _add(self, session: Any, number: int) -> Any:
        from pkcs11 import Attribute, KeyType, MechanismFlag

        return session.generate_key(
            KeyType.AES,
            256,
            id=self._name.encode(),
            label=f"{self._name}-g{number}",
            store=True,
            capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
            template={Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )

    def _told(self, error: Exception) -> ResidencyError:
        """What the module answered, in words; neither has it the PIN, nor have they."""
        kind, place = type(error).__name__, self.place
        if kind in ("PinIncorrect", "PinInvalid", "PinLenRange"):
            return WrongPassphrase(f"This PIN does not open token '{place.token}'.", remedy="Try again.")
        if kind == "NoSuchToken":
            return RingMissing(f"{place.module} has no token '{place.token}'.", remedy="Correct site.toml.")
        if kind == "PKCS11Error":
            return RingMissing(f"{place.module} is no PKCS#11 library.", remedy="Correct 'module' in site.toml.")
        return RingUnreadable(f"Token '{place.token}' cannot be used: {kind}.", remedy="Check the module.")


def _started(module: str) -> Any:
    """The library, started by this process and not by the one that forked it; raises PKCS11Error."""
    import pkcs11

    library = pkcs11.lib(module)
    if _STARTED_BY.setdefault(module, os.getpid()) != os.getpid():
        _end(library)
        library = pkcs11.lib(module)
        _STARTED_BY[module] = os.getpid()
    return library


def _end(library: Any) -> None:
    """Forget sessions and slots: a failed login leaves its session open, and a token that came later is not seen."""
    import pkcs11

    with suppress(pkcs11.PKCS11Error):
        library.finalize()


def _seal(key: Any, data: bytes, purpose: str) -> bytes:
    """Nonce, ciphertext and tag."""
    from pkcs11 import GCMParams, Mechanism

    nonce = os.urandom(_NONCE)
    about = GCMParams(nonce, purpose.encode(), _TAG_BITS)
    return nonce + key.encrypt(data, mechanism=Mechanism.AES_GCM, mechanism_param=about)


def _unseal(key: Any, sealed: bytes, purpose: str) -> bytes | None:
    """What `_seal` sealed, or None where this key did not; raises PKCS11Error where the module is at fault."""
    from pkcs11 import GCMParams, Mechanism, PKCS11Error

    about = GCMParams(sealed[:_NONCE], purpose.encode(), _TAG_BITS)
    try:
        return key.decrypt(sealed[_NONCE:], mechanism=Mechanism.AES_GCM, mechanism_param=about)
    except PKCS11Error:
        # SoftHSM answers GeneralError to a wrong tag, which may mean anything: a module that works still seals.
        _seal(key, b"", purpose)
        return None
