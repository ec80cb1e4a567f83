"""Institutions by form: names of hospitals, schools, churches and employers before the word that says what they are.

    find_institutions("seen at Mercy General Hospital, then in Cardiology Clinic")   ->  "Mercy General Hospital"

They count as places smaller than a state (164.514(b)(2)(i)(B)). A department without a name of its own stays. Not here:
institutions that nothing announces (`tagger`).
"""

import re
from collections.abc import Iterator

from residency.deid.notes.spans import Span
from residency.deid.notes.words import anyones, is_ordinary, listed, set_of, surnames
from residency.deid.wording import normal

_CAP = r"(?:(?:St|Ste|Mt|Ft|[A-Z])\.|[A-ZÀ-ÖØ-Þ][\w'’-]*)"
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
    "Funeral (?:Home|Directors)|Guest ?[Hh]ouse|Motor Lodge|Trading Co|& Daughters|Fisheries|Winery|Vineyards?|"
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
    rf"Gym|Club|Society|Council|Agency|Dental|Genetics|Outreach|Supply|Midwives|Wines|HS|Elem|Prep|Montessori|Creche|"
    rf"Grammar|Tool (?:&|and) Die)(?![\w-])"
)
"""Heads that stand behind ordinary words as well: only a name that is no word before them makes an institution."""
_SMALL_HEAD = re.compile(
    rf"(?<![\w'’])(?P<v>{_WORD}(?:[ ]{_WORD})?)[ ](?:pharmacy|hospital|surgery|nursery|church|chemist|hospice|school|"
    rf"college|university|supermarket)(?![\w-])"
)
_OF = re.compile(
    rf"\b(?:University|Univ\.|College|Church|Children['’]s Hospital|Diocese|Temple|Bank|City|Town|Village|County|"
    rf"Hospital|Institute|Port) of (?:the )?{_WORD}(?:[ ]+(?:and[ ]+)?{_WORD}){{0,3}}"
)
_SAINT = re.compile(
    r"(?:(?<![a-z] )|(?<=\b(?:in|at|to|of|by) )|(?<=\b(?:via|the) )|(?<=\bfrom ))\b"
    rf"(?!St\.? John['’]?s [Ww]ort)(?:St\.?|Saint|Ste\.?|Mt\.?|Mount)[ ](?!Apt|Suite|Unit|Floor|Box|Jude "
    rf"Medical){_WORD}(?:['’]s?)?|\bOur Lady of(?: the)?(?: [A-Z][\w'’]+){{1,3}}|\b(?:Sacred Heart|Good Shepherd|"
    rf"Holy (?:Cross|Name|Family|Trinity|Spirit|Redeemer))\b"
)
_SHIFT = r"(?:(?:nights?|days|evenings|weekends|shifts?|full[- ]time|part[- ]time|casually|now|still)[ ]+)?"
_EMPLOYED = re.compile(
    rf"\b(?:works?|worked|working|employed|job|employee|driver|manager|cashier|nurse|teacher|teaches|taught|clerk|"
    rf"cook|retired)[ ]+{_SHIFT}(?:at|@|for|by|from|with)[ ]+(?:the[ ]+)?(?P<v>{_WORD}(?:[ ]+(?:{_WORD}|&|and|of)|"
    rf"-{_WORD}|,[ ]{_WORD}(?=,? (?:and|&) {_WORD})){{0,5}})"
)
_ATTENDS = re.compile(
    rf"\b(?:attends|attending|attended|enrolled at|student at|graduated from|transferred (?:from|to)|admitted to|"
    rf"resident (?:of|at)|lives at|residing at|presented to|seen at|referred (?:from|to)|d/c(?:'d)? to|discharged "
    rf"to|brought from|came from|pharmacy:)[ ]+(?:the[ ]+)?(?P<v>{_WORD}(?:['’]s)?(?:[ ]+(?:{_WORD}|&|of)){{0,4}})"
)
_SURE = re.compile(
    rf"(?<![\w'’])(?P<v>(?:{_WORD}(?:[ ]+(?:of|the|and|&))?[ ]+){{1,4}})(?:(?:Regional |Community )?(?:Genetics|"
    rf"Genomics|Dental|"
    rf"Dentistry|Optometry|Physiotherapy|Midwives|Imaging)|Retirement (?:Living|Village)|(?:Assisted|Senior) Living|"
    rf"Care Home|"
    rf"Transplant|(?:Correctional |Penal )?Institution|Detention Cent(?:er|re)|Women['’]s|Family (?:Medicine|Practice)|"
    rf"Medical Practice|Veterinary|Parquet|Fried Chicken|Chicken|Trams|Couriers|Coaches|Taxis|Haulage|Freight|Shipping|"
    rf"Seafoods|Biscuits|Linen(?: Supply)?|Joinery|Roofing|Flooring|Timber|Dairy|Rink|Arcade|Stadium|Leisure "
    rf"Cent(?:er|re)|"
    rf"Rovers|Cottage|Motor Lodge|Motel|Outreach)(?![\w-])(?! (?:of|to|from|for|was|is)\b)"
)
"""Heads that are hardly ever behind two large words that are no name."""
_SERVES = re.compile(
    rf"\b(?:(?:Convent|Hospital|Hospice|Church|Shrine|Priory|Abbey|Mission)[ ](?:of|for)|(?:Order|Society|"
    rf"House)[ ]of)"
    rf"[ ](?:the[ ])?(?P<n>{_WORD})(?:[ ]{_WORD}){{0,3}}"
)
_THE = re.compile(
    r"(?:\bat |\bAt |\bfrom |\bFrom |\bto |\n)(?P<v>The (?:Royal |Old |Queen['’]s |King['’]s |Prince "
    r")?[A-Z][a-z’']+)(?=,[ \n][A-Z0-9])"
)
_BARE = set_of("the a an this that our your her his their any and at in of on for to from by with per via")

