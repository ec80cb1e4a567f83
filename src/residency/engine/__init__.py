"""The engine: the only folder that imports torch; it knows no user, no database and no scheduler.

A worker is handed a ticket (`spec`), reads sealed volumes (`sampling`), trains a network (`networks`, `tasks`, `loop`)
over the processes given (`parallel`), seals checkpoints (`checkpoint`), predicts (`predict`), and says what it does in
lines of JSON (`worker`). The names below are resolved when they are first asked for, so that `engine.spec` can be
read without torch. Not here: who may train, where, and for how long (`runs`, `compute`).
"""

from importlib import import_module
from typing import Any

_PLACES = {
    "TrainSpec": "spec",
    "Ticket": "spec",
    "TicketItem": "spec",
    "Progress": "spec",
    "Checkpoints": "checkpoint",
    "build_network": "networks",
    "build_task": "tasks",
}


def __getattr__(name: str) -> Any:
    """Import the module of a public name at its first use (PEP 562)."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_PLACES)
