"""Places smaller than a state, and institutions, known by form: streets, boxes, towns before a state, codes, rooms.

    find_places("lives at 12 Elm St Apt 3, Toledo, OH 43604")   ->  the street; the town with its state and code

164.514(b)(2)(i)(B). Postal codes of the United States, Canada and the United Kingdom; rooms, beds and wards with a
number; names of hospitals, schools, churches and employers before the word that says what they are. A department
without a name of its own ("Cardiology Clinic") stays. Not here: towns that stand alone (`tagger`).
"""

import re
from collections.abc import Iterator

from residency.deid.notes.place_words import STATE_CODES, STATES, STREET, STREET_ENDS
from residency.deid.notes.spans import Span
from residency.deid.notes.words import is_ordinary, listed, set_of
from residency.deid.wording import normal

_CAP = r"(?:(?:St|Ste|Mt|Ft|[A-Z])\.|[A-ZÀ-ÖØ-Þ][\w'’-]*)"
_UNIT = (
    r"(?:,?[ \t]*\n?[ \t]*(?:apt|apartment|unit|suite|ste|flat|floor|fl|rm|room|lot|trlr|bldg|#)\.?[ \t]*#?[ "
    r"\t]*[\w-]{1,6})?"
)
_HOUSE = r"(?<![\w/.-])\d{1,6}(?:[A-Z]|-\d{1,4}| ?1/2)?"
_STREETS = tuple(
    re.compile(form, flags)
    for form, flags in (
        (rf"{_HOUSE}[ \t]+(?:(?:[NSEW]|[NS][EW]|North|South|East|West)\.?[ \t]+)?(?:(?:{_CAP}|\d{{1,3}}(?:st|nd|"
        rf"rd|th)|of|the|de|la|del|von)[ \t]+){{1,4}}"
         rf"(?i:{STREET})\b\.?(?:[ \t]+(?:[NSEW]|[NS][EW]|North|South|East|West)\b\.?)?(?i:{_UNIT})", 0),
        (rf"{_HOUSE}[ \t]+(?:(?:n|s|e|w|ne|nw|se|sw|north|south|east|west)\.?[ \t]+)?(?:(?!(?:mg|ml|days?|weeks?|"
        rf"hours?|times|and|for|of|in|at|on|with)\b)[a-z'’]+[ \t]+|\d{{1,3}}(?:st|nd|rd|th)[ \t]+){{1,2}}"
         r"(?:street|avenue|ave|road|rd|boulevard|blvd|lane|ln|terrace|parkway|pkwy|highway|hwy|drive|court)\b\.?"
         + _UNIT, re.IGNORECASE),
        (rf"{_HOUSE}[ \t]+(?:\d{{1,3}}(?:st|nd|rd|th)|[NSEW]\.?|Broadway|Avenue [A-Z])\b[ \t]+(?:st|ave|street|"
        rf"avenue|broadway)?\b\.?{_UNIT}(?<=\D)(?=[,\n])", re.IGNORECASE),
        (rf"{_HOUSE}[ \t]+(?:{_CAP}[ \t]+){{1,2}}(?i:{STREET_ENDS})\b(?i:{_UNIT})(?![ ]+(?i:mg|ml))", 0),
        (rf"(?<![\w/.-])\d{{2,6}}[ \t]+[a-z]+[ \t]+(?:{STREET_ENDS}|{STREET})\b(?:(?={_UNIT}(?<=\d)){_UNIT}|(?=,[ "
        rf"][a-z]+(?: [a-z]+)?,[ ][a-z]{{2}}[ ]\d{{5}}))", re.IGNORECASE),
        (rf"{_HOUSE}[ \t]+(?:{_CAP}[ \t]+){{0,2}}{_CAP}(?=,[ \t]*(?:\n[ \t]*)?{_CAP}(?:[ ]{_CAP})?,[ "
        rf"]+[A-Z]{{2}}[ ]+\d{{5}})", 0),
        (r"\b(?:psc|cmr|unit)[ ]\d+,?[ ]box[ ]\d+|\b(?:uss|usns|usnv|usnyc)[ ][^\W\d_]+(?=,[ ](?:fpo|apo))|"
        r"\b[adf]po,?[ ]a[aep][ ]\d{5}(?:-\d{4})?", re.IGNORECASE),
        (r"\b(?:p\.?[ ]?o\.?[ ]?|post office )box[ \t]*#?[ \t]*\d+\w?|\b(?:rr|rural route)[ \t]*#?\d+,?[ "
        r"\t]*box[ \t]*\d+", re.IGNORECASE),
        (rf"\b(?:Rue|Via|Calle|Avenida|Av\.|Avenue|Plaza|Piazza|Rua|Camino|Paseo|Calz\.)[ \t]+(?:d[eiu]l?(?:la)?[ "
        rf"\t]+|la[ \t]+|los[ \t]+)?{_CAP}(?:[ \t]+{_CAP})?,?[ \t]+\d{{1,5}}\b", 0),
        (r"\b[A-ZÄÖÜ][\wäöüß-]+(?:stra(?:ß|ss)e|str\.|weg|allee|gasse|platz|straat|laan|gatan|vej|veien)[ "
        r"\t]+\d{1,4}\w?\b", 0),
        (rf"(?<=[Oo]n |[Aa]t )(?:{_CAP}[ \t]+){{1,3}}(?:Street|St\.|Avenue|Ave\.?|Road|Rd\.?|Boulevard|Blvd\.?|"
        rf"Lane|Drive|Highway|Hwy|Parkway)(?=\W)", 0),
    )
)  # fmt: skip
_TOWN = re.compile(
    rf"(?<![\w'’])(?P<v>{_CAP}(?:[ \t]+(?:{_CAP}|of|upon|on|de|la)){{0,3}}),[ \t]*(?:(?P<s>{STATE_CODES}|"
    rf"{STATES})\b\.?|(?:[A-Z]\.[A-Z]\.))"
    r"(?:,?[ \t]*(?:USA?,?[ \t]*)?(?P<z>\d{5}(?:-\d{4})?|[A-Z]\d[A-Z][ ]?\d[A-Z]\d)(?!\d))?"
)
_TOWN_ZIP = re.compile(
    rf"(?<![\w'’])(?P<v>{_CAP}(?:[ \t]+{_CAP}){{0,2}})[ \t]+(?:{STATE_CODES})\.?,?[ \t]+"
    rf"(?P<z>\d{{5}}(?:-\d{{4}})?)(?!\d)"
)
_LOW_TOWN = re.compile(
    rf"(?<![\w'’])(?P<v>[a-z]+(?: [a-z]+)?),[ \t]*(?:{STATE_CODES.lower()}|{STATES.lower()})[ "
    rf"\t]+(?P<z>\d{{5}}(?:-\d{{4}})?)(?!\d)"
)
_ZIPS = tuple(
    re.compile(form)
    for form in (
        r"(?i:\b(?:zip(?:[ -]?code)?|postal code|post ?code|postcode)\b)[ \t]*(?:is|of)?[ \t]*[:#]?[ \t]*\n?[ "
        r"\t]*(?P<v>\d{5}(?:-\d{4})?|\d{3}(?=\*|xx)|[A-Z0-9]{2,4}[ ]?[A-Z0-9]{3,4})",
        r"(?<![\w.,-])(?P<v>\d{5}-\d{4})(?![\w-])",
        rf"\b(?:{STATE_CODES}|{STATES}),?[ \t]+(?P<v>\d{{5}}(?:-\d{{4}})?)(?![\w/%]|[.,]\d)",
        r"(?<![\w-])(?P<v>(?:GIR 0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKS-UW]|"
        r"[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2}))(?![\w-])",
        r"(?<![\w-])(?P<v>[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d)(?![\w-])",
    )
)
_STAGE = re.compile(r"[TNM]\d[TNM]\d[TNM]\d", re.IGNORECASE)
_ROOMS = tuple(
    re.compile(form, flags)
    for form, flags in (
        (r"\b(?:room|rm|bed|ward|bay|suite|ste|apt|apartment|flat|cubicle|bldg|building|tower|pod|wing|floor|fl|"
        r"hallway|theatre|"
         r"operating room|OR|icu|micu|sicu|ccu|nicu|picu|ed|er)\.?(?:[ \t]*(?:no\.?|number|bed|rm|room))?[ "
         r"\t]*[#:]?[ \t]*"
         r"(?P<v>(?=[A-Z-]{0,3}\d)[A-Z]{0,2}-?\d{1,4}[A-Z]?(?:[-/]\d{1,3}[A-Z]?|[-/][A-Z])?)(?![\w/%]|\.\d|[ "
         r"]?(?:days?|hours?|hrs?|weeks?|x|mg|ml|at|min|visits?|pm|am)\b)", re.IGNORECASE),
        (r"\b(?:ward|wing|tower|pavilion|building|unit)[ \t]+(?P<v>[A-Z](?![\w.'])|\d[A-Z]\b)", 0),
        (r"\b(?:[Uu]nit|UNIT)[ \t]+#?(?P<v>\d{1,2}(?:[A-Z]|[ -]?(?:North|South|East|West))\b)", 0),
        (r"(?<![\w.-])(?P<v>\d{1,2}[ -]?(?:North|South|East|West|Tower|Main|Center|Pavilion))\b", 0),
        (r"\b(?:in|to|from|into|of|at|@)[ \t]+(?P<v>\d{3,4}[A-D](?:-\d)?)\b", 0),
    )
)  # fmt: skip
_HEADS = (
    "Hospital|Hosp\\.|Medical Cent(?:er|re)|Med(?:ical)? Ctr\\.?|Clinic|Health(?:care)?(?: (?:System|Cent(?:er|"
    "re)|Services|Network|Partners|Group|Plan|Trust))?|"
    "Hospice|Nursing (?:Home|Facility|Center)|Rehab(?:ilitation)?(?: (?:Hospital|Cent(?:er|re)|Institute))?|"
    "Care Cent(?:er|re)|Infirmary|Surgery Cent(?:er|re)|Cancer (?:Cent(?:er|re)|Institute)|"
    "Church|Temple|Mosque|Synagogue|Parish|Cathedral|Chapel|Tabernacle|Gurdwara|Masjid|Ministries|Abbey|"
    "Monastery|Convent|"
    "University|College|School(?: of \\w+)?|Elementary(?: School)?|(?:Junior |Senior )?High(?: School)?|Middle "
    "School|Academy|Institute(?: of \\w+)?|Kindergarten|Preschool|Daycare|"
    "Pharmacy|Drug(?:s| ?store)|Laborator(?:y|ies)|Labs|Diagnostics|Imaging(?: Cent(?:er|re)| Associates)?|"
    "Radiology Associates|Pathology Associates|Medical Group|Medical Associates|Physicians(?: Group)?|"
    "Manor|Assisted Living|Senior (?:Living|Center)|Retirement (?:Home|Community|Village)|Group Home|Shelter|"
    "Prison|Jail|Correctional(?: Facility| Institution| Center)?|Penitentiary|"
    "Inc\\.?|LLC|L\\.L\\.C\\.|Ltd\\.?|PLC|GmbH|Corp(?:oration|\\.)?|Company|Co\\.(?=\\W)|& Sons|& Co\\.?|"
    "Brothers|Industries|Enterprises|Foundry|Factory|Mills?|Motors|Airlines|Bank|Credit Union|"
    "Insurance|Construction|Logistics|Trucking|Plumbing|Bakery|Restaurant|Diner|Caf[eé]|Bar (?:&|and) Grill|"
    "Farms?|Brewery|Market|Supermarket|Electric|Steel|Foundation|Library|Museum|Theat(?:er|re)|"
    "Fire (?:Department|Dept\\.?|Station)|Police (?:Department|Dept\\.?)|County|Township|Borough|Village|Parish "
    "Council|School District|Unified|Army Base|Air Force Base|Naval Base|Fort|Reservation|Lodge"
)
_WORD = _CAP
_NAMED = re.compile(
    rf"(?<![\w'’])(?P<v>(?:St\.?|Saint|Mt\.?|Mount|Our Lady of(?: the)?|Holy|Sacred)?[ ]?(?:{_WORD}(?:[ ]+(?:of|"
    rf"the|and|&|for|at|de|la|on|in)){{0,2}}[ ]+){{0,5}}?)(?P<h>{_HEADS})(?![\w-])"
    rf"(?:[ ]+(?:of|at|for)(?: the)?[ ]+{_WORD}(?:[ ]+{_WORD}){{0,2}})?"
)
_LOOSE = re.compile(
    rf"(?<![\w'’])(?P<v>{_WORD}(?:[ ](?:{_WORD}|of|and|&)){{0,3}}[ ])(?:Practice|Fire|Works|Associates|Partners|Group|"
    rf"Cent(?:er|re)|Services|Surgery|Station|Depot|Cannery|Warehouse|Garage|Salon|Studio|Hotel|Inn|Casino|"
    rf"Stores?|Mall|"
    rf"Gym|Club|Society|Council|Agency)(?![\w-])"
)
"""Heads that stand behind ordinary words as well: only a name that is no word before them makes an institution."""
_OF = re.compile(
    rf"\b(?:University|Univ\.|College|Church|Children['’]s Hospital|Diocese|Temple|Bank|City|Town|Village|County|"
    rf"Hospital|Institute|Port) of (?:the )?{_WORD}(?:[ ]+(?:and[ ]+)?{_WORD}){{0,3}}"
)
_SAINT = re.compile(
    rf"(?<![a-z] )\b(?:St\.?|Saint|Ste\.?|Mt\.?|Mount)[ ](?!Apt|Suite|Unit|Floor|Box|Jude "
    rf"Medical){_WORD}(?:['’]s?)?|\bOur Lady of(?: the)?(?: [A-Z][\w'’]+){{1,3}}|\b(?:Sacred Heart|Good Shepherd|"
    rf"Holy (?:Cross|Name|Family|Trinity|Spirit|Redeemer))\b"
)
_EMPLOYED = re.compile(
    rf"\b(?:works?|worked|working|employed|job|employee|driver|manager|cashier|nurse|teacher|teaches|taught|clerk|"
    rf"cook|retired)[ ]+(?:at|for|by|from|with)[ ]+(?:the[ ]+)?(?P<v>{_WORD}(?:[ ]+(?:{_WORD}|&|and|of)|-{_WORD}|"
    rf",[ ]{_WORD}(?=,? (?:and|&) {_WORD})){{0,5}})"
)
_ATTENDS = re.compile(
    rf"\b(?:attends|attending|attended|enrolled at|student at|graduated from|transferred (?:from|to)|admitted to|"
    rf"resident (?:of|at)|lives at|residing at|presented to|seen at|referred (?:from|to)|d/c(?:'d)? to|discharged "
    rf"to|brought from|came from|pharmacy:)[ ]+(?:the[ ]+)?(?P<v>{_WORD}(?:['’]s)?(?:[ ]+(?:{_WORD}|&|of)){{0,4}})"
)
_BARE = set_of("the a an this that our your her his their any and at in of on for to from by with per via st")

