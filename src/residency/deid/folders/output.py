"""The places of cleaned files in the output: no file over another, a directory of DICOM files if there was one.

    output = Output(target, drafts, short=True)
    result = output.file(kept)             its drafts moved to their places, or held back for a name that is taken
    output.finish(names)

Results are filed in the order of the input, whatever the order in which they came, and only when all are there: what a
folder gives does not hang on how fast its parts were. Filing that was interrupted is done again with the same end: a
draft that is not there is in its place. Files of a series are named by their UIDs; where a DICOMDIR will list them,
they have the short names that it asks for. Not here: the report (`told`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from residency.deid.dicom.directory import directory
from residency.deid.folders.drafts import Drafts
from residency.deid.folders.outcome import Kept, Result
from residency.deid.pseudonyms import Names
from residency.deid.reason import Reason
from residency.store.files import write_atomically

_TAKEN = Reason(code="DUPLICATE", sentence="Another file of the output has the same name.")
_TWICE = Reason(code="DUPLICATE", sentence="Files of another series are the same instances.")


class Output:
    """What has its place so far."""

    def __init__(self, target: Path, drafts: Drafts, *, short: bool) -> None:
        self.target, self._drafts, self._short = target, drafts, short
        self._taken: set[str] = set()
        self._listed: list[str] = []
        self._series = 0

    def file(self, kept: Kept) -> Result:
        """Move the drafts of a result to their places; all are held back if the name of one is taken."""
        names = [draft.name for draft in kept.drafts]
        if not self._taken.isdisjoint(names) or len(set(names)) < len(names):
            return replace(kept.result, quarantine=_TWICE if kept.result.kind == "dicom" else _TAKEN)
        self._taken.update(names)
        for draft, place in zip(kept.drafts, self._places(kept, names), strict=True):
            path = self.target / place
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting = self._drafts.folder / draft.place
            if waiting.exists() or not path.exists():
                waiting.replace(path)
        return kept.result

    def finish(self, names: Names) -> None:
        """Write the directory, where there was one."""
        if self._short:
            data = directory(_Read(self.target, self._listed), names.uid("the directory of this output"))
            write_atomically(self.target / "DICOMDIR", data, mode=0o644)

    def _places(self, kept: Kept, names: list[str]) -> list[str]:
        if kept.result.kind != "dicom" or not self._short or not names:
            return names
        self._series += 1
        places = [f"DICOM/S{self._series:07d}/I{number:07d}" for number in range(1, len(names) + 1)]
        self._listed += places
        return places


class _Read(Mapping[str, bytes]):
    """Files by their names, each read when it is asked for."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self._folder, self._names = folder, names

    def __getitem__(self, name: str) -> bytes:
        return (self._folder / name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
