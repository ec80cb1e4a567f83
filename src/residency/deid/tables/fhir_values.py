"""Values of FHIR that come from a closed list or form, and ages: functions of the value alone.

    CLOSED["zip"]("03601-1234")                        ->  "000"
    age_capped({"value": 93, "code": "a"})             ->  {"value": 90, "comparator": ">=", …}

Each gives None for what is not of its form; the caller then removes it. Not here: what needs the subject
(`fhir_elements`).
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from residency.deid.tables import kinds
from residency.deid.tables.fhir_rules import rules
from residency.deid.tables.references import listed

_MIME = re.compile(r"(text|application|image|audio|video)/([a-z0-9.+-]{1,48})", re.ASCII)
_SAMPLES = re.compile(r"(?:(?:-?\d{1,9}(?:\.\d{1,9})?|E|U|L)\s?)+", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d:\d\d(\.\d{1,9})?", re.ASCII)
_CANONICAL = re.compile(r"http://(terminology\.)?hl7\.org/[A-Za-z0-9/.|_-]{1,160}", re.ASCII)
_PER_YEAR = {"a": 1, "mo": 12, "wk": 52.1775, "d": 365.2425, "years": 1, "year": 1, "yr": 1, "y": 1, "months": 12}
_LOINC = "http://loinc.org"


def word(value: str) -> str | None:
    """A word of R4's own value sets."""
    return value if value in rules().words else None


def mime(value: str) -> str | None:
    """A media type without its parameters."""
    match = _MIME.match(value.strip().lower())
    return match[0] if match else None


def _formed(form: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda value: value if form.fullmatch(value) else None


CLOSED: Mapping[str, Callable[[str], str | None]] = {
    "zip": kinds.zip3,
    "state": kinds.state,
    "country": kinds.country,
    "code": word,
    "mime": mime,
    "samples": _formed(_SAMPLES),
    "canonical": _formed(_CANONICAL),
    "system": lambda value: value if rules().knows(value) else None,
}
"""By kind: texts of a closed list or form."""
LISTED = frozenset(("zip", "state", "country", "code"))
"""Those of a closed list: what stands there is no residue, even if a patient is called Virginia."""


def time_of_day(value: str) -> str | None:
    """A time as FHIR writes it."""
    return value if _TIME.fullmatch(value) else None


def plain(value: Any, kind: str) -> Any:
    """A number or a truth value; None for anything else."""
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def age_capped(quantity: dict[str, Any]) -> dict[str, Any] | None:
    """An age as it is, or 90 years and older (164.514(b)(2)(i)(C)); None where its unit says no age."""
    per_year = _PER_YEAR.get(str(quantity.get("code", quantity.get("unit", "a"))).lower())
    value = quantity.get("value")
    if per_year is None or not isinstance(value, int | Decimal):
        return None
    if float(value) / per_year <= kinds.OLDEST:
        return quantity
    return {"value": 90, "comparator": ">=", "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}


def ages_capped(resource: dict[str, Any]) -> dict[str, Any]:
    """An Observation of an age, or of more than 89 years, and the components of one, with 90 as the oldest."""
    for one in [resource, *listed(resource.get("component"))]:
        concept = one.get("code")
        codings = listed(concept.get("coding")) if isinstance(concept, dict) else []
        if _so_many_years(one.get("valueQuantity")) or any(
            said.get("system") == _LOINC and said.get("code") in rules().age_codes for said in codings
        ):
            _cap(one)
    return resource


def _so_many_years(quantity: Any) -> bool:
    """Whether it is more than 89 years, whatever it is called: nothing else in a life lasts so long."""
    if not isinstance(quantity, dict) or not {"code", "unit"} & set(quantity):
        return False
    capped = age_capped(quantity)
    return capped is not None and capped is not quantity


def _cap(one: dict[str, Any]) -> None:
    quantity = age_capped(one.pop("valueQuantity")) if "valueQuantity" in one else None
    if quantity:
        one["valueQuantity"] = quantity
    for name in ("valueInteger", "valueDecimal"):
        if name in one:
            one[name] = kinds.capped(one[name])
    for name in ("valueString", "valueRange", "valueRatio"):
        one.pop(name, None)
