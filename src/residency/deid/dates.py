"""What becomes of the dates of one subject, in every kind of data alike: one shift, or the year alone.

    Dates(-40).text("2024-03-01T08:30:00+01:00")    ->  "2024-01-21T08:30:00+01:00"
    Dates(None).text("2024-03-01T08:30:00+01:00")   ->  "2024"              164.514(b)(2)(i)(C): all but the year

A shift moves whole days and leaves the time of day, the zone and the form as they are, so that every interval survives.
A date without its day or month is moved from its middle and stays as coarse as it was. What is no date gives None; the
caller then removes the value. Not here: dates inside DICOM elements (`dicom.values`) and inside sentences (`notes`).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_TIME = r"(?P<rest>(?:[T ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d{1,9})?)?)?)?(?: ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?))?)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<y>\d{{4}})(?P<a>-)(?P<m>\d\d)(?P<b>-)(?P<d>\d\d){_TIME}",
        rf"(?P<y>\d{{4}})(?P<a>/)(?P<m>\d\d?)(?P<b>/)(?P<d>\d\d?){_TIME}",
        r"(?P<y>\d{4})(?P<a>)(?P<m>\d\d)(?P<b>)(?P<d>\d\d)(?P<rest>(?:\d\d){0,3}(?:\.\d{1,9})?(?:[+-]\d{4})?)",
        r"(?P<y>\d{4})(?P<a>-)(?P<m>\d\d)",
        r"(?P<y>\d{4})(?P<a>)(?P<m>\d\d)",
        r"(?P<y>\d{4})",
    )
)
"""ISO 8601 and RFC 3339 with and without a time, FHIR's partial dates, and the compact form of HL7 v2 and DICOM."""


@dataclass(frozen=True, slots=True)
class Dates:
    """`shift` is the number of days that every date moves by; None leaves years alone (Safe Harbor)."""

    shift: int | None

    def __repr__(self) -> str:
        return "Dates(years only)" if self.shift is None else "Dates(…)"

    def moved(self, day: date) -> date | None:
        """The day under its new date; None if only its year may stay, or if it would leave the calendar."""
        if self.shift is None:
            return None
        try:
            return day + timedelta(days=self.shift)
        except OverflowError:
            return None

    def text(self, value: str) -> str | None:
        """A date as machines write it, moved and in the same form, or its year; None if it is no such date."""
        for form in _FORMS:
            match = form.fullmatch(value.strip())
            if match is not None:
                return self._written(match)
        return None

    def _written(self, match: re.Match[str]) -> str | None:
        said = match.groupdict()
        year, month, day = said["y"], said.get("m"), said.get("d")
        try:
            middle = date(int(year), int(month or 7), int(day or (15 if month else 1)))
        except ValueError:
            return None
        if self.shift is None:
            return year
        new = self.moved(middle)
        if new is None:
            return None
        wide = len(month or "00"), len(day or "00")
        parts = [f"{new.year:04d}"]
        parts += [said["a"], f"{new.month:0{wide[0]}d}"] if month else []
        parts += [said["b"], f"{new.day:0{wide[1]}d}"] if day else []
        return "".join(parts) + (said.get("rest") or "")
