"""The forms in which people write dates, as regular expressions with named parts.

    for match in DATE.finditer("seen Tue 3 Mar 2023 at 14:35"): ...

Parts: wd weekday, d day, n its ending, e and k a second day of a range ("3rd-5th March"), mon month by name, m month
by number, y year, t time of day. English names of months and weekdays; numbers in any order of day and month. Not
here: which order is meant, and what is written instead (`dates`).
"""

import re

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth",
    "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first",
)  # fmt: skip

_MON = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary|r)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_WD = (
    r"(?P<wd>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday|s)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|"
    r"sun(?:day)?)"
)
_TIME = (
    r"(?:[T ]|,? ?(?:at|@|by|around|approximately|\(|-|–|/)? ?)(?P<t>"
    r"\d{1,2}[:.h]\d\d(?::\d\d(?:\.\d{1,9})?)? ?(?:(?:[ap]m\b|[ap]\.m\.)|hrs?\b|hours\b|h\b)?(?:Z\b| "
    r"?[+-]\d\d:?\d\d\b| ?\(?[ECMP][SD]?T\b| ?UTC\b| ?GMT\b)?"
    r"|\d{1,2} ?(?:[ap]m\b|[ap]\.m\.)|(?:[01]\d|2[0-3])[0-5]\d(?: ?(?:hrs?|hours|h))?\b(?![-/.]\d))"
)
_BEFORE = (
    r"(?:(?P<s>\d{1,2}:\d\d(?::\d\d)? ?(?:(?:[ap]m\b|[ap]\.m\.)|hrs?\b|h\b)?|(?<!, )(?:[01]\d|2[0-3])[0-5]\d(?: "
    r"?(?:hrs?|hours|h)(?: on|,)?| on))(?: on|,)? )?"
)
_Y4 = r"(?P<y>(?:1[89]|20)\d\d)"
_YEAR = r"(?P<y>(?:1[89]|20)\d\d|['’]\d\d|(?:(?<=[-/,.])|(?<=, ))\d\d|(?<= )\d\d(?=[ \t]*(?:[\n,;)/]|\.(?:\s|$)|$)))"
_DAY = r"(?P<d>3[01]|[12]\d|0?[1-9])"
_NTH = r"(?: ?(?P<n>st|nd|rd|th))?"
_SEP = r"[ \t]*[-/.,][ \t]*|[ \t]+"
_L, _R = r"(?<![\w.,/$#-])(?<!\d:)", r"(?![\w$%])(?![-/.:]\d)"
_RANGE = (
    r"(?:[ \t]*(?:-|–|/|to|and|&|through|thru)[ \t]*(?P<e>3[01]|[12]\d|0?[1-9])(?: ?(?P<k>st|nd|rd|th))?(?![\d:]))?"
)
_WEEK = rf"(?:{_WD}\b\.?,?[ \t]*(?:the )?)?"
_WORDS = "|".join(sorted(ORDINALS, key=len, reverse=True)).replace("-", "[- ]")


