"""Which rule says what is done to an element: its row and column of PS3.15 Table E.1-1, or what stands in for a row.

    cited(0x00100010, load_recipe("basic"))          ->  "Table E.1-1: Z"
    cited(0x00080020, load_recipe("basic", "shift-dates"))
    ->  "Table E.1-1, Retain Longitudinal Temporal Information Modified Dates Option: C"

Never a value: what is told of an element is its tag and its name in the standard. Not here: what the action is
(`dicom.actions`).
"""

from pydicom.datadict import DicomDictionary

from residency.deid.dicom.actions import METHOD_TAGS, label_of
from residency.deid.ps315 import rows
from residency.deid.recipe import METHOD_CODES, SAFE_PRIVATE, Recipe

TABLE = "Table E.1-1"
_UNLISTED = "E.1.1: not listed"
_UNDEFINED = "not in the standard"
_WRITTEN = "E.1.1: says that identity was removed, and how"


def cited(tag: int, recipe: Recipe, *, kept: bool = False) -> str:
    """The rule for one element under a recipe: an override with its reason, else an option's cell, else the profile.

    `kept` is said of a private element that stays, as the recipe lists it by its creator (E.3.10).
    """
    label, written = label_of(tag), _written(tag)
    override = next((one for one in reversed(recipe.overrides) if one.tag == written), None)
    if override is not None:
        return f"override of the recipe: {override.because}"
    if tag in METHOD_TAGS:
        return _WRITTEN
    row = rows().get(label)
    if row is None:
        return _UNLISTED if tag in DicomDictionary else _UNDEFINED
    cells = [
        f"{METHOD_CODES[option][1]}: {row.options[option]}"
        for option in recipe.options
        if option in row.options and (kept or option != SAFE_PRIVATE)
    ]
    return f"{TABLE}, {'; '.join(cells)}" if cells else f"{TABLE}: {row.basic}"


def named(tag: int) -> str:
    """The element's name in Table E.1-1, else in the standard's dictionary; empty where it has none."""
    row = rows().get(label_of(tag))
    if row is not None:
        return row.name
    return DicomDictionary[tag][2] if tag in DicomDictionary else ""


def _written(tag: int) -> str:
    return f"{tag >> 16:04X},{tag & 0xFFFF:04X}"
