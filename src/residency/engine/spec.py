"""All that a worker is handed: the specification of a training and the ticket for one attempt at it. No torch here.

    spec = TrainSpec(labels={1: "liver"}, steps=200, seed=1)
    descriptor = ticket_fd(ticket)        # memory only; inherited by the worker
    ticket = read_ticket(descriptor)

A spec says what is trained and is signed; a ticket says with which keys, from where and until when, and is forgotten.
Unknown keys are refused. A ticket holds keys: it is never an argument, an environment variable or a file, and neither
its repr nor its errors show them. Not here: who issues tickets (`runs.ticket`).
"""

import base64
import os
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, PlainSerializer, PositiveInt, model_validator

from residency.errors import BadInput
from residency.kernel.digest import Digest
from residency.kernel.record import Part
from residency.store.access import StoreAccess
from residency.store.sealed import GroupKey, SealedRef
from residency.store.shards import ArrayRef

IGNORED = 255
STOPPED = 75  # EX_TEMPFAIL: stopped at a step's end with a checkpoint; start again to go on

Voxels = tuple[PositiveInt, PositiveInt, PositiveInt]
Share = Annotated[float, Field(ge=0, le=1)]
Key = Annotated[
    bytes,
    BeforeValidator(lambda value: base64.b64decode(value, validate=True) if isinstance(value, str) else value),
    PlainSerializer(lambda value: base64.b64encode(value).decode(), when_used="json"),
    Field(min_length=32, max_length=32),
]


class TicketBroken(BadInput):
    """What came over the descriptor is no ticket."""


class NetworkSpec(Part):
    """A row of `engine.networks`, or the user's own "package.module:factory" with its options."""

    name: str = "unet"
    channels: tuple[PositiveInt, ...] = Field((16, 32, 64), min_length=1)
    options: dict[str, Any] = Field(default_factory=dict)


class OptimizerSpec(Part):
    """How weights move. `learning_rate` is the highest that the schedule reaches."""

    name: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = Field(3e-3, gt=0)
    weight_decay: float = Field(1e-4, ge=0)


class ScheduleSpec(Part):
    """Learning rate as a function of the step alone: linear warm-up, then constant or half a cosine to zero."""

    name: Literal["constant", "cosine"] = "cosine"
    warmup_steps: int = Field(10, ge=0)


class CheckpointSpec(Part):
    """When a checkpoint is written, besides the last step."""

    steps: PositiveInt = 50


class WindowSpec(Part):
    """Hounsfield units that become 0 and 1; what lies outside is clipped."""

    low_hu: float = -160.0
    high_hu: float = 240.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low_hu >= self.high_hu:
            raise ValueError("low_hu must lie below high_hu")
        return self


class AugmentSpec(Part):
    """Random changes of a patch: flips along (z, y, x), and intensity scaled and shifted by at most these shares."""

    flip: tuple[bool, bool, bool] = (False, False, False)
    scale: Share = 0.1
    shift: Share = 0.1


