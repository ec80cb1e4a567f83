"""Numbers and addresses of the net, known by their form or by the label before them.

    find_numbers("MRN: 00-4471 tel (555) 014-2277 x12")   ->  spans of kinds record, phone

Forms: mail, URL, IPv4 and IPv6, MAC, SSN, telephones of North America and with a country's prefix, VIN, UID, card and
bank numbers, accession-like codes, and any run of six digits or more that no unit follows. Labels: see `_LABELS`. Codes
of public vocabularies (ICD, CPT, LOINC, SNOMED, NDC, NCT) and measured values stay. Not here: dates (`dates`), houses
and towns (`places`).
"""

import re
from collections.abc import Iterator

from residency.deid.notes.spans import Kind, Span
from residency.deid.notes.vehicles import find_vehicles

_TOP = (
    "com|org|net|edu|gov|mil|info|biz|io|health|hospital|clinic|care|med|int|co|us|uk|ca|au|nz|de|fr|es|it|nl|be|ch|at|"
    "ie|in|jp|cn|kr|br|mx|za|se|no|dk|fi|pl|pt|ru|eu|local|lan|example|test|invalid"
)
_UNIT = (
    r"(?:[- ]?(?:mg|mcg|ug|g|gm|kg|grams?|ml|cc|l|dl|units?|u|iu|meq|mmol|cells?|copies|cfu|mm|cm|hz|cal|kcal|steps|"
    r"/ ?(?:ul|mcl|mm3|mm\^3|ml|l|hpf|cumm|mm)|x ?10|per|steps|feet|dollars|mosm|ng|pg|iu/)\b|[ ]?%|[ ]?[µμ]|/[uµμm])"
)
_PHONE_NA = r"(?:\+?1[-. ]?)?(?:\(\d{3}\)[-. ]?|\d{3}[-. ])\d{3}[-. ]\d{4}"
_EXT = r"(?:[ ,;]*(?:ext(?:n|ension)?\.?|x|#)[ :.]*\d{1,6})?"
_NO_LABEL = (
    r"(?<![\w.-])(?!(?:MRN|HRN|CHI|UR|HAR|NHS|NHI|URN|CRN|CSN|FIN|PID|PHN|DOB|BP|HR|RR|ECG|INR|WBC|PLT|TEL|FAX|MOB|PH|"
    r"REF|LOT|NO|ID|SN|REG|EXT|DAY|AGE|BED|ROOM|RM|LINE|DOSE|COPY|POD|GCS|MMSE) )"
)
_SPELLED = "(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_FORMS: tuple[tuple[Kind, str], ...] = (
    ("mail", r"[\w.+%'-]+ ?(?:@|\(at\)|\[at\]) ?[\w-]+(?:\.[\w-]+)+"),
    ("mail", rf"\b[\w.+-]+ at [\w-]+ dot (?:{_TOP})\b"),
    ("url", r"\b(?:https?|ftp|sftp|file)://[^\s<>\"')\]]+[^\s<>\"')\].,;:]|\bwww\.[^\s<>\"')\]]+[^\s<>\"')\].,;:]"),
    ("url", rf"(?<![\w@.])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TOP})(?::\d+)?(?:/[^\s<>\"')\]]*[^\s<>\"')\]"
    rf".,;:]|(?![\w.-]*\w))"),
    ("ip", r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\d|\.\d)(?::\d{1,5})?"),
    ("device", r"(?<![\w:])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:])"),
    ("ip", r"(?<![\w:])(?=[0-9a-f:]*[a-f:]{2}|"
    r"(?:[0-9a-f]{1,4}:){4})(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4})(?::[0-9a-f]{1,4})*(?![\w:])"),
    ("ip", r"(?<![\w:])[0-9a-f]{1,4}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?(?![\w:])"),
    ("ssn", r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])|(?<![\d ])\d{3} \d{2} \d{4}(?![\d])|"
    r"(?<!\w)[x*]{3}-?[x*]{2}-?\d{4}\b"),
    ("id", r"(?<![\d.])[0-2](?:\.\d+){5,}(?![\d.])"),
    ("phone", rf"(?<![\w.+-]){_PHONE_NA}{_EXT}(?![\d-])"),
    ("phone", r"(?<![\w.])\+[1-9]\d{0,2}(?:[-. /]?\(?\d{1,5}\)?){2,6}(?!\w)" + _EXT),
    ("phone", r"(?<![\w.-])00[1-9]\d(?:[-. /]?\(?\d{2,5}\)?){3,6}(?![\w-])" + _EXT),
    ("phone", rf"(?<![\w.-])(?:\(?0\d{{2,5}}\)?[- /.]\d{{3,4}}|\(0\d\) ?\d{{4}})[- ]?\d{{3,4}}(?![\w-]){_EXT}"),
    ("phone", r"(?<![\w.-])0\d(?:[ .-]\d\d){4}(?![\w-])|(?<![\w.-])0\d[- ]\d{4}[- ]\d{4}(?![\w-])"),
    ("phone", r"(?<![\w.-])(?:1[-. ])?8(?:00|88|77|66|55|44|33)[-. ][A-Z0-9]{3,4}[-. ]?[A-Z0-9]{3,5}(?![\w-])"),
    ("phone", rf"(?<![\w.+/-])\d{{3}}[-.]\d{{4}}{_EXT}(?![\d/-]|{_UNIT})"),
    ("phone", r"(?<![\w.])x ?(?:\d{4,6}|\d{1,2}-\d{4})\b|\bext(?:ension)?[. :#]*(?:\d{1,2}-\d{3,4}|\d{2,6})\b"),
    ("phone", r"(?<![\w.,-])1[38]00[ -]\d{3}[ -]\d{3}(?![\w-])"),
    ("id", r"(?<![\d.])\d{3}\.\d{3}\.\d{3}-\d\d(?!\d)"),
    ("ssn", r"(?<![\w-])(?-i:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]) ?\d\d ?\d\d ?\d\d ?(?-i:[A-D])(?![\w-])"),
    ("licence", r"(?<![\w-])(?-i:\d\d[A-I]\d{4}[A-Z])(?![\w-])"),
    ("id", r"(?<![\w.@])@(?=[\w.]{0,28}[_\d]|[a-z]{3,20}\.[a-z])[a-z][\w.]{2,29}(?<!\.)"),
    ("id", r"\b(?:user ?name|user|handle|login|skype|snapchat|instagram|telegram)[ :]+(?:is "
    r")?(?-i:[a-z][\w.-]*\d[\w.-]*)\b"),
    ("id", r"(?<=[a-z)] )#\d{4,}(?![\w.-])"),
    ("id", r"(?<![\w.,$/-])\d{4}-\d{4,}-[A-Z]{1,3}(?![\w-])"),
    ("id", rf"(?:(?<=number )|(?<=number is )|(?<=no )|(?<=mrn )|(?<=record ))(?:[a-z] )?{_SPELLED}(?:[ ,-]{{1,2}}"
    rf"{_SPELLED}){{3,}}\b"),
    ("id", rf"\b{_SPELLED}(?:[ ,-]{{1,2}}{_SPELLED}){{5,}}\b"),
    ("id", r"(?<![\w.-])\d{2}[A-Z]{1,2}\d{4,}(?![\w-]|\.\d)"),
    ("id", r"(?<![\w.:])\d\d:(?-i:[A-Z]{1,3}-?\d{4,})(?!\w)"),
    ("vehicle", r"\b(?=[A-HJ-NPR-Z0-9]*\d[A-HJ-NPR-Z0-9]*\d)(?=[A-HJ-NPR-Z0-9]*[A-HJ-NPR-Z])[A-HJ-NPR-Z0-9]{17}\b"),
    ("account", r"(?<![\d-])(?:\d{4}[- ]){3}\d{4}(?![\d-])|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: "
    r"?[A-Z0-9]{1,3})?\b"),
    ("id", r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"),
    ("plan", r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]"
    r"\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b"),
    ("id", r"(?<![\d-])\d{4} \d{4} \d{4}(?: ?[xX]\b)?(?![\d-])"),
    ("id", rf"{_NO_LABEL}[A-Z]{{1,5}} (?:\d{{2,6}}-\d{{4,6}}|\d{{4,6}}-\d{{1,3}})[A-Z]?(?![\w-]|\.\d)"),
    ("id", r"(?<![\w.,/-])(?:[a-zA-Z]{1,4} ?-?)?0\d{3,5}/\d{2}(?:-\d)?(?![\w/]|\.\d)"),
    ("id", r"(?<![\w.-])[A-Z]{1,4}-\d{2,6}/\d{2}(?:\d\d)?(?![\w/]|\.\d)"),
    ("id", r"(?<![\w.,-])\d{4,}-\d-\d{2,}(?![\w-])|(?<![\w.,-])\d{4,}-[A-Z]{1,2}(?![\w-])"),
    ("id", r"(?<![\w.-])[A-Z]{1,5}[*#]\d{2,}(?:-\d+)*(?<=\d{3})(?!\w)"),
    ("id", r"(?<![\w.-])(?=[A-Z0-9-]*[A-Z])(?=(?:[A-Z-]*\d){5})(?:[A-Z0-9]{1,4}-){2,5}[A-Z0-9]{3,}(?![\w-])"),
    ("id", r"(?<![\w.-])[A-Z]{1,5}[-_]?\d{2,4}[-_]\d{3,}(?:[-_][A-Z0-9]+)*(?![\w])"),
    ("id", r"(?<![\w.-])\d{1,4}[-_]?[A-Z]{1,4}[-_]\d{3,}(?:[-_][A-Z0-9]+)*(?![\w])"),
    ("id", rf"(?<![\w.-])(?=[A-Z0-9/_-]*\d[A-Z0-9/_-]*\d[A-Z0-9/_-]*\d[A-Z0-9/_-]*\d)[A-Z]{{1,6}}[-_#]"
    rf"?\d[A-Z0-9_-]*(?![\w.]\d)(?!{_UNIT})"),
    ("id", rf"(?<![\w.,$/-])(?:(?=[\d-]*\d{{3}})\d{{2,}}(?:-\d{{2,}}){{2,}}|\d\d-\d\d-\d\d)(?![\w-])|"
    rf"(?<![\w.,$/-])(?:\d{{3,}}-\d{{4,}}|"
    rf"\d{{4,}}-\d{{3,}})(?![\w-]|{_UNIT})"),
    ("id", r"(?<![\w./-])(?=[A-Z0-9/-]*[A-Z])(?=[A-Z0-9/-]*\d{3})(?:[A-Z0-9-]+/){1,3}[A-Z0-9]+(?:-\d+)?"
    r"(?![\w/]|\.\d)"),
    ("id", r"(?<![\w.-])(?=[A-Z0-9.:-]*\d{3})[A-Z]{2,5}-?\d{0,3}(?:[.:]\d+){1,3}(?![\w/]|\.\d)"),
    ("id", r"(?<![\w.-])[A-Z]{2,6}(?:-[A-Z0-9.]{1,5}){1,3}(?<=\d{3})(?![\w/-]|\.\d)"),
    ("id", rf"{_NO_LABEL}(?=(?:\D{{0,5}}\d){{6}})[A-Z]{{1,4}} (?=[\d ]*\d{{3}})\d{{1,6}}(?: \d{{1,6}}){{1,3}}(?: "
    rf"[A-Z])?"
    r"(?![\w/]|\.\d)"),
    ("id", r"(?<![\w.-])[a-z]{1,3}\d{5,}(?![\w.]\d|\w)"),
    ("id", r"(?<![\w.-])\d{3,}[A-Z]{1,3}\d*(?<=.{6})\b"),
    ("id", rf"(?<![\w.,$+/-])#? ?\d{{6,}}(?![\d,]*{_UNIT})(?![.,]\d|\w)"),
)  # fmt: skip
_CASED = {"vehicle", "plan"}
_COMPILED = tuple(
    (kind, re.compile(form, 0 if kind in _CASED or ("[A-Z]" in form and "(?-i:" not in form) else re.IGNORECASE))
    for kind, form in _FORMS
)

