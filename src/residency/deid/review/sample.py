"""The act `deid.review`: some items of the newest cleaning of a source, drawn by a seed, laid out for somebody to read.

    ask = ReviewSample(source="incoming", out=Path("to-read"), items=20)
    review = perform(site, steward, "deid.review", ask)

Who cleans looks for what they thought of; somebody else sees the rest. Every kind of object is in the sample, and the
seed, the root and the sealed list of items say later which they were. The pages hold cleaned data in the open: the
place stands in the lease before the first byte is opened, and nothing stands there until the log holds the disclosure.
A protocol that covers only de-identified data does not stand in the way, for this is what a determination looks at;
identified data never leave by it. Only DICOM is cleaned under a protocol today, and only that is shown; label maps,
which are made anew, are not. A subject who withdraws is in no later sample, and the withdrawal names the earlier ones;
what was laid out is out of reach. Not here: what was found (`agree`).
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from residency.deid.cleaned import Deid
from residency.deid.dicom.elements import read
from residency.deid.review.draw import draw, kind_of
from residency.deid.review.findings import blank
from residency.deid.review.pages import About, Shown, index, item_page
from residency.deid.review.pictures import pictures
from residency.deid.review.record import DeidReview
from residency.deid.review.texts import said
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.kernel.digest import PREFIX, canonical
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.observe.progress import track
from residency.site import Site
from residency.store.keys import KeyGroup
from residency.store.manifest import Item, read_manifest
from residency.store.outlet import Outlet, checked_place, outlet
from residency.store.packs import read_pack

FINDINGS = "findings.csv"
_SEEDS = 2**31
_OWNER_ALONE = 0o600


class ReviewSample(Part):
    """A sample to draw."""

    source: str = Field(description="The de-identified source, or the id of a de-identification.")
    out: Path = Field(description="The folder to write: new or empty, and outside the site.")
    items: int = Field(20, ge=1, le=500, description="How many items; all where there are not more.")
    seed: int | None = Field(None, ge=0, lt=_SEEDS, description="Draws the same sample again; else a new one.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


def review(site: Site, by: Actor, ask: ReviewSample) -> DeidReview:
    """Draw a sample and lay it out; raises NothingToReview, TooFewItems, ExportTaken, ExportInside …"""
    judged, place = site.ledger.get(Deid, ask.source), checked_place(ask.out, apart=site.folder)
    with (
        site.gate.lease(
            by, "deid.review", judged, purpose=ask.purpose, to=f"a second pair of eyes at {place}"
        ) as lease,
        outlet(place) as folder,
    ):
        made = _prepare(site, lease, judged, ask, folder)
        try:
            with site.gate.act(by, "deid.review", judged, purpose=ask.purpose) as act:
                act.reason = f"{made.record.items} of {made.record.of} items laid out to be read at {place}"
                act.save(made.record, made.group)
                act.made(made.record, of=[judged])
        except BaseException:
            site.objects.delete(made.record.drawn.name)
            raise
        folder.publish()
    return made.record


@dataclass(frozen=True)
class _Made:
    record: DeidReview
    group: KeyGroup


def _prepare(site: Site, lease: Lease, judged: Deid, ask: ReviewSample, folder: Outlet) -> _Made:
    """Everything that takes long; no record is saved, and nothing stands at the place named yet."""
    identifier, keys = new_id("deid-review", lease.at), lease.keys(judged.space)
    items = {item.item: item for item in read_manifest(site.sealed, judged.manifest, keys, root=judged.root)}
    kinds = _kinds(site, lease, items.values(), keys)
    seed = secrets.randbelow(_SEEDS) if ask.seed is None else ask.seed
    drawn = [items[name] for name in draw(kinds, ask.items, seed=seed, root=judged.root)]
    about = About(identifier, judged.id, judged.name, judged.recipe, judged.data_class, judged.determination)
    files = ((kinds[item.item], _files(site, item, keys, lease)) for item in track(drawn, "laying out"))
    shown, sums = _lay_out(folder, about, files)
    lease.keep()
    space = lease.space(judged.space)
    key = space.new_group(f"-{identifier}", "table", lease.at, lease.by.id)
    listed = canonical([{"item": item.item, "subject": item.subject} for item in drawn])
    record = DeidReview(
        id=identifier,
        made_at=lease.at,
        made_by=lease.by.id,
        deid=judged.id,
        root=judged.root,
        name=judged.name,
        cleaner=judged.made_by,
        seed=seed,
        items=len(drawn),
        of=len(kinds),
        kinds=tuple(kinds[item.item] for item in drawn),
        pictures=sum(len(one.pictures) for one in shown),
        not_drawn=sum(one.left_out for one in shown),
        drawn=site.sealed.write(listed, key, context=f"{identifier}/items"),
        space=judged.space,
        sums=PREFIX + sums,
        terms=judged.terms,
        data_type=judged.data_type,
        data_class=judged.data_class,
    )
    return _Made(record, space.made[f"-{identifier}", "table"])


def _kinds(site: Site, lease: Lease, items: Iterable[Item], keys: Mapping[str, bytes]) -> dict[str, str]:
    """The kind of every item that can still be opened, by its first file: subjects who have withdrawn are left out."""
    found = {}
    for item in track(list(items), "looking"):
        lease.keep()
        if all(part.group in keys for part in item.parts.values()):
            _, data = next(read_pack(site.sealed, item.file("series"), keys))
            found[item.item] = kind_of(data)
    return found


def _files(site: Site, item: Item, keys: Mapping[str, bytes], lease: Lease) -> list[bytes]:
    lease.keep()
    return [data for _, data in read_pack(site.sealed, item.file("series"), keys)]


def _lay_out(folder: Outlet, about: About, items: Iterable[tuple[str, list[bytes]]]) -> tuple[list[Shown], str]:
    """All pages and the file to fill in; what was shown, and the SHA-256 of the sums."""
    shown = [_item(folder, about, number, kind, files) for number, (kind, files) in enumerate(items, 1)]
    folder.put("index.html", index(about, shown), mode=_OWNER_ALONE)
    folder.settle()
    sums = folder.files[-1].sha256
    folder.put(FINDINGS, blank(about.review, len(shown)), mode=_OWNER_ALONE)  # to be filled in: in no sum
    folder.sync()
    return shown, sums


def _item(folder: Outlet, about: About, number: int, kind: str, files: Sequence[bytes]) -> Shown:
    """One item: its pictures and its page."""
    instances = [read(data) for data in files]
    drawn = pictures(instances)
    names = []
    for place, (caption, png) in enumerate(drawn.shown, 1):
        names.append((caption, f"item-{number:03d}-{place:02d}.png"))
        folder.put(names[-1][1], png, mode=_OWNER_ALONE)
    shown = Shown(number, kind, len(files), said(instances), names, drawn.left_out)
    folder.put(shown.page, item_page(about, shown), mode=_OWNER_ALONE)
    return shown