_BEFORE_IT = set_of("in at from to by via per with")


def find_places(text: str) -> list[Span]:
    """Streets, towns beside a state, postal codes, rooms and institutions."""
    return [*_by_form(text), *_institutions(text)]


_THEN = re.compile(
    rf"[ \t]*,[ \t]*(?:\n[ \t]*)?(?P<v>{_CAP}(?:[ -]{_CAP}){{0,2}})(?=[ \t]*(?:[,.;)\n]|$|\d{{5}}|"
    rf"[A-Z]{{1,2}}\d))"
)


def _by_form(text: str) -> Iterator[Span]:
    for form in _STREETS:
        for match in form.finditer(text):
            if re.search(r"\d (?:days|times|weeks) ", match[0]):
                continue
            yield Span(match.start(), match.end(), "place", "place")
            town = _THEN.match(text, match.end())
            if town and not is_ordinary(town["v"].split()[0]):
                yield Span(*town.span("v"), "place", "place")
    for form in (_TOWN, _TOWN_ZIP, _LOW_TOWN):
        for match in form.finditer(text):
            start = _after_ordinary(text, *match.span("v"))
            if start < match.end("v") and (match["z"] or not _is_person(text, start, match)):
                yield Span(start, match.end(), "place", "place")
    for form in _ZIPS:
        for match in form.finditer(text):
            if any(sign.isdigit() for sign in match["v"]) and not _STAGE.fullmatch(match["v"]):
                yield Span(*match.span("v"), "place", "label")
    for form in _ROOMS:
        for match in form.finditer(text):
            yield Span(*match.span("v"), "place", "place")


