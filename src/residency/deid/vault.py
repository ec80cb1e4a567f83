r"""Random names, and the table that leads back: codes that are derived from nothing (164.514(c)), for Safe Harbor.

    vault = Vault()                                    # of one protocol; of no other
    vault.code("SITE-A", " 00042 ")                    drawn now; the same from then on, for every spelling
    vault.shift_days("SITE-A", "42")                   None: only years may stay (164.514(b)(2)(i)(C))
    ref = sealed.write(vault.dump(), key, context=…)   with the records of the run, in one act
    vault = Vault.open(sealed.read(ref, keys))         the next run goes on with the same table
    vault.table(), vault.led_back()                    the same in two: what all share, and each subject's way back

What is in it, and why. A subject's issuer and number stand as they were first written: to lead a code back is what the
covered entity may keep the table for. UIDs, visits, notes need no way back, so of these (and of subjects, to find
them) there is only a keyed digest, under a secret of this vault. So a subject can be forgotten (`forget`) though
nobody can say which UIDs were theirs; the digest stays, and whoever comes back has their old code and is known to have
withdrawn. Who holds the bytes can try every number of a hospital, as with a project's key: keep them sealed.

One run at a time extends a vault: two that do it at once would give one person two codes, so the act that saves a
sealed vault must find the one that it opened. What a run minted and did not seal was never given: its output must not
be seen either. Layout, all of it sorted, so that equal tables are equal bytes:

    "RVAULT1\n" ‖ secret (32) ‖ u64 n ‖ n × (digest 16 ‖ code 10) ‖ u64 m ‖ m × (digest 16 ‖ UUID 16) ‖ JSON of subjects

Where each way back is sealed under the key of its subject, the table alone is opened again: it leads nowhere, and what
`led_back` gives then is what was added since. Not here: codes under a key (`pseudonyms`), the sealing (`naming`), who
may lead a code back (`reveal`).
"""

import base64
import hmac
import json
import os
from collections.abc import Callable, Mapping
from typing import NoReturn

from residency.deid.pseudonyms import Identity, canonical_uid, is_standard_uid, uuid_uid
from residency.errors import Broken
from residency.kernel.spelling import canonical_id, together

_MAGIC, _SECRET, _DIGEST, _CODE, _UUID = b"RVAULT1\n", 32, 16, 10, 16
_SUBJECT, _THING, _UID = "subject", "thing", "uid"


class VaultDamaged(Broken):
    """The bytes are no vault, or not as one was written."""


