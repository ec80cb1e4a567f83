"""Rows that are added stand beside those that are there, each opened by its own key alone."""

from residency.store.named import read_names
from residency.store.rows import more_rows, read_rows, write_rows
from residency.store.sealed import GroupKey, Sealed
from tests.fakes.memory_objects import MemoryObjects

LIST, ONE, TWO = GroupKey("list", bytes(32)), GroupKey("one", b"1" * 32), GroupKey("two", b"2" * 32)


def opened(sealed, ref, *keys):
    return list(read_rows(sealed, ref, {key.id: key.key for key in (LIST, *keys)}))


def test_rows_are_added_without_the_keys_of_those_that_are_there():
    sealed = Sealed(MemoryObjects())
    first = write_rows(sealed, LIST, [(ONE, b"of one")], context="rows")
    second = more_rows(sealed, first, LIST, [(TWO, b"of two"), (ONE, b"one again")], context="rows")
    third = more_rows(sealed, second, LIST, [], context="rows")
    assert opened(sealed, first, ONE, TWO) == [b"of one"]
    for ref in (second, third):
        assert opened(sealed, ref, ONE, TWO) == [b"of one", b"of two", b"one again"]
        assert (opened(sealed, ref, TWO), opened(sealed, ref)) == ([b"of two"], [])
    assert set(read_names(sealed.objects, first.name)) < set(read_names(sealed.objects, second.name))
    assert read_names(sealed.objects, second.name) == read_names(sealed.objects, third.name)


def test_a_list_without_rows_is_one_that_rows_can_be_added_to():
    sealed = Sealed(MemoryObjects())
    nothing = write_rows(sealed, LIST, [], context="rows")
    assert opened(sealed, nothing, ONE) == []
    assert opened(sealed, more_rows(sealed, nothing, LIST, [(ONE, b"x")], context="rows"), ONE) == [b"x"]
