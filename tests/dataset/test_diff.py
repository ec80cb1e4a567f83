"""Two versions held against each other: who came, who went, what changed, in which split."""

import pytest

from residency.dataset.diff import DiffVersions
from residency.dataset.draft import DraftDataset
from residency.dataset.freeze import Freeze
from residency.dataset.version import VersionMissing, find
from residency.errors import Refused
from residency.govern import audit
from residency.store.manifest import read_manifest
from tests.dataset.deidentified import Series, deidentified, series

HALF = {"train": 0.5, "tune": 0.1, "test": 0.4, "seed": 7, "label": ("1=liver",)}


def compare(clinic, before, after, *, by="rao", **how):
    return clinic.do(by, "dataset.diff", DiffVersions(before=before, after=after, **how))


def freeze(clinic, *sources, **how):
    clinic.do("rao", "dataset.draft", DraftDataset(name="liver-ct", source=sources, **HALF | how))
    return clinic.do("rao", "dataset.freeze", Freeze(draft="liver-ct"))


def total(found, kind):
    return sum(row[kind] for row in found.counts)


def items_of(clinic, version):
    with clinic.site.gate.call(clinic.person("rao"), "dataset.diff"):
        with clinic.site.gate.lease(clinic.person("rao"), "dataset.diff", version) as lease:
            keys = lease.keys(version.space)
        with clinic.site.gate.act(clinic.person("rao"), "dataset.diff", version):
            pass
    return {i.item: i for i in read_manifest(clinic.site.sealed, version.manifest, keys, root=version.root)}


def test_a_second_version_of_a_study_says_who_was_added_and_where_they_stand(frozen_clinic):
    first = find(frozen_clinic.site, "liver-ct")
    shares = {name: getattr(first.split, name) for name in ("train", "tune", "test", "seed", "allow_shared_anatomy")}
    labels = tuple(f"{value}={name}" for value, name in first.labels.items())
    second = freeze(frozen_clinic, "incoming", "elsewhere", **shares | {"label": labels})
    before, after = items_of(frozen_clinic, first), items_of(frozen_clinic, second)
    found = compare(frozen_clinic, "liver-ct@1", "liver-ct@2")
    assert found.title == "liver-ct@1 → liver-ct@2"
    assert {row["item"] for row in found.rows} == set(after) - set(before)
    assert {row["change"] for row in found.rows} == {"added"}
    for row in found.rows:
        assert (row["subject"], row["split"]) == (after[row["item"]].subject, after[row["item"]].split)
    assert total(found, "added") == len(after) - len(before) == 2
    assert (total(found, "removed"), total(found, "changed"), total(found, "sealed anew")) == (0, 0, 0)
    for row in found.counts:
        was, now = first.counts[row["split"]], second.counts[row["split"]]
        assert (row["items before"], row["items after"]) == (was.items, now.items)
        assert (row["subjects before"], row["subjects after"]) == (was.subjects, now.subjects)
        assert row["items after"] - row["items before"] == row["added"] - row["removed"]
    back = compare(frozen_clinic, second.id, first.digest())
    assert {row["item"]: row["change"] for row in back.rows} == dict.fromkeys(set(after) - set(before), "removed")


def test_a_version_held_against_itself_differs_in_nothing(frozen_clinic):
    found = compare(frozen_clinic, "liver-ct", "liver-ct@1")
    assert (found.rows, found.notes) == ((), ())
    assert [total(found, kind) for kind in ("added", "removed", "changed", "sealed anew")] == [0, 0, 0, 0]


@pytest.fixture
def two(clinic):
    """Two versions: in the second one series was read anew with more slices, and one lost its label."""
    before = series(10)
    deidentified(clinic, before)
    freeze(clinic, "incoming")
    longer = Series("sub-003", before[3].hu.repeat(2, axis=0), before[3].label.repeat(2, axis=0))
    bare = Series("sub-005", before[5].hu)
    deidentified(clinic, [*before[:3], longer, before[4], bare, *before[6:]])
    freeze(clinic, "incoming")
    return clinic


def test_what_changed_of_an_item_is_said_from_the_facts_of_manifests(two):
    found = compare(two, "liver-ct@1", "liver-ct@2")
    assert {row["subject"]: row["what"] for row in found.rows} == {
        "sub-003": "files 4 → 8, image changed, label changed",
        "sub-005": "label removed",
    }
    assert {row["change"] for row in found.rows} == {"changed"}
    assert (total(found, "changed"), total(found, "sealed anew")) == (2, 8)
    assert found.notes == ("8 items differ only in the keys that they are sealed under, and are not listed.",)


@pytest.mark.parametrize("most", [0, 1])
def test_no_more_is_listed_than_was_asked_for_and_all_is_counted(two, most):
    found = compare(two, "liver-ct@1", "liver-ct@2", most=most)
    assert len(found.rows) == most
    assert total(found, "changed") == 2
    assert found.notes[0].startswith(f"{2 - most} more items differ")


def test_an_item_of_another_split_is_said_to_be_one(two):
    two.do("rao", "dataset.draft", DraftDataset(name="other", source=("incoming",), **HALF | {"seed": 8}))
    two.do("rao", "dataset.freeze", Freeze(draft="other"))
    found = compare(two, "liver-ct@2", "other")
    crossed = [row for row in found.rows if row["what"].startswith("split ")]
    assert crossed
    assert any(note.startswith(f"{len(crossed)} items stand in another split") for note in found.notes)


def test_both_versions_are_read_under_leases_and_who_trains_sees_neither(two):
    first, second = find(two.site, "liver-ct@1"), find(two.site, "liver-ct@2")
    compare(two, "liver-ct@1", "liver-ct@2")
    with two.site.ledger.reading() as book:
        events = [event for _, event in audit.events(book) if event["act"] == "dataset.diff"]
    assert [(e["outcome"], e["thing"]["id"]) for e in events] == [
        ("lease", first.id),
        ("lease", second.id),
        ("done", second.id),
    ]
    with pytest.raises(Refused):
        compare(two, "liver-ct@1", "liver-ct@2", by="marsh")
    with pytest.raises(Refused, match="PURPOSE"):
        compare(two, "liver-ct@1", "liver-ct@2", purpose="marketing")


def test_a_version_that_is_not_there_cannot_be_compared(two):
    with pytest.raises(VersionMissing, match="liver-ct@9"):
        compare(two, "liver-ct@1", "liver-ct@9")
