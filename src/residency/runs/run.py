"""Run: one training of one model on one frozen version; its states, its checkpoints, and what comes of it.

    run.moved("place")   ->   the next revision of the record

A run that failed or was stopped ends there by itself, and goes on from its last checkpoint when its trainer submits
it again. Not here: starting (`submit`), watching (`supervise`), replaying (`prove`).
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from residency.engine.spec import TrainSpec
from residency.govern.terms import DataClass, Terms
from residency.kernel.digest import Digest
from residency.kernel.record import Part, Record
from residency.kernel.states import Machine
from residency.store.sealed import SealedRef

RUN_STATES = Machine(
    "run",
    {
        ("submitted", "place"): "training",
        ("submitted", "give-up"): "failed",
        ("submitted", "stop"): "stopped",
        ("training", "checkpoint"): "training",
        ("training", "lose"): "recovering",
        ("training", "stop"): "stopped",
        ("training", "finish"): "finished",
        ("training", "give-up"): "failed",
        ("recovering", "place"): "training",
        ("recovering", "stop"): "stopped",
        ("recovering", "give-up"): "failed",
        ("failed", "resume"): "recovering",
        ("stopped", "resume"): "recovering",
    },
)
FINAL = frozenset({"finished", "stopped", "failed"})
"""Where nothing happens any more by itself."""
RESUMABLE = frozenset({"failed", "stopped"})
"""Where the same submission goes on."""


class CheckpointRef(Part):
    """A checkpoint that is complete: its step, the attempt that wrote it, and the digest of the weights in it."""

    step: int
    attempt: int
    weights: Digest


class Run(Record):
    """One training. `trainer` is the person who submitted it; what the run does, it does for that person.

    `purpose` is what the trainer said it is for (empty: the protocol's first); every attempt asks for it again.
    `environments` holds what the workers of each attempt found: two attempts may stand on two machines.
    """

    kind: ClassVar[str] = "run"
    schema_version: ClassVar[int] = 2
    version: Digest
    version_id: str
    spec: TrainSpec
    trainer: str
    trainer_name: str
    purpose: str = ""
    terms: Terms
    data_class: DataClass
    caveats: tuple[str, ...]
    space: str
    key_group: str
    state: str = "submitted"
    attempt: int = 0
    step: int = 0
    checkpoints: tuple[CheckpointRef, ...] = ()
    lost: tuple[int, ...] = ()
    why: str = ""
    environments: Mapping[int, Mapping[str, Any]] = {}

    @property
    def scope(self) -> str:
        """Runs are looked up by the version they read."""
        return self.version_id

    @property
    def reads(self) -> tuple[str, ...]:
        """The versions whose items an act on this opens."""
        return (self.version,)

    @property
    def environment(self) -> Mapping[str, Any]:
        """What the workers of the last attempt found that said so."""
        return self.environments[max(self.environments)] if self.environments else {}

    @property
    def prefix(self) -> str:
        """Where the run's checkpoints lie in the store."""
        return f"runs/{self.id}"

    def folder(self, checkpoint: CheckpointRef) -> str:
        """Where a checkpoint lies in the store; `complete` in it lists the others."""
        return f"{self.prefix}/{checkpoint.step:08d}.{checkpoint.attempt:04d}"

    def moved(self, event: str, **changes: Any) -> Self:
        """The next revision after an event; raises InvalidMove."""
        return self.model_copy(update={"state": RUN_STATES.move(self.state, event), **changes})


class Model(Record):
    """The weights at the end of a run, frozen by their digest; a candidate until it is evaluated, signed, released."""

    kind: ClassVar[str] = "model"
    run: Digest
    run_id: str
    version: Digest
    spec: TrainSpec
    weights: Digest
    file: SealedRef
    space: str
    key_group: str
    trainer: str
    terms: Terms
    data_class: DataClass
    caveats: tuple[str, ...]
    confined: bool = False

    @property
    def scope(self) -> str:
        """Models are looked up by their run."""
        return self.run_id


class Proof(Record):
    """A replay from one checkpoint to another, and whether every bit of the weights came out again."""

    kind: ClassVar[str] = "proof"
    run: Digest
    run_id: str
    from_step: int
    to_step: int
    expected: Digest
    got: Digest
    bit_equal: bool
    environment: Mapping[str, Any]

    @property
    def scope(self) -> str:
        """Proofs are looked up by their run."""
        return self.run_id
