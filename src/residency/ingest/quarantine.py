"""Deciding on what is held: list, show, accept, always a whole group of one intake and one reason.

    perform(site, steward, "quarantine.accept", Decide(group="incoming/MISSING-SLICE", note="gap is outside the liver"))

`accept` sends the group back through the step that stopped it, with that reason waived: what passes enters the next
revision of the intake (never a frozen version), what meets another reason is held for that one. What cannot be read,
and residual hits, can only be rejected. A group that de-identification stopped is only marked here; the next `deid run`
takes what was accepted. Not here: finding faults (`series`); rejecting, which moves the counts of both steps
(`deid.exclusion`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field

from residency.errors import Conflict, Missing
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.ingest.held import QUARANTINE, Held, Holding, Quarantine, hold, read_held
from residency.ingest.intake import Intake
from residency.ingest.reasons import REASONS
from residency.ingest.sealing import Place, again
from residency.ingest.source import Groups
from residency.ingest.subjects import Subject, read_subjects
from residency.kernel.record import Part, Record
from residency.observe.progress import track
from residency.site import Site
from residency.store.manifest import Item, open_manifest, write_manifest


class GroupMissing(Missing):
    """Nothing is held under this name."""


class GroupAmbiguous(Conflict):
    """Several groups have this name: what was looked at might not be what is decided."""


class OnlyRejectable(Conflict):
    """What cannot be read, or still names its subject, is never let through."""


class ListHeld(Part):
    """Which groups to list."""

    source: str = Field("", description="Only those of this source.")
    all: bool = Field(False, description="Also those that were decided on.")


class ShowHeld(Part):
    """One group."""

    group: str = Field(description="The group, as 'quarantine list' names it: incoming/MISSING-SLICE, or its id.")


class Decide(Part):
    """A decision on one group."""

    group: str = Field(description="The group, as 'quarantine list' names it: incoming/MISSING-SLICE, or its id.")
    note: str = Field("", description="Why; kept with the decision.", max_length=500)


class HeldGroups(Part):
    """All groups."""

    kind: ClassVar[str] = "quarantine-list"
    groups: tuple[dict[str, Any], ...]


class HeldGroup(Part):
    """One group: its record, the things it covers, and whom it would thin out."""

    kind: ClassVar[str] = "quarantine-group"
    group: dict[str, Any]
    things: tuple[dict[str, Any], ...]
    subjects: tuple[dict[str, Any], ...]


def held(site: Site, by: Actor, ask: ListHeld) -> HeldGroups:
    """What is held back, by reason; groups of protocols that this person is not on are left out."""
    groups = [q for q in site.ledger.all(Quarantine) if ask.source in ("", q.source)]
    seen = [q for q in groups if site.gate.ask(by, "quarantine.list", q).allowed]
    with site.gate.act(by, "quarantine.list", next(iter(seen or groups), None)):
        pass
    names = Counter(q.handle for q in site.ledger.all(Quarantine) if q.state == "waiting")
    return HeldGroups(groups=tuple(_line(q, names) for q in seen if ask.all or q.state == "waiting"))


def show(site: Site, by: Actor, ask: ShowHeld) -> HeldGroup:
    """One group of held items, with its subjects by sex, age band, race and ethnicity.

    Raises GroupMissing, GroupAmbiguous.
    """
    group = find_group(site, ask.group)
    with site.gate.lease(by, "quarantine.show", group) as lease:
        intake = site.ledger.get(Intake, group.scope)
        things = read_held(site.sealed, group, lease.keys(group.space))
        rows = read_subjects(site.sealed, intake.subjects, lease.keys(intake.space))
    with site.gate.act(by, "quarantine.show", group):
        pass
    lines = [{"item": t.item.item, "files": t.item.files, "where": t.where} for t in things]
    present = [rows[subject] for subject in sorted({t.item.subject for t in things}) if subject in rows]
    return HeldGroup(group=_line(group), things=tuple(lines), subjects=_by_subgroup(present, site.settings.min_cell))


def accept(site: Site, by: Actor, ask: Decide) -> Quarantine:
    """Send a group back through its step with its reason waived.

    Raises GroupMissing, GroupAmbiguous, OnlyRejectable, InvalidMove.
    """
    group = find_group(site, ask.group)
    decided = decide(group, by, ask, "accept", site)
    if not group.acceptable:
        raise OnlyRejectable(
            f"{group.handle} can only be rejected: {group.says}", remedy="Reject it, or mend the source."
        )
    if group.step != "ingest":
        with site.gate.act(by, "quarantine.accept", group) as act:
            act.save(decided)
            act.made(decided, of=[group])
        return decided
    with site.gate.lease(by, "quarantine.accept", group) as lease:
        intake = site.ledger.get(Intake, group.scope)
        made = _send_back(site, lease, intake, group)
    with site.gate.act(by, "quarantine.accept", group) as act:
        act.save(*made.keys, decided, made.intake, *made.held)
        act.made(decided, of=[group])
        for record in (made.intake, *made.held):
            act.made(record, of=[intake, decided])
    return decided


def find_group(site: Site, name: str) -> Quarantine:
    """By identifier, or by source and reason: the one that waits, else the one that was decided on last.

    Raises GroupMissing, and GroupAmbiguous where several wait under one name: of two intakes, or of two steps.
    """
    named = [q for q in site.ledger.all(Quarantine) if name in (q.id, q.handle)]
    if not named:
        raise GroupMissing(f"Nothing is held under '{name}'.", remedy="'residency quarantine list' names the groups.")
    waiting = [q for q in named if q.state == "waiting"]
    if len(waiting) > 1:
        which = ", ".join(f"{q.id} ({q.step}, {q.files} files)" for q in waiting)
        raise GroupAmbiguous(f"{len(waiting)} groups wait under '{name}': {which}.", remedy="Name one by its id.")
    return (waiting or named)[-1]


def decide(group: Quarantine, by: Actor, ask: Decide, event: str, site: Site) -> Quarantine:
    """The group as it is once decided on; raises InvalidMove."""
    state = QUARANTINE.move(group.state, event)
    decision = {"state": state, "decided_by": by.id, "decided_at": site.clock(), "note": ask.note}
    return group.model_copy(update=decision)


@dataclass(frozen=True, slots=True)
class _Sent:
    intake: Intake
    held: list[Quarantine]
    keys: Sequence[Record]


def _line(group: Quarantine, names: Counter[str] | None = None) -> dict[str, Any]:
    """What a list shows of a group: by its identifier where `names` says that several wait under one name."""
    shown = ("id", "step", "state", "files", "items", "code", "says", "accepting", "decided_by", "note")
    name = group.id if names and group.state == "waiting" and names[group.handle] > 1 else group.handle
    return {"group": name, "source": group.source} | {name: getattr(group, name) for name in shown}


def _by_subgroup(rows: list[Subject], smallest: int) -> tuple[dict[str, Any], ...]:
    """Counts of subjects by each kept attribute; cells below the site's smallest are suppressed."""
    lines = []
    for name in ("sex", "age_band", "race", "ethnicity"):
        kept = [value for row in rows if (value := getattr(row, name)) is not None]
        for value, count in sorted(Counter(kept).items()):
            lines.append({"by": name, "is": value, "subjects": count if count >= smallest else f"<{smallest}"})
    return tuple(lines)


