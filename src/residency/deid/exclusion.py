"""The act `quarantine.reject`: a group is excluded for good, and counted so wherever it was counted as held.

    perform(site, steward, "quarantine.reject", Decide(group="incoming/BURNED-IN", note="nobody can paint over it"))

It stands behind both steps that hold things back, because it moves the counts of both: those of the intake, or those
of every cleaning that held the group. What such a cleaning released stays as it is, and so does an expert's judgement
of it: cleaning again finds nothing to do. Not here: accepting (`ingest.quarantine`).
"""

from collections.abc import Sequence

from residency.deid.cleaned import Deid
from residency.deid.holding import decisions_digest
from residency.govern.identity import Actor
from residency.ingest.held import Quarantine
from residency.ingest.intake import Intake
from residency.ingest.quarantine import Decide, decide, find_group
from residency.kernel.record import Record
from residency.site import Site


def reject(site: Site, by: Actor, ask: Decide) -> Quarantine:
    """Exclude a group for good; raises GroupMissing, GroupAmbiguous, InvalidMove."""
    group = find_group(site, ask.group)
    decided = decide(group, by, ask, "reject", site)
    changed = [_intake(site, group)] if group.step == "ingest" else _cleanings(site, group, decided)
    with site.gate.act(by, "quarantine.reject", group) as act:
        act.save(decided, *(now for now, _ in changed))
        act.made(decided, of=[group])
        for now, was in changed:
            act.made(now, of=[was, decided])
    return decided


def _intake(site: Site, group: Quarantine) -> tuple[Record, Record]:
    was = site.ledger.get(Intake, group.scope)
    counts = {"quarantined": was.quarantined - group.files, "excluded": was.excluded + group.files}
    return was.model_copy(update=counts).checked(), was


def _cleanings(site: Site, group: Quarantine, decided: Quarantine) -> Sequence[tuple[Record, Record]]:
    """The next revision of every cleaning that held the group, and the one before."""
    groups = site.ledger.all(Quarantine, scope=group.scope)
    before, after = decisions_digest(groups), decisions_digest(decided if g.id == group.id else g for g in groups)
    changed = []
    for was in site.ledger.all(Deid, scope=group.scope):
        if group.id in was.held:
            update = {"quarantined": was.quarantined - group.files, "excluded": was.excluded + group.files}
            # One that was made before something was accepted stays outdated.
            update |= {"decisions": after} if was.decisions == before else {}
            changed.append((was.model_copy(update=update).checked(), was))
    return changed
