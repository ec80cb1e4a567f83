"""Looks for every planted identifier in what lies open in a site: everything but the sealed objects.

    found = search([Path("demo-out/site"), Path("demo-out/temporary")], Path("demo-out/hospital/planted.json"))
    found.identifiers, found.hits, found.control_found

Each identifier is looked for as UTF-8, in its own character set, in UTF-16, in upper and lower case, and as base64 of
each, at every byte of the ledger, its write-ahead log, the logs, the settings, half-written objects and temporary
files, and in what compressed streams among them unpack to. A marker that is planted just before shows that the search
sees. Identifiers under six bytes mean nothing among random bytes and are not looked for here, nor are digits among the
decimals of a figure (a score of 0.5725703153948987 once held a patient's number). Not here: the search in de-identified
files (`deid.residual`).
"""

import base64
import json
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHORTEST = 6
_MOST = 16 * 1024 * 1024
_STORE, _HALF_WRITTEN = "/objects/", "/objects/.tmp/"
_DECIMALS = re.compile(rb"(?<![0-9.])[0-9]\.[0-9]*\Z")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


@dataclass(frozen=True)
class Found:
    """What a search saw: how much it looked for, in how many files and bytes, and how often it found something."""

    identifiers: int
    files: int
    size: int
    hits: int
    control_found: bool


def search(folders: Sequence[Path], planted: Path) -> Found:
    """Search a site, and folders beside it, for the identifiers of an answer key; a marker is planted meanwhile."""
    values = {(row["value"], case.get("encoding", "utf-8")) for case in _cases(planted) for row in case["identifiers"]}
    marker = f"control-marker-{secrets.token_hex(8)}"
    place = folders[0] / "logs" / "control.txt"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(zlib.compress(base64.b64encode(b"!" + marker.encode("utf-16-le"))))
    try:
        by_head = _by_head({form for value, codec in values for form in _forms(value, codec)})
        control = _by_head(set(_forms(marker, "ascii")))
        files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file() and _open(path)]
        contents = [path.read_bytes() for path in files]
    finally:
        place.unlink()
    return Found(
        identifiers=len({value for value, _ in values if len(value.encode()) >= SHORTEST}),
        files=len(files),
        size=sum(map(len, contents)),
        hits=sum(_count(view, by_head) for data in contents for view in _views(data)),
        control_found=sum(_count(view, control) for data in contents for view in _views(data)) > 0,
    )


def _open(path: Path) -> bool:
    """Whether a file is no sealed object."""
    return _STORE not in path.as_posix() or _HALF_WRITTEN in path.as_posix()


def _cases(planted: Path) -> Iterator[dict[str, Any]]:
    key = json.loads(planted.read_text(encoding="utf-8"))
    for case in (*key["subjects"], *key["defects"], key["external"]):
        if "identifiers" in case:
            yield case


def _forms(value: str, codec: str) -> Iterator[bytes]:
    for text in {value, value.upper(), value.lower()}:
        for encoding in {codec, "utf-8", "utf-16-le", "utf-16-be"}:
            try:
                form = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            if len(form) >= SHORTEST:
                yield form
                yield from _packed(form)


def _packed(form: bytes) -> Iterator[bytes]:
    """As base64 at its three alignments: the characters that do not depend on the neighbours."""
    for shift in range(3):
        packed = base64.b64encode(b"\0" * shift + form).rstrip(b"=")
        yield packed[(0, 2, 3)[shift] : -1 if (shift + len(form)) % 3 else None]


def _views(data: bytes) -> Iterator[bytes]:
    """The bytes, and what zlib and gzip streams among them unpack to."""
    yield data
    for match in _STREAM.finditer(data):
        try:
            yield zlib.decompressobj(47).decompress(memoryview(data)[match.start() :], _MOST)
        except zlib.error:
            continue


def _by_head(forms: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    heads: dict[bytes, list[bytes]] = {}
    for form in forms:
        heads.setdefault(form[:SHORTEST], []).append(form)
    return heads


def _count(data: bytes, by_head: dict[bytes, list[bytes]]) -> int:
    """How many of the forms occur: only those whose first bytes occur are looked for in full."""
    heads = {data[place : place + SHORTEST] for place in range(len(data) - SHORTEST + 1)} & by_head.keys()
    return sum(_stands_in(data, form) for head in heads for form in by_head[head])


def _stands_in(data: bytes, form: bytes) -> bool:
    """Whether it occurs; digits alone not among the decimals of a figure, which hold any number by chance."""
    if not form.isdigit():
        return form in data
    return any(not _DECIMALS.search(data, max(at.start() - 20, 0), at.start()) for at in re.finditer(form, data))
