"""The act `deid.determine`: a judgement that data are de-identified (164.514(b)), bound to one output.

    perform(site, officer, "deid.determine", Determine(source="incoming", expert="…", …))

With it the class of that de-identification falls from limited to de-identified, and of no other: the judgement names
the root of what was judged. It ends: from that day on the terms open nothing of what was judged, nor of what was made
of it since, until another one is recorded and the data set is drafted anew. It may cite a report of risk, which must
be one of the same root. An invented one, as the tour records, says so wherever it is shown.

The law knows two ways. An expert says that the risk is very small (164.514(b)(1)). Or the method is "safe harbor"
(164.514(b)(2)): then the report of that very output must tick all eighteen letters, and whoever records it must say
that nobody here knows how to tell anybody by what is left. Not here: measuring risk (`deid.risk`), the letters
(`report`).
"""

import re
from datetime import UTC, date, datetime, time
from typing import ClassVar

from pydantic import Field

from residency.deid.cleaned import Deid, ReportRecord
from residency.deid.risk.report import RiskReport
from residency.errors import BadInput
from residency.govern.identity import Actor
from residency.ingest.intake import Intake
from residency.kernel.digest import Digest
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.site import Site


class DeterminationOver(BadInput):
    """A determination that has ended determines nothing."""


class RiskOfAnother(BadInput):
    """A report of risk speaks of the output that was measured, and of no other."""


class NotSafeHarbor(BadInput):
    """Safe Harbor asks for all eighteen letters, and for no actual knowledge."""


class Determine(Part):
    """A determination to record."""

    source: str = Field(description="The de-identified source, or the id of a de-identification.")
    expert: str = Field(description="Who judged.", min_length=3)
    qualifications: str = Field(description="Why this person can judge.", min_length=3)
    method: str = Field(description="How it was judged; or: safe harbor.", min_length=3)
    result: str = Field(description="What was found.", min_length=3)
    expires: date = Field(description="The day on which the judgement ends (UTC).")
    risk: str | None = Field(None, description="The id of a report of risk about the same output, which it cites.")
    invented: bool = Field(False, description="Say that it is invented, for a tour or a test.")
    no_actual_knowledge: bool = Field(
        False, description="Safe Harbor: say that nobody here knows how what is left could tell anybody."
    )


class Determination(Record):
    """What the expert judged, and about exactly which output."""

    kind: ClassVar[str] = "determination"
    deid: str
    root: Digest
    recipe: Digest
    expert: str
    qualifications: str
    method: str
    result: str
    expires: date
    invented: bool
    risk: str | None = None
    no_actual_knowledge: bool = False

    @property
    def scope(self) -> str:
        """Looked up by what was judged."""
        return self.deid


_SAFE_HARBOR = re.compile(r"\W*safe[\W_]*harbou?r", re.IGNORECASE)


def determine(site: Site, by: Actor, ask: Determine) -> Determination:
    """Record a determination; the output it names is de-identified from then on.

    Raises DeterminationOver, NotSafeHarbor, RiskOfAnother, and RecordMissing for a report that is not there.
    """
    judged, at = site.ledger.get(Deid, ask.source), site.clock()
    if _SAFE_HARBOR.match(ask.method):
        _check_safe_harbor(site, judged, ask)
    if ask.expires <= at.date():
        raise DeterminationOver(f"The determination ended on {ask.expires}.", remedy="Record one that is in force.")
    cited = site.ledger.get(RiskReport, ask.risk) if ask.risk else None
    if cited is not None and cited.root != judged.root:
        raise RiskOfAnother(
            f"The report {cited.id} measured another output than {judged.id}.",
            remedy="Measure this one: residency deid risk; then cite that report.",
        )
    determination = Determination(
        id=new_id("determination", at),
        made_at=at,
        made_by=by.id,
        deid=judged.id,
        root=judged.root,
        recipe=judged.recipe_digest,
        **ask.model_dump(exclude={"source"}),
    )
    # From the intake's terms, not from those an earlier judgement has shortened.
    terms = site.ledger.get(Intake, judged.intake_digest).terms
    ends = min(terms.ends, datetime.combine(ask.expires, time(), UTC))
    falls = {"data_class": "deidentified", "determination": determination.id}
    changed = judged.model_copy(update=falls | {"terms": terms.model_copy(update={"ends": ends})})
    with site.gate.act(by, "deid.determine", judged) as act:
        act.save(determination, changed)
        act.made(determination, of=[judged, *([cited] if cited else [])])
        act.made(changed, of=[judged, determination])
    return determination


def _check_safe_harbor(site: Site, judged: Deid, ask: Determine) -> None:
    """164.514(b)(2): (i) all eighteen kinds are gone; (ii) no actual knowledge of a way to tell anybody."""
    report = site.ledger.get(ReportRecord, judged.report).report
    if not report.safe_harbor:
        unticked = ", ".join(letter for letter, said in report.letters.items() if not said.ticked)
        raise NotSafeHarbor(
            f"{judged.id} is not Safe Harbor: its report does not tick {unticked}.",
            remedy="Clean it by the recipe safe-harbor, or have an expert judge it by another method.",
        )
    if not ask.no_actual_knowledge:
        raise NotSafeHarbor(
            "Nobody has said that what is left tells nobody (164.514(b)(2)(ii)).",
            remedy="Say so, if it is so: --no-actual-knowledge.",
        )
