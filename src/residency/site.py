"""Site: the floors, machines and settings that every act receives; and `perform`, the one way to call an act.

version = perform(site, by, "dataset.freeze", Freeze(draft="draft-01k…"))
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from residency.acts import BY_NAME
from residency.compute.launcher import Launcher
from residency.errors import BadInput
from residency.govern import audit
from residency.govern.gate import Gate
from residency.govern.identity import Actor, SigningKey
from residency.govern.ledger import Ledger
from residency.kernel.clock import Clock
from residency.kernel.digest import digest
from residency.settings import Settings
from residency.store.keys import KeyRing
from residency.store.objects import DirectoryStore, make_folder, write_atomically
from residency.store.sealed import Sealed


class ActUnknown(BadInput):
    """There is no act of this name."""


@dataclass(frozen=True)
class Site:
    """A place where acts happen; built by `wiring`, never by an act."""

    folder: Path
    settings: Settings
    ledger: Ledger
    gate: Gate
    ring: KeyRing
    log_key: SigningKey
    objects: DirectoryStore
    sealed: Sealed
    launcher: Launcher
    clock: Clock
    development: bool


def function_of(name: str) -> Any:
    """The function behind an act; raises ActUnknown."""
    if name not in BY_NAME:
        raise ActUnknown(f"There is no act '{name}'.", remedy="'residency --help' lists them.")
    module, _, function = BY_NAME[name].function.partition(":")
    return getattr(import_module(module), function)


def perform(site: Site, by: Actor, name: str, ask: Any) -> Any:
    """Call an act; exactly one outcome event is left, and the record it made is returned."""
    function = function_of(name)
    try:
        with site.gate.call(by, name):
            return function(site, by, ask)
    finally:
        keep_head(site)


def keep_head(site: Site) -> None:
    """Write the signed head of the log where the settings say: outside, it shows a later rollback.

    A kept head that speaks of more events than the log holds is the evidence of a rollback: it is put aside under a
    name of its own, and 'audit verify' goes on finding it there.
    """
    if not site.settings.heads:
        return
    folder = site.folder / site.settings.heads
    make_folder(folder)
    newest = folder / "newest.note"
    # Read in this order, a head that another process wrote meanwhile never looks like one from the future.
    kept = newest.read_text(errors="replace") if newest.exists() else ""
    with site.ledger.reading() as book:
        note = audit.head_note(book)
    if kept and audit.outruns(kept, note):
        newest.rename(folder / f"ahead-{digest(kept.encode())[7:23]}.note")
    write_atomically(newest, note.encode(), mode=0o644)