def _form(body: str, *, time: bool = True, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(body + (rf"(?:{_TIME})?" if time else ""), flags)


FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("iso", _form(rf"{_L}{_BEFORE}{_Y4}(?P<a>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=a){_DAY}(?!\d)")),
    ("numbers", _form(
        rf"{_L}{_BEFORE}{_WEEK}(?P<p>0?[1-9]|[12]\d|3[01])(?P<a> ?[-/.] ?)(?P<q>0?[1-9]|[12]\d|3[01])(?P=a)"
        rf"(?P<y>(?:1[89]|20)\d\d|\d\d)(?!\d|[-/]\d|\.\d)")),
    ("day-mon-year", _form(
        rf"(?<![\w.,$/-])(?<!\d:){_BEFORE}{_WEEK}{_DAY}{_NTH}{_RANGE}(?:{_SEP}|)(?:of |day of )?{_MON}\b\.?"
        rf"(?:(?:{_SEP}|)(?:of )?{_YEAR}(?!\d|[:/.-]\d| ?(?:mg|ml|am|pm)))?(?![a-z])")),
    ("year-mon-day", _form(rf"{_L}{_Y4}[-/ ]{_MON}[-/ ]{_DAY}(?!\d|[-/]\d)")),
    ("day-mon-glued", _form(rf"(?<![\w.,$])(?<!\d:){_DAY}{_MON}(?P<y>(?:19|20)?\d\d)(?!\d)")),
    ("mon-day-year", _form(
        rf"\b{_BEFORE}{_WEEK}{_MON}\b\.?[ \t]*(?:[-/.][ \t]*)?(?:the )?{_DAY}(?!\d|[:./]\d){_NTH}{_RANGE}"
        rf"(?:(?:{_SEP}){_YEAR}(?!\d|[:/.]\d| ?(?:mg|ml|am|pm|beats|bpm)))?(?![a-z])")),
    ("mon-day-year", _form(rf"\b{_MON}\b\.? {_DAY}/(?P<y>\d\d)(?![\d/])")),
    ("dotted", _form(
        rf"{_L}{_WD}\b\.?,?[ \t]+(?P<p>3[01]|[12]\d|0?[1-9])\.(?P<q>1[0-2]|0?[1-9])(?:\.|(?=[ ,;\n]))(?!\d)",
        time=False)),
    ("mon-word", _form(rf"\b{_WEEK}{_MON}\b\.?[ \t]+(?:the )?(?P<o>{_WORDS})\b(?:,?[ \t]+{_Y4})?")),
    ("word-mon", _form(rf"\b{_WEEK}(?P<o>{_WORDS})[ \t]+(?:day )?of {_MON}\b(?:,?[ \t]+{_Y4})?")),
    ("mon-year", _form(rf"\b{_MON}\b\.?(?:,?[ \t]*|-|/)(?:of )?(?P<y>(?:1[89]|20)\d\d|['’]\d\d)(?!\d)", time=False)),
    ("spaced", _form(rf"{_L}(?P<p>0[1-9]|[12]\d|3[01])(?P<a> )(?P<q>0[1-9]|[12]\d|3[01]) {_Y4}(?!\d)", time=False)),
    ("compact", re.compile(
        rf"(?<![\w.-]){_Y4}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|"
        rf"3[01])(?:T?(?P<t>\d{{4}}(?:\d\d)?(?:\.\d+)?(?:[+-]\d{{4}}|Z)?))?(?![\w-])")),
    ("dashed", _form(
        rf"{_L}(?P<p>0?[1-9]|1[0-2])-(?P<q>0[1-9]|[12]\d|3[01])(?=,? (?:at |@ ?)?(?:[01]?\d|2[0-3]):?[0-5]\d\b)",
        time=False)),
    ("month-year", _form(rf"{_L}(?P<m>0?[1-9]|1[0-2])(?P<a>[-/]){_Y4}{_R}", time=False)),
    ("year-month", _form(rf"{_L}{_Y4}(?P<a>-)(?P<m>0[1-9]|1[0-2]){_R}", time=False)),
    ("dotted", _form(
        r"(?:(?<=\bon )|(?<=\bdated ))(?P<p>3[01]|[12]\d|0[1-9])\."
        r"(?P<q>1[0-2]|0[1-9])\.?(?![\d%]| ?(?:mg|ml|cm|mm|kg|l)\b)",
        time=False)),
    ("part", _form(rf"{_L}{_BEFORE}{_WEEK}(?P<p>0?[1-9]|[12]\d|3[01])/(?P<q>0?[1-9]|[12]\d|"
    rf"3[01])(?![\w%])(?!/\d)(?!\.\d)")),
    ("ranged", _form(
        r"(?:(?<=\d/\d[-–])|(?<=\d/\d\d[-–]))(?P<p>0?[1-9]|[12]\d|3[01])/(?P<q>0?[1-9]|[12]\d|3[01])(?![\w%]|/\d|\.\d)",
        time=False)),
)  # fmt: skip
"""In the order in which they are tried: a stretch that one form took is not read by a later one."""

