"""Names of people, by what stands beside them: a title, a label, a relation, a degree, a signature.

    find_people("Dr. Ng saw her daughter Ana. -- Signed: T. May, RN")   ->  "Ng", "Ana", "T. May"

A cue says that a name comes; `_walk` says how far it goes: capital words, initials, particles, and in texts that are
all large or all small, words that no list of words holds. A title or label is stronger than any list ("Dr. Foley"); a
relation is not ("daughter Reports"). Not here: names without a cue (`tagger`), the subject's own (`known`).
"""

import re
from collections.abc import Iterator

from residency.deid.notes.called import find_called
from residency.deid.notes.cues import (
    DEGREE_CUE,
    DEGREES,
    INITIALS,
    KIN_CUE,
    LABEL_CUE,
    NO_INITIALS,
    NOBODYS,
    PARTICLES,
    REVERSED,
    SAID_CUE,
    SIGN_OFF,
    SIGNED,
    STOP,
    SUFFIX,
    SURE,
    TITLE_CUE,
    TITLED,
)
from residency.deid.notes.spans import Span
from residency.deid.notes.words import anyones, given, is_ordinary, listed, set_of, surnames
from residency.deid.wording import normal

_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|['’](?=[^\W\d_])|-(?=[^\W\d_]))*\.?")


def find_people(text: str) -> list[Span]:
    """Every name that a cue announces."""
    return [
        *_announced(text),
        *_before_degrees(text),
        *_pairs(text),
        *_initials(text),
        *find_called(text),
        *_alone(text),
    ]


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
    for match in TITLE_CUE.finditer(text):
        low = match["t"].lower()
        if match["t"] == "MR" and _SCANNED.match(text, match.end()):
            continue
        sure = low in SURE or (low == "doctor" and match["t"][0].isupper())
        yield from _named(text, match.end(), "title" if sure else "kin", sure=sure)
    for match in LABEL_CUE.finditer(text):
        yield from _named(
            text, match.end(), "field", sure=match["l"].lower() not in ("to", "from", "by", "re", "staff"), comma=True
        )
    for match in SAID_CUE.finditer(text):
        yield from _named(text, match.end(), "kin", sure=False)
    for match in KIN_CUE.finditer(text):
        yield from _named(text, match.end(), "kin", sure=False)
        alone = _LONE.match(text, match.end())
        beside = match[0][-2:-1].isalpha() and case_of(text, match.end()) == "mixed"
        if alone and beside and _is_lone(normal(alone["v"])):
            yield Span(*alone.span("v"), "name", "pair")
    for match in SIGN_OFF.finditer(text):
        yield from _named(text, match.end(), "signature", sure=True)
    for match in REVERSED.finditer(text):
        first, _, second = match["v"].partition(",")
        parts = [
            normal(part.strip(" ."))
            for part in (*re.split(r"[ -]", first), *second.split())
            if len(part.strip(" .")) > 1
        ]
        large = all(part[0].isupper() for part in re.findall(r"[^\W\d_]+", match["v"])) or match["v"].islower()
        named = [large and part in anyones() for part in parts]
        if any(named) and (all(named) or not all(is_ordinary(part) for part in parts)):
            yield Span(*match.span("v"), "name", "field" if all(named) else "pair")


_SCANNED = re.compile(r"[CTL]-SPINE\b")
"""What a magnetic resonance shows, where MR is no Mr."""
_LONE = re.compile(r"(?P<v>[A-Z][a-z]{2,})(?=[,;)(]|\.\s|[ ](?:and|with|who|is|was|has|at|to|in)[ ])")


_STATES_OF_HEALTH = set_of(
    "alive deceased dead healthy well living unknown negative positive unremarkable noncontributory other also still "
    "never "
    "would will could can may might does did had agrees wants asks asked says said called calls brought present"
)


def _is_lone(low: str) -> bool:
    """Whether a large word directly behind a relation may be a name though it is a word: "dad Kit,"."""
    return (
        low not in STOP | _STATES_OF_HEALTH
        and low not in _NEVER_FIRST
        and low not in listed("clinical")
        and low not in TITLED
    )


def _named(text: str, at: int, source: str, *, sure: bool, comma: bool = False) -> Iterator[Span]:
    end = _walk(text, at, sure=sure, comma=comma)
    if end > at:
        yield Span(at, end, "name", source)
        more = re.match(r"[ \t]*(?:,|/|&|and|or|;)[ \t]+(?:Drs?\.?[ ]|Mrs?\.?[ ]|Ms\.?[ ])?", text[end:])
        if more:
            start = end + more.end()
            stop = _walk(text, start, sure=False, comma=False, listed_too=True)
            if stop > start and source != "signature":
                yield Span(start, stop, "name", "kin")


def _walk(text: str, at: int, *, sure: bool, comma: bool, listed_too: bool = False) -> int:
    """Where the name that begins at `at` ends; `at` itself if none does."""
    begin, case, end, count, words = at, case_of(text, at), at, 0, 0
    while count < 7:
        match = _TOKEN.match(text, at)
        if match is None:
            break
        word = match[0]
        bare, low = word.rstrip("."), normal(word.rstrip("."))
        if text[match.end() : match.end() + 1].isdigit():
            break
        loose = (
            low in ("do", "e", "y", "mac")
            and words == 0
            and not (sure and text[match.end() + 1 : match.end() + 2].isupper())
        )
        if low in PARTICLES and not loose and _more(text, match.end()):
            at = _space(text, match.end())
            count += 1
            continue
        enumerated = listed_too and words == 0 and bare.istitle() and low in given() and case == "mixed"
        if not enumerated and not _is_part(word, bare, low, case, first=words == 0, sure=sure):
            break
        words += len(bare) > 1
        count += 1
        end = match.start() + len(bare) + (len(bare) == 1 and word.endswith("."))
        if word.endswith(".") and len(bare) > 1 and low not in SUFFIX and not re.match(r"\.[ \t]*[a-z,]", text[end:]):
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
        dotted = bare.isupper() and (word.endswith(".") or not first)
        return dotted if case == "mixed" else not first and low not in ("a", "i")
    plain = re.split(r"['’-]s?$", low)[0]
    if plain in STOP and not (first and sure and bare[0].isupper() and case != "lower" and plain in anyones()):
        return False
    known, strange = plain in anyones(), not bare.isascii() or not is_ordinary(plain)
    if case != "mixed":
        return (known and (strange or sure)) or (sure and strange)
    if bare[0].islower():
        return sure and first and bare.islower() and strange
    clinical = bare.isascii() and plain in listed("clinical")
    if (clinical and (not known or bare.isupper())) or (bare.isupper() and plain in _DEGREE_WORDS):
        return False
    return known or strange or (first and sure and plain not in _NEVER_FIRST)


_DEGREE_WORDS = frozenset(re.sub(r"[^\w|]", "", DEGREES).lower().split("|"))
_NEVER_FIRST = set_of(
    "presents presented reports states denies has is was seen age sex male female chief history admitted "
    "discharged here today please following below above pending unknown nurse doctor physician service team "
    "department clinic hospital none not reviewed and medicine surgery radiology cardiology information date "
    "number signature office staff this there your our all any consult evaluation assessment plan per transfer "
    "home"
)


def _before_degrees(text: str) -> Iterator[Span]:
    for match in _SIGNED_WITH.finditer(text):
        parts = [normal(part) for part in match["v"].split()]
        if not any(part in listed("clinical") and part not in anyones() for part in parts) and not STOP & set(parts):
            yield Span(*match.span("v"), "name", "signature")
    for match in DEGREE_CUE.finditer(text):
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


_WEAK_DEGREES = set_of("MS MA PT OT PA RT RD LD CNS CT Fellow Intern Resident Attending OD O.D. CEN III MS1 MS2")


_SIGNED_WITH = re.compile(
    rf"(?:(?<=: )|(?<=\n)|^|(?<=[Bb]y )|(?<=[Ww]ith "
    rf"))(?P<v>[A-Z][\w'’-]+(?:[ ][A-Z]\.?)?(?:[ ][A-Z][\w'’-]+){{1,3}}),[ ]"
    rf"(?:{DEGREES})(?![\w'’-])"
)
"""Large words alone before a comma and a degree: "Winona Two Bulls, MD"."""


def _before_degree(bare: str) -> bool:
    low = normal(bare)
    if not re.fullmatch(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", bare) or (low in STOP and low not in anyones()):
        return False
    if low in PARTICLES:
        return True
    if not bare[0].isupper() or (bare.isupper() and low in _DEGREE_WORDS):
        return False
    return len(bare) == 1 or not is_ordinary(low) or low in anyones()


_PAIR = re.compile(
    r"(?<![\w'’-])(?P<a>[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[-'’][^\W\d_]+)*)(?P<m>(?:[ ][A-Z]\.?)?[ ])(?P<b>(?:(?:de|la|del|"
    r"van|von|der|den|bin|al|el|da|dos|di)[ ]){0,2}[A-ZÀ-ÖØ-Þ][^\W\d_]*(?:[-'’][^\W\d_]+)*)"
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
            or last in STOP
            or (last in listed("clinical") and last not in surnames())
        ):
            continue
        if last.endswith("'s") and last[:-2] in listed("eponyms"):
            continue
        yield Span(match.start(), match.end(), "name", "pair")


def _alone(text: str) -> Iterator[Span]:
    """A large word inside a sentence that is a common name and nothing else."""
    for match in _INSIDE.finditer(text):
        low = normal(match["v"])
        if low in anyones() and not is_ordinary(low) and not any(low in listed(name) for name in ("eponyms", "drugs")):
            yield Span(*match.span("v"), "name", "pair")


_INSIDE = re.compile(r"(?<=[a-z0-9,;(&/] )(?P<v>[A-ZÀ-Þ][a-zà-ÿ]{2,})(?![\w'’-]|[ ]\d)")


def _initials(text: str) -> Iterator[Span]:
    for form in INITIALS:
        for match in form.finditer(text):
            name = "v" if match["v"] else "w"
            signed = SIGNED.match(match[0])
            if match[name].lower().rstrip(".") in (NOBODYS if signed else NO_INITIALS):
                continue
            parts = re.sub(r"[^a-z]", " ", match[name].lower()).split()
            clinical = all(part in listed("clinical") or part in listed("abbreviations") for part in parts)
            plain = len(parts) == 1 and "." not in match[name] and (clinical or is_ordinary(parts[0]))
            if signed or not (plain or (clinical and len(parts) == 2)):
                yield Span(*match.span(name), "name", "signature")
