"""A version of a data set: a record that never changes, to be trained on, cited and withdrawn.

    find(site, "liver-ct@2")          also "liver-ct" (the newest), an id, a digest

Not here: how a draft becomes one (`freeze`), training on it (`runs`).
"""

from collections.abc import Collection, Mapping
from typing import ClassVar

from residency.dataset.draft import Input, Labels, SplitSpec
from residency.errors import Conflict, Missing
from residency.govern.ledger import RecordMissing
from residency.govern.terms import DataClass, Terms
from residency.kernel.digest import Digest
from residency.kernel.record import Part, Record
from residency.site import Site
from residency.store.sealed import SealedRef


class VersionMissing(Missing):
    """There is no such version of a data set."""


class VersionArchived(Conflict):
    """The volumes of a version were moved to the archive."""


class Count(Part):
    """What a split holds."""

    subjects: int
    items: int


class DatasetVersion(Record):
    """A frozen data set. `version_of` is the first version's id; `plan` the digest of what draft and seed said."""

    kind: ClassVar[str] = "dataset-version"
    name: str
    number: int
    version_of: str
    parent: Digest | None
    plan: Digest
    inputs: tuple[Input, ...]
    split: SplitSpec
    external: bool
    labels: Labels
    caveats: tuple[str, ...]
    counts: Mapping[str, Count]
    left_out: Mapping[str, int]
    manifest: SealedRef
    root: Digest
    subjects: SealedRef
    space: str
    terms: Terms
    data_type: str
    data_class: DataClass

    @property
    def handle(self) -> str:
        """The newest version is found by the name of the data set."""
        return self.name

    @property
    def scope(self) -> str:
        """Versions are looked up by what they are versions of."""
        return self.version_of

    @property
    def reads(self) -> tuple[str, ...]:
        """The versions whose items an act on this opens."""
        return (self.digest(),)


def find(site: Site, text: str) -> DatasetVersion:
    """A version by "name", "name@number", id or digest; raises VersionMissing."""
    name, _, number = text.partition("@")
    named = [version for version in versions(site, name) if not number or str(version.number) == number]
    if named:
        return named[-1]
    try:
        return site.ledger.get(DatasetVersion, text)
    except RecordMissing as error:
        raise VersionMissing(
            f"There is no version '{text}' of a data set.", remedy="Freeze it first: residency dataset freeze."
        ) from error


def versions(site: Site, name: str) -> list[DatasetVersion]:
    """All versions of a data set, in the order of their numbers."""
    found = [version for version in site.ledger.all(DatasetVersion) if version.name == name]
    return sorted(found, key=lambda version: version.number)


def check_here(site: Site, version: DatasetVersion, names: Collection[str]) -> None:
    """Raises VersionArchived if these objects of a version do not lie in the store."""
    if site.archive is not None and not all(map(site.objects.has, names)):
        name = f"{version.name}@{version.number}"
        raise VersionArchived(f"{name} lies in the archive.", remedy=f"residency store move {name} store")
