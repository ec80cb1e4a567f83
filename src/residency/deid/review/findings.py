"""The file in which a reviewer says what each item still shows: one row for each, with a word from a fixed list.

    review,item,verdict
    deid-review-01k…,1,clean
    deid-review-01k…,2,name;text in picture

There is no place for a note: what somebody found would stand there. A file that is incomplete, or speaks of other items
than those of its review, is refused, and nothing of it is repeated. Not here: what becomes of it (`agree`).
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from residency.errors import BadInput

COLUMNS = ("review", "item", "verdict")
CLEAN = "clean"
KINDS = ("name", "date", "number", "place", "face", "text-in-picture", "other")
"""What may be left of somebody in an item."""
_BETWEEN = ";"
_LONGEST = 1 << 20
_REMEDY = f"Fill in 'clean', or what is left: {', '.join(KINDS)}; several with '{_BETWEEN}' between them."


class FindingsWrong(BadInput):
    """The file of findings cannot be read, or says something that is no finding."""


class FindingsIncomplete(BadInput):
    """Not every item of the sample has a verdict."""


class FindingsOfAnother(BadInput):
    """The findings are about another sample."""


Verdict = tuple[str, ...]
"""What is left in one item, in the order of KINDS; nothing in one that is clean."""


def blank(review: str, items: int) -> bytes:
    """The file to fill in."""
    return _csv((review, str(number), "") for number in range(1, items + 1))


def written(verdict: Verdict) -> str:
    """A verdict as it stands in the file."""
    return _BETWEEN.join(verdict) or CLEAN


def read_findings(path: Path, review: str, items: int) -> list[Verdict]:
    """The verdicts by item; raises FindingsWrong, FindingsIncomplete, FindingsOfAnother."""
    found: dict[int, Verdict | None] = {}
    for line, (of, item, verdict) in enumerate(_rows(path), 2):
        if of != review or not item.isascii() or not item.isdigit() or not 1 <= int(item) <= items:
            raise FindingsOfAnother(
                f"Line {line} speaks of an item that is not in {review}.", remedy="Give the file of this review."
            )
        if int(item) in found:
            raise FindingsWrong(f"Line {line} speaks of an item a second time.", remedy="Keep one row for each item.")
        found[int(item)] = _verdict(verdict, line)
    missing = [number for number in range(1, items + 1) if found.get(number) is None]
    if missing:
        raise FindingsIncomplete(
            f"{len(missing)} of {items} items have no verdict, item {missing[0]} is the first.", remedy=_REMEDY
        )
    return [verdict for _, verdict in sorted(found.items()) if verdict is not None]


def _rows(path: Path) -> list[list[str]]:
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST).decode("utf-8-sig")
        head, _, _ = text.partition("\n")
        rows = list(csv.reader(io.StringIO(text), delimiter="\t" if "\t" in head else ",", strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FindingsWrong("The findings cannot be read as CSV in UTF-8.", remedy="Save them again.") from error
    rows = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    if not rows or tuple(rows[0]) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise FindingsWrong(
            f"The findings do not have the columns {', '.join(COLUMNS)} and no others.",
            remedy="Fill in the file as it was written; there is no place for notes.",
        )
    return rows[1:]


def _verdict(text: str, line: int) -> Verdict | None:
    words = {"-".join(word.lower().replace("_", " ").split()) for word in text.split(_BETWEEN) if word.strip()}
    if not words:
        return None
    if words == {CLEAN}:
        return ()
    if not words <= set(KINDS):
        raise FindingsWrong(f"Line {line} has a verdict that is none.", remedy=_REMEDY)
    return tuple(kind for kind in KINDS if kind in words)


def _csv(rows: Iterable[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([COLUMNS, *rows])
    return out.getvalue().encode()