class TrainSpec(Part):
    """What is trained, resolved to the last default; its digest names the training."""

    task: Literal["segmentation"] = "segmentation"
    network: NetworkSpec = NetworkSpec()
    labels: dict[Annotated[int, Field(ge=1, le=254)], str] = Field(min_length=1)
    patch: Voxels = (32, 64, 64)
    spacing_mm: tuple[float, float, float] | None = (3.0, 3.0, 3.0)
    window: WindowSpec = WindowSpec()
    foreground: Share = 0.5
    augment: AugmentSpec = AugmentSpec()
    # Two or more per process: on a processor torch's convolution of a single sample takes a slow path (measured: twice
    # the time of a batch of two).
    batch: PositiveInt = 4
    steps: PositiveInt = 200
    seed: int = Field(0, ge=0, lt=2**32)
    optimizer: OptimizerSpec = OptimizerSpec()
    schedule: ScheduleSpec = ScheduleSpec()
    precision: Literal["fp32", "bf16"] = "fp32"
    processes: PositiveInt = 2
    threads: PositiveInt = 1
    deterministic: bool = True
    checkpoint_every: CheckpointSpec = CheckpointSpec()
    tune_patches: int = Field(4, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.batch % self.processes:
            raise ValueError(f"a batch of {self.batch} cannot be shared equally by {self.processes} processes")
        if self.spacing_mm is not None and min(self.spacing_mm) <= 0:
            raise ValueError("spacing_mm must be positive")
        return self

    @property
    def values(self) -> tuple[int, ...]:
        """Label values in the order of the network's classes; class 0 is the background."""
        return (0, *sorted(self.labels))


class TicketItem(Part):
    """One item of a split: an image, and its label where it is known."""

    item: str
    subject: str
    image: ArrayRef
    label: ArrayRef | None = None


class RunKey(Part):
    """The key group that seals checkpoints and outputs of one run."""

    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    key: Key = Field(repr=False)

    def group(self) -> GroupKey:
        """As the store wants it."""
        return GroupKey(self.id, self.key)


class Ticket(Part):
    """The right of one attempt at one run: what it reads, what it writes, and until when."""

    model_config = ConfigDict(hide_input_in_errors=True)

    run: str
    purpose: Literal["train", "prove", "predict"]
    spec: TrainSpec
    store: StoreAccess
    items: dict[str, tuple[TicketItem, ...]]
    groups: dict[str, Key] = Field(repr=False)
    run_key: RunKey
    output_key: RunKey | None = None
    checkpoints: str
    outputs: str = "predictions"
    attempt: int = Field(0, ge=0)
    start: Literal["latest", "step", "scratch"] = "latest"
    start_step: int | None = None
    stop_after: PositiveInt | None = None
    lease_until: AwareDatetime
    world: PositiveInt
    rendezvous: str = "127.0.0.1:0"
    rendezvous_timeout: timedelta = timedelta(seconds=60)
    cache_bytes: int = Field(2 * 1024**3, ge=0)
    # Here and not in the spec, whose digest names a training: no sample depends on it.
    ahead: PositiveInt = 1

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.start == "step") != (self.start_step is not None):
            raise ValueError("start_step belongs to start = 'step', and to nothing else")
        if self.purpose != "predict" and self.spec.batch % self.world:
            raise ValueError(f"a batch of {self.spec.batch} cannot be shared equally by {self.world} processes")
        return self


class Progress(Part):
    """One line that a worker says. `seconds` is the duration of a step, or how long a checkpoint stalled training."""

    event: Literal[
        "started", "resumed", "step", "tuned", "checkpoint", "predicted", "stopped", "finished", "failed", "environment"
    ]
    rank: int = 0
    step: int | None = None
    loss: float | None = None
    learning_rate: float | None = None
    dice: dict[str, float | None] | None = None
    seconds: float | None = None
    digest: Digest | None = None
    item: str | None = None
    ref: SealedRef | None = None
    array: ArrayRef | None = None
    reason: str | None = None
    code: str | None = None
    environment: dict[str, Any] | None = None


def ticket_fd(ticket: Ticket) -> int:
    """A descriptor in memory that holds the ticket; every rank inherits it, the caller closes it."""
    descriptor = os.memfd_create("ticket")
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(ticket.model_dump_json().encode())
    os.set_inheritable(descriptor, True)
    return descriptor


def read_ticket(descriptor: int) -> Ticket:
    """The ticket of an inherited descriptor, which is closed; raises TicketBroken."""
    # Ranks share one file offset through the descriptor they inherit, so the position is given with each read.
    size = os.fstat(descriptor).st_size
    data = os.pread(descriptor, size, 0)
    os.close(descriptor)
    try:
        return Ticket.model_validate_json(data)
    except ValueError as error:
        raise TicketBroken(
            f"The ticket cannot be read: {error}", remedy="Supervisor and worker must be of one version."
        ) from None
