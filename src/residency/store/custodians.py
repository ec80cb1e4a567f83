"""A secret in the hands of several people: any k of n bring it back, and fewer know nothing of it at all.

    shares = split(ring.root, needed=2, of=3)       # three texts, one for each custodian's safe
    root = join([shares[0], shares[2]])             # PassphraseRing.reseal(place, root, new_passphrase)

Shamir's scheme (CACM 22:11, 1979), byte by byte over GF(256) modulo x⁸+x⁴+x³+x+1: the secret is the constant of a
random polynomial of degree k-1, a share its value at the share's number. The check in a share finds a slip of the pen,
not a forger; whether what came out is the secret, its use must show (a ring tells another root). Not here: what the
secret opens (`store.rings.passphrase`), who holds which share.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from residency.errors import BadInput, Missing

_TITLE = "Residency share of a secret; alone it tells nothing."
_TEXT = re.compile(
    re.escape(_TITLE) + r"\nset ([0-9a-f]{16})\nneeded ([0-9]{1,3})\nnumber ([0-9]{1,3})\nvalue ((?:[0-9a-f]{2})+)\n"
)


class SplitImpossible(BadInput):
    """No secret is split so."""


class ShareDamaged(BadInput):
    """The text is not a share as it was written."""


class ShareTwice(BadInput):
    """A share counts once."""


class SharesMixed(BadInput):
    """The shares are not of one secret."""


class SharesTooFew(Missing):
    """Fewer shares than bring the secret back."""


@dataclass(frozen=True)
class _Share:
    """One point of each polynomial: `value[i]` is that of byte i at `number`."""

    set: str
    needed: int
    number: int
    value: bytes = field(repr=False)

    def text(self) -> str:
        body = f"{_TITLE}\nset {self.set}\nneeded {self.needed}\nnumber {self.number}\nvalue {self.value.hex()}\n"
        return f"{body}check {_check(body)}\n"


def split(secret: bytes, needed: int, of: int) -> list[str]:
    """The texts of `of` shares, any `needed` of which give the secret back; raises SplitImpossible."""
    if not (2 <= needed <= of <= 255 and secret):
        raise SplitImpossible(
            f"Nothing is split into {of} shares of which {needed} are needed.",
            remedy="Need 2 or more, of at most 255.",
        )
    identifier = os.urandom(8).hex()
    polynomials = [bytes([byte]) + os.urandom(needed - 1) for byte in secret]
    values = {number: bytes(value_at(one, number) for one in polynomials) for number in range(1, of + 1)}
    return [_Share(identifier, needed, number, value).text() for number, value in values.items()]


def join(shares: Iterable[str], names: Iterable[str] = ()) -> bytes:
    """The secret; raises ShareDamaged, ShareTwice, SharesMixed, SharesTooFew. More than are needed must agree.

    Errors call the shares by these names, or by their places among those given.
    """
    texts = list(shares)
    called = list(names) or [f"number {place} of those given" for place in range(1, len(texts) + 1)]
    read = [_read(text, name) for text, name in zip(texts, called, strict=True)]
    _check_together(read, called)
    points, more = read[: read[0].needed], read[read[0].needed :]
    if any(_interpolate(points, share.number) != share.value for share in more):
        raise ShareDamaged("The shares do not agree: one is forged.", remedy="Try them in smaller groups.")
    return _interpolate(points, 0)


def value_at(coefficients: Sequence[int], number: int) -> int:
    """Value of a polynomial over GF(256), its constant first."""
    value = 0
    for coefficient in reversed(coefficients):
        value = _times(value, number) ^ coefficient
    return value


def _read(text: str, name: str) -> _Share:
    """A share, however its lines were broken and spaced; raises ShareDamaged."""
    body, _, check = "".join(" ".join(line.split()) + "\n" for line in text.split("\n") if line.strip()).rpartition(
        "check "
    )
    found = _TEXT.fullmatch(body)
    if not found or check.strip() != _check(body) or not 1 <= int(found[3]) <= 255 or int(found[2]) < 2:
        raise ShareDamaged(f"The share {name} is not as it was written.", remedy="Copy it again from the original.")
    return _Share(found[1], int(found[2]), int(found[3]), bytes.fromhex(found[4]))


def _check_together(read: Sequence[_Share], called: Sequence[str]) -> None:
    """Raises SharesMixed, ShareTwice, SharesTooFew."""
    first: dict[int, str] = {}
    for share, name in zip(read, called, strict=True):
        if (share.set, share.needed, len(share.value)) != (read[0].set, read[0].needed, len(read[0].value)):
            raise SharesMixed(
                f"The shares {called[0]} and {name} are of two sets.", remedy="Bring shares that were made together."
            )
        if share.number in first:
            raise ShareTwice(
                f"Share {share.number} was given twice: {first[share.number]} and {name}.",
                remedy="Bring the share of another custodian.",
            )
        first[share.number] = name
    needed = read[0].needed if read else 2
    if len(read) < needed:
        raise SharesTooFew(f"{len(read)} of {needed} shares are here.", remedy="Bring the share of another custodian.")


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _interpolate(points: Sequence[_Share], at: int) -> bytes:
    """Values at `at` of the polynomials through these points (Lagrange; in GF(256), minus is exclusive or)."""
    weights = []
    for one in points:
        weight = 1
        for other in points:
            if other is not one:
                weight = _times(weight, _times(at ^ other.number, _inverse(one.number ^ other.number)))
        weights.append(weight)
    out = bytearray(len(points[0].value))
    for weight, point in zip(weights, points, strict=True):
        for place, byte in enumerate(point.value):
            out[place] ^= _times(weight, byte)
    return bytes(out)


def _times(a: int, b: int) -> int:
    """Product in GF(256); no table and no branch, whose time would follow the secret."""
    product = 0
    for bit in range(8):
        product ^= a & -(b >> bit & 1)
        a = (a << 1) ^ (0x11B & -(a >> 7))
    return product


def _inverse(a: int) -> int:
    """The number with which `a` makes 1: a²⁵⁴, since a²⁵⁵ = 1 for every a but 0."""
    power = 1
    for _ in range(254):
        power = _times(power, a)
    return power
