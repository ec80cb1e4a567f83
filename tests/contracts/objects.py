"""What every ObjectStore must do; a store passes by inheriting these tests and giving itself as `store`."""

from datetime import UTC, datetime, timedelta

import pytest

from residency.errors import ResidencyError
from residency.store.objects import NameRefused, NameTaken, ObjectMissing, ObjectShort, Stored


class ObjectStoreContract:
    """Inherit, and add a fixture `store`."""

    def test_what_was_put_is_read_back_whole_and_in_pieces(self, store):
        assert store.put("sealed/aa/bb", [b"hello ", b"", b"world"]) == Stored("sealed/aa/bb", 11)
        assert store.read("sealed/aa/bb") == b"hello world"
        assert store.read("sealed/aa/bb", 6) == b"world"
        assert store.read("sealed/aa/bb", 3, 4) == b"lo w"
        assert store.read("sealed/aa/bb", 11, 0) == store.read("sealed/aa/bb", 11) == b""
        assert store.size("sealed/aa/bb") == 11
        assert store.has("sealed/aa/bb")

    def test_an_object_may_be_empty(self, store):
        assert store.put("empty", []) == Stored("empty", 0)
        assert store.read("empty") == b""
        assert store.size("empty") == 0

    @pytest.mark.parametrize(("offset", "length"), [(0, 4), (3, 1), (2, 2), (9, 1), (4, None)])
    def test_a_range_beyond_the_end_is_short(self, store, offset, length):
        store.put("abc", [b"abc"])
        with pytest.raises(ObjectShort, match="abc"):
            store.read("abc", offset, length)

    def test_an_open_object_is_read_in_ranges_in_the_order_asked(self, store):
        store.put("many", [bytes(range(100))])
        with store.open("many") as reader:
            assert (reader.name, reader.size) == ("many", 100)
            assert reader.read(10, 3) == bytes([10, 11, 12])
            wanted = [(90, 10), (0, 2), (2, 3), (50, 0), (1, 2)]
            found = [bytes(piece) for piece in reader.read_ranges(wanted)]
            assert found == [bytes(range(at, at + length)) for at, length in wanted]
            assert reader.read_ranges([]) == []
            for ranges in ([(0, 1), (99, 2)], [(100, 1)], [(200, 1)]):
                with pytest.raises(ObjectShort, match="many"):
                    reader.read_ranges(ranges)
        reader.close()

    def test_a_listing_gives_names_sizes_and_times(self, store):
        began = datetime.now(UTC)
        for name, data in (("b/1", b"xyz"), ("a", b""), ("b/2", b"x")):
            store.put(name, [data])
        found = list(store.listed("b/"))
        assert [(listed.name, listed.size) for listed in found] == [("b/1", 3), ("b/2", 1)]
        assert all(abs(listed.modified - began) < timedelta(minutes=5) for listed in found)
        assert [listed.name for listed in store.listed()] == list(store.names()) == ["a", "b/1", "b/2"]

    def test_sweeping_and_dropping_take_nothing_that_is_whole_or_on_its_way(self, store):
        writer = store.create("on/its-way")
        writer.write(b"half")
        store.put("whole", [b"data"])
        store.sweep()
        assert store.drop("absent") is False
        store.drop("whole")
        writer.write(b" and half")
        writer.commit()
        assert (store.read("whole"), store.read("on/its-way")) == (b"data", b"half and half")

    def test_nothing_is_visible_before_the_commit(self, store):
        writer = store.create("a/late")
        assert writer.write(b"data") == 4
        assert not store.has("a/late")
        assert list(store.names()) == []
        with pytest.raises(ObjectMissing):
            store.read("a/late")
        writer.commit()
        assert store.read("a/late") == b"data"

    def test_what_is_discarded_leaves_no_trace_and_its_name_is_free(self, store):
        writer = store.create("a/never")
        writer.write(b"data")
        writer.discard()
        assert list(store.names()) == []
        store.put("a/never", [b"after all"])

    def test_an_object_is_written_once(self, store):
        store.put("once", [b"first"])
        with pytest.raises(NameTaken):
            store.put("once", [b"second"])
        assert store.read("once") == b"first"

    def test_of_two_who_write_one_name_the_first_to_commit_stays(self, store):
        first, second = store.create("race"), store.create("race")
        first.write(b"first")
        second.write(b"second")
        first.commit()
        with pytest.raises(NameTaken):
            second.commit()
        second.discard()
        assert store.read("race") == b"first"

    def test_a_source_that_fails_leaves_nothing(self, store):
        def broken():
            yield b"half"
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            store.put("half", broken())
        assert list(store.names()) == []

    def test_what_is_not_there_is_missing(self, store):
        store.put("a/b", [b"x"])
        for name in ("nothing", "a", "a/c"):
            assert not store.has(name)
            for ask in (store.size, store.read):
                with pytest.raises(ObjectMissing):
                    ask(name)

    def test_deleting_twice_is_no_error(self, store):
        store.put("gone", [b"x"])
        store.delete("gone")
        store.delete("gone")
        assert not store.has("gone")
        store.put("gone", [b"again"])

    def test_names_come_sorted_and_by_prefix(self, store):
        for name in ("b/2", "a/10", "b/10", "a/2", "c"):
            store.put(name, [b""])
        assert list(store.names()) == ["a/10", "a/2", "b/10", "b/2", "c"]
        assert list(store.names("b/")) == ["b/10", "b/2"]
        assert list(store.names("b/1")) == ["b/10"]
        assert list(store.names("z")) == []

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a/./b",
            "a//b",
            "a/",
            ".tmp/x",
            "A",
            "a b",
            "a\\b",
            "a\nb",
            "ä",
            "a\0",
        ],
    )
    def test_a_name_that_could_leave_the_store_is_refused(self, store, name):
        for ask in (store.create, store.size, store.read, store.open, store.has, store.delete):
            with pytest.raises(NameRefused):
                ask(name)

    def test_an_error_is_one_of_ours(self, store):
        with pytest.raises(ResidencyError):
            store.read("nothing")
