"""What looks like a name and is none: eponyms in all their uses, brands, genes, germs, abbreviations, headings, lists.

    nothing(rng)         "Okonjo-Veldt classification IIb", "Abidec 0.6 mL", "FBC, CRP and LFTs sent", …

Half of the eponyms are real, half are invented from family names before a noun that only an eponym has: what stands
beside a word says what it is, not the word alone.
"""

import random
from functools import cache

from note_writer.people import _syllables, family_name
from note_writer.several import several
from residency.deid.notes.words import anyones, listed, spelled

_SURE = several(
    "sign|syndrome|disease|classification|criteria|procedure|maneuver|manoeuvre|score|scale|fracture|forceps|"
    "retractor|clamp|reflex|phenomenon|palsy|lymphoma|triad|technique|repair|incision|test positive|test negative|"
    "catheter|drain|needle|stain|bodies|nodes|cells|tumour|tumor|anomaly|osteotomy|myotomy|arthroplasty|flap|splint|"
    "index|equation|formula|questionnaire|inventory|nomogram|grade II|stage IIIb|type 2|grade 3|level IV|class B|"
    "ligament|canal|fossa|foramen|duct|gland|fistula|shunt|stent|blade 3|laryngoscope|speculum|elevator|scissors|"
    "position|contracture|deformity|lesion|ulcer|cyst|hernia|thyroiditis|dystrophy|ataxia|chorea|neuropathy|"
    "encephalopathy|purpura|granulomatosis|arteritis|nephropathy|lines|spots|folds|plaques|pits|striae|rash|"
    "exercises|protocol|regimen|frame|cast|brace|dressing|boot|hook|plate|screw|wire|pin|rod|cage|cup|stem",
    mark="|",
)
_EPONYM_FORMS = several(
    "{e}'s|{e} {n}|{e} {n}/{m}|{e} score {n}|{e} {r}|({e} {n})|{e}: {n}|{e} negative|{e} positive bilaterally|"
    "{e} neg.|neg {e}|no {e}'s|modified {e} {n}|{e} and {f} {h}|{e}-{f} {h}|{e}-{f}|{e} {f} {h}|{e} {h}, {f} {h}|"
    "s/p {e}|s/p {e} {h}|{e}'s and {f}'s both negative|{e}, {f} and {g} tests normal|pouch of {e}|circle of {e}|"
    "triangle of {e}|canal of {e}|{e}'s {h} without {f}|{e} {h} noted|? {e}|?{e}'s|r/o {e}|prior {e}|hx of {e}'s|"
    "{e} {r} with {f} {n}|graded {e} {r}|by {e} criteria|per {e} formula|{e} view: grade {n}|{e} on right, no {f}",
    mark="|",
)
_FORMS = several(
    "{eponym}. |{Brand} {n} mL OD.|{Brand}, {Brand2} and {Brand3}.|allergy: {Brand}, {drugs}|on {drugs}|"
    "{Drugs} and {drugs} at night|Dressing: {Brand} then {Brand2}.|{Brand} {n}000 in use|{Brand} pump, {Brand2} sensor|"
    "Consumables: {Brand}, {Brand2} x{n}|{Brand}® applied|{gene} c.{n}{m}A>G|{gene} and {gene2} wild type|"
    "{gene} mutation, {gene2} negative|{gene}+ {gene2}- {gene3}{n}+|{Germ} on culture|{Germ} sensitive to {drugs}|"
    "Grew {Germ} and {Germ2}.|{abbr}, {abbr2}, {abbr3} sent|{abbr} {n}, {abbr2} {n}{m}|{abbr}/{abbr2} {n}|"
    "{abbr} normal. {abbr2} pending.|Check {abbr} and {abbr2} in am|{abbr} aware|d/w {abbr} reg|seen by {abbr} team|"
    "seen by {word} team|with {word} and {word2}|per {word}|called {word} line|from {word} clinic|to {word} today|"
    "{Word}|{Word}.|{Word} {n}|{Word}:|{Word} {word}:|{Word} {word} {word2}.|{Word} by {word}.|{Word} at {n}.|"
    "{Word}, {word} and {word2}.|{Word} L.|{Word} R {n} cm.|R {word}, L {word2}.|{Clin}. {Clin2}.|{Clin} {clin2}.|"
    "{Clin}: {clin2}|{Clin}, {clin2}, {word}|{Clin} L > R|{Clin} {n} mm|{CLIN} {CLIN2}|{CLIN}:|{WORD} {CLIN}|"
    "{WORD} {WORD2} {CLIN} {n}|{WORD} / {CLIN}|*** {WORD} {WORD2} ***|{WORD}: {word}|{CLIN}: {Clin2} {n}|"
    "- {Word} {word}|- {clin} x{n}|{n}) {Clin} {word}|{n}. {Word}: {clin}|[{Word}] {word}|{Word} = {n}|"
    "Likes {word}, {word2} and {word3}.|The {word} {word2} the {word3}.|He {word} a {word2}.|she {word} her {word2}|"
    "A {word} and a {word2} in the {word3}.|i think the {word} was {word2} alot|pt {word} and {word2} at {word3}|"
    '{lows}|{lows}|{lows}|"{lows}"|{Lows}.|{Lows}.|{Lows}.|Label {label}|{label}|{label}: see {word}|{label} not given|'
    "{label} / {label2}|{lang} speaking, {lang2} interpreter|Speaks {lang}.|{Word}-{word} {clin}|{clin}-{word} {n}|"
    "nurse {word}s|doctor to {word}|sister {word} him|mother {word} well|Dr to {word}.|Sister: {clin}|Brother {word}.|"
    "{name_word} {word} {word2}|the {name_word} was {word}|we {name_word} {word} it|a {name_word}, a {name_word2}|"
    "{Name_word} {n}x daily.|{Name_word} {word} {word2} {word3}.|no {name_word} {clin}|{Greek} {clin}|Factor V {Word}|"
    "T{n}N{m}M0|{clin} {r}/{r2}|Grade {r} {clin}|{n}{m} y.o. {word}|{n} mCi Tc-99m|{n}G {Brand} {clin}|Fr {n} {Brand}",
    mark="|",
)
_LABELS = several(
    "Tel|Tel.|Mob|Mobile|Fax|E-mail|e-mail|Email|NHS no|UHID|MRN|Regn no|Hosp no|Unit no|Case no|Policy|Licence|"
    "License no|Badge|Serial|Lot|Ref|REF|Wristband|Prelim|Addendum|Witness|Signature|Print name|Designation|Grade|"
    "Bleep|Pager|Ext|Contact|Relationship|Next of kin|Carer|Colleague|Practitioner|Clinician|Consultant|Registrar|"
    "Referrer|Copy to|cc|Enc|Encl|Re|Dear colleague|Dear Sir|Dear Doctor|To whom it may concern|Yours faithfully|"
    "Surname|Forename|Given name|Ethnicity|Occupation|Marital status|Insurer|Payer|Group|Member|Account|Visit|Ward|"
    "Bed|Date|Time|Page 1 of 2|Worksheet|Sideline|Triage|Handover|Escort|Driver|Vehicle|Plate|Rego|Operator|Machine|"
    "Model|Manufacturer|Asset|Kit|Barcode|Sample|Specimen|Slide|Block|Lab|Collected|Received|Reported|Authorised by",
    mark="|",
)
_LANGS = several(
    "Pashto Dari Urdu Punjabi Bengali Tamil Hmong Tagalog Samoan Somali Tigrinya Amharic Yoruba Igbo Twi Zulu Xhosa "
    "Polish Romanian Czech Russian Ukrainian Greek Turkish Kurdish Farsi Arabic Hebrew Welsh Gaelic Spanish Portuguese "
    "French German Dutch Italian Cantonese Mandarin Korean Vietnamese Thai Khmer Burmese Nepali Hindi Christian Muslim "
    "Catholic Hindu Sikh Jewish Mongolian African Caribbean Asian European Polynesian Hispanic Celtic Victorian English"
)
_GENUS = several(
    "Staph|Strep|Staphylococcus|Streptococcus|Clostridioides|Clostridium|Klebsiella|Enterobacter|Acinetobacter|"
    "Acanthamoeba|Candida|Aspergillus|Mycobacterium|Haemophilus|Moraxella|Proteus|Serratia|Citrobacter|Bacteroides|"
    "Fusobacterium|Salmonella|Shigella|Listeria|Nocardia|Bartonella|Borrelia|Toxoplasma|Plasmodium|Giardia|E.|S.|C.|P.|K.",
    mark="|",
)
_SPECIES = several(
    "epidermidis difficile aureus pneumoniae coli faecalis albicans glabrata fumigatus milleri mitis pyogenes cloacae "
    "baumannii maltophilia mirabilis marcescens fragilis henselae burgdorferi gondii vivax avium kansasii hominis spp "
    "species bovis lugdunensis necrophorum influenzae catarrhalis freundii sonnei typhi jejuni"
)
_BRAND_ENDS = several(
    "ex|ix|ol|ade|ene|ium|ira|era|ara|ovo|evo|ys|ax|ox|una|ima|ent|ect|on|in|or|ase|a|o|um|is|us|yl|al|trix|dex|med|"
    "flex|fix|lok|line|cath|port|derm|gel|stat|vac|scan|sure|guard|flow|tek|tec|pro|plus|max|Tech|Sense|Link|View",
    mark="|",
)
_GREEK = several("Alpha Beta Gamma Delta Kappa Lambda Sigma Omega")