_NO = r"(?:[ \t]*(?:no\b\.?|num(?:ber)?\b\.?|nbr\b\.?|#(?:s\b)?|id\b|code\b|identifier\b|s\b))*"
_LAST = r"(?: (?-i:[A-Z])(?![\w'’]))?"
_VALUE = (
    rf"(?P<v>(?=[A-Z0-9./_-]*\d)[A-Z0-9](?:[A-Z0-9./_-]*[A-Z0-9])?(?: (?=\d)\d[\d -]*\d)?{_LAST}|"
    rf"(?:(?-i:[A-Z]{{1,5}})|[a-z]) (?=(?:[ ./-]*\d){{4}})\d[\d./-]*(?: \d[\d/-]*)*(?:{_LAST}|[A-Z]\b))"
)
_LABELS: tuple[tuple[Kind, str], ...] = (
    ("record", r"mrn|m\.r\.n\.|mr|med(?:ical)?\.? ?rec(?:ord)?s?|record|chart|hospital(?= ?(?:no|num|#|id))|"
    r"patient (?=id|no|num|#)|"
               r"pt (?=id|no|num|#)|pid|urn|uhid|epi|emrn|unit (?=no|num|#)|hosp(?= ?(?:no|num|#))|"
    r"nhs|chi|nhi|crn|ur|hrn|"
    r"(?:cr|ip|op|opd|rec|unit|family|our|your)(?=\.? ?no\b)|folder|file|case notes|"
    r"hosp|reg[nd](?=[ :.])"),
    ("plan", r"(?:health )?plan(?= ?(?:no|num|#|id))|policy|member|subscriber|group(?= ?(?:no|num|#|id))|"
    r"insurance(?= ?(?:no|num|#|id))|"
             r"ins(?= ?(?:no|#|id))|medicare|medicaid|medi-cal|hicn?|mbi|beneficiary|payer|claim|"
             r"auth(?:orization)?|pre-?auth|medical (?:aid|card)|health card|hcn|phn|ohip|bcbs"),
    ("account", r"acc(?:oun)?ts?|acct|a/c|billing|invoice|encounter|visit(?= ?(?:no|num|#|id))|csn|fin|har|iban|"
    r"bank|routing|"
                r"card(?= ?(?:no|num|#))|credit card|guarantor"),
    ("licence", r"(?:driver'?s? |medical |state |nursing )?licen[cs]e(?! plate)|lic|d/?l(?= ?(?:no|num|#|:))|dea|"
    r"npi|upin|gmc|cert(?:ificate)?|"
                r"hcpc|ahpra|hpcsa|reg(?=[.: ]+[A-Z]{2,5} ?\d{3})|"
                r"passport|visa (?=no|num|#)|registration(?= ?(?:no|num|#))|badge|employee|student(?= ?(?:no|num|"
                r"#|id))|tax id|tin|ein|ssn4"),
    ("ssn", r"ssn|s\.s\.n\.|soc(?:ial)? sec(?:urity)?|social(?= ?(?:no|num|#|:))|ss(?= ?#)|sin(?= ?(?:no|num|#|"
    r":))|national id|last (?:four|4)(?: of ssn)?|"
    r"(?<=ssn )ending(?: in)?|aadhaar"),
    ("vehicle", r"vin|(?:licen[cs]e |number |reg(?:istration)? )?plates?|reg(?= ?(?:no|num|#|:))|vehicle(?= "
    r"?(?:no|num|#|id))|tag(?= ?(?:no|num|#))"),
    ("device", r"serial|s/n|sn(?= ?(?:no|num|#|:))|udi|device(?= ?(?:no|num|#|id|ident))|lot|machine|camera|ventilator|"
    r"ref(?= ?(?:no|#|:)|\s\d[\d-]{5})|imei|mac(?= ?(?:addr|:))|"
               r"generator (?=s|#|no)|lead (?=s/n|serial|#)|implant (?=s|#|no|id)|pacemaker (?=s|#|id)|"
               r"model/serial|asset"),
    ("fax", r"fax|facsimile|f(?=:)"),
    ("phone", r"tel(?:ephone)?|phone|ph(?=[ :#.])|cell(?:ular)?(?: phone)?|mobile|mob|home(?=:| ?#| phone)|landline|"
    r"work(?=:| ?#| phone)|pager?|pgr|beeper|"
              r"p(?=:)|t(?=:)|contact (?=no|num|#)|call(?:ed|back)?(?: back)?(?: at| @)?|reach(?:ed|able)?(?: "
              r"\w+)? at|ring|dial|text(?: at)?|via|hotline|whatsapp|bleep"),
    ("id", r"access(?:ion)?|acc(?= ?(?:no|num|#|:))|specimen(?= ?(?:no|num|#|id|:))|case(?= ?(?:no|num|#|id|:))|"
    r"path(?:ology)?(?= ?(?:no|num|#|:))|order(?= ?(?:no|num|#|id|:|\d{5}))|"
           r"req(?:uisition)?|job|dict(?:ation)?(?= ?(?:no|num|#|id|:))|trans(?:cription)?(?= ?(?:no|num|#|id|"
           r":))|doc(?:ument)?(?= ?(?:no|num|#|id|:))|conf(?:irmation)?|ticket|barcode|"
           r"ref(?:erence)?(?= ?(?:no|num|#|:))|rx(?= ?(?:no|num|#|:))|prescription(?= ?(?:no|num|#))|exam(?= "
           r"?(?:no|num|#|id))|study(?= ?(?:no|num|#|id))|slide|block(?= ?(?:no|#|id))|"
           r"user(?:name| ?id)?(?= ?:)|login|pin|(?:key ?safe|door|gate|entry|keypad)(?= ?code)|password|"
           r"id|ID|incident|report(?= ?(?:no|num|#|id))|subject(?= "
           r"?(?:no|num|#|id))|donor|unit(?= ?(?:no|num|#))|unos|sample(?= ?(?:no|num|#|id))|donation|"
           r"card(?=[ \n:])|no(?=[.: ]{1,2}(?:[A-Z]{0,5}[ -]?)?(?:[ ./-]?\d){6})"),
)  # fmt: skip
_LABELLED = tuple(
    (
        kind,
        re.compile(
            rf"(?<![\w/])(?:{label})\b{_NO}[ \t]*(?:is|was|=|of)?[ \t]*[:;#.|]?[ \t]*\n?[ \t]*[(\[#]?{_VALUE}",
            re.IGNORECASE,
        ),
    )
    for kind, label in _LABELS
)
_PHONE_VALUE = re.compile(r"(?:\+|\()?\d[\d().\- /]{1,22}\d" + _EXT)
_PUBLIC = re.compile(
    r"\b(?:icd(?:-?(?:9|10)(?:-?cm|-?pcs)?)?|cpt|hcpcs|loinc|snomed(?:[- ]ct)?|rxnorm|ndc|nct|cas|drg|doi|pmid|"
    r"mesh|atc|version)\b"
    r"(?:[ \t]*(?:codes?|id|no\.?|number|#))*[ \t]*[:#=(]?[ \t]*(?:[\w.]+,[ \t]*)*$",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"(?:NCT\d{8}|[A-TV-Z]\d{2}(?:\.\d{1,4})?|\d{1,3}(?:,\d{3})+|\d{1,3}[./]\d{1,3}|(?:19|20)\d\d|T\d+N\d\w*M\w*|"
    r"p[TN]\w{1,3}|G\d+P\d[\dA-Z]*|HER2|CD\d+|"
    r"\d{1,4}(?:\.\d+)?(?:mg|mcg|ml|g|kg|cm|mm|l|units?|u|k|hz|kvp?|mas|gy|cgy|meq|x\d+))",
    re.IGNORECASE,
)
_VALUE_UNIT = re.compile(
    rf"{_UNIT}|[ ]?(?:x|times|years?|yrs?|y/?o|days?|weeks?|months?|hours?|hrs?|min|pm|am|tabs?|of)\b", re.IGNORECASE
)


