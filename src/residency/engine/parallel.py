"""The processes of a run, and the model wrapped for them.

    with join(ticket, rank=0, listening=7) as mesh:
        model = mesh.wrap(network)                     # DDP where there is more than one process
        loss, stop = mesh.agree(loss, stop=False)      # mean over ranks; stop if any rank was told to

The device is chosen automatically: one CUDA device per rank where there are enough, else the processor. Rank 0 serves
the meeting point on a socket that the supervisor has bound already, so that no port is guessed and nothing but that
address is listened on; every attempt is a fresh set of processes at a fresh port, since a restart in place meets
stale addresses (pytorch/pytorch#135712). Not run on a GPU yet: nccl, bf16 autocast and pinned memory are written
after the documentation and were never executed there. Not here: FSDP2, tensor and pipeline parallelism.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from residency.engine.sampling import Batch, Share
from residency.engine.spec import Ticket, TrainSpec
from residency.errors import Unavailable

_TRANSPORTS = ("gloo", "NCCL")
# A peer that dies closes its connections at once; this only bounds one that hangs, and slow steps are no hang.
_COLLECTIVE = timedelta(minutes=10)


class PeersMissing(Unavailable):
    """Another process of the run did not come, or went away."""


@dataclass(frozen=True)
class Mesh:
    """This process among those of the run."""

    share: Share
    device: torch.device
    precision: str = "fp32"
    saving: dist.ProcessGroup | None = None

    def wrap(self, network: nn.Module) -> nn.Module:
        """The model on its device, its gradients averaged over the processes."""
        network = network.to(self.device)
        if self.share.world == 1:
            return network
        return DistributedDataParallel(network, gradient_as_bucket_view=True)

    def rehearse(self, model: nn.Module, spec: TrainSpec) -> None:
        """One step on nothing, so that a fresh start and a resumed one add gradients in the same order.

        DDP lays its buckets out anew after the first backward pass of a process, and with three ranks or more the
        layout decides in which order they are added: resumed bits differed until this was done. Two addends commute.
        """
        if self.share.world < 3:
            return
        kept = {name: part.clone() for name, part in model.state_dict().items()}
        nothing = torch.zeros(spec.batch // self.share.world, 1, *spec.patch, device=self.device)
        with self.precise():
            model(nothing).float().sum().backward()
        model.zero_grad(set_to_none=True)
        model.load_state_dict(kept)

    def place(self, batch: Batch) -> Batch:
        """The batch on the device."""
        if self.device.type == "cpu":
            return batch
        image, target = batch.image.pin_memory(), batch.target.pin_memory()
        return Batch(image.to(self.device, non_blocking=True), target.to(self.device, non_blocking=True))

    def precise(self) -> AbstractContextManager:
        """Autocast to bf16 where the spec asks for it."""
        return torch.autocast(self.device.type, torch.bfloat16) if self.precision == "bf16" else nullcontext()

    def agree(self, loss: Tensor, *, stop: bool) -> tuple[float, bool]:
        """Mean loss over the ranks, and whether any of them wants to stop: the same answer on every rank."""
        if self.share.world == 1:
            return loss.item(), stop
        both = torch.stack([loss.detach(), loss.new_tensor(float(stop))])
        dist.all_reduce(both)
        total, wishes = both.tolist()
        return total / self.share.world, wishes > 0

    def same(self, value: Any) -> Any:
        """The first rank's value, on every rank."""
        box = [value]
        if self.share.world > 1:
            dist.broadcast_object_list(box, group=self.saving)
        return box[0]

    def first(self, tensor: Tensor) -> Tensor:
        """A copy of the first rank's tensor, on every rank."""
        copy = tensor.clone()
        if self.share.world > 1:
            dist.broadcast(copy, 0)
        return copy

    def total(self, counts: Tensor) -> Tensor:
        """Counts added over the ranks."""
        counts = counts.to(self.device)
        if self.share.world > 1:
            dist.all_reduce(counts)
        return counts.cpu()


@contextmanager
def join(ticket: Ticket, *, rank: int, listening: int | None = None) -> Iterator[Mesh]:
    """Meet the other processes of this attempt; raises PeersMissing when they do not come or go away."""
    device = _device(rank, ticket.world)
    share = Share(rank, ticket.world)
    if ticket.world == 1:
        yield Mesh(share, device, ticket.spec.precision)
        return
    try:
        _meet(ticket, rank, listening, device)
        # Checkpoints are written by a thread: its collectives must never interleave with those of training.
        saving = dist.new_group(backend="gloo")
        yield Mesh(share, device, ticket.spec.precision, saving)  # pyrefly: ignore[bad-argument-type]
    except (dist.DistError, RuntimeError) as error:
        if not isinstance(error, dist.DistError) and not any(word in str(error) for word in _TRANSPORTS):
            raise
        raise PeersMissing(
            f"Rank {rank} lost the other processes of {ticket.run}.", remedy="The supervisor starts them again."
        ) from error


def alone(ticket: Ticket, *, rank: int) -> Mesh:
    """This process with its device and precision, and no connection to the others: predictions need no word of them."""
    return Mesh(Share(rank, ticket.world), _device(rank, ticket.world), ticket.spec.precision)


def settle(spec: TrainSpec) -> None:
    """Threads, determinism and seed of this process, before anything is built."""
    torch.set_num_threads(spec.threads)
    torch.use_deterministic_algorithms(spec.deterministic)
    torch.backends.cudnn.benchmark = not spec.deterministic
    torch.backends.cudnn.deterministic = spec.deterministic
    torch.manual_seed(spec.seed)


def _meet(ticket: Ticket, rank: int, listening: int | None, device: torch.device) -> None:
    host, _, port = ticket.rendezvous.rpartition(":")
    if host == "127.0.0.1":
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    store = dist.TCPStore(
        host,
        int(port),
        ticket.world,
        is_master=rank == 0,
        timeout=ticket.rendezvous_timeout,
        wait_for_workers=False,
        master_listen_fd=listening if rank == 0 else None,
    )
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=ticket.world, timeout=_COLLECTIVE)


def _device(rank: int, world: int) -> torch.device:
    if not torch.cuda.is_available() or torch.cuda.device_count() < world:
        return torch.device("cpu")
    device = torch.device("cuda", rank)
    torch.cuda.set_device(device)
    return device
