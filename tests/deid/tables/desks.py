"""Desks for tests: keyed names, and names drawn from a vault where only years may stay."""

import random
from collections.abc import Mapping
from datetime import date

from residency.deid.identifiers import Identifiers
from residency.deid.pseudonyms import Alias, Identity, Names, Pseudonyms, alias, canonical_id, is_standard_uid
from residency.deid.tables.subjects import Cleaner, Desk, remove_text

KEY = bytes(range(32))
RELEASED = date(2025, 1, 1)


class Vault:
    """Random names, remembered, and no shift: what Safe Harbor asks for."""

    def __init__(self, seed: int = 1) -> None:
        self._dice = random.Random(seed)
        self._given: dict[tuple[str, str], str] = {}

    def code(self, issuer: str, patient_id: str) -> str:
        return self.thing(f"code of {issuer}", patient_id)

    def thing(self, kind: str, original: str) -> str:
        key = (kind, canonical_id(original))
        if key not in self._given:
            self._given[key] = "".join(self._dice.choice("ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(16))
        return self._given[key]

    def uid(self, original: str) -> str:
        if is_standard_uid(original):
            return original
        key = ("uid", original)
        return self._given.setdefault(key, f"2.25.{self._dice.getrandbits(120)}")

    def shift_days(self, issuer: str, patient_id: str) -> int | None:
        return None


def desk(
    names: Names | None = None,
    *,
    unknown: frozenset[str] = frozenset(),
    text: Cleaner = remove_text,
    known: Mapping[str, Identifiers] | None = None,
) -> Desk:
    """A desk where every identifier is a subject of its own but those that nobody knows."""
    given = names or Pseudonyms(KEY)

    def who(kind: str, identifier: str) -> Alias | None:
        return None if identifier in unknown else alias(given, Identity(kind, identifier))

    return Desk(who=who, names=given, on=RELEASED, text=text, known=known or {})


def mask(text: str, _alias: Alias, known) -> str:
    """A cleaner that lets nothing through but the number of words."""
    return f"text of {len(text.split())} words, {len(known.words) > 0}"
