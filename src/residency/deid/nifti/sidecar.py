"""A BIDS sidecar: the keys that `bids.yaml` lists, each with a value of its kind, and nothing else.

    made = clean_sidecar(data, alias)
    made.data                    JSON, keys in their order; free text, names, devices and nested objects are gone
    made.counts                  Counter({("EchoTime", "kept"): 1, ("other", "removed"): 4, …})

A key that no rule lists is counted as "other": a key, too, may be a name. Not here: tables (`rows`).
"""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from residency.deid.nifti.rules import Rule, rule_of
from residency.deid.pseudonyms import Alias
from residency.errors import BadInput

OLDEST, OLD = 89, "90+"
"""164.514(b)(2)(i)(C): all ages over 89 are one category."""
_TIME = re.compile(r"[0-2]?\d:\d\d(:\d\d(\.\d{1,6})?)?")
_AGE = re.compile(r"(\d{1,3})(?:\.\d+)?([YMWD]?)")
_LARGEST, _LONGEST = 1e10, 4096
"""A number of more digits may be an identifier; a longer list is no parameter of an acquisition."""


class SidecarUnreadable(BadInput):
    """The bytes are no JSON object, or no table."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was written, how often what was done, and which values in it are new."""

    data: bytes = field(repr=False)
    counts: Counter
    minted: frozenset[bytes] = field(repr=False)


def clean_sidecar(data: bytes, alias: Alias) -> Cleaned:
    """A sidecar of one subject without what names them; raises SidecarUnreadable."""
    said = read_sidecar(data)
    kept: dict[str, Any] = {}
    counts: Counter = Counter()
    minted: set[bytes] = set()
    for key, value in said.items():
        rule = rule_of("sidecar", key)
        new = None if rule is None else value_as(rule, value, alias)
        counts[(key if rule else "other", _done(value, new))] += 1
        if new is not None:
            kept[key] = new
            if new != value:
                minted.add(str(new).encode())
    return Cleaned(json.dumps(kept, indent=1).encode() + b"\n", counts, frozenset(minted))


def read_sidecar(data: bytes) -> dict[str, Any]:
    """The object of a sidecar; raises SidecarUnreadable, also where a key stands twice."""
    try:
        said = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as broken:
        raise SidecarUnreadable("The sidecar is no JSON.") from broken
    if not isinstance(said, dict):
        raise SidecarUnreadable("The sidecar is no JSON object.")
    return said


def value_as(rule: Rule, value: Any, alias: Alias) -> Any:
    """The value, as its rule lets it stay; None if it must go."""
    if rule.may == "number":
        return value if _is_number(value) else None
    if rule.may == "term":
        return value if _is_term(value, rule.terms) else None
    if rule.may == "age":
        return age(value)
    if rule.may == "date":
        return alias.dates.text(value) if isinstance(value, str) else None
    if rule.may == "time":
        kept = alias.dates.shift is not None and isinstance(value, str) and _TIME.fullmatch(value)
        return value if kept else None
    return None


def age(value: Any) -> Any:
    """An age in years, or as DICOM writes it ("045Y"); "90+" for all above 89; None for what is no age."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    match = _AGE.fullmatch(str(value).strip())
    if match is None:
        return None
    years = int(match[1]) / {"": 1, "Y": 1, "M": 12, "W": 52.18, "D": 365.25}[match[2]]
    return OLD if years > OLDEST else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def _is_number(value: Any, depth: int = 0) -> bool:
    if isinstance(value, list):
        return depth < 2 and len(value) <= _LONGEST and all(_is_number(one, depth + 1) for one in value)
    if isinstance(value, bool):
        return True
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) < _LARGEST


def _is_term(value: Any, terms: tuple[str, ...]) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, str) and one in terms for one in value)
    if not isinstance(value, str):
        return False
    return value in terms or ("\\" in value and all(part in terms for part in value.split("\\")))


def _done(value: Any, new: Any) -> str:
    return "removed" if new is None else "kept" if new == value else "replaced"
