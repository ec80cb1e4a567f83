"""What of a BIDS folder may stay: keys of sidecars, columns of tables and parts of names, each with its reason.

    rules = bids_rules()
    rules.keys["EchoTime"]           Rule(may="number", …); what is not listed goes

The rules are data (`bids.yaml`): a site's own list is another file of the same form. Not here: following them.
"""

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from residency.kernel.documents import parse_yaml
from residency.kernel.record import Part

May = Literal["number", "term", "date", "time", "age", "subject", "session", "file", "label"]
"""What a value may be: numbers, one of the listed terms, a date (moved), a time of day, an age, or a name given
anew."""


class Rule(Part):
    """What the values of some keys may be, and why they may stay; everything else about them goes."""

    may: May
    of: Annotated[tuple[str, ...], Field(min_length=1)]
    terms: tuple[str, ...] = ()
    because: Annotated[str, StringConstraints(min_length=10)]


class Rules(Part):
    """The three lists of `bids.yaml`, as they are written."""

    version: Annotated[int, Field(ge=1)]
    sidecar: tuple[Rule, ...]
    table: tuple[Rule, ...]
    name: tuple[Rule, ...]


@cache
def bids_rules() -> Rules:
    """The rules that come with the product."""
    return Rules.model_validate(parse_yaml(files("residency.deid.nifti").joinpath("bids.yaml").read_text("utf-8")))


@cache
def rule_of(part: Literal["sidecar", "table", "name"], key: str) -> Rule | None:
    """The rule for a key of a sidecar, a column of a table or an entity of a name; None: it goes."""
    return next((rule for rule in getattr(bids_rules(), part) if key in rule.of), None)
