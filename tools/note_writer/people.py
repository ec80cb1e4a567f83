"""Names of people of many cultures: from lists, from splices of two, from syllables, in many spellings."""

import random

from note_writer.several import several
from residency.deid.notes.words import ordinary, spelled

_ONSETS = several(
    "b br bl c ch cl cr d dr f fl fr g gr gw h j k kh kl kr l ll m mb mk n ng nk ny p ph pr qu r "
    "rh s sc sh sk sl sm st str sv t th tr ts tz v vl w x y z zh zw"
)
_NUCLEI = several("a a a e e e i i o o u u ai ae ao au ay ea ee ei ia ie io oo ou ua ue ui uo y á é í ó ö ü ø å ã")
_CODAS = several("- - - - b ch ck d f g k l ll m n n n ng nd nt p r rd rg rn rs rt s sh sk ss st t th tt v w x y z")
_GIVEN_ENDS = several(
    "a a ia ina ette elle ena isha ika iko o os us an en on in ie y ah eh ei ao uo iel ard "
    "win bert mond lyn leigh ley ton sha tha"
)
_SURNAME_ENDS = several(
    "son sen ssen man mann er ers ez es ski ska sky wicz czyk enko uk chuk ov ova ev eva in ina ic ić vić "
    "poulos idis akis yan ian shvili dze oglu "
    "pour zadeh stein berg feld baum ton ham ley ford worth well field bury wood land by thwaite kinen nen la "
    "sson dottir strom gren lund quist "
    "ini ino elli etti ano ari oni eau aux ard ier et ot ais ois wal kar pati deep preet nath swamy appa wala "
    "ji moto mura yama kawa da ta "
    "ho ng u i o e wu chi dinma ola wale ike eze mba ndou ane ela uri ngi ku gwe"
)
_TWO = several(
    "de la|de|del|van|van der|van den|von|von der|di|da|dos|al|el|bin|ben|ibn|ter|ten|le|du|O'|Mc|"
    "Mac|D'|Al-|El-|St. |Ó |Nic |ap |Fitz",
    mark="|",
)
_WORDS = several(
    "May Long Brown Hope Faith Young Rich King Bishop Day Love Rose Grace Joy Will Mark Bill Frank Grant Miles "
    "Chase Hunter Page Price Rice Bean Cook "
    "Walker Ward Wall Stone Wood Waters Rivers Lake Hill Field Moon Star Snow Winter Summer Autumn Spring "
    "Friday Monday August April June Crisp Gentle "
    "Good Best Short Small Little Strong Sharp Wise Savage Noble Loving Armstrong Hand Foot Head Legg Shin Back "
    "Bone Blood Heart Pain Payne Akers Hurt "
    "Ill Sick Cough Cold Case Chart Clinic Church Temple Hall House Banks Street Lane Park Parks Forest Bush "
    "Branch Root Leaf Berry Apple Lemon Olive "
    "Pepper Salt Sugar Coffee Baker Butler Carter Cooper Farmer Fisher Gardener Mason Miller Porter Potter "
    "Sheppard Smith Taylor Tanner Turner Weaver "
    "Drinkwater Goodnight Makepeace Golightly Sweet Bitter Sour Fear Gamble Goodenough Justice Law Lawless "
    "Major Marshall Pope Prior Abbott Nunn Monk "
    "Duke Earl Knight Prince Queen Squire Penny Pound Schilling Dollar Silver Gold Steele Iron Copper Diamond "
    "Ruby Pearl Jade Amber Violet Lily Daisy "
    "Fern Heather Holly Ivy Iris Poppy Robin Jay Martin Swan Crane Drake Finch Hawk Wren Fox Wolf Lamb Bull "
    "Hogg Pigg Bass Pike Trout Salmon Haddock "
    "Faithful Precious Blessing Comfort Patience Prudence Charity Mercy Temperance Constance Verity Felicity "
    "Harmony Melody Destiny Trinity Genesis "
    "Nevaeh Heaven Angel Christian Jesus Moses Lent Easter Noel Christmas Pascoe So He An Do To My In On Be Yes "
    "No Ho Ha Hi An Ly Ma Pa Um Oh Ek"
)
_SHORT = several(
    "Li Ng Lee Ho Wu Xu Yu Hu Lu Ma An Bo Do He Ha Ko Ly Le Lo Mo Ng Oh Ou Qi Su To Tu Vo Vu Ye Yi "
    "Ba Ra So Um Ek Ek Au Ip U Oo Ta La Eng Ong Ang Ung Ee Aw Ek Ao Ai Im Ahn Sy Uy Go Co Ty Qu Pi Pu Re Du Gu"
)
_CJK_FAMILY, _CJK_GIVEN = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗田中村山本小佐藤",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英健太郎美咲翔子",
)
_HANGUL_FAMILY, _HANGUL_GIVEN = "김이박최정강조윤장임", "민준서연지우하은도윤예진현수영미성호"
_CYRILLIC_FIRST, _CYRILLIC_LAST = (
    several("Анна Ольга Елена Мария Наталья Иван Пётр Сергей Алексей Дмитрий Юрий"),
    several("Иванова Петрова Смирнова Кузнецов Соколов Попова Лебедев Козлова Новиков"),
)
_GREEK = several("Γιώργος Μαρία Ελένη Νίκος Δημήτρης Κατερίνα Παπαδόπουλος Νικολάου Γεωργίου Κωνσταντίνου")
_ARABIC = several("محمد أحمد فاطمة خالد عائشة يوسف حسن علي مريم الخطيب حداد منصور")
_HEBREW = several("משה דוד שרה רחל יעקב כהן לוי מזרחי")


