"""The program that is started for each rank: ticket in, progress lines out.

    python -m residency.engine.worker --ticket-fd 5 --rank 0 --listen-fd 6 --attended

The ticket comes over an inherited descriptor, the socket of the meeting point over another (rank 0 alone uses it).
Lines of JSON (`spec.Progress`) go to standard output; lines that renew the lease or end the work come from standard
input, whose end is the end of whoever started the worker where it is attended. Exit codes: 0 all steps taken, 75
stopped with a checkpoint, else that of the error's family. Nothing of a ticket is ever printed; an error that is not
ours is named by its type and place alone. Not here: who starts workers again (`runs.supervise`).
"""

import argparse
import json
import os
import platform
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from residency.engine.checkpoint import CheckpointMissing, Checkpoints, find_checkpoint, load_checkpoint
from residency.engine.halt import Halt
from residency.engine.loop import Training, build_optimizer, train
from residency.engine.networks import build_network
from residency.engine.parallel import Mesh, alone, join, settle
from residency.engine.predict import predict
from residency.engine.sampling import Batches, tune_batches
from residency.engine.sealed_files import Complete
from residency.engine.spec import STOPPED, Ticket, read_ticket
from residency.engine.state import Position, restore, seed_stream
from residency.engine.tasks import build_task
from residency.engine.volumes import Volumes
from residency.engine.weights import weights_digest, write_weights
from residency.errors import ResidencyError
from residency.kernel.clock import stopwatch
from residency.store.places import open_store, pinned
from residency.store.sealed import Sealed

_HELD_SECONDS = 0.1


class Voice:
    """Writes progress lines; a supervisor that went away is no reason to stop."""

    def __init__(self, rank: int, descriptor: int) -> None:
        self._rank, self._descriptor = rank, descriptor
        self._waiting: list[dict[str, Any]] = []
        self._written = -_HELD_SECONDS

    def say(self, **said: Any) -> None:
        """One line; those of steps that follow each other within a moment are written together."""
        self._waiting.append({"rank": self._rank, **said})
        now = stopwatch()
        if said.get("event") != "step" or now - self._written >= _HELD_SECONDS:
            self._written = now
            self._write()

    def _write(self) -> None:
        lines, self._waiting = "".join(json.dumps(said) + "\n" for said in self._waiting), []
        try:
            os.write(self._descriptor, lines.encode())
        except BrokenPipeError:
            self._descriptor = os.open(os.devnull, os.O_WRONLY)


def work(ticket: Ticket, *, rank: int, listening: int | None, say: Callable[..., None], halt: Halt) -> int:
    """Do what the ticket asks for; the exit code."""
    settle(ticket.spec)
    sealed = Sealed(open_store(ticket.store))
    say(event="started", environment=environment())
    parts = [part for items in ticket.items.values() for item in items for part in (item.image, item.label) if part]
    with pinned(sealed.objects, {part.name for part in parts}):
        return _work(ticket, sealed, rank, listening, say, halt)


def _work(
    ticket: Ticket, sealed: Sealed, rank: int, listening: int | None, say: Callable[..., None], halt: Halt
) -> int:
    if ticket.purpose == "predict":
        return _predict(ticket, sealed, rank, say, halt)
    with join(ticket, rank=rank, listening=listening) as mesh:
        training = _training(ticket, sealed, mesh, say if rank == 0 else _silent, halt)
        at = _begin(ticket, sealed, training)
        at, reason = train(training, at, until=min(ticket.stop_after or ticket.spec.steps, ticket.spec.steps))
        if reason:
            say(event="stopped", step=at.step, reason=reason)
            return STOPPED
        _finish(ticket, sealed, training, at)
        return 0


def environment() -> dict[str, Any]:
    """What besides spec and data may change the bits of a result: for the certificate of a run."""
    cuda = torch.cuda.is_available()
    return {
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "onednn": torch.backends.mkldnn.is_available(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "cuda": torch.version.cuda if cuda else None,
        "devices": [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())] if cuda else [],
    }


