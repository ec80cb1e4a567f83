"""The pages that a reviewer reads: an index and one page for each item, plain HTML without a script.

    folder.put("index.html", index(about, shown))
    folder.put("item-001.html", item_page(about, shown[0]))

Everything that comes out of a file is escaped, and signs that cannot be seen are made visible: a name may hide behind
one. The pages load nothing but the pictures beside them. Not here: what is on them (`texts`, `pictures`).
"""

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from residency.deid.review.findings import CLEAN, KINDS
from residency.deid.review.texts import Line

_LOUD = {
    "identified": "IDENTIFIED DATA. They name people and may not be here.",
    "limited": "LIMITED DATA SET (164.514(e)). No determination says that the risk is very small: treat it as health "
    "information of people.",
    "deidentified": "De-identified by a determination, which covers this use and nobody's attempt to find anybody.",
}
_STYLE = (
    "body{font:15px/1.4 sans-serif;margin:2em auto;max-width:75em;color:#1d2733}"
    ".loud{border:3px solid #d9480f;padding:.6em 1em;font-weight:bold}"
    "table{border-collapse:collapse}td,th{border:1px solid #c3cad2;padding:.2em .6em;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}figure{display:inline-block;margin:.5em}"
    "img{min-width:16em;max-width:100%;image-rendering:pixelated}"
)


@dataclass(frozen=True)
class About:
    """What every page says: which review, of which cleaning, of what class."""

    review: str
    deid: str
    source: str
    recipe: str
    data_class: str
    determination: str


@dataclass(frozen=True)
class Shown:
    """One item: its number, kind, files, lines of its headers, names of its pictures, and how many are left out."""

    number: int
    kind: str
    files: int
    lines: Sequence[Line]
    pictures: Sequence[tuple[str, str]]
    left_out: int

    @property
    def page(self) -> str:
        """The name of its page."""
        return f"item-{self.number:03d}.html"


def index(about: About, shown: Sequence[Shown]) -> bytes:
    """The first page: what this is, what to do, and the items."""
    rows = [(f'<a href="{one.page}">{one.number}</a>', one.kind, str(one.files), _pictures(one)) for one in shown]
    body = (
        f"<h1>{len(shown)} items of {_safe(about.source)}, to be looked at a second time</h1>{_banner(about)}"
        f"<p>Review <code>{_safe(about.review)}</code> of the cleaning <code>{_safe(about.deid)}</code> by the recipe "
        f"<code>{_safe(about.recipe)}</code>.</p>"
        "<p>Look at every item: at each picture, and at each line of the table below it. Then write into "
        f"<code>findings.csv</code>, in the row of the item, <code>{CLEAN}</code>, or what is left of somebody: "
        f"{', '.join(f'<code>{kind}</code>' for kind in KINDS)}; several with a semicolon between them. Write nothing "
        "else: not what you saw. Then: <code>residency deid agree "
        f"{_safe(about.review)} findings.csv</code>, by somebody who did not do the cleaning. Destroy this folder "
        "afterwards.</p>"
        "<p>Codes in the place of names and numbers, and dates that were moved, are meant to be there.</p>"
        f"{_table(('item', 'kind', 'files', 'pictures'), rows)}"
    )
    return _page(f"Review {about.review}", body)


def item_page(about: About, one: Shown) -> bytes:
    """The page of one item."""
    figures = "".join(
        f'<figure><img src="{name}" alt=""><figcaption>{_safe(caption)}</figcaption></figure>'
        for caption, name in one.pictures
    )
    lines = [
        (line.tag, _safe(line.name), line.vr, "<br>".join(map(_safe, line.values)) + _more(line)) for line in one.lines
    ]
    missing = (
        f'<p class="loud">{one.left_out} pictures could not be drawn, or are too many.</p>' if one.left_out else ""
    )
    body = (
        f"<h1>Item {one.number}: {_safe(one.kind)}, {one.files} files</h1>{_banner(about)}"
        f'<p><a href="index.html">all items</a></p>{missing}{figures}'
        f"<h2>What the headers still say</h2>{_table(('tag', 'name', 'VR', 'values'), lines)}"
    )
    return _page(f"Item {one.number} of {about.review}", body)


def _page(title: str, body: str) -> bytes:
    policy = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_safe(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="referrer" content="no-referrer">'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    ).encode()


def _banner(about: About) -> str:
    by = f" {about.determination}" if about.determination else ""
    return f'<p class="loud">{_safe(_LOUD[about.data_class] + by)}</p>'


def _pictures(one: Shown) -> str:
    return f"{len(one.pictures)}" + (f", {one.left_out} not drawn" if one.left_out else "")


def _more(line: Line) -> str:
    return f"<br>… and {line.more} more" if line.more else ""


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are HTML already."""
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _safe(text: str) -> str:
    """Text as HTML, with every sign that would not be seen written as its number."""
    return html.escape("".join(sign if _seen(sign) else f"[U+{ord(sign):04X}]" for sign in text))


def _seen(sign: str) -> bool:
    return sign in " \n\t" or unicodedata.category(sign)[0] not in "CZ"
