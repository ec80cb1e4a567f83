"""Cues: what stands beside the name of a person in a note, as regular expressions and sets of words.

    TITLE_CUE.finditer("Dr. Ng")        the name begins where the match ends

Titles, relations, labels of fields, what is said before a name ("spoke with"), degrees behind it, farewells above it,
and the forms of initials. Not here: how far the name goes (`people`).
"""

import re

from residency.deid.notes.words import set_of

TITLES = (
    r"dr|drs|doctor|mr|mrs|ms|miss|mx|messrs|prof|professor|sr|sra|srta|herr|frau|mme|mlle|monsieur|madame|"
    r"señora?|canon|bishop|elder|rev|reverend|"
    r"fr|father|pastor|rabbi|imam|chaplain|deacon|officer|ofc|sgt|sergeant|det|detective|capt|captain|lt|col|"
    r"colonel|maj|gen|cpl|"
    r"judge|justice|hon|atty|attorney|nurse|rn|np|pa|pa-c|lcsw|msw|sister|midwife|aunt|uncle|auntie|cousin|coach|"
    r"principal|dame|sir|"
    r"lady|lord|sheikh|hajji|swami|nurse practitioner|physician assistant|social worker|case manager|resident|"
    r"intern|attending|fellow|"
    r"hospitalist|surgeon|paramedic|emt|therapist|counselor|interpreter|pharmacist|dietitian|trooper|deputy"
)
SURE = set_of("dr drs mr mrs ms miss mx prof messrs sra srta mme mlle herr frau rev hon")
TITLED = frozenset(re.sub(r"[^a-z|]", "", TITLES).split("|"))
"""Words that announce a name and are none."""
_RELATIONS = (
    r"daughter|son|wife|husband|mother|father|sister|brother|mom|mum|dad|partner|spouse|fianc[eé]e?|niece|nephew|"
    r"aunt|uncle|"
    r"grandson|granddaughter|grandmother|grandfather|grandma|grandpa|granny|friend|neighbou?r|roommate|"
    r"girlfriend|boyfriend|"
    r"caregiver|carer|guardian|hcp|poa|hcpoa|nok|proxy|surrogate|stepson|stepdaughter|stepmother|stepfather|"
    r"cousin|twin|fob|mob|hubby|colleague|classmate|co-?worker|workmate|babysitter|nanny|childminder|nana|gran|"
    r"son-in-law|daughter-in-law|mother-in-law|father-in-law|sister-in-law|brother-in-law|ex-wife|ex-husband|"
    r"baby(?: boy| girl)?|infant|child|"
    r"children|kids|sons|daughters|sisters|brothers|parents|grandchildren|dog|cat|landlord|boss|employer|lawyer|"
    r"teacher|aide|secretary|keyworker|key worker|health visitor|godmother|godfather|flatmate|housemate|"
    r"scribe|typist|"
    r"social worker|case manager|interpreter|chaplain|nurse|sitter|pcp|oncologist|cardiologist|surgeon|"
    r"neurologist|urologist|"
    r"psychiatrist|nephrologist|gastroenterologist|pulmonologist|endocrinologist|dermatologist|pediatrician|"
    r"therapist|dentist"
)
_LABELS = (
    r"(?:patient|pt|full|legal|preferred|maiden|last|first|middle|sur|family|given|fore|other|former|mother'?s|"
    r"father'?s|spouse'?s|"
    r"guardian'?s|contact|provider|physician|child'?s|baby'?s|client|resident|employee|subscriber|insured|donor|"
    r"recipient)?[ ]?"
    r"name(?:s|\(s\))?(?: \(last, first\)| of patient)?|patient|pt|client|subject|re|regarding|dear|attn|"
    r"attention|to|from|cc|bcc|copy(?: to)?|copies to|"
    r"(?:attending|referring|primary(?: care)?|ordering|admitting|consulting|requesting|responsible|treating|"
    r"family|supervising|performing|interpreting|reporting|rendering|emergency)"
    r"(?: (?:physician|provider|md|doctor|dr\.?|surgeon|radiologist|clinician|staff|phys\.?|nurse|contact|"
    r"pathologist|dentist))?|physician(?:\(s\))?|provider|doctor|pcp|gp|"
    r"(?:primary |assistant |co-)?surgeon(?:\(s\)|s)?|(?:first |1st |2nd )?assistant(?:\(s\)|s)?|"
    r"an(?:a)?esthesiologist|an(?:a)?esthesia(?: provider)?|crna|radiologist|pathologist|prosector|"
    r"cytotechnologist|technologist|tech|sonographer|operator|endoscopist|interpreter|scribe|transcriptionist|"
    r"transcriber|author|writer|nurse|rn|primary nurse|lpn|cna|"
    r"dictated(?: by)?|transcribed(?: by)?|(?:electronically |e-?|digitally )?signed(?: out)?(?: "
    r"electronically)?(?: by)?|authenticated(?: by)?|verified(?: by)?|reviewed(?: (?:and signed )?by)?|"
    r"approved(?: by)?|attested(?: by)?|performed by|prepared by|written by|entered by|completed by|documented "
    r"by|recorded by|reported by|read by|interpreted by|witnessed by|witness|seen by|"
    r"accompanied by|assessed by|ordered by|referred by|collected by|received by|called (?:to|by)|notified|paged|"
    r"discussed with|d/w|spoke (?:with|to)|s/w|handoff (?:to|from)|report (?:given )?to|"
    r"next of kin|nok|emergency contact|contact(?: person)?|guardian|spouse|informant|historian|caregiver|health "
    r"care proxy|hcp|poa|power of attorney|responsible party|guarantor|"
    r"insured|subscriber|beneficiary|case manager|social worker|therapist|counselor|consultant|resident|intern|"
    r"fellow|hospitalist|attending|staff|on call|covering|by|"
    r"secretary|typist|key ?worker|health visitor|midwife|hv|carer|paramedic|crew|chaperone|translator|relief|reader|"
    r"examiner|"
    r"assessor|clinician|practitioner|trainee|registrar|sho|house officer|optometrist|audiologist|dietitian|physio|"
    r"mother|father|wife|husband|son|daughter|sister|brother|partner|aka|a\.k\.a\.|alias(?:es)?|n[eé]e|signature|"
    r"sig|initials?"
)
DEGREES = (
    r"M\.?D\.?|D\.?O\.?|R\.?N\.?|N\.?P\.?|P\.?A\.?(?:-?C)?|Ph\.?D\.?|Psy\.?D\.?|Pharm\.?D\.?|LCSW|LICSW|LMSW|MSW|"
    r"FACS|FACP|FACC|FACOG|FAAP|FRCPC?|FRCS|MRCP|MBBS|MB ?BCh|MBChB|BSN|MSN|"
    r"DNP|APRN|ARNP|CRNA|CNM|CNS|LPN|LVN|CNA|RRT|CRT|PT|DPT|OT|OTR(?:/L)?|SLP|CCC-SLP|RD|LD|RDN|DDS|DMD|DPM|"
    r"O\.?D\.?|DVM|MPH|MS|MA|MBA|EMT(?:-[BP])?|FNP(?:-?B?C)?|ACNP|AGNP|PMHNP|CCRN|CEN|RT(?:\(R\))?|RDMS|RDCS|"
    r"CT\(ASCP\)|"
    r"MT\(ASCP\)|LMFT|LPC|PGY-?[1-7]|MS[1-4]|III|Jr\.?|Esq\.?|Intern|Resident|Fellow|Attending|Radiologist|"
    r"Pathologist|Neurologist|Hospitalist"
)
PARTICLES = set_of(
    "de la del della di da dos das do du des van von der den ter ten zu zur bin ibn bint al el san st st. le y e "
    "af av mac ap ab ferch verch te abu umm bte binte nic uí ua"
)
SUFFIX = set_of("jr sr ii iii iv")
STOP = set_of(
    "the and or of to in on at with from by for is was are were be been has had have will would can could may "
    "might should she he they it his her their this that who which when then than as not no yes if but so patient "
    "pt mr mrs ms dr md do rn np pa phd dob mrn age sex date time phone tel fax room ssn address status unknown "
    "none n/a na same self pending see above below am pm"
)

