"""Which objects this recipe cannot clean, because their pixels may show a name or a face: they are quarantined.

    burned_in_risk(read(data))  ->  Reason(code="BURNED-IN", sentence="…") or None

Judged from what the object says of itself, of its region (`regions`) among others, and from bits of native pixel words
that no image uses (overlays once hid there, PS3.5 8.1.1). Pixels are neither decoded nor changed. Not here: reading
burned-in text, removing faces.
"""

import re

import numpy as np

from residency.deid.dicom import codestream, runlength
from residency.deid.dicom.elements import PIXEL_DATA, Instance
from residency.deid.dicom.picture import shape_of
from residency.deid.dicom.regions import face_in
from residency.deid.dicom.texts import texts
from residency.deid.reason import Reason
from residency.deid.wording import words

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_SECTIONS = frozenset(_STORAGE + end for end in ("2", "2.1", "2.2", "4", "4.1", "4.4", "20", "128", "128.1", "130"))
"""CT, MR, nuclear medicine and PET images with their enhanced and converted forms: slices, made by reconstruction."""
_SCREENS = re.compile(re.escape(_STORAGE) + r"(?:3|6|7|9\.8|12|13|77)(?:\.|\Z)|" + re.escape(_STORAGE) + r"1(?:\.|\Z)")
"""Ultrasound, secondary capture, radiography, angiography, visible light: the machine may write on the picture."""
_SAVED = frozenset(("secondary", "localizer", "screen", "screensave", "save", "capture", "report", "dose"))
_SAVED_TITLE = re.compile(
    r"dose report|patient protocol|screen ?save|screen ?shot|dose info|exam summary", re.IGNORECASE
)
_SERIES_TITLES = (0x0008103E, 0x00181030, 0x00400254)
_CHARSET = 0x00080005
_ALLOCATED, _STORED, _HIGH, _SIGNED = 0x00280100, 0x00280101, 0x00280102, 0x00280103
_WORDS = {8: "u1", 16: "<u2", 32: "<u4"}


def burned_in_risk(instance: Instance, accepted: frozenset[str] = frozenset(), reach_mm: float = 0.0) -> Reason | None:
    """Why the pixels of this object may name or show its subject; None when nothing says so.

    `accepted` holds codes that a person has looked at and let pass for this object; `reach_mm` is how far the slices
    of its series lie apart.
    """
    for judge in (_kind_of_object, _burned_in):
        reason = judge(instance)
        if reason is not None and reason.code not in accepted:
            return reason
    face = "" if "FACE" in accepted else face_in(instance, reach_mm)
    return Reason(code="FACE", sentence=face) if face else None


def _kind_of_object(instance: Instance) -> Reason | None:
    sop_class = instance.get(0x00080016).decode("latin-1")
    if _SCREENS.match(sop_class):
        return Reason(code="BURNED-IN", sentence="Objects of this kind may carry text burned into the picture.")
    if sop_class not in _SECTIONS:
        return Reason(
            code="OBJECT-NOT-SUPPORTED", sentence="This recipe cleans sections (CT, MR, PET) and nothing else."
        )
    pixels = next((value for tag, _, value, _ in instance.elements if tag == PIXEL_DATA), None)
    if pixels is None:
        return Reason(code="OBJECT-NOT-SUPPORTED", sentence="The image has no pixel data of the usual kind.")
    if isinstance(pixels, tuple) and not (codestream.readable(instance.syntax) or instance.syntax == runlength.SYNTAX):
        return Reason(code="OBJECT-NOT-SUPPORTED", sentence="The compression of the pixel data is not known here.")
    return None


def _burned_in(instance: Instance) -> Reason | None:
    said = {word for part in _values(instance, 0x00080008) for word in words(part)}
    title = " ".join(_titles(instance, _SERIES_TITLES))
    colour = instance.get(0x00280004).decode("latin-1")
    sentence = ""
    if instance.get(0x00280301) == b"YES":
        sentence = "The object says that text is burned into it."
    elif said & _SAVED or _SAVED_TITLE.search(title):
        sentence = "The image is a localizer, a reformatted or a saved screen, which may carry text."
    elif instance.get(0x00080064):
        sentence = "The image was converted from something else and may carry text."
    elif colour and not colour.startswith("MONOCHROME"):
        sentence = "A section in colour is a saved screen or a fusion, which may carry text."
    elif _hidden_overlay(instance) or _hidden_bits(instance):
        sentence = "Bits of the pixel words outside the image are set: an overlay may hide there."
    return Reason(code="BURNED-IN", sentence=sentence) if sentence else None


def _values(instance: Instance, tag: int) -> list[str]:
    return instance.get(tag).decode("latin-1").split("\\")


def _titles(instance: Instance, tags: tuple[int, ...]) -> list[str]:
    said = [element for element in instance.elements if element[0] in (_CHARSET, *tags)]
    return [text.text for text in texts(said) if text.tag != _CHARSET]


def _hidden_overlay(instance: Instance) -> bool:
    """An overlay that has a bit position but no data of its own lies in the pixel words (retired, PS3.3 C.9.2)."""
    planes = {tag >> 16 for tag, *_ in instance.elements if 0x6000 <= tag >> 16 <= 0x60FF and tag & 0xFFFF == 0x0102}
    data = {tag >> 16 for tag, *_ in instance.elements if tag & 0xFFFF == 0x3000}
    return bool(planes - data)


def _hidden_bits(instance: Instance) -> bool:
    """Whether native words hold more than the stored bits, below them or above; above, their sign may be repeated."""
    allocated, stored, high = (_number(instance, tag) for tag in (_ALLOCATED, _STORED, _HIGH))
    pixels = next(value for tag, _, value, _ in instance.elements if tag == PIXEL_DATA)
    if not isinstance(pixels, bytes) or allocated not in _WORDS or stored == allocated:
        return False
    if not stored - 1 <= high < allocated:
        return True  # nobody can say which bits are the image
    image = (1 << high + 1) - (1 << high + 1 - stored)
    pixels = pixels[: shape_of(instance.elements).native_bytes]  # what follows is cut off, whatever it is
    values = np.frombuffer(pixels, _WORDS[allocated], len(pixels) * 8 // allocated)
    if not int(np.bitwise_or.reduce(values)) & ~image:
        return False
    low, unused = high + 1 - stored, allocated - 1 - high
    if not _number(instance, _SIGNED) or int(np.bitwise_or.reduce(values)) & ((1 << low) - 1):
        return True
    signed = values.view(values.dtype.str.replace("u", "i"))
    return bool(((signed << unused >> unused) != signed).any())


def _number(instance: Instance, tag: int) -> int:
    raw = next((value for at, _, value, _ in instance.elements if at == tag), b"")
    return int.from_bytes(raw, "little") if isinstance(raw, bytes) else 0