class Vault:
    """Random names of one project; `draw` gives so many random bytes."""

    __slots__ = ("_codes", "_draw", "_given", "_news", "_secret", "_uids", "_whose")

    def __init__(self, *, draw: Callable[[int], bytes] = os.urandom) -> None:
        self._draw, self._secret = draw, os.urandom(_SECRET)
        self._codes: dict[bytes, bytes] = {}
        self._uids: dict[bytes, bytes] = {}
        self._given: set[bytes] = set()
        self._whose: dict[str, Identity] = {}
        self._news: dict[bytes, bytes] = {}

    def __repr__(self) -> str:
        return "Vault(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Vault is not copied: two that mint apart give one person two codes")

    def __len__(self) -> int:
        """How many names were given."""
        return len(self._codes) + len(self._uids)

    def code(self, issuer: str, patient_id: str) -> str:
        """The subject's code: 16 random characters of base 32."""
        digest = self._digest(_SUBJECT, canonical_id(issuer), canonical_id(patient_id))
        if digest not in self._codes:
            self._whose[_written(self._mint(self._codes, digest, self._code))] = Identity(issuer, patient_id)
        return _written(self._codes[digest])

    def uid(self, original: str) -> str:
        """The new UID: a random UUID (version 4) under 2.25; one that PS3.6 Annex A lists stays as it is."""
        bare = canonical_uid(original)
        if is_standard_uid(bare):
            return bare
        digest = self._digest(_UID, bare)
        return uuid_uid(self._uids.get(digest) or self._mint(self._uids, digest, self._uuid), version=4)

    def thing(self, kind: str, original: str) -> str:
        """The code of a visit, a note, a specimen or the like: 16 random characters, another for every kind."""
        digest = self._digest(_THING, kind, canonical_id(original))
        return _written(self._codes.get(digest) or self._mint(self._codes, digest, self._code))

    def shift_days(self, issuer: str, patient_id: str) -> None:
        """None: under Safe Harbor no date moves, its year alone stays."""
        return

    def subject(self, code: str) -> Identity | None:
        """Who has this code, as first written; None if nobody has, or if they were forgotten."""
        return self._whose.get(code)

    def forget(self, code: str) -> None:
        """From now on nobody is led back from this code; the same person would get it again."""
        self._whose.pop(code, None)

    def dump(self) -> bytes:
        """The whole table as bytes, to be sealed at once."""
        return self._bytes(self._whose)

    def table(self) -> bytes:
        """The same without any way back."""
        return self._bytes({})

    def led_back(self) -> dict[str, Identity]:
        """Who has which code, as far as this table leads back."""
        return dict(self._whose)

    def news(self) -> bytes:
        """What was drawn since this was last asked, for another copy of the vault to `learn`; not who they are."""
        codes = {digest: value for digest, value in self._news.items() if len(value) == _CODE}
        uids = {digest: value for digest, value in self._news.items() if len(value) == _UUID}
        self._news = {}
        return b"".join((*_rows(codes), *_rows(uids)))

    def learn(self, news: bytes) -> None:
        """Take over what another copy had drawn; raises VaultDamaged."""
        codes, at = _table(news, 0, _CODE)
        uids, end = _table(news, at, _UUID)
        if end != len(news):
            raise _damaged()
        self._codes |= codes
        self._uids |= uids
        self._given |= {*codes.values(), *uids.values()}

    @classmethod
    def open(cls, data: bytes, *, draw: Callable[[int], bytes] = os.urandom) -> "Vault":
        """The vault that `dump` wrote; raises VaultDamaged, which says nothing of its content."""
        vault = cls(draw=draw)
        try:
            vault._read(data)
        except (ValueError, TypeError, IndexError):
            raise _damaged() from None
        return vault

    def _bytes(self, led_back: Mapping[str, Identity]) -> bytes:
        whose = json.dumps(sorted((code, who.issuer, who.patient_id) for code, who in led_back.items()))
        return b"".join((_MAGIC, self._secret, *_rows(self._codes), *_rows(self._uids), whose.encode("ascii")))

    def _read(self, data: bytes) -> None:
        start = len(_MAGIC) + _SECRET
        self._secret = data[len(_MAGIC) : start]
        self._codes, at = _table(data, start, _CODE)
        self._uids, at = _table(data, at, _UUID)
        self._whose = {str(code): Identity(str(issuer), str(number)) for code, issuer, number in json.loads(data[at:])}
        self._given = {*self._codes.values(), *self._uids.values()}
        doubled = len(self._given) < len(self)
        led_nowhere = not {_raw(code) for code in self._whose} <= self._given
        if doubled or led_nowhere or self.dump() != data:
            raise _damaged()

    def _digest(self, *words: str) -> bytes:
        return hmac.digest(self._secret, together(*words), "sha256")[:_DIGEST]

    def _mint(self, table: dict[bytes, bytes], digest: bytes, draw: Callable[[], bytes]) -> bytes:
        """A value that was never given before, from now on that of this digest."""
        value = draw()
        while value in self._given:
            value = draw()
        self._given.add(value)
        table[digest] = self._news[digest] = value
        return value

    def _code(self) -> bytes:
        return self._draw(_CODE)

    def _uuid(self) -> bytes:
        """Sixteen bytes as the UUID will have them, so that two that differ give two UIDs."""
        uid = uuid_uid(self._draw(_UUID), version=4)
        return int(uid.removeprefix("2.25.")).to_bytes(_UUID, "big")


def _damaged() -> VaultDamaged:
    return VaultDamaged("The table of names is not as it was written.", remedy="Restore it from a backup.")


def _rows(table: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    return len(table).to_bytes(8, "big"), b"".join(sorted([digest + value for digest, value in table.items()]))


def _table(data: bytes, at: int, width: int) -> tuple[dict[bytes, bytes], int]:
    """The rows that begin here, and where they end."""
    start, step = at + 8, _DIGEST + width
    end = start + int.from_bytes(data[at:start], "big") * step
    rows = range(start, min(end, len(data)), step)
    return {data[row : row + _DIGEST]: data[row + _DIGEST : row + step] for row in rows}, end


def _written(code: bytes) -> str:
    return base64.b32encode(code).decode("ascii")


def _raw(code: str) -> bytes:
    return base64.b32decode(code)
