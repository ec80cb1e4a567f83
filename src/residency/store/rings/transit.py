"""A ring on a key server: the transit engine of OpenBao or Vault, one transit key per generation.

    ring = TransitRing.create(KeyServer("https://bao.example.org:8200", mount="transit", key="liver"), token)

Generation n is the key ‹key›-g‹n›, AES-256-GCM, with the purpose as associated data. To destroy one is to delete that
key, which is the one thing that takes a single generation off the server's storage: versions of one key can only be
trimmed from the oldest on. The key ‹key› itself wraps nothing; its version counts the generations, because to rotate is
the one step in which two that advance at once get different numbers. The token needs no more than `POLICY`.

Not here: the conversation with the server (`store.rings.server`), renewing tokens. Limits: what a backup of the server
holds, its restore brings back.
"""

import base64
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from residency.store.ring import (
    RingDamaged,
    RingExists,
    RingMissing,
    RingUnreadable,
    absent,
    check_old,
    parts,
)
from residency.store.rings.server import KeyServer, ask

POLICY = """
path "{mount}/keys"             {{ capabilities = ["list"] }}
path "{mount}/keys/{key}"       {{ capabilities = ["create", "read", "update"] }}
path "{mount}/keys/{key}/rotate" {{ capabilities = ["update"] }}
path "{mount}/keys/{key}-g*"    {{ capabilities = ["create", "update", "delete"] }}
path "{mount}/encrypt/{key}-g*" {{ capabilities = ["create", "update"] }}
path "{mount}/decrypt/{key}-g*" {{ capabilities = ["update"] }}
"""
_KIND = "aes256-gcm96"
_PREFIX = "vault:v1:"
"""Of every ciphertext. It is not kept: the server reads vault:v0: as the same, so a change in it would go unseen."""


@dataclass(frozen=True)
class TransitRing:
    """A ring kept on a key server; see `store.ring` for what it does."""

    place: KeyServer
    token: str = field(repr=False)

    @classmethod
    def create(cls, place: KeyServer, token: str) -> "TransitRing":
        """Make the first generation on a server whose transit engine is mounted already; raises RingExists."""
        ring = cls(place, token)
        if ring._found() or ring._ask("GET", f"keys/{place.key}")[0] == 200:
            raise RingExists(f"{place} holds a key '{place.key}' already.", remedy="Choose another name for the key.")
        ring._done("POST", f"keys/{place.key}", {"type": _KIND})
        ring._done("POST", f"keys/{place.key}-g1", {"type": _KIND})
        return ring

    @classmethod
    def open(cls, place: KeyServer, token: str) -> "TransitRing":
        """Open a ring; raises TokenRefused, RingMissing, RingUnreadable."""
        ring = cls(place, token)
        ring.generations()
        return ring

    @classmethod
    def load(cls, data: dict[str, Any]) -> "TransitRing":
        """The ring of an `export`."""
        return cls(KeyServer(**data["place"]), data["token"])

    def wrap(self, key: bytes, *, purpose: str) -> str:
        """The key as text, under the newest generation."""
        body = {"plaintext": _text(key), "associated_data": _text(purpose.encode()), "key_version": 1}
        # Without a kind that does not exist, the server would make a key that is missing: also one just destroyed.
        body["type"] = "never-made-by-wrapping"
        newest = max(self.generations())
        status, answer = self._ask("POST", f"encrypt/{self.place.key}-g{newest}", body)
        if status != 200 and max(self.generations()) > newest:
            return self.wrap(key, purpose=purpose)
        sealed = answer.get("ciphertext", "")
        if status != 200 or not sealed.startswith(_PREFIX):
            raise self._refused(status)
        return f"g{newest}.{sealed.removeprefix(_PREFIX)}"

    def unwrap(self, wrapped: str, *, purpose: str) -> bytes:
        """The key; raises KeyDestroyed, RingDamaged."""
        number, blob = parts(wrapped, purpose)
        body = {"ciphertext": _PREFIX + blob, "associated_data": _text(purpose.encode())}
        status, answer = self._ask("POST", f"decrypt/{self.place.key}-g{number}", body)
        if status == 200 and "plaintext" in answer:
            return base64.b64decode(answer["plaintext"])
        # The server says no more than 400, in words that change between its versions.
        held = self.generations()
        if number not in held:
            raise absent(number, held, purpose)
        raise RingDamaged(f"A wrapped key ({purpose}) does not open.", remedy="Restore the ledger.")

    def generations(self) -> tuple[int, ...]:
        """The generations on the server, oldest first."""
        found = self._found()
        if not found:
            raise RingMissing(
                f"{self.place} holds no key ring '{self.place.key}'.",
                remedy="Correct site.toml, or restore the server.",
            )
        return found

    def advance(self) -> int:
        """Add a generation, whose number nobody else is given."""
        self.generations()
        number = self._done("POST", f"keys/{self.place.key}/rotate", {})["latest_version"]
        self._done("POST", f"keys/{self.place.key}-g{number}", {"type": _KIND})
        return number

    def destroy(self, generation: int) -> None:
        """Delete the key of a generation; raises GenerationInUse."""
        held = self.generations()
        check_old(generation, held)
        name = f"keys/{self.place.key}-g{generation}"
        if generation in held:
            self._ask("POST", f"{name}/config", {"deletion_allowed": True})
            status, _ = self._ask("DELETE", name)
            if generation in self.generations():
                raise self._refused(status)

    def export(self) -> bytes:
        """Place and token, for `load_ring`."""
        return json.dumps({"kind": "transit", "place": asdict(self.place), "token": self.token}).encode()

    def _found(self) -> tuple[int, ...]:
        """The generations on the server; none where there is no such ring, or no transit engine."""
        status, answer = self._ask("LIST", "keys")
        if status not in (200, 404):
            raise self._refused(status)
        pattern = re.compile(rf"{re.escape(self.place.key)}-g([1-9][0-9]*)")
        numbers = [pattern.fullmatch(name) for name in answer.get("keys", [])]
        return tuple(sorted(int(number[1]) for number in numbers if number))

    def _done(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request that must be granted; raises RingMissing, RingUnreadable."""
        status, answer = self._ask(method, path, body)
        if status != 200:
            raise self._refused(status)
        return answer

    def _refused(self, status: int) -> RingMissing | RingUnreadable:
        """What it means that the server answered so; its own words may repeat what it was sent, and are left out."""
        if status == 404:
            return RingMissing(
                f"{self.place} has no transit engine at '{self.place.mount}'.",
                remedy="Enable it, or correct site.toml.",
            )
        return RingUnreadable(f"{self.place} answered {status} for '{self.place.key}'.", remedy="See the server's log.")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        return ask(self.place, self.token, method, path, body)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
