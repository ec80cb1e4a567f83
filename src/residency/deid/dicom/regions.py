"""Which part of the body an object shows, by its own word, and whether a face may be in it.

    face_in(read(data), reach_mm=320.0)  ->  ""  or the sentence that says why not to let it through

Silence is no answer: an object passes only if it names a region that has no face (by body part, region, or title) and
nothing in it names one that has. Body parts are the terms of PS3.16 Annex L and words seen in their place; titles are
read in English, German, French, Spanish and Italian. A wrong or lying header is believed: pixels are not looked at.
Not here: text in pictures, and objects of other kinds (`pixels`).
"""

import re
from collections.abc import Iterable

from residency.deid.dicom.elements import Instance
from residency.deid.dicom.texts import texts
from residency.deid.wording import words

NO_FACE_IS_SURE = "The images do not say that they show a part of the body without a face."
_FACE_SHOWN = "The images may show a face, which this recipe does not remove."
_BODY_PART, _REGION, _CHARSET, _MEANING = 0x00180015, 0x00082218, 0x00080005, 0x00080104
_FACE_FEATURES, _POSITION = 0x00280302, 0x00200032
_SERIES_TITLES = (0x0008103E, 0x00181030, 0x00400254)
_STUDY_TITLES = (0x00081030, 0x00321060)
_SHORT_OF_A_HEAD_MM = 400.0
"""A stack called only "body" of this reach is a part of the trunk; longer ones reach from the thigh to the eyes."""

_NO_FACE = """
abd abdomen abdomenandpelvis abdomenpelvis abdominal abdominalaorta abdominopelvis abdpelvis acjoint addome adrenal
ankle antecubitalv anus anusrectumsigmd aorta appendix arm ascaorta axilla bacino back bassin bauch becken bein bileduct
biliarytract bladder breast brust buttock bws cadera calcaneus calf cap cardiac chest chestabdomen chestabdomenpelvis
chestabdpelvis chestpelvis clavicle coccyx coeur colon coronaryartery descaorta diaphragm duodenum elbow extremity
fegato femoralartery femur fibula finger foie foot forearm fuss gallbladder genou hanche hand heart herz higado hip hips
huefte hufte humerus ileum iliacartery ilium inguinal jejunum kidney kidneys knee knees knie kub leber leg legs liver
lowerextremity lowerleg lowerlimb lspine lsspine lumbar lumbarspine lung lunge lungs lws mamma mediastinum niere nieren
oberbauch ovary pancreas patella pelvis pelvislowextremt phantom pied poitrine poumon prostate pulmon pulmonaryartery
radius radiusulna rectum renal renalartery retroperitoneum rib ribs rodilla sacrum scapula scrotum shoulder shoulders
sijoint spleen sspine sternum stomach tap thigh thoracic thoracicaorta thoracicspine thorax thoraxabdomen
thoraxabdomenpelvis thumb tibia tibiafibula tlspine toe torace torax trunk tspine ulna unterbauch upperarm
upperextremity upperlimb ureter urethra uterus vagina vulva wrist
"""
_FACELESS = frozenset(_NO_FACE.split())
_VAGUE = frozenset(("", "body", "general", "na", "none", "other", "partialbody", "unknown", "unspecified"))
"""Body parts that say nothing: the titles are asked instead. Any other word that is not above may mean a face."""


def _beginnings(of_words: str) -> str:
    """A pattern for words that begin so; "$" ends a word, "_" stands for a space that may be left out."""
    return r"\b(?:" + "|".join(of_words.split()).replace("_", " ?").replace("$", r"\b") + ")"


