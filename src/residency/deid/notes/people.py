"""Names of people, by what stands beside them: a title, a label, a relation, a degree, a signature.

    find_people("Dr. Ng saw her daughter Ana. -- Signed: T. May, RN")   ->  "Ng", "Ana", "T. May"

A cue says that a name comes; `_walk` says how far it goes: capital words, initials, particles, and in texts that are all
large or all small, words that no list of words holds. A title or label is stronger than any list ("Dr. Foley"); a
relation is not ("daughter Reports"). Not here: names without a cue (`tagger`), the subject's own (`known`).
"""

import re
from collections.abc import Iterator

from residency.deid.notes.spans import Span
from residency.deid.notes.words import anyones, given, is_ordinary, listed, surnames
from residency.deid.wording import normal

TITLES = (
    r"dr|drs|doctor|mr|mrs|ms|miss|mx|messrs|prof|professor|sr|sra|srta|herr|frau|mme|mlle|monsieur|madame|señora?|rev|reverend|"
    r"fr|father|pastor|rabbi|imam|chaplain|deacon|officer|ofc|sgt|sergeant|det|detective|capt|captain|lt|col|colonel|maj|gen|cpl|"
    r"judge|justice|hon|atty|attorney|nurse|rn|np|pa|pa-c|lcsw|msw|sister|midwife|aunt|uncle|auntie|cousin|coach|principal|dame|sir|"
    r"lady|lord|sheikh|hajji|swami|nurse practitioner|physician assistant|social worker|case manager|resident|intern|attending|fellow|"
    r"hospitalist|surgeon|paramedic|emt|therapist|counselor|interpreter|pharmacist|dietitian|trooper|deputy"
)
_SURE = frozenset("dr drs mr mrs ms miss mx prof messrs sra srta mme mlle herr frau rev hon".split())
_RELATIONS = (
    r"daughter|son|wife|husband|mother|father|sister|brother|mom|mum|dad|partner|spouse|fianc[eé]e?|niece|nephew|aunt|uncle|"
    r"grandson|granddaughter|grandmother|grandfather|grandma|grandpa|granny|friend|neighbou?r|roommate|girlfriend|boyfriend|"
    r"caregiver|carer|guardian|hcp|poa|hcpoa|nok|proxy|surrogate|stepson|stepdaughter|stepmother|stepfather|cousin|twin|"
    r"son-in-law|daughter-in-law|mother-in-law|father-in-law|sister-in-law|brother-in-law|ex-wife|ex-husband|baby|infant|child|"
    r"children|kids|sons|daughters|sisters|brothers|parents|grandchildren|dog|cat|landlord|boss|employer|lawyer|teacher|aide|"
    r"social worker|case manager|interpreter|chaplain|nurse|sitter|pcp|oncologist|cardiologist|surgeon|neurologist|urologist|"
    r"psychiatrist|nephrologist|gastroenterologist|pulmonologist|endocrinologist|dermatologist|pediatrician|therapist|dentist"
)
_LABELS = (
    r"(?:patient|pt|full|legal|preferred|maiden|last|first|middle|sur|family|given|fore|other|former|mother'?s|father'?s|spouse'?s|"
    r"guardian'?s|contact|provider|physician|child'?s|baby'?s|client|resident|employee|subscriber|insured|donor|recipient)?[ ]?"
    r"name(?:s|\(s\))?(?: \(last, first\)| of patient)?|patient|pt|client|subject|re|regarding|dear|attn|attention|to|from|cc|bcc|copy(?: to)?|copies to|"
    r"(?:attending|referring|primary(?: care)?|ordering|admitting|consulting|requesting|responsible|treating|family|supervising|performing|interpreting|reporting|rendering|emergency)"
    r"(?: (?:physician|provider|md|doctor|dr\.?|surgeon|radiologist|clinician|staff|phys\.?|nurse|contact|pathologist|dentist))?|physician(?:\(s\))?|provider|doctor|pcp|gp|"
    r"(?:primary |assistant |co-)?surgeon(?:\(s\)|s)?|(?:first |1st |2nd )?assistant(?:\(s\)|s)?|an(?:a)?esthesiologist|an(?:a)?esthesia(?: provider)?|crna|radiologist|pathologist|prosector|"
    r"cytotechnologist|technologist|tech|sonographer|operator|endoscopist|interpreter|scribe|transcriptionist|transcriber|author|writer|nurse|rn|primary nurse|lpn|cna|"
    r"dictated(?: by)?|transcribed(?: by)?|(?:electronically |e-?|digitally )?signed(?: out)?(?: electronically)?(?: by)?|authenticated(?: by)?|verified(?: by)?|reviewed(?: (?:and signed )?by)?|"
    r"approved(?: by)?|attested(?: by)?|performed by|prepared by|written by|entered by|completed by|documented by|recorded by|reported by|read by|interpreted by|witnessed by|witness|seen by|"
    r"accompanied by|assessed by|ordered by|referred by|collected by|received by|called (?:to|by)|notified|paged|discussed with|d/w|spoke (?:with|to)|s/w|handoff (?:to|from)|report (?:given )?to|"
    r"next of kin|nok|emergency contact|contact(?: person)?|guardian|spouse|informant|historian|caregiver|health care proxy|hcp|poa|power of attorney|responsible party|guarantor|"
    r"insured|subscriber|beneficiary|case manager|social worker|therapist|counselor|consultant|resident|intern|fellow|hospitalist|attending|staff|on call|covering|by|"
    r"mother|father|wife|husband|son|daughter|sister|brother|partner|aka|a\.k\.a\.|alias(?:es)?|n[eé]e|signature|sig|initials?"
)
_DEGREES = (
    r"M\.?D\.?|D\.?O\.?|R\.?N\.?|N\.?P\.?|P\.?A\.?(?:-?C)?|Ph\.?D\.?|Psy\.?D\.?|Pharm\.?D\.?|LCSW|LICSW|LMSW|MSW|FACS|FACP|FACC|FACOG|FAAP|FRCPC?|FRCS|MRCP|MBBS|MB ?BCh|MBChB|BSN|MSN|"
    r"DNP|APRN|ARNP|CRNA|CNM|CNS|LPN|LVN|CNA|RRT|CRT|PT|DPT|OT|OTR(?:/L)?|SLP|CCC-SLP|RD|LD|RDN|DDS|DMD|DPM|O\.?D\.?|DVM|MPH|MS|MA|MBA|EMT(?:-[BP])?|FNP(?:-?B?C)?|ACNP|AGNP|PMHNP|CCRN|CEN|RT(?:\(R\))?|RDMS|RDCS|CT\(ASCP\)|"
    r"MT\(ASCP\)|LMFT|LPC|PGY-?[1-7]|MS[1-4]|III|Jr\.?|Esq\.?|Intern|Resident|Fellow|Attending|Radiologist|Pathologist|Neurologist|Hospitalist"
)
_PARTICLES = frozenset(
    "de la del della di da dos das do du des van von der den ter ten zu zur bin ibn bint al el san st st. le y e af av mac".split()
)
_SUFFIX = frozenset("jr sr ii iii iv".split())
_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_])|-(?=[^\W\d_]))*\.?")
_STOP = frozenset(
    "the and or of to in on at with from by for is was are were be been has had have will would can could may might should she he "
    "they it his her their this that who which when then than as not no yes if but so patient pt mr mrs ms dr md do rn np pa phd "
    "dob mrn age sex date time phone tel fax room ssn address status unknown none n/a na same self pending see above below am pm".split()
)