_HOURS = re.compile(r"(?:[01]\d|2[0-4])(?:[03]0|15|45)-(?:[01]\d|2[0-4])(?:[03]0|15|45)")
"""A shift, "0700-1900": no number of anybody unless a label says so."""


def find_numbers(text: str) -> list[Span]:
    """Every number or address of the net that names somebody or something of theirs."""
    return [_whole(text, span) for span in (*_by_form(text), *_by_label(text))]


_CODES = frozenset(("record", "plan", "account", "licence", "vehicle", "device", "id"))
_GLUED_BEFORE = re.compile(r"(?<![\w/.-])[A-Z0-9]{1,6}(?:[-*#][A-Z0-9]{1,6})*[-*#]$")
_GLUED_AFTER = re.compile(r"(?:[/*#-](?=[A-Z0-9]*[A-Z0-9])[A-Z0-9]{1,8})+(?![\w/]|\.\d)")
_GOES_ON = re.compile(
    rf"[ ](?:(?:ref|dep|dependant|seq|suffix|issue|version|rel|irn)\.?[ ]?\d{{1,3}}|/[ ]?\d{{1,3}}|(?!(?:19|"
    rf"20)\d\d\b)\d{{4,6}}|"
    rf"(?=[A-Z]*\d)[0-9][A-Z]{{2}}|(?=\d*[A-Z])(?=[A-Z]*\d)[A-Z0-9]{{5}})(?![\w/]|\.\d|{_UNIT})"
)
_ONE_MORE = re.compile(rf"[ ](?!(?:19|20)\d\d\b)\d{{4,6}}(?![\w/-]|\.\d|{_UNIT})")


