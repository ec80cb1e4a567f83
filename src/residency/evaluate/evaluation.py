"""Evaluation: what was measured of one model on which versions, and the plan that was fixed before.

    evaluation.results[0].table          the summary of the version it was trained on, with its verdicts beside it
    evaluation.results[1].external       another version: measured and judged on its own

Neither record holds a value of a single subject, nor a cell below `min_cell`; figures that show single subjects stay
sealed, and `shows_subjects` names them. Not here: measuring (`look`), the acts (`evaluate`).
"""

from collections.abc import Mapping
from typing import ClassVar

from residency.evaluate.plan import Endpoint, Verdict
from residency.evaluate.summary import Summary
from residency.govern.terms import DataClass, Terms
from residency.kernel.digest import Digest
from residency.kernel.record import Part, Record
from residency.store.sealed import SealedRef


class EvaluationPlan(Record):
    """What will be measured, fixed and logged before a test split is opened; the lease that opens it names the plan.

    `terms` and `data_class` are those of model and versions together: what the reading is judged by.
    """

    kind: ClassVar[str] = "evaluation-plan"
    model: Digest
    model_id: str
    versions: tuple[Digest, ...]
    endpoints: tuple[Endpoint, ...]
    subgroups: tuple[str, ...]
    tolerance_mm: float
    min_cell: int
    seed: int
    trainer: str
    terms: Terms
    data_class: DataClass

    @property
    def scope(self) -> str:
        """Plans are looked up by their model."""
        return self.model_id

    @property
    def reads(self) -> tuple[str, ...]:
        """The versions whose items an act on this opens."""
        return self.versions


class Result(Part):
    """One version: its table and the verdict on each endpoint.

    `looks` counts how often the test split of this data set has been opened, this time included: the more often, the
    less a good number says. `unlabelled` items had no reference to be measured against.
    """

    version: Digest
    name: str
    external: bool
    looks: int
    unlabelled: int
    table: Summary
    verdicts: tuple[Verdict, ...]
    caveats: tuple[str, ...]


class Evaluation(Record):
    """The measurement of one model by one plan; `figures` are sealed PNGs, `pngs` the digests of their plaintext."""

    kind: ClassVar[str] = "evaluation"
    model: Digest
    model_id: str
    dataset_version: Digest
    versions: tuple[Digest, ...]
    plan: Digest
    results: tuple[Result, ...]
    figures: Mapping[str, SealedRef]
    pngs: Mapping[str, Digest]
    shows_subjects: tuple[str, ...]
    space: str
    figure_group: str
    caveats: tuple[str, ...]
    trainer: str
    terms: Terms
    data_class: DataClass

    @property
    def scope(self) -> str:
        """Evaluations are looked up by their model."""
        return self.model_id

    @property
    def looks(self) -> int:
        """How often the first version's test split had been opened, this time included."""
        return self.results[0].looks
