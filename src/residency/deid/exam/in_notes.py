"""Sentences that name nobody real, put into a copy of a note: in its head, its middle, inside a line and at its end.

    sown = plant_note("MRN1_visit.txt", data, random.Random(7))

One stranger stands for the subject, with a relative and a physician of theirs whom no header names. Nothing is told to
the cleaner: it has the text alone. Not here: cleaning and looking (`folders.examining`).
"""

import random
import re

from residency.deid.exam.sown import Seed, Sown, mail_of, spoken
from residency.deid.exam.stranger import Stranger, invented, parts

_NUMBER = re.compile(r"\b(?:MRN|ID|No)\b[.:#\s]{1,3}([A-Z]{0,4}-?\d{4,12})\b")
_STOP = re.compile(r"(?<=[a-z]{3}\.) (?=[A-Z])")
Said = tuple[str, str, tuple[str, ...]]


def plant_note(name: str, data: bytes, draw: random.Random) -> Sown | None:
    """None where the note is no text in UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    found = _NUMBER.search(text)
    who = invented({"number": found[1] if found else ""}, draw)
    said = sayings(who, draw) + plain_names(text, draw)
    draw.shuffle(said)
    lines, seeds = text.splitlines(keepends=True) or ["\n"], []
    if not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    for at, (kind, sentence, words) in enumerate(said):
        place = ("middle", "inside a line", "end")[at % 3]
        place = _put(lines, place, sentence, draw)
        seeds.append(Seed(kind, place, words))
    for kind, line, words in _head(who):
        lines.insert(min(1, len(lines)), f"{line}\n")
        seeds.append(Seed(kind, "header line", words))
    return Sown(name, "".join(lines).encode(), tuple(seeds))


def sayings(who: Stranger, draw: random.Random) -> list[Said]:
    """Kind, sentence and words: how somebody busy mentions a person."""
    name, kin, doctor = spoken(who.name), spoken(who.kin), spoken(who.physician)
    day = f"{draw.randrange(1, 13):02}/{draw.randrange(13, 29)}/{draw.randrange(2009, 2024)}"
    return [
        ("name", f"I went through the results with {name} at the bedside.", tuple(name.split())),
        ("name", f"{who.family} remains keen to go home soon.", (who.family,)),
        ("kin", f"Collateral came from a nephew, {kin}, who shares the flat.", tuple(kin.split())),
        ("physician", f"Plan agreed over the phone with Dr. {parts(who.physician)[0]}.", (parts(who.physician)[0],)),
        ("physician", f"Dictated by {doctor}, proofread later.", tuple(doctor.split())),
        ("phone", f"Best reached after six on {who.phone}.", (who.phone,)),
        ("number", f"Old paper chart filed under {who.number}.", (who.number,)),
        ("accession", f"Compare with the outside study {who.accession}.", (who.accession,)),
        ("address", f"Moved last spring to {who.address}.", own(who.address)),
        ("mail", f"Wants the letter sent to {mail_of(who)} instead.", (mail_of(who),)),
        ("institution", f"Earlier work-up was at {who.institution}.", own(who.institution)),
        ("date", f"Sutures were taken out on {day} without trouble.", (day,)),
    ]


_WORDS = ("Frost", "Marsh", "Noble", "Bishop", "Winters", "Sharp", "Fields", "Drake", "Savage", "Stout")
"""Names that are words, harder to tell than those that nobody has; long enough to be looked for."""


def plain_names(text: str, draw: random.Random) -> list[Said]:
    """Names that are words, in sentences that do not say that somebody is named; none that the note itself holds."""
    free = [word for word in _WORDS if word.lower() not in text.lower()]
    if len(free) < 2:
        return []
    first, second = draw.sample(free, 2)
    return [
        ("name that is a word", f"{first} slept little and asked twice for water.", (first,)),
        ("name that is a word", f"Handed over to {second} at seven.", (second,)),
    ]


def own(text: str) -> tuple[str, ...]:
    """The words of an address or a house that are its own: none of them may be seen, not only the whole."""
    return tuple(word for word in parts(text) if len(word) >= 5 and word not in ("Street", "Clinic"))


def _head(who: Stranger) -> list[Said]:
    born = f"{who.birth:%m/%d/%Y}"
    return [
        ("name", f"Pt name: {', '.join(parts(who.name)[:2])}", tuple(parts(who.name)[:2])),
        ("number", f"Hospital no.: {who.number}", (who.number,)),
        ("birth date", f"D.O.B. {born}", (born,)),
    ]


def _put(lines: list[str], place: str, sentence: str, draw: random.Random) -> str:
    """Where it was put: inside a line only where one has two sentences."""
    broken = [at for at, line in enumerate(lines) if _STOP.search(line)]
    if place == "inside a line" and broken:
        at = draw.choice(broken)
        lines[at] = _STOP.sub(lambda _: f" {sentence} ", lines[at], count=1)
        return place
    if place == "end":
        lines.append(f"{sentence}\n")
        return place
    lines.insert(draw.randrange(1, len(lines) + 1), f"{sentence}\n")
    return "middle"
