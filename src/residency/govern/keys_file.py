"""The file of wrapped keys beside the ring: what a ledger from an older backup lacks to live under the present ring.

    write_keys_file(path, KeptKeys(…))             # before old generations are destroyed (`rotation.finish`)
    kept = read_keys_file(path)                    # None where no generation was ever destroyed

It opens nothing without the ring; with the ring it opens what the site opens. It says which subjects were forgotten, so
that they stay so. Its newest copy is kept with that of the ring, apart from the backups. Not here: using it
(`revival`).
"""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from residency.errors import Broken
from residency.kernel.digest import digest_of
from residency.kernel.record import Part
from residency.store.files import write_atomically

FORMAT = 2


class KeysFileDamaged(Broken):
    """The file of wrapped keys is not what was written."""


class KeptSpace(Part):
    """The two keys of a space as the ring wrapped them, and the turn of the second."""

    wrapped: str
    wrapping: str
    turn: int


class KeptKeys(Part):
    """The wrapped keys of one moment.

    `site` and `spaces` by identifier of their records; `groups` are the living groups of those spaces in which one was
    destroyed, all of the turn of their space; `destroyed` and `withdrawals` are whole records, which hold no key.
    """

    site: dict[str, str]
    spaces: dict[str, KeptSpace]
    groups: dict[str, str]
    destroyed: tuple[dict[str, Any], ...]
    withdrawals: tuple[dict[str, Any], ...]


def write_keys_file(path: Path, kept: KeptKeys) -> None:
    """Replace the file, whole or not at all."""
    body = {"format": FORMAT, **kept.model_dump(mode="json")}
    write_atomically(path, json.dumps(body | {"digest": digest_of(body)}, indent=1).encode())


def read_keys_file(path: Path) -> KeptKeys | None:
    """What was kept; None where there is no such file. Raises KeysFileDamaged."""
    try:
        body = json.loads(path.read_bytes())
        if body.pop("digest") != digest_of(body) or body.pop("format") != FORMAT:
            raise ValueError("the digest is not that of the keys")
        return KeptKeys.model_validate(body)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        remedy = "Put its newest copy there, with that of the ring."
        raise KeysFileDamaged(f"The file of keys {path.name} is damaged.", remedy=remedy) from error
