"""Sealed bytes open for their key alone, as they were sealed, or not at all."""

import hashlib
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.errors import Broken
from residency.store.frames import FRAME_SIZE, MAGIC, TAG, TRAILER, SealBroken, intact
from residency.store.sealed import GroupKey, KeyNotHeld, Sealed
from tests.fakes.memory_objects import MemoryObjects

KEY, OTHER = GroupKey("group-1", bytes(range(32))), GroupKey("group-2", bytes(range(1, 33)))
KEYS = {KEY.id: KEY.key}
SMALL = 64


@pytest.fixture
def place():
    """A place with frames of 64 bytes, so that a few hundred bytes meet every border."""
    return Sealed(MemoryObjects(), frame_size=SMALL)


def put(place: Sealed, data: bytes, key: GroupKey = KEY, context: str = "intake/1"):
    return place.write(data, key, context=context)


def tamper(place: Sealed, name: str, change) -> None:
    place.objects.bytes_of[name] = change(place.objects.bytes_of[name])


def refused(place: Sealed, ref, keys=KEYS) -> None:
    with pytest.raises(Broken) as error:
        place.read(ref, keys)
    assert ref.name in str(error.value)


@pytest.mark.parametrize("size", [0, 1, SMALL - 1, SMALL, SMALL + 1, 2 * SMALL - 1, 2 * SMALL, 2 * SMALL + 1, 1000])
def test_what_was_sealed_is_read_back_at_every_border(place, size):
    data = bytes(n % 251 for n in range(size))
    ref = put(place, data)
    assert place.read(ref, KEYS) == data
    assert (ref.size, ref.stored) == (size, place.objects.size(ref.name))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3 * SMALL), max_size=8), st.data())
def test_any_way_of_writing_and_any_way_of_reading_give_the_same_bytes(pieces, data):
    place = Sealed(MemoryObjects(), frame_size=SMALL)
    chunks = [bytes([number]) * size for number, size in enumerate(pieces)]
    whole = b"".join(chunks)
    ref = place.write(iter(chunks), KEY, context="c")
    assert place.read(ref, KEYS) == whole
    with place.open(ref, KEYS) as file:
        for _ in range(5):
            start = data.draw(st.integers(0, len(whole) + 5))
            length = data.draw(st.integers(0, 200))
            file.seek(start)
            assert file.read(length) == whole[start : start + length]


def test_real_frames_meet_their_borders_too():
    place = Sealed(MemoryObjects())
    for size in (FRAME_SIZE - 1, FRAME_SIZE, FRAME_SIZE + 1):
        data = bytes(size)
        assert place.read(put(place, data), KEYS) == data


def test_every_flipped_bit_is_found(place):
    ref = put(place, bytes(range(200)))
    whole = place.objects.bytes_of[ref.name]
    for position in range(len(whole)):
        for bit in (0, 3, 7):
            changed = bytearray(whole)
            changed[position] ^= 1 << bit
            place.objects.bytes_of[ref.name] = bytes(changed)
            assert not intact(place.objects, ref.name)
            if position < len(whole) - TRAILER:
                refused(place, ref)
    place.objects.bytes_of[ref.name] = whole
    assert intact(place.objects, ref.name)


def test_a_flip_in_a_frame_is_located(place):
    ref = put(place, bytes(200))
    whole = place.objects.bytes_of[ref.name]
    start = len(whole) - TRAILER - 200 - 4 * TAG
    at = start + 2 * (SMALL + TAG) + 5
    tamper(place, ref.name, lambda data: data[:at] + b"\xff" + data[at + 1 :])
    with pytest.raises(
        SealBroken, match=f"Frame 2 of .*bytes {start + 2 * (SMALL + TAG)} to {start + 3 * (SMALL + TAG)}"
    ):
        place.read(ref, KEYS)


def test_other_frames_still_open_when_one_is_damaged(place):
    ref = put(place, bytes(200))
    tamper(place, ref.name, lambda data: data[: -TRAILER - 1] + bytes([data[-TRAILER - 1] ^ 1]) + data[-TRAILER:])
    with place.open(ref, KEYS) as file:
        assert file.read(SMALL) == bytes(SMALL)


def test_a_cut_at_any_length_is_found(place):
    ref = put(place, bytes(range(200)))
    whole = place.objects.bytes_of[ref.name]
    for length in range(len(whole)):
        place.objects.bytes_of[ref.name] = whole[:length]
        assert not intact(place.objects, ref.name)
        refused(place, ref)
        shorter = ref.model_copy(update={"stored": length})
        refused(place, shorter)


def test_a_cut_at_a_frame_is_found_also_when_the_reference_was_shortened_with_it(place):
    ref = put(place, bytes(3 * SMALL))
    for frames in (1, 2):
        gone = frames * (SMALL + TAG)
        shorter = ref.model_copy(update={"size": ref.size - frames * SMALL, "stored": ref.stored - gone})
        whole = place.objects.bytes_of[ref.name]
        place.objects.bytes_of[ref.name] = whole[: -gone - TRAILER] + whole[-TRAILER:]
        refused(place, shorter)
        place.objects.bytes_of[ref.name] = whole


@pytest.mark.parametrize("more", [b"\0", bytes(SMALL + TAG)])
def test_bytes_behind_the_end_are_found(place, more):
    ref = put(place, bytes(100))
    tamper(place, ref.name, lambda data: data + more)
    refused(place, ref)


