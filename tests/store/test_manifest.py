"""A manifest gives back its items under a root that depends on them alone, and a change touches what it must."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.errors import Broken
from residency.kernel.digest import canonical
from residency.kernel.membership import Proof, check_proof
from residency.kernel.merkle import leaf_hash, root_of
from residency.store.frames import SealBroken
from residency.store.manifest import ItemMissing, ManifestBroken, diff, merkle_root, read_manifest, write_manifest
from residency.store.named import SUFFIX, read_names
from residency.store.objects import StoreUnavailable
from residency.store.pages import LARGEST, ItemsOutOfOrder, is_border, paged, seal_page
from residency.store.sealed import GroupKey, Sealed
from tests.fakes.memory_objects import MemoryObjects
from tests.store.manifests import KEY, KEYS, Counting, item, reference, written

FEW = [item(number) for number in range(7)]
MANY = [item(number) for number in range(12_000)]


@pytest.fixture
def place() -> Sealed:
    return Sealed(Counting())


@pytest.fixture(scope="module")
def many():
    """A manifest of several pages that no test changes."""
    return written(Sealed(Counting()), MANY)


def test_a_manifest_gives_back_its_items_sorted_and_under_one_root(place):
    ref, root = write_manifest(place, KEY, FEW[::-1], context="dataset/1")
    assert read_manifest(place, ref, KEYS, root=root) == FEW
    assert root == merkle_root(FEW) == merkle_root(FEW[::-1]) == merkle_root(iter(FEW))


def test_the_root_is_that_of_two_trees_over_canonical_json():
    pages, leaves = [], []
    for one in MANY:
        leaves.append((one.item, leaf_hash(canonical(one.facts()))))
        if hashlib.sha256(one.item.encode()).hexdigest().endswith("000") or one is MANY[-1]:
            root = root_of([leaf for _, leaf in leaves])
            about = {"first": leaves[0][0], "last": leaves[-1][0], "count": len(leaves), "root": f"sha256:{root.hex()}"}
            pages.append(leaf_hash(canonical(about)))
            leaves = []
    assert len(pages) > 2
    assert merkle_root(MANY) == f"sha256:{root_of(pages).hex()}"


def test_an_empty_manifest_is_a_manifest(place):
    empty = written(place, [])
    assert (len(empty), list(empty.items()), empty.root) == (0, [], merkle_root([]))
    with pytest.raises(ItemMissing):
        empty.find("item-000000")
    assert [change.kind for change in diff(empty, written(place, FEW))] == ["added"] * len(FEW)
    assert [change.kind for change in diff(written(place, FEW), empty)] == ["removed"] * len(FEW)


def test_many_items_lie_on_pages_that_are_opened_one_after_the_other(many):
    assert len(many.pages) > 2
    assert len(many) == len(MANY)
    before, items = len(many.sealed.objects.opened), many.items()
    next(items)
    assert len(many.sealed.objects.opened) == before + 1
    assert [MANY[0], *items] == MANY


@pytest.mark.parametrize(
    "change",
    [{"subject": "sub-9"}, {"split": "test"}, {"files": 99}, {"anatomy": "x"}, {"item": "item-9"}, {"parts": {}}]
    + [{"data_type": "notes"}, {"parts": {"label": reference(1)}}]
    + [{"parts": {"image": reference(0, **{fact: "other"})}} for fact in ("context", "digest", "group")]
    + [{"parts": {"image": reference(0, size=5)}}],
)
def test_every_fact_of_every_item_is_under_the_root(place, change):
    for number in range(len(FEW)):
        changed = [*FEW[:number], FEW[number].model_copy(update=change), *FEW[number + 1 :]]
        ref, root = write_manifest(place, KEY, changed, context="c")
        assert root != merkle_root(FEW)
        with pytest.raises(ManifestBroken):
            read_manifest(place, ref, KEYS, root=merkle_root(FEW))


def test_where_the_bytes_lie_is_not_under_the_root():
    moved = [one.model_copy(update={"parts": {"image": _moved(one)}}) for one in FEW]
    assert merkle_root(moved) == merkle_root(FEW)


def _moved(one):
    elsewhere = {"name": "sealed/elsewhere", "stored": 1, "seal": "sha256:" + "f" * 64}
    return one.parts["image"].model_copy(update=elsewhere)


def test_an_item_left_out_changes_the_root_and_one_said_twice_is_refused(place):
    assert merkle_root(FEW) != merkle_root(FEW[:-1])
    for items in ([*FEW, FEW[-1]], iter([*FEW, FEW[-1]]), iter(FEW[::-1])):
        with pytest.raises(ItemsOutOfOrder):
            write_manifest(place, KEY, items, context="c")
    assert place.objects.bytes_of == {}


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 13_000), st.booleans()), max_size=40))
def test_the_same_items_give_the_same_pages_whatever_came_before(edits):
    place, items, manifest = Sealed(MemoryObjects()), {one.item: one for one in MANY}, None
    for round_of in (edits[::2], edits[1::2]):
        for number, stays in round_of:
            items.pop(item(number).item, None)
            if stays:
                items[item(number).item] = item(number, files=round_of.index((number, stays)))
        manifest = written(place, items.values(), parent=manifest)
    fresh = written(Sealed(MemoryObjects()), items.values())
    says = [[(page.first, page.last, page.count, page.root) for page in m.pages] for m in (manifest, fresh)]
    assert says[0] == says[1]
    assert manifest.root == fresh.root
    assert list(manifest.items()) == sorted(items.values(), key=lambda one: one.item)


def test_names_that_never_end_a_page_do_not_make_it_endless():
    names = [one for one in (item(number) for number in range(LARGEST + 3000)) if not is_border(one.item)]
    assert [len(page.rows) for page in paged(names)] == [LARGEST, len(names) - LARGEST]


def test_a_child_writes_only_the_pages_that_its_parent_does_not_have(place):
    parent = written(place, MANY)
    before = set(place.objects.bytes_of)
    child = written(place, [*MANY, item(500, item="item-000500-and-more")], parent=parent)
    assert (
        len({page.ref.name for page in child.pages} & {page.ref.name for page in parent.pages}) == len(child.pages) - 1
    )
    assert len(set(place.objects.bytes_of) - before) == 3  # one page, the names, the head
    assert len(list(child.items())) == len(MANY) + 1


def test_a_page_is_not_used_again_once_its_parts_lie_elsewhere(place):
    parent = written(place, FEW)
    moved = [one.model_copy(update={"parts": {"image": _moved(one)}}) for one in FEW]
    child = written(place, moved, parent=parent)
    assert child.root == parent.root
    assert list(child.items()) == moved


def test_a_page_under_another_key_group_is_not_used_again(place):
    parent, other = written(place, FEW), GroupKey("group-2", bytes(32))
    assert list(written(place, FEW, parent=parent, key=other).items()) == FEW


def test_an_item_is_found_and_proved_with_one_page_open(many):
    opened = many.sealed.objects.opened
    for one in (MANY[0], MANY[-1], *MANY[777::2000]):
        before = len(opened)
        assert many.find(one.item) == one
        assert len(opened) == before + 1
        proof = many.prove(one.item)
        assert proof.facts == one.facts()
        assert check_proof(Proof.model_validate_json(proof.model_dump_json()), many.root)
        assert not check_proof(proof, merkle_root(MANY[:-1]))


@pytest.mark.parametrize("name", ["", "item-000500x", "item-9", "zzz"])
def test_an_item_that_is_not_there_is_neither_found_nor_proved(many, name):
    for ask in (many.find, many.prove):
        with pytest.raises(ItemMissing, match="dataset/1"):
            ask(name)


def test_a_proof_of_which_anything_was_changed_proves_nothing(many):
    proof, other = many.prove(MANY[5000].item), "sha256:" + "0" * 64
    changes = [{"facts": proof.facts | {"split": "test"}}, {"facts": {}}, {"facts": {"x": 2**60}}, {"root": other}]
    changes += [{"index": proof.index + 1}, {"page": proof.page + 1}, {"count": proof.count + 1}]
    changes += [{"first": "a"}, {"last": "z"}, {"path": proof.path[1:]}, {"page_path": (*proof.page_path, other)}]
    changes += [{"path": (other, *proof.path[1:])}, {"index": -1}, {"path": ()}, {"page_path": ()}, {"count": 0}]
    for change in changes:
        assert not check_proof(proof.model_copy(update=change), many.root), change
    assert check_proof(proof, many.root)


@settings(max_examples=10, deadline=None)
@given(st.sets(st.integers(0, 11_999), max_size=9), st.sets(st.integers(0, 99), max_size=4), st.data())
def test_a_difference_names_just_what_differs(gone, new, data):
    kept = [number for number in range(12_000) if number not in gone]
    touched = data.draw(st.sets(st.sampled_from(kept), max_size=9))
    after = [item(number, split="test") if number in touched else MANY[number] for number in kept]
    after += [item(20_000 + number) for number in new]
    place = Sealed(MemoryObjects())
    left, right = written(place, MANY), written(place, after)
    found = {change.item: (change.kind, change.before, change.after) for change in diff(left, right)}
    wanted = {item(n).item: ("removed", MANY[n], None) for n in gone}
    wanted |= {item(n).item: ("changed", MANY[n], item(n, split="test")) for n in touched}
    wanted |= {item(20_000 + n).item: ("added", None, item(20_000 + n)) for n in new}
    assert found == wanted
    assert list(found) == sorted(found)


def test_a_difference_opens_only_pages_that_differ(place):
    left = written(place, MANY)
    right = written(place, [*MANY[:6000], item(6000, files=99), *MANY[6001:]])
    place.objects.opened.clear()
    (change,) = diff(left, right)
    assert (change.kind, change.before.files, change.after.files) == ("changed", 6000 % 7, 99)
    assert len(place.objects.opened) == 2
    assert list(diff(left, left)) == []


def test_a_page_exchanged_for_another_is_named(place):
    manifest = written(place, MANY)
    wrong = seal_page(place, KEY, next(paged(FEW)), context="dataset/1/page")
    pages = (manifest.pages[0], manifest.pages[1].model_copy(update={"ref": wrong.ref}), *manifest.pages[2:])
    exchanged = type(manifest)(place, manifest.ref, KEYS, manifest.root, pages)
    with pytest.raises(ManifestBroken, match=rf"Page 2 of {len(pages)} of dataset/1"):
        list(exchanged.items())
    with pytest.raises(ManifestBroken, match="Page 2"):
        list(diff(written(place, []), exchanged))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"{}", bytes(999)])
def test_a_page_that_is_no_table_is_named_and_a_head_that_is_none_refused(place, data):
    manifest = written(place, FEW)
    other = place.write(data, KEY, context="dataset/1/page")
    pages = (manifest.pages[0].model_copy(update={"ref": other}),)
    with pytest.raises(ManifestBroken, match="Page 1 of 1"):
        type(manifest)(place, manifest.ref, KEYS, manifest.root, pages).find(FEW[0].item)
    with pytest.raises(ManifestBroken, match="dataset/1"):
        read_manifest(place, other, KEYS, root=manifest.root)


def test_a_manifest_tampered_with_at_rest_does_not_open(place):
    manifest = written(place, FEW)
    for name in (manifest.ref.name, manifest.pages[0].ref.name):
        whole = place.objects.bytes_of[name]
        place.objects.bytes_of[name] = whole[:-60] + bytes([whole[-60] ^ 1]) + whole[-59:]
        with pytest.raises(SealBroken):
            read_manifest(place, manifest.ref, KEYS, root=manifest.root)
        place.objects.bytes_of[name] = whole


def test_beside_a_manifest_lie_the_names_of_all_that_it_needs(place):
    parent = written(place, MANY)
    child = written(place, [*MANY, item(20_000, parts={"label": reference(1, name="sealed/new")})], parent=parent)
    needs = {page.ref.name for page in child.pages} | {"sealed/0", "sealed/1", "sealed/2", "sealed/new"}
    assert set(read_names(place.objects, child.ref.name)) == needs


class Full(MemoryObjects):
    """Has room for so many objects, and says in which order they came."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room, self.created = room, []

    def create(self, name):
        if not self.room:
            raise StoreUnavailable(f"The disk is full: cannot write {name}.")
        self.room -= 1
        self.created.append(name)
        return super().create(name)


def test_a_manifest_that_did_not_come_to_be_leaves_nothing_and_its_names_come_before_its_head():
    whole = Full(99)
    ref, _ = write_manifest(Sealed(whole), KEY, MANY, context="c")
    assert whole.created[-2:] == [ref.name + SUFFIX, ref.name]
    for room in range(len(whole.created)):
        objects = Full(room)
        with pytest.raises(StoreUnavailable):
            write_manifest(Sealed(objects), KEY, MANY, context="c")
        assert objects.bytes_of == {}


def test_what_breaks_a_manifest_is_for_someone_to_wake_up_for():
    assert issubclass(ManifestBroken, Broken)
