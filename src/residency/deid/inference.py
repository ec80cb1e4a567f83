"""onnxruntime, which runs the small nets of this chapter, and which must be told to send nothing.

    session = runtime().InferenceSession(model, options, providers=["CPUExecutionProvider"])

On Linux, builds since 1.32 make a lasting device identifier below the home folder, keep a database of events there, and
send them to their maker, unless ORT_DISABLE_TELEMETRY is set before the library is first loaded; what its Python API
offers comes too late. Whoever set the variable otherwise is not overruled. Not here: the nets (`notes.tagger`,
`dicom.ocr`).
"""

import os
from typing import Any

_OFF = "ORT_DISABLE_TELEMETRY"


def runtime() -> Any:
    """The module onnxruntime; raises ImportError where it is not installed."""
    os.environ.setdefault(_OFF, "1")
    import onnxruntime

    return onnxruntime
