"""A small world to train in: sealed volumes of blobs, tickets for them, and gangs of real workers."""

import json
import os
import signal
import socket
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np

from residency.compute.launcher import Job
from residency.compute.local import LocalLauncher
from residency.engine.spec import Progress, RunKey, Ticket, TicketItem, TrainSpec, ticket_fd
from residency.kernel.clock import system_clock
from residency.store.access import StoreAccess
from residency.store.arrays import write_volume
from residency.store.places import file_url, open_store
from residency.store.sealed import GroupKey, Sealed

TINY = {
    "labels": {1: "ball"},
    "network": {"channels": (4, 8)},
    "patch": (8, 16, 16),
    "spacing_mm": (1.0, 1.0, 1.0),
    "batch": 2,
    "steps": 12,
    "checkpoint_every": {"steps": 4},
    "optimizer": {"learning_rate": 0.01},
    "schedule": {"warmup_steps": 2},
    "tune_patches": 2,
}


def tiny_spec(**changes) -> TrainSpec:
    """A spec that trains in a blink."""
    return TrainSpec.model_validate(TINY | changes)


def ball(number: int, shape=(12, 24, 24)) -> tuple[np.ndarray, np.ndarray]:
    """A bright ball in noise, int16 like a CT, and its label."""
    random = np.random.default_rng(number)
    grid = np.stack(np.meshgrid(*[np.arange(extent) for extent in shape], indexing="ij"), -1)
    middle = np.array(shape) * random.uniform(0.35, 0.65, 3)
    label = (np.linalg.norm((grid - middle) * (2, 1, 1), axis=-1) < 7).astype(np.uint8)
    return (random.normal(0, 40, shape) + 150 * label).astype(np.int16), label


class World:
    """A store with items, and the keys to them."""

    def __init__(self, root: Path, access: StoreAccess | None = None) -> None:
        self.access = access or StoreAccess(url=file_url(root / "objects"))
        self.sealed = Sealed(open_store(self.access))
        self.groups: dict[str, bytes] = {}
        self.run_key = RunKey(id="run-keys", key=bytes(range(32)))

    def item(self, number: int, *, shape=(12, 24, 24), spacing=(1.0, 1.0, 1.0)) -> TicketItem:
        """One subject, sealed under a group of its own."""
        key = GroupKey(f"group-{number}", os.urandom(32))
        self.groups[key.id] = key.key
        image, label = (
            write_volume(self.sealed, key, array, spacing_mm=spacing, context=f"item-{number}/{kind}")
            for array, kind in zip(ball(number, shape), ("image", "label"), strict=True)
        )
        return TicketItem(item=f"item-{number}", subject=f"subject-{number}", image=image, label=label)

    def ticket(self, spec: TrainSpec, items: dict[str, tuple[TicketItem, ...]], **changes) -> Ticket:
        """The right to train for ten minutes."""
        given = {
            "run": "run-1",
            "purpose": "train",
            "spec": spec,
            "store": self.access,
            "items": items,
            "groups": self.groups,
            "run_key": self.run_key,
            "checkpoints": "checkpoints/run-1",
            "lease_until": system_clock() + timedelta(minutes=10),
            "world": spec.processes,
        }
        return Ticket.model_validate(given | changes)


class Listener:
    """Hears what a worker in this process says."""

    def __init__(self) -> None:
        self.said: list[Progress] = []

    def say(self, **said: object) -> None:
        """One line."""
        self.said.append(Progress.model_validate(said))

    def of(self, event: str) -> list[Progress]:
        """All lines of this kind."""
        return [line for line in self.said if line.event == event]

    def last(self, event: str) -> Progress:
        """The last line of this kind."""
        return self.of(event)[-1]


class Gang:
    """Worker processes of one attempt, and all that they said."""

    def __init__(self, ticket: Ticket) -> None:
        meeting = socket.create_server(("127.0.0.1", 0))
        ticket = ticket.model_copy(update={"rendezvous": f"127.0.0.1:{meeting.getsockname()[1]}"})
        ticket_file = ticket_fd(ticket)
        os.set_inheritable(meeting.fileno(), True)
        module = (sys.executable, "-m", "residency.engine.worker")
        command = (*module, "--ticket-fd", str(ticket_file), "--listen-fd", str(meeting.fileno()))
        job = Job(id="job-1", command=command, ranks=ticket.world, threads=1)
        self.gang = LocalLauncher().start(job, inherit=(ticket_file, meeting.fileno()))
        self.said: list[Progress] = []
        os.close(ticket_file)
        meeting.close()

    def until(self, event: str, *, step: int = 0, seconds: float = 60) -> Progress:
        """Listen until rank 0 says this of this step or a later one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.hear(0.2)
            for line in self.said:
                if line.event == event and (line.step or 0) >= step:
                    return line
            assert not all(code is not None for code in self.gang.codes()), self.story()
        raise AssertionError(f"never said {event}: {self.story()}")

    def done(self, seconds: float = 90) -> tuple[int | None, ...]:
        """Exit codes, once every rank has ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and any(code is None for code in self.gang.codes()):
            self.hear(0.2)
        self.hear(0.2)
        codes = self.gang.codes()
        self.gang.kill()
        return codes

    def kill_rank(self, rank: int) -> None:
        """As the kernel would."""
        os.kill(self.gang.pids[rank], signal.SIGKILL)

    def terminate_rank(self, rank: int) -> None:
        """As a scheduler would."""
        os.kill(self.gang.pids[rank], signal.SIGTERM)

    def hear(self, seconds: float) -> None:
        """Collect what was said."""
        self.said += [Progress.model_validate(json.loads(line)) for _, line in self.gang.lines(seconds)]

    def last(self, event: str) -> Progress:
        """The last line of this kind."""
        found = [line for line in self.said if line.event == event]
        assert found, self.story()
        return found[-1]

    def story(self) -> str:
        """What happened, for a failing test."""
        said = [line.model_dump(exclude_none=True, exclude={"environment"}) for line in self.said[-8:]]
        return f"{self.gang.codes()} {said} {self.gang.last_words()}"
