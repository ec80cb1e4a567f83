"""A draft becomes a version that never changes."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from pydantic import ValidationError

from residency.dataset.draft import Draft, DraftDataset, InputMissing
from residency.dataset.freeze import Freeze, VersionOvertaken
from residency.dataset.split import SAME_ANATOMY, AnatomyShared, SplitCrossed, TooFewSubjects
from residency.dataset.version import DatasetVersion, VersionMissing, find
from residency.errors import Refused
from residency.govern import audit, lineage
from residency.govern.terms import TermsClash
from residency.ingest.subjects import read_subjects
from residency.observe.progress import shown_by
from residency.protocol.protocol import find as find_protocol
from residency.store.arrays import open_volume
from residency.store.directory import DirectoryStore
from residency.store.frames import SealBroken
from residency.store.manifest import ManifestBroken, merkle_root, read_manifest, write_manifest
from residency.store.objects import StoreUnavailable
from residency.store.sealed import GroupKey, KeyNotHeld, Sealed
from tests.dataset.ct_series import files_of
from tests.dataset.deidentified import Series, deidentified, series
from tests.fakes.clinic import NUMBER, Clinic

HALF = {"train": 0.5, "tune": 0.1, "test": 0.4, "seed": 7}


def draft(clinic, name="liver-ct", source=("incoming",), **how):
    ask = DraftDataset(name=name, source=source, **HALF | {"label": ("1=liver",)} | how)
    return clinic.do("data-steward", "dataset.draft", ask)


def freeze(clinic, name="liver-ct", **how):
    return clinic.do("data-steward", "dataset.freeze", Freeze(draft=name, **how))


def keys_of(clinic, version):
    """All keys of a version, as someone who may open everything holds them."""
    lease = clinic.site.gate
    with lease.call(clinic.person("data-steward"), "dataset.freeze"):
        granted = lease.grant(clinic.person("data-steward"), "dataset.freeze", version)
        with lease.act(clinic.person("data-steward"), "dataset.freeze", version):
            pass
    return granted.keys(version.space)


def items_of(clinic, version):
    return read_manifest(clinic.site.sealed, version.manifest, keys_of(clinic, version), root=version.root)


def sides(clinic, version):
    return {item.subject: item.split for item in items_of(clinic, version)}


@pytest.fixture
def ten(clinic):
    """A clinic with one de-identified source of ten subjects."""
    deidentified(clinic, series(10))
    return clinic


def test_a_version_holds_every_voxel_of_its_inputs(ten):
    draft(ten)
    version = freeze(ten)
    keys = keys_of(ten, version)
    made = {one.subject: one for one in series(10)}
    for item in items_of(ten, version):
        image = open_volume(ten.site.sealed, item.parts["image"], keys)
        label = open_volume(ten.site.sealed, item.parts["label"], keys)
        assert (image.whole() == made[item.subject].hu).all()
        assert image.dtype == np.int16
        assert image.spacing_mm == (3.0, 1.5, 0.75)
        assert (label.whole() == made[item.subject].label).all()
        assert label.dtype == np.uint8
    assert {name: (count.subjects, count.items) for name, count in version.counts.items()} == {
        "train": (5, 5),
        "tune": (1, 1),
        "test": (4, 4),
    }
    assert (version.name, version.number, version.labels, version.caveats) == ("liver-ct", 1, {1: "liver"}, ())
    assert find(ten.site, "liver-ct").digest() == version.digest()


def test_a_subject_with_two_series_stands_on_one_side(clinic):
    twice = [Series(one.subject, one.hu + 1, one.label) for one in series(10)]
    deidentified(clinic, series(10) + twice)
    draft(clinic)
    version = freeze(clinic)
    assert sum(count.subjects for count in version.counts.values()) == 10
    assert sum(count.items for count in version.counts.values()) == 20
    assert crossings(clinic, version) == set()


def crossings(clinic, version):
    found = {}
    for item in items_of(clinic, version):
        found.setdefault(item.subject, set()).add(item.split)
    return {subject for subject, splits in found.items() if len(splits) > 1}


def test_drafting_and_freezing_the_same_twice_does_nothing_twice(ten):
    first = draft(ten)
    assert draft(ten).digest() == first.digest()
    version = freeze(ten)
    before = set(ten.site.objects.names())
    assert freeze(ten).digest() == version.digest()
    assert freeze(ten, seed=7).digest() == version.digest()
    assert set(ten.site.objects.names()) == before
    assert len(ten.site.ledger.all(DatasetVersion)) == len(ten.site.ledger.all(Draft)) == 1


def test_another_draft_or_seed_is_another_version_with_the_next_number(ten):
    draft(ten)
    first = freeze(ten)
    draft(ten, caveat=("labels are a model's output",))
    second = freeze(ten)
    third = freeze(ten, seed=8)
    assert [version.number for version in (first, second, third)] == [1, 2, 3]
    assert second.version_of == third.version_of == first.id
    assert second.caveats == ("labels are a model's output",)
    assert third.split.seed == 8


def test_a_version_is_found_by_name_number_id_and_digest(ten):
    draft(ten)
    first = freeze(ten)
    second = freeze(ten, seed=8)
    assert find(ten.site, "liver-ct").id == second.id
    assert find(ten.site, "liver-ct@1").id == first.id
    assert find(ten.site, first.id).id == first.id
    assert find(ten.site, first.digest()).id == first.id
    for absent in ("liver-ct@3", "liver-mr", "liver-ct@one", "dataset-version-01"):
        with pytest.raises(VersionMissing):
            find(ten.site, absent)


def test_subjects_keep_their_split_in_later_versions_whatever_the_seed(ten):
    draft(ten)
    first = sides(ten, freeze(ten))
    deidentified(ten, series(10, first=10), intake="intake-2")
    draft(ten, seed=99)
    version = freeze(ten)
    second = sides(ten, version)
    assert {subject: second[subject] for subject in first} == first
    assert {name: count.subjects for name, count in version.counts.items()} == {"train": 10, "tune": 2, "test": 8}


def test_a_source_means_the_newest_deidentification_of_each_of_its_intakes(clinic):
    deidentified(clinic, series(10), intake="intake-1")
    newer = deidentified(clinic, series(12), intake="intake-1")
    other = deidentified(clinic, series(3, first=20), intake="intake-2")
    deidentified(clinic, series(1, first=30), name="elsewhere", intake="intake-3")
    assert [said.id for said in draft(clinic).inputs] == sorted([newer.id, other.id])
    assert [said.id for said in draft(clinic, source=(other.id, "incoming", other.id)).inputs] == sorted(
        [newer.id, other.id]
    )


def test_a_source_that_is_not_deidentified_is_missing(ten):
    with pytest.raises(InputMissing, match="'outgoing'"):
        draft(ten, source=("outgoing",))


def test_one_anatomy_for_all_is_refused_before_any_volume_is_written(clinic):
    deidentified(clinic, series(10, anatomy="the only one"))
    draft(clinic)
    before = set(clinic.site.objects.names())
    with pytest.raises(AnatomyShared):
        freeze(clinic)
    assert set(clinic.site.objects.names()) == before


def test_one_anatomy_on_several_sides_is_said_first_of_all_caveats(clinic):
    deidentified(clinic, series(10, anatomy="the only one"))
    draft(clinic, allow_shared_anatomy=True, caveat=("generated from 1 real anatomy",))
    assert freeze(clinic).caveats == (SAME_ANATOMY, "generated from 1 real anatomy")


def test_too_few_subjects_are_refused_with_their_counts(clinic):
    deidentified(clinic, series(3))
    draft(clinic)
    with pytest.raises(TooFewSubjects, match="train 2, tune 0, test 1"):
        freeze(clinic)


def test_external_data_are_all_held_back(clinic):
    deidentified(clinic, series(1, labelled=False), name="elsewhere")
    draft(clinic, name="liver-external", source=("elsewhere",), external=True)
    version = freeze(clinic, "liver-external")
    assert version.external
    assert {name: count.items for name, count in version.counts.items()} == {"train": 0, "tune": 0, "test": 1}
    assert set(items_of(clinic, version)[0].parts) == {"image"}


def test_subjects_that_were_learned_from_cannot_become_external(ten):
    draft(ten)
    freeze(ten)
    draft(ten, external=True)
    with pytest.raises(SplitCrossed, match="external"):
        freeze(ten)


def test_keys_of_train_cannot_open_a_test_volume(ten):
    draft(ten)
    version = freeze(ten)
    keys, items = keys_of(ten, version), items_of(ten, version)
    groups = {
        split: {ref.group for item in items if item.split == split for ref in item.parts.values()}
        for split in ("train", "tune", "test")
    }
    assert not (groups["train"] | groups["tune"]) & groups["test"]
    lists = {version.manifest.group, version.subjects.group}
    assert not lists & set().union(*groups.values())
    held = {group: keys[group] for group in groups["train"] | groups["tune"]}
    hidden = next(item for item in items if item.split == "test").parts["image"]
    with pytest.raises(KeyNotHeld):
        open_volume(ten.site.sealed, hidden, held)
    for key in held.values():
        with pytest.raises(SealBroken):
            open_volume(ten.site.sealed, hidden, {hidden.group: key})


def test_two_volumes_of_one_subject_cannot_change_places(ten):
    draft(ten)
    version = freeze(ten)
    keys, item = keys_of(ten, version), items_of(ten, version)[0]
    swapped = item.parts["image"].model_copy(update={"context": item.parts["label"].context})
    with pytest.raises(SealBroken):
        open_volume(ten.site.sealed, swapped, keys)


def test_the_root_changes_with_any_field_of_any_item(ten):
    draft(ten)
    version = freeze(ten)
    items = items_of(ten, version)
    assert merkle_root(items) == version.root
    seen = {version.root}
    for place, item in enumerate(items):
        moved = item.parts | {"image": item.parts["image"].model_copy(update={"digest": "sha256:" + "0" * 64})}
        for change in ({"split": "else"}, {"subject": "else"}, {"anatomy": "else"}, {"files": 0}, {"parts": moved}):
            seen.add(merkle_root([*items[:place], item.model_copy(update=change), *items[place + 1 :]]))
        seen.add(merkle_root([*items[:place], *items[place + 1 :]]))
    assert len(seen) == 1 + 6 * len(items)


def test_a_manifest_that_was_exchanged_is_found(ten):
    draft(ten)
    version = freeze(ten)
    keys = keys_of(ten, version)
    key = GroupKey(version.manifest.group, keys[version.manifest.group])
    fewer = items_of(ten, version)[:-1]
    ref, _ = write_manifest(ten.site.sealed, key, fewer, context=version.manifest.context)
    with pytest.raises(ManifestBroken):
        read_manifest(ten.site.sealed, ref, keys, root=version.root)


def narrower(clinic, **changes):
    return find_protocol(clinic.site, NUMBER).terms.model_copy(update=changes)


def test_a_version_has_the_strictest_terms_and_the_highest_class_of_its_inputs(clinic):
    early, late = datetime(2026, 6, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    short = narrower(clinic, starts=early, ends=late, people=("okoye", "rao"), attributes=("sex",))
    deidentified(clinic, series(8), name="one", intake="intake-1")
    deidentified(clinic, series(8, first=8), name="two", intake="intake-2", terms=short, data_class="limited")
    draft(clinic, source=("one", "two"))
    version = freeze(clinic)
    assert (version.terms.starts, version.terms.ends) == (early, late)
    assert version.terms.people == ("okoye", "rao")
    assert version.data_class == "limited"
    rows = read_subjects(clinic.site.sealed, version.subjects, keys_of(clinic, version))
    assert len(rows) == 16
    assert {(row.sex, row.scanner) for row in rows.values()} == {("F", None)}


def test_inputs_that_nobody_may_use_together_are_refused(clinic):
    deidentified(clinic, series(8), name="one", intake="intake-1")
    alone = narrower(clinic, people=("okoye",))
    other = narrower(clinic, people=("rao",))
    deidentified(clinic, series(8), name="two", intake="intake-2", terms=alone)
    deidentified(clinic, series(8), name="three", intake="intake-3", terms=other)
    with pytest.raises(TermsClash):
        draft(clinic, source=("two", "three"))


def test_the_table_of_subjects_holds_just_those_of_the_version(clinic):
    broken = Series("sub-900", np.zeros((2, 4, 4)), files=(b"no DICOM",))
    deidentified(clinic, [*series(10), broken])
    draft(clinic)
    version = freeze(clinic)
    assert version.left_out == {"UNREADABLE": 1}
    assert sum(count.subjects for count in version.counts.values()) == 10
    rows = read_subjects(clinic.site.sealed, version.subjects, keys_of(clinic, version))
    assert set(rows) == {one.subject for one in series(10)}


def test_slices_that_a_person_accepted_as_uneven_are_frozen_and_said(clinic):
    files = files_of(series(1)[0].hu.repeat(2, axis=0))
    gap = Series("sub-900", np.zeros((2, 4, 4)), files=tuple(files[:3] + files[4:]))
    deidentified(clinic, [*series(9), gap])
    draft(clinic)
    assert freeze(clinic).caveats == ("slice distances are uneven in 1 series and taken as even",)


def test_a_version_that_came_in_between_is_a_conflict_and_nothing_is_saved(ten):
    draft(ten)
    others = iter([8])

    def meanwhile(what, done, total):
        for seed in others:
            freeze(ten, seed=seed)

    with shown_by(meanwhile), pytest.raises(VersionOvertaken):
        freeze(ten)
    assert [version.split.seed for version in ten.site.ledger.all(DatasetVersion)] == [8]
    assert freeze(ten).number == 2


class NearlyFull(DirectoryStore):
    """A disk that has room for so many objects more."""

    def __init__(self, root, room):
        super().__init__(root)
        self.room = room

    def create(self, name):
        self.room -= 1
        if self.room < 0:
            raise StoreUnavailable(f"The disk is full: cannot write {name}.")
        return super().create(name)


@pytest.mark.parametrize("room", range(3))
def test_a_full_disk_leaves_no_volume_and_no_list_behind(ten, room):
    draft(ten)
    before = set(ten.site.objects.names())
    full = Clinic(replace(ten.site, sealed=Sealed(NearlyFull(ten.site.folder / "objects", room))))
    with pytest.raises(StoreUnavailable):
        freeze(full)
    assert set(ten.site.objects.names()) == before
    assert freeze(ten).number == 1


def test_being_interrupted_leaves_no_volume_behind(ten):
    draft(ten)
    before = set(ten.site.objects.names())

    def interrupt(what, done, total):
        if done == 5:
            raise KeyboardInterrupt

    with shown_by(interrupt), pytest.raises(KeyboardInterrupt):
        freeze(ten)
    assert set(ten.site.objects.names()) == before
    assert freeze(ten).number == 1


def test_only_a_data_steward_drafts_and_freezes_and_only_under_a_protocol_in_force(ten):
    draft(ten)
    for person in ("ml-engineer", "principal-investigator", "system-administrator"):
        with pytest.raises(Refused):
            ten.do(person, "dataset.freeze", Freeze(draft="liver-ct"))
        with pytest.raises(Refused):
            ten.do(person, "dataset.draft", DraftDataset(name="other", source=("incoming",)))
    with pytest.raises(Refused, match="PURPOSE"):
        freeze(ten, purpose="marketing")


def test_a_version_descends_from_its_draft_and_its_inputs(ten):
    drafted = draft(ten)
    version = freeze(ten)
    with ten.site.ledger.reading() as book:
        below = {edge.of for edge in lineage.ancestors(book, version.digest())}
        events = [event for _, event in audit.events(book)]
    assert {drafted.digest(), drafted.inputs[0].digest} <= below
    freezing = [event["outcome"] for event in events if event["act"] == "dataset.freeze"]
    assert freezing == ["lease", "done"]


def test_an_earlier_version_is_read_under_a_lease_of_its_own(ten):
    draft(ten)
    first = freeze(ten)
    freeze(ten, seed=8)
    with ten.site.ledger.reading() as book:
        leased = [e["thing"]["id"] for _, e in audit.events(book) if e["outcome"] == "lease"]
    assert first.id in leased


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"train": 0.9}, "add up to 1"),
        ({"label": ("liver",)}, "label"),
        ({"label": ("1=liver", "1=spleen")}, "stands once"),
        ({"label": ("255=liver",)}, "between 1 and 254"),
        ({"source": ()}, "source"),
        ({"name": "Liver CT"}, "name"),
        ({"by": "series"}, "by"),
    ],
)
def test_a_draft_that_cannot_be_meant_is_refused_by_the_field(wrong, says):
    with pytest.raises(ValidationError, match=says):
        DraftDataset(**{"name": "liver-ct", "source": ("incoming",)} | HALF | wrong)


def test_the_record_of_a_version_reads_back_as_it_was_written(ten):
    draft(ten)
    version = freeze(ten)
    again = DatasetVersion.parse(version.body())
    assert again.digest() == version.digest()
    assert again.labels == {1: "liver"}