def _whole(text: str, span: Span) -> Span:
    """A code with all that is glued to it, and with a group behind a space that goes on with it."""
    if span.kind not in _CODES or sum(map(str.isdigit, text[span.start : span.end])) < 3:
        return span
    start, end = span.start, span.end
    if before := _GLUED_BEFORE.search(text[max(0, start - 20) : start]):
        start -= len(before[0])
    if after := _GLUED_AFTER.match(text, end):
        end = after.end()
    if span.source == "number" and text[start].isalpha() and (group := _ONE_MORE.match(text, end)):
        end = group.end()
    if span.source == "label":
        while more := _GOES_ON.match(text, end):
            end = more.end()
    return Span(start, end, span.kind, span.source)


def _by_form(text: str) -> Iterator[Span]:
    taken = bytearray(len(text))
    for kind, form in _COMPILED:
        for match in form.finditer(text):
            start, end = match.span()
            if (
                any(taken[start:end])
                or start == end
                or any(never.fullmatch(match[0].strip()) for never in (_NEVER, _HOURS))
            ):
                continue
            if kind in ("id", "phone", "plan", "account") and _PUBLIC.search(text[max(0, start - 60) : start]):
                continue
            taken[start:end] = b"\1" * (end - start)
            yield Span(start, end, _fax(text, start) if kind == "phone" else kind, "number" if kind == "id" else "form")


