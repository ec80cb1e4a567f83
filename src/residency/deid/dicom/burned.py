"""The pass over the pixels of one object: text found, painted over, and looked for again (PS3.15 E.3.1, code 113101).

    seen = clean_pixels(instance, recipe)
    seen.instance      the same object, or one whose text is painted over, with BurnedInAnnotation NO
    seen.reason        None, or why it is held back

What lies outside an ultrasound's regions and in the bands that the recipe lists is painted over unseen; all else that
looks like text, unless it is a mark that may stay (`marks`). A film is looked at as its brightest and its darkest
picture, whose text goes from all frames, and then frame by frame. Text that is still found after the last round holds
the object back. An object in which nothing is found keeps its pixels byte for byte. Which objects pass through here is
said by `pixels`; CT and MR sections do only where something speaks of text, because a scanner does not write on what it
reconstructs. Not here: decoding (`decoding`), finding (`textfinding`), the icon (`headers` leaves it out).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from residency.deid.dicom.decoding import Frames, decodable, decoded, encoded
from residency.deid.dicom.elements import Instance
from residency.deid.dicom.known_regions import known_boxes
from residency.deid.dicom.marks import without_marks
from residency.deid.dicom.ocr import opencv
from residency.deid.dicom.picture import shape_of
from residency.deid.dicom.strokes import Box
from residency.deid.dicom.textfinding import find_text
from residency.deid.dicom.views import views
from residency.deid.reason import Reason
from residency.deid.recipe import Recipe

_ANNOTATION = 0x00280301
_ROUNDS = 5
_MOST_SAMPLES = 1_500_000_000
_NEAR = 6
"""What is found within so many pixels of paint is the paint's edge."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`painted` counts the boxes; `share` is the part of all pixels that was painted over."""

    instance: Instance = field(repr=False)
    painted: int = 0
    share: float = 0.0
    reason: Reason | None = None


def clean_pixels(instance: Instance, recipe: Recipe) -> Seen:
    """The object after the pass. Raises OcrMissing, OcrFailed; Unreadable where the pixels cannot be decoded."""
    shape = shape_of(instance.elements) if decodable(instance) else None
    if shape is None or shape.rows * shape.columns * shape.samples * shape.frames > _MOST_SAMPLES:
        sentence = "The pixels are of a kind or size that is not searched for text."
        return Seen(instance, reason=Reason(code="OBJECT-NOT-SUPPORTED", sentence=sentence))
    frames = decoded(instance)
    known = known_boxes(instance, recipe, shape.rows, shape.columns)
    paint = np.zeros(frames.values.shape[:3], bool)
    for top, left, bottom, right in known:
        paint[:, top:bottom, left:right] = True
    found = len(known)
    for number in range(_ROUNDS):
        new = _look(_painted(frames, paint), instance, recipe, paint, again=number > 0)
        if not new:
            return _after(instance, frames, paint, found)
        found += len(new)
    sentence = "Text was still found in the picture after it had been painted over."
    held = encoded(instance, _painted(frames, paint))
    return Seen(held, found, float(paint.mean()), Reason(code="BURNED-IN", sentence=sentence))


def _after(instance: Instance, frames: Frames, paint: NDArray[np.bool_], found: int) -> Seen:
    """With the annotation that says so; the pixels as they came where nothing in them was changed."""
    painted = _painted(frames, paint)
    same = not frames.cut and np.array_equal(painted.values, frames.values)
    whole = instance if same else encoded(instance, painted)
    elements = [element for element in whole.elements if element[0] != _ANNOTATION]
    elements = sorted([*elements, (_ANNOTATION, b"CS", b"NO", 0)], key=lambda element: element[0])
    return Seen(replace(whole, elements=elements), found, float(paint.mean()))


def _look(
    frames: Frames, instance: Instance, recipe: Recipe, paint: NDArray[np.bool_], *, again: bool
) -> list[tuple[slice, Box]]:
    """Boxes of text outside the paint, each with the frames in which it goes; they are added to the paint."""
    cv2 = opencv()
    edge = np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8)
    marks, found = frozenset(recipe.marks), []
    for view in views(frames, instance):
        for frames_, seen, thorough in _pictures(view):
            under = paint[frames_].all(axis=0).astype(np.uint8)
            # Paint has edges, which look like text.
            picture = cv2.inpaint(seen, under, 3, cv2.INPAINT_TELEA) if under.any() else seen
            boxes = find_text(picture, thorough=thorough, painted=cv2.dilate(under, edge) > 0, again=again)
            found += [(frames_, box) for box in without_marks(picture, boxes, marks)]
    for frames_, (top, left, bottom, right) in found:
        paint[frames_, top:bottom, left:right] = True
    return found


def _pictures(view: NDArray[np.uint8]) -> Iterator[tuple[slice, NDArray[np.uint8], bool]]:
    """What is looked at: of a film the brightest and the darkest of each pixel first; then every frame."""
    if len(view) > 1:
        yield slice(None), view.max(axis=0), True
        yield slice(None), view.min(axis=0), True
    for number, frame in enumerate(view):
        if number == 0 or not np.array_equal(frame, view[number - 1]):
            last = next((n for n in range(number + 1, len(view)) if not np.array_equal(view[n], frame)), len(view))
            yield slice(number, last), frame, len(view) == 1


def _painted(frames: Frames, paint: NDArray[np.bool_]) -> Frames:
    """The frames with what is to be painted black: the darkest that the picture's kind has."""
    if not paint.any():
        return frames
    values = frames.values.copy()
    values[paint] = black(frames)
    return replace(frames, values=values)


def black(frames: Frames) -> NDArray:
    """One pixel (samples) as dark as the picture has it: of grey its own extreme, so that no window is stretched."""
    values = frames.values
    if frames.lut is not None:
        indices = np.unique(values)
        entries = replace(frames, values=indices.reshape(1, 1, -1, 1)).shown().astype(np.int32)
        return indices[[entries.sum(axis=-1).argmin()]]
    dark = {"YBR_FULL": (0, 128, 128), "RGB": (0, 0, 0), "MONOCHROME1": (values.max(),)}
    return np.array(dark.get(frames.colour, (values.min(),)), values.dtype)
