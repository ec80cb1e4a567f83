"""Who gives the names in `deid.run`: the key of a protocol, or its sealed vault; one of each over all its sources.

    naming = open_naming(site, lease, intake, recipe)
    naming.names                                    # for the bench; a vault where the recipe leaves years alone
    records = naming.seal({"7QZ…": ["key-group-…"]})  # codes of this run → groups of the intake that they came from
    naming.beaten(site)                             # in the act: somebody else's names came first

A vault is two sealed objects: the table that all share, which leads nowhere, and a list with each subject's way back
under a key group of that subject. That group says of which groups of the intakes it is: whoever withdraws is found
along these, and destroying their keys destroys the way back with them, here and in every backup. Codes of somebody who
has withdrawn stay known in the table, so that nothing of theirs is let in again. Two runs that both add to a vault
conflict: the later one begins again. Not here: the names (`pseudonyms`, `vault`), who may lead a code back (`reveal`).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Protocol

from pydantic import Field

from residency.deid.pseudonyms import Identity, Names, Pseudonyms
from residency.deid.recipe import Recipe
from residency.deid.vault import Vault
from residency.govern.gate import Lease
from residency.govern.ledger import Ledger
from residency.ingest.intake import Intake
from residency.ingest.source import Groups
from residency.kernel.digest import canonical
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.site import Site
from residency.store.keys import KeyGroup, KeySpace
from residency.store.rows import more_rows, read_rows, write_rows
from residency.store.sealed import SealedRef

WAY_BACK = "subject"
"""The data type of a way back: it goes with what is said of a subject."""


class SealedVault(Record):
    """The vault of a protocol (or of several that hold together): the shared table, and the ways back."""

    kind: ClassVar[str] = "vault"
    protocols: tuple[str, ...]
    space: str
    table: SealedRef
    subjects: SealedRef

    @property
    def scope(self) -> str:
        """Looked up by its protocols."""
        return _scope(self.protocols)


class Naming(Protocol):
    """The names of one run. `vault` is the identifier of the vault, empty under a key."""

    names: Names
    vault: str

    def seal(self, called: Mapping[str, Collection[str]]) -> Sequence[Record]:
        """What must be saved for the names of this run to be given, once all are; by code, the groups they are of."""
        ...

    def beaten(self, site: Site) -> bool:
        """Whether somebody else's names were saved since these were opened, so that one person would get two."""
        ...


def open_naming(site: Site, lease: Lease, intake: Intake, recipe: Recipe) -> Naming:
    """The names of an intake's protocol in the form that the recipe asks for; raises LeaseEnded, KeysMoved."""
    return _Drawn(site, lease, intake) if recipe.years_only else _Keyed(site.ledger, lease, intake)


def project_key(ledger: Ledger, protocols: Sequence[str]) -> KeySpace | None:
    """The key from which a protocol's codes, UIDs and shifts derive; made at its first use."""
    owner = f"project of {_scope(protocols)}"
    return next((space for space in ledger.all(KeySpace) if space.owner == owner), None)


def led_back(site: Site, lease: Lease, vault: SealedVault, code: str) -> Identity | None:
    """Who has this code, of whom alone the key is opened; None if nobody has or if it was destroyed."""
    groups = site.ledger.all(KeyGroup, scope=vault.space)
    mine = {group.id for group in groups if group.subject == code}
    keys = lease.keys(vault.space, mine | {vault.subjects.group})
    rows = (_WayBack.model_validate_json(row) for row in read_rows(site.sealed, vault.subjects, keys))
    return next((Identity(row.issuer, row.patient_id) for row in rows if row.code == code), None)


class _WayBack(Part):
    """A row of the list."""

    code: str
    issuer: str = Field(repr=False)
    patient_id: str = Field(repr=False)


class _Keyed:
    """Names under the key of a protocol: nothing is kept but the key."""

    vault = ""

    def __init__(self, ledger: Ledger, lease: Lease, intake: Intake) -> None:
        self._protocols = intake.terms.protocols
        there = project_key(ledger, self._protocols)
        project = lease.space(there.id) if there else lease.new_space(f"project of {_scope(self._protocols)}")
        self.names: Names = Pseudonyms(project.key)
        self._new = [] if there else [project.record]

    def seal(self, called: Mapping[str, Collection[str]]) -> Sequence[Record]:
        return self._new

    def beaten(self, site: Site) -> bool:
        return bool(self._new) and project_key(site.ledger, self._protocols) is not None


class _Drawn:
    """Names drawn at random, and the vault as it was before this run."""

    def __init__(self, site: Site, lease: Lease, intake: Intake) -> None:
        self._site, self._lease, self._protocols = site, lease, intake.terms.protocols
        self._before = newest_vault(site.ledger, self._protocols)
        owner = f"vault of {_scope(self._protocols)}"
        self._space = lease.space(self._before.space) if self._before else lease.new_space(owner)
        self._groups = Groups(site.ledger, lease, self._space)
        self._added = False
        self.vault = self._before.id if self._before else new_id("vault", lease.at)
        self._vault = self._opened()
        self.names: Names = self._vault

    def seal(self, called: Mapping[str, Collection[str]]) -> Sequence[Record]:
        back, size = self._vault.led_back(), len(self._vault)
        keys = {code: self._groups.key(code, WAY_BACK, of=groups) for code, groups in sorted(called.items())}
        lost = back.keys() - keys
        assert not lost, "a code was drawn and nobody said of which groups it is"
        self._added = size > self._size or self._before is None
        if not self._added:
            return self._groups.made
        rows = [(keys[code], _row(code, who)) for code, who in sorted(back.items())]
        list_key = self._groups.manifest()
        context, sealed = f"{self.vault}/subjects", self._site.sealed
        if self._before is None:
            subjects = write_rows(sealed, list_key, rows, context=context)
        else:
            subjects = more_rows(sealed, self._before.subjects, list_key, rows, context=context)
        table = sealed.write(self._vault.table(), list_key, context=f"{self.vault}/table")
        new = [self._space.record] if self._before is None else []
        return [*new, *self._groups.made, self._record(table, subjects)]

    def beaten(self, site: Site) -> bool:
        now = newest_vault(site.ledger, self._protocols)
        return self._added and _revision(now) != _revision(self._before)

    def _opened(self) -> Vault:
        vault = Vault()
        if self._before is not None:
            table = self._before.table
            vault = Vault.open(self._site.sealed.read(table, self._lease.keys(self._before.space, [table.group])))
        self._size = len(vault)
        return vault

    def _record(self, table: SealedRef, subjects: SealedRef) -> SealedVault:
        if self._before is not None:
            return self._before.model_copy(update={"table": table, "subjects": subjects})
        about = {"id": self.vault, "made_at": self._lease.at, "made_by": self._lease.by.id}
        where = {"space": self._space.record.id, "table": table, "subjects": subjects}
        return SealedVault(**about, protocols=self._protocols, **where)


def newest_vault(ledger: Ledger, protocols: Sequence[str]) -> SealedVault | None:
    """The vault of these protocols as it stands now."""
    return next(iter(ledger.all(SealedVault, scope=_scope(protocols))), None)


def _revision(vault: SealedVault | None) -> int:
    return vault.revision if vault else 0


def _row(code: str, who: Identity) -> bytes:
    return canonical(_WayBack(code=code, issuer=who.issuer, patient_id=who.patient_id).model_dump())


def _scope(protocols: Sequence[str]) -> str:
    return " ".join(protocols)