@cache
def _few(name: str) -> tuple[str, ...]:
    return tuple(word for word in spelled(name) if word.isalpha())


@cache
def _short() -> tuple[str, ...]:
    return tuple(word for word in _few("clinical") if 2 < len(word) < 6)


@cache
def _names_that_are_words() -> tuple[str, ...]:
    return tuple(sorted(word for word in anyones() & (listed("everyday") | listed("clinical")) if word.isalpha()))


def nothing(rng: random.Random) -> str:
    """A line, sentence or item without any identifier."""
    text = rng.choice(_FORMS) if rng.random() < 0.72 else "{eponym}"
    while "{" in text:
        before, _, rest = text.partition("{")
        slot, _, after = rest.partition("}")
        text = before + _made(rng, slot.rstrip("23")) + after
    return text


def eponym(rng: random.Random) -> str:
    """A name that stands for a sign, a scale, a procedure or a device."""
    form = rng.choice(_EPONYM_FORMS) if rng.random() < 0.7 else "{e} {h}"
    known = rng.random() < 0.7 or "{h}" not in form
    one, two, three = (_bearer(rng, known=known) for _ in range(3))
    parts = {
        "{e}": one if rng.random() < 0.6 or not form.startswith("{e} {h}") else f"{one}'s",
        "{f}": two,
        "{g}": three,
        "{h}": rng.choice(_SURE),
        "{n}": str(rng.randint(1, 31)),
        "{m}": str(rng.randint(1, 60)),
        "{r}": rng.choice(("I", "II", "III", "IV", "IIa", "IIB", "1+", "2b", "3")),
    }
    for slot, what in parts.items():
        form = form.replace(slot, what)
    return form


