"""Which objects this recipe cannot clean, because their pixels may show a name or a face: they are quarantined.

    burned_in_risk(read(data))  ->  Reason(code="BURNED-IN", sentence="…") or None

Judged from what the object says of itself, and from bits of native pixel words that no image uses (overlays once hid
there, PS3.5 8.1.1). Pixels are neither decoded nor changed. Not here: reading burned-in text, removing faces.
"""

import re
from typing import Literal

import numpy as np

from residency.deid import codestream, runlength
from residency.deid.elements import EXPLICIT, IMPLICIT, PIXEL_DATA, Element, Instance
from residency.deid.wording import texts, words
from residency.kernel.record import Part

Code = Literal["BURNED-IN", "FACE", "OBJECT-NOT-SUPPORTED", "UNREADABLE", "RESIDUAL", "SUBJECT-MIXED", "DUPLICATE"]


class Reason(Part):
    """Why something was not let through: a code to group by and a sentence to read, without a patient's value."""

    code: Code
    sentence: str


_STORAGE = "1.2.840.10008.5.1.4.1.1."
_SECTIONS = frozenset(_STORAGE + end for end in ("2", "2.1", "2.2", "4", "4.1", "4.4", "20", "128", "128.1", "130"))
"""CT, MR, nuclear medicine and PET images with their enhanced and converted forms: slices, made by reconstruction."""
_SCREENS = re.compile(re.escape(_STORAGE) + r"(?:3|6|7|9\.8|12|13|77)(?:\.|\Z)|" + re.escape(_STORAGE) + r"1(?:\.|\Z)")
"""Ultrasound, secondary capture, radiography, angiography, visible light: the machine may write on the picture."""
_SAVED = frozenset(("secondary", "localizer", "screen", "screensave", "save", "capture", "report", "dose"))
_SAVED_TITLE = re.compile(
    r"dose report|patient protocol|screen ?save|screen ?shot|dose info|exam summary", re.IGNORECASE
)
_WITH_A_FACE = """head headneck neck brain skull face facialbones orbit orbits eye ear sinus sinuses paranasalsinus nose
    mouth tongue jaw jawregion maxilla mandible tmj temporal iac internalauditorycanal mastoid pituitary sella zygoma
    nasal nasalbone teeth dental carotid cerebral circleofwillis wholebody wholehead"""
_HEAD_PARTS = frozenset(_WITH_A_FACE.split())
_HEAD_TITLE = re.compile(
    r"(?<!femoral )(?<!humeral )(?<!radial )\bheads?\b(?! ?first)(?! of (?:the )?(?:pancreas|femur|humerus))|"
    r"\bbrain|\bskull|\bcrani|\bcerebr|\bfac(?:e|ial)\b|\borbit|\bsinus(?:es)?\b|\bparanas|\bmaxill|\bmandib|"
    r"\bdent(?:al|itomo)|\bneuro|\btemporal bone|\bpetrous|\bpituitar|\bkopf|\bsch[aä]del|\bhirn|\bcerveau|\bcr[aâ]n|"
    r"\bneck|\bwhole ?body|\btmj\b|\biac\b",
    re.IGNORECASE,
)
_SERIES_TITLES = (0x0008103E, 0x00181030, 0x00400254)
_STUDY_TITLES = (0x00081030, 0x00321060)
_BODY_PART, _REGION, _CHARSET = 0x00180015, 0x00082218, 0x00080005


def burned_in_risk(instance: Instance, accepted: frozenset[str] = frozenset()) -> Reason | None:
    """Why the pixels of this object may name or show its subject; None when nothing says so.

    `accepted` holds codes that a person has looked at and let pass for this object.
    """
    for judge in (_kind_of_object, _burned_in, _face):
        reason = judge(instance)
        if reason is not None and reason.code not in accepted:
            return reason
    return None


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


def _face(instance: Instance) -> Reason | None:
    parts = {"".join(words(part)) for part in _values(instance, _BODY_PART)}
    titles = _titles(instance, _SERIES_TITLES) + _region(instance.elements)
    if not any(parts):
        titles += _titles(instance, _STUDY_TITLES)
    shown = parts & _HEAD_PARTS or _HEAD_TITLE.search(" ; ".join(titles).replace("_", " "))
    if shown or instance.get(0x00280302) == b"YES":
        return Reason(code="FACE", sentence="The images may show a face, which this recipe does not remove.")
    return None


def _values(instance: Instance, tag: int) -> list[str]:
    return instance.get(tag).decode("latin-1").split("\\")


def _titles(instance: Instance, tags: tuple[int, ...]) -> list[str]:
    said = [element for element in instance.elements if element[0] in (_CHARSET, *tags)]
    return [text.text for text in texts(said) if text.tag != _CHARSET]


def _region(elements: list[Element]) -> list[str]:
    regions = [element for element in elements if element[0] == _REGION]
    return [text.text for text in texts(regions) if text.tag == 0x00080104]


def _hidden_overlay(instance: Instance) -> bool:
    """An overlay that has a bit position but no data of its own lies in the pixel words (retired, PS3.3 C.9.2)."""
    planes = {tag >> 16 for tag, *_ in instance.elements if 0x6000 <= tag >> 16 <= 0x60FF and tag & 0xFFFF == 0x0102}
    data = {tag >> 16 for tag, *_ in instance.elements if tag & 0xFFFF == 0x3000}
    return bool(planes - data)


def _hidden_bits(instance: Instance) -> bool:
    """Whether native 16-bit words hold more than the stored bits and their sign."""
    if instance.syntax not in (IMPLICIT, EXPLICIT) or _number(instance, 0x00280100) != 16:
        return False
    stored = _number(instance, 0x00280101)
    unused = 16 - stored
    pixels = next(value for tag, _, value, _ in instance.elements if tag == PIXEL_DATA)
    if not isinstance(pixels, bytes) or not 0 < unused < 16 or _number(instance, 0x00280102) != stored - 1:
        return False
    if _number(instance, 0x00280103) == 0:
        return bool(np.bitwise_or.reduce(np.frombuffer(pixels, "<u2", len(pixels) // 2)) >> stored)
    words_ = np.frombuffer(pixels, "<i2", len(pixels) // 2)
    return bool(((words_ << unused >> unused) != words_).any())


def _number(instance: Instance, tag: int) -> int:
    raw = next((value for at, _, value, _ in instance.elements if at == tag), b"")
    return int.from_bytes(raw, "little") if isinstance(raw, bytes) else 0
