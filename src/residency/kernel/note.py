"""Signed notes and log checkpoints as C2SP writes them (signed-note, tlog-checkpoint); the text only, no cryptography.

A note is a text that ends in a newline, an empty line, and one line per signature:

    residency.example/log
    42
    qg0k…=

    — residency.example/log 6Q0c…

A checkpoint's three lines are origin, size and root. Not here: making or checking an Ed25519 signature
(`govern.identity` signs, `release.verify` checks); this module says which bytes are signed.
"""

import base64
import hashlib
from dataclasses import dataclass

from residency.errors import Broken

ED25519 = 1
_DASH = "— "


class NoteMalformed(Broken):
    """The text is not a signed note."""


@dataclass(frozen=True)
class PublicKey:
    """A verifier key: its name and its 32 raw Ed25519 bytes."""

    name: str
    raw: bytes

    @property
    def hint(self) -> bytes:
        """Four bytes that name the key inside a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hint.hex()}+{base64.b64encode(bytes([ED25519]) + self.raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """Read a verifier key; raises NoteMalformed, also when the name does not belong to the bytes."""
        name, _, rest = text.strip().partition("+")
        hint, _, encoded = rest.partition("+")
        try:
            data = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise NoteMalformed("A key is not base64.", remedy="Copy the whole line.") from error
        key = cls(name, data[1:])
        if data[:1] != bytes([ED25519]) or len(data) != 33 or key.hint.hex() != hint:
            raise NoteMalformed(
                f"The key named '{name[:80]}' is damaged: its name and its bytes do not belong together.",
                remedy="Copy the key again from where it is published.",
            )
        return key


@dataclass(frozen=True)
class Signed:
    """One signature line."""

    name: str
    hint: bytes
    signature: bytes


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself at one moment."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a checkpoint; it must be exactly what `text` would write again."""
        lines = text.split("\n")
        try:
            checkpoint = cls(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
        except (IndexError, ValueError) as error:
            raise NoteMalformed(
                "A checkpoint is not origin, size and root.", remedy="Use an undamaged copy."
            ) from error
        if checkpoint.text() != text or len(checkpoint.root) != 32 or checkpoint.size < 0:
            raise NoteMalformed("A checkpoint is not in its canonical form.", remedy="Use an undamaged copy.")
        return checkpoint


def write_note(text: str, signatures: list[Signed]) -> str:
    """The note: the text, an empty line, the signature lines."""
    lines = [f"{_DASH}{s.name} {base64.b64encode(s.hint + s.signature).decode()}\n" for s in signatures]
    return text + "\n" + "".join(lines)


def read_note(note: str) -> tuple[str, list[Signed]]:
    """Split a note into the signed text and its signatures; raises NoteMalformed."""
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteMalformed("A signed note lacks its empty line or its end.", remedy="Use an undamaged copy.")
    return text + "\n", [_signature(line) for line in tail[:-1].split("\n")]


def _signature(line: str) -> Signed:
    name, _, encoded = line.removeprefix(_DASH).rpartition(" ")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise NoteMalformed("A signature line is not base64.", remedy="Use an undamaged copy.") from error
    # Two spellings of one signature would make two notes that both verify: only the canonical base64 is taken.
    canonical = base64.b64encode(data).decode() == encoded
    if not line.startswith(_DASH) or not name or len(data) != 68 or not canonical:
        raise NoteMalformed("A signature line is malformed.", remedy="Use an undamaged copy.")
    return Signed(name, data[:4], data[4:])
