"""Looks for every planted identifier in what lies open in a site: everything but the sealed objects.

    found = search(Path("demo-out/site"), Path("demo-out/hospital/planted.json"))
    found.identifiers, found.hits, found.control_found

Each identifier is looked for as UTF-8, in its own character set, in UTF-16, in upper and lower case, at every byte of
the ledger, its write-ahead log, the logs and the settings. A marker that is planted just before shows that the search
sees. Identifiers under six bytes mean nothing among random bytes and are not looked for here; the product's tests
search for more forms, and inside compressed streams. Not here: the search in de-identified files (`deid.residual`).
"""

import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHORTEST = 6
_SKIPPED = "objects"


@dataclass(frozen=True)
class Found:
    """What a search saw: how much it looked for, in how many files and bytes, and how often it found something."""

    identifiers: int
    files: int
    size: int
    hits: int
    control_found: bool


def search(site: Path, planted: Path) -> Found:
    """Search a site for the identifiers of an answer key; a marker is planted first and taken away afterwards."""
    values = {(row["value"], case.get("encoding", "utf-8")) for case in _cases(planted) for row in case["identifiers"]}
    marker = f"control-marker-{secrets.token_hex(8)}"
    place = site / "logs" / "control.txt"
    place.parent.mkdir(exist_ok=True)
    place.write_text(marker)
    try:
        by_head = _by_head({form for value, codec in values for form in _forms(value, codec)})
        control = _by_head({marker.encode()})
        files = [p for p in sorted(site.rglob("*")) if p.is_file() and _SKIPPED not in p.relative_to(site).parts]
        contents = [path.read_bytes() for path in files]
    finally:
        place.unlink()
    return Found(
        identifiers=len({value for value, _ in values if len(value.encode()) >= SHORTEST}),
        files=len(files),
        size=sum(map(len, contents)),
        hits=sum(_count(data, by_head) for data in contents),
        control_found=sum(_count(data, control) for data in contents) == 1,
    )


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


def _by_head(forms: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    heads: dict[bytes, list[bytes]] = {}
    for form in forms:
        heads.setdefault(form[:SHORTEST], []).append(form)
    return heads


def _count(data: bytes, by_head: dict[bytes, list[bytes]]) -> int:
    """How many of the forms occur: only those whose first bytes occur are looked for in full."""
    heads = {data[place : place + SHORTEST] for place in range(len(data) - SHORTEST + 1)} & by_head.keys()
    return sum(form in data for head in heads for form in by_head[head])
