"""The bare names beside a sealed list: what is read is what was written, or an error that stops whoever removes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.store.frames import TRAILER, intact
from residency.store.named import SUFFIX, NamesBroken, NamesMissing, read_names, write_names
from residency.store.objects import NameRefused, NameTaken
from tests.fakes.memory_objects import MemoryObjects

NAME = st.from_regex(r"sealed/[0-9a-f]{2}/[0-9a-f]{8}", fullmatch=True)
HEAD = "sealed/ab/head"


@given(st.lists(NAME, max_size=30))
def test_names_come_back_sorted_and_each_once_and_end_in_a_trailer_that_finds_rot(names):
    objects = MemoryObjects()
    write_names(objects, HEAD, iter(names))
    assert read_names(objects, HEAD) == sorted(set(names))
    assert objects.bytes_of[HEAD + SUFFIX][:-TRAILER].decode() == "".join(f"{name}\n" for name in sorted(set(names)))
    assert intact(objects, HEAD + SUFFIX)


def test_many_names_are_written_in_pieces():
    objects, names = MemoryObjects(), [f"sealed/{number:06}" for number in range(10_000)]
    write_names(objects, HEAD, names)
    assert read_names(objects, HEAD) == names


def test_names_that_are_not_there_are_not_taken_for_none():
    with pytest.raises(NamesMissing, match=HEAD):
        read_names(MemoryObjects(), HEAD)


def test_any_bit_changed_and_any_end_cut_is_found():
    objects = MemoryObjects()
    write_names(objects, HEAD, ["sealed/1", "sealed/2"])
    whole = objects.bytes_of[HEAD + SUFFIX]
    wrong = [whole[:n] for n in range(len(whole))]
    wrong += [whole[:n] + bytes([whole[n] ^ 1 << bit]) + whole[n + 1 :] for n in range(len(whole)) for bit in range(8)]
    for data in wrong:
        objects.bytes_of[HEAD + SUFFIX] = data
        with pytest.raises(NamesBroken):
            read_names(objects, HEAD)


@pytest.mark.parametrize("text", [b"sealed/2\nsealed/1\n", b"sealed/1\nsealed/1\n", b"sealed/1"])
def test_names_out_of_order_are_broken_even_under_a_right_trailer(text):
    from hashlib import sha256

    objects = MemoryObjects()
    objects.put(HEAD + SUFFIX, [text, sha256((HEAD + SUFFIX + "\n").encode() + text).digest()])
    with pytest.raises(NamesBroken):
        read_names(objects, HEAD)


def test_what_cannot_name_an_object_is_not_written_and_names_are_written_once():
    objects = MemoryObjects()
    with pytest.raises(NameRefused):
        write_names(objects, HEAD, ["sealed/a\nsealed/b"])
    assert objects.bytes_of == {}
    write_names(objects, HEAD, [])
    with pytest.raises(NameTaken):
        write_names(objects, HEAD, ["sealed/1"])
