"""How many things this process may do at once: as many as it has processors, or one where others share them.

    with ThreadPoolExecutor(cores()) as pool: …
    alone()                    # in a process of a crew that has one process for each processor

Not here: the crew (`folders.crew`).
"""

import os

import pyarrow as pa

_shared = False


def cores() -> int:
    """Processors that this process may use by itself."""
    if _shared:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def alone() -> None:
    """From now on this process keeps to one thread; for the rest of its life."""
    global _shared  # noqa: PLW0603
    _shared = True
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