_BEFORE_IT = set_of("in at from to by via per with")


def find_institutions(text: str) -> Iterator[Span]:
    """Hospitals, churches, schools, employers."""
    yield from _by_head(text)
    yield from _by_cue(text)


def _by_head(text: str) -> Iterator[Span]:
    """Names before the word that says what they are."""
    for match in _NAMED.finditer(text):
        start = _own_name(text, match.start("v"), match.start("h"))
        if start is not None:
            yield Span(start, match.end(), "institution", "place")
    for match in _LOOSE.finditer(text):
        start = _own_name(text, match.start("v"), match.end("v"))
        if start is not None and not is_ordinary(text[start : match.end("v")].split(maxsplit=1)[0]):
            yield Span(start, match.end(), "institution", "place")
    for match in _SMALL_HEAD.finditer(text):
        if not any(is_ordinary(word) or normal(word) in DEPARTMENT for word in match["v"].split()):
            yield Span(match.start(), match.end(), "institution", "place")
    for match in _SURE.finditer(text):
        start = _own_name(text, match.start("v"), match.end("v"))
        if start is not None and _is_own(text[start : match.end("v")]):
            yield Span(start, match.end(), "institution", "place")


def _by_cue(text: str) -> Iterator[Span]:
    """Names behind a word that says what they are, or what somebody does there."""
    for form in (_SERVES, _THE, _OF, _SAINT):
        for match in form.finditer(text):
            served = match["n"] if form is _SERVES else ""
            plain = form is _THE and match["v"].count(" ") == 1 and is_ordinary(match["v"].removeprefix("The "))
            if not (plain or served.isupper() or normal(served) in listed("clinical")):
                yield Span(*match.span("v" if "v" in match.groupdict() else 0), "institution", "place")
    for form in (_EMPLOYED, _ATTENDS, _WORKS):
        for match in form.finditer(text):
            start, end = match.span("v")
            words = [word.strip(".,'’&") for word in match["v"].split()]
            if all(is_ordinary(word) or _is_eponym(normal(word), alone=len(words) == 1) for word in words if word):
                continue
            yield Span(start, end, "institution", "place")


def _is_eponym(low: str, *, alone: bool) -> bool:
    return low in listed("eponyms") and (alone or low not in anyones())


_WORKS = re.compile(
    rf"\b(?:works?|worked|working|employed|job)[ ]+{_SHIFT}(?:at|@|for|by)[ ]+(?:the[ ]+)?"
    r"(?P<v>[^\W\d_][^\n.;:()]{2,60}?)"
    r"(?=[.;\n)]|,? (?:as|in|since|and (?:is|has|was|lives)|for|who|but|where|until|on|when|a|full|part)\b|$)",
    re.IGNORECASE,
)


def _is_own(said: str) -> bool:
    """Whether words make a name of their own: none of them is clinical, and they are two or no word at all."""
    words = [normal(word.strip(".,'’&")) for word in said.split()]
    large = [word for word in words if len(word) > 2]
    clinical = any(word in listed("clinical") and word not in surnames() for word in large)
    return not clinical and (len(large) > 1 or any(not is_ordinary(word) for word in large))


def _own_name(text: str, start: int, head: int) -> int | None:
    """Where an institution's own name begins; None if there is only a department: "Cardiology Clinic"."""
    found = None
    for match in re.finditer(r"[\w'’.&-]+", text[start:head]):
        word = match[0].strip(".'’")
        if normal(word) in _BEFORE_IT:
            found = None
        if normal(word) in _BARE or (found is None and (normal(word) in DEPARTMENT or not word)):
            continue
        if found is None:
            found = start + match.start()
    return found


DEPARTMENT = set_of(
    "emergency respiratory laboratory nephrology tropical genetics genetic antenatal postnatal maternity neonatal "
    "fertility gynae gynaecology haematology paediatric paediatrics orthopaedic orthopaedics anaesthetic sleep "
    "emergency primary urgent outpatient inpatient cardiology oncology pain surgery surgical medical internal "
    "medicine family general pediatric pediatrics women's womens children's orthopedic orthopedics neurology "
    "dental eye skin diabetes wound sleep heart cancer dialysis anticoagulation coumadin home mental behavioral "
    "public community local outside acute skilled nursing long term care day rehab rehabilitation physical "
    "therapy geriatric hepatology gi gu ent ob gyn obgyn id renal nephrology urology psychiatry psychiatric "
    "radiology pathology clinical follow-up followup pre-op preop post-op admission discharge transfer hospital "
    "clinic health center insurance high elementary middle preschool nursery graduate medical student referring "
    "receiving patient pt dermatology endocrine endocrinology pulmonary rheumatology hematology allergy vascular "
    "spine hand hip knee transplant trauma burn stroke infusion chemotherapy radiation breast prostate thyroid "
    "asthma epilepsy headache memory movement palliative hospice adult infectious disease infection metabolic "
    "bariatric weight loss fracture foot ankle podiatry travel vaccine vaccination covid flu hiv std sti tb bone "
    "marrow blood methadone suboxone occupational speech audiology hearing vision retina glaucoma cornea low high "
    "medicare medicaid private military veterans va county state city free walk-in same same-day retail school "
    "church work job steel electric market social security no new old per name phone tel fax address department "
    "dept unit floor facility course summary at during prior if"
)
