"""The act `deid.risk`: how likely anybody in a de-identified output is found again, as a record bound to its root.

    report = perform(site, officer, "deid.risk", AssessRisk(source="incoming", quasi=("sex", "age_band")))
    report = perform(site, officer, "deid.risk", AssessRisk(source="incoming", plan=Path("risk.yaml"), target=("k=5",)))

The images' subjects are opened under a lease; tables that lie beside the site, with the same codes of subjects, are
joined to them. An expert may cite the report in a determination of the same root, and of no other. It measures: nothing
is made coarser or suppressed by it. Not here: the determination (`deid.determine`), the numbers (`figures`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from residency.deid.cleaned import Deid
from residency.deid.risk.classes import classes_of
from residency.deid.risk.figures import Against, codes, in_population, measure, proposed, told
from residency.deid.risk.linked import Linked, images_table, link, series_table
from residency.deid.risk.propose import Target, target_of
from residency.deid.risk.quasi import IMAGES, SERIES, Plan, PlanWrong, plan_of, read_plan
from residency.deid.risk.report import RiskReport
from residency.deid.risk.tables import read_tables
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.ingest.subjects import read_subjects
from residency.kernel.digest import digest_of
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.site import Site
from residency.store.manifest import read_manifest


class AssessRisk(Part):
    """What to measure, and against what."""

    source: str = Field(description="The de-identified source, or the id of a de-identification.")
    table: tuple[Path, ...] = Field((), description="A CSV or Parquet file of the same subjects; repeat for several.")
    quasi: tuple[str, ...] = Field((), description="What may be known, [table.]column[:kind]; repeat for several.")
    sensitive: tuple[str, ...] = Field((), description="What nobody may learn, [table.]column; repeat for several.")
    plan: Path | None = Field(None, description="A YAML file that says both, with hierarchies; instead of them.")
    subject: str = Field("subject", description="The column of subjects in the tables, if no plan names it.")
    target: tuple[str, ...] = Field((), description="What to reach: k=5, max=0.2, average=0.05, suppress=0.05.")
    threshold: float = Field(0.09, gt=0, le=1, description="A record of a higher risk is at risk.")
    population: int | None = Field(None, ge=1, description="How many people the subjects came from.")
    population_table: Path | None = Field(None, description="Those people, a column for each quasi-identifier.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


def risk(site: Site, by: Actor, ask: AssessRisk) -> RiskReport:
    """Measure the linked record; raises PlanWrong, TableUnreadable, TableMissing, ColumnWrong, TargetWrong …"""
    judged, plan = site.ledger.get(Deid, ask.source), _plan(ask)
    target = target_of(ask.target) if ask.target else None
    beside = read_tables(ask.table)
    everybody = read_tables([ask.population_table] if ask.population_table else [])
    against = Against(ask.threshold, ask.population, next((one.table for one in everybody.values()), None))
    with site.gate.lease(by, "deid.risk", judged, purpose=ask.purpose) as lease:
        tables = _opened(site, lease, judged) | {name: one.table for name, one in beside.items()}
        linked = link(plan, tables)
    about = {"id": new_id("risk-report", lease.at), "made_at": lease.at, "made_by": by.id}
    bound = {"deid": judged.id, "root": judged.root, "plan": digest_of(plan.model_dump(mode="json"))}
    files = {name: one.digest for name, one in (beside | everybody).items()}
    report = RiskReport(**about, **bound, tables=files, **_numbers(plan, linked, target, against))
    with site.gate.act(by, "deid.risk", judged, purpose=ask.purpose) as act:
        act.save(report)
        act.made(report, of=[judged])
    return report


def _plan(ask: AssessRisk) -> Plan:
    if ask.plan is None:
        return plan_of(list(ask.quasi), list(ask.sensitive), ask.subject, [path.stem for path in ask.table])
    if ask.quasi or ask.sensitive:
        raise PlanWrong("Quasi-identifiers are named twice: by words and by a plan.", remedy="Give one of them.")
    return read_plan(ask.plan)


def _opened(site: Site, lease: Lease, judged: Deid) -> dict[str, pa.Table]:
    """The site's own tables."""
    keys = lease.keys(judged.space)
    rows = read_subjects(site.sealed, judged.subjects, keys)
    items = read_manifest(site.sealed, judged.manifest, keys, root=judged.root)
    return {IMAGES: images_table(rows.values()), SERIES: series_table(item.subject for item in items)}


def _numbers(plan: Plan, linked: Linked, target: Target | None, against: Against) -> Mapping[str, Any]:
    classes = classes_of(linked.quasi, list(linked.quasi))
    found = [measure(linked, classes, against)]
    choice = proposed(plan, linked, target, against) if target else None
    if choice:
        found.append(choice.then)
    return {
        "threshold": against.threshold,
        "only_in_tables": linked.only_in_tables,
        "quasi": told(plan, linked),
        "classes": [state.classes for state in found],
        "attackers": [row for state in found for row in state.attackers],
        "sensitive": [row for state in found for row in state.sensitive],
        "codes": codes(linked),
        "population": in_population(classes, against),
        "target": target,
        "steps": choice.steps if choice else (),
        "loss": choice.loss if choice else None,
        "least": choice.least if choice else None,
    }
