"""The act `dataset.freeze`: a draft becomes a version that never changes, to be trained on, cited and withdrawn.

    version = perform(site, steward, "dataset.freeze", Freeze(draft="liver-ct"))

Volumes are sealed anew under keys of the data set's own, one group per subject, and once for all versions that hold
them; the manifest has a Merkle root; terms are the strictest and the class the highest of the inputs. Whoever stood in
a split of an earlier version stays there. The same draft over the same inputs gives the version that is there. Where
the protocol asks for an exam of the cleaning, nothing is frozen without it. Not here: the record (`version`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import Field

from residency.dataset.draft import Draft
from residency.dataset.sealing import SealedItems, gather, seal, write_lists
from residency.dataset.split import SAME_ANATOMY, SPLITS, Placed, SplitCrossed, assign, crossing
from residency.dataset.version import Count, DatasetVersion, versions
from residency.deid.cleaned import Deid
from residency.deid.exam.standard import check
from residency.errors import Conflict
from residency.govern.forgetting import Withdrawal
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.ingest.source import Groups
from residency.kernel.digest import digest_of
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.site import Site
from residency.store.attempt import attempt
from residency.store.manifest import Item, Manifest, open_manifest
from residency.store.sealed import Sealed


class VersionOvertaken(Conflict):
    """Somebody else froze a version of this data set at the same time."""


class Freeze(Part):
    """A draft to fix."""

    draft: str = Field(description="The draft: the name of the data set, or an id.")
    seed: int | None = Field(None, description="Another seed than the draft's.", ge=0)
    purpose: str = Field("", description="What for; the first purpose of the protocol if not given.")


def freeze(site: Site, by: Actor, ask: Freeze) -> DatasetVersion:
    """Fix a draft; raises AnatomyShared, TooFewSubjects, SplitCrossed, VersionOvertaken, NotExamined, RecallTooLow."""
    draft = site.ledger.get(Draft, ask.draft)
    split = draft.split if ask.seed is None else draft.split.model_copy(update={"seed": ask.seed})
    before = versions(site, draft.name)
    gone = [gone.id for gone in site.ledger.all(Withdrawal) if {v.digest() for v in before} & set(gone.versions)]
    withdrawn = {"withdrawn": gone} if gone else {}
    plan = digest_of(draft.says() | {"split": split.model_dump(mode="json")} | withdrawn)
    same = next((version for version in before if version.plan == plan), None)
    if same is not None:
        with site.gate.act(by, "dataset.freeze", draft, purpose=ask.purpose) as act:
            act.reason = f"{same.name}@{same.number} is this draft frozen."
        return same
    with site.gate.lease(by, "dataset.freeze", draft, purpose=ask.purpose) as lease:
        check(site, [site.ledger.get(Deid, said.digest) for said in draft.inputs], draft.terms.deid_recall)
        earlier = _earlier(site, by, before, ask.purpose)
        made = _prepare(site, lease, draft.model_copy(update={"split": split}), plan, before, earlier)
    with site.gate.act(by, "dataset.freeze", draft, purpose=ask.purpose) as act:
        if [version.id for version in versions(site, draft.name)] != [version.id for version in before]:
            raise VersionOvertaken(f"A version of {draft.name} was frozen in the meantime.", remedy="Freeze again.")
        act.save(made.version, *made.keys)
        parent = [made.version.parent] if made.version.parent else []
        act.made(made.version, of=[draft, *parent, *(said.digest for said in draft.inputs)])
    return made.version


@dataclass(frozen=True)
class _Made:
    version: DatasetVersion
    keys: Sequence[Record]


def _earlier(site: Site, by: Actor, before: list[DatasetVersion], purpose: str) -> list[Manifest]:
    """Manifests of earlier versions; each is read under a lease of its own, for its terms may be others."""
    manifests = []
    for version in before:
        lease = site.gate.grant(by, "dataset.freeze", version, purpose=purpose)
        keys = lease.keys(version.space, [version.manifest.group])
        manifests.append(open_manifest(site.sealed, version.manifest, keys, root=version.root))
    return manifests


def _prepare(
    site: Site, lease: Lease, draft: Draft, plan: str, before: list[DatasetVersion], earlier: list[Manifest]
) -> _Made:
    """Everything that takes long; no record is saved yet."""
    identifier = new_id("dataset-version", lease.at)
    space = lease.space(before[0].space) if before else lease.new_space(identifier)
    groups, contents = Groups(site.ledger, lease, space), gather(site, lease, draft)
    known = [item for manifest in earlier for item in manifest.items()]
    placed = [Placed(item.subject, item.anatomy, item.split) for item in known]
    _sides(contents.members(), draft, placed)  # what cannot be split is refused before any work is done
    with attempt(site.sealed.objects) as objects:
        sealed = Sealed(objects)
        done = seal(sealed, contents, groups, {item.item: item for item in known})
        sides = _sides([(item.subject, item.anatomy) for item in done.items], draft, placed)
        items = [item.model_copy(update={"split": sides[item.subject]}) for item in done.items]
        rows = [contents.subjects[subject] for subject in sides]
        manifest, root, subjects = write_lists(sealed, items, rows, groups, earlier[-1] if earlier else None)
    version = DatasetVersion(
        id=identifier,
        made_at=lease.at,
        made_by=lease.by.id,
        number=before[-1].number + 1 if before else 1,
        version_of=before[0].id if before else identifier,
        parent=before[-1].digest() if before else None,
        plan=plan,
        counts=_counts(items),
        left_out=dict(sorted(done.left_out.items())),
        manifest=manifest,
        root=root,
        subjects=subjects,
        space=space.record.id,
        **_carried_over(draft) | {"caveats": _caveats(draft, items, done)},
    )
    return _Made(version, [*([] if before else [space.record]), *groups.made])


def _carried_over(draft: Draft) -> dict:
    """What a version says as its draft said it."""
    shared = ("name", "inputs", "split", "external", "labels", "caveats", "terms", "data_type", "data_class")
    return {name: getattr(draft, name) for name in shared}


def _sides(members: Iterable[tuple[str, str]], draft: Draft, earlier: list[Placed]) -> dict[str, str]:
    split = draft.split
    sides = assign(members, split, seed=split.seed, allow_shared_anatomy=split.allow_shared_anatomy, earlier=earlier)
    if draft.external and set(sides.values()) != {"test"}:
        raise SplitCrossed(
            f"Earlier versions of {draft.name} learned from subjects that are external now.",
            remedy="Give the external data set another name.",
        )
    return sides


def _counts(items: list[Item]) -> dict[str, Count]:
    held = {split: [item for item in items if item.split == split] for split in SPLITS}
    return {split: Count(subjects=len({i.subject for i in here}), items=len(here)) for split, here in held.items()}


def _caveats(draft: Draft, items: list[Item], done: SealedItems) -> tuple[str, ...]:
    """What must be said beside every result: what was found here first, then what the draft says."""
    shared = crossing(((i.subject, i.anatomy) for i in items), {i.subject: i.split for i in items})
    uneven = done.doubts.total()
    found = [SAME_ANATOMY] if shared else []
    found += [f"slice distances are uneven in {uneven} series and taken as even"] if uneven else []
    return tuple(dict.fromkeys([*found, *draft.caveats]))
