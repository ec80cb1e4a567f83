"""Typed identifiers that sort by the time they were made.

    new_id("run", at)  ->  "run-01kawn5m7rq0c4w2v8x3t9e6hd"

The part before the last dash names the kind; the rest is 48 bits of milliseconds and 80 random bits in Crockford's
base 32, so that identifiers made later sort later. Not here: pseudonyms of subjects (`deid.pseudonyms`).
"""

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(kind: str, at: datetime) -> str:
    """A new identifier of this kind, made at this time."""
    number = (int(at.timestamp() * 1000) << 80) | secrets.randbits(80)
    text = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
    return f"{kind}-{text}"


def kind_of(identifier: str) -> str:
    """The kind that an identifier names: kind_of("dataset-version-01k…") is "dataset-version"."""
    return identifier.rpartition("-")[0]
