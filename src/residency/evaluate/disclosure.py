"""Figures that leave the site: a disclosure, which the log names before it happens.

    check_folder(ask.figures)                                        # before anything is opened
    act.reason = disclosure(ask.figures, pictures)                   # in the act
    hand_out(ask.figures, pictures)                                  # after it

Refuses a folder that cannot be written, by name; one that fails halfway is named too, and then the log has promised
more than left. Not here: drawing (`gallery`), the bundle (`release`).
"""

import os
from collections.abc import Mapping
from pathlib import Path

from residency.errors import Unavailable
from residency.evaluate import gallery
from residency.store.files import write_atomically
from residency.store.objects import StoreUnavailable


class FiguresUnwritable(Unavailable):
    """The folder that is to take the figures does not take them."""


def check_folder(folder: Path | None) -> None:
    """Whether figures could be written there, as far as can be seen without writing; raises FiguresUnwritable."""
    if folder is None:
        return
    # Unlike those of Path, these questions never raise.
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(path))
    if not os.path.isdir(nearest):
        raise _unwritable(folder, f"{nearest} is no folder")
    if not os.access(nearest, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise _unwritable(folder, f"nothing may be written in {nearest}")


def disclosure(folder: Path | None, pictures: Mapping[str, bytes]) -> str:
    """What the log says of figures that leave the site; it says so before they do."""
    if folder is None:
        return ""
    people = sum(1 for name in pictures if gallery.shows_subjects(name))
    return f"disclosed to {folder.absolute()}: {len(pictures)} figures, {people} of them of single subjects"


def hand_out(folder: Path | None, pictures: Mapping[str, bytes]) -> None:
    """Write the figures; raises FiguresUnwritable."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, png in pictures.items():
            write_atomically(folder / f"{name}.png", png)
    except OSError as error:
        raise _unwritable(folder, error.strerror or type(error).__name__) from error
    except StoreUnavailable as error:
        raise _unwritable(folder, error.message) from error


def _unwritable(folder: Path, why: str) -> FiguresUnwritable:
    return FiguresUnwritable(
        f"Figures cannot be written to {folder}: {why.rstrip('.')}.",
        remedy="Name another folder, or make room; evaluating the same again looks at nothing and writes them there.",
    )
