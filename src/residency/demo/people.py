"""Invented persons: names of every length and script, numbers, addresses. None of them exists.

    person = invent(np.random.default_rng([7, 0]), 0, issuer="NORTHGATE-MPI")
    person.name, person.charset      # "Ng^Mai", ""

The first rows of the table are the cases that break de-identification: surnames of two letters, surnames that are words
or months, names in character sets of several bytes. A person of the same index always has the same name. Not here:
where a name is planted (`headers`).
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

ENCODINGS = {  # PS3.3 C.12.1.1.2: Specific Character Set, and what Python calls it
    "": "ascii",
    "ISO_IR 100": "latin-1",
    "ISO_IR 144": "iso8859-5",
    "ISO_IR 192": "utf-8",
    "GB18030": "gb18030",
}
TODAY = date(2024, 11, 4)  # of the cohort: no clock is read, so that the same seed gives the same bytes


@dataclass(frozen=True)
class Person:
    """One patient as a hospital knows them. `name` is a DICOM PN; `charset` is the header's Specific Character Set."""

    name: str
    charset: str
    patient_id: str
    other_id: str
    issuer: str
    sex: str
    birth: date
    race: str
    ethnicity: str
    street: str
    town: str
    telephone: str

    @property
    def family(self) -> str:
        """The surname in letters of the first component group."""
        return self.name.split("=")[0].split("^")[0]

    @property
    def given(self) -> str:
        """The first given name."""
        return self.name.split("=")[0].split("^")[1]


def invent(rng: np.random.Generator, index: int, *, issuer: str) -> Person:
    """The person of this index; everything but the name is drawn from `rng`."""
    name, charset, sex = _name(index)
    years = 94 if index == OLDEST else int(rng.integers(19, 89))
    number = int(rng.integers(1_000_000, 9_999_999))
    digits = rng.integers(0, 10, 7)
    return Person(
        name=name,
        charset=charset,
        patient_id=f"{number}" if index % 2 else f"MRN{number}",
        other_id=f"{'ABCDEFGH'[index % 8]}{int(rng.integers(10**8, 10**9))}",
        issuer=issuer,
        sex="" if index % 16 == 13 else sex,
        birth=TODAY - timedelta(days=round(years * 365.25) + int(rng.integers(30, 300))),
        race=str(rng.choice(_RACES, p=_RACE_SHARES)),
        ethnicity=str(rng.choice(["Not Hispanic or Latino", "Hispanic or Latino", "unknown"], p=[0.75, 0.15, 0.1])),
        street=f"{int(rng.integers(1, 980))} {rng.choice(_STREETS)}",
        town=str(rng.choice(_TOWNS)),
        telephone=f"555-{digits[0]}{digits[1]}{digits[2]}-{digits[3]}{digits[4]}{digits[5]}{digits[6]}",
    )


OLDEST = 5  # this one is 94 years old: an age that Safe Harbor does not let pass

_HARD = (
    ("Ng^Mai", "", "F"),
    ("Lee^Ann", "", "F"),
    ("Li^Wei", "", "M"),
    ("May^Theresa^Jane^^OBE", "", "F"),
    ("Müller^Jörg", "ISO_IR 100", "M"),
    ("Van der Berg^Wilhelmina^^Mrs", "", "F"),
    ("Wang^XiaoDong=王^小东", "ISO_IR 192", "M"),
    ("Yamada^Hanako=山田^花子=やまだ^はなこ", "ISO_IR 192", "F"),
    ("O'Brien^Seán", "ISO_IR 192", "M"),
    ("Иванова^Анна", "ISO_IR 144", "F"),
    ("Hu^Min=胡^敏", "GB18030", "F"),
    ("Nuñez-Ibáñez^José María", "ISO_IR 100", "M"),
    ("Brown^Black", "", "M"),
    ("Kim^Min-jun=김^민준", "ISO_IR 192", "M"),
    ("Wu^Yi", "", "M"),
    ("Chest^Grace", "", "F"),
    ("Öztürk^Çağla", "ISO_IR 192", "F"),
    ("Ba^Fatou", "", "F"),
    ("Abdel-Rahman^Mohammed^Yusuf^Dr", "", "M"),
    ("Head^April", "", "F"),
    ("Ó Súilleabháin^Máire", "ISO_IR 100", "F"),
    ("Liver^Sandy", "", "F"),
    ("Nguyễn^Thị Hồng", "ISO_IR 192", "F"),
    ("X^Malcolm", "", "M"),
)
# fmt: off
_SURNAMES = (
    "Ashgrove", "Birkett", "Calloway", "Dunmore", "Ellingham", "Farquhar", "Greenhalgh", "Hollowell", "Ibbotson",
    "Jessop", "Kettering", "Lockhart", "Marchbanks", "Northcott", "Oakeshott", "Pemberton", "Quillfeather",
    "Ravenscroft", "Stallworthy", "Thackeray", "Underhill", "Vickery", "Wetherby", "Yarborough", "Zeller",
)
_GIVEN = {
    "F": ("Alice", "Beatrix", "Clara", "Dorothea", "Esther", "Florence", "Gwen", "Harriet", "Imogen", "Josephine"),
    "M": ("Albert", "Bernard", "Cedric", "Duncan", "Edgar", "Felix", "Gordon", "Hector", "Isaac", "Julian"),
}
# fmt: on
_RACES = ("White", "Black or African American", "Asian", "American Indian or Alaska Native", "unknown")
_RACE_SHARES = (0.52, 0.2, 0.14, 0.04, 0.1)
_STREETS = ("Cobbler's Lane", "Foundry Street", "Old Mill Road", "Quarry Hill", "Saltmarsh Avenue", "Tanner's Row")
_TOWNS = ("Northgate 04101", "Lakeside 55802", "Pinecrest 30611", "Fallow Creek 83204", "Stonebridge 12701")


def _name(index: int) -> tuple[str, str, str]:
    if index < len(_HARD):
        return _HARD[index]
    sex = "FM"[index % 2]
    nth = index - len(_HARD)
    family = _SURNAMES[nth % len(_SURNAMES)]
    given = _GIVEN[sex][(nth + nth // len(_SURNAMES)) % len(_GIVEN[sex])]
    return f"{family}^{given}", "", sex
