"""The act `deid.exam`: a recipe is examined on copies of the site's own data, with invented identifiers planted in.

    exam = perform(site, steward, "deid.exam", SitExam(source="incoming", items=20))
    exam.recall.low, exam.rows, exam.held           below the protocol's standard no data set is frozen

Some series of an intake are opened under a lease and copied in memory; identifiers of nobody, in the form of the site's
own, are planted into the copies, which are then cleaned as `deid run` cleans. Whatever planted word is left in any byte
or name that comes out is counted. No copy is kept, and the record holds counts alone. Not here: the work (`sitting`),
where a word is planted (`planting`), what a protocol asks for (`standard`).
"""

import os
import random
from collections.abc import Mapping

from pydantic import Field

from residency.deid.exam.figures import Exam, counted, recall_of
from residency.deid.exam.sitting import Sitting
from residency.deid.recipe import load_recipe
from residency.errors import BadInput
from residency.govern.identity import Actor
from residency.ingest.intake import Intake
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.observe.progress import track
from residency.site import Site
from residency.store.manifest import Item, read_manifest
from residency.store.packs import read_pack


class NothingExamined(BadInput):
    """No series of the intake could be planted into."""


class SitExam(Part):
    """What to examine."""

    source: str = Field(description="The source, or the id of an intake.")
    recipe: tuple[str, ...] = Field(("basic", "shift-dates"), description="A profile or a file; repeat for several.")
    items: int = Field(10, ge=1, le=10_000, description="How many copies; of fewer series, each several times.")
    seed: int | None = Field(None, ge=0, description="Draws series and identifiers; else random.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


def sit(site: Site, by: Actor, ask: SitExam) -> Exam:
    """Examine a recipe; raises RecipeUnknown, RecipeWrong, RecordMissing, NothingExamined."""
    intake, recipe = site.ledger.get(Intake, ask.source), load_recipe(*ask.recipe)
    seed = int.from_bytes(os.urandom(4), "big") if ask.seed is None else ask.seed
    with site.gate.lease(by, "deid.exam", intake, purpose=ask.purpose) as lease:
        keys, draw = lease.keys(intake.space), random.Random(seed)
        sitting = Sitting(recipe, draw)
        items = [i for i in read_manifest(site.sealed, intake.manifest, keys, root=intake.root) if _opens(i, keys)]
        for item in track(_drawn(items, ask.items, draw), "examining"):
            lease.keep()
            sitting.take([data for _, data in read_pack(site.sealed, item.file("series"), keys)])
    if not sitting.series:
        raise NothingExamined(f"No series of {intake.name} could be planted into.", remedy="Take images in first.")
    rows = counted(sitting.seen)
    exam = Exam(
        id=new_id("deid-exam", lease.at),
        made_at=lease.at,
        made_by=by.id,
        intake=intake.id,
        name=intake.name,
        recipe=recipe.name,
        recipe_digest=recipe.digest(),
        data_type="imaging",
        seed=seed,
        series=sitting.series,
        captured=sitting.captured,
        unread=sitting.unread,
        held=dict(sorted(sitting.held.items())),
        rows=rows,
        recall=recall_of(rows),
    )
    with site.gate.act(by, "deid.exam", intake, purpose=ask.purpose) as act:
        act.save(exam)
        act.made(exam, of=[intake])
    return exam


def _drawn(items: list[Item], copies: int, draw: random.Random) -> list[Item]:
    """So many of them by chance; none again before all were: every copy gets somebody else."""
    whole, rest = divmod(copies, max(len(items), 1))
    return [*(items * whole), *draw.sample(items, min(rest, len(items)))]


def _opens(item: Item, keys: Mapping[str, bytes]) -> bool:
    """Whether its keys are there: not those of a subject who has withdrawn."""
    return all(part.group in keys for part in item.parts.values())
