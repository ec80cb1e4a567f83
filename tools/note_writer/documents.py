"""Whole notes of many kinds, put together from sentences, fields, tables and signatures, then written badly."""

import random
import re

from note_writer import sentences as say
from note_writer import things
from note_writer.geography import road
from note_writer.negatives import eponym, nothing
from note_writer.people import Person, family_name
from note_writer.several import several
from residency.deid.notes.words import spelled

Pieces = list[tuple[str, str | None]]
RELATIONS = several(
    "daughter|son|wife|husband|mother|father|sister|brother|mom|dad|partner|fiancé|niece|nephew|"
    "aunt|uncle|grandson|granddaughter|grandmother|friend|neighbor|roommate|caregiver|girlfriend|boyfriend|cousin|"
    "stepmother|son-in-law",
    mark="|",
)
DEGREES = several(
    "MD|M.D.|DO|RN|NP|PA-C|PhD|LCSW|PharmD|FACS|BSN, RN|RRT|DPT|CRNA|MBBS|APRN|PA|CNM|LPN|DDS|MD, "
    "PhD|MD FACP|OTR/L|RD|FNP-BC|D.O.|MS, CCC-SLP",
    mark="|",
)
_SLOT = re.compile(r"\{(\w+)\}")


class NoteWriter:
    """Writes notes; the same seed writes the same ones. `codes` are public clinical terms to strew in."""

    def __init__(self, seed: int, codes: tuple[str, ...] = ()) -> None:
        self.rng = random.Random(seed)
        self.codes = codes or ("Pleural effusion",)

    def note(self) -> Pieces:
        """One note as stretches of text, each with its label or None."""
        rng = self.rng
        self.patient = Person(rng)
        same = self.patient.surname
        self.others = [Person(rng, same if rng.random() < 0.15 else None) for _ in range(rng.randint(2, 6))]
        self.hospital, self.town = things.a_hospital(rng), things.a_city(rng)
        kind = rng.random()
        if kind < 0.55:
            pieces = self._formal()
        elif kind < 0.75:
            pieces = self._running(rng.randint(3, 14))
        elif kind < 0.9:
            pieces = self._short()
        else:
            pieces = self._table()
        return self._spoiled(pieces)

    def _formal(self) -> Pieces:
        rng, out = self.rng, []
        if rng.random() < 0.6:
            out += self._line(
                rng.choice(
                    (
                        "{hosp}",
                        "DISCHARGE SUMMARY",
                        "Progress Note",
                        "RADIOLOGY REPORT",
                        "OPERATIVE REPORT",
                        "SURGICAL PATHOLOGY REPORT",
                        "Consultation",
                        "CLINIC NOTE",
                        "History and Physical",
                        "NURSING NOTE",
                        "Emergency Department Note",
                        "Letter",
                    )
                )
            )
        for field in rng.sample(say.FIELDS, rng.randint(1, 9)):
            out += [*self._fill(field), (rng.choice(("\n", "\n", "\n", "   ", "\t", " | ", "; ")), None)]
        out += [("\n", None)]
        for _ in range(rng.randint(1, 6)):
            heading = rng.choice(things.HEADINGS)
            out += [
                (
                    rng.choice(
                        (
                            f"{heading}:\n",
                            f"{heading}: ",
                            f"\n{heading.upper()}\n",
                            f"{heading.title()}:\n",
                            f"**{heading}**\n",
                            f"## {heading}\n",
                        )
                    ),
                    None,
                )
            ]
            if rng.random() < 0.25:
                out += self._bullets()
            else:
                out += self._running(rng.randint(1, 5))
            out += [("\n", None)]
        for _ in range(rng.randint(0, 3)):
            out += self._line(rng.choice(say.SIGNATURES))
        return out

    def _running(self, count: int) -> Pieces:
        out: Pieces = []
        for _ in range(count):
            if self.rng.random() < 0.13:
                out += [*self._salad(), (self.rng.choice((". ", " ", "\n")), None)]
                continue
            if self.rng.random() < 0.25:
                out += [(nothing(self.rng), None), (self.rng.choice((". ", " ", "; ", "\n")), None)]
                continue
            kind = self.rng.random()
            said = say.NAMED if kind < 0.38 else say.ACTS if kind < 0.56 else say.PLAIN if kind < 0.8 else say.STRANGE
            out += [*self._fill(self.rng.choice(said)), (self.rng.choice((" ", " ", " ", "  ", "\n")), None)]
        return out

    def _salad(self) -> Pieces:
        """Everyday words in any order with something between: a name must be known where nothing announces it."""
        rng = self.rng
        words = [
            rng.choice(spelled("everyday" if rng.random() < 0.8 else "ordinary")) for _ in range(rng.randint(4, 12))
        ]
        words[0] = words[0].capitalize()
        words = [word.capitalize() if rng.random() < 0.05 else word for word in words]
        at = rng.randint(0, len(words))
        inside = rng.choice(
            (
                "{nm}",
                "{gn}",
                "{sn}",
                "{doc}",
                "{city}",
                "{hosp}",
                "{dx}",
                "{drug}",
                "{eponym}",
                "{org}",
                "{date}",
                "{Code}",
                "{lab}",
            )
        )
        return [(" ".join([*words[:at], ""]), None), *self._fill(inside), (" ".join(["", *words[at:]]), None)]

    def _bullets(self) -> Pieces:
        out: Pieces = []
        mark = self.rng.choice(("- ", "* ", "• ", "# ", "1. ", "  - ", "[ ] ", "> "))
        for _ in range(self.rng.randint(2, 6)):
            choice = self.rng.random()
            if self.rng.random() < 0.35:
                out += [(mark + nothing(self.rng) + "\n", None)]
                continue
            text = (
                self.rng.choice(say.NAMED)
                if choice < 0.4
                else self.rng.choice(say.PLAIN)
                if choice < 0.7
                else self.rng.choice(
                    (
                        "{drug}",
                        "{dx}",
                        "{lab}",
                        "{proc}",
                        "{Code}",
                        "{eponym}",
                        "{Word}: {find}",
                        "{doc}",
                        "{nm}",
                        "{nm} - {rel}",
                        "{proc} {date}",
                    )
                )
            )
            out += [(mark, None), *self._line(text)]
        return out

    def _short(self) -> Pieces:
        out: Pieces = []
        if self.rng.random() < 0.4:
            out += [
                *self._fill(
                    self.rng.choice(
                        (
                            "{date} {time} - ",
                            "{date}: ",
                            "{time} ",
                            "[{date} {time}] {nm}: ",
                            "{rev} - ",
                            "{nm}: ",
                            "{sn}, {gn}: ",
                            "Pt {sn} ",
                            "Rm {room}: {sn}. ",
                            "{sn} {room} ",
                        )
                    )
                )
            ]
        out += self._running(self.rng.randint(1, 4))
        if self.rng.random() < 0.5:
            out += [("\n", None), *self._fill(self.rng.choice(say.SIGNATURES))]
        return out

    def _table(self) -> Pieces:
        rng, out = self.rng, []
        mark = rng.choice((" | ", "\t", "   ", ", "))
        columns = rng.sample(
            [
                "{rev}",
                "{nm}",
                "{date}",
                "{num}",
                "{lab}",
                "{drug}",
                "{dx}",
                "{doc}",
                "{room}",
                "{sn}",
                "{phone}",
                "{proc}",
                "{Word}",
                "{time}",
                "{gn}",
                "{ini}",
                "{hosp}",
            ],
            rng.randint(2, 5),
        )
        for _ in range(rng.randint(2, 7)):
            for at, column in enumerate(columns):
                out += [*([(mark, None)] if at else []), *self._fill(column)]
            out += [("\n", None)]
            if rng.random() < 0.3:
                self.others.append(Person(rng))
        return out

    def _line(self, text: str) -> Pieces:
        return [*self._fill(text), ("\n", None)]

    def _fill(self, template: str) -> Pieces:
        out: Pieces = []
        for at, part in enumerate(_SLOT.split(template.replace("\\n", "\n"))):
            if at % 2 == 0:
                if part:
                    out.append((part, None))
            else:
                out += self._slot(part)
        return out

    def _slot(self, slot: str) -> Pieces:
        maker = getattr(self, f"_slot_{slot}", None)
        if maker is not None:
            return maker()
        rng, p = self.rng, self.patient
        plain = {
            "age": lambda: str(rng.randint(1, 89)),
            "n": lambda: str(rng.randint(1, 9)),
            "sex": lambda: rng.choice(("woman", "female") if p.sex == "F" else ("man", "male")),
            "sexm": lambda: p.sex,
            "s": lambda: p.sex,
            "she": lambda: p.she,
            "her": lambda: p.her,
            "She": p.she.title,
            "Her": p.her.title,
            "rel": lambda: rng.choice(RELATIONS),
            "dx": lambda: things.condition(rng),
            "eponym": lambda: rng.choice(things.EPONYMS) if rng.random() < 0.4 else eponym(rng),
            "Eponym": lambda: rng.choice(things.EPONYMS) if rng.random() < 0.4 else eponym(rng),
            "drug": lambda: things.drug(rng),
            "lab": lambda: rng.choice(things.LABS),
            "find": lambda: rng.choice(things.FINDINGS),
            "sx": lambda: rng.choice(things.SYMPTOMS),
            "proc": lambda: rng.choice(things.PROCEDURES),
            "job": lambda: rng.choice(things.JOBS),
            "say": lambda: rng.choice(say.SAYINGS),
            "degree": lambda: rng.choice(DEGREES),
            "time": self._time,
            "st": lambda: rng.choice(things.STATES) if rng.random() < 0.8 else rng.choice(things.STATE_NAMES),
            "code": lambda: rng.choice(self.codes).lower() if rng.random() < 0.7 else rng.choice(self.codes),
            "verb": lambda: rng.choice(say.VERBS),
            "noun": lambda: rng.choice(say.NOUNS),
            "acr": lambda: "".join(rng.choice("ABCDEFGHIKLMNOPQRSTUVWX") for _ in range(rng.randint(2, 5))),
            "Drug": things.drug(rng).split()[0].capitalize,
            "term": lambda: things.condition(rng),
            "Term": lambda: things.condition(rng).capitalize(),
            "word": lambda: rng.choice(spelled("everyday" if rng.random() < 0.6 else "ordinary")),
            "WORD": lambda: rng.choice(spelled("everyday" if rng.random() < 0.6 else "ordinary")).upper(),
            "Code": lambda: rng.choice(self.codes),
            "organ": lambda: rng.choice(
                ("left breast", "appendix", "colon, sigmoid", "skin, back", "gallbladder", "lymph node")
            ),
            "Word": lambda: rng.choice(spelled("everyday" if rng.random() < 0.6 else "ordinary")).capitalize(),
        }
        return [(plain[slot](), None)]

    def _time(self) -> str:
        h, m = self.rng.randint(0, 23), self.rng.randint(0, 59)
        return self.rng.choice(
            (
                f"{h:02d}:{m:02d}",
                f"{h:02d}{m:02d}",
                f"{h % 12 + 1}:{m:02d} {self.rng.choice(('am', 'pm', 'AM', 'PM'))}",
                f"{h:02d}:{m:02d}:07",
            )
        )

    def _someone(self) -> Person:
        return self.rng.choice(self.others) if self.rng.random() < 0.7 else Person(self.rng)

    def _slot_who(self) -> Pieces:
        return self.rng.choice(
            (self._slot_gn, self._slot_gn, self._slot_sn, self._slot_nm, self._slot_doc, self._slot_pl)
        )()

    def _slot_nm(self) -> Pieces:
        who = self.patient if self.rng.random() < 0.2 else self._someone()
        return [(who.full(), "name")]

    def _slot_rev(self) -> Pieces:
        who = self.patient if self.rng.random() < 0.7 else self._someone()
        return [(who.turned(), "name")]

    def _slot_gn(self) -> Pieces:
        who = self.patient if self.rng.random() < 0.3 else self._someone()
        return [(who.given, "name")]

    def _slot_sn(self) -> Pieces:
        return [(self._someone().surname, "name")]

    def _slot_pl(self) -> Pieces:
        return [(self.patient.surname, "name")]

    def _slot_pt(self) -> Pieces:
        rng, p = self.rng, self.patient
        r = rng.random()
        if r < 0.3 or 0.55 <= r < 0.6:
            return [(f"{p.title} ", None), (p.surname if r < 0.3 else p.full(), "name")]
        if r >= 0.63:
            return [(rng.choice(("The patient", "Patient", "Pt", "She", "He", "This patient", "pt")), None)]
        return [(p.full() if r < 0.42 else p.given if r < 0.5 else p.surname if r < 0.55 else p.initials(), "name")]

    def _slot_doc(self) -> Pieces:
        rng, who = self.rng, self._someone()
        r = rng.random()
        if r < 0.5:
            return [(rng.choice(("Dr. ", "Dr ", "dr. ", "Dr. ", "DR. ", "Doctor ")), None), (who.surname, "name")]
        if r < 0.62:
            return [("Dr. ", None), (who.full(), "name")]
        if r < 0.7:
            both = rng.choice((" and ", "/", " & "))
            return [("Drs. ", None), (who.surname, "name"), (both, None), (family_name(rng), "name")]
        if r < 0.82:
            return [(who.full(), "name"), (rng.choice((", ", " ")) + rng.choice(DEGREES), None)]
        degree = (rng.choice((" MD", ", MD", ", NP", " PA-C")), None)
        return [(who.surname, "name"), *([degree] if r < 0.9 else [])]

    def _slot_doc0(self) -> Pieces:
        r = self.rng.random()
        if r < 0.5:
            return self._slot_doc()
        return [
            (
                self._someone().turned() if r < 0.7 else self._someone().full() if r < 0.9 else self._someone().surname,
                "name",
            )
        ]

    def _slot_kin(self) -> Pieces:
        rng, who = self.rng, self._someone()
        rel = rng.choice(RELATIONS)
        name = who.given if rng.random() < 0.75 else who.full()
        form = rng.random()
        if form < 0.45:
            return [(f"{rel} ", None), (name, "name")]
        if form < 0.6:
            return [(f"{rel}, ", None), (name, "name"), (rng.choice((",", "")), None)]
        if form < 0.7:
            return [(f"{rel} (", None), (name, "name"), (")", None)]
        if form < 0.78:
            return [(name, "name"), (f" ({rel})", None)]
        return [(rel, None)]

    def _slot_kin2(self) -> Pieces:
        first = self._slot_kin()
        text, label = first[0]
        return [(text[0].upper() + text[1:], label), *first[1:]]

    def _slot_date(self) -> Pieces:
        return [(things.a_date(self.rng), "date")]

    def _slot_num(self) -> Pieces:
        return [(things.a_number(self.rng), "id")]

    def _slot_phone(self) -> Pieces:
        return [(things.a_phone(self.rng), "id")]

    def _slot_hosp(self) -> Pieces:
        return [(self.hospital if self.rng.random() < 0.5 else things.a_hospital(self.rng), "institution")]

    def _slot_org(self) -> Pieces:
        return [(things.an_organisation(self.rng), "institution")]

    def _slot_city(self) -> Pieces:
        return [(self.town if self.rng.random() < 0.3 else things.a_city(self.rng), "place")]

    def _slot_street(self) -> Pieces:
        return [(things.a_street(self.rng), "place")]

    def _slot_road(self) -> Pieces:
        return [(road(self.rng), "place")]

    def _slot_zip(self) -> Pieces:
        return [
            (
                f"{self.rng.randint(1000, 99950):05d}" + self.rng.choice(("", "", f"-{self.rng.randint(1000, 9999)}")),
                "place",
            )
        ]

    def _slot_room(self) -> Pieces:
        return [
            (
                self.rng.choice(
                    (
                        f"{self.rng.randint(1, 12)}{self.rng.randint(0, 40):02d}",
                        f"{self.rng.randint(100, 999)}{self.rng.choice('AB')}",
                        f"{self.rng.randint(1, 9)}-{self.rng.randint(10, 40)}",
                    )
                ),
                "place",
            )
        ]

    def _slot_ini(self) -> Pieces:
        return [(self._someone().initials(), "name")]

    def _slot_lini(self) -> Pieces:
        return [(self._someone().initials().lower(), "name")]

    def _spoiled(self, pieces: Pieces) -> Pieces:
        """Large letters throughout, or small, or with slips of the finger, or with odd spaces."""
        rng = self.rng
        r = rng.random()
        if r < 0.10:
            pieces = [(text.upper(), label) for text, label in pieces]
        elif r < 0.24:
            pieces = [(text.lower(), label) for text, label in pieces]
        elif r < 0.30:
            pieces = [
                (text.lower() if label == "name" and rng.random() < 0.7 else text, label) for text, label in pieces
            ]
        elif r < 0.38:
            pieces = [(text.upper() if label == "name" else text, label) for text, label in pieces]
        if rng.random() < 0.3:
            rate = rng.choice((0.02, 0.05, 0.1))
            pieces = [(_slips(rng, text, rate), label) for text, label in pieces]
        if rng.random() < 0.05:
            pieces = [(text.replace(". ", "."), label) for text, label in pieces]
        return pieces


def _slips(rng: random.Random, text: str, rate: float) -> str:
    words = re.split(r"(\W+)", text)
    for at, word in enumerate(words):
        if len(word) > 3 and word.isalpha() and rng.random() < rate:
            i = rng.randrange(1, len(word) - 1)
            words[at] = rng.choice(
                (
                    word[:i] + word[i + 1] + word[i] + word[i + 2 :],
                    word[:i] + word[i + 1 :],
                    word[:i] + word[i] + word[i:],
                    word[:i] + rng.choice("aeiourstln") + word[i + 1 :],
                )
            )
    return "".join(words)
