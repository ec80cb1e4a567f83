"""Write `src/residency/deid/dicom/needs.json`: which attributes that PS3.15 removes an object of some class must have.

    python tools/make_needs_table.py FOLDER src/residency/deid/dicom/needs.json

FOLDER is `highdicom/_standard` of the package highdicom 0.28.2 (MIT), made from PS3.3 of the standard. Which attribute
has which type in which place is a fact of the standard; only what meets Table E.1-1 in its X rows is taken, in a form
of our own: for the data set by SOP class, for items by the sequence that holds them. 1 asks for a value, 2 for
presence; what is asked only under a condition (1C, 2C) is not in it.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from pydicom.datadict import tag_for_keyword

from residency.deid.ps315 import rows

EMPTIED = {"X/Z", "Z"}


def main(folder: Path, target: Path) -> None:
    """Read the facts, write one class or sequence per line."""
    classes, modules, attributes = (
        json.loads((folder / f"{name}.json").read_text("utf-8"))
        for name in ("sop_class_iod_map", "iod_module_map", "module_attribute_map")
    )
    top: dict[str, dict[str, int]] = defaultdict(dict)
    inside: dict[str, dict[str, int]] = defaultdict(dict)
    for sop_class, iod in classes.items():
        for attribute in (one for module in modules[iod] for one in attributes.get(module["key"], ())):
            need = needed(attribute)
            if need is not None:
                place, tag, kind = need
                found = inside[place] if place else top[sop_class]
                found[tag] = min(kind, found.get(tag, kind))
    head = {"source": "PyPI highdicom 0.28.2 (MIT), highdicom/_standard, made from PS3.3"}
    lines = [f' "{name}": {{\n{listed(table)}\n }}' for name, table in (("top", top), ("inside", inside))]
    target.write_text("{\n" + json.dumps(head)[1:-1] + ",\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    print(f"{len(top)} classes and {len(inside)} sequences written to {target}")


def needed(attribute: dict) -> tuple[str, str, int] | None:
    """The sequence, the tag and the type, if the table would take away what the standard asks for there."""
    path = [written(keyword) for keyword in (*attribute["path"], attribute["keyword"])]
    if "" in path or any(basic_of(place) == "X" for place in path[:-1]):
        return None
    kind = {"1": 1, "2": 2}.get(attribute["type"])
    lost = basic_of(path[-1]) == "X" or (basic_of(path[-1]) in EMPTIED and kind == 1)
    return (path[-2] if path[:-1] else "", path[-1], kind) if kind and lost else None


def written(keyword: str) -> str:
    tag = tag_for_keyword(keyword)
    return "" if tag is None else f"{tag >> 16:04X},{tag & 0xFFFF:04X}"


def basic_of(tag: str) -> str:
    return rows()[tag].basic if tag in rows() else ""


def listed(table: dict[str, dict[str, int]]) -> str:
    """One line for each class or sequence."""
    return ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(dict(sorted(table[name].items())))}" for name in sorted(table)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