def test_frames_that_changed_places_are_found(place):
    ref = put(place, bytes(4 * SMALL))
    step, start = SMALL + TAG, ref.stored - TRAILER - 4 * (SMALL + TAG)

    def swap(data: bytes) -> bytes:
        frames = [data[start + n * step : start + (n + 1) * step] for n in range(4)]
        frames[0], frames[1] = frames[1], frames[0]
        return data[:start] + b"".join(frames) + data[-TRAILER:]

    tamper(place, ref.name, swap)
    refused(place, ref)


def test_a_frame_of_another_object_under_the_same_key_is_found(place):
    one, other = put(place, bytes(3 * SMALL)), put(place, bytes(3 * SMALL))
    step, start = SMALL + TAG, one.stored - TRAILER - 3 * (SMALL + TAG)
    foreign = place.objects.bytes_of[other.name][start : start + step]
    tamper(place, one.name, lambda data: data[:start] + foreign + data[start + step :])
    refused(place, one)


def test_another_whole_object_in_its_place_is_found(place):
    one, other = put(place, bytes(100)), put(place, bytes(100), context="intake/2")
    place.objects.bytes_of[one.name] = place.objects.bytes_of[other.name]
    refused(place, one)


def test_another_whole_object_of_the_same_context_in_its_place_is_found(place):
    one, other = put(place, bytes(100)), put(place, bytes(100))
    place.objects.bytes_of[one.name] = place.objects.bytes_of[other.name]
    refused(place, one)


def test_equal_content_has_equal_digests_within_a_group_and_nowhere_else(place):
    one, same, other = put(place, b"abc"), put(place, b"abc"), put(place, b"abd")
    foreign = place.write(b"abc", OTHER, context="intake/1")
    assert one.digest == same.digest
    assert len({one.digest, other.digest, foreign.digest}) == 3
    assert hashlib.sha256(b"abc").hexdigest() not in one.digest


def test_another_key_under_the_same_name_opens_nothing(place):
    ref = put(place, b"secret")
    with pytest.raises(SealBroken):
        place.read(ref, {KEY.id: OTHER.key})


def test_without_the_key_of_its_group_nothing_is_opened(place):
    ref = put(place, b"secret")
    with pytest.raises(KeyNotHeld, match="lease"):
        place.read(ref, {OTHER.id: OTHER.key})


@pytest.mark.parametrize("change", [{"context": "intake/2"}, {"group": "group-2"}])
def test_a_reference_that_says_otherwise_is_not_followed(place, change):
    ref = put(place, b"secret").model_copy(update=change)
    with pytest.raises(SealBroken, match="something else"):
        place.read(ref, {**KEYS, OTHER.id: KEY.key})


class Watched(MemoryObjects):
    """Remembers the first bytes of every write attempt, also of those that were given up."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[bytes] = []

    def create(self, name: str):
        writer, begun = super().create(name), self.begun
        write = writer.write

        def first(data) -> int:
            begun.append(bytes(data))
            writer.write = write
            return write(data)

        writer.write = first
        return writer


def test_every_write_attempt_has_a_key_of_its_own():
    """Nonces count frames: over 200 writes of one group and one name, given up halfway or not, no salt occurs twice."""
    place = Sealed(Watched(), frame_size=SMALL)
    for number in range(200):
        writer = place.create(KEY, context="same", name=f"same/{number // 2}" if number % 2 else None)
        writer.write(bytes(150))
        writer.discard() if number % 3 else writer.commit()
    salts = {json.loads(begun[len(MAGIC) + 2 :])["salt"] for begun in place.objects.begun}
    assert len(salts) == len(place.objects.begun) == 200


def test_the_same_bytes_sealed_twice_have_nothing_in_common(place):
    one, other = (place.objects.bytes_of[put(place, bytes(64)).name] for _ in range(2))
    assert one[-80:] != other[-80:]


def test_no_plaintext_rests_in_the_store(place):
    marker = b"DOE^JANE 1955"
    place.write([b"a" * 50, marker, b"b" * 500], KEY, context="c")
    assert all(marker not in data for data in place.objects.bytes_of.values())


def test_a_discarded_or_failed_write_is_not_there(place):
    def broken():
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        place.write(broken(), KEY, context="c")
    writer = place.create(KEY, context="c")
    writer.write(b"x")
    writer.discard()
    assert place.objects.bytes_of == {}


def test_a_long_context_is_read_back(place):
    ref = put(place, b"data", context="c" * 5000)
    assert place.read(ref, KEYS) == b"data"


def test_an_object_is_found_again_by_name_group_and_context(place):
    for size in (0, 1, SMALL, SMALL + 1, 500):
        ref = put(place, bytes(size))
        found = place.find(ref.name, group=KEY.id, context="intake/1")
        assert found.model_copy(update={"digest": ref.digest}) == ref
        assert place.read(found, KEYS) == bytes(size)
    with pytest.raises(SealBroken):
        place.find(ref.name, group="group-2", context="intake/1")


@pytest.mark.parametrize("header", [b"", b"[]", b"{}", b"5", b'{"context":"c"}', b"\xff\xfe", b"[" * 990, b'{"a":NaN}'])
def test_a_header_that_was_made_up_is_broken_and_nothing_worse(place, header):
    ref = put(place, b"data")
    tamper(place, ref.name, lambda _: MAGIC + len(header).to_bytes(2, "big") + header + bytes(200))
    refused(place, ref)


def test_places_outside_the_file_are_handled_as_python_files_do(place):
    with place.open(put(place, b"0123456789"), KEYS) as file:
        assert file.seek(-3, io.SEEK_END) == 7
        assert file.read() == b"789"
        assert file.read(5) == b""
        assert file.seek(100) == 100
        assert file.read() == b""
        with pytest.raises(ValueError, match="negative"):
            file.seek(-1)
