"""Places smaller than a state, known by form: streets, boxes, towns before a state, codes, rooms.

    find_places("lives at 12 Elm St Apt 3, Toledo, OH 43604")   ->  the street; the town with its state and code

164.514(b)(2)(i)(B). Postal codes of the United States, Canada and the United Kingdom; rooms, beds and wards with a
number. Not here: towns that stand alone (`tagger`), hospitals and employers (`institutions`).
"""

import re
from collections.abc import Iterator

from residency.deid.notes.place_words import STATE_CODES, STATES, STREET, STREET_ENDS
from residency.deid.notes.spans import Span
from residency.deid.notes.words import is_ordinary, set_of
from residency.deid.wording import normal

_CAP = r"(?:(?:St|Ste|Mt|Ft|[A-Z])\.|[A-ZÀ-ÖØ-Þ][\w'’-]*)"
_UNIT = (
    r"(?:,?[ \t]*\n?[ \t]*(?:apt|apartment|unit|suite|ste|flat|floor|fl|rm|room|lot|trlr|bldg|#)\.?[ \t]*#?[ "
    r"\t]*[\w-]{1,6})?"
)
_HOUSE = r"(?<![\w/.-])\d{1,6}(?:[A-Za-d]|-\d{1,4}| ?1/2)?"
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
        (rf"\b(?:Unit|UNIT|Flat|Lot|Shop|Suite|House|Plot|Villa|Erf|Apt|"
        rf"No\.)[ ]?#?(?=[\w/-]*\d)[\w/-]{{1,7}},?[ "
        rf"\t]+(?:\d{{1,5}}(?:/\d+)?[A-Za-z]?[ ]+)?(?:(?:{_CAP}|\d{{1,3}}(?:st|nd|rd|th)|of|the)[ ]+){{1,3}}"
        rf"(?i:{STREET}|{STREET_ENDS})\b\.?", 0),
        (rf"\b(?:Flat|Lot|Shop|Suite|House|Plot|"
        rf"Villa)[ ](?=[\w/-]*\d)[\w/-]{{1,7}},[ ]{_CAP}(?:[ ]{_CAP}){{1,2}}", 0),
        (r"\b(?i:private|locked|g\.?p\.?o\.?) (?i:bag|box)[ ][A-Z]?\d{1,6}\b", 0),
        (r"\b(?:Hwy|Highway|Route(?= \d\d)|Rte|Interstate|State Road|County R(?:oa)?d|Autopista|Ruta|hwy|highway|"
        r"route)[ ]\d{1,4}[A-Z]?\b"
        r"(?:,?[ ](?:at )?(?:milepost|mile marker|mile|km|exit|mm)[ ]?\d{1,4})?", 0),
        (rf"\b(?:Rue|Via|Calle|Avenida|Rua|Carrera|Chemin|Boulevard|Place|Plaza|Piazza|Quai|Impasse)[ ](?:d[eu]s?|de "
        rf"la|del|della|"
        rf"la|las|los|dos|das)[ ]{_CAP}(?:[ ]{_CAP})?", 0),
        (rf"(?<=[Aa]t\s){_HOUSE}(?![ ](?:Day|Week|Hour|Hr|Month|Year|Min))(?:[ ]{_CAP}){{2,3}}(?=[.,;\n])", 0),
        (rf"\b(?:Opp|Nr)\.?[ ]{_CAP}(?:[ ]{_CAP}){{0,2}}(?=,)", 0),
        (rf"(?<=[Oo]n\s|[Aa]t\s)(?:{_CAP}[ \t]+){{1,3}}(?:Street|St\.|Avenue|Ave\.?|Road|Rd\.?|Boulevard|Blvd\.?|"
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
_AUSTRALIA = (
    r"(?:(?:NSW|Nsw)[ ,]+[12]\d{3}|(?:VIC|Vic)[ ,]+[38]\d{3}|(?:QLD|Qld|Q)[ ,]+[49]\d{3}|SA[ ,]+5\d{3}|WA[ ,]+6\d{3}|"
    r"(?:TAS|Tas)[ ,]+7\d{3}|NT[ ,]+0[89]\d\d|NT\s+0[89]\d\d|ACT[ ,]+(?:02|26|29)\d\d)"
)
"""A state of Australia before its codes; some of the states are also tests and chambers (ACT, NT, SA)."""
_ZIPS = tuple(
    re.compile(form)
    for form in (
        r"(?i:\b(?:zip(?:[ -]?code)?|postal code|post ?code|postcode)\b)[ \t]*(?:is|of)?[ \t]*[:#]?[ \t]*\n?[ "
        r"\t]*(?P<v>\d{5}(?:-\d{4})?|\d{3}(?=\*|xx)|[A-Z0-9]{2,4}[ ]?[A-Z0-9]{3,4})",
        r"(?<![\w.,-])(?P<v>\d{5}-\d{4})(?![\w-])",
        rf"\b[A-Z][\w'’]+,?\s+(?P<v>{_AUSTRALIA})(?!\d|[-/.]\d)",
        r"(?<![\w-])(?P<v>[AC-FHKNPRTV-Y]\d[0-9W] "
        r"?(?=[0-9]*[AC-FHKNPRTV-Y])(?=[A-Z]*\d)[0-9AC-FHKNPRTV-Y]{4})(?![\w-])",
        r"(?<!lets)(?<!count)(?<!cells)(?<=[a-z]{3}) ?[—–] ?(?P<v>[1-8]\d\d ?\d{3})(?![\d-]| ?(?:mg|mcg|ml|g|kg|"
        r"units?|mm|cells|/)\b)",
        r"(?i:\bp\.?i\.?n\.?(?: ?code)?)[ :—–-]+(?P<v>[1-8]\d\d ?\d{3})(?!\d)",
        rf"\b(?:{STATE_CODES}|{STATES}),?[ \t]+(?P<v>\d{{5}}(?:-\d{{4}})?)(?![\w/%]|[.,]\d)",
        r"(?<![\w-])(?P<v>(?:GIR 0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKS-UW]|"
        r"[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2}))(?![\w-])",
        r"(?<![\w-])(?P<v>[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d)(?![\w-])",
    )
)
_STAGE = re.compile(r"[TNM]\d[TNM]\d[TNM]\d|E\d[VT][\dT]M\d", re.IGNORECASE)
_ROOMS = tuple(
    re.compile(form, flags)
    for form, flags in (
        (r"\b(?:room|rm|bed|ward|bay|suite|ste|apt|apartment|flat|cubicle|bldg|building|tower|wing|floor|fl|"
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


def find_places(text: str) -> list[Span]:
    """Streets, towns beside a state, postal codes, rooms."""
    return list(_by_form(text))


_LIVES = re.compile(
    r"\b(?:lives?|living|lived|resid(?:es|ing|ed)|born|raised|grew up|moved|travel(?:s|led|ed|ling|ing)?|based|"
    r"stay(?:s|ing|ed)?)"
    r"(?: alone| back| out| down| up| with family)? (?:in|to|near|from|outside(?: of)?) (?P<v>[^\W\d_]{3,}(?:[ "
    r"-][^\W\d_]+){0,2}?)"
    r"(?=[,.;\n)]| (?:with|and|for|since|w/|where|but|to|from|in|on|until|alone|his|her|by)\b|$)",
    re.IGNORECASE,
)
_THEN = re.compile(
    rf"[ \t]*,[ \t]*(?:\n[ \t]*)?(?P<v>{_CAP}(?:[ -]{_CAP}){{0,2}}(?:,?[ ]\d{{4}}(?!\d|"
    rf"[-/.]\d))?)(?=[ \t]*(?:[,.;)|\n]|$|\d{{5}}|"
    rf"[A-Z]{{1,2}}\d))"
)
_CORNER = re.compile(
    rf"\b(?:corner of|at|on|near|off|intersection of)[ ](?P<v>(?:\d{{1,3}}(?:st|nd|rd|th)[ ](?:&|and)[ ]{_CAP}|"
    rf"{_CAP}(?:[ ]{_CAP})?[ ](?:&|and)[ ](?:\d{{1,3}}(?:st|nd|rd|th)|{_CAP}[ ](?:{STREET_ENDS}|{STREET})\b)))(?!\w)"
)
_EXTENSION = re.compile(rf"(?P<v>{_CAP}(?:[ ]{_CAP})?[ ](?:Ext|Extension|Sector)\.?[ ]\d{{1,3}})\b")


def _by_form(text: str) -> Iterator[Span]:
    for form in _STREETS:
        for match in form.finditer(text):
            if re.search(r"\d (?:days|times|weeks) ", match[0]):
                continue
            yield Span(match.start(), match.end(), "place", "place")
            town = _THEN.match(text, match.end())
            for _ in range(2):
                first = town["v"].split()[0].strip(",") if town else ""
                if (
                    town is None
                    or first.lower() in _NO_TOWN
                    or (is_ordinary(first) and not _is_town(match[0], town["v"]))
                ):
                    break
                yield Span(*town.span("v"), "place", "place")
                town = _THEN.match(text, town.end("v"))
    yield from _towns(text)
    for form in _ZIPS:
        for match in form.finditer(text):
            if any(sign.isdigit() for sign in match["v"]) and not _STAGE.fullmatch(match["v"]):
                yield Span(*match.span("v"), "place", "label")
    for form in _ROOMS:
        for match in form.finditer(text):
            if len(match["v"]) == 1 and match["v"].isdigit() and match[0][:1] in "bBtT":
                continue
            yield Span(*match.span("v"), "place", "place")


_NO_TOWN = set_of("phone tel telephone fax ph mob mobile cell dob mrn age sex and the she he usa uk")


def _is_town(street: str, said: str) -> bool:
    """Whether ordinary words behind a street are its town: the street has a number, and they are two or have a code."""
    return any(sign.isdigit() for sign in street) and (len(said.split()) > 1)


def _towns(text: str) -> Iterator[Span]:
    for form in (_TOWN, _TOWN_ZIP, _LOW_TOWN):
        for match in form.finditer(text):
            start = _after_ordinary(text, *match.span("v"))
            if start < match.end("v") and (match["z"] or not _is_person(text, start, match)):
                yield Span(start, match.end(), "place", "place")
            if match["z"]:
                yield Span(*match.span("z"), "place", "label")
    for form in (_TOWN_CODE, _LOW_ROAD, _CORNER):
        for match in form.finditer(text):
            yield Span(*match.span("v"), "place", "place")
    for form in (_EXTENSION, _LIVES):
        for match in form.finditer(text):
            words = [word for word in match["v"].split() if len(word) > 2 and word[0].isalpha() and word[:3] != "Ext"]
            if not all(is_ordinary(word) or normal(word) in _COUNTRIES for word in words):
                yield Span(*match.span("v"), "place", "place")


_TOWN_CODE = re.compile(
    rf"(?P<v>{_CAP}(?:[ ]{_CAP}){{0,2}},?[ ](?:(?:NSW|QLD|Qld)(?:,?\s\d{{4}}(?!\d|[-/.]\d))?|{_AUSTRALIA}))(?!\w)"
)
_LOW_ROAD = re.compile(
    r"(?<=\b[oa][nt] )(?P<v>(?!(?:the|a|an|his|her|their|my|our|this|that|same|icy|wet|busy|main)\b)(?:[a-z'’]+ ){1,2}"
    r"(?:blvd|boulevard|avenue|street|road|crescent|cresent|terrace|highway|hwy|expressway|parkway))\b"
)
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


_COUNTRIES = frozenset(STATES.lower().split("|")) | set_of(
    "usa us uk america england york jersey mexico hampshire carolina"
)
_SMALL = set_of(
    "in at from near of lives resides address patient pt home to city town county moved visiting via and the "
    "hospital clinic she he his her was is born raised"
)
