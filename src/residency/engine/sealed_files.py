"""The files of one checkpoint as sealed objects: what torch's DCP reads and writes instead of a folder.

    writer = SealedWriter(SealedFiles(sealed, key, folder))        # a storage writer for dcp.async_save
    reader = SealedReader(SealedFiles(sealed, key, folder, complete.files))

Files are written once. DCP writes its metadata to a temporary name and renames it; the draft stays in memory and is
sealed at the rename. Refuses files that the sealed list of the checkpoint does not name, and metadata whose pickle
holds anything but DCP's own types. Not here: when a checkpoint is taken (`engine.checkpoint`).
"""

import dataclasses
import io
import os
import pickle
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch.distributed.checkpoint import FileSystemReader, FileSystemWriter
from torch.distributed.checkpoint.default_planner import DefaultLoadPlanner
from torch.distributed.checkpoint.filesystem import FileSystemBase
from torch.distributed.checkpoint.metadata import Metadata, StorageMeta
from torch.distributed.checkpoint.planner import ReadItem, SavePlan, SavePlanner
from torch.distributed.checkpoint.storage import WriteResult
from torch.futures import Future

from residency.engine.weights import weights_digest
from residency.errors import Broken
from residency.kernel.digest import Digest
from residency.kernel.record import Part
from residency.store.named import write_names
from residency.store.sealed import GroupKey, Sealed, SealedRef

MODEL = "model."
_DRAFT = ".tmp"
_PICKLED = {
    "torch": {"Size", "bfloat16", "float16", "float32", "float64", "int32", "int64", "uint8", "bool"},
    "torch.serialization": {"_get_layout"},
    "torch.distributed.checkpoint.filesystem": {"_StorageInfo"},
    "torch.distributed.checkpoint.metadata": {
        "BytesStorageMetadata",
        "ChunkStorageMetadata",
        "Metadata",
        "MetadataIndex",
        "StorageMeta",
        "TensorProperties",
        "TensorStorageMetadata",
        "_MEM_FORMAT_ENCODING",
    },
}


class CheckpointBroken(Broken):
    """A checkpoint holds what it must not hold, or lacks what it must."""


class Complete(Part):
    """A whole checkpoint: written last, sealed, and only then is there one."""

    run: str
    spec: Digest
    step: int
    attempt: int
    world: int
    weights: Digest
    files: dict[str, SealedRef]


class SealedFiles(FileSystemBase):
    """Files of one folder as sealed objects; the folder and the file's name are bound to each."""

    def __init__(
        self, sealed: Sealed, key: GroupKey, folder: str, context: str, known: Mapping[str, SealedRef] | None = None
    ) -> None:
        self.folder, self.context = folder, context
        self.written: dict[str, SealedRef] = dict(known or {})
        self._sealed, self._key = sealed, key
        self._drafts: dict[str, bytes] = {}

    @contextmanager
    def create_stream(self, path: str | os.PathLike, mode: str) -> Iterator[Any]:
        """A file to write to, sealed when the block ends well; or to read from."""
        name = str(path)
        if "r" in mode:
            with self._sealed.open(self._ref(name), {self._key.id: self._key.key}) as file:
                yield file
        elif name.endswith(_DRAFT):
            with io.BytesIO() as draft:
                yield draft
                self._drafts[name] = draft.getvalue()
        else:
            writer = self._sealed.create(self._key, **self._place(name))
            try:
                yield writer
                self.written[name] = writer.commit()
            except BaseException:
                writer.discard()
                raise

    def seal(self, name: str, data: bytes) -> SealedRef:
        """Write a small file whole."""
        self.written[name] = self._sealed.write(data, self._key, **self._place(name))
        return self.written[name]

    def seal_list(self, name: str, data: bytes, refs: Iterable[SealedRef]) -> SealedRef:
        """Write a small file that refers to others, with their names beside it."""
        write_names(self._sealed.objects, self._place(name)["name"], {ref.name for ref in refs})
        return self.seal(name, data)

    def concat_path(self, path: str | os.PathLike, suffix: str) -> str:
        """All files lie in one folder, so that a name is enough."""
        return suffix

    def rename(self, path: str | os.PathLike, new_path: str | os.PathLike) -> None:
        """Seal a draft under its lasting name."""
        self.seal(str(new_path), self._drafts.pop(str(path)))

    def init_path(self, path: str | os.PathLike) -> str:
        """The folder is fixed when this is made."""
        return self.folder

    def mkdir(self, path: str | os.PathLike) -> None:
        """Objects need no folder."""

    @classmethod
    def validate_checkpoint_id(cls, checkpoint_id: str | os.PathLike) -> bool:
        """Any name of an object will do."""
        return True

    def exists(self, path: str | os.PathLike) -> bool:
        """Whether this attempt has written the file."""
        return str(path) in self.written

    def rm_file(self, path: str | os.PathLike) -> None:
        """Nothing of a checkpoint is ever replaced."""
        raise CheckpointBroken(f"File {path} of {self.folder} was written twice.", remedy="Start a new attempt.")

    def _ref(self, name: str) -> SealedRef:
        if name not in self.written:
            raise CheckpointBroken(f"Checkpoint {self.folder} names no file '{name}'.", remedy="Take an earlier one.")
        return self.written[name]

    def _place(self, name: str) -> dict[str, str]:
        return {"name": f"{self.folder}/{name.lstrip('.')}", "context": f"{self.context}/{name}"}


