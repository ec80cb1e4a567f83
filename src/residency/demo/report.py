"""The report of a tour: one page of HTML that needs nothing else — no script, no network, no second file.

    write_report(Path("report.html"), story)

Figures are inside the page, the lineage is drawn into it, and every result carries its caveats. It prints, and it
follows the reader's choice of light or dark. A page with figures of subjects is a disclosure: whoever writes it says
where to. Not here: what it tells (`story`), the look (`report.html`, `report.css`).
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from residency.demo.graph import lineage_svg
from residency.demo.story import Story
from residency.evaluate.evaluation import Result
from residency.evaluate.gallery import stem
from residency.evaluate.summary import EVERY_GROUP, OVERALL, Row
from residency.store.files import write_atomically

_HERE = Path(__file__).parent
_REPLAYED = {True: ("bit for bit", "the same weights when replayed"), False: ("differs", "what the replay gave")}
_MARKS = {"met": "holds", "not met": "fails", "cannot be judged": "note"}


@dataclass(frozen=True)
class Grouped:
    """Rows of subgroups for a table: grouping → group → one row for each structure; reason → groupings hidden whole."""

    structures: tuple[str, ...]
    rows: dict[str, dict[str, list[Row]]]
    hidden: dict[str, list[str]]


def write_report(path: Path, story: Story) -> None:
    """Write the page."""
    write_atomically(path, render(story).encode(), mode=0o644)


def render(story: Story) -> str:
    """The page as text."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"data_uri": _data_uri, "fixed": _fixed, "grouped": _grouped}
    page = environment.get_template("report.html").render(
        story=story,
        remarks=(*story.caveats, story.expert),
        css=Markup((_HERE / "report.css").read_text()),
        lineage=Markup(lineage_svg(story.lineage)),
        numbers=_numbers(story),
        marks=_MARKS,
        grouped_rows=grouped_rows,
        figures_of=partial(_figures_of, story),
    )
    return page.lstrip()


def grouped_rows(result: Result) -> Grouped:
    """The subgroup rows of a result, in the order of its table."""
    rows: dict[str, dict[str, list[Row]]] = {}
    groups = [row for row in result.table.rows if row.by != OVERALL]
    for row in groups:
        if row.group != EVERY_GROUP:
            rows.setdefault(row.by, {}).setdefault(row.group, []).append(row)
    hidden: dict[str, list[str]] = {}
    for by, reason in dict.fromkeys((row.by, row.reason) for row in groups if row.group == EVERY_GROUP):
        hidden.setdefault(reason, []).append(by)
    return Grouped(tuple(dict.fromkeys(row.structure for row in groups)), rows, hidden)


def _figures_of(story: Story, result: Result) -> Iterator[tuple[str, bytes, str, str]]:
    """Name, PNG, text instead, and caption of each figure of a result."""
    begin = stem(result.name)
    of = f"{result.name}, {result.table.subjects} subject{'s' if result.table.subjects != 1 else ''}"
    for name, png in story.figures.items():
        what = name.removeprefix(f"{begin}-")
        if what == "strip":
            yield name, png, f"Dice of each subject by structure on {of}.", "Each dot is a subject."
        elif what == "overlay":
            words = "Contours of prediction and reference on CT."
            yield name, png, f"{words[:-1]}, on {of}: the median and the worst case.", words
        elif what.startswith("subgroups-"):
            structure = what.removeprefix("subgroups-")
            yield name, png, f"Dice of {structure} by subgroup on {of}.", f"Dice of {structure} by subgroup."


def _numbers(story: Story) -> list[tuple[str, str]]:
    minutes, seconds = divmod(round(sum(chapter.seconds for chapter in story.chapters)), 60)
    numbers = [(f"{minutes}:{seconds:02d}", "minutes from nothing to a signed model")]
    if story.counted:
        received = sum(count.received for count in story.counted if count.step == story.counted[0].step)
        numbers.append((_grouped(received), "files received, every one accounted for"))
    if story.training and story.training.replayed:
        numbers.append(_REPLAYED[story.training.bit_equal])
    numbers.append((str(len(story.refusals)), "refusals, as wanted"))
    return numbers


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _fixed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"


def _grouped(number: int) -> str:
    """Digits in groups of three, by a thin space that does not break."""
    return f"{number:,}".replace(",", "\u202f")