MONTH_ALONE = re.compile(
    r"\b(?P<cue>in|since|last|until|till|by|early|late|mid|this|next|through|during|from|before|after|of|to|and|every|"
    r"around|between)(?:[ \t]+|-)"
    r"(?P<mon>January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b(?!['’]s\b)\.?"
)
MONTH_PLAIN = re.compile(
    r"\b(?P<mon>January|February|September|October|November|December|(?:July|August|April)(?= ))\b", re.I
)
WEEKDAY = re.compile(r"\b(?P<wd>(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?=s?\b)", re.IGNORECASE)
WEEKDAY_SHORT = re.compile(
    r"\b(?:on|next|last|this|until|till|by|since|due|recheck|f/u|appt|return|back|for|from|before|after|through|"
    r"thru|every|given|home|review|"
    r"[Ss]een|[Oo]ff|come|came|goes in|[Aa]dmitted|ADMITTED)[ \t]+"
    r"(?P<wd>Mon|Tues?|Weds?|Thurs?|Thu|Fri|Sat|Sun|weds|tues|thurs)\b(?!['’])"
)
WEEKDAY_SMALL = re.compile(
    r"\b(?:on|given|till?|until|by|since|next|last|this|from|seen|review|home|back|due|d/c|for|every|later)\s+"
    r"(?P<wd>mon|tue|wed|thur?|fri|(?:sat|sun)(?=[.,;\n)]| (?:am|pm|at)\b))\b(?!['’-])"
)
WEEKDAY_CUT = re.compile(r"\b(?P<wd>Tues|Thurs|Weds|Thur|TUES|THURS|WEDS|tues|thurs)\b(?!['’])")
WEEKDAY_NTH = re.compile(
    r"\b(?P<o>(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday|s)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|"
    r"sun(?:day)?)[.,]?[ \t]+(?:the )?(?:3[01]|[12]\d|[1-9])(?:st|nd|rd|th))\b",
    re.IGNORECASE,
)
ONLY_DAY = re.compile(
    r"\b(?:(?:on|until|till|by|since|of|from|before|after|for) the|(?:until|till|on)) "
    r"(?P<o>3[01]|[12]\d|[1-9])(?:st|nd|rd|th)\b"
    r"(?! (?:percentile|week|rib|toe|digit|finger|intercostal|grade|floor|cranial|nerve|degree|metatarsal|metacarpal|"
    r"time|day|hour|cycle|line|dose|trimester|ventricle|vertebra|left|right|attempt|of|lumbar|cervical|thoracic|ICS))",
    re.IGNORECASE,
)
_ABROAD = (
    r"janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre|enero|febrero|"
    r"marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre|janu?ar|febru?ar|m[äa]rz|"
    r"juni|juli|oktober|dezember|januari|februari|maart|mrt|mei|augustus|desember|gennaio|febbraio|aprile|maggio|"
    r"giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|"
    r"dezembro|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|wrze[śs]nia|pa[źz]dziernika|listopada|grudnia"
)
ABROAD = re.compile(
    rf"(?<![\w.,/-])(?P<o>(?:(?:lun|mar|mer|jeu|ven|sam|dim|mo|di|mi|do|fr|sa|so|ma|wo|vr|za|zo)[a-zé]*[.,]* )?"
    rf"(?:(?:3[01]|[12]\d|0?[1-9])(?:er|º|\.)?[ ]?(?:de )?(?:{_ABROAD})\b\.?(?:,? (?:de )?(?:19|20)\d\d)?|"
    rf"(?:3[01]|[12]\d|0?[1-9])[. /-]{{1,2}}(?-i:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}})[. /-]{{1,2}}(?:19|20)\d\d))(?!\w)",
    re.IGNORECASE,
)
"""Days with a month of another language or in Roman numbers: they go, and are not written anew."""
MISSPELT = re.compile(
    r"\b(?P<o>wensday|wednsday|wendsday|wedensday|wenesday|tusday|tuseday|teusday|tuesdy|thrusday|thurday|thursdy|"
    r"thirsday|firday|fryday|fridy|saterday|satuday|saturdy|sundy|snuday|mondy|monady|modnay)\b",
    re.IGNORECASE,
)
SEASON = re.compile(
    r"\b(?:(?:early|late|mid)[- ])?(?:spring|summer|fall|autumn|winter)(?: of)? (?P<y>(?:19|20)\d\d)\b", re.I
)
QUARTER = re.compile(r"\bQ[1-4][ -/]?(?P<y>20\d\d)\b")
WEEK = re.compile(r"(?<![\w.-])(?P<y>20\d\d)[- ]?W[0-5]\d(?:-?[1-7])?(?!\w)")
HOLIDAY = re.compile(
    r"\b(?:christmas(?: (?:eve|day))?|xmas(?: (?:eve|day))?|thanksgiving(?: day)?|new year['’]?s?(?: (?:eve|day))|"
    r"(?:good friday|easter(?: (?:sunday|monday))?|labou?r day|memorial day|independence day|veterans['’]? day|"
    r"columbus day|presidents['’]? day|mlk day|martin luther king(?:,? jr\.?)? day|juneteenth|halloween|"
    r"(?:(?:st|saint)\.? )?valentine['’]?s(?: day)?|st\.? patrick['’]?s day|mother['’]s day|father['’]s day|"
    r"groundhog day|leap day|shrove tuesday|pancake day|burns night|hogmanay|waitangi day|remembrance (?:day|sunday)|"
    r"(?:king|queen)['’]s birthday|victoria day|family day|heritage day|republic day|(?:st|saint)\.? (?:david|george|"
    r"andrew)['’]?s day|"
    r"mardi gras|songkran|onam|pongal|boxing day|"
    r"bank holiday monday|canada day|anzac day|australia day|bastille day|guy fawkes(?: night)?|ash wednesday|"
    r"palm sunday|"
    r"pentecost|all saints['’]? day|cinco de mayo|ramadan|eid(?: al[- ](?:fitr|adha))?|diwali|holi(?= )|hanukkah|"
    r"chanukah|passover|yom kippur|rosh hashanah?|purim|kwanzaa|lunar new year|chinese new year|vesak|nowruz|"
    r"election day|super bowl sunday|tax day|black friday|fourth of july|4th of july)(?: day)?)\b(?! disease| "
    r"factor| tree)",
    re.IGNORECASE,
)
ALONE_YEARS = re.compile(r"(?<![\w./-])(?P<y>(?:19|20)\d\d)(?![\w/-])")