@dataclasses.dataclass(frozen=True)
class _Written(WriteResult):
    """What DCP tells the first rank of each tensor, and the sealed file that holds it."""

    file: str = ""
    ref: SealedRef | None = None


class SealedWriter(FileSystemWriter):
    """Writes the parts of all ranks; the first rank then seals the metadata and the list of all files."""

    def __init__(self, files: SealedFiles, complete: Complete) -> None:
        # An object is synced when it is committed; DCP's own fsync has no descriptor to work on.
        super().__init__(files.folder, sync_files=False, overwrite=False)
        self.fs, self.path = files, files.folder  # pyrefly: ignore[bad-override-mutable-attribute]
        self.complete = complete

    def write_data(self, plan: SavePlan, planner: SavePlanner) -> Future[list[WriteResult]]:
        """Write this rank's part and tell which sealed file it became."""
        # Taken from the copy that is being sealed, in this thread, so that training does not wait for it.
        staged = {name.removeprefix(MODEL): part for name, part in planner.state_dict.items() if name.startswith(MODEL)}  # pyrefly: ignore[missing-attribute]
        self.complete = self.complete.model_copy(update={"weights": weights_digest(staged)})
        results = super().write_data(plan, planner).wait()
        told: Future[list[WriteResult]] = Future()
        told.set_result([self._told(result) for result in results])
        return told

    def finish(self, metadata: Metadata, results: list[list[WriteResult]]) -> None:
        """On the first rank, after all have written: the metadata, then the list that makes it a checkpoint."""
        super().finish(metadata, results)
        parts = {result.file: result.ref for part in results for result in part if isinstance(result, _Written)}
        self.complete = self.complete.model_copy(update={"files": {**self.fs.written, **parts}})
        self.fs.seal_list("complete", self.complete.model_dump_json().encode(), self.complete.files.values())

    def _told(self, result: WriteResult) -> _Written:
        name = result.storage_data.relative_path
        return _Written(result.index, result.size_in_bytes, result.storage_data, name, self.fs.written[name])


class SealedReader(FileSystemReader):
    """Reads a checkpoint, every frame authenticated before torch sees a byte; raises SealBroken, CheckpointBroken."""

    def __init__(self, files: SealedFiles) -> None:
        super().__init__(files.folder)
        self.fs, self.path = files, files.folder  # pyrefly: ignore[bad-override-mutable-attribute]
        # Opened here and not when DCP asks, which takes any error for a missing file.
        with files.create_stream(".metadata", "rb") as file:
            self._metadata = _MetadataUnpickler(io.BytesIO(file.read())).load()

    def read_metadata(self, *args: Any, **kwargs: Any) -> Metadata:
        """The metadata that was authenticated."""
        self._metadata.storage_meta = self._metadata.storage_meta or StorageMeta()
        self._metadata.storage_meta.load_id = self.load_id
        return self._metadata


class StrictPlanner(DefaultLoadPlanner):
    """Numbers and short texts beside the tensors may be nothing else: torch opens them without code."""

    def load_bytes(self, read_item: ReadItem, value: io.BytesIO) -> None:
        """Open once as plain data, which refuses code; then as DCP does."""
        torch.load(value, weights_only=True)
        value.seek(0)
        super().load_bytes(read_item, value)


class _MetadataUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module == "pathlib" and name in ("PosixPath", "Path"):
            return str
        if name not in _PICKLED.get(module, ()):
            raise CheckpointBroken(
                f"The metadata of a checkpoint names {module}.{name}, which no checkpoint holds.",
                remedy="Do not use it; ask who can write to the store.",
            )
        return super().find_class(module, name)
