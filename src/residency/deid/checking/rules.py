"""Recipes sorted by the kind of data that they are for, and how two such sets of rules differ, without any data.

    ours = load_rules(["basic", "shift-dates", "notes", "labs.yaml"])
    ours.images, ours.notes, ours.tables        what was named for each; the rest as `deid folder` would have it
    differences(ours, load_rules(["basic"]))    rows whose action differs, and parts that only one of both has

A file is known by its keys: "data: notes" for notes, "table" for a map of columns, else it is a profile for DICOM. The
rules for FHIR, OMOP, MEDS and genomics come with the product and have no other to be compared with. Not here: what the
rules do to data (`sample`).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from residency.deid.checking.citing import named
from residency.deid.dicom.actions import Action, content_plan_of, label_of, plan_of
from residency.deid.notes.note_rules import NoteRules, load_note_rules
from residency.deid.notes.spans import KINDS, LETTERS
from residency.deid.ps315 import content_items, rows
from residency.deid.recipe import FULL_DATES, MODIFIED_DATES, Recipe, load_recipe, recipe_names
from residency.deid.tables import kinds
from residency.deid.tables.column_map import ColumnMap, load_map
from residency.kernel.documents import YamlBroken, parse_yaml
from residency.kernel.record import Part

IMAGES, NOTES = ("basic", "shift-dates"), "notes"
"""What is taken where nothing is named for a kind of data: as `deid folder` does."""
LETTER = "164.514(b)(2)(i)"


@dataclass(frozen=True)
class Rules:
    """One set of rules: for DICOM, for notes, and maps of columns by the name of their table."""

    images: Recipe
    notes: NoteRules
    tables: Mapping[str, ColumnMap] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """All that the set consists of."""
        return " ".join((self.images.name, self.notes.name, *self.tables))

    @property
    def years_only(self) -> bool:
        """Whether tables keep years alone, as they do where no date moves or stays."""
        return not (self.images.keeps(MODIFIED_DATES) or self.images.keeps(FULL_DATES))


class RuleDifference(Part):
    """One row of rules that say different things: of DICOM (`row` is a tag, or a code of content), notes or a table."""

    data: str
    row: str
    name: str
    here: str
    there: str
    cites: str


class PartDifference(Part):
    """What only one set names: a profile, an option, a pass, an override, a private element, a mark, a band."""

    part: str
    only_in: Literal["here", "there"]
    says: str


def load_rules(names: Iterable[str | Path]) -> Rules:
    """The rules that these names and files make together; raises RecipeUnknown, RecipeWrong."""
    images: list[str] = []
    notes, tables = NOTES, {}
    for name in map(str, names):
        kind = _kind(name)
        if kind == "notes":
            notes = name
        elif kind == "table":
            chart = load_map(name)
            tables[chart.table] = chart
        else:
            images.append(name)
    return Rules(load_recipe(*images or IMAGES), load_note_rules(notes), tables)


def differences(here: Rules, there: Rules) -> tuple[list[RuleDifference], list[PartDifference]]:
    """Every row whose action differs, and every part that only one of both has."""
    found = [*_of_tags(here.images, there.images), *_of_content(here.images, there.images)]
    found += [*_of_notes(here.notes, there.notes), *_of_tables(here, there)]
    return found, list(_of_parts(here.images, there.images))


def _kind(name: str) -> str:
    """What a recipe is for; one that cannot be read is left to those who say so."""
    if name in recipe_names():
        return "images"
    if re.fullmatch(r"notes[a-z0-9-]*", name):
        return "notes"
    try:
        document = parse_yaml(Path(name).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, YamlBroken):
        return "images"
    keys = document if isinstance(document, dict) else {}
    return "notes" if keys.get("data") == "notes" else "table" if "table" in keys else "images"


def _of_tags(here: Recipe, there: Recipe) -> Iterable[RuleDifference]:
    """The rows of Table E.1-1 in their order, then attributes of the standard that it does not list."""
    ours, theirs = plan_of(here), plan_of(there)
    differ = [tag for tag in ours.keys() | theirs.keys() if _action(ours, tag) != _action(theirs, tag)]
    for tag in sorted(differ, key=lambda tag: (label_of(tag) not in rows(), tag)):
        label = label_of(tag)
        cites = "PS3.15 Table E.1-1" if label in rows() else "PS3.15 E.1.1: not listed"
        yield RuleDifference(
            data="dicom", row=label, name=named(tag), here=_action(ours, tag), there=_action(theirs, tag), cites=cites
        )


def _action(plan: Mapping, tag: int) -> str:
    return plan[tag].action.value if tag in plan else Action.REMOVE.value


def _of_content(here: Recipe, there: Recipe) -> Iterable[RuleDifference]:
    ours, theirs = content_plan_of(here), content_plan_of(there)
    for which, item in content_items().items():
        if ours[which] is not theirs[which]:
            yield RuleDifference(
                data="content item",
                row=f"{which[0]} {which[1]} {which[2]}",
                name=item.meaning,
                here=ours[which].value,
                there=theirs[which].value,
                cites="PS3.15 Table E.3.4-1",
            )


def _of_notes(here: NoteRules, there: NoteRules) -> Iterable[RuleDifference]:
    for kind in KINDS:
        if here.action(kind) != there.action(kind):
            cites = f"{LETTER}({LETTERS[kind]})"
            yield RuleDifference(
                data="notes", row=kind, name=kind, here=here.action(kind), there=there.action(kind), cites=cites
            )
    if here.day_first != there.day_first:
        said = {True: "the day", False: "the month", None: "as each note says"}
        yield RuleDifference(
            data="notes", row="day_first", name="what 03/04 begins with", here=said[here.day_first],
            there=said[there.day_first], cites=f"{LETTER}(C)",
        )  # fmt: skip


def _of_tables(here: Rules, there: Rules) -> Iterable[RuleDifference]:
    """Columns by what becomes of them; one that a map does not name is removed, a table without a map held back."""
    for name in sorted({*here.tables, *there.tables}):
        ours, theirs = _columns(here, name), _columns(there, name)
        for column in sorted(ours.keys() | theirs.keys()):
            one, other = (side.get(column, ("remove", "R")) for side in (ours, theirs))
            if one != other:
                cites = f"{LETTER}({one[1] if one[1] != '-' else other[1]})".replace("(-)", ": no identifier")
                yield RuleDifference(
                    data=f"table {name}", row=column, name=column, here=one[0], there=other[0], cites=cites
                )


def _columns(rules: Rules, table: str) -> dict[str, tuple[str, str]]:
    """Column → what becomes of it, with its kind, and the letter of the kind."""
    if table not in rules.tables:
        return {}
    known, years = kinds.table().kinds, rules.years_only
    return {
        name: (f"{kinds.action_of(column.kind, years_only=years)} ({column.kind})", known[column.kind].letter)
        for name, column in rules.tables[table].by_name().items()
    }


def _of_parts(here: Recipe, there: Recipe) -> Iterable[PartDifference]:
    for part, said in _PARTS.items():
        ours, theirs = said(here), said(there)
        yield from (PartDifference(part=part, only_in="here", says=one) for one in ours if one not in theirs)
        yield from (PartDifference(part=part, only_in="there", says=one) for one in theirs if one not in ours)


_PARTS: Mapping[str, Callable[[Recipe], Sequence[str]]] = {
    "profiles": lambda recipe: [f"{name} {version}" for name, version in recipe.versions],
    "options": lambda recipe: recipe.options,
    "passes over pixels": lambda recipe: recipe.passes,
    "overrides": lambda recipe: [f"{one.tag} {one.action}: {one.because}" for one in recipe.overrides],
    "private elements": lambda recipe: [
        f"{one.creator} {one.group},xx{one.offset} {one.vr}: {one.because}" for one in recipe.private
    ],
    "marks that may stay": lambda recipe: recipe.marks,
    "bands": lambda recipe: [
        f"{one.manufacturer} {one.model} {one.rows}x{one.columns} {one.box}: {one.because}" for one in recipe.bands
    ],
}
