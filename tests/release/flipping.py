"""Flips bits of a bundle, one at a time; where each lies is worked out here by other means than the verifier's."""

import json
import random
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from residency.kernel.note import PublicKey
from residency.release.verify import Verdict, verify

LOCAL = [("signature", 4), ("version needed", 2), ("flags", 2), ("method", 2), ("time", 2), ("date", 2), ("crc32", 4)]
LOCAL += [("compressed size", 4), ("size", 4), ("name length", 2), ("extra length", 2)]
CENTRAL = [LOCAL[0], ("version made by", 2), *LOCAL[1:], ("comment length", 2), ("disk", 2), ("internal attributes", 2)]
CENTRAL += [("external attributes", 4), ("offset", 4)]
END = [("signature", 4), ("disk", 2), ("directory disk", 2), ("members on this disk", 2), ("members", 2)]
END += [("directory size", 4), ("directory offset", 4), ("comment length", 2)]
NOTE_LINES = ["format", "site", "digest of the index", "empty line", "signature"]


class Map:
    """For every byte of a good bundle: the region it is in, and the field that a change there belongs to."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        self.regions: list[tuple[str, int, list[tuple[str, int, int]]]] = []
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                start = info.header_offset + 30 + len(info.filename)
                self._add(info.filename, info.header_offset, "local header", LOCAL, len(info.filename))
                self.regions.append((info.filename, start, list(self._inside(info.filename, archive.read(info)))))
            at = archive.start_dir
            for info in archive.infolist():
                self._add(info.filename, at, "directory entry", CENTRAL, len(info.filename))
                at += 46 + len(info.filename)
            self._add("", at, "end record", END, 0)

    def field(self, offset: int) -> tuple[str, str]:
        """Member and field of a byte."""
        member, start, spans = max((r for r in self.regions if r[1] <= offset), key=lambda region: region[1])
        return member, next(name for name, _, end in spans if offset < start + end)

    def _add(self, member: str, offset: int, title: str, fields: list[tuple[str, int]], name: int) -> None:
        spans, at = [], 0
        for label, width in [*fields, ("name", name)]:
            spans.append((f"{title}: {label}", at, at + width))
            at += width
        self.regions.append((member, offset, spans))

    def _inside(self, name: str, data: bytes) -> Iterator[tuple[str, int, int]]:
        lines = data.splitlines(keepends=True)
        if name.endswith(".json"):
            start = end = 0
            for token, pointer in _tokens(json.loads(data), ""):
                end += len(token.encode())
                if pointer is not None:
                    yield pointer, start, end
                    start = end
            yield "", start, len(data)
        elif name.endswith((".note", ".txt")):
            titles = NOTE_LINES if name == "index.note" else [f"line {n}" for n in range(1, len(lines) + 1)]
            at = 0
            for title, line in zip(titles, lines, strict=True):
                yield title, at, at + len(line)
                at += len(line)
        else:
            for at in range(0, len(data), 65536):
                yield f"block {at // 65536}", at, min(at + 65536, len(data))


def flip(path: Path, keys: Collection[PublicKey], *, drawn: int, each: int) -> None:
    """Flip bits drawn over the file and over every region of it, one at a time; each is found and located."""
    seed = random.randrange(2**32)
    chart, rng = Map(path), random.Random(seed)
    assert verify(path, keys).passed
    places = [rng.randrange(len(chart.data)) for _ in range(drawn)]
    for _, start, spans in chart.regions:
        size = spans[-1][2]
        few = min(each, size if size < 20_000 else 50)
        places += [start + at for at in rng.sample(range(size), few)]
    print(f"seed {seed}: {len(places)} flips over {len(chart.regions)} regions of {len(chart.data)} bytes")
    with path.open("r+b", buffering=0) as file:
        for offset in places:
            byte, bit = chart.data[offset], rng.randrange(8)
            file.seek(offset)
            file.write(bytes([byte ^ 1 << bit]))
            _is_located(verify(path, keys), offset, bit, *chart.field(offset))
            file.seek(offset)
            file.write(bytes([byte]))


def _is_located(verdict: Verdict, offset: int, bit: int, member: str, field: str) -> None:
    where = f"byte {offset}, bit {bit}, {member} {field}: {verdict.damages}"
    assert not verdict.passed, where
    assert len(verdict.damages) == 1, where
    damage = verdict.damages[0]
    assert (damage.member, damage.field) == (member, field), where
    in_block = field.startswith("block") and damage.offset <= offset < damage.offset + 65536
    assert damage.offset == offset or in_block, where


def _tokens(value: object, pointer: str) -> Iterator[tuple[str, str | None]]:
    """Canonical JSON token by token; a scalar comes with its pointer."""
    if not isinstance(value, dict | list) or not value:
        yield json.dumps(value, ensure_ascii=False, separators=(",", ":")), pointer
        return
    named = isinstance(value, dict)
    yield "{" if named else "[", None
    for number, (key, item) in enumerate(sorted(value.items()) if named else enumerate(value)):
        yield ("," if number else "") + (f'"{key}":' if named else ""), None
        yield from _tokens(item, pointer + "/" + str(key).replace("~", "~0").replace("/", "~1"))
    yield "}" if named else "]", None
