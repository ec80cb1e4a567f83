"""What counts as a quasi-identifier, and what as sensitive: a YAML file of the site's own, or a few words.

    plan = read_plan(Path("risk.yaml"))
    plan = plan_of(["sex", "age_band", "encounters:count", "conditions.code:codes"], sensitive=["conditions.code"])

        tables: {conditions: {subject: person_id}}
        quasi:
          - {name: sex}                                                       # of the imaging subjects
          - {name: visits, source: encounters, kind: count, hierarchy: {bands: [2, 10]}}
          - {name: rare conditions, source: conditions, column: code, kind: codes, rare_below: 11}
          - {name: years, source: encounters, column: start, kind: years}
        sensitive: [{name: drug, source: drugs, column: code}]

A kind says what of a subject's rows an attacker may know: the `value` (or all of them, if they differ), how many rows
there are, in which calendar years, or the codes that few others have. Whatever is not named here is taken to be unknown
to any attacker: that is the expert's judgement, so the file is part of the report by its digest. Not here: joining the
rows (`linked`).
"""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from residency.deid.risk.hierarchy import Hierarchy
from residency.documents import read_document
from residency.errors import BadInput
from residency.kernel.record import Part

IMAGES, SERIES = "images", "series"
"""The tables that come from the site itself: the imaging subjects, and one row for each series."""
Kind = Literal["value", "count", "years", "codes"]
_WORD = re.compile(r"(?:(?P<source>[\w-]+)\.)?(?P<column>[\w-]+)(?::(?P<kind>value|count|years|codes))?")


class PlanWrong(BadInput):
    """What counts as a quasi-identifier is not said in a way that can be followed."""


class SubjectColumn(Part):
    """Where a table names the subject of a row."""

    subject: str = "subject"


class Sensitive(Part):
    """An attribute that nobody may learn of a subject by finding the class."""

    name: str
    source: str = IMAGES
    column: str = ""

    @property
    def of(self) -> str:
        """Its column; by default its name."""
        return self.column or self.name


class QuasiIdentifier(Sensitive):
    """An attribute that an attacker may know. `rare_below` counts subjects: fewer have a rare code."""

    kind: Kind = "value"
    rare_below: int = Field(11, ge=2)
    hierarchy: Hierarchy = Hierarchy()


class Plan(Part):
    """All quasi-identifiers and sensitive attributes, over all tables."""

    tables: dict[str, SubjectColumn] = Field({})
    quasi: tuple[QuasiIdentifier, ...] = Field(min_length=1)
    sensitive: tuple[Sensitive, ...] = ()

    @model_validator(mode="after")
    def _names_are_given_once(self) -> Self:
        names = [one.name for one in self.quasi]
        if len(set(names)) < len(names):
            raise ValueError("two quasi-identifiers have one name")
        return self

    def sources(self) -> set[str]:
        """The tables that it takes something from."""
        return {one.source for one in (*self.quasi, *self.sensitive)}


def read_plan(path: Path) -> Plan:
    """The plan of a file; raises PlanWrong with the line."""
    return read_document(path, Plan, PlanWrong)


def plan_of(quasi: list[str], sensitive: list[str], subject: str = "subject", tables: list[str] | None = None) -> Plan:
    """The plan of words `[table.]column[:kind]`, or `table:count`; without a table, of the imaging subjects.

    Raises PlanWrong.
    """
    named = tuple(QuasiIdentifier.model_validate(_said(word)) for word in quasi)
    kept = tuple(Sensitive.model_validate({k: v for k, v in _said(word).items() if k != "kind"}) for word in sensitive)
    if not named:
        raise PlanWrong("No quasi-identifier is named.", remedy="Name some: --quasi sex --quasi age_band, or --plan.")
    if len({one.name for one in named}) < len(named):
        raise PlanWrong("A quasi-identifier is named twice.", remedy="Name each once.")
    return Plan(tables={table: SubjectColumn(subject=subject) for table in tables or ()}, quasi=named, sensitive=kept)


def _said(word: str) -> dict[str, str]:
    match = _WORD.fullmatch(word)
    if match is None:
        raise PlanWrong(f"'{word}' names no quasi-identifier.", remedy="Write [table.]column[:kind].")
    source, column, kind = match["source"] or IMAGES, match["column"], match["kind"] or "value"
    if kind == "count" and not match["source"]:
        source, column = column, ""
    return {"name": word, "source": source, "column": column, "kind": kind}
