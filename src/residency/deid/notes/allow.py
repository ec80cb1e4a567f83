"""The clinical allow-list: eponyms, drugs, tests and values that are nobody, unless the context makes them somebody.

    allowed_off(text, span)   ->  None for "Murphy" in "Murphy's sign", the span in "Dr. Murphy" and "Tom Murphy"

What a title, a label, a signature or the subject's own record calls a name is never brought back. An eponym that is
also a common surname stays only beside a clinical word ("Bell's palsy", "stage III Hodgkin"); others stay wherever
they stand. Words of the clinical lists stay. Not here: the lists (`words`), who found the span (`people`, `tagger`).
"""

import re

from residency.deid.notes.cues import TITLED
from residency.deid.notes.headings import is_nobody
from residency.deid.notes.people import case_of
from residency.deid.notes.spans import STRONG, Span
from residency.deid.notes.words import anyones, given, is_ordinary, listed, set_of
from residency.deid.wording import normal

_HEADS = set_of(
    "disease diseases syndrome sign signs test tests palsy catheter catheters tube tubes score scores criteria "
    "classification grade stage staging lymphoma sarcoma tumor tumour tumors cell cells body bodies duct ducts "
    "gland glands node nodes nodule nodules fracture fractures contracture procedure operation repair maneuver "
    "manoeuvre position drain drains clamp forceps retractor needle needles wire wires pin pins monitor line "
    "lines filter stent valve graft shunt pouch loop esophagus oesophagus thyroiditis anemia anaemia chorea "
    "ataxia dystrophy neuropathy atrophy encephalopathy psychosis aphasia area tremor gait facies phenomenon "
    "reflex reflexes response murmur pulse respiration respirations breathing rhythm block tachycardia "
    "bradycardia arrhythmia index scale formula equation method stain stains agar medium units unit hernia "
    "diverticulum diverticulitis ulcer ulcers gastritis angina cyst cysts abscess spot spots plaque plaques "
    "line's triad tetrad pentad ligament fascia muscle nerve artery vein canal foramen fossa space pouch's "
    "membrane layer bundle fibers fibres system dementia parkinsonism plus dissection aneurysm arch scan "
    "ultrasound study studies flow angle view projection law principle effect rule rules ratio osteodystrophy "
    "glomerulonephritis nephritis nephropathy purpura vasculitis arteritis arthritis exercises exercise incision "
    "anastomosis resection gastrectomy bypass flap suture sutures knot technique approach scissors speculum tape "
    "dressing boot boots sling collar frame traction splint brace stockings hose stocking catheterization level "
    "levels angiography reaction contractions contraction lesion lesions classification's prognostic risk "
    "correction hip knee fusion hyperplasia cancer carcinoma melanoma leukemia nevus macula retinopathy coma "
    "pneumonia trial study's equivalent positive negative neg pos present absent type class risk model curve "
    "survival plot analysis correlation device pump bag walker laryngoscope tonometer lens lenses chart plate "
    "screw screws rod rods prosthesis implant nail cage port suction tip low high moderate probability reduction "
    "block blade forward splint manoeuvres maneuvers tendon bursa duct/cell band bands macroglobulinemia "
    "granulomatosis lamp lamps protein proteins gangrene workup crisis rods corpuscles ophthalmoplegia spots "
    "ring rings band harness antigen antibody titer virus thickness depth invasion pattern patterns "
    "prep patch "
    "solution's calorie state states virus bacillus clinic"
)
_BEFORE = set_of(
    "stage grade gleason modified positive negative duct circle loop ligament foramen canal crypts islets ampulla "
    "angle space pouch fossa triangle sphincter tetralogy bundle node line nodes area point membrane sign of with "
    "de la valve foley s/p no hx bilateral left right classic probable possible suspected known early advanced "
    "congenital acute chronic severe mild sporadic familial post-op postop prior previous idiopathic laparoscopic "
    "open robotic placed via using non anti kayser ebv"
)
_ILLS = (
    "itis",
    "osis",
    "oma",
    "omas",
    "emia",
    "aemia",
    "pathy",
    "plasia",
    "trophy",
    "plegia",
    "algia",
    "lgia",
    "cele",
    "plasty",
    "ectomy",
)
_LOOSE_HEADS = set_of(
    "present absent positive negative pos neg type class low high risk level levels state states trial moderate"
)
"""Heads that also follow a person's name: "Dr. Parker and Todd present"."""
_LOOSE = set_of("of with de la no")
_PUBLIC = set_of(
    "crohn hodgkin parkinson alzheimer foley whipple gleason apgar holter doppler cushing gram raynaud babinski "
    "romberg homan homans valsalva trendelenburg dobhoff dobbhoff yankauer bovie hoyer nissen sjogren marfan "
    "kernig brudzinski tinel phalen lachman mcmurray spurling braden mallampati bosniak hounsfield ortolani "
    "rorschach broca wernicke lisfranc dupuytren kawasaki mohs guillain barre tegaderm kerlix asperger colles "
    "hill-sachs bankart schirmer snellen rinne rovsing mcburney kussmaul cheyne biot brugada takotsubo wenckebach "
    "mobitz fontan billroth roux nottingham glasgow bethesda karnofsky ranson caprini waldenstrom kaposi wilms "
    "merkel lyme coombs pap galeazzi gowers fallot ebstein klinefelter huntington lewy peyronie bartholin meckel "
    "zenker mallory schatzki hirschsprung legionnaires creutzfeldt osgood scheuermann perthes allis debakey "
    "kirschner steinmann penrose hemovac jackson-pratt bair epley hallpike unna dakin ringer"
)
"""Stand alone so often in notes that a bare mention is the thing where no strong source says otherwise."""
_PIECE = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FUNCTION = set_of("he she an so do to my in on be is as at by no we us me it or if up go the a and but all this that")


