"""What each file of a folder is, told by its bytes; by its name only where bytes do not say it.

    found = sorted_files(Path("incoming"))
    found.files["dicom"]        the paths, sorted; found.left counts what is no regular file

Links are not followed. Not here: whether a file can be read whole (the readers of each kind).
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from residency.deid.genomes.scrub import sniff
from residency.ingest.ehr.omop import table_of
from residency.observe.progress import track

Kind = Literal["dicom", "fhir", "omop", "meds", "csv", "genome", "note", "unknown"]
_HEAD = 1 << 16
_PREAMBLE = 128
_NOTES = frozenset((".txt", ".text", ".note"))
_RESOURCE = re.compile(rb'"resourceType"\s*:')


@dataclass(frozen=True)
class Found:
    """The files of a folder by kind, and how many things in it are no files, by code."""

    files: dict[Kind, list[Path]] = field(default_factory=lambda: defaultdict(list))
    left: Counter = field(default_factory=Counter)

    def kinds(self) -> set[Kind]:
        """What there is."""
        return {kind for kind, paths in self.files.items() if paths}


def sorted_files(source: Path) -> Found:
    """Look at every file below a folder."""
    found = Found()
    for path in track(sorted(path for path in source.rglob("*") if path.is_symlink() or not path.is_dir()), "looking"):
        if path.is_symlink() or not path.is_file():
            found.left["NOT-REGULAR"] += 1
            continue
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD)
        except OSError:
            found.left["UNREADABLE"] += 1
            continue
        found.files[kind_of(path.name, head)].append(path)
    return found


def kind_of(name: str, head: bytes) -> Kind:
    """The kind of a file of this name that begins with these bytes."""
    if head[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        return "dicom"
    if sniff(head):
        return "genome"
    if head[:4] == b"PAR1":
        return "omop" if table_of(name) else "meds"
    return _by_ending(Path(name).suffix.lower(), name, head)


def _by_ending(ending: str, name: str, head: bytes) -> Kind:
    if ending in (".json", ".ndjson", ".jsonl") and _RESOURCE.search(head):
        return "fhir"
    if ending in (".csv", ".tsv"):
        return "omop" if table_of(name) else "csv"
    if ending in _NOTES:
        return "note"
    numbered = ending[1:].isdigit()  # archives name files by UID, and old ones leave the preamble out
    return "dicom" if numbered or ending in ("", ".dcm", ".ima", ".dic") else "unknown"
