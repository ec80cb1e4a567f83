"""Whose number a number is: archives leave the issuer out of some files, and begin to state it after years.

    issuers = Issuers([("NORTHGATE-MPI", "0042"), ("", "42")], before=read_known(site, lease, tables))
    said = issuers.stated("", "42")          "NORTHGATE-MPI": only one issuer gave this number here
    issuers.known_by(said, "42")             the issuer under which this patient came in before, if they did

One person must be one subject over all intakes of a protocol, so whoever came in before keeps the issuer that they were
known by, also where that was none. A number that several issuers gave and a file without an issuer are not guessed
together. Not here: codes (`source`), what is said of a person (`subjects`).
"""

import json
from collections.abc import Iterable, Mapping
from typing import Literal

from residency.govern.gate import Lease
from residency.ingest.source import Codes
from residency.kernel.digest import canonical
from residency.kernel.spelling import canonical_id
from residency.site import Site
from residency.store.sealed import GroupKey, Sealed, SealedRef

Stated = Literal["all", "some", "none"]


class Known:
    """Number → issuer as it was stated → issuer that the patient is known by, from several tables, the earliest first.

    The tables name no number: each holds codes of its own source.
    """

    def __init__(self, tables: Iterable[tuple[Codes, Mapping[str, Mapping[str, str]]]] = ()) -> None:
        self._tables = list(tables)

    def of(self, number: str) -> dict[str, str]:
        """Stated issuer → known issuer of a number, as `canonical_id` spells them."""
        found: dict[str, str] = {}
        for codes, table in self._tables:
            found = {**table.get(codes.number(number), {}), **found}
        return found


class Issuers:
    """What the files at hand state, and what was known before."""

    def __init__(self, stated: Iterable[tuple[str, str]], before: Known | None = None) -> None:
        self._before = before or Known()
        self._here: dict[str, set[str]] = {}
        for issuer, number in set(stated):
            if canonical_id(issuer):
                self._here.setdefault(canonical_id(number), set()).add(canonical_id(issuer))

    def stated(self, issuer: str, number: str) -> str:
        """The issuer of a number; where a file leaves it out, the only one that other files state."""
        here = self._here.get(canonical_id(number), set())
        return next(iter(here)) if number and not canonical_id(issuer) and len(here) == 1 else issuer

    def known_by(self, issuer: str, number: str) -> str:
        """The issuer by which the patient of this stated issuer and number is known."""
        said, before = canonical_id(issuer), self._before.of(number)
        here, names = self._here.get(canonical_id(number), set()), set(before.values())
        if said in before:
            return before[said]
        if not said and len(names) == 1 and not here:
            return next(iter(names))
        # Known without an issuer, and now one is stated: the same archive says more than it did.
        return "" if set(before) == {""} and here <= {said} else said


def write_known(
    sealed: Sealed, key: GroupKey, codes: Codes, people: Iterable[tuple[str, str, str]], *, context: str
) -> tuple[SealedRef, Stated]:
    """Seal code of the number, stated and known issuer of everybody; and say how many of the issuers were stated."""
    rows = sorted({(codes.number(number), canonical_id(said), canonical_id(known)) for number, said, known in people})
    named = sum(bool(said) for _, said, _ in rows)
    ref = sealed.write(canonical([list(row) for row in rows]), key, context=f"{context}/issuers")
    return ref, "all" if named == len(rows) else "some" if named else "none"


def read_known(site: Site, lease: Lease, tables: Iterable[tuple[str, SealedRef]]) -> Known:
    """What the sealed tables of earlier intakes say, the earliest first; each is given with its key space."""
    known = []
    for space, table in tables:
        rows: dict[str, dict[str, str]] = {}
        for number, said, by in json.loads(site.sealed.read(table, lease.keys(space, [table.group]))):
            rows.setdefault(number, {}).setdefault(said, by)
        known.append((Codes(lease.space(space).key), rows))
    return Known(known)