def _fax(text: str, start: int) -> Kind:
    return "fax" if _FAX.search(text[max(0, start - 20) : start]) else "phone"


_FAX = re.compile(r"\b(?:fax|facsimile|f)\b[^\d\n]{0,12}$", re.IGNORECASE)


def _by_label(text: str) -> Iterator[Span]:
    yield from find_vehicles(text)
    for kind, label in _LABELLED:
        for match in label.finditer(text):
            start, end = match.span("v")
            if kind in ("phone", "fax"):
                number = _PHONE_VALUE.match(text, start)
                if number is None or _VALUE_UNIT.match(text, number.end()) or _too_short(match[0], number[0]):
                    continue
                end = number.end()
            elif (
                _NEVER.fullmatch(match["v"])
                or (_VALUE_UNIT.match(text, end) and not _signed(match[0]))
                or len(match["v"]) < (2 if _signed(match[0]) else 3 if match[0][:3] in ("LOT", "REF") else 4)
                or _like_a_date(match["v"])
            ):
                continue
            elif kind == "vehicle" and (more := _PLATE_REST.match(text, end)):
                end = more.end()
            yield Span(start, end, kind, "label")


_PLATE_REST = re.compile(r"[ ](?=[A-Z0-9-]*\d)[A-Z0-9-]{2,7}\b")


_DATE = re.compile(r"(\d\d?)[/.-](\d\d?)(?:[/.-]\d{2,4})?|(?:19|20)\d\d-\d\d-\d\d")


def _like_a_date(said: str) -> bool:
    match = _DATE.fullmatch(said)
    if match is None or match[1] is None:
        return match is not None
    first, second = sorted((int(match[1]), int(match[2])))
    return 1 <= first <= 12 and second <= 31


def _signed(label: str) -> bool:
    return bool(re.search(r"[:#]|\bno\b|num|\bid\b", label, re.IGNORECASE))


def _too_short(label: str, number: str) -> bool:
    """As in "call 2 hours later": only a label with its sign may bring a short number."""
    digits = sum(sign.isdigit() for sign in number)
    return digits < (3 if re.search(r"[:#]|pag|beep|bleep|ext|pgr", label, re.IGNORECASE) else 5)
