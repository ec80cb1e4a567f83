"""Searches folders for traces of identifiers: raw, in either case, UTF-16, base64 at its three alignments, compressed.

    found = traces(planted(hospital / "planted.json"), [site_folder, temporary_folder])

Shares nothing with the product. A pattern of six bytes or more is looked for at every byte of every file, SQLite's
free pages and write-ahead log included, and in whatever a zlib, gzip or zip stream inside a file unpacks to. A
shorter one means nothing among random bytes or pixels, so it is only looked for as a word in files that are text.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHORTEST = 6
_HEAD = 3
_UNPACKED_LIMIT = 64 * 1024 * 1024
_CHUNK = 4 * 1024 * 1024
_DRAWN = re.compile(rb"2\.25\.\d{20,39}|[0-9a-f]{32,}")
"""UIDs and digests: digits drawn at random, in which every short number stands sooner or later."""
_SEALED = re.compile(r"[A-Za-z0-9+/]{64,}")
"""Base 64 of sealed bytes, in which every letter stands between two strokes sooner or later."""
_DRAWN_LONGEST = 128


@dataclass(frozen=True)
class Trace:
    """Where one form of one identifier was found; the identifier is given by its place in the list."""

    identifier: int
    form: str
    file: Path
    offset: int


def planted(key: Path) -> list[tuple[str, str]]:
    """Every identifier of a generator's answer key, with the character set in which it was written."""
    known = json.loads(key.read_text(encoding="utf-8"))
    cases = [case for case in (*known["subjects"], *known["defects"], known["external"]) if "identifiers" in case]
    values = {(row["value"], case["encoding"]) for case in cases for row in case["identifiers"]}
    return sorted((value, codec) for value, codec in values if value)


def traces(identifiers: list[tuple[str, str]], folders: Iterable[Path]) -> list[Trace]:
    """Every trace of the identifiers, each given as value and codec."""
    long = _Patterns(identifiers)
    short = [(n, value) for n, (value, _) in enumerate(identifiers) if 0 < len(value.encode()) < SHORTEST]
    found: list[Trace] = []
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
            data = path.read_bytes()
            for form, view in _views(data):
                found += [Trace(n, f"{f} {form}".strip(), path, at) for n, f, at in long.find(view)]
            found += _words(short, path, data)
    return found


class _Patterns:
    """Many byte strings, found together: by three bytes in a table, then by six, then whole in a dictionary."""

    def __init__(self, identifiers: list[tuple[str, str]]) -> None:
        forms: dict[bytes, tuple[int, str]] = {}
        for number, (value, codec) in enumerate(identifiers):
            if len(value.encode()) >= SHORTEST:
                for form, pattern in _forms(value, codec):
                    forms.setdefault(pattern, (number, form))
        self._by_prefix: dict[bytes, dict[int, dict[bytes, tuple[int, str]]]] = {}
        for pattern, what in forms.items():
            self._by_prefix.setdefault(pattern[:SHORTEST], {}).setdefault(len(pattern), {})[pattern] = what
        self._heads = np.zeros(1 << 8 * _HEAD, bool)
        self._heads[[int.from_bytes(prefix[:_HEAD], "little") for prefix in self._by_prefix]] = True

    def find(self, data: bytes) -> Iterator[tuple[int, str, int]]:
        """Identifier, form and offset of each hit."""
        for start in range(0, len(data) - SHORTEST + 1, _CHUNK):
            raw = np.frombuffer(data, np.uint8, min(_CHUNK + _HEAD - 1, len(data) - start), start).astype(np.uint32)
            heads = raw[:-2] | raw[1:-1] << 8 | raw[2:] << 16
            for offset in (np.flatnonzero(self._heads[heads]) + start).tolist():
                for length, patterns in self._by_prefix.get(data[offset : offset + SHORTEST], {}).items():
                    there = data[offset : offset + length]
                    if there in patterns and not _by_chance(there, data, offset):
                        yield *patterns[there], offset


def _by_chance(pattern: bytes, data: bytes, offset: int) -> bool:
    """Whether a number is part of digits that were drawn."""
    if not pattern.isdigit():
        return False
    start = max(0, offset - _DRAWN_LONGEST)
    around = data[start : offset + len(pattern) + _DRAWN_LONGEST]
    place = offset - start
    return any(m.start() <= place and place + len(pattern) <= m.end() for m in _DRAWN.finditer(around))


def _forms(value: str, codec: str) -> Iterator[tuple[str, bytes]]:
    for text in {value, value.upper(), value.lower()}:
        for encoding in {codec, "utf-8", "utf-16-le", "utf-16-be"}:
            try:
                encoded = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            if len(encoded) < SHORTEST:
                continue
            yield encoding, encoded
            for shift in range(3):
                # Only the characters that do not depend on the neighbours are looked for.
                packed = base64.b64encode(b"\0" * shift + encoded).rstrip(b"=")
                yield f"base64 of {encoding}", packed[(0, 2, 3)[shift] : -1 if (shift + len(encoded)) % 3 else None]


def _views(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes themselves, and what compressed streams in them unpack to."""
    yield "", data
    for match in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04", data):
        start, mark = match.start(), match.group()
        if mark == b"PK\x03\x04":
            name, extra = (int.from_bytes(data[start + at : start + at + 2], "little") for at in (26, 28))
            start, bits = start + 30 + name + extra, -15
        else:
            bits = 31 if mark[0] == 0x1F else 15
        try:
            unpacked = zlib.decompressobj(bits).decompress(memoryview(data)[start:], _UNPACKED_LIMIT)
        except zlib.error:
            continue
        if len(unpacked) >= SHORTEST:
            yield "unpacked", unpacked


def _words(short: list[tuple[int, str]], path: Path, data: bytes) -> Iterator[Trace]:
    """Short identifiers as words, in files that are text from end to end."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    open_text = _SEALED.sub(lambda run: "_" * len(run[0]), text)
    for number, value in short:
        for match in re.finditer(rf"(?<!\w){re.escape(value)}(?!\w)", open_text):
            yield Trace(number, "word", path, match.start())
