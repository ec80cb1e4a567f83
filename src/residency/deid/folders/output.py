"""The folder that the cleaned files go into: no file over another, a directory of DICOM files if there was one.

    output = Output(target, short=True)
    result = output.series(result)            written; the result comes back without its bytes
    result = output.file(result)              of another kind
    result = output.streamed(clean)           `clean` writes into the draft that it is given
    output.finish(names)

Files of a series are named by their UIDs; where a DICOMDIR will list them, they have the short names that it asks for.
Not here: the report (`clean`).
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from residency.deid.dicom.directory import directory
from residency.deid.dicom.series import SeriesResult
from residency.deid.folders.outcome import Result
from residency.deid.pseudonyms import Names
from residency.deid.reason import Reason

_TAKEN = Reason(code="DUPLICATE", sentence="Another file of the output has the same name.")
_TWICE = Reason(code="DUPLICATE", sentence="Files of another series are the same instances.")


class Output:
    """What has been written so far."""

    def __init__(self, target: Path, *, short: bool) -> None:
        self.target, self._short = target, short
        self._files: list[str] = []
        self._instances: set[str] = set()
        target.mkdir(parents=True, exist_ok=True)

    def series(self, result: SeriesResult) -> SeriesResult:
        """Write a series; one whose instances are there already is held back."""
        if not self._instances.isdisjoint(name for name, _ in result.outputs):
            return replace(result, outputs=[], quarantine=_TWICE)
        folder = f"DICOM/S{len({Path(name).parent for name in self._files}) + 1:07d}"
        for number, (name, data) in enumerate(result.outputs, 1):
            self._instances.add(name)
            self._files.append(f"{folder}/I{number:07d}" if self._short else name)
            self._write(self._files[-1], data)
        return replace(result, outputs=[])

    def file(self, result: Result) -> Result:
        """Write the files of another kind; all are held back if the name of one is taken."""
        if any((self.target / name).exists() for name, _ in result.outputs):
            return replace(result, outputs=(), quarantine=_TAKEN)
        for name, data in result.outputs:
            if data is not None:
                self._write(name, data)
        return replace(result, outputs=())

    def streamed(self, clean: Callable[[Path], Result]) -> Result:
        """The same for a file too large for memory; of one that is held back nothing stays."""
        draft = self.target / ".draft"
        try:
            result = clean(draft)
            for name, _ in result.outputs:
                place = self.target / name
                if place.exists():
                    return replace(result, outputs=(), quarantine=_TAKEN)
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(draft, place)
            return replace(result, outputs=())
        finally:
            draft.unlink(missing_ok=True)

    def finish(self, names: Names) -> None:
        """Write the directory, where there was one."""
        if self._short:
            files = {name: (self.target / name).read_bytes() for name in self._files}
            self._write("DICOMDIR", directory(files, names.uid("the directory of this output")))

    def _write(self, name: str, data: bytes) -> None:
        path = self.target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