_NOT_OF_A_BONE = "".join(f"(?<!{bone} )" for bone in ("femoral", "humeral", "radial", "metatarsal", "pancreatic"))
_HEAD_OR_NECK = r"\b(?:head(?! ?first)|neck)(?! of (?:the )?(?:femur|humerus|pancreas|radius))"
_FACE_WORDS = """
auge brain cabeca cabeza carotid cerebr cerveau collo$ corpo_intero corps_entier cou$ cow$ crane crani(?!o_caudal)
c_spine cervical(?!.(?:ca$|cancer|carcin)) cuello cuerpo_entero dental dentito dentom ear$ ears$ encefal enceph eye$
eyes$ face$ faces$ facial$ felsenbein ganzkorper ganzkoerper gehirn gesicht hals(?!ted) hirn hno$ hoofd hws$ hypophys
iac$ iam$ iams$ karotis kiefer kopf laryn mandib mastoid maxill mouth$ nasal nasen naso neuro nnh$ nose$ orbit orl$
oro_phar pan_scan paranas parotid parotis pescoco petrous pharyn pituitar poly_trauma saliv scalp schadel schaedel
schilddr schlaganfall sella$ sinus$ sinuses$ skull speichel stroke submandib supra_aort temporal_bone testa$ tete$
thyroid tiroid tmj$ tongue tonsil vertex whole_body willis$ zahn
"""
_FACELESS_WORDS = """
abd$ abdo$ abdom addom adrenal ankle aorta$ aortic bacino bassin bauch becken bladder bowel breast bws$ cap$ cardiac
cardiak chest colon coronar darm$ elbow enterocly enterogra feet(?!_first) femur foie$ foot heart hepat herz hip$
hips$ kidney knee$ knees$ kub$ leber leg$ legs$ liver l_spine ls_spine lumbar lung$ lunge lungs$ lws$ mamma mediast
mrcp$ niere oberbauch ovar pancrea pelv phantom poumon prostat pulmon rectal rectum renal rib$ ribs$ sacr shoulder
spleen sternal sternum t_spine tap$ thora tibia tl_spine torac torax trunk$ unterbauch urogra uter wrist
"""
_FACE_TITLE = re.compile(f"{_NOT_OF_A_BONE}{_HEAD_OR_NECK}|{_beginnings(_FACE_WORDS)}")
_FACELESS_TITLE = re.compile(_beginnings(_FACELESS_WORDS))
_BODY_TITLE = re.compile(r"(?<!whole )\bbody\b")


def face_in(instance: Instance, reach_mm: float = 0.0) -> str:
    """Why a face may be in the pictures of this object, of a series that reaches so far; "" when that is out of it."""
    said = _said(instance)
    part = "".join(words(said.get(_BODY_PART, "")))
    series = _titles(said, (*_SERIES_TITLES, _REGION))
    titles = series if part in _FACELESS else series + " ; " + _titles(said, _STUDY_TITLES)
    if _FACE_TITLE.search(titles) or instance.get(_FACE_FEATURES) == b"YES":
        return _FACE_SHOWN
    if part in _FACELESS:
        return ""
    if part not in _VAGUE:
        return _FACE_SHOWN if _FACE_TITLE.search(" ".join(words(said[_BODY_PART]))) else NO_FACE_IS_SURE
    trunk = _BODY_TITLE.search(series) and reach_mm <= _SHORT_OF_A_HEAD_MM
    return "" if trunk or _FACELESS_TITLE.search(titles) else NO_FACE_IS_SURE


def reach_of(instances: Iterable[Instance]) -> float:
    """How far the slices of a series lie apart at most, in mm; infinite where one does not say where it lies."""
    places = [instance.get(_POSITION).split(b"\\") for instance in instances]
    if len(places) < 2:
        return 0.0 if places and places[0] != [b""] else float("inf")
    try:
        axes = list(zip(*(map(float, place) for place in places), strict=True))
    except ValueError:
        return float("inf")
    return max(max(axis) - min(axis) for axis in axes)


def _said(instance: Instance) -> dict[int, str]:
    """The texts that tell a region, by tag; the meaning of a coded region under the sequence that holds it."""
    asked = (_CHARSET, _BODY_PART, _REGION, *_SERIES_TITLES, *_STUDY_TITLES)
    said: dict[int, str] = {}
    for text in texts([element for element in instance.elements if element[0] in asked]):
        tag = _REGION if text.tag == _MEANING else text.tag
        said[tag] = f"{said[tag]} ; {text.text}" if tag in said else text.text
    return said


def _titles(said: dict[int, str], tags: tuple[int, ...]) -> str:
    """The texts in one spelling: words without accents, in small letters, with single spaces between."""
    return " ; ".join(" ".join(words(said[tag])) for tag in tags if tag in said)
