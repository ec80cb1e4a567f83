"""What a training loop adds to a step of bare PyTorch: ours beside Lightning Fabric.

    python -m benchmarks.loop_overhead        prints JSON: microseconds per step (medians of repeats), added, ratio

A multi-layer perceptron so small that the step is mostly the loop, on one thread, batches in memory. Ours does on
every step what it does in a run: learning rate, agreement to stop, check of the loss, a line of progress written.
Fabric is set up as its guide says, without logger. Loops take turns in each repeat, so that noise meets all alike.
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version

import torch
from lightning_fabric import Fabric
from torch import nn

from residency.engine.halt import Halt
from residency.engine.loop import Training, build_optimizer, train
from residency.engine.parallel import Mesh
from residency.engine.sampling import Batch, Share
from residency.engine.spec import TrainSpec
from residency.engine.state import Position
from residency.engine.worker import Voice
from residency.kernel.clock import system_clock

STEPS, REPEATS, WARM = 1000, 9, 200
SPEC = TrainSpec(labels={1: "one"}, batch=32, processes=1, steps=STEPS, tune_patches=0)
BATCH = Batch(torch.randn(32, 64), torch.randn(32, 8))


class Squares:
    """A loss for the perceptron."""

    def loss(self, found: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """Mean of squares."""
        return (found - wanted).square().mean()


class InMemory:
    """The same batch for ever."""

    def take(self, cursor: int) -> Batch:
        """The batch."""
        return BATCH


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    loops: dict[str, Callable[[int], None]] = {"bare": bare(), "residency": ours(), "fabric": fabric()}
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for loop in loops.values():
        loop(WARM)
    for _ in range(REPEATS):
        for name, loop in loops.items():
            began = time.perf_counter()
            loop(STEPS)
            seconds[name].append((time.perf_counter() - began) / STEPS)
    step = {name: 1e6 * statistics.median(times) for name, times in seconds.items()}
    added = {name: step[name] - step["bare"] for name in ("residency", "fabric")}
    result = {
        "microseconds_per_step": {name: round(value, 1) for name, value in step.items()},
        "added_microseconds": {name: round(value, 1) for name, value in added.items()},
        "added_by_ours_over_added_by_fabric": round(added["residency"] / added["fabric"], 2),
        "goal_microseconds": 40,
        "versions": {name: version(name) for name in ("torch", "lightning-fabric")},
    }
    print(json.dumps(result, indent=1))


def bare() -> Callable[[int], None]:
    """A loop without anything."""
    network, task = perceptron(), Squares()
    optimizer = build_optimizer(SPEC, network)

    def loop(steps: int) -> None:
        for _ in range(steps):
            loss = task.loss(network(BATCH.image), BATCH.target)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            loss.item()

    return loop


def ours() -> Callable[[int], None]:
    """The loop of this package, its progress going nowhere."""
    network = perceptron()
    training = Training(
        spec=SPEC,
        network=network,
        model=network,
        optimizer=build_optimizer(SPEC, network),
        task=Squares(),
        source=InMemory(),
        tune=[],
        mesh=Mesh(Share(0, 1), torch.device("cpu")),
        checkpoints=None,
        say=Voice(0, os.open(os.devnull, os.O_WRONLY)).say,
        asked=Halt(system_clock() + timedelta(hours=1)).reason,
    )
    return lambda steps: train(training, Position(), until=steps) and None


def fabric() -> Callable[[int], None]:
    """A loop as Lightning Fabric's guide writes it."""
    host, task = Fabric(accelerator="cpu", devices=1), Squares()
    host.launch()
    network = perceptron()
    wrapped, optimizer = host.setup(network, build_optimizer(SPEC, network))

    def loop(steps: int) -> None:
        for _ in range(steps):
            loss = task.loss(wrapped(BATCH.image), BATCH.target)
            host.backward(loss)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            loss.item()

    return loop


def perceptron() -> nn.Module:
    """Two layers."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))


if __name__ == "__main__":
    main()