_DEGREES = frozenset(("MD", "PA", "CT", "MS", "OR", "DO", "MA", "PT", "OT", "DC", "M.D.", "D.O.", "P.A."))
_PLACED = re.compile(r"\b(?:in|from|of|at|near|to|lives|address|city|town|via|born|visiting)\b[ :,]*$", re.IGNORECASE)


def _is_person(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a code of two letters is a degree: "Thessaly Brandvold, MD" is no town in Maryland."""
    code = match.groupdict().get("s") or text[match.end("v") + 1 : match.end()].strip()
    return code in _DEGREES and not match["z"] and not _PLACED.search(text[max(0, start - 12) : start])


def _after_ordinary(text: str, start: int, end: int) -> int:
    """Where the name begins, after words that only happen to be large: "Lives In Toledo"."""
    last = start
    for match in re.finditer(r"\S+", text[start:end]):
        word = match[0].strip(".,'’")
        if normal(word) in _SMALL and match.end() + start < end:
            last = start + match.end()
    while last < end and text[last].isspace():
        last += 1
    return last


_SMALL = set_of(
    "in at from near of lives resides address patient pt home to city town county moved visiting via and the "
    "hospital clinic she he his her was is born raised"
)


def _institutions(text: str) -> Iterator[Span]:
    for match in _NAMED.finditer(text):
        start = _own_name(text, match.start("v"), match.start("h"))
        if start is not None:
            yield Span(start, match.end(), "institution", "place")
    for match in _LOOSE.finditer(text):
        start = _own_name(text, match.start("v"), match.end("v"))
        if start is not None and not is_ordinary(text[start : match.end("v")].split(maxsplit=1)[0]):
            yield Span(start, match.end(), "institution", "place")
    for match in _OF.finditer(text):
        yield Span(match.start(), match.end(), "institution", "place")
    for match in _SAINT.finditer(text):
        yield Span(match.start(), match.end(), "institution", "place")
    for form in (_EMPLOYED, _ATTENDS):
        for match in form.finditer(text):
            start, end = match.span("v")
            words = [word.strip(".,'’&") for word in match["v"].split()]
            if all(is_ordinary(word) or normal(word) in listed("eponyms") for word in words if word):
                continue
            yield Span(start, end, "institution", "place")


def _own_name(text: str, start: int, head: int) -> int | None:
    """Where an institution's own name begins; None if there is only a department: "Cardiology Clinic"."""
    found = None
    for match in re.finditer(r"[\w'’.&-]+", text[start:head]):
        word = match[0].strip(".'’")
        if normal(word) in _BEFORE_IT:
            found = None
        if normal(word) in _BARE or (found is None and (normal(word) in _DEPARTMENT or not word)):
            continue
        if found is None:
            found = start + match.start()
    return found


_DEPARTMENT = set_of(
    "emergency primary urgent outpatient inpatient cardiology oncology pain surgery surgical medical internal "
    "medicine family "
    "general pediatric pediatrics women's womens children's orthopedic orthopedics neurology dental eye skin "
    "diabetes wound "
    "sleep heart cancer dialysis anticoagulation coumadin home mental behavioral public community local outside "
    "acute skilled "
    "nursing long term care day rehab rehabilitation physical therapy geriatric hepatology gi gu ent ob gyn "
    "obgyn id renal "
    "nephrology urology psychiatry psychiatric radiology pathology clinical follow-up followup pre-op preop "
    "post-op admission "
    "discharge transfer hospital clinic health center insurance high elementary middle preschool nursery "
    "graduate medical "
    "student referring receiving patient pt dermatology endocrine endocrinology pulmonary rheumatology "
    "hematology allergy "
    "vascular spine hand hip knee transplant trauma burn stroke infusion chemotherapy radiation breast prostate "
    "thyroid asthma "
    "epilepsy headache memory movement palliative hospice adult infectious disease infection metabolic "
    "bariatric weight loss "
    "fracture foot ankle podiatry travel vaccine vaccination covid flu hiv std sti tb bone marrow blood "
    "methadone suboxone "
    "occupational speech audiology hearing vision retina glaucoma cornea low high medicare medicaid private "
    "military veterans "
    "va county state city free walk-in same same-day retail school church work job steel electric market social "
    "security "
    "no new old per name phone tel fax address department dept unit floor facility course summary at during "
    "prior if"
)
