"""What is painted over without being looked at: beside an ultrasound's regions, and in the bands that a recipe lists.

    known_boxes(instance, recipe, rows, columns)     [(0, 0, 96, 1024), …]

An ultrasound's header says where the image is (Sequence of Ultrasound Regions, PS3.3 C.8.5.5); what a machine writes
of its patient it writes elsewhere. The bands of other machines are facts of a site's own and stand in its recipe: none
are shipped, because none could be checked. Not here: text inside the regions (`textfinding`).
"""

from itertools import pairwise

from residency.deid.dicom.elements import Element, Instance
from residency.deid.dicom.strokes import Box
from residency.deid.recipe import Band, Recipe

_ULTRASOUND = tuple(f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("3.1", "6.1", "6.2"))
_SOP_CLASS, _REGIONS = 0x00080016, 0x00186011
_LEFT, _TOP, _RIGHT, _BOTTOM = 0x00186018, 0x0018601A, 0x0018601C, 0x0018601E
_MAKER, _MODEL = 0x00080070, 0x00081090


def known_boxes(instance: Instance, recipe: Recipe, rows: int, columns: int) -> list[Box]:
    """Boxes to be painted over in every frame, within the picture."""
    boxes = [_within(band, rows, columns) for band in recipe.bands if _applies(band, instance, rows, columns)]
    if instance.get(_SOP_CLASS).decode("latin-1") in _ULTRASOUND:
        boxes += _outside(_regions(instance, rows, columns), rows, columns)
    return boxes


def _applies(band: Band, instance: Instance, rows: int, columns: int) -> bool:
    said = [instance.get(tag).decode("latin-1").casefold() for tag in (_MAKER, _MODEL)]
    asked = [band.manufacturer.casefold(), band.model.casefold()]
    names = all(name in word for name, word in zip(asked, said, strict=True))
    return names and band.rows in (0, rows) and band.columns in (0, columns)


def _within(band: Band, rows: int, columns: int) -> Box:
    top, left, bottom, right = band.box
    return min(top, rows), min(left, columns), min(bottom or rows, rows), min(right or columns, columns)


def _regions(instance: Instance, rows: int, columns: int) -> list[Box]:
    """The regions that lie in the picture and are no single line; a box whose ends are not inside."""
    items = next((value for tag, _, value, _ in instance.elements if tag == _REGIONS), [])
    found = []
    for item in items if isinstance(items, list) else []:
        top, left, bottom, right = (_number(item, tag) for tag in (_TOP, _LEFT, _BOTTOM, _RIGHT))
        if top < bottom < rows and left < right < columns:
            found.append((top, left, bottom + 1, right + 1))
    return found


def _number(item: list[Element], tag: int) -> int:
    raw = next((value for at, _, value, _ in item if at == tag), b"")
    return int.from_bytes(raw, "little") if isinstance(raw, bytes) and len(raw) == 4 else 1 << 31


def _outside(regions: list[Box], rows: int, columns: int) -> list[Box]:
    """All that no region holds, as boxes between the edges of the regions; nothing where there is no region."""
    if not regions:
        return []
    downs = sorted({0, rows, *(edge for box in regions for edge in (box[0], box[2]))})
    rights = sorted({0, columns, *(edge for box in regions for edge in (box[1], box[3]))})
    boxes = []
    for top, bottom in pairwise(downs):
        for left, right in pairwise(rights):
            if not any(b[0] <= top and bottom <= b[2] and b[1] <= left and right <= b[3] for b in regions):
                boxes.append((top, left, bottom, right))
    return boxes