def allowed_off(text: str, span: Span) -> Span | None:
    """What is left of a span when clinical words are taken off both its ends; None if it was nothing else.

    A strong source keeps its span whole, and so do places with a number and institutions with a name of their own.
    """
    if span.source in STRONG or span.kind not in ("name", "place", "institution"):
        return span
    said = text[span.start : span.end]
    if is_nobody(text, span) or _in_a_variant(text, span):
        return None
    pieces = list(_PIECE.finditer(said))
    kin = span.source == "kin" and normal(said) in given()
    if kin or not pieces or any(sign.isdigit() for sign in said):
        return span
    clinical = [_is_clinical(text, span, span.start + piece.end(), piece[0]) for piece in pieces]
    own = [piece for piece, off in zip(pieces, clinical, strict=True) if not off or not _goes(piece[0])]
    if all(clinical) or (len(pieces) > 1 and not any(len(piece[0]) > 1 for piece in own)):
        return None
    cut = Span(span.start + own[0].start(), span.start + own[-1].end(), span.kind, span.source)
    return cut if span.kind == "name" else span


_VARIANT = re.compile(r"(?<![\w.])[cgmnpr]\.(?=\S{0,12}\d)[\w*+_>()=?-]+")


def _in_a_variant(text: str, span: Span) -> bool:
    """Whether letters are those of a change of a gene: "AG" in "c.68_69delAG" (HGVS)."""
    near = _VARIANT.finditer(text, max(0, span.start - 40), span.end + 40)
    return any(match.start() < span.start and span.end <= match.end() for match in near)


def _goes(word: str) -> bool:
    """Whether a clinical word at the end of a name is taken off it; one that is written like a name stays."""
    low = _bare(word)
    if low in _FUNCTION or word.islower():
        return True
    return low not in anyones() and any(
        low in listed(name) for name in ("clinical", "drugs", "abbreviations", "eponyms")
    )


_COMPOUND = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)+")


