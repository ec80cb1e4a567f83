"""Who the subjects are, as far as the protocol lets it be kept: from the hospital's table first, then from the heads.

    people = read_people(Path("incoming/subjects.csv"))        # patient_id, issuer, sex, birth_date, race, …
    row = subject_row(code, people.find(issuer, number), heads, scanners, terms.attributes)

Subgroups need these after de-identification has emptied the heads. An attribute that the protocol does not name is
None, one that nobody stated is "unknown"; ages are bands of ten years with one band from 90 on (164.514(b)(2)(i)(C)).
The table is sealed, each row under the key of its
subject; it holds no name, number or date. Not here: codes of subjects (`source`).
"""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from residency.errors import BadInput
from residency.kernel.digest import canonical
from residency.kernel.record import Part
from residency.kernel.spelling import canonical_id
from residency.store.keys import KeyGroup
from residency.store.rows import read_rows, write_rows
from residency.store.sealed import GroupKey, Sealed, SealedRef

UNKNOWN = "unknown"
ATTRIBUTES = ("sex", "age_band", "race", "ethnicity", "scanner")
_COLUMNS = {"patient_id", "issuer", "sex", "birth_date", "race", "ethnicity", "anatomy"}
_SEXES = {"F": "F", "FEMALE": "F", "M": "M", "MALE": "M", "O": "other", "OTHER": "other"}


class SubjectsWrong(BadInput):
    """A line of the hospital's table cannot be used."""


class Subject(Part):
    """A row of the sealed table. `anatomy` is what must not cross splits; who shares it with nobody has their own."""

    subject: str
    anatomy: str
    sex: str | None = None
    age_band: str | None = None
    race: str | None = None
    ethnicity: str | None = None
    scanner: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the hospital's table: identified, so it lives in memory only."""

    patient_id: str
    issuer: str = ""
    sex: str = ""
    birth_date: str = ""
    race: str = ""
    ethnicity: str = ""
    anatomy: str = ""

    def __repr__(self) -> str:
        return "Person(…)"


class People:
    """The hospital's table, searched by issuer and number, or by number alone where that is clear."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self._by_number: dict[str, list[Person]] = {}
        for person in people:
            self._by_number.setdefault(canonical_id(person.patient_id), []).append(person)

    def find(self, issuer: str, patient_id: str) -> Person | None:
        """The row of this patient; None if there is none, or several and no issuer to tell them apart."""
        same = self._by_number.get(canonical_id(patient_id), []) if patient_id.strip() else []
        exact = [p for p in same if canonical_id(p.issuer) == canonical_id(issuer)]
        if exact:
            return exact[0]
        # A number that only one issuer gave stands for one patient, unless the issuers contradict each other.
        return same[0] if len(same) == 1 and not (issuer.strip() and same[0].issuer.strip()) else None


def read_people(path: Path) -> People:
    """The hospital's table (CSV, UTF-8, a header line); raises SubjectsWrong with the line, never with a value."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            _check_columns(rows.fieldnames or ())
            people = [(rows.line_num, _person(rows.line_num, row)) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SubjectsWrong("The subject table cannot be read as CSV in UTF-8.", remedy="Export it again.") from error
    seen: dict[tuple[str, str], tuple[int, Person]] = {}
    for line, person in people:
        first, same = seen.setdefault((canonical_id(person.issuer), canonical_id(person.patient_id)), (line, person))
        if same != person:
            raise SubjectsWrong(
                f"Lines {first} and {line} of the subject table contradict each other on one patient.",
                remedy="Keep one line for each issuer and number.",
            )
    return People(person for _, person in seen.values())


def subject_row(
    code: str, person: Person | None, heads: Sequence[Mapping[str, str]], scanners: set[str], attributes: Iterable[str]
) -> Subject:
    """One subject: what the table says, else what the heads of the series say, else "unknown"."""
    said = person or Person("")
    head = {name: next((h[name] for h in heads if h.get(name)), "") for name in ("PatientSex", "EthnicGroup")}
    row = {
        "sex": _SEXES.get(said.sex.upper()) or _SEXES.get(head["PatientSex"].upper(), UNKNOWN),
        "age_band": _age_band(said, heads),
        "race": _word(said.race) or _race(head["EthnicGroup"]),
        "ethnicity": _word(said.ethnicity) or UNKNOWN,
        "scanner": next(iter(scanners)) if len(scanners) == 1 else "several" if scanners else UNKNOWN,
    }
    kept = {name: row[name] for name in ATTRIBUTES if name in set(attributes)}
    return Subject(subject=code, anatomy=anatomy_of(person, code), **kept)


def anatomy_of(person: Person | None, code: str) -> str:
    """The anatomy that the table names; who shares it with nobody stands for it alone."""
    return (_word(person.anatomy) if person else "") or code


def write_subjects(
    sealed: Sealed, list_key: GroupKey, rows: Iterable[Subject], key_of: Callable[[str], GroupKey], *, context: str
) -> SealedRef:
    """Seal the table, sorted by subject, each row under the key of its subject."""
    ordered = sorted(rows, key=lambda row: row.subject)
    texts = ((key_of(row.subject), canonical(row.model_dump(mode="json"))) for row in ordered)
    return write_rows(sealed, list_key, texts, context=context)


def row_groups(groups: Iterable[KeyGroup], codes: Collection[str]) -> list[str]:
    """Of the key groups of a space, those that open what is said of these subjects."""
    return [group.id for group in groups if group.data_type == "subject" and group.subject in codes]


def read_subjects(sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes]) -> dict[str, Subject]:
    """The table by subject, of those whose keys are held."""
    rows = [Subject.model_validate_json(row) for row in read_rows(sealed, ref, keys)]
    return {row.subject: row for row in rows}


