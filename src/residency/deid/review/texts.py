"""What the headers of a cleaned series still say: every text, date and number at every depth, as a table.

    for line in said([read(data), …]): line.tag, line.name, line.values, line.more

Of texts, dates and times every value that occurs is there. Of numbers and UIDs, which differ from slice to slice, the
first few are, and how many more. Binary values are not: counts, sizes, pixels. Not here: how it is shown (`pages`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from residency.deid.checking.citing import named
from residency.deid.dicom.elements import Element, Instance
from residency.deid.dicom.texts import TEXT_VRS, decode, encodings_of

_NUMBERS = frozenset((b"DS", b"IS", b"UI"))
_PLAIN = _NUMBERS | {b"AS", b"DA", b"DT", b"TM"}
_FEW = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One element of the standard or of a maker: the values it has, and how many more there are."""

    tag: str
    name: str
    vr: str
    values: tuple[str, ...]
    more: int


def said(instances: Sequence[Instance]) -> list[Line]:
    """The lines of all files of a series together, by tag."""
    found: dict[tuple[int, bytes], dict[str, None]] = {}
    for instance in instances:
        for tag, vr, text in _walked(instance.elements, ()):
            found.setdefault((tag, vr), {})[text] = None
    lines = []
    for (tag, vr), values in sorted(found.items()):
        shown = tuple(values)[:_FEW] if vr in _NUMBERS else tuple(values)
        written = f"{tag >> 16:04X},{tag & 0xFFFF:04X}"
        lines.append(Line(written, named(tag), vr.decode("ascii"), shown, len(values) - len(shown)))
    return lines


def _walked(elements: list[Element], encodings: tuple[str, ...]) -> Iterator[tuple[int, bytes, str]]:
    encodings = encodings_of(elements) or encodings
    for tag, vr, value, _ in elements:
        if isinstance(value, list):
            for item in value:
                yield from _walked(item, encodings)
        elif isinstance(value, bytes) and value.strip(b" \0") and vr in TEXT_VRS | _PLAIN:
            text = decode(value, encodings) if vr in TEXT_VRS else value.decode("latin-1")
            yield tag, vr, text.strip(" \0")
