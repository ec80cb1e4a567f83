"""The record of a risk assessment: numbers about one output, and nothing of anybody in it.

    report.root == determination.root            what was measured is what was judged
    report.classes[0].k, report.attackers, report.sensitive, report.codes, report.population, report.steps, report.loss

It names the quasi-identifiers and the steps of their hierarchies as the site named them, never a value, a code or the
members of a class. Counts are of all subjects together, so that none is a cell of a table of values. Not here: how the
numbers come about (`figures`), the act (`assess`).
"""

from typing import ClassVar, Literal

from residency.deid.risk.loss import Loss
from residency.deid.risk.propose import Target
from residency.kernel.digest import Digest
from residency.kernel.record import Part, Record

State = Literal["as it is", "proposed"]


class Told(Part):
    """A quasi-identifier: how many values it has, and the share of subjects whom it alone makes unique."""

    quasi: str
    kind: str
    values: int
    unique: float


class Attacker(Part):
    """The risk from one attacker; `basis` says what the population is."""

    state: State
    attacker: str
    highest: float | None
    average: float
    at_risk: float | None
    basis: str


class InPopulation(Part):
    """The share of a population of `people` that is unique in it, by each model, and by the rule of Dankar et al."""

    people: int
    zayatz: float
    pitman: float | None
    snb: float | None
    share: float
    model: str


class Attribute(Part):
    """What the classes tell of a sensitive attribute; `c` is None where every value may be alone in its class."""

    state: State
    sensitive: str
    distinct_l: int
    entropy_l: float
    c: int | None
    t: float
    distance: str


class Codes(Part):
    """The share of subjects whom one, or at most two, of their codes single out; None where that was not counted."""

    quasi: str
    one_code: float
    two_codes: float | None


class Step(Part):
    """How coarse one quasi-identifier becomes: step `step` of `last`."""

    quasi: str
    step: int
    last: int
    says: str


class Measured(Part):
    """What the classes of the linked record are; suppressed records are in none. `unique` is a share of the rest."""

    state: State
    k: int
    classes: int
    subjects: int
    suppressed: int
    unique: float


class RiskReport(Record):
    """How likely anybody in one output is found again; `root` is that of the output, `plan` of what may be known.

    Rows of the state "proposed" say what would hold after `steps`, which meet `target` and cost `loss`; `least` says
    that no other choice of steps costs less.
    """

    kind: ClassVar[str] = "risk-report"
    deid: str
    root: Digest
    plan: Digest
    tables: dict[str, Digest]
    threshold: float
    only_in_tables: int
    quasi: tuple[Told, ...]
    classes: tuple[Measured, ...]
    attackers: tuple[Attacker, ...]
    sensitive: tuple[Attribute, ...]
    codes: tuple[Codes, ...]
    population: InPopulation | None
    target: Target | None
    steps: tuple[Step, ...]
    loss: Loss | None
    least: bool | None

    @property
    def scope(self) -> str:
        """Looked up by what was measured."""
        return self.deid