def _check_columns(names: Iterable[str]) -> None:
    missing, unknown = {"patient_id"} - set(names), sorted(set(names) - _COLUMNS)
    if missing or unknown:
        # A file without a header line would show its first patient here: only the number of odd columns is said.
        what = f"has {len(unknown)} columns that are not known" if unknown else "has no column 'patient_id'"
        raise SubjectsWrong(f"The subject table {what}.", remedy=f"Its columns are: {', '.join(sorted(_COLUMNS))}.")


def _person(line: int, row: dict) -> Person:
    values = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    if None in row or not values["patient_id"]:
        raise SubjectsWrong(f"Line {line} of the subject table is not one patient.", remedy="Correct that line.")
    if values["birth_date"] and _known(values["birth_date"]) and _date(values["birth_date"]) is None:
        raise SubjectsWrong(f"Line {line} of the subject table has no usable birth_date.", remedy="Use YYYY-MM-DD.")
    return Person(**values)


def _known(text: str) -> bool:
    return bool(text.strip()) and text.strip().lower() not in (UNKNOWN, "n/a", "na", "none", "-")


def _word(text: str) -> str:
    """A short printable value, or nothing."""
    clean = " ".join(text.split())
    return clean[:64] if _known(clean) and clean.isprintable() else ""


def _age_band(said: Person, heads: Sequence[Mapping[str, str]]) -> str:
    """The band of the age at the first study; "unknown" without both dates or a stated age."""
    studied = min((h["StudyDate"] for h in heads if _date(h.get("StudyDate", ""))), default="")
    born = said.birth_date if _known(said.birth_date) else ""
    born = born or next((b for h in heads if _date(b := h.get("PatientBirthDate", ""))), "")
    birth, study = _date(born), _date(studied)
    if birth and study and birth <= study:
        years = study.year - birth.year - ((study.month, study.day) < (birth.month, birth.day))
    else:
        stated = next((m for h in heads if (m := re.fullmatch(r"(\d{3})([DWMY])", h.get("PatientAge", "")))), None)
        if stated is None:
            return UNKNOWN
        years = int(stated[1]) if stated[2] == "Y" else int(stated[1]) // {"M": 12, "W": 52, "D": 365}[stated[2]]
    return "90+" if years >= 90 else f"{years // 10 * 10}-{years // 10 * 10 + 9}"


def _date(text: str) -> date | None:
    """A day as DICOM (YYYYMMDD) or ISO 8601 writes it."""
    digits = text.strip().replace("-", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) if re.fullmatch(r"\d{8}", digits) else None
    except ValueError:
        return None


_RACES = (  # OMB Statistical Policy Directive 15
    "American Indian or Alaska Native",
    "Asian",
    "Black or African American",
    "Hispanic or Latino",
    "Middle Eastern or North African",
    "Native Hawaiian or Pacific Islander",
    "White",
)


def _race(text: str) -> str:
    """A head's free text (16 letters at most) counts only where it is the beginning of a known category."""
    given = " ".join(text.split()).lower()
    return next((race for race in _RACES if len(given) >= 4 and race.lower().startswith(given)), UNKNOWN)
