"""The ledger keeps every revision, finds records by three names, and names what the database refuses."""

# ruff: noqa: PT012 - how a whole block ends is what is tested

import threading
import time

import pytest
from sqlalchemy import insert, select

from residency.govern import ledger as module
from residency.govern.ledger import (
    Ledger,
    LedgerDamaged,
    LedgerUnavailable,
    RecordChanged,
    RecordMissing,
    sqlite_url,
)
from residency.govern.schema import records
from residency.kernel.record import Record
from tests.fakes.disks import read_only, small_files
from tests.fakes.records import Thing, thing


def save(ledger: Ledger, record: Record) -> None:
    with ledger.writing() as book:
        book.save(record)


def test_a_saved_record_is_found_by_identifier_by_handle_and_by_digest(ledger):
    saved = thing("liver", value=1)
    save(ledger, saved)
    assert ledger.get(Thing, saved.id) == ledger.get(Thing, "liver") == ledger.get(Thing, saved.digest()) == saved
    assert ledger.body(saved.digest()) == saved.body()


def test_every_revision_stays_and_the_newest_is_the_one_that_is_named(ledger):
    first = thing("liver", value=1)
    save(ledger, first)
    second = ledger.get(Thing, "liver").model_copy(update={"value": 2})
    save(ledger, second)
    assert ledger.get(Thing, "liver").value == 2
    assert ledger.get(Thing, first.digest()).value == 1
    with ledger.reading() as book:
        rows = book.connection.execute(select(records.c.revision, records.c.newest).order_by(records.c.revision))
        assert [tuple(row) for row in rows] == [(1, 0), (2, 1)]
        assert book.counts() == [("thing", 1)]


def test_of_two_who_change_one_revision_the_second_conflicts_and_undoes_nothing(ledger):
    save(ledger, thing("liver", value=1))
    mine, yours = ledger.get(Thing, "liver"), ledger.get(Thing, "liver")
    save(ledger, mine.model_copy(update={"value": 2}))
    with pytest.raises(RecordChanged, match="changed"):
        save(ledger, yours.model_copy(update={"value": 3}))
    assert ledger.get(Thing, "liver").value == 2


def test_whoever_saves_a_chain_of_changes_need_not_read_in_between(ledger):
    record = thing("liver")
    for value in range(3):
        record = record.model_copy(update={"value": value})
        save(ledger, record)
    assert ledger.get(Thing, "liver").value == 2


def test_a_save_that_was_rolled_back_can_be_repeated(ledger):
    record = thing("liver")
    with pytest.raises(ZeroDivisionError), ledger.writing() as book:
        book.save(record)
        raise ZeroDivisionError
    save(ledger, record)
    assert ledger.get(Thing, "liver") == record


def test_an_old_revision_cannot_be_brought_back_as_if_nothing_came_after_it(ledger):
    first = thing("liver", value=1)
    save(ledger, first)
    save(ledger, first.model_copy(update={"value": 2}))
    with pytest.raises(RecordChanged):
        save(ledger, ledger.get(Thing, first.digest()).model_copy(update={"value": 3}))


def test_of_several_records_with_one_handle_the_one_made_last_is_meant(ledger):
    older, newer = sorted((thing("liver"), thing("liver")), key=lambda record: record.id)
    save(ledger, newer)
    save(ledger, older)
    assert ledger.get(Thing, "liver").id == newer.id


def test_a_scope_narrows_to_what_belongs_to_one_record(ledger):
    for of in ("a", "a", "b"):
        save(ledger, thing(belongs_to=of))
    assert len(ledger.all(Thing, scope="a")) == 2
    assert len(ledger.all(Thing)) == 3


@pytest.mark.parametrize("name", ["nobody", "thing-01", "sha256:" + "0" * 64, "", "' OR 1=1 --"])
def test_what_is_not_there_is_missing_by_every_kind_of_name(ledger, name):
    save(ledger, thing("liver"))
    with pytest.raises(RecordMissing, match="thing"):
        ledger.get(Thing, name)


def test_a_record_of_another_kind_does_not_answer_to_its_name(ledger):
    class Other(Thing):
        """Another noun."""

        kind = "other"

    save(ledger, thing("liver"))
    with pytest.raises(RecordMissing):
        ledger.get(Other, "liver")