_TITLE_CUE = re.compile(rf"(?<![\w'’-])(?P<t>{TITLES})(?:\.[ \t]*|[ \t]+\n?[ \t]*)(?=[^\W\d_])", re.IGNORECASE)
_LABEL_CUE = re.compile(
    rf"(?:(?<=\n)|^|(?<=[|;,(\[\t*•])|(?<=  )|(?<=[.:-] ))[ \t]*(?:[-*•>][ \t]*)?(?P<l>{_LABELS})[ \t]*(?::[ \t]*-*|-{{1,2}}[ \t]|=|\t|\|)[ \t]*(?:\n[ \t]*)?",
    re.IGNORECASE,
)
_SAID_CUE = re.compile(
    r"\b(?:dictated by|transcribed by|signed(?: (?:out|off))? by|authenticated by|verified by|reviewed by|approved by|attested by|performed by|prepared by|written by|entered by|completed by|"
    r"documented by|reported by|read by|interpreted by|witnessed by|seen by|evaluated by|accompanied by|assessed by|ordered by|referred by|collected by|received by|called by|followed by|"
    r"discussed with|d/w|spoke (?:with|to)|speaking (?:with|to)|spoken to|s/w|talked (?:with|to)|call(?:ed)? from|met with|reviewed with|hand(?:ed)? ?off to|report (?:given )?(?:to|from)|"
    r"named|nicknamed|goes by|known as|called|aka|a\.k\.a\.|n[eé]e|signed|thanks|thank you|regards|sincerely|hi|hello|dear|hey|paged|texted|phoned|per|c/o|care of|on behalf of|i,|"
    r"cc|w/|seen w/|with|from|ask for|covering for|appreciate|remind|contact|notify|notified)[,:]?[ \t]+(?:\n[ \t]*)?(?:the )?(?=[^\W\d_])",
    re.IGNORECASE,
)
_KIN_CUE = re.compile(
    rf"(?<![\w-])(?P<k>{_RELATIONS})(?:[ \t]*(?:,|\(|-|–|:|/)[ \t]*|[ \t]+(?:is |was |named |called |whose name is |\w+ed by )?|[ \t]*\n[ \t]*)(?=[^\W\d_])",
    re.IGNORECASE,
)
_DEGREE_CUE = re.compile(rf"(?:,[ \t]*|[ \t]+|[ \t]*\()(?P<d>{_DEGREES})(?![\w'’-])")
_REVERSED = re.compile(
    r"(?:(?<=\n)|^|(?<=[:|\t(])|(?<=: )|(?<=  ))(?P<v>[^\W\d_][^\W\d_'’-]+(?:[ '’-][^\W\d_]+)?,[ ]?[^\W\d_][^\W\d_'’-]+(?:[ ][^\W\d_]\.?)?)(?=\s*(?:\n|$|\||\t|  |\d|\())"
)
_SIGN_OFF = re.compile(
    r"(?:sincerely|regards|best|cheers|thanks|thank you|respectfully(?: submitted)?|yours(?: truly| sincerely| faithfully)?|cordially|warmly|love|kind regards|best wishes|many thanks)[ \t]*[,.!]?[ \t]*\n(?:[ \t]*\n){0,3}[ \t]*(?=[^\W\d_])",
    re.IGNORECASE,
)
_INITIALS = tuple(
    re.compile(form, flags)
    for form, flags in (
        (r"\b(?:signed|initial(?:s|ed)?(?: by)?|sig|dictated by|typed by|transcribed by|written by|entered by|checked by|verified by|by|reviewed by|seen by|rn|d/w|per|witness(?:ed by)?|given by|nurse|author|scribe|tech)[ \t]*[:\-/]?[ \t]*(?P<v>[a-z]{2,3})(?=[ \t]*(?:\n|$|[,;/)\]\d]|\.(?:\s|$)))", re.IGNORECASE),
        (r"(?:(?<=\n)|^)[ \t]*(?P<v>[A-Z]{2,4}[/:][ ]?[a-zA-Z]{2,4})(?=[ \t]*(?:\n|$|[\d/:]|D:|T:|DD|  ))", 0),
        (r"(?:(?<=\n)|(?<=[.!?)] )|(?<=[.!?)]  ))[ \t]*(?:[-–—~/]{1,2}[ \t]?)(?P<v>[A-Za-z]{2,3})(?=[ \t]*(?:\n|$))", 0),
        (r"(?<![\w.])(?P<v>(?:[A-Z]\.){2,4})(?![\w.])", 0),
        (r"(?<=[\s(])/(?P<v>[a-z]{2,3})(?=[ \t]*(?:\n|$))", 0),
        (r"\[(?P<v>[a-z]{2,3})\]|\((?P<w>[A-Z]{2})\)(?=[ \t]*(?:\n|$))", 0),
        (r"\b(?P<v>[A-Z]{2,3}/[a-z]{2,3})\b", 0),
        (r"(?<=[\s(])(?P<v>[a-z]{2,3}[/:][a-z]{2,3})(?=[ \t]*(?:\n|$|\d))", 0),
    )
)  # fmt: skip
_NO_INITIALS = frozenset(
    "u.s i.e e.g a.m p.m m.d d.o r.n n.p p.a p.o i.v i.m s.q b.i.d t.i.d q.i.d q.d p.r.n n.p.o s.c o.d o.s o.u c.c h.s a.c p.c u.k d.c b.p h.r t.b w.b.c c.v l.l.c p.m "
    "pt rn md np pa do dr mr ms he she it at on in to of by no ok us iv po im sq sc the and for her his him who was has had pcp ems ems ed er icu or us ct mri".split()
)


