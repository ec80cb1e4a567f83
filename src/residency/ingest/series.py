"""Files put together: heads to series, label maps to their series, patients to series; and one judgement on each.

    units = assemble(found, people, codes)
    fault = judge(unit.heads, unit.code, label_bytes, waived=frozenset())

A unit is a series with its label map, or a file that belongs to none. A series is what one SeriesInstanceUID names;
files that state none are one series for each folder, and the folder's name then stands for series and patient. Not
here: what one file or one volume says (`dicom`, `geometry`), and where its bytes go (`sealing`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from residency.ingest.dicom import Head, read_head
from residency.ingest.folder import Found
from residency.ingest.geometry import Fault, fault_of, grid_of, in_order, same_grid
from residency.ingest.issuers import Issuers, Known
from residency.ingest.labels import LabelBroken, read_grid
from residency.ingest.source import Codes
from residency.ingest.subjects import People, Person
from residency.kernel.spelling import canonical_id
from residency.observe.progress import track

LARGEST = 4 << 30
"""Bytes of a file, or of a series, that are held in memory at once."""


@dataclass(slots=True)
class Unit:
    """What is accepted or held as one thing. `code` is what is wrong with a file of it, before any geometry.

    `issuer` is the one by which the patient is known, `said_issuer` what files or table state.
    """

    item: str
    files: list[Found]
    heads: list[Head] = field(default_factory=list)
    code: str = ""
    label: Found | None = None
    subject: str = ""
    said_issuer: str = ""
    issuer: str = ""
    patient_id: str = ""
    stands_for: str = ""
    person: Person | None = None

    def __repr__(self) -> str:
        return f"Unit({self.item}, {len(self.files)} files, {self.code or 'readable'})"

    @property
    def everything(self) -> list[Found]:
        """All files, the label map last."""
        return [*self.files, *([self.label] if self.label else [])]


def assemble(
    found: Sequence[Found],
    people: People,
    codes: Codes,
    *,
    known: Known | None = None,
    keep: Callable[[], None] = lambda: None,
) -> list[Unit]:
    """Every entry in exactly one unit.

    `known` says by which issuers patients came in before; `keep` is called for every file, to keep a lease.
    """
    series: dict[str, list[tuple[Found, Head]]] = {}
    alone: list[Unit] = []
    persons: dict[tuple, dict[str, str]] = {}
    images = [one for one in found if one.role == "image"]
    for one in track(images, "reading heads"):
        keep()
        head = _look(one)
        # A million heads of a thousand patients share a thousand dictionaries.
        head = replace(head, person=persons.setdefault(tuple(head.person.values()), head.person))
        key = head.series or (_folder(one) if head.sop_class else "")
        if head.code in ("", "TRUNCATED") and key:
            series.setdefault(key, []).append((one, head))
        else:
            alone.append(Unit(f"file-{one.number:07d}", [one], [head], head.code or "UNREADABLE"))
    said = {id(head.person): head.person for members in series.values() for _, head in members}.values()
    issuers = Issuers(((one.get("IssuerOfPatientID", ""), one.get("PatientID", "")) for one in said), known)
    whole = [_series(key, members, people, codes, issuers) for key, members in series.items()]
    return whole + alone + _give_labels(whole, [one for one in found if one.role == "label"])


def judge(heads: Sequence[Head], code: str, label: bytes | None, waived: frozenset[str] = frozenset()) -> Fault | None:
    """The first fault of a unit that is not waived; for a label map that is at fault `too_many` is empty."""
    if code:
        return Fault(code)
    fault = fault_of(heads, waived)
    if fault is not None or label is None:
        return fault
    try:
        lies = read_grid(label)
    except LabelBroken:
        return Fault("LABEL-UNREADABLE")
    grid = grid_of(heads)
    return None if grid is not None and same_grid(grid, lies) else Fault("LABEL-GEOMETRY")


def _look(found: Found) -> Head:
    if not found.regular:
        return Head("NOT-REGULAR")
    try:
        with found.path.open("rb") as file:
            head = read_head(file, found.size)
    except OSError:
        return Head("UNREADABLE")
    return Head("TOO-LARGE") if found.size > LARGEST else head


def _folder(found: Found) -> str:
    return PurePosixPath(found.name).parent.as_posix()


def _series(
    key: str,
    members: list[tuple[Found, Head]],
    people: People,
    codes: Codes,
    issuers: Issuers,
) -> Unit:
    order = in_order([head for _, head in members])
    unit = Unit(codes.item(key), [members[i][0] for i in order], [members[i][1] for i in order])
    unit.stands_for = "" if unit.heads[0].series else _name(unit.files[0])
    if sum(one.size for one in unit.files) > LARGEST:
        unit.code = "TOO-LARGE"
    elif any(head.code for head in unit.heads):
        unit.code = "TRUNCATED"
    _name_patient(unit, people, codes, issuers)
    return unit


def _name_patient(unit: Unit, people: People, codes: Codes, issuers: Issuers) -> None:
    """Issuer, number and code of the patient, or why there is none."""
    numbers = {canonical_id(head.person.get("PatientID", "")) for head in unit.heads}
    said = {canonical_id(issuer) for head in unit.heads if (issuer := head.person.get("IssuerOfPatientID"))}
    if len(numbers) > 1 or len(said) > 1:
        unit.code = unit.code or "SUBJECT-MIXED"
        return
    unit.patient_id = unit.heads[0].person.get("PatientID", "")
    said_here = next((h.person["IssuerOfPatientID"] for h in unit.heads if h.person.get("IssuerOfPatientID")), "")
    unit.said_issuer = issuers.stated(said_here, unit.patient_id)
    names = [unit.patient_id] if unit.patient_id else _folders(unit.files[0])
    unit.person = next((person for name in names if (person := people.find(unit.said_issuer, name))), None)
    if unit.person is not None:
        unit.patient_id = unit.patient_id or unit.person.patient_id
        unit.said_issuer = unit.said_issuer or unit.person.issuer
    if unit.patient_id:
        unit.issuer = issuers.known_by(unit.said_issuer, unit.patient_id)
        unit.subject = codes.subject(unit.issuer, unit.patient_id)
    else:
        unit.code = unit.code or "NO-SUBJECT"


def _name(found: Found) -> str:
    """The name of the folder that a file lies in."""
    return found.path.parent.name


def _folders(found: Found) -> list[str]:
    """The names of the folders above a file, nearest first, up to the folder given itself."""
    depth = len(PurePosixPath(found.name).parts)
    return [parent.name for parent in list(found.path.parents)[:depth]]


def _give_labels(series: Iterable[Unit], labels: Iterable[Found]) -> list[Unit]:
    """Hand each label map to the series that its name names; returns those that belong to none."""
    by_name = {unit.heads[0].series or unit.stands_for: unit for unit in series}
    left = []
    for one in labels:
        code = _label_code(one)
        unit = by_name.get(PurePosixPath(one.name).name.removesuffix(".gz").removesuffix(".nii"))
        if code or unit is None or unit.label is not None:
            left.append(Unit(f"label-{one.number:07d}", [one], code=code or "LABEL-WITHOUT-SERIES"))
        else:
            unit.label = one
    return left


def _label_code(found: Found) -> str:
    if not found.regular:
        return "NOT-REGULAR"
    if found.size > LARGEST:
        return "TOO-LARGE"
    try:
        found.path.open("rb").close()
    except OSError:
        return "UNREADABLE"
    return ""
