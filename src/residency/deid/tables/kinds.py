"""Kinds of columns and elements: the letter of 164.514(b)(2)(i) of each, and what becomes of it.

    action_of("zip", years_only=True)      ->  "zip3"
    zip3("03601-1234")                     ->  "000"         036 is one of the 17 restricted prefixes
    capped_age("93")                       ->  "90+"

The table is data (recipes/tables/kinds.yaml). What has no kind is removed. Not here: dates, which are a subject's
(`deid.dates`), and which column is of which kind (`fhir`, `omop`, `meds`, `csv`).
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from residency.kernel.documents import parse_yaml
from residency.kernel.record import Part

Action = Literal[
    "remove",
    "state",
    "country",
    "zip3",
    "year",
    "move",
    "keep-time",
    "birth",
    "age",
    "subject",
    "code",
    "clean",
    "keep-code",
    "keep-concept",
    "keep-number",
    "keep",
]
OLDEST = 89
"""164.514(b)(2)(i)(C): ages over 89 become one category, and what tells of such an age goes."""
NINETY = "90+"


class Kind(Part):
    """One kind: its letter of 164.514(b)(2)(i), and what is done to it without and with a key."""

    letter: Annotated[str, StringConstraints(pattern=r"^[A-R-]$")]
    safe_harbor: Action
    keyed: Action


class Kinds(Part):
    """The table of kinds, and the geography of 164.514(b)(2)(i)(B)."""

    version: Annotated[int, Field(ge=1)]
    kinds: dict[str, Kind]
    restricted_zip3: frozenset[Annotated[str, StringConstraints(pattern=r"^\d{3}$")]]
    states: frozenset[str]


@cache
def table() -> Kinds:
    """The kinds that come with the product."""
    return Kinds.model_validate(parse_yaml(rules_text("kinds")))


def rules_text(name: str) -> str:
    """The text of a file of rules of this room."""
    return files("residency.deid").joinpath(f"recipes/tables/{name}.yaml").read_text("utf-8")


@cache
def actions(*, years_only: bool) -> Mapping[str, Action]:
    """What becomes of every kind, where only years may stay and where dates move."""
    return {name: kind.safe_harbor if years_only else kind.keyed for name, kind in table().kinds.items()}


def action_of(kind: str, *, years_only: bool) -> Action:
    """What becomes of a kind; raises KeyError for one that is not in the table."""
    return actions(years_only=years_only)[kind]


def zip3(text: str) -> str | None:
    """The first three digits of a ZIP or ZIP+4 code, or 000 (164.514(b)(2)(i)(B)); None if it is none."""
    match = re.fullmatch(r"\s*(\d{3})\d{2}(?:[- ]?\d{4})?\s*", text)
    if match is None:
        return None
    return "000" if match[1] in table().restricted_zip3 else match[1]


def state(text: str) -> str | None:
    """A state or territory of the United States; None for anything else: what is smaller than a state goes."""
    return text.strip() if text.strip() in table().states else None


def country(text: str) -> str | None:
    """A country's code of two or three letters, or the United States spelled out."""
    bare = text.strip()
    known = re.fullmatch(r"[A-Z]{2,3}", bare) or bare in ("United States", "United States of America")
    return bare if known else None


def capped_age(text: str) -> str | None:
    """An age in years: as it is, or 90+ (164.514(b)(2)(i)(C)); None if it is no age."""
    match = re.fullmatch(r"\s*0*(\d{1,3})(\.\d{1,3})?\s*(?:y|yr|yrs|years?|Y)?\s*", text)
    if match is None:
        return NINETY if re.fullmatch(r"\s*(90\+|>\s*89|>=\s*90)\s*", text) else None
    whole = f"{match[1]}{match[2] or ''}"
    return NINETY if Decimal(whole) > OLDEST else whole


def is_code(text: str) -> bool:
    """Whether a text has the form of a code: short, of letters, digits and a few signs, and not two words."""
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/|^*+-]{0,63}", text) is not None


def is_time(text: str) -> bool:
    """Whether a text is a time of day."""
    return re.fullmatch(r"\d\d:\d\d(:\d\d(\.\d{1,9})?)?", text.strip()) is not None


def plain_number(text: str) -> str | None:
    """A number as it is written; None for anything else."""
    bare = text.strip()
    return (
        bare
        if re.fullmatch(r"[<>]?=?[+-]?(\d{1,15})?(\.\d{1,15})?([eE][+-]?\d{1,3})?", bare) and _digit(bare)
        else None
    )


def concept(text: str) -> str | None:
    """The number of a concept of OMOP's vocabularies, or nothing: at most ten digits."""
    bare = text.strip()
    return bare if bare.isascii() and bare.isdigit() and len(bare) <= 10 else None


def _digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)


def capped(value: Any) -> Any:
    """A number of years, not above 90."""
    return type(value)(90) if isinstance(value, int | float | Decimal) and value > OLDEST else value
