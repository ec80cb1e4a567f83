"""Issues the ticket: the right of one attempt at one run to read some splits of one version.

    ticket = issue(site, lease, run, version, splits=("train", "tune"), purpose="train")

A ticket for training carries the keys of the train and tune subjects and no other: whoever holds it cannot open the
test split. It exists in memory alone and ends with its lease. Not here: handing it over (`engine.spec.ticket_fd`).
"""

from collections.abc import Sequence
from typing import Literal

from residency.dataset.version import DatasetVersion, check_here
from residency.engine.spec import RunKey, Ticket, TicketItem
from residency.govern.gate import Lease
from residency.runs.run import Run
from residency.site import Site, store_access
from residency.store.keys import KeyGroup
from residency.store.manifest import Item, read_manifest


def issue(
    site: Site,
    lease: Lease,
    run: Run,
    version: DatasetVersion,
    *,
    splits: Sequence[str],
    purpose: Literal["train", "prove", "predict"] = "train",
    **more: object,
) -> Ticket:
    """A ticket for these splits; `more` are further fields of the ticket, such as `start` and `stop_after`."""
    items = [item for item in items_of(site, lease, version) if item.split in splits]
    wanted = {ref.group for item in items for ref in item.parts.values()}
    check_here(site, version, {ref.name for item in items for ref in item.parts.values()})
    (run_key,) = lease.keys(run.space, [run.key_group]).values()
    fields = {
        "run": run.id,
        "purpose": purpose,
        "spec": run.spec,
        "store": store_access(site.folder, site.settings),
        "items": {split: tuple(_ticket_item(i) for i in items if i.split == split) for split in splits},
        "groups": lease.keys(version.space, wanted),
        "run_key": RunKey(id=run.key_group, key=run_key),
        "checkpoints": run.prefix,
        "attempt": run.attempt,
        "lease_until": lease.ends,
        "world": run.spec.processes,
    }
    return Ticket.model_validate(fields | more)


def items_of(site: Site, lease: Lease, version: DatasetVersion) -> list[Item]:
    """The items of a version, their root checked."""
    manifest_group = [g.id for g in site.ledger.all(KeyGroup, scope=version.space) if g.data_type == "manifest"]
    keys = lease.keys(version.space, manifest_group)
    return read_manifest(site.sealed, version.manifest, keys, root=version.root)


def _ticket_item(item: Item) -> TicketItem:
    return TicketItem(item=item.item, subject=item.subject, image=item.array("image"), label=item.parts.get("label"))
