"""Files of genomics in which a person is named wherever tools name one: drawn from a seed, so that no name is real.

plant = Plant(7)
cleaned, out = clean(plant.vcf(), plant.stem + ".vcf", plant)
left(out, plant)        ->  []      literals of the plant that stand in the output, unpacked, in any case
"""

import base64
import gzip
import io
import random
import zlib
from dataclasses import dataclass
from functools import cached_property

from residency.deid.genomes.rules import load_genome_rules
from residency.deid.genomes.scrub import CleanedGenome, scrub_genome
from residency.deid.identifiers import Gathering, Identifiers
from residency.deid.pseudonyms import Alias, Identity, Pseudonyms, alias

KEY = bytes(range(32))
SYLLABLES = ["zel", "vok", "mir", "dra", "pul", "wesh", "tor", "qui", "ban", "hov", "lek", "rys"]


@dataclass
class Plant:
    """One person, their kin, and everything around them that must not come out."""

    seed: int

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        self.surname = "".join(draw.sample(SYLLABLES, 3)).capitalize()
        self.given = "".join(draw.sample(SYLLABLES, 2)).capitalize()
        self.mrn = str(draw.randrange(10**7, 10**8) // 10 * 10 + draw.randrange(1, 10))
        self.born = f"19{draw.randrange(30, 99)}0{draw.randrange(1, 10)}{draw.randrange(13, 28)}"
        self.day = f"2019-0{draw.randrange(1, 10)}-{draw.randrange(13, 28)}"
        self.user = "u" + "".join(draw.sample(SYLLABLES, 2))
        self.instrument = f"LH0{draw.randrange(1000, 9999)}"
        self.flow_cell = f"H{draw.randrange(10**4, 10**5)}DSXX"
        self.hospital = "St" + "".join(draw.sample(SYLLABLES, 2)).capitalize()
        self.barcode = "".join(draw.choices("ACGT", k=10)) + "+" + "".join(draw.choices("ACGT", k=10))
        self.stem = f"{self.surname}_{self.given[0]}_{self.mrn}"
        self.blood, self.tumour = f"{self.stem}_blood", f"{self.stem}_tumor"
        self.mother, self.father = f"{self.surname}_Mum_{self.mrn[::-1]}", f"{self.surname}_Dad"
        self.path = f"/data/{self.user}/{self.hospital}/{self.stem}"

    @property
    def literals(self) -> list[str]:
        """What must not come out, in no case."""
        mine = [self.surname, self.given, self.mrn, self.born, self.day, self.user, self.instrument, self.flow_cell]
        return [*mine, self.hospital, self.barcode, self.mrn[::-1]]

    @cached_property
    def known(self) -> Identifiers:
        """What the hospital knows of the subject."""
        found = Gathering()
        found.name(f"{self.surname}^{self.given}")
        found.number(self.mrn)
        found.date(self.born, birth=True)
        return found.identifiers()

    @cached_property
    def aliases(self) -> dict[str, Alias]:
        """The crosswalk: samples of three persons."""
        names = Pseudonyms(KEY)
        mine = alias(names, Identity("SITE-A", self.mrn))
        return {
            self.blood: mine,
            self.tumour: mine,
            self.stem: mine,
            self.mother: alias(names, Identity("SITE-A", self.mrn[::-1])),
            self.father: alias(names, Identity("SITE-A", "father of " + self.mrn)),
        }

    @property
    def code(self) -> str:
        """The subject's code."""
        return self.aliases[self.stem].code


def clean(data: bytes, name: str, plant: Plant, **given) -> tuple[CleanedGenome, bytes]:
    """A file cleaned in memory."""
    target = io.BytesIO()
    who = given.pop("who", plant.aliases.get)
    known = given.pop("known", plant.known)
    cleaned = scrub_genome(io.BytesIO(data), target, name, load_genome_rules(), who, known, **given)
    return cleaned, target.getvalue()


def unpacked(data: bytes) -> bytes:
    """All members of a packed file."""
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def left(data: bytes, plant: Plant) -> list[str]:
    """Literals of the plant in the file as it is, unpacked, in UTF-16, and as base 64."""
    looks = [data.lower(), unpacked(data).lower()]
    looks += [unpacked(data)[first::2].lower() for first in (0, 1)]
    found = [word for word in plant.literals if any(word.lower().encode() in look for look in looks)]
    for word in plant.literals:
        encoded = base64.b64encode(word.encode()).rstrip(b"=")[:-1]
        found += [word] if encoded in unpacked(data) else []
    return found


def bgzf(data: bytes, size: int = 5000) -> bytes:
    """BGZF written by other hands than the product's; blocks of odd sizes, and a name in the first head."""
    out = []
    for at in range(0, len(data), size):
        part = data[at : at + size]
        press = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = press.compress(part) + press.flush()
        head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0" + (len(body) + 25).to_bytes(2, "little")
        out.append(head + body + zlib.crc32(part).to_bytes(4, "little") + len(part).to_bytes(4, "little"))
    return b"".join(out) + bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def body_of(vcf: bytes) -> list[bytes]:
    """The data lines of a VCF."""
    return [line for line in unpacked(vcf).split(b"\n") if line and not line.startswith(b"#")]