def _is_clinical(text: str, span: Span, end: int, word: str) -> bool:
    """Whether a word that ends there is medicine, or an ordinary word that is no name."""
    low = _bare(word)
    if _in_a_compound(text, end, word) or (
        len(word) == 1 and (word.islower() or "/" in text[max(0, end - 2) : end + 1])
    ):
        return True
    if not word.isascii() and low not in listed("eponyms"):
        return False
    plain = low in _FUNCTION or span.kind != "name" or case_of(text, span.start) == "mixed"
    if plain and word.islower() and is_ordinary(low):
        return True
    named = low in anyones()
    thing = low in listed("eponyms") or all(part in listed("eponyms") for part in low.split("-"))
    if thing or (named and word.istitle() and low in listed("clinical")):
        return _is_thing(text, span, end, low)
    if low in listed("drugs") or low in listed("clinical") or low in listed("abbreviations"):
        return not named or low in listed("drugs") or (word.isupper() and len(word) < 5)
    inside = word.istitle() and _INSIDE.search(text[max(0, span.start - 3) : span.start])
    return not named and not inside and is_ordinary(low) and (span.kind == "name" or word.islower())


_INSIDE = re.compile(r"(?:[a-z,;(/] |[(/])$")
"""A sentence goes on: a word that is written large here has a reason to be."""


def _bare(word: str) -> str:
    return re.sub(r"['’]s?$", "", normal(word))


def _in_a_compound(text: str, end: int, word: str) -> bool:
    """Whether the word is a part of "Cheyne-Stokes" or "ASC-US"."""
    for whole in _COMPOUND.finditer(text, max(0, end - len(word) - 20), end + 20):
        joined = _bare(whole[0])
        if whole.start() < end <= whole.end() and not joined.isalpha():
            return joined in listed("eponyms") or joined in listed("clinical") or joined in listed("drugs")
    return False


_HANDLED = set_of(
    "a the with w has had via placed place insert inserted remove removed dc d/c leave keep "
    "change changed no new indwelling"
)
_IN_PLACE = re.compile(
    r"[ ](?:to|in|was|is|removed|placed|inserted|draining|drained|out|patent|cath|bag|care|d/c|dc|discontinued|"
    r"for|intact)\b|[.,;)\n]|$"
)
_POSSESSED = re.compile(r"['’](?:[sS][ ]?)?(?:[.,;)\n]|$|[ ](?:and|or|with|on|since|but|is|was)\b)")
_ALONE = re.compile(r"[ ]?(?:[.,;)\n]|$|(?:and|or|with|on|since|but|is|was)\b)")
_VALUED = re.compile(r"(?:['’]s)?(?: score| scale)?[ ]?[:=]?[ ]?(?:\d{1,3}/\d|[0-5]\+|[0-5][abc]\b)")
_GRADED = re.compile(r"[ ]?[:=]?[ ]?(?:\d|(?:I{1,3}|IV|VI?)[A-Ca-c]?\b|[ABC]\b(?!\.))")
_NEXT = re.compile(r"(?:['’][sS]?)?(?:[ \t-]+|[ \t]*\n)(?:\d+[ \t]+)?([A-Za-z]+)(?:[ \t]+([a-z]+))?")
_AFTER = re.compile(r"(?:['’][sS]?)?[ \t-]+(?:\d+[ \t]+)?(?:[A-Z][a-zé]+[ -])?([A-Za-z]+)(?:[ \t]+([A-Za-z]+))?")


def _is_thing(text: str, span: Span, end: int, low: str) -> bool:
    """Whether an eponym that ends there stands as one: beside a clinical word, or alone where hardly anybody bears it.

    A town or an institution is never taken for a thing without such a word.
    """
    after = (_NEXT if low in anyones() else _AFTER).match(text, end)
    heads = _HEADS - _LOOSE_HEADS if low in anyones() else _HEADS
    if after and any(normal(word) in heads or normal(word).endswith(_ILLS) for word in after.groups() if word):
        return True
    if span.kind == "name" and (_VALUED.match(text, end) or (low not in anyones() and _GRADED.match(text, end))):
        return True
    start = end - len(low)
    said = re.findall(r"[\w/-]+", text[max(0, start - 30) : start])[-1:]
    before = normal(said[0]) if said else ""
    if span.kind != "name" or before in given() or before in TITLED:
        return False
    if _POSSESSED.match(text, end) or (text[max(0, end - 2) : end] in ("'s", "’s") and _ALONE.match(text, end)):
        return True
    if low in _PUBLIC and low in anyones():
        return before in _HANDLED or _IN_PLACE.match(text, end) is not None
    return low in _PUBLIC or before in _BEFORE - _LOOSE