def test_a_body_that_this_program_did_not_write_is_damage_and_shows_no_value(ledger):
    row = {"id": "thing-1", "revision": 1, "newest": 1, "kind": "thing", "handle": "x", "scope": "", "digest": "d"}
    with ledger.writing() as book:
        book.connection.execute(insert(records).values(**row, body='{"secret": "DOE^JANE"}'))
    with pytest.raises(LedgerDamaged) as error:
        ledger.get(Thing, "thing-1")
    assert "DOE" not in str(error.value)


def test_a_reader_sees_one_moment_while_a_writer_goes_on(ledger):
    save(ledger, thing("liver", value=1))
    with ledger.reading() as book:
        assert book.get(Thing, "liver").value == 1
    with ledger.writing() as book:
        book.save(ledger.get(Thing, "liver").model_copy(update={"value": 2}))
        assert ledger.get(Thing, "liver").value == 1
    assert ledger.get(Thing, "liver").value == 2


def test_a_locked_database_is_named_within_its_time(url, monkeypatch):
    monkeypatch.setattr(module, "BUSY_SECONDS", 1)
    holder, waiter = Ledger.open(url), Ledger.open(url)
    begun = time.monotonic()
    with holder.writing(), pytest.raises(LedgerUnavailable, match="lock") as error, waiter.writing():
        pass
    assert time.monotonic() - begun < 5
    assert "try again" in error.value.remedy
    holder.close()
    waiter.close()


def test_writers_wait_for_each_other_and_none_is_lost(ledger):
    save(ledger, thing("count"))

    def add() -> None:
        for _ in range(10):
            with ledger.writing() as book:
                record = book.get(Thing, "count")
                book.save(record.model_copy(update={"value": record.value + 1}))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.get(Thing, "count").value == 40


def test_a_server_that_is_not_there_is_named():
    with pytest.raises(LedgerUnavailable, match="does not answer"):
        Ledger.open("postgresql+psycopg://postgres@127.0.0.1:1/none")


def test_a_ledger_that_may_only_be_read_is_named_at_the_first_write(tmp_path):
    with read_only(lambda folder: Ledger.open(sqlite_url(folder / "ledger.db")).close()) as folder:
        with pytest.raises(LedgerUnavailable) as error:
            save(Ledger.open(sqlite_url(folder / "ledger.db")), thing("liver"))
        assert "disk" in error.value.remedy


def test_a_full_disk_is_named_and_leaves_the_ledger_as_it_was(tmp_path):
    ledger = Ledger.open(sqlite_url(tmp_path / "ledger.db"))
    save(ledger, thing("liver"))
    with small_files(64 * 1024), pytest.raises(LedgerUnavailable) as error:
        for number in range(200):
            save(ledger, thing("x" * 200, belongs_to=f"{number}"))
    assert "disk" in error.value.remedy
    ledger.close()
    again = Ledger.open(sqlite_url(tmp_path / "ledger.db"))
    assert again.get(Thing, "liver").name == "liver"
    save(again, thing("after"))


@pytest.mark.parametrize("bytes_written", [b"not a database at all" * 400, b""])
def test_a_file_that_is_no_ledger_is_damage_or_a_new_one_and_never_a_traceback(tmp_path, bytes_written):
    (tmp_path / "ledger.db").write_bytes(bytes_written)
    if bytes_written:
        with pytest.raises(LedgerDamaged):
            Ledger.open(sqlite_url(tmp_path / "ledger.db"))
    else:
        assert Ledger.open(sqlite_url(tmp_path / "ledger.db")).all(Thing) == []


def test_pages_that_were_overwritten_are_damage(tmp_path):
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(sqlite_url(path))
    for number in range(200):
        save(ledger, thing(f"n{number}"))
    ledger.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises((LedgerDamaged, LedgerUnavailable)):
        Ledger.open(sqlite_url(path)).all(Thing)


def test_an_error_of_the_database_never_shows_its_statement(tmp_path, monkeypatch):
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(sqlite_url(path))
    with small_files(40 * 1024), pytest.raises(LedgerUnavailable) as error:
        for number in range(400):
            save(ledger, thing("DOE-JANE", belongs_to=f"{number}"))
    assert "DOE" not in str(error.value)