def find_people(text: str) -> list[Span]:
    """Every name that a cue announces."""
    found = [*_announced(text), *_before_degrees(text), *_pairs(text), *_initials(text)]
    return found


def case_of(text: str, at: int) -> str:
    """How the line is written where `at` stands: "mixed", or all "upper" or all "lower" so that size tells nothing."""
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    line = text[start : end if end >= 0 else len(text)]
    if line.isupper():
        return "upper"
    if line.islower() and len(line) > 12:
        return "lower"
    return "mixed"


def _announced(text: str) -> Iterator[Span]:
    for match in _TITLE_CUE.finditer(text):
        low = match["t"].lower()
        sure = low in _SURE or (low == "doctor" and match["t"][0].isupper())
        yield from _named(text, match.end(), "title" if sure else "kin", sure=sure)
    for match in _LABEL_CUE.finditer(text):
        yield from _named(
            text, match.end(), "field", sure=match["l"].lower() not in ("to", "from", "by", "re", "staff"), comma=True
        )
    for match in _SAID_CUE.finditer(text):
        yield from _named(text, match.end(), "kin", sure=False)
    for match in _KIN_CUE.finditer(text):
        yield from _named(text, match.end(), "kin", sure=False)
    for match in _SIGN_OFF.finditer(text):
        yield from _named(text, match.end(), "signature", sure=True)
    for match in _REVERSED.finditer(text):
        first, _, second = match["v"].partition(",")
        parts = [
            normal(part.strip(" ."))
            for part in (*re.split(r"[ -]", first), *second.split())
            if len(part.strip(" .")) > 1
        ]
        if parts and any(part in anyones() for part in parts) and not all(is_ordinary(part) for part in parts):
            yield Span(*match.span("v"), "name", "pair")


