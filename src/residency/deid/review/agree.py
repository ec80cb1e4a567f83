"""The act `deid.agree`: what a second pair of eyes found in a sample, recorded, with how sure that makes anybody.

    found = perform(site, officer, "deid.agree", Agree(review="incoming", findings=Path("to-read/findings.csv")))
    found.left             {"name": 1}: what is still there, by kind; said loudly, and left to people to act on
    found.agreement        19 of 20 clean: 0.95, from 0.751 to 0.999

The gate refuses whoever did the cleaning, and a person is heard once on each sample. Where another person was heard on
the same one before, Cohen's kappa says how far the two agree on what is clean. Nothing else is changed: neither the
class of the data nor a determination depends on it but through the people who read it. Not here: drawing the sample
(`sample`), the file (`findings`).
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from residency.deid.intervals import interval
from residency.deid.review.figures import kappa
from residency.deid.review.findings import CLEAN, KINDS, Verdict, read_findings, written
from residency.deid.review.record import DeidReview
from residency.errors import Conflict
from residency.govern.identity import Actor
from residency.govern.ledger import Book
from residency.kernel.digest import Digest
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.site import Site


class ReviewedBefore(Conflict):
    """This person was heard on this sample."""


class ReviewedMeanwhile(Conflict):
    """Somebody else was heard on the same sample at the same time."""


class Agree(Part):
    """Findings to record."""

    review: str = Field(description="The review, or the name of its source for the newest.")
    findings: Path = Field(description="The findings.csv that was laid out with it, filled in.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


class Share(Part):
    """How many of how many were found clean, with the 95 % interval of Clopper and Pearson."""

    of: str
    seen: int
    clean: int
    share: float
    low: float
    high: float


class Compared(Part):
    """This person beside another on the same sample: items judged alike, and kappa where chance leaves room for one."""

    agreement: str
    person: str
    alike: int
    kappa: float | None


class DeidAgreement(Record):
    """What one person found in a sample. `left` counts items by what is left in them, `verdicts` goes by number."""

    kind: ClassVar[str] = "deid-agreement"
    review: str
    deid: str
    root: Digest
    name: str
    says: str
    left: dict[str, int]
    seen: int
    clean: int
    not_clean: int
    agreement: Share
    kinds: tuple[Share, ...]
    compared: tuple[Compared, ...]
    verdicts: tuple[str, ...]

    @property
    def scope(self) -> str:
        """Looked up by the review."""
        return self.review


def agree(site: Site, by: Actor, ask: Agree) -> DeidAgreement:
    """Record findings; raises FindingsWrong, FindingsIncomplete, FindingsOfAnother, ReviewedBefore, NotAllowed."""
    review = site.ledger.get(DeidReview, ask.review)
    verdicts = read_findings(ask.findings, review.id, review.items)
    others = site.ledger.all(DeidAgreement, scope=review.id)
    if any(other.made_by == by.id for other in others):
        raise ReviewedBefore(
            "This person has recorded findings on this sample.", remedy="Draw another one: residency deid review."
        )

    def alone(book: Book) -> None:
        if len(book.all(DeidAgreement, scope=review.id)) > len(others):
            raise ReviewedMeanwhile("Somebody else recorded findings meanwhile.", remedy="Repeat the command.")

    at = site.clock()
    left = Counter(kind for verdict in verdicts for kind in verdict)
    clean = sum(not verdict for verdict in verdicts)
    record = DeidAgreement(
        id=new_id("deid-agreement", at),
        made_at=at,
        made_by=by.id,
        review=review.id,
        deid=review.deid,
        root=review.root,
        name=review.name,
        says=_says(clean, len(verdicts), left),
        left={kind: left[kind] for kind in KINDS if left[kind]},
        seen=len(verdicts),
        clean=clean,
        not_clean=len(verdicts) - clean,
        agreement=_share("all", verdicts),
        kinds=_by_kind(review, verdicts),
        compared=tuple(_compared(other, verdicts) for other in others),
        verdicts=tuple(written(verdict) for verdict in verdicts),
    )
    with site.gate.act(by, "deid.agree", review, purpose=ask.purpose) as act:
        act.provided(alone)
        act.reason = record.says
        act.save(record)
        act.made(record, of=[review, *others])
    return record


def _says(clean: int, seen: int, left: Counter[str]) -> str:
    if clean == seen:
        return f"All {seen} items were found clean."
    what = ", ".join(f"{kind} in {left[kind]}" for kind in KINDS if left[kind])
    return f"NOT CLEAN: {seen - clean} of {seen} items still show something of somebody: {what}."


def _share(of: str, verdicts: Sequence[Verdict]) -> Share:
    seen, clean = len(verdicts), sum(not verdict for verdict in verdicts)
    low, high = interval(clean, seen)
    return Share(of=of, seen=seen, clean=clean, share=clean / seen, low=low, high=high)


def _by_kind(review: DeidReview, verdicts: Sequence[Verdict]) -> tuple[Share, ...]:
    """The same for each kind of object."""
    return tuple(
        _share(kind, [verdict for of, verdict in zip(review.kinds, verdicts, strict=True) if of == kind])
        for kind in sorted(set(review.kinds))
    )


def _compared(other: DeidAgreement, verdicts: Sequence[Verdict]) -> Compared:
    pairs = [(not mine, theirs == CLEAN) for mine, theirs in zip(verdicts, other.verdicts, strict=True)]
    alike = sum(mine == theirs for mine, theirs in pairs)
    return Compared(agreement=other.id, person=other.made_by, alike=alike, kappa=kappa(pairs))
