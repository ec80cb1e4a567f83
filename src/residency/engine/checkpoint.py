"""Checkpoints through torch's distributed format (DCP), sealed, asynchronous, visible only when complete.

    checkpoints = Checkpoints(sealed, ticket, mesh)
    checkpoints.save(step, state)           # returns at once: tensors are copied, sealed and written by threads
    checkpoints.staged()                    # before the weights move again
    done = checkpoints.finished()           # a Saved, once all ranks have written
    found = find_checkpoint(sealed, ticket)
    load_checkpoint(sealed, ticket, found, state, mesh)

Every object is sealed under the run's key with run, step, attempt and file bound to it. A sealed `complete`, written
last, names the others with their digests; without it there is no checkpoint, so a kill leaves nothing visible. The
metadata pickle is authenticated before it is opened (`engine.sealed_files`). Not here: what a state is made of
(`engine.state`), and how long checkpoints are kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.api import CheckpointException
from torch.distributed.checkpoint.staging import DefaultStager, StagingOptions
from torch.distributed.checkpoint.state_dict_saver import AsyncSaveResponse

from residency.engine.parallel import Mesh
from residency.engine.sealed_files import Complete, SealedFiles, SealedReader, SealedWriter, StrictPlanner
from residency.engine.spec import Ticket
from residency.errors import BadInput, Missing, ResidencyError
from residency.kernel.clock import stopwatch
from residency.kernel.digest import digest_of
from residency.store.sealed import Sealed

State = dict[str, Any]
_NOTHING = "sha256:" + "0" * 64


class CheckpointMissing(Missing):
    """No complete checkpoint of this step is here."""


class SpecDiffers(BadInput):
    """The checkpoint was written under another specification."""


@dataclass(frozen=True)
class Saved:
    """A checkpoint that is now visible, and how long training stood still for it."""

    complete: Complete
    stalled: float


class Checkpoints:
    """Writes the checkpoints of one attempt, one at a time."""

    def __init__(self, sealed: Sealed, ticket: Ticket, mesh: Mesh) -> None:
        self._sealed, self._ticket, self._mesh = sealed, ticket, mesh
        cuda = mesh.device.type == "cuda"
        self._stager = DefaultStager(
            StagingOptions(
                use_pinned_memory=cuda, use_shared_memory=False, use_async_staging=True, use_non_blocking_copy=cuda
            )
        )
        self._pending: tuple[SealedWriter, AsyncSaveResponse] | None = None
        self._stalled = 0.0

    def save(self, step: int, state: State) -> Saved | None:
        """Begin to save; waits for the checkpoint before, which is returned if nobody was told of it yet."""
        began = stopwatch()
        before = self.wait()
        ticket, mesh = self._ticket, self._mesh
        complete = Complete(
            run=ticket.run,
            spec=spec_digest(ticket),
            step=step,
            attempt=ticket.attempt,
            world=mesh.share.world,
            weights=_NOTHING,
            files={},
        )
        writer = SealedWriter(_files(self._sealed, ticket, complete), complete)
        with _plainly():
            future = dcp.async_save(
                state,
                storage_writer=writer,
                process_group=mesh.saving,
                async_stager=self._stager,
                no_dist=mesh.saving is None,
            )
        self._pending = writer, future  # pyrefly: ignore[bad-assignment]
        self._stalled = stopwatch() - began
        return before

    def staged(self) -> None:
        """Wait until the copy is taken: weights may move again."""
        if self._pending is not None and not self._pending[1].staging_completion.done():
            began = stopwatch()
            with _plainly():
                self._pending[1].staging_completion.result()
            self._stalled += stopwatch() - began

    def finished(self) -> Saved | None:
        """The checkpoint that became visible since the last question; raises what its writing raised."""
        if self._pending is None or not self._pending[1].upload_completion.done():
            return None
        return self.wait()

    def wait(self) -> Saved | None:
        """Wait for the checkpoint that is being written."""
        if self._pending is None:
            return None
        (writer, future), self._pending = self._pending, None
        with _plainly():
            future.upload_completion.result()
        return Saved(writer.complete, self._stalled)


def find_checkpoint(sealed: Sealed, ticket: Ticket, *, step: int | None = None) -> Complete | None:
    """The newest complete checkpoint of the run, or the newest of this step; raises SealBroken."""
    prefix, found = f"{ticket.checkpoints}/", None
    for name in sealed.objects.names(prefix):
        folder, _, file = name.removeprefix(prefix).partition("/")
        if file != "complete":
            continue
        place = tuple(int(part) for part in folder.split("."))
        if (step is None or place[0] == step) and (found is None or place > found):
            found = place
    if found is None:
        return None
    context = _context(ticket.run, *found)
    ref = sealed.find(f"{_folder(ticket, *found)}/complete", group=ticket.run_key.id, context=f"{context}/complete")
    return Complete.model_validate_json(sealed.read(ref, _keys(ticket)))


def load_checkpoint(sealed: Sealed, ticket: Ticket, complete: Complete, state: State, mesh: Mesh | None = None) -> None:
    """Fill the tensors of a state in place, and its other values; raises SpecDiffers, SealBroken, CheckpointBroken."""
    if complete.spec != spec_digest(ticket):
        raise SpecDiffers(
            f"Checkpoint {complete.step} of {complete.run} was written under another specification.",
            remedy="A changed specification is a new run.",
        )
    saving = mesh.saving if mesh else None
    reader = SealedReader(_files(sealed, ticket, complete))
    with _plainly():
        dcp.load(
            state,
            storage_reader=reader,
            planner=StrictPlanner(),
            process_group=saving,
            no_dist=saving is None,
        )


def spec_digest(ticket: Ticket) -> str:
    """What a checkpoint is bound to besides its run."""
    return digest_of(ticket.spec.model_dump(mode="json"))


def _files(sealed: Sealed, ticket: Ticket, complete: Complete) -> SealedFiles:
    folder = _folder(ticket, complete.step, complete.attempt)
    context = _context(complete.run, complete.step, complete.attempt)
    return SealedFiles(sealed, ticket.run_key.group(), folder, context, complete.files)


def _folder(ticket: Ticket, step: int, attempt: int) -> str:
    # The attempt is part of the name: objects are written once, and a killed save has left some behind.
    return f"{ticket.checkpoints}/{step:08d}.{attempt:04d}"


def _context(run: str, step: int, attempt: int) -> str:
    return f"checkpoint/{run}/{step}/{attempt}"


def _keys(ticket: Ticket) -> dict[str, bytes]:
    return {ticket.run_key.id: ticket.run_key.key}


@contextmanager
def _plainly() -> Iterator[None]:
    """Raise our own error where one of ours lies at the bottom of DCP's."""
    try:
        yield
    except CheckpointException as error:
        for cause, _ in error.failures.values():
            if isinstance(cause, ResidencyError):
                raise cause from None
        raise RuntimeError(str(error)) from error
