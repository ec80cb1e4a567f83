"""The clinical allow-list: eponyms, drugs, tests and values that are nobody, unless the context makes them somebody.

    survives(text, span)   ->  True for "Murphy" in "Murphy's sign", False in "Dr. Murphy" and "Tom Murphy"

What a title, a label, a signature or the subject's own record calls a name is never brought back. An eponym that is
also a common surname stays only beside a clinical word ("Bell's palsy", "stage III Hodgkin"); others stay wherever
they stand. Words of the clinical lists stay. Not here: the lists (`words`), who found the span (`people`, `tagger`).
"""

import re

from residency.deid.notes.cues import TITLED
from residency.deid.notes.spans import STRONG, Span
from residency.deid.notes.words import anyones, given, is_ordinary, listed, set_of, surnames
from residency.deid.wording import normal

_HEADS = set_of(
    "disease diseases syndrome sign signs test tests palsy catheter catheters tube tubes score scores criteria "
    "classification grade stage "
    "staging lymphoma sarcoma tumor tumour tumors cell cells body bodies duct ducts gland glands node nodes "
    "nodule nodules "
    "fracture fractures contracture procedure operation repair maneuver manoeuvre position drain drains clamp forceps "
    "retractor needle needles wire wires pin pins monitor line lines filter stent valve graft shunt pouch loop "
    "esophagus "
    "oesophagus thyroiditis anemia anaemia chorea ataxia dystrophy neuropathy atrophy encephalopathy psychosis "
    "aphasia area "
    "tremor gait facies phenomenon reflex reflexes response murmur pulse respiration respirations breathing "
    "rhythm block "
    "tachycardia bradycardia arrhythmia index scale formula equation method stain stains agar medium units unit hernia "
    "diverticulum diverticulitis ulcer ulcers gastritis angina cyst cysts abscess spot spots plaque plaques "
    "line's triad tetrad "
    "pentad ligament fascia muscle nerve artery vein canal foramen fossa space pouch's membrane layer bundle "
    "fibers fibres system "
    "dementia parkinsonism plus dissection aneurysm arch scan ultrasound study studies flow angle view projection "
    "law principle effect rule rules ratio osteodystrophy glomerulonephritis nephritis nephropathy purpura "
    "vasculitis arteritis "
    "arthritis exercises exercise incision anastomosis resection gastrectomy bypass flap suture sutures knot "
    "technique approach "
    "scissors speculum tape dressing boot boots sling collar frame traction splint brace stockings hose "
    "stocking catheterization "
    "level levels angiography reaction contractions contraction lesion lesions classification's prognostic risk "
    "correction hip knee "
    "fusion hyperplasia cancer carcinoma melanoma leukemia nevus macula retinopathy coma pneumonia trial "
    "study's equivalent "
    "positive negative neg pos present absent type class risk model curve survival plot analysis correlation "
    "device pump bag "
    "walker laryngoscope tonometer lens lenses chart plate screw screws rod rods prosthesis implant nail cage "
    "port suction tip "
    "thickness depth invasion pattern patterns prep patch solution's calorie state states virus bacillus clinic"
)
_BEFORE = set_of(
    "stage grade gleason modified positive negative duct circle loop ligament foramen canal crypts islets "
    "ampulla angle space pouch "
    "fossa triangle sphincter tetralogy bundle node line nodes area point membrane sign of with de la valve "
    "foley s/p no hx "
    "bilateral left right classic probable possible suspected known early advanced congenital acute chronic "
    "severe mild sporadic "
    "familial post-op postop prior previous idiopathic laparoscopic open robotic placed via using non anti "
    "kayser ebv"
)
_PUBLIC = set_of(
    "crohn hodgkin parkinson alzheimer foley whipple gleason apgar holter doppler cushing gram raynaud hickman"
)
"""Stand alone so often in notes that a bare mention is the thing, though some people bear the name."""
_PIECE = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_GROUPS = re.compile(r"(?:english|spanish|french|german|american|african|medicare|medicaid|jewish|catholic)", re.I)


def survives(text: str, span: Span) -> bool:
    """Whether a span is a clinical word after all and stays in the note."""
    if span.source in STRONG or span.kind not in ("name", "place", "institution", "id", "date"):
        return False
    said = text[span.start : span.end]
    words = _PIECE.findall(said)
    if not words:
        return False
    if span.kind in ("id", "date"):
        return False
    if any(sign.isdigit() for sign in said):
        return False
    return all(_is_clinical(text, span, word) for word in words)


def _is_clinical(text: str, span: Span, word: str) -> bool:
    low = re.sub(r"['’]s?$", "", normal(word))
    if low in listed("eponyms") or all(part in listed("eponyms") for part in low.split("-")):
        return _is_thing(text, span, low)
    if low in listed("drugs") or low in listed("clinical"):
        return low not in anyones() or low in listed("drugs") or word.isupper()
    if low in anyones():
        return False
    return is_ordinary(low) and (span.kind == "name" or word.islower())


def _is_thing(text: str, span: Span, low: str) -> bool:
    """Whether an eponym stands as one: beside a clinical word, or alone where hardly anybody bears it."""
    after = re.match(r"(?:['’]s?)?[ \t-]+(?:[A-Z][a-zé]+[ -])?([A-Za-z]+)(?:[ \t]+([A-Za-z]+))?", text[span.end :])
    heads = {normal(word) for word in (after.groups() if after else ()) if word}
    possessive = text[span.end : span.end + 2] in ("'s", "’s") or text[span.start : span.end].endswith(("'s", "’s"))
    if heads & _HEADS:
        return True
    if (
        possessive
        and heads
        and all(is_ordinary(word) for word in heads)
        and low in listed("eponyms")
        and low not in surnames()
    ):
        return True
    before = [normal(word) for word in re.findall(r"[\w/-]+", text[max(0, span.start - 30) : span.start])[-1:]]
    if before and (before[0] in given() or before[0] in TITLED):
        return False
    if low in _PUBLIC:
        return True
    if low not in anyones():
        return True
    return bool(before and before[0] in _BEFORE and before[0] not in ("of", "with", "de", "la", "no"))
