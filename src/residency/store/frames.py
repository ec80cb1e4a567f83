"""The bytes of sealed objects: their header, the key of one write attempt, digests, and the trailer that finds rot.

    header, start = read_header(reader)
    cipher = attempt_cipher(group_key, header)
    intact(objects, name)                         # False for any changed bit; needs no key

Not here: reading and writing through them (`sealed`, `shards`).
"""

import hashlib
import hmac
import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from residency.errors import Broken
from residency.kernel.digest import canonical
from residency.store.objects import ObjectReader, ObjectStore

MAGIC = b"RSEAL1\n"
TAG = 16
TRAILER = 32  # SHA-256
KEYED = "hmac-sha256:"
FRAME_SIZE = 256 * 1024
_BLOCK = 4 * 1024 * 1024
_HEADER_READ = 1024  # one read finds all but the longest headers


class SealBroken(Broken):
    """Bytes are not what was sealed."""


def attempt_cipher(key: bytes, header: dict) -> AESGCM:
    """The key of one write attempt."""
    attempt = HKDF(SHA256(), 32, salt=bytes.fromhex(header["salt"]), info=b"residency sealed 1").derive(key)
    return AESGCM(attempt)


def keyed_digest(key: bytes) -> "hmac.HMAC":
    """What names content within one key group (HMAC-SHA256 under a key of its own)."""
    return hmac.new(HKDF(SHA256(), 32, salt=None, info=b"residency content 1").derive(key), digestmod="sha256")


def content_digest(key: bytes, data: bytes | memoryview) -> str:
    """The keyed digest of these bytes, as references state it."""
    hashed = keyed_digest(key)
    hashed.update(data)
    return KEYED + hashed.hexdigest()


def read_header(reader: ObjectReader) -> tuple[dict, int]:
    """The header of an object, and where its frames begin."""
    name, stored, prefix = reader.name, reader.size, len(MAGIC) + 2
    broken = SealBroken(f"The header of {name} is damaged.", remedy="Restore the object from a backup.")
    start = reader.read(0, min(_HEADER_READ, stored))
    end = prefix + int.from_bytes(start[len(MAGIC) : prefix], "big")
    if len(start) < prefix or not start.startswith(MAGIC) or end + TRAILER > stored:
        raise broken
    if end > len(start):
        start = reader.read(0, end)
    try:
        header = json.loads(start[prefix:end])
        intact = canonical(header) == start[prefix:end] and set(header) == {"context", "frame", "group", "salt"}
        intact = intact and isinstance(header["frame"], int) and header["frame"] > 0
        bytes.fromhex(header["salt"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise broken from error
    if not intact:
        raise broken
    return header, end


def trailing(name: str) -> "hashlib._Hash":
    """The hash that ends an object of this name, begun: a whole object under another's name is found by it, too."""
    return hashlib.sha256(f"{name}\n".encode())


def intact(objects: ObjectStore, name: str, *, called: str = "") -> bool:
    """Whether an object's bytes are those that were written under its name, by its trailer: no key is needed.

    `called` is the name under which it was written, where it lies under another. Raises ObjectMissing.
    """
    hashed = trailing(called or name)
    with objects.open(name) as reader:
        end = reader.size - TRAILER
        for at in range(0, end, _BLOCK):
            hashed.update(reader.read(at, min(_BLOCK, end - at)))
        return end >= 0 and hmac.compare_digest(reader.read(end, TRAILER), hashed.digest())


def plain_size(sealed: int, frame: int) -> int:
    """Plaintext bytes in this many bytes of frames."""
    frames = max(-(-sealed // (frame + TAG)), 1)
    return sealed - frames * TAG
