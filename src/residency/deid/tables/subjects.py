"""Whose record it is, and what is known of them while their records are cleaned.

    desk = Desk(who=crosswalk, names=names, on=day_of_release, text=clean_note)
    subjects = Subjects(desk, told)             told: what the tables themselves name (`harvest`)
    subject = subjects.find("omop", "4711")     None: nobody knows whose it is, and the record is held back

Who holds a record without an owner lets nothing out of it. Spellings are made when they are needed and forgotten again:
those of ten thousand subjects would not fit into memory. Not here: the crosswalk, the names (`pseudonyms`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from residency.deid.identifiers import Gathering, Identifiers
from residency.deid.pseudonyms import Alias, Names
from residency.deid.search import Seeker
from residency.deid.tables.kinds import OLDEST

Who = Callable[[str, str], Alias | None]
"""Kind of identifier ("fhir", "omop", "meds", or what a recipe calls it) and identifier, to the subject's new name."""
Cleaner = Callable[[str, Alias, Identifiers], str | None]
Key = tuple[str, str]
_LONG_RUN = re.compile(r"\d{6,}")
_AT_ONCE = 512
"""Subjects whose spellings are in memory at one time."""


def remove_text(_text: str, _alias: Alias, _known: Identifiers) -> str | None:
    """The cleaner where none is given: free text goes."""
    return None


@dataclass(slots=True)
class Told:
    """What tables tell of one subject: facts in the words of `Gathering`, days of birth and death, the last event."""

    facts: set[tuple[str, str, str]] = field(default_factory=set, repr=False)
    born: date | None = field(default=None, repr=False)
    died: date | None = field(default=None, repr=False)
    last: date | None = field(default=None, repr=False)

    def add(self, fact: str, text: object, kind: str = "") -> None:
        """Keep one fact: "name", "number", "parts", "phone", "date", "birth" or "uid", with its text and kind."""
        if isinstance(text, str) and text.strip():
            self.facts.add((fact, text.strip(), kind))

    def seen(self, day: date | None) -> None:
        """Something happened on this day."""
        if day is not None and (self.last is None or day > self.last):
            self.last = day

    def join(self, other: "Told") -> None:
        """The same subject, told of elsewhere."""
        self.facts |= other.facts
        self.born = self.born or other.born
        self.died = self.died or other.died
        self.seen(other.last)

    def identifiers(self) -> Identifiers:
        """Every spelling of what was told."""
        found = Gathering()
        for fact, text, kind in sorted(self.facts):
            if fact == "name":
                found.name(text)
            elif fact == "number":
                found.number(text, kind or "id")
                for run in _LONG_RUN.findall(text):  # "MRN-4821337" comes back as 4821337
                    found.number(run, kind or "id")
            elif fact == "parts":
                found.parts(text, kind or "address")
            elif fact == "phone":
                found.phone(text)
            elif fact == "uid":
                found.uid(text)
            else:
                found.date(text, birth=fact == "birth")
        return found.identifiers()

    def over_89(self, on: date) -> bool:
        """Whether the subject was over 89 when they died, or is by the day of release or of the last event."""
        if self.born is None:
            return False
        then = self.died or max(on, self.last or on)
        return then.year - self.born.year - ((then.month, then.day) < (self.born.month, self.born.day)) > OLDEST


@dataclass(frozen=True)
class Desk:
    """What cleaning needs besides the tables: who is who, who names things, the day of release, the cleaner of text.

    `known` gives what other data types name of a subject, by the subject's code.
    """

    who: Who
    names: Names = field(repr=False)
    on: date
    text: Cleaner = remove_text
    known: Mapping[str, Identifiers] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One subject: the new name, whether they are over 89, and, when asked, what identifies them."""

    alias: Alias
    over_89: bool
    seek: Callable[[str], Seeker] = field(repr=False)

    @property
    def years_only(self) -> bool:
        """Whether only years may stay."""
        return self.alias.dates.shift is None

    @property
    def known(self) -> Identifiers:
        """All that identifies them, from these tables and from elsewhere."""
        return self.seeker.identifiers

    @property
    def seeker(self) -> Seeker:
        """The search for it."""
        return self.seek(self.alias.code)


class Subjects:
    """Finds subjects by what the tables call them; several calls of one subject are one subject."""

    def __init__(self, desk: Desk, told: Mapping[Key, Told]) -> None:
        self._desk = desk
        self._told: dict[str, Told] = {}
        for (kind, identifier), facts in told.items():
            alias = desk.who(kind, identifier)
            if alias is not None:
                self._told.setdefault(alias.code, Told()).join(facts)
        self._found: dict[Key, Subject | None] = {}
        self._subjects: dict[str, Subject] = {}
        self._seek = lru_cache(maxsize=_AT_ONCE)(self._seeker)

    def find(self, kind: str, identifier: str) -> Subject | None:
        """The subject whom the tables call so; None if nobody knows."""
        key = (kind, identifier)
        if key not in self._found:
            self._found[key] = self._look_up(kind, identifier)
        return self._found[key]

    def _look_up(self, kind: str, identifier: str) -> Subject | None:
        alias = self._desk.who(kind, identifier) if identifier.strip() else None
        if alias is None:
            return None
        if alias.code not in self._subjects:
            over_89 = self._told.get(alias.code, Told()).over_89(self._desk.on)
            self._subjects[alias.code] = Subject(alias, over_89, self._seek)
        return self._subjects[alias.code]

    def _seeker(self, code: str) -> Seeker:
        told = self._told.get(code, Told()).identifiers()
        return Seeker(told | self._desk.known.get(code, Identifiers()))
