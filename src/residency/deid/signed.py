"""The act `deid.report`: what a cleaning did, on a page that a person signs and anyone checks; no original value.

    signed = perform(site, officer, "deid.report", SignReport(source="incoming", out=Path("report.note"), passphrase=…))
    residency verify report.note --key keys.txt

The page is a signed note (C2SP): plain text with the signature of a person's own key below. It says what came in and
what of it went on, the eighteen letters of 164.514(b)(2)(i) with what was done about each, what the newest exam of the
same recipe found, whom the cleaning left out, and the class with the determination that it rests on. Not here: making
the report (`run`, `report`), the exam (`exam`), checking the signature (`release.verify`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from residency.deid.cleaned import Deid, Letter, ReportRecord
from residency.deid.exam.figures import Exam
from residency.errors import Conflict
from residency.govern.identity import Actor, Person, signing_key
from residency.kernel.clock import rfc3339
from residency.kernel.digest import Digest, digest
from residency.kernel.ids import new_id
from residency.kernel.note import Signed, write_note
from residency.kernel.record import Part, Record
from residency.site import Site
from residency.store.files import write_atomically

HEADING = "residency de-identification report"
MEANING = "I have read this report and state that it is what this site recorded."


class ReportThere(Conflict):
    """A file lies where the report should go."""


class SignReport(Part):
    """A cleaning to report on."""

    source: str = Field(description="The de-identified source, or the id of a de-identification.")
    out: Path = Field(description="A new file for the page.")
    meaning: str = Field(MEANING, description="What the signature says.", min_length=10, max_length=500)
    passphrase: SecretStr = Field(description="Your own passphrase, asked at every signature.")


class SignedReport(Record):
    """That a person signed a page: of which cleaning, the digest of its text, and what it says of each letter."""

    kind: ClassVar[str] = "deid-report-signed"
    deid: str
    report: Digest
    exam: str
    person: str
    person_name: str
    meaning: str
    text: Digest
    letters: Mapping[str, Letter]

    @property
    def scope(self) -> str:
        """Looked up by the cleaning."""
        return self.deid


def sign(site: Site, by: Actor, ask: SignReport) -> SignedReport:
    """Write and sign the page; raises WrongPassphrase, PersonRetired, RecordMissing, ReportThere."""
    cleaned = site.ledger.get(Deid, ask.source)
    report = site.ledger.get(ReportRecord, cleaned.report)
    exam = examined(site, cleaned)
    person, at = site.ledger.get(Person, by.name), site.clock()
    with site.ledger.reading() as book:
        key = signing_key(book, person, ask.passphrase.get_secret_value())
    signing = f"signed by {person.printed_name} ({person.name}) at {rfc3339(at)}: {ask.meaning}"
    text = "\n".join([*page(cleaned, report, exam), "", signing, ""])
    note = write_note(text, [Signed(key.public.name, key.public.hint, key.sign(text.encode()))])
    record = SignedReport(
        id=new_id("deid-report-signed", at),
        made_at=at,
        made_by=by.id,
        deid=cleaned.id,
        report=report.digest(),
        exam=exam.id if exam else "",
        person=person.id,
        person_name=person.printed_name,
        meaning=ask.meaning,
        text=digest(text.encode()),
        letters=report.report.letters,
    )
    if ask.out.exists():
        raise ReportThere(f"{ask.out} is there already.", remedy="Name a new file.")
    with site.gate.act(by, "deid.report", cleaned) as act:
        act.save(record)
        act.made(record, of=[cleaned, report, *([exam] if exam else [])])
    write_atomically(ask.out, note.encode(), mode=0o644)
    return record


def examined(site: Site, cleaned: Deid) -> Exam | None:
    """The newest exam of the same intake with the same recipe."""
    same = [exam for exam in site.ledger.all(Exam, scope=cleaned.intake) if exam.recipe_digest == cleaned.recipe_digest]
    return same[-1] if same else None


def page(cleaned: Deid, record: ReportRecord, exam: Exam | None) -> Iterator[str]:
    """The lines above the signature."""
    report = record.report
    yield from (HEADING, "")
    yield from _pairs({
        "source": cleaned.name,
        "cleaning": f"{cleaned.id} of {cleaned.made_at:%Y-%m-%d}",
        "output": f"root {cleaned.root}",
        "record": record.digest(),
        "recipe": f"{report.recipe} ({report.recipe_digest}), PS3.15 {report.edition}",
        "class": f"{cleaned.data_class}; determination: {cleaned.determination or 'none'}",
        "files": f"{cleaned.received} received = {cleaned.released} released + {cleaned.excluded} excluded + "
        f"{cleaned.quarantined} held back",
    })  # fmt: skip
    letters = sorted(report.letters.items())
    yield from ("", "The eighteen identifiers of 45 CFR 164.514(b)(2)(i)", "")
    yield from (f"  {name}  {'met    ' if one.ticked else 'NOT MET'}  {one.of}: {one.done}" for name, one in letters)
    unmet = [name for name, one in letters if not one.ticked]
    yield from ("", f"Not met: {', '.join(unmet)}." if unmet else "All eighteen are met.")
    yield from ("", "The search of the output for the subject's own identifiers", "")
    yield from _pairs({kind: f"{times} searched for" for kind, times in report.spellings_searched.items()})
    yield from (f"  left, and held back: {what} ({times})" for what, times in report.residual_hits.items())
    yield from ("", "The exam: identifiers of nobody, planted into copies of these data", "")
    yield from _exam(exam)
    yield from ("", f"Whom it left out (counts under {record.min_cell} are not shown)", "")
    yield from (f"  {one.by}, {one.group}: {_few(one.left_out)} of {_few(one.came_in)}" for one in record.losses)


def _pairs(said: dict[str, str]) -> Iterator[str]:
    wide = max(map(len, said), default=0)
    yield from (f"  {name:<{wide}}  {value}" for name, value in said.items())


def _exam(exam: Exam | None) -> Iterator[str]:
    if exam is None:
        yield "  None was sat with this recipe."
        return
    recall = exam.recall
    yield f"  {exam.id}, seed {exam.seed}: {exam.series} series copied, {exam.captured} also as captured screens"
    if recall is None:
        yield "  Everything was held back."
    else:
        share = f"{recall.recall:.4f}, with 95 % confidence {recall.low:.4f} to {recall.high:.4f}"
        yield f"  {recall.found} of {recall.of} were found: recall {share}"
    for reason, times in exam.held.items():
        yield f"  held back: {times} for {reason}"
    yield from (f"  LEFT: {row.left} of {row.planted}, {row.kind} in {row.place}" for row in exam.rows if row.left)


def _few(count: int | None) -> str:
    return "few" if count is None else str(count)