class Person:
    """Somebody with a name, in the parts of which all spellings are made."""

    def __init__(self, rng: random.Random, surname: str | None = None) -> None:
        self.rng = rng
        self.sex = rng.choice("FM")
        self.given = given_name(rng, self.sex)
        self.middle = given_name(rng, self.sex) if rng.random() < 0.5 else ""
        self.surname = surname or family_name(rng)
        self.title = (
            rng.choice(("Mr.", "Mr", "Mr.")) if self.sex == "M" else rng.choice(("Mrs.", "Ms.", "Miss", "Mrs", "Ms"))
        )
        self.she, self.her = ("she", "her") if self.sex == "F" else ("he", "his")

    def initials(self) -> str:
        """The first letters."""
        return (
            self.given[0] + (self.middle[:1] if self.rng.random() < 0.3 else "") + self.surname.split()[-1][0]
        ).upper()

    def full(self) -> str:
        """Given name first, in one of the usual forms."""
        r = self.rng.random()
        if r < 0.55 or not self.middle:
            return f"{self.given} {self.surname}"
        if r < 0.75:
            return f"{self.given} {self.middle[0]}. {self.surname}"
        if r < 0.85:
            return f"{self.given} {self.middle[0]} {self.surname}"
        if r < 0.92:
            return f"{self.given[0]}. {self.surname}"
        return f"{self.given} {self.middle} {self.surname}"

    def turned(self) -> str:
        """Family name first."""
        name = f"{self.surname}, {self.given}"
        if self.middle and self.rng.random() < 0.5:
            name += f" {self.middle[0]}" + self.rng.choice((".", ""))
        return name


def given_name(rng: random.Random, sex: str) -> str:
    """A given name: of the list, a splice, of syllables, a word, or of another script."""
    r = rng.random()
    listed = spelled("given-women" if sex == "F" else "given-men")
    if r < 0.50:
        name = rng.choice(listed)
    elif r < 0.68:
        name = _splice(rng, listed)
    elif r < 0.86:
        name = _syllables(rng, rng.randint(1, 2)) + rng.choice(_GIVEN_ENDS)
    elif r < 0.93:
        name = rng.choice(_WORDS)
    elif r < 0.96:
        name = rng.choice(_SHORT)
    elif r < 0.98:
        name = f"{rng.choice(listed)}-{rng.choice(listed)}"
    else:
        name = _other_script(rng)
    return name[0].upper() + name[1:]


def family_name(rng: random.Random) -> str:
    """A surname, with its particles."""
    r = rng.random()
    listed = spelled("surnames")
    if r < 0.42:
        name = rng.choice(listed)
    elif r < 0.55:
        name = _splice(rng, listed)
    elif r < 0.74:
        name = _syllables(rng, rng.randint(1, 2)) + rng.choice(_SURNAME_ENDS)
    elif r < 0.82:
        name = rng.choice(_WORDS)
    elif r < 0.88:
        name = rng.choice(_SHORT)
    elif r < 0.92:
        second = _cap(_syllables(rng, 2)) if rng.random() < 0.4 else rng.choice(listed)
        name = rng.choice(listed) + rng.choice("-- ") + second
    elif r < 0.97:
        particle = rng.choice(_TWO)
        if rng.random() < 0.5 and particle[0].islower():
            particle = particle.title() if rng.random() < 0.6 else particle
        base = rng.choice(listed) if rng.random() < 0.6 else _cap(_syllables(rng, 2))
        name = particle + ("" if particle[-1] in "'-c " or particle in ("Mac", "Fitz") else " ") + base
        return name
    elif r < 0.985:
        name = rng.choice(_ORDINARY())
    else:
        name = _other_script(rng)
    return name[0].upper() + name[1:]


def _ORDINARY() -> tuple[str, ...]:  # noqa: N802 - a list that is made once
    if not _CACHE:
        _CACHE.append(
            tuple(sorted(word for word in ordinary() if 3 < len(word) < 9 and word.isalpha() and word.isascii()))
        )
    return _CACHE[0]


_CACHE: list[tuple[str, ...]] = []


def _cap(word: str) -> str:
    return word[:1].upper() + word[1:]


def _syllables(rng: random.Random, count: int) -> str:
    parts = []
    for at in range(count):
        onset = rng.choice(_ONSETS) if at or rng.random() < 0.85 else ""
        coda = rng.choice(_CODAS).strip("-") if at + 1 < count and rng.random() < 0.4 else ""
        parts.append(onset + rng.choice(_NUCLEI) + coda)
    return "".join(parts)


def _splice(rng: random.Random, listed: tuple[str, ...]) -> str:
    first, second = rng.choice(listed), rng.choice(listed)
    if rng.random() < 0.3:
        at = rng.randrange(len(first))
        return first[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + first[at + 1 :]
    return first[: rng.randint(2, max(2, len(first) - 1))] + second[rng.randint(1, max(1, len(second) - 2)) :].lower()


def _other_script(rng: random.Random) -> str:
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(_CJK_FAMILY) + "".join(rng.choice(_CJK_GIVEN) for _ in range(rng.randint(1, 2)))
    if kind == 1:
        return rng.choice(_HANGUL_FAMILY) + "".join(rng.choice(_HANGUL_GIVEN) for _ in range(2))
    if kind == 2:
        return rng.choice(_CYRILLIC_FIRST + _CYRILLIC_LAST)
    return rng.choice((_GREEK, _ARABIC, _HEBREW)[kind - 3])