def _named(text: str, at: int, source: str, *, sure: bool, comma: bool = False) -> Iterator[Span]:
    end = _walk(text, at, sure=sure, comma=comma)
    if end > at:
        yield Span(at, end, "name", source)
        more = re.match(r"[ \t]*(?:,|/|&|and|or|;)[ \t]+(?:Drs?\.?[ ]|Mrs?\.?[ ]|Ms\.?[ ])?", text[end:])
        if more:
            start = end + more.end()
            stop = _walk(text, start, sure=False, comma=False)
            if stop > start and source != "signature":
                yield Span(start, stop, "name", "kin")


def _walk(text: str, at: int, *, sure: bool, comma: bool) -> int:
    """Where the name that begins at `at` ends; `at` itself if none does."""
    begin, case, end, count, words = at, case_of(text, at), at, 0, 0
    while count < 7:
        match = _TOKEN.match(text, at)
        if match is None:
            break
        word = match[0]
        bare, low = word.rstrip("."), normal(word.rstrip("."))
        if low in _PARTICLES and not (low in ("do", "e", "y", "mac") and words == 0) and _more(text, match.end()):
            at = _space(text, match.end())
            count += 1
            continue
        if not _is_part(word, bare, low, case, first=words == 0, sure=sure):
            break
        words += len(bare) > 1
        count += 1
        end = match.start() + len(bare) + (len(bare) == 1 and word.endswith("."))
        if word.endswith(".") and len(bare) > 1 and low not in _SUFFIX and not re.match(r"\.[ \t]*[a-z,]", text[end:]):
            break
        at = _space(text, match.end())
        if comma and text[at : at + 1] == "," and words >= 1:
            at, comma = _space(text, at + 1), False
        elif at == match.end() and text[at : at + 1] not in ("",):
            break
    return end if words or (sure and count) else begin


def _more(text: str, at: int) -> bool:
    return re.match(r"[ \t]*['’]?[^\W\d_]", text[at:]) is not None


def _space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at