TITLE_CUE = re.compile(rf"(?<![\w'’-])(?<!\d )(?P<t>{TITLES})(?:\.[ \t]*|[ \t]+\n?[ \t]*)(?=[^\W\d_])", re.IGNORECASE)
LABEL_CUE = re.compile(
    rf"(?:(?<=\n)|^|(?<=[|;,(\[\t*•])|(?<=  )|(?<=[.:-] ))[ \t]*(?:[-*•>][ \t]*)?(?P<l>{_LABELS})[ \t]*(?::[ "
    rf"\t]*-*|-{{1,2}}[ \t]|=|\t|\|)[ \t]*(?:\n[ \t]*)?",
    re.IGNORECASE,
)
SAID_CUE = re.compile(
    r"\b(?:dictated by|transcribed by|signed(?: (?:out|off))? by|authenticated by|verified by|reviewed by|"
    r"approved by|attested by|performed by|prepared by|written by|entered by|completed by|"
    r"documented by|reported by|read by|interpreted by|witnessed by|seen by|evaluated by|accompanied by|assessed "
    r"by|ordered by|referred by|collected by|received by|called by|followed by|"
    r"discussed with|d/w|spoke (?:with|to)|speaking (?:with|to)|spoken to|s/w|talked (?:with|to)|call(?:ed)? "
    r"from|met with|reviewed with|hand(?:ed)? ?off to|report (?:given )?(?:to|from)|"
    r"named|nicknamed|goes by|known (?:to \w+ )?as|preferred name|likes to be called|answers to|called|aka|a\.k\.a\.|"
    r"n[eé]e|signed|thanks|thank you|regards|sincerely|hi|"
    r"hello|dear|hey|paged|texted|phoned|per|c/o|care of|on behalf of|i,|"
    r"cc|w/|seen w/|with|from|ask for|covering for|appreciate|remind|contact|notify|notified)[,:]?[ \t]+(?:\n[ "
    r"\t]*)?(?:the )?(?=[^\W\d_])",
    re.IGNORECASE,
)
KIN_CUE = re.compile(
    rf"(?<![\w-])(?P<k>{_RELATIONS})(?:[ \t]*(?:,|\(|:|/)[ \t]*|[ \t]+[-–][ \t]+|[ \t]+(?:is |was |named |called |"
    rf"whose name "
    rf"is |\w+ed by )?|[ \t]*\n[ \t]*)(?=[^\W\d_])",
    re.IGNORECASE,
)
DEGREE_CUE = re.compile(rf"(?:,[ \t]*|[ \t]+|[ \t]*\()(?P<d>{DEGREES})(?![\w'’-])")
REVERSED = re.compile(
    r"(?:(?<=\n)|^|(?<=[:|\t(])|(?<=: )|(?<=  ))(?P<v>[^\W\d_][^\W\d_'’-]+(?:[ '’-][^\W\d_]+)?,[ "
    r"]?[^\W\d_][^\W\d_'’-]+(?:[ ][^\W\d_]\.?)?)(?=\s*(?:\n|$|\||\t|  |\d|\())"
)
SIGN_OFF = re.compile(
    r"(?:sincerely|regards|best|cheers|thanks|thank you|respectfully(?: submitted)?|yours(?: truly| sincerely| "
    r"faithfully)?|cordially|warmly|love|kind regards|best wishes|many thanks)[ \t]*[,.!]?[ \t]*\n(?:[ "
    r"\t]*\n){0,3}[ \t]*(?=[^\W\d_])",
    re.IGNORECASE,
)
INITIALS = tuple(
    re.compile(form, flags)
    for form, flags in (
        (r"\b(?:signed|initial(?:s|ed)?(?: by)?|sig|dictated by|typed by|transcribed by|written by|entered by|"
        r"checked by|verified by|by|reviewed by|seen by|rn|d/w|per|witness(?:ed by)?|given by|nurse|author|"
        r"scribe|tech)[ \t]*[:\-/]?[ \t]*(?P<v>[a-z]{2,3})(?=[ \t]*(?:\n|$|[,;/)\]\d]|\.(?:\s|$)))", re.IGNORECASE),
        (r"\b(?:signed|initials|(?:dictated|typed|transcribed)(?: by|:))[ \t]*[:\-/]?[ \t]+(?P<v>[a-z]{2})(?=\s)",
         re.IGNORECASE),
        (r"(?:(?<=\n)|^)[ \t]*(?P<v>[A-Z]{2,4}[/:][a-zA-Z]{2,4})(?=[ \t]*(?:\n|$|[\d/:]|D:|T:|DD|  ))", 0),
        (r"(?:(?<=\n)|(?<=[.!?)] )|(?<=[.!?)]  ))[ \t]*(?:[-–—~/]{1,2}[ \t]?)(?P<v>[A-Za-z]{2,3})(?=[ \t]*(?:\n|"
        r"$))", 0),
        (r"(?<![\w.])(?P<v>(?:[A-Z]\.){2,4})(?![\w.])", 0),
        (r"[-–—~][ ]?(?P<v>[A-Z]{2,3})(?=,[ ](?:RN|LPN|LVN|CNA|MD|DO|NP|PA-C|RD|PT|OT|SLP|RRT|MA|MSW|LCSW|HCA|SN)\b)",
         0),
        (r"(?:(?<=\n)|^)[ \t]*(?P<v>[A-Z]{2,3})(?=[ \t]+\d{1,2}:\d\d[ \t]*(?:\n|$))", 0),
        (r"\b(?:tech|nurse|by|sig|scribe|rn|signed|author)[:.]?[ ](?P<v>(?:[a-z]\.){2,3})(?![\w])", 0),
        (r"(?<=[\s(])/(?P<v>[a-z]{2,3})(?=[ \t]*(?:\n|$))", 0),
        (r"\[(?P<v>[a-z]{2,3})\]|\((?P<w>[A-Z]{2})\)(?=[ \t]*(?:\n|$))", 0),
        (r"\b(?P<v>[A-Z]{2,3}/[a-z]{2,3})\b", 0),
        (r"(?<=[\s(])(?P<v>[a-z]{2,3}[/:][a-z]{2,3})(?=[ \t]*(?:\n|$|\d))", 0),
    )
)  # fmt: skip
SIGNED = re.compile(
    r"\s*(?:[-–—~]|(?:signed|initial|sig|dictated|typed|transcribed|written|entered|checked|verified|reviewed|"
    r"witness|author|"
    r"scribe|given by)\b)",
    re.IGNORECASE,
)
"""What stands before initials that are taken even where the letters also mean something: "signed tb"."""
NOBODYS = set_of(
    "the and off out up on in for by to a an as it if no her his him was has had per via she you i.e e.g a.m p.m md rn"
)
NO_INITIALS = set_of(
    "u.s i.e e.g a.m p.m m.d d.o r.n n.p p.a p.o i.v i.m s.q b.i.d t.i.d q.i.d q.d p.r.n n.p.o s.c o.d o.s o.u "
    "c.c h.s a.c p.c u.k d.c b.p h.r t.b w.b.c c.v l.l.c p.m pt rn md np pa do dr mr ms he she it at on in to of "
    "by no ok us iv po im sq sc the and for her his him who was has had pcp ems ems ed er icu or us ct mri ot rt "
    "gi id slp mar sw pcp lab md. rn."
)
