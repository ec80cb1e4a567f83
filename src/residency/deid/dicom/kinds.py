"""Which kinds of objects may pass, and under which recipe; the rest is held back with a reason.

    held_kind(read(data), recipe)   ->  Reason(code="OBJECT-NOT-SUPPORTED", sentence="…") or None
    shows_a_picture(read(data))     ->  True: `pixels` judges what it shows

Pass: structured reports, dose reports and key objects if the recipe cleans structured content; presentation states;
RT plans, treatment records, structure sets and dose; segmentations; registrations; real world value maps; waveforms.
Their text is cleaned or stands in as a dummy. Held: documents inside an object (PDF, CDA, meshes), recorded voices, raw
data, surfaces, directories, whatever is private or not named here. A contour or a mask of the skin shows a face: one
passes only if its object names a region without a face (`regions`), and so does a mask of more than one bit; a skin
under another name is not recognised. Not here: pictures (`pixels`), the cleaning (`headers`).
"""

import re

from residency.deid.dicom.elements import PIXEL_DATA, Element, Instance
from residency.deid.dicom.regions import face_in
from residency.deid.dicom.texts import texts
from residency.deid.reason import Reason
from residency.deid.recipe import CLEAN_CONTENT, Recipe
from residency.deid.wording import normal

DIRECTORY = "1.2.840.10008.1.3.10"
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_DOCUMENTS = frozenset(
    _STORAGE + f"88.{end}" for end in (11, 22, 33, 34, 35, 40, 50, 59, 65, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77)
)
_STATES = frozenset(_STORAGE + f"11.{end}" for end in range(1, 13))
_RADIOTHERAPY = frozenset(_STORAGE + f"481.{end}" for end in (4, 5, 6, 7, 8, 9))
_STRUCTURES, _DOSE, _MASK = _STORAGE + "481.3", _STORAGE + "481.2", _STORAGE + "66.4"
_RELATIONS = frozenset(_STORAGE + end for end in ("66.1", "66.2", "66.3", "67"))
_WAVES = frozenset(
    _STORAGE + f"9.{end}"
    for end in ("1.1", "1.2", "1.3", "1.4", "2.1", "3.1", "5.1", "6.1", "6.2", "7.1", "7.2", "7.3")
)
_PLAIN = _STATES | _RADIOTHERAPY | _RELATIONS | _WAVES
_WITH_A_GRID = frozenset((_DOSE, _MASK))
_SURFACES = frozenset((_STRUCTURES, _MASK))
_MARKS = {_DOSE: {0x30040002, 0x3004000E}, _MASK: {0x00620001, 0x00620002}}
"""What a grid of dose and a mask have and no other picture has: units and scaling, type and list of segments."""
_REFUSED = {
    _STORAGE + "104.": "A document lies inside the object, which this recipe does not read.",
    _STORAGE + "9.4.": "A voice is recorded in the object, which this recipe does not remove.",
    _STORAGE + "66.5": "The object is a surface, which may be that of a face.",
    _STORAGE + "68.": "The object is a surface, which may be that of a face.",
    DIRECTORY: "A directory names files of other objects; it is made anew from what was cleaned.",
}
_NO_OPTION = "A structured document passes only with the profile clean-structured-content, which cleans its items."
_INSIDE = (0x00420011, 0x7FE00008, 0x7FE00009)
"""Where a document or numbers of a picture would lie that nobody has looked at: (Float) pixel data, documents."""
_NAMES = frozenset((0x30060026, 0x30060028, 0x30060085, 0x300600A4, 0x00620005, 0x00620006, 0x00080104))
_SKIN = re.compile(r"external|outline|body|skin|surface|face|haut|peau|head|kopf|patient|scalp|contour externe")
_ALLOCATED, _STORED = 0x00280100, 0x00280101


def is_directory(instance: Instance) -> bool:
    """Whether this is a DICOMDIR, which lists files and is no object of its own."""
    return _class(instance) == DIRECTORY


def shows_a_picture(instance: Instance) -> bool:
    """Whether the object is judged by its pixels; the kinds that this module lets pass are not."""
    sop_class = _class(instance)
    return sop_class not in _PLAIN | _DOCUMENTS | _WITH_A_GRID | _SURFACES and not _refused(sop_class)


def held_kind(instance: Instance, recipe: Recipe, accepted: frozenset[str] = frozenset()) -> Reason | None:
    """Why an object of this kind may not pass under this recipe; None if it may, or if it is a picture.

    `accepted` holds codes of risks that a person has looked at; a kind that is not supported cannot be accepted.
    """
    if shows_a_picture(instance):
        return None
    sop_class = _class(instance)
    sentence = _refused(sop_class)
    if not sentence and sop_class in _DOCUMENTS and not recipe.keeps(CLEAN_CONTENT):
        sentence = _NO_OPTION
    tags = {tag for tag, *_ in instance.elements}
    if not sentence and (tags & set(_INSIDE) or (PIXEL_DATA in tags) != (sop_class in _WITH_A_GRID)):
        sentence = "The object holds something that objects of its kind do not hold."
    if not sentence and sop_class in _WITH_A_GRID and _number(instance, _STORED) != _number(instance, _ALLOCATED):
        sentence = "Bits of the grid's words are no part of it: something may hide there."
    if not sentence and sop_class in _MARKS and not _MARKS[sop_class] <= tags:
        sentence = "The object lacks what makes it one of its kind: it may be another picture."
    if sentence:
        return Reason(code="OBJECT-NOT-SUPPORTED", sentence=sentence)
    shaded = sop_class == _MASK and _number(instance, _ALLOCATED) > 1
    if sop_class in _SURFACES and "FACE" not in accepted and (shaded or _draws_the_skin(instance.elements)):
        face = face_in(instance)
        return Reason(code="FACE", sentence=face) if face else None
    return None


def _class(instance: Instance) -> str:
    return instance.get(0x00080016).decode("latin-1") or _of_head(instance)


def _of_head(instance: Instance) -> str:
    return next((value.strip(b" \0").decode("latin-1") for tag, _, value, _ in instance.meta if tag == 0x00020002), "")


def _refused(sop_class: str) -> str:
    return next((why for start, why in _REFUSED.items() if sop_class.startswith(start)), "")


def _draws_the_skin(elements: list[Element]) -> bool:
    """Whether some contour or segment is called by a word for the outside of the body."""
    return any(text.tag in _NAMES and _SKIN.search(normal(text.text)) for text in texts(elements))


def _number(instance: Instance, tag: int) -> int:
    return int.from_bytes(next((value for at, _, value, _ in instance.elements if at == tag), b"")[:2], "little")
