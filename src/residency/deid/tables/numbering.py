"""Codes as whole numbers, for tables whose identifiers are numbers: positive, below 2**53, distinct.

    numbers = Numbers(names)
    numbers.of("visit_occurrence", "77120")     the same number in every table and every run
    numbers.of_subject(alias.code)              the subject's, in OMOP and in MEDS alike

Below 2**53 a number survives JSON, CSV and a spreadsheet. Ten million things of one kind meet in one number with a
chance of 1 in 180; then it is found, and nothing goes on. Not here: the codes themselves (`pseudonyms`).
"""

import hashlib

from residency.deid.pseudonyms import Names
from residency.deid.tables.outcome import CodesCollide

_BITS = 53
_SUBJECT = "subject"


class Numbers:
    """Numbers of one project, remembered while its tables are cleaned, so that two things never share one."""

    __slots__ = ("_given", "_names", "_taken")

    def __init__(self, names: Names) -> None:
        self._names = names
        self._given: dict[str, dict[str, int]] = {}
        self._taken: dict[str, set[int]] = {}

    def __repr__(self) -> str:
        return "Numbers(…)"

    def of(self, kind: str, original: str) -> int:
        """The number of a thing; raises CodesCollide where another thing of its kind has it."""
        given = self._given.setdefault(kind, {})
        if original in given:
            return given[original]
        return self._give(kind, original, self._names.thing(kind, original))

    def of_subject(self, code: str) -> int:
        """The number of a subject, from the code that they are called by everywhere."""
        given = self._given.setdefault(_SUBJECT, {})
        return given[code] if code in given else self._give(_SUBJECT, code, code)

    def _give(self, kind: str, original: str, code: str) -> int:
        # The code is no secret and is random enough; the hash only makes a number of it, whatever letters it has.
        number = int.from_bytes(hashlib.sha256(f"{kind}\x1f{code}".encode()).digest()[:8], "big") >> (64 - _BITS) or 1
        taken = self._taken.setdefault(kind, set())
        if number in taken:
            raise CodesCollide(
                f"Two things of the kind '{kind}' have one number.",
                remedy="Use another project key, or split the tables by subject.",
            )
        taken.add(number)
        self._given[kind][original] = number
        return number
