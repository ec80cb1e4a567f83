"""What "the same" means: SHA-256 over bytes, and over the canonical JSON of values (RFC 8785).

    digest(b"abc")            ->  "sha256:ba7816bf…"
    digest_of({"b": 1, "a": 2})   the same for every order of keys

Not here: keyed digests of clinical data (`store`): a bare digest of a patient's file lets anyone who holds that
file confirm that it is here.
"""

import hashlib
from typing import Annotated, Any

import rfc8785
from pydantic import StringConstraints

PREFIX = "sha256:"
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


def digest(data: bytes | bytearray | memoryview) -> str:
    """Digest of bytes."""
    return PREFIX + hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """Canonical JSON of a value made of dict, list, str, int (below 2**53), float, bool and None."""
    return rfc8785.dumps(value)


def digest_of(value: Any) -> str:
    """Digest of the canonical JSON of a value."""
    return digest(canonical(value))


def raw(text: str) -> bytes:
    """The 32 bytes that a written digest stands for."""
    return bytes.fromhex(text.removeprefix(PREFIX))
