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

Kind = Literal["dicom", "nifti", "fhir", "omop", "meds", "csv", "genome", "note", "unknown"]
_HEAD = 1 << 16
_PREAMBLE = 128
_NOTES = frozenset((".txt", ".text", ".note"))
_IMAGES = (".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img", ".img.gz")
_BESIDE = (".json", ".bval", ".bvec")
_TABLES = re.compile(r"participants\.tsv|sub-.+_(?:sessions|scans)\.tsv", re.IGNORECASE)
"""Tables of BIDS."""
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
    _gather(found)
    return found


def kind_of(name: str, head: bytes) -> Kind:
    """The kind of a file of this name that begins with these bytes."""
    if head[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        return "dicom"
    if sniff(head):
        return "genome"
    if name.lower().endswith(_IMAGES):
        return "nifti"
    if head[:4] == b"PAR1":
        return "omop" if table_of(name) else "meds"
    return _by_ending(Path(name).suffix.lower(), name, head)


def stem_of(path: Path) -> str:
    """The name of an image, or of what lies beside it, without its ending."""
    name = path.name.lower()
    ending = max((end for end in (*_IMAGES, *_BESIDE) if name.endswith(end)), key=len, default="")
    return path.name[: len(path.name) - len(ending)]


def _gather(found: Found) -> None:
    """What lies beside NIfTI images by name, and the tables of their folder, belong to them."""
    images = {(path.parent, stem_of(path)) for path in found.files["nifti"]}
    for kind in ("unknown", "csv"):
        for path in list(found.files[kind]) if images else ():
            beside = path.name.lower().endswith(_BESIDE) and (path.parent, stem_of(path)) in images
            if beside or _TABLES.fullmatch(path.name):
                found.files[kind].remove(path)
                found.files["nifti"].append(path)
    found.files["nifti"].sort()


def _by_ending(ending: str, name: str, head: bytes) -> Kind:
    if ending in (".json", ".ndjson", ".jsonl") and _RESOURCE.search(head):
        return "fhir"
    if ending in (".csv", ".tsv"):
        return "omop" if table_of(name) else "csv"
    if ending in _NOTES:
        return "note"
    numbered = ending[1:].isdigit()  # archives name files by UID, and old ones leave the preamble out
    return "dicom" if numbered or ending in ("", ".dcm", ".ima", ".dic") else "unknown"
