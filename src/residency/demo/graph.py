"""The lineage as a picture: layers from left to right, from the protocol to the release, as inline SVG.

    lineage_svg(story.lineage)       # '<svg …>', styled by the page that holds it; '' where there is nothing

Drawn so that it can be read: revisions of one record are one box, records that stand alike between the same others
are one box with their number, and a link that follows from others is not drawn. Not here: what was made of what
(`govern.lineage`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from residency.demo.story import Link

WIDTH, HEIGHT = 82, 46
_GAP_X, _GAP_Y = 13, 22
_MARGIN = 2
_WORDS = {
    "dataset-version": ("data set", "version"),
    "evaluation-plan": ("evaluation", "plan"),
    "deid": ("de-identified",),
}
_ENDS = ("protocol", "release")

Above = dict[str, set[str]]
"""Node → what it was made of."""


@dataclass(frozen=True)
class Box:
    """A node in the picture: what is written in it, its layer from the left and its track from the top."""

    kind: str
    count: int
    layer: int
    track: int


@dataclass(frozen=True)
class Picture:
    """Boxes by name, and for each link the (layer, track) places that it runs through."""

    boxes: Mapping[str, Box]
    paths: tuple[tuple[tuple[int, int], ...], ...]


def lineage_svg(links: Iterable[Link]) -> str:
    """The picture as SVG; an empty text for no links."""
    picture = arranged(links)
    if not picture.boxes:
        return ""
    places = [place for path in picture.paths for place in path] + [(b.layer, b.track) for b in picture.boxes.values()]
    width = (max(x for x, _ in places) + 1) * (WIDTH + _GAP_X) - _GAP_X + 2 * _MARGIN
    height = (max(y for _, y in places) + 1) * (HEIGHT + _GAP_Y) - _GAP_Y + 2 * _MARGIN
    parts = [_line(path) for path in picture.paths] + [_box(box) for box in picture.boxes.values()]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="lineage-title" class="lineage">'
        f'<title id="lineage-title">{escape(_told(picture))}</title>{"".join(parts)}</svg>'
    )


def arranged(links: Iterable[Link]) -> Picture:
    """Which boxes there are, and where."""
    above, count = _merged(_without_revisions(links))
    above = _reduced(above)
    layer = _layers(above)
    track, paths = _tracks(above, layer)
    boxes = {node: Box(_kind(node), count[node], layer[node], track[node]) for node in above}
    return Picture(boxes, tuple(paths))


def _kind(node: str) -> str:
    return node.partition(" ")[0]


def _age(node: str) -> str:
    """Identifiers sort by the time they were made behind their kind."""
    return node.rpartition("-")[2]


def _without_revisions(links: Iterable[Link]) -> Above:
    """Links between records, older to newer: what a later revision was made of would run backwards."""
    above: Above = {}
    for link in links:
        made, of = above.setdefault(link.made, set()), above.setdefault(link.of, set())
        if _age(link.of) < _age(link.made):
            made.add(link.of)
        elif _age(link.made) < _age(link.of):
            of.discard(link.made)
            of.add(link.made)
    return above


def _merged(above: Above) -> tuple[Above, dict[str, int]]:
    """Records of one kind that stand between the same others become one."""
    below = _turned(above)
    alike: dict[tuple, list[str]] = defaultdict(list)
    for node in sorted(above, key=_age):
        alike[_kind(node), frozenset(above[node]), frozenset(below[node])].append(node)
    stands_for = {node: nodes[0] for nodes in alike.values() for node in nodes}
    merged = {n: {stands_for[of] for of in above[n]} for n in dict.fromkeys(stands_for.values())}
    return merged, {nodes[0]: len(nodes) for nodes in alike.values()}


def _turned(above: Above) -> Above:
    below: Above = {node: set() for node in above}
    for node, sources in above.items():
        for of in sources:
            below[of].add(node)
    return below


def _reduced(above: Above) -> Above:
    """Without links that follow from others."""
    reach: Above = {}

    def reached(node: str) -> set[str]:
        if node not in reach:
            reach[node] = set().union(*({of} | reached(of) for of in above[node]))
        return reach[node]

    return {
        node: {of for of in sources if not any(of in reached(other) for other in sources)}
        for node, sources in above.items()
    }


def _layers(above: Above) -> dict[str, int]:
    """How many steps a box stands behind the first; sources stand beside what is made of them first."""
    layer: dict[str, int] = {}
    for node in _in_order(above):
        layer[node] = max((layer[of] + 1 for of in above[node]), default=0)
    return layer


def _in_order(above: Above) -> list[str]:
    """Sources before what was made of them, else by age."""
    waiting, done = sorted(above, key=_age), []
    while waiting:
        node = next(n for n in waiting if above[n] <= set(done))
        waiting.remove(node)
        done.append(node)
    return done


def _tracks(above: Above, layer: Mapping[str, int]) -> tuple[dict[str, int], list[tuple[tuple[int, int], ...]]]:
    """A track for each box, and the places of each link; a long link keeps a track of its own free on its way.

    What leads furthest stays on the track it comes on, so that the way to the release is straight.
    """
    taken: set[tuple[int, int]] = set()
    track: dict[str, int] = {}
    paths: list[tuple[tuple[int, int], ...]] = []
    ahead = _ahead(above)
    for node in sorted(above, key=lambda n: (layer[n], -ahead[n], _age(n))):
        sources = sorted(above[node], key=lambda of: (-layer[of], track[of]))
        track[node] = _free(taken, layer[node], track[sources[0]] if sources else 0)
        taken.add((layer[node], track[node]))
        for of in sources:
            way, at = [(layer[of], track[of])], track[of]
            for passed in range(layer[of] + 1, layer[node]):
                at = _free(taken, passed, at)
                taken.add((passed, at))
                way.append((passed, at))
            paths.append((*way, (layer[node], track[node])))
    return track, paths


def _ahead(above: Above) -> dict[str, int]:
    """How many steps lead on from a box at most."""
    below, ahead = _turned(above), {}
    for node in reversed(_in_order(above)):
        ahead[node] = max((ahead[made] + 1 for made in below[node]), default=0)
    return ahead


def _free(taken: set[tuple[int, int]], layer: int, wanted: int) -> int:
    return next(t for t in range(wanted, wanted + len(taken) + 1) if (layer, t) not in taken)


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    return _MARGIN + place[0] * (WIDTH + _GAP_X), _MARGIN + place[1] * (HEIGHT + _GAP_Y)


def _line(path: tuple[tuple[int, int], ...]) -> str:
    x, y = _corner(path[0])
    x, y = x + WIDTH, y + HEIGHT // 2
    drawn = [f"M{x} {y}"]
    for place in path[1:]:
        to_x, to_y = _corner(place)
        to_y += HEIGHT // 2
        middle = (x + to_x) // 2
        drawn.append(f"C{middle} {y} {middle} {to_y} {to_x} {to_y}")
        if place != path[-1]:
            drawn.append(f"L{to_x + WIDTH} {to_y}")
        x, y = to_x + WIDTH, to_y
    return f'<path d="{" ".join(drawn)}"/>'


def _box(box: Box) -> str:
    x, y = _corner((box.layer, box.track))
    words = list(_WORDS.get(box.kind, (box.kind.replace("-", " "),)))
    if box.count > 1:
        words.append(f"× {box.count}")
    style = ' class="end"' if box.kind in _ENDS else ""
    first = y + HEIGHT / 2 + 4 - 7 * (len(words) - 1)
    lines = "".join(
        f'<text x="{x + WIDTH // 2}" y="{first + 14 * number:g}">{escape(word)}</text>'
        for number, word in enumerate(words)
    )
    return f'<g{style}><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>{lines}</g>'


def _told(picture: Picture) -> str:
    """The picture in words, for those who do not see it."""
    kinds = dict.fromkeys(box.kind for box in sorted(picture.boxes.values(), key=lambda b: (b.layer, b.track)))
    return "Lineage from left to right: " + ", ".join(kind.replace("-", " ") for kind in kinds)