def _is_part(word: str, bare: str, low: str, case: str, *, first: bool, sure: bool) -> bool:
    """Whether this word continues a name, or begins one."""
    if len(bare) == 1:
        return (
            bare.isupper() and (word.endswith(".") or not first)
            if case == "mixed"
            else (not first and bare not in ("A", "I", "a", "i"))
        )
    plain = re.split(r"['’-]s?$", low)[0]
    if plain in _STOP and not (first and sure and bare[0].isupper() and case == "mixed" and plain in anyones()):
        return False
    if low.isascii() is False and not word[0].islower():
        return True
    known = plain in anyones()
    if case == "mixed":
        if not bare[0].isupper():
            return sure and first and bare.islower() and not is_ordinary(plain)
        if bare.isupper() and len(bare) > 1 and (plain in listed("clinical") or plain in _DEGREE_WORDS):
            return False
        if plain in listed("clinical") and not known:
            return False
        return known or not is_ordinary(plain) or (first and sure and plain not in _NEVER_FIRST)
    if first and sure:
        return known or not is_ordinary(plain)
    return (known and (not is_ordinary(plain) or sure)) or (sure and not is_ordinary(plain))


_DEGREE_WORDS = frozenset(re.sub(r"[^\w|]", "", _DEGREES).lower().split("|"))
_NEVER_FIRST = frozenset(
    "presents presented reports states denies has is was seen age sex male female chief history admitted discharged here today please "
    "following below above pending unknown nurse doctor physician service team department clinic hospital none not reviewed and "
    "medicine surgery radiology cardiology information date number signature office staff this there your our all any "
    "consult evaluation assessment plan per transfer home".split()
)


def _before_degrees(text: str) -> Iterator[Span]:
    for match in _DEGREE_CUE.finditer(text):
        line = max(match.start() - 60, text.rfind("\n", 0, match.start()) + 1)
        start, words = match.start(), []
        for token in reversed(list(re.finditer(r"[^\s,;:()/|]+", text[line : match.start()]))):
            if not _before_degree(token[0].rstrip(".")):
                break
            start = line + token.start()
            words.append(normal(token[0].rstrip(".")))
            if len(words) == 5:
                break
        long = [word for word in words if len(word) > 1]
        weak = match["d"] in _WEAK_DEGREES and "," not in match[0] and not anyones().intersection(long)
        if long and not weak and not (match["d"] in _WEAK_DEGREES and len(long) == 1 and long[0] in listed("eponyms")):
            yield Span(start, match.start(), "name", "signature")


_WEAK_DEGREES = frozenset(
    "MS MA PT OT PA RT RD LD CNS CT Fellow Intern Resident Attending OD O.D. CEN III MS1 MS2".split()
)


def _before_degree(bare: str) -> bool:
    low = normal(bare)
    if not re.fullmatch(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", bare) or (low in _STOP and low not in anyones()):
        return False
    if low in _PARTICLES:
        return True
    if not bare[0].isupper() or (bare.isupper() and low in _DEGREE_WORDS):
        return False
    return len(bare) == 1 or not is_ordinary(low) or low in anyones()


_PAIR = re.compile(
    r"(?<![\w'’-])(?P<a>[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[-'’][^\W\d_]+)*)(?P<m>(?:[ ][A-Z]\.?)?[ ])(?P<b>(?:(?:de|la|del|van|von|der|den|bin|al|el|da|dos|di)[ ]){0,2}[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[-'’][^\W\d_]+)*)"
)


def _pairs(text: str) -> Iterator[Span]:
    """A common given name before a word that could be a surname."""
    at = 0
    while match := _PAIR.search(text, at):
        at = match.start("b")
        first, last = normal(match["a"]), normal(match["b"].split()[-1])
        if first not in given() or (is_ordinary(first) and last not in surnames()):
            continue
        if match["b"].isupper() and len(match["b"]) < 4 and last not in surnames():
            continue
        if (
            (is_ordinary(last) and last not in surnames())
            or last in _STOP
            or last in listed("clinical")
            and last not in surnames()
        ):
            continue
        if last.endswith("'s") and last[:-2] in listed("eponyms"):
            continue
        yield Span(match.start(), match.end(), "name", "pair")


def _initials(text: str) -> Iterator[Span]:
    for form in _INITIALS:
        for match in form.finditer(text):
            name = "v" if match["v"] else "w"
            if match[name].lower().rstrip(".") in _NO_INITIALS:
                continue
            letters = re.sub(r"[^a-z]", " ", match[name].lower()).split()
            signed = match[0].lstrip()[:1] in "-–—~"
            if (
                name == "v"
                and len(letters) == 1
                and not signed
                and "." not in match["v"]
                and (is_ordinary(letters[0]) and match["v"].islower() or letters[0] in listed("clinical"))
            ):
                continue
            if len(letters) == 2 and "/" in match[name] and all(part in listed("clinical") for part in letters):
                continue
            yield Span(*match.span(name), "name", "signature")
