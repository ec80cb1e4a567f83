"""The numbers of a report, from the linked record.

    measured = measure(linked, classes_of(linked.quasi, list(linked.quasi)), Against(threshold=0.09))

Not here: the record (`report`), where the linked record comes from (`assess`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from residency.deid.risk import attack
from residency.deid.risk.classes import Classes, classes_of, factor
from residency.deid.risk.codes import single_out
from residency.deid.risk.linked import Linked
from residency.deid.risk.loss import Loss
from residency.deid.risk.measures import diversity, k_of
from residency.deid.risk.population import expected, uniqueness
from residency.deid.risk.propose import Target, propose
from residency.deid.risk.quasi import Plan
from residency.deid.risk.report import (
    Attacker,
    Attribute,
    Codes,
    InPopulation,
    Measured,
    State,
    Step,
    Told,
)


@dataclass(frozen=True)
class Against:
    """What risks are held against: a threshold, and if known how many people the subjects came from, or their table."""

    threshold: float
    people: int | None = None
    table: pa.Table | None = None


@dataclass(frozen=True)
class Found:
    """What follows from the classes in one state of the records."""

    classes: Measured
    attackers: tuple[Attacker, ...]
    sensitive: tuple[Attribute, ...]


def measure(linked: Linked, classes: Classes, against: Against, state: State = "as it is") -> Found:
    """Everything that follows from the classes; raises ColumnWrong if the population's table does not fit."""
    sizes = classes.sizes
    measured = Measured(
        state=state,
        k=k_of(classes),
        classes=len(sizes),
        subjects=classes.records,
        suppressed=classes.suppressed,
        unique=float((sizes == 1).sum() / classes.records) if classes.records else 0.0,
    )
    sensitive = tuple(_attribute(name, classes, values, state) for name, values in linked.sensitive.items())
    return Found(measured, _attackers(linked, classes, against, state), sensitive)


def told(plan: Plan, linked: Linked) -> tuple[Told, ...]:
    """What each quasi-identifier gives away by itself."""
    found = []
    for one in plan.quasi:
        sizes = classes_of(linked.quasi, [one.name]).sizes
        unique = float((sizes == 1).sum() / max(linked.subjects, 1))
        found.append(Told(quasi=one.name, kind=one.kind, values=len(sizes), unique=unique))
    return tuple(found)


def in_population(classes: Classes, against: Against) -> InPopulation | None:
    """The share that is unique among the people; None if their number is not known. Raises PopulationWrong."""
    people = len(against.table) if against.table is not None else against.people
    if people is None or not classes.records:
        return None
    found = uniqueness(classes.sizes, people)
    return InPopulation(
        people=people,
        zayatz=found.zayatz,
        pitman=found.pitman,
        snb=found.snb,
        share=found.share,
        model=found.model,
    )


def codes(linked: Linked) -> tuple[Codes, ...]:
    """Whom codes single out, for each quasi-identifier that is a set of them."""
    found = {name: single_out(sets) for name, sets in linked.codes.items()}
    return tuple(Codes(quasi=name, one_code=by[1] or 0.0, two_codes=by[2]) for name, by in found.items())


@dataclass(frozen=True)
class Proposed:
    """Steps that meet the target, what they cost, whether none cost less, and what holds then."""

    steps: tuple[Step, ...]
    loss: Loss
    least: bool
    then: Found


def proposed(plan: Plan, linked: Linked, target: Target, against: Against) -> Proposed:
    """The choice that meets the target, and what holds then; raises TargetWrong, HierarchyWrong.

    What a table of the population would say then is not known before it is made coarser by the same steps: the
    journalist is given its size.
    """
    columns = {name: factor(values, name) for name, values in linked.quasi.items()}
    chosen = propose(list(columns.values()), [one.hierarchy for one in plan.quasi], target)
    sizeless = Against(against.threshold, against.people if against.table is None else len(against.table))
    places = zip(columns, chosen.node, chosen.lasts, chosen.levels, strict=True)
    steps = tuple(Step(quasi=name, step=step, last=last, says=level.says) for name, step, last, level in places)
    return Proposed(steps, chosen.loss, chosen.least, measure(linked, chosen.classes, sizeless, "proposed"))


def _attackers(linked: Linked, classes: Classes, against: Against, state: State) -> tuple[Attacker, ...]:
    theirs, basis = _theirs(linked, classes, against)
    prosecutor = attack.prosecutor(classes.sizes, against.threshold)
    journalist = attack.journalist(classes.sizes, theirs, against.threshold)
    return (
        Attacker(state=state, attacker="prosecutor", **vars(prosecutor), basis="these subjects"),
        Attacker(state=state, attacker="journalist", **vars(journalist), basis=basis),
        Attacker(
            state=state,
            attacker="marketer",
            highest=None,
            average=attack.marketer(classes.sizes, theirs),
            at_risk=None,
            basis=basis,
        ),
    )


def _theirs(linked: Linked, classes: Classes, against: Against) -> tuple[np.ndarray, str]:
    """How many people are like each class, and how that is known."""
    if against.table is not None:
        found = attack.in_population(linked.quasi, against.table, list(linked.quasi), classes)
        return found, f"a table of {len(against.table)} people"
    if against.people and classes.records:
        return expected(classes.sizes, against.people), f"estimated for {against.people} people"
    return classes.sizes, "these subjects"


def _attribute(name: str, classes: Classes, values: pa.Array, state: State) -> Attribute:
    found = diversity(classes, values)
    return Attribute(
        state=state,
        sensitive=name,
        distinct_l=found.distinct,
        entropy_l=found.entropy,
        c=found.c,
        t=found.t,
        distance=found.distance,
    )