def main(arguments: list[str]) -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(prog="residency.engine.worker")
    parser.add_argument("--ticket-fd", type=int, required=True)
    parser.add_argument("--listen-fd", type=int)
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--attended", action="store_true")
    asked = parser.parse_args(arguments)
    # What a network of the user prints must not be taken for progress.
    voice = Voice(asked.rank, os.dup(1))
    os.dup2(2, 1)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # asked for by torch's deterministic mode on CUDA
    warnings.filterwarnings("ignore", module=r"torch\.distributed")
    if asked.rank and asked.listen_fd is not None:
        os.close(asked.listen_fd)
    try:
        ticket = read_ticket(asked.ticket_fd)
        halt = Halt(ticket.lease_until)
        halt.on_signal()
        halt.listen(sys.stdin, attended=asked.attended)
        return work(ticket, rank=asked.rank, listening=asked.listen_fd, say=voice.say, halt=halt)
    except ResidencyError as error:
        voice.say(event="failed", code=error.code, reason=str(error))
        return error.exit_code
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__} at {os.path.basename(last.filename)}:{last.lineno}"
        voice.say(event="failed", code="Unexpected", reason=reason)
        traceback.print_tb(error.__traceback__)
        return 1


def _training(ticket: Ticket, sealed: Sealed, mesh: Mesh, say: Callable[..., None], halt: Halt) -> Training:
    spec = ticket.spec
    network = build_network(spec.network, classes=len(spec.values))
    model = mesh.wrap(network)
    mesh.rehearse(model, spec)
    return Training(
        spec=spec,
        network=network,
        model=model,
        optimizer=build_optimizer(spec, model),
        task=build_task(spec),
        source=Batches(spec, _volumes(ticket, sealed, "train"), mesh.share, ticket.ahead),
        tune=tune_batches(spec, _volumes(ticket, sealed, "tune"), mesh.share),
        mesh=mesh,
        checkpoints=Checkpoints(sealed, ticket, mesh) if ticket.purpose == "train" else None,
        say=say,
        asked=halt.reason,
    )


def _begin(ticket: Ticket, sealed: Sealed, training: Training) -> Position:
    mesh, at = training.mesh, Position()
    found = mesh.same(_found(ticket, sealed) if mesh.share.rank == 0 else None)
    if found is None:
        seed_stream(ticket.spec.seed, at, mesh)
        return at
    at = restore(sealed, ticket, found, training.model, training.optimizer, mesh)
    training.say(event="resumed", step=at.step, digest=found.weights)
    return at


def _found(ticket: Ticket, sealed: Sealed) -> Complete | None:
    """The checkpoint to begin from; raises CheckpointMissing where the ticket names one that is not here."""
    if ticket.start == "scratch":
        return None
    found = find_checkpoint(sealed, ticket, step=ticket.start_step)
    if found is None and (ticket.start == "step" or ticket.purpose == "predict"):
        raise CheckpointMissing(
            f"Run {ticket.run} has no complete checkpoint{_of(ticket)}.",
            remedy="Restore the store from a backup, or train again: the run's record says which steps it had.",
        )
    return found


def _finish(ticket: Ticket, sealed: Sealed, training: Training, at: Position) -> None:
    """Say which weights came out; a training that took all its steps leaves them in a file of their own."""
    weights, said = training.network.state_dict(), {}
    if ticket.purpose == "train" and at.step == ticket.spec.steps and training.mesh.share.rank == 0:
        context = f"weights/{ticket.run}"
        said["ref"] = write_weights(sealed, ticket.run_key.group(), weights, context=context).model_dump()
    training.say(event="finished", step=at.step, digest=weights_digest(weights), **said)


def _predict(ticket: Ticket, sealed: Sealed, rank: int, say: Callable[..., None], halt: Halt) -> int:
    found = _found(ticket, sealed)
    assert found is not None
    network = build_network(ticket.spec.network, classes=len(ticket.spec.values))
    load_checkpoint(sealed, ticket, found, {"model": network.state_dict()})
    say(event="resumed", step=found.step, digest=weights_digest(network.state_dict()))
    mesh = alone(ticket, rank=rank)
    network = network.to(mesh.device)
    for split in sorted(ticket.items):
        volumes = _volumes(ticket, sealed, split)
        for item, array in predict(sealed, ticket, network, volumes, mesh):
            say(event="predicted", item=item.item, array=array.model_dump())
            if reason := halt.reason():
                say(event="stopped", step=found.step, reason=reason)
                return STOPPED
    say(event="finished", step=found.step, digest=found.weights)
    return 0


def _volumes(ticket: Ticket, sealed: Sealed, split: str) -> Volumes:
    items = [item for item in ticket.items.get(split, ()) if item.label or ticket.purpose == "predict"]
    return Volumes(sealed, items, ticket.groups, ticket.spec, ticket.cache_bytes)


def _of(ticket: Ticket) -> str:
    return "" if ticket.start_step is None else f" of step {ticket.start_step}"


def _silent(**_: Any) -> None:
    """Rank 0 speaks for all."""


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # Threads of a save or of a lost connection must not hold a process that has nothing more to do.
    os._exit(code)