def _bearer(rng: random.Random, *, known: bool) -> str:
    return rng.choice(spelled("eponyms")) if known else family_name(rng)


def _brand(rng: random.Random) -> str:
    if rng.random() < 0.45:
        return rng.choice(_few("drugs")).capitalize()
    return (_syllables(rng, rng.randint(1, 2)) + rng.choice(_BRAND_ENDS)).capitalize()


def _gene(rng: random.Random) -> str:
    size = rng.randint(2, 5)
    return "".join(rng.choice("ABCDEFGHIKLMNPRSTVXYZ") for _ in range(size)) + rng.choice(("", "", "1", "2", "3A", "6"))


def _plain(rng: random.Random) -> str:
    return rng.choice(_few("everyday" if rng.random() < 0.6 else "ordinary"))


def _lows(rng: random.Random) -> str:
    return " ".join(
        rng.choice(_names_that_are_words()) if rng.random() < 0.12 else _plain(rng) for _ in range(rng.randint(3, 10))
    )


def _made(rng: random.Random, slot: str) -> str:
    makers = {
        "eponym": lambda: eponym(rng),
        "Brand": lambda: _brand(rng),
        "drugs": lambda: rng.choice(_few("drugs")),
        "Drugs": lambda: rng.choice(_few("drugs")).capitalize(),
        "gene": lambda: _gene(rng),
        "Germ": lambda: f"{rng.choice(_GENUS)} {rng.choice(_SPECIES)}",
        "abbr": lambda: rng.choice(_short()).upper() if rng.random() < 0.6 else _gene(rng)[:4],
        "word": lambda: _plain(rng),
        "Word": lambda: _plain(rng).capitalize(),
        "WORD": lambda: _plain(rng).upper(),
        "clin": lambda: rng.choice(_few("clinical")),
        "Clin": lambda: rng.choice(_few("clinical")).capitalize(),
        "CLIN": lambda: rng.choice(_few("clinical")).upper(),
        "lows": lambda: _lows(rng),
        "Lows": lambda: _lows(rng).capitalize(),
        "label": lambda: rng.choice(_LABELS),
        "lang": lambda: rng.choice(_LANGS),
        "name_word": lambda: rng.choice(_names_that_are_words()),
        "Name_word": lambda: _plain(rng).capitalize(),
        "Greek": lambda: rng.choice(_GREEK),
        "n": lambda: str(rng.randint(1, 9)),
        "m": lambda: str(rng.randint(0, 9)),
        "r": lambda: rng.choice(("I", "II", "III", "IV", "VI")),
    }
    return makers[slot]()