def _send_back(site: Site, lease: Lease, intake: Intake, group: Quarantine) -> _Sent:
    """Every thing of the group once more through the step, and what comes of it."""
    keys, groups = lease.keys(intake.space), Groups(site.ledger, lease, lease.space(intake.space))
    place = Place(site.sealed, groups, f"intake/{intake.id}")
    before = open_manifest(site.sealed, intake.manifest, keys, root=intake.root)
    passed: list[Item] = []
    held_again: dict[str, list[Held]] = {}
    left_out = 0
    for thing in track(read_held(site.sealed, group, keys), "examining again"):
        lease.keep()
        fewer, fault = again(thing, group.code, place, keys)
        left_out += thing.item.files - fewer.item.files
        if fault is not None:
            held_again.setdefault(fault.code, []).append(fewer)
        elif fewer.item.files:
            passed.append(fewer.item)
    about = Holding(
        **group.model_dump(include={"intake", "source", "step", "space", "data_class"}),
        terms=group.terms,
        at=lease.at,
        by=lease.by.id,
    )
    waiting = [hold(site.sealed, groups.manifest(), held_again[c], about, code=c) for c in REASONS if c in held_again]
    together, key = [*before.items(), *passed], groups.manifest()
    manifest, root = write_manifest(site.sealed, key, together, context=place.context, parent=before)
    update = {
        "manifest": manifest,
        "root": root,
        "accepted": intake.accepted + sum(item.files for item in passed),
        "excluded": intake.excluded + left_out,
        "quarantined": intake.quarantined - group.files + sum(q.files for q in waiting),
        "items": len(together),
        "people": len({item.subject for item in together}),
    }
    changed = intake.model_copy(update=update).checked()
    return _Sent(changed, waiting, groups.made)
