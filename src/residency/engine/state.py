"""All that a training must remember to go on as if it had never stopped.

    state = capture(model, optimizer, at, mesh)            # for `checkpoint.Checkpoints.save`
    at = restore(sealed, ticket, complete, model, optimizer, mesh)

Weights, optimiser, position, and each rank's random state. The learning rate is a function of the step and the order
of samples a function of the cursor, so neither has a state of its own. A random state belongs to its rank: on another
number of ranks each begins a new stream. Not here: generators other than torch's own; a network that draws from
Python's or numpy's is not resumed exactly.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.optim import Optimizer

from residency.engine.checkpoint import load_checkpoint
from residency.engine.parallel import Mesh
from residency.engine.sampling import generator
from residency.engine.sealed_files import Complete
from residency.engine.spec import Ticket
from residency.store.sealed import Sealed

_STREAM = 3  # beside the purposes of `engine.sampling`


@dataclass(frozen=True, slots=True)
class Position:
    """Steps taken, and samples consumed by all ranks together."""

    step: int = 0
    cursor: int = 0


def capture(model: nn.Module, optimizer: Optimizer, at: Position, mesh: Mesh) -> dict[str, Any]:
    """The state as DCP wants it; keys that differ by rank carry its number."""
    weights, moments = get_state_dict(model, optimizer)
    # Buffers change in the next forward pass, perhaps before the copy is taken; weights move only after it. Ranks
    # differ in them until DDP spreads the first rank's, and any rank may be the one that writes them.
    buffers = {name.removeprefix("module.") for name, _ in model.named_buffers()}
    weights = {name: mesh.first(part) if name in buffers else part for name, part in weights.items()}  # pyrefly: ignore[bad-argument-type]
    progress = {"step": torch.tensor(at.step), "cursor": torch.tensor(at.cursor)}
    return {"model": weights, "optim": moments, "progress": progress, **_random(mesh)}


def restore(
    sealed: Sealed, ticket: Ticket, complete: Complete, model: nn.Module, optimizer: Optimizer, mesh: Mesh
) -> Position:
    """Put a checkpoint into a model and its optimiser; where training stood."""
    weights, moments = get_state_dict(model, optimizer)
    progress = {"step": torch.tensor(0), "cursor": torch.tensor(0)}
    same_world = complete.world == mesh.share.world
    state: dict[str, Any] = {
        "model": weights,
        "optim": moments,
        "progress": progress,
        **(_random(mesh) if same_world else {}),
    }
    load_checkpoint(sealed, ticket, complete, state, mesh)
    set_state_dict(model, optimizer, model_state_dict=weights, optim_state_dict=moments)
    at = Position(int(progress["step"]), int(progress["cursor"]))
    if same_world:
        torch.set_rng_state(state[f"rng/{mesh.share.rank}"])  # pyrefly: ignore[bad-argument-type]
        if mesh.device.type == "cuda":
            torch.cuda.set_rng_state(state[f"rng-cuda/{mesh.share.rank}"], mesh.device)  # pyrefly: ignore[bad-argument-type]
    else:
        seed_stream(ticket.spec.seed, at, mesh)
    return at


def seed_stream(seed: int, at: Position, mesh: Mesh) -> None:
    """Begin this rank's random stream, for dropout and the like."""
    torch.manual_seed(int(generator(seed, _STREAM, at.step, mesh.share.rank).integers(2**63)))


def _random(mesh: Mesh) -> dict[str, torch.Tensor]:
    rank = mesh.share.rank
    state = {f"rng/{rank}": torch.get_rng_state()}
    if mesh.device.type == "cuda":
        state[f"rng-cuda/{rank}"] = torch.cuda.get_rng_state(mesh.device)
    return state
