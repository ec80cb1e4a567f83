"""Keys: each opens what it wrapped, for the purpose it was wrapped for; and none shows itself."""

import json
import traceback

import pytest

from residency.store.keys import (
    KeyDestroyed,
    OpenRing,
    PassphraseRing,
    RingDamaged,
    RingExists,
    RingMissing,
    RingUnreadable,
    WrongPassphrase,
    new_space,
    open_space,
    unwrap_under,
    wrap_under,
)
from residency.store.sealed import GroupKey
from tests.fakes.disks import read_only
from tests.fakes.records import AT

SECRET = bytes(range(100, 132))
CHEAP = 8192


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    path = tmp_path_factory.mktemp("ring") / "ring.json"
    return path, PassphraseRing.create(path, "correct horse", memory_kib=CHEAP)


def test_a_ring_opened_again_opens_what_it_wrapped(kept):
    path, ring = kept
    wrapped = ring.wrap(SECRET, purpose="space-1")
    assert PassphraseRing.open(path, "correct horse").unwrap(wrapped, purpose="space-1") == SECRET
    assert OpenRing.load(ring.export()).unwrap(wrapped, purpose="space-1") == SECRET


@pytest.mark.parametrize("typed", ["", "Correct horse", "correct horse\n", "x" * 1000])
def test_another_passphrase_is_said_to_be_wrong(kept, typed):
    with pytest.raises(WrongPassphrase):
        PassphraseRing.open(kept[0], typed)


def test_a_ring_is_never_written_over(kept):
    before = kept[0].read_bytes()
    with pytest.raises(RingExists):
        PassphraseRing.create(kept[0], "another", memory_kib=CHEAP)
    assert kept[0].read_bytes() == before


def test_the_ring_is_readable_by_its_owner_alone_and_holds_no_key(kept):
    path, ring = kept
    assert path.stat().st_mode & 0o077 == 0
    (key,) = json.loads(ring.export()).values()
    assert key not in path.read_text()


def test_a_ring_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(RingMissing):
        PassphraseRing.open(tmp_path / "ring.json", "x")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "5", "{}", '{"salt": 1}', '{"digest": "x"}', '{"generations": []}', "\x00\xff"]
)
def test_a_file_that_is_no_ring_is_damage(tmp_path, text):
    path = tmp_path / "ring.json"
    path.write_text(text)
    with pytest.raises(RingDamaged):
        PassphraseRing.open(path, "correct horse")


@pytest.mark.parametrize("field", ["salt", "memory_kib", "passes", "generations", "format"])
def test_a_ring_changed_in_any_field_is_damaged_and_not_a_wrong_passphrase(kept, tmp_path, field):
    body = json.loads(kept[0].read_text())
    body[field] = {"1": "AAAA"} if field == "generations" else "00" * 16 if field == "salt" else 2**31
    (tmp_path / "ring.json").write_text(json.dumps(body))
    with pytest.raises(RingDamaged):
        PassphraseRing.open(tmp_path / "ring.json", "correct horse")


def test_a_ring_that_may_not_be_read_is_named():
    def closed(folder):
        PassphraseRing.create(folder / "ring.json", "x", memory_kib=CHEAP)

    with read_only(closed) as folder:
        assert PassphraseRing.open(folder / "ring.json", "x")
    with read_only(lambda folder: (folder / "ring.json").mkdir()) as folder, pytest.raises(RingUnreadable):
        PassphraseRing.open(folder / "ring.json", "x")


def test_a_wrapped_key_opens_for_its_purpose_only(kept):
    _, ring = kept
    wrapped = ring.wrap(SECRET, purpose="space-1")
    with pytest.raises(RingDamaged, match="space-2"):
        ring.unwrap(wrapped, purpose="space-2")


@pytest.mark.parametrize(
    "wrapped", ["", "g1.", "g1.AAAA", "g1.!!!", "gx.AAAA", "1", "g.", "g-1.AAAA", "g1." + "A" * 200]
)
def test_what_is_no_wrapped_key_is_damage(kept, wrapped):
    with pytest.raises(RingDamaged):
        kept[1].unwrap(wrapped, purpose="space-1")


def test_every_changed_character_of_a_wrapped_key_is_found(kept):
    wrapped = kept[1].wrap(SECRET, purpose="p")
    for place in range(3, len(wrapped)):
        changed = wrapped[:place] + ("A" if wrapped[place] != "A" else "B") + wrapped[place + 1 :]
        with pytest.raises(RingDamaged):
            kept[1].unwrap(changed, purpose="p")


def test_what_a_destroyed_generation_wrapped_is_gone_and_the_rest_is_not():
    both = OpenRing({1: bytes(32), 2: SECRET})
    old, new = OpenRing({1: bytes(32)}).wrap(SECRET, purpose="p"), both.wrap(SECRET, purpose="p")
    assert new.startswith("g2.")
    assert both.unwrap(old, purpose="p") == SECRET
    after = OpenRing({2: SECRET})
    assert after.unwrap(new, purpose="p") == SECRET
    with pytest.raises(KeyDestroyed, match="generation 1"):
        after.unwrap(old, purpose="p")


def test_a_group_opens_in_its_space_and_in_no_other(kept):
    ring = kept[1]
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


def test_no_key_shows_itself_in_words_or_in_errors(kept):
    _, ring = kept
    space = new_space(ring, owner="o", at=AT, by="p")
    group = space.new_group("sub-1", "imaging", AT, "p")
    shown = [
        repr(thing) + str(thing) + f"{thing}" for thing in (ring, space, group, GroupKey("g", SECRET), space.record)
    ]
    try:
        unwrap_under(SECRET, wrap_under(space.key, group.key, "p"), "p")
    except RingDamaged as error:
        shown.append("".join(traceback.format_exception(error)) + repr(error))
    keys = [group.key, space.key, SECRET, *(bytes.fromhex(key) for key in json.loads(ring.export()).values())]
    for text in shown:
        for key in keys:
            assert key.hex() not in text
            assert repr(key)[2:-1] not in text
            assert str(list(key))[1:-1] not in text
