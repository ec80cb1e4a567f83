"""Why something is held back: a code to group by and a sentence to read. Not here: what becomes of it (`holding`)."""

from typing import Literal

from residency.kernel.record import Part

Code = Literal[
    "BURNED-IN",
    "FACE",
    "OBJECT-NOT-SUPPORTED",
    "UNREADABLE",
    "RESIDUAL",
    "SUBJECT-MIXED",
    "NO-SUBJECT",
    "DUPLICATE",
    "WITHDRAWN",
]


class Reason(Part):
    """Why something was not let through: a code to group by and a sentence to read, without a patient's value."""

    code: Code
    sentence: str
