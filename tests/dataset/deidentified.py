"""De-identified sources made for the tests: packs, label maps, a manifest and a table of subjects, sealed as a run of
de-identification leaves them; no header is cleaned here, because nothing in these files was ever a person's.
"""

from dataclasses import dataclass

import numpy as np

from residency.deid.cleaned import Deid
from residency.ingest.subjects import Subject, write_subjects
from residency.kernel.digest import digest
from residency.kernel.ids import new_id
from residency.protocol.protocol import find
from residency.store.keys import new_space
from residency.store.manifest import Item, write_manifest
from residency.store.packs import write_pack
from tests.dataset.ct_series import files_of, label_for
from tests.fakes.clinic import NUMBER


@dataclass(frozen=True)
class Series:
    """One series of one subject: its HU and label in order of acquisition (slice, row, column)."""

    subject: str
    hu: np.ndarray
    label: np.ndarray | None = None
    anatomy: str = ""
    files: tuple[bytes, ...] = ()


def series(count, shape=(4, 16, 12), *, first=0, anatomy="", labelled=True):
    """Series of so many subjects, each other than the others."""
    made = []
    for number in range(first, first + count):
        random = np.random.default_rng(number)
        hu = random.integers(-1000, 1000, shape).astype(np.int16)
        label = (hu > 500).astype(np.uint8) if labelled else None
        made.append(Series(f"sub-{number:03}", hu, label, anatomy))
    return made


def deidentified(clinic, contents, *, name="incoming", intake="intake-1", **changes):
    """A de-identification of these series, saved."""
    site, by = clinic.site, clinic.person("data-steward").id
    at = site.clock()
    identifier = new_id("deid", at)
    space = new_space(site.ring, owner=identifier, at=at, by=by)

    def key(subject, data_type="imaging"):
        return space.new_group(subject, data_type, at, by)

    items = [
        _item(site.sealed, key(one.subject), one, f"ser-{name}-{one.subject}-{n}") for n, one in enumerate(contents)
    ]
    rows = {i.subject: Subject(subject=i.subject, anatomy=i.anatomy, sex="F", scanner="one") for i in items}
    manifest, root = write_manifest(site.sealed, key("-manifest", "manifest"), items, context=identifier)
    subjects = write_subjects(
        site.sealed, key("-manifest", "manifest"), rows.values(), lambda code: key(code, "subject"), context=identifier
    )
    fields = {"id": identifier, "made_at": at, "made_by": by, "intake": intake, "name": name}
    fields |= {"manifest": manifest, "root": root, "subjects": subjects, "space": space.record.id}
    fields |= {"terms": find(site, NUMBER).terms, "data_class": "deidentified"}
    deid = Deid.model_validate(_about(items) | fields | changes)
    with site.ledger.writing() as book:
        for record in (space.record, *space.made.values(), deid):
            book.save(record)
    return deid


def _item(sealed, key, one, name):
    files = one.files or files_of(one.hu)
    named = [(f"{place:04}.dcm", data) for place, data in enumerate(files)]
    parts = {"series": write_pack(sealed, key, named, context=f"{name}/series")}
    if one.label is not None:
        parts["label"] = sealed.write(label_for(one.label), key, context=f"{name}/label")
    anatomy = one.anatomy or one.subject
    return Item(item=name, subject=one.subject, data_type="imaging", anatomy=anatomy, files=len(files), parts=parts)


def _about(items):
    """What else the record says; freezing does not look at it."""
    files = sum(item.files for item in items)
    counts = {"received": files, "released": files, "excluded": 0, "quarantined": 0, "items": len(items)}
    digests = {name: digest(name.encode()) for name in ("intake_digest", "recipe_digest", "decisions", "report")}
    return counts | digests | {"recipe": "basic", "people": len({item.subject for item in items})}
