"""The keys that the reader trusts, from a file of the reader's own; never from the bundle.

    # liver study, copied from the site's poster on 3 March
    residency.example+1f0c2a9b+AXk…
    residency/person/okafor+77aa01c3+AQm…

One verifier key (C2SP) per line; '#' starts a comment. A name with '/person/' in it is a person's key, any other is
a site's. Not here: keys that the bundle itself speaks of (`claims` says what those are worth).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from residency.errors import BadInput
from residency.kernel.note import Checkpoint, NoteMalformed, PublicKey, Signed, read_note

_PERSON = "/person/"


class KeyFileMalformed(BadInput):
    """The file of pinned keys cannot be used."""


@dataclass(frozen=True)
class Keys:
    """Pinned keys by name."""

    sites: dict[str, PublicKey]
    people: dict[str, PublicKey]


def read_keys(text: str) -> Keys:
    """Read a file of pinned keys; raises KeyFileMalformed with the number of the line."""
    found: dict[str, PublicKey] = {}
    for number, line in enumerate(text.splitlines(), 1):
        written = line.partition("#")[0].strip()
        if not written:
            continue
        try:
            key = PublicKey.parse(written)
        except (NoteMalformed, ValueError) as error:
            says = error.message if isinstance(error, NoteMalformed) else "it is not a key."
            raise KeyFileMalformed(f"Line {number} of the key file: {says}", remedy="Copy the whole line.") from error
        if found.setdefault(key.name, key) != key:
            raise KeyFileMalformed(f"Line {number} of the key file names '{key.name}' a second time, with another key.")
    sites = {name: key for name, key in found.items() if _PERSON not in name}
    if not sites:
        raise KeyFileMalformed(
            "The key file holds no key of a site.", remedy="Ask the site for its public key, by a way of its own."
        )
    return Keys(sites, {name: key for name, key in found.items() if _PERSON in name})


def fits(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether this key signed these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def signer(text: str, signatures: Sequence[Signed], sites: dict[str, PublicKey]) -> tuple[PublicKey | None, str]:
    """The pinned key that signed a note, or None and why there is none."""
    reason = "it carries no signature"
    for line in signatures:
        key = sites.get(line.name)
        if key is None:
            pinned = ", ".join(f"'{name}'" for name in sites)
            reason = f"it is signed in the name of '{line.name[:80]}', and the pinned key is that of {pinned}"
        elif key.hint != line.hint:
            reason = (
                f"it is signed by a key {line.hint.hex()} in the name of '{key.name}', and the pinned key of that name "
                f"is {key.hint.hex()}: the key was replaced"
            )
        elif fits(key, line.signature, text.encode()):
            return key, ""
        else:
            reason = f"the signature of '{key.name}' does not fit its text"
    return None, reason


def read_head(note: str, key: PublicKey) -> Checkpoint:
    """The checkpoint of a note that this key signed for its own log; raises NoteMalformed."""
    text, signatures = read_note(note)
    checkpoint = Checkpoint.parse(text)
    by, reason = signer(text, signatures, {key.name: key})
    if by is None:
        raise NoteMalformed(f"The head is not to be trusted: {reason}.")
    if checkpoint.origin != key.name:
        raise NoteMalformed(f"The head speaks of the log '{checkpoint.origin[:80]}', not of '{key.name}'.")
    return checkpoint
