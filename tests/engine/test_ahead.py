"""Loading ahead: the same things for any number of threads, no more of them than were asked for."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.engine.ahead import Ahead
from residency.errors import Missing


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(1, 5), st.lists(st.integers(0, 12), min_size=1, max_size=20))
def test_what_is_taken_is_what_begins_there_whatever_was_taken_before(stride, threads, places):
    ahead = Ahead(lambda cursor: f"at {cursor}", stride=stride, threads=threads)
    assert [ahead.take(place * stride) for place in places] == [f"at {place * stride}" for place in places]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_in_order_everything_is_loaded_once_and_never_further_ahead_than_was_asked_for(threads):
    loaded, furthest, taken = [], [], [-1]

    def load(cursor):
        loaded.append(cursor)
        furthest.append(cursor - taken[0])
        return cursor

    ahead = Ahead(load, stride=1, threads=threads)
    for cursor in range(40):
        taken[0] = cursor
        assert ahead.take(cursor) == cursor
    assert sorted(loaded)[:40] == list(range(40))
    assert len(set(loaded)) == len(loaded)
    assert max(furthest) <= threads


@pytest.mark.parametrize("threads", [2, 4])
def test_so_many_load_at_the_same_time(threads):
    together = threading.Barrier(threads, timeout=20)

    def load(cursor):
        if 0 < cursor <= threads:
            together.wait()  # breaks unless all of them are there
        return cursor

    ahead = Ahead(load, stride=1, threads=threads)
    assert [ahead.take(cursor) for cursor in range(threads + 1)] == list(range(threads + 1))


def test_what_could_not_be_loaded_is_said_when_it_is_taken_and_not_before():
    def load(cursor):
        if cursor == 4:
            raise Missing("It is gone.")
        return cursor

    ahead = Ahead(load, stride=2, threads=3)
    assert [ahead.take(0), ahead.take(2)] == [0, 2]
    with pytest.raises(Missing):
        ahead.take(4)
    assert ahead.take(6) == 6
