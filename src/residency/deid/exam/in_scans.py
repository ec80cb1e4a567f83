"""Identifiers of nobody in a copy of a NIfTI image (header, extension, head of its gzip) or of its sidecar.

    sown = plant_scan("sub-0042_T1w.nii.gz", data, draw)

The voxels stay, and so does the name of the file, which says whose the scan is and what lies beside it. Fields and
offsets are those of nifti1.h and nifti2.h; they are written here, not by the product's own reader. Not here: the tables
of BIDS, the voxels of a pair (.img); cleaning (`folders.examining`).
"""

import gzip
import io
import json
import random
import struct
import zlib
from dataclasses import dataclass

from residency.deid.exam.in_notes import own
from residency.deid.exam.sown import Seed, Sown, mail_of, spoken
from residency.deid.exam.stranger import Stranger, invented

_IMAGES = (".nii", ".nii.gz", ".hdr", ".hdr.gz")
_COMMENT = 6
"""The code of an extension in plain text."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where texts of up to so many bytes stand, and where the voxels begin, in a header of `size` bytes."""

    size: int
    texts: dict[str, tuple[int, int]]
    start: tuple[int, str]


_ONE = _Layout(
    348, {"db_name": (14, 18), "descrip": (148, 80), "aux_file": (228, 24), "intent_name": (328, 16)}, (108, "f")
)
_TWO = _Layout(540, {"descrip": (240, 80), "aux_file": (320, 24), "intent_name": (508, 16)}, (168, "q"))


def holds_texts(name: str) -> bool:
    """Whether a file of this name is planted into."""
    return name.lower().endswith((*_IMAGES, ".json"))


def plant_scan(name: str, data: bytes, draw: random.Random) -> Sown | None:
    """None where the file is neither an image nor a sidecar that can be read."""
    who = invented({}, draw)
    if name.lower().endswith(".json"):
        return _sidecar(name, data, who)
    packed = data[:2] == b"\x1f\x8b"
    try:
        plain = gzip.decompress(data) if packed else data
    except (OSError, EOFError, zlib.error):
        return None
    order, layout = _layout(plain)
    if layout is None or len(plain) < layout.size + 4:
        return None
    said = _texts(who)
    made = bytearray(plain)
    for field, (at, room) in layout.texts.items():
        made[at : at + room] = said[field].text.encode()[:room].ljust(room, b"\0")
    seeds = [Seed(one.kind, "header", one.words) for field, one in said.items() if field in layout.texts]
    if ".hdr" not in name.lower():
        made = _extended(made, order, layout, f"Scan of {spoken(who.name)}, {who.number}")
        seeds += [
            Seed("name", "extension", tuple(spoken(who.name).split())),
            Seed("number", "extension", (who.number,)),
        ]
    if not packed:
        return Sown(name, bytes(made), tuple(seeds))
    return Sown(name, _gzipped(bytes(made), who.family), (*seeds, Seed("name", "gzip", (who.family,))))


@dataclass(frozen=True, slots=True)
class _Said:
    kind: str
    text: str
    words: tuple[str, ...]


def _texts(who: Stranger) -> dict[str, _Said]:
    family = who.family[:12]
    return {
        "db_name": _Said("number", who.number[:16], (who.number[:16],)),
        "descrip": _Said("name", f"{spoken(who.name)} baseline", tuple(spoken(who.name).split())),
        "aux_file": _Said("name", f"/home/{family}.mat", (family,)),
        "intent_name": _Said("accession", who.accession[:16], (who.accession[:16],)),
    }


def _layout(plain: bytes) -> tuple[str, _Layout | None]:
    for order in "<>":
        size = struct.unpack_from(f"{order}i", plain.ljust(4, b"\0"))[0]
        if size in (_ONE.size, _TWO.size):
            return order, _ONE if size == _ONE.size else _TWO
    return "<", None


def _extended(made: bytearray, order: str, layout: _Layout, text: str) -> bytearray:
    """One extension more, before all others; the voxels move by its size."""
    body = text.encode()
    size = -(-(len(body) + 8) // 16) * 16
    extension = struct.pack(f"{order}2i", size, _COMMENT) + body.ljust(size - 8, b"\0")
    at, form = layout.start
    start = struct.unpack_from(order + form, made, at)[0]
    struct.pack_into(order + form, made, at, start + size)
    made[layout.size] = 1
    return made[: layout.size + 4] + extension + made[layout.size + 4 :]


def _gzipped(plain: bytes, family: str) -> bytes:
    """With the name of a file in its head, as gzip leaves it."""
    target = io.BytesIO()
    with gzip.GzipFile(f"{family}.nii", "wb", fileobj=target, mtime=0) as file:
        file.write(plain)
    return target.getvalue()


def _sidecar(name: str, data: bytes, who: Stranger) -> Sown | None:
    """Keys that converters write, and one that nobody knows."""
    try:
        said = json.loads(data.decode("utf-8-sig"))
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    spoken_name = spoken(who.name)
    planted = [
        ("name", "PatientName", spoken_name, tuple(spoken_name.split())),
        ("number", "PatientID", who.number, (who.number,)),
        ("institution", "InstitutionName", who.institution, own(who.institution)),
        ("address", "InstitutionAddress", who.address, own(who.address)),
        ("physician", "ReferringPhysicianName", spoken(who.physician), tuple(spoken(who.physician).split())),
        ("accession", "SeriesDescription", f"T1 for {who.accession}", (who.accession,)),
        ("mail", "SiteContact", mail_of(who), (mail_of(who),)),
    ]
    said |= {key: value for _, key, value, _ in planted}
    seeds = tuple(Seed(kind, "sidecar", words) for kind, _, _, words in planted)
    return Sown(name, json.dumps(said, indent=1).encode(), seeds)
