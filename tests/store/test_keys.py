"""Keys: each opens what it wrapped, for the purpose it was wrapped for; and none shows itself."""

import traceback

import pytest

from residency.store.keys import new_space, open_space
from residency.store.ring import RingDamaged, unwrap_under, wrap_under
from residency.store.rings import RingFile, create_ring
from residency.store.sealed import GroupKey
from tests.fakes.records import AT

SECRET = bytes(range(100, 132))
CHEAP = 8192


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    return create_ring(RingFile(tmp_path_factory.mktemp("ring") / "ring.json", CHEAP), "correct horse")


@pytest.mark.parametrize("length", [0, 31, 32, 33])
def test_every_changed_character_of_a_key_under_another_is_found(length):
    blob = wrap_under(SECRET, bytes(length), "p")
    assert unwrap_under(SECRET, blob, "p") == bytes(length)
    for place, character in enumerate(blob):
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n":
            if other != character:
                with pytest.raises(RingDamaged):
                    unwrap_under(SECRET, blob[:place] + other + blob[place + 1 :], "p")


def test_a_group_opens_in_its_space_and_in_no_other(ring):
    space = new_space(ring, owner="source-1", at=AT, by="p")
    other = new_space(ring, owner="source-2", at=AT, by="p")
    key = space.new_group("sub-1", "imaging", AT, "p")
    assert space.new_group("sub-1", "imaging", AT, "p") == key
    assert space.new_group("sub-2", "imaging", AT, "p").key != key.key
    (record, _) = space.made.values()
    assert open_space(ring, space.record).open(record) == key
    with pytest.raises(RingDamaged):
        other.open(record)
    with pytest.raises(RingDamaged):
        space.open(record.model_copy(update={"id": "key-group-2"}))
    assert record.scope == space.record.id


def test_no_key_shows_itself_in_words_or_in_errors(ring):
    space = new_space(ring, owner="o", at=AT, by="p")
    group = space.new_group("sub-1", "imaging", AT, "p")
    shown = [
        repr(thing) + str(thing) + f"{thing}" for thing in (ring, space, group, GroupKey("g", SECRET), space.record)
    ]
    try:
        unwrap_under(SECRET, wrap_under(space.key, group.key, "p"), "p")
    except RingDamaged as error:
        shown.append("".join(traceback.format_exception(error)) + repr(error))
    keys = [group.key, space.key, SECRET, ring.root]
    for text in shown:
        for key in keys:
            assert key.hex() not in text
            assert repr(key)[2:-1] not in text
            assert str(list(key))[1:-1] not in text
