"""The fast way from an item to its leaf is the plain one: canonical JSON of its facts."""

from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.kernel.digest import canonical
from residency.kernel.merkle import leaf_hash
from residency.kernel.record import Part
from residency.store.items import Item, Rows
from residency.store.pages import open_page, paged, seal_page
from residency.store.sealed import Sealed, SealedRef
from tests.fakes.memory_objects import MemoryObjects
from tests.store.manifests import KEY, KEYS, item, reference


class ArrayRef(Part):
    """An array of several in one object: another class of references."""

    FACTS: ClassVar = ("context", "digest", "group", "size")

    name: str
    array: int
    group: str
    size: int
    digest: str
    context: str


TEXT = st.text(st.characters(codec="utf-8"), max_size=12)  # with quotes, control characters and all planes
NUMBER = st.integers(-(2**53) + 1, 2**53 - 1)
SEALED = st.builds(SealedRef, name=TEXT, group=TEXT, size=NUMBER, stored=NUMBER, seal=TEXT, digest=TEXT, context=TEXT)
ARRAY = st.builds(ArrayRef, name=TEXT, array=NUMBER, group=TEXT, size=NUMBER, digest=TEXT, context=TEXT)


def items_with(references):
    parts = st.dictionaries(TEXT, references, max_size=4)
    about = dict.fromkeys(("item", "subject", "data_type", "split", "anatomy"), TEXT)
    return st.builds(Item.model_construct, **about, files=NUMBER, parts=parts)


@settings(max_examples=300, deadline=None)
@given(st.lists(items_with(SEALED | ARRAY), max_size=6))
def test_the_leaf_of_any_item_is_the_canonical_json_of_its_facts(items):
    rows = Rows()
    for one in items:
        rows.add(one)
    wanted = [canonical(one.facts()) for one in items]
    assert [text.encode() for text in rows.texts()] == wanted
    assert rows.leaves() == [leaf_hash(text) for text in wanted]
    assert [list(rows.only(n).texts()) for n in range(len(items))] == [[text.decode()] for text in wanted]
    assert rows.objects == {ref.name for one in items for ref in one.parts.values()}


@settings(max_examples=100, deadline=None)
@given(st.lists(items_with(SEALED), min_size=1, max_size=6, unique_by=lambda one: one.item))
def test_any_items_come_back_from_a_sealed_page(items):
    place = Sealed(MemoryObjects())
    for page in paged(sorted(items, key=lambda one: one.item)):
        back = open_page(place, seal_page(place, KEY, page, context="c"), KEYS, called="It")
        whole = [one for one in items if one.item in page.rows.item]
        assert list(back.items()) == sorted(whole, key=lambda one: one.item)
        assert [back.item(number) for number in range(len(whole))] == list(back.items())


def test_facts_say_what_and_places_where():
    facts = item(3, parts={"image": reference(3)}).facts()
    assert facts["parts"] == {"image": {"context": "c", "digest": f"hmac-sha256:{3:064}", "group": "g", "size": 3}}
    other = item(3, parts={"image": reference(3, name="sealed/x", stored=5, seal="sha256:" + "1" * 64)})
    assert other.facts() == facts


def test_roles_stand_in_the_order_of_rfc_8785_beyond_the_first_plane():
    one, rows = item(1, parts={role: reference(1) for role in ("\ue000", "\U00010000", "a")}), Rows()
    rows.add(one)
    assert [text.encode() for text in rows.texts()] == [canonical(one.facts())]


def test_a_place_cannot_say_otherwise_than_the_facts():
    rows = Rows()
    rows.add(item(1))
    rows.places[0] = rows.places[0].replace("{", '{"digest":"forged","group":"forged",', 1)
    assert list(rows.items()) == [item(1)]


@pytest.mark.parametrize("place", ['{"name":"x"}', '{"name":"sealed/1","seal":"s","stored":1,"more":2}', "{", "null"])
def test_places_that_are_none_are_an_error(place):
    rows = Rows()
    rows.add(item(1))
    rows.places[0] = place
    with pytest.raises(ValueError, match=r"."):
        list(rows.items())


def test_a_number_that_json_cannot_hold_exactly_is_refused():
    rows = Rows()
    rows.add(item(1, files=2**53))
    with pytest.raises(ValueError, match=r"."):
        rows.leaves()
