"""What one action makes of one value: dummies that are valid for their VR, shifted dates, capped ages.

    shift(b"20240131", b"DA", -3)   ->  b"20240128"
    cap_age(b"094Y")                ->  b"090Y"        (164.514(b)(2)(i)(C): 90 or older is one category)

Each function returns None for a value that it does not understand; the caller then falls back to the Basic Profile.
Not here: who decides which action applies (`actions`).
"""

import re
from datetime import date, timedelta

DUMMY_DATE = b"19000101"
DUMMY_TEXT = b"ANONYMIZED"
_DATE = re.compile(rb"(\d{4})\.?(\d\d)\.?(\d\d)\Z")
_DATETIME = re.compile(rb"(\d{4})(\d\d)?(\d\d)?((?:\d\d){0,3}(?:\.\d{1,6})?(?:[+-]\d{4})?)\Z")
_TIME = re.compile(rb"(?:\d\d:?){1,3}(?:\.\d{1,6})?\Z")
_ZONE = re.compile(rb"[+-]\d{4}\Z")
_AGE = re.compile(rb"(\d{1,4})([DWMY])\Z")
_DAYS = {b"D": 1.0, b"W": 7.0, b"M": 30.4375, b"Y": 365.25}

_DUMMIES = {
    b"AS": b"000Y",
    b"CS": DUMMY_TEXT,
    b"DA": DUMMY_DATE,
    b"DS": b"0 ",
    b"DT": DUMMY_DATE + b"000000",
    b"IS": b"0 ",
    b"OB": b"\0\0",
    b"OW": b"\0\0",
    b"TM": b"000000",
    b"UN": b"\0\0",
    b"UR": b"urn:anonymized",
}
_WIDTHS = {b"US": 2, b"SS": 2, b"UL": 4, b"SL": 4, b"FL": 4, b"AT": 4, b"OF": 4, b"OL": 4}


def dummy(vr: bytes) -> bytes:
    """A value of even length, not empty, that says nothing and is valid for the VR."""
    if vr in _WIDTHS:
        return bytes(_WIDTHS[vr])
    return _DUMMIES.get(vr) or (DUMMY_TEXT if vr not in (b"FD", b"OD", b"OV", b"SV", b"UV") else bytes(8))


def padded(value: bytes, vr: bytes) -> bytes:
    """The value with the padding that its VR asks for (PS3.5 6.2)."""
    return value if len(value) % 2 == 0 else value + (b"\0" if vr == b"UI" else b" ")


def shift(value: bytes, vr: bytes, days: int) -> bytes | None:
    """Every part of a DA, DT or TM value (or a time zone in SH) moved by whole days; None when one is no date."""
    one = _SHIFTS.get(vr)
    if one is None:
        return None
    parts = value.split(b"\\")
    moved = [new for part in parts if (new := one(part.strip(b" \0"), days)) is not None]
    return padded(b"\\".join(moved), vr) if len(moved) == len(parts) else None


def cap_age(value: bytes) -> bytes | None:
    """The age with 90 years or more written as 090Y."""
    match = _AGE.match(value.strip(b" \0"))
    if match is None:
        return None
    years = int(match[1]) * _DAYS[match[2]] / _DAYS[b"Y"]
    return b"090Y" if years >= 90 else match[0]


def _shift_date(text: bytes, days: int) -> bytes | None:
    match = _DATE.match(text)
    if match is None:
        return b"" if not text else None
    return _moved(match[1], match[2], match[3], days)


def _shift_datetime(text: bytes, days: int) -> bytes | None:
    """A date without its day or month is moved from its middle, so that it stays as coarse as it was."""
    match = _DATETIME.match(text)
    if match is None:
        return b"" if not text else None
    year, month, day, rest = match.groups()
    moved = _moved(year, month or b"07", day or b"15", days)
    return None if moved is None else moved[: 8 if day else 6 if month else 4] + rest


def _moved(year: bytes, month: bytes, day: bytes, days: int) -> bytes | None:
    try:
        moved = date(int(year), int(month), int(day)) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return b"%04d%02d%02d" % (moved.year, moved.month, moved.day)


def _keep_time(text: bytes, _days: int) -> bytes | None:
    return text if not text or _TIME.match(text) else None


def _keep_zone(text: bytes, _days: int) -> bytes | None:
    return text if not text or _ZONE.match(text) else None


_SHIFTS = {b"DA": _shift_date, b"DT": _shift_datetime, b"TM": _keep_time, b"SH": _keep_zone}
