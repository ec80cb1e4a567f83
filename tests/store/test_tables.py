"""Sealed tables are read by pyarrow and DuckDB in the frames that a question needs, and never give wrong rows."""

import gc
import random
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from residency.errors import Broken
from residency.store.directory import DirectoryStore
from residency.store.frames import TAG, TRAILER, SealBroken, intact
from residency.store.objects import ObjectMissing
from residency.store.sealed import GroupKey, KeyNotHeld, Sealed
from residency.store.tables import (
    QueryTooLarge,
    TableReadOnly,
    TableWrong,
    open_table,
    open_tables,
    sql_over,
    write_table,
)
from tests.fakes.counting_objects import CountingObjects
from tests.fakes.memory_objects import MemoryObjects

KEY, OTHER = GroupKey("group-1", bytes(range(32))), GroupKey("group-2", bytes(range(1, 33)))
KEYS = {KEY.id: KEY.key}
FRAME = 4096
GROUP = 8192
ROWS = 2**15 + 7232  # more than an Arrow batch of decoders that count in 16 bits; five groups, the last one shorter
MARKER = "PLANTED^MARKER 1955-03-02"
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
SCHEMA = pa.schema(
    [
        pa.field("number", pa.int64(), nullable=False),
        ("code", pa.string()),
        ("time", pa.timestamp("us", tz="UTC")),
        ("value", pa.float64()),
        ("flags", pa.list_(pa.int16())),
        ("unit", pa.struct([("name", pa.string()), ("factor", pa.float32())])),
        ("kind", pa.dictionary(pa.int32(), pa.string())),
    ]
)


def rows(count=ROWS, first=0):
    """Rows with nulls, strings, times and nested values; numbers and times rise."""
    chance = random.Random(first)
    numbers = range(first, first + count)
    return pa.table(
        {
            "number": pa.array(numbers),
            "code": pa.array([None if n % 7 == 0 else f"ICD10/{chance.random()}" for n in numbers]),
            "time": pa.array(
                [None if n % 5 == 0 else BEGAN + timedelta(minutes=n) for n in numbers], SCHEMA.field("time").type
            ),
            "value": pa.array([None if n % 3 == 0 else chance.random() for n in numbers]),
            "flags": pa.array([None if n % 11 == 0 else list(range(n % 4)) for n in numbers], pa.list_(pa.int16())),
            "unit": pa.array(
                [None if n % 13 == 0 else {"name": MARKER if n % 4096 == 1 else "mg", "factor": 0.5} for n in numbers],
                SCHEMA.field("unit").type,
            ),
            "kind": pa.array([("lab", "drug", None)[n % 3] for n in numbers]).dictionary_encode(),
        },
        schema=SCHEMA,
    )


@pytest.fixture(scope="module")
def whole():
    """All rows."""
    return rows()


@pytest.fixture
def place():
    """A place with small frames that counts what is read."""
    return Sealed(CountingObjects(MemoryObjects()), frame_size=FRAME)


def put(place, table, **how):
    how = {"context": "dataset/1/events", "group_rows": GROUP} | how
    return write_table(place, KEY, table.to_batches(max_chunksize=777), table.schema, **how)


@pytest.mark.parametrize("count", [0, 1, GROUP, GROUP + 1, ROWS])
def test_rows_of_every_kind_are_read_back_as_they_were(place, count):
    table = rows(count)
    with open_table(place, put(place, table), KEYS) as found:
        assert found.read().equals(table)
        assert found.schema_arrow.equals(SCHEMA)
        assert found.num_row_groups == -(-count // GROUP)


def test_a_table_on_a_disk_is_read_by_arrow_and_duckdb_alike(tmp_path, whole):
    place = Sealed(DirectoryStore(tmp_path / "objects"))
    refs = [put(place, whole.slice(at, 10_000)) for at in range(0, ROWS, 10_000)]
    table = open_tables(place, refs, KEYS)
    assert table.to_table().equals(whole)
    with sql_over({"events": table}) as sql:
        found = sql.execute("select count(*), count(code), sum(number), max(time), sum(unit.factor) from events")
        assert found.fetchone() == (
            ROWS,
            ROWS - len(range(0, ROWS, 7)),
            sum(range(ROWS)),
            BEGAN + timedelta(minutes=ROWS - 1),
            0.5 * (ROWS - len(range(0, ROWS, 13))),
        )
        assert sql.execute("select flags, kind from events where number = 7").fetchone() == ([0, 1, 2], "drug")


def frames_of(place, ref, ranges):
    """The numbers of the frames that hold these byte ranges of the plaintext."""
    return {number for start, stop in ranges for number in range(start // FRAME, -(-stop // FRAME))}


def frames_read(place, ref):
    """The numbers of the frames that were read since counting began."""
    frames = -(-ref.size // FRAME)
    start = ref.stored - TRAILER - ref.size - frames * TAG
    return {(offset - start) // (FRAME + TAG) for name, offset, _ in place.objects.ranges if offset >= start}


def chunks(meta, columns, groups):
    """Where the bytes of these columns lie in these row groups."""
    for group in groups:
        for number in range(meta.num_columns):
            one = meta.row_group(group).column(number)
            if one.path_in_schema.split(".")[0] in columns:
                start = min(at for at in (one.dictionary_page_offset, one.data_page_offset) if at)
                yield start, start + one.total_compressed_size


@pytest.mark.parametrize("columns", [["number"], ["kind"], ["value", "flags"], ["unit"]])
def test_a_projection_opens_only_the_frames_in_which_its_columns_lie(place, whole, columns):
    ref = put(place, whole)
    with open_table(place, ref, KEYS) as found:
        footer = frames_read(place, ref)
        assert len(footer) < 18  # 64 KiB, which Arrow reads at once
        place.objects.forget()
        assert found.read(columns=columns).equals(whole.select(columns))
        wanted = frames_of(place, ref, chunks(found.metadata, columns, range(found.num_row_groups)))
        assert frames_read(place, ref) <= wanted | footer
    assert place.objects.bytes_read < ref.stored / 2


def test_row_groups_that_cannot_match_are_not_opened(place, whole):
    ref = put(place, whole)
    place.objects.forget()
    table = open_tables(place, [ref], KEYS)
    found = table.to_table(filter=ds.field("number") > 3 * GROUP + 5, columns=["number", "code"])
    assert found.equals(whole.slice(3 * GROUP + 6).select(["number", "code"]))
    few = place.objects.bytes_read
    place.objects.forget()
    open_tables(place, [ref], KEYS).to_table(columns=["number", "code"])
    assert few < 0.7 * place.objects.bytes_read


def test_duckdb_pushes_columns_and_filters_down_to_the_frames(place, whole):
    refs = [put(place, whole), put(place, rows(GROUP, first=10**6))]
    read = {}
    for what, query in {
        "everything": "select * from events",
        "column": "select sum(number) from events",
        "rows": "select sum(number), max(code) from events where number >= 1000000",
    }.items():
        with sql_over({"events": open_tables(place, refs, KEYS)}) as sql:
            place.objects.forget()
            answer = sql.execute(query).fetchall()
            read[what] = place.objects.bytes_read
        if what == "rows":
            assert answer[0][0] == sum(range(10**6, 10**6 + GROUP))
    assert read["column"] < read["everything"] / 3
    assert read["rows"] < read["everything"] / 2


def test_readers_are_closed_when_the_work_is_done(place, whole):
    ref = put(place, whole)
    with open_table(place, ref, KEYS) as found:
        found.read_row_group(1)
    assert place.objects.open_now == 0
    table = open_tables(place, [ref, ref], KEYS)
    assert place.objects.open_now == 0
    with sql_over({"events": table}) as sql:
        sql.execute("select max(number) from events").fetchall()
    gc.collect()
    assert place.objects.open_now == 0


def test_a_table_opens_with_its_own_key_alone(place, whole):
    ref = put(place, whole.slice(0, 100))
    for keys, error in ((({OTHER.id: OTHER.key}), KeyNotHeld), ({KEY.id: OTHER.key}, SealBroken)):
        with pytest.raises(error):
            open_table(place, ref, keys)
        with pytest.raises(error):
            open_tables(place, [ref], keys, schema=SCHEMA).to_table()
        with pytest.raises(error), sql_over({"events": open_tables(place, [ref], keys, schema=SCHEMA)}) as sql:
            sql.execute("select max(number) from events")


def damaged(place, ref, at):
    data = bytearray(place.objects.store.bytes_of[ref.name])
    data[at] ^= 1
    place.objects.store.bytes_of[ref.name] = bytes(data)


def ways(place, ref):
    """Every way to read a table, to its end."""
    yield lambda: open_table(place, ref, KEYS).read()
    yield lambda: open_tables(place, [ref], KEYS, schema=SCHEMA).to_table()
    yield lambda: pa.Table.from_batches(open_tables(place, [ref], KEYS, schema=SCHEMA).to_batches(), SCHEMA)

    def by_sql():
        with sql_over({"events": open_tables(place, [ref], KEYS, schema=SCHEMA)}) as sql:
            return sql.execute("select * from events").fetch_arrow_table()

    yield by_sql


def test_every_flipped_frame_ends_in_a_named_error_by_every_way_of_reading(place):
    table = rows(6 * 1024)
    ref = put(place, table, group_rows=1024)
    data = place.objects.store.bytes_of[ref.name]
    frames = -(-ref.size // FRAME)
    start = ref.stored - TRAILER - ref.size - frames * TAG
    assert frames > 25
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for number in range(frames):
        end = min(start + (number + 1) * (FRAME + TAG), ref.stored - TRAILER)
        damaged(place, ref, chance.randrange(start + number * (FRAME + TAG), end))
        assert not intact(place.objects, ref.name)
        for way in ways(place, ref):
            with pytest.raises(SealBroken, match=f"Frame {number} of {ref.name}"):
                way()
        place.objects.store.bytes_of[ref.name] = data
    for at in range(0, start, 3):
        damaged(place, ref, at)
        with pytest.raises(Broken):
            open_table(place, ref, KEYS)
        place.objects.store.bytes_of[ref.name] = data
    assert open_table(place, ref, KEYS).read().equals(table)


def test_a_part_of_a_table_is_right_or_an_error_whatever_byte_is_changed(place):
    """Columns whose frames are whole may be read; what is read is never anything else than what was written."""
    table = rows(GROUP)
    ref = put(place, table, group_rows=2048)
    data = place.objects.store.bytes_of[ref.name]
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance, read, broken = random.Random(seed), 0, 0
    for _ in range(150):
        damaged(place, ref, chance.randrange(ref.stored))
        columns = chance.sample(SCHEMA.names, 2)
        with suppress(SealBroken):
            broken += 1
            assert open_table(place, ref, KEYS).read(columns=columns).equals(table.select(columns))
            broken, read = broken - 1, read + 1
        place.objects.store.bytes_of[ref.name] = data
    assert read
    assert broken


def test_a_table_that_was_cut_is_an_error_at_every_length(place):
    ref = put(place, rows(1000))
    data = place.objects.store.bytes_of[ref.name]
    for length in {*range(0, ref.stored, 997), ref.stored - 1, ref.stored - TRAILER, ref.stored - TRAILER - 8}:
        place.objects.store.bytes_of[ref.name] = data[:length]
        for way in ways(place, ref):
            with pytest.raises(Broken):
                way()


def test_a_table_that_is_gone_is_missing_by_every_way_of_reading(place):
    ref = put(place, rows(10))
    place.objects.delete(ref.name)
    for way in ways(place, ref):
        with pytest.raises(ObjectMissing):
            way()


def test_no_plaintext_of_a_table_rests_in_the_store(place, tmp_path, monkeypatch, whole):
    monkeypatch.chdir(tmp_path)
    disk = Sealed(DirectoryStore(tmp_path / "objects"))
    for sealed in (place, disk):
        ref = put(sealed, whole)
        with sql_over({"events": open_tables(sealed, [ref], KEYS)}) as sql:
            assert sql.execute(f"select count(*) from events where unit.name = '{MARKER}'").fetchone() == (10,)
    plain = pa.BufferOutputStream()
    pq.write_table(whole, plain)
    assert MARKER.encode() in plain.getvalue().to_pybytes()
    kept = [*place.objects.store.bytes_of.values(), *(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())]
    assert len(kept) == 2
    for trace in (MARKER.encode(), b"PAR1", b"ICD10/", b"number"):
        assert not any(trace in data for data in kept)


def test_a_query_that_does_not_fit_in_memory_fails_where_duckdb_would_have_spilled(place, tmp_path, monkeypatch, whole):
    monkeypatch.chdir(tmp_path)
    table = open_tables(place, [put(place, whole)], KEYS)
    query = "select count(*) from (select distinct code, n from events, range(60) t(n))"
    left_alone = duckdb.connect(
        ":memory:", config={"memory_limit": "64 MiB", "temp_directory": str(tmp_path / "spilled")}
    )
    left_alone.register("events", table)
    assert left_alone.execute(query).fetchone() == (60 * (len(whole["code"].drop_null().unique()) + 1),)
    left_alone.close()
    shutil.rmtree(tmp_path / "spilled", ignore_errors=True)
    with pytest.raises(QueryTooLarge), sql_over({"events": table}, memory_mib=64) as sql:
        sql.execute(query).fetchall()
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    "query",
    [
        "copy events to 'out.csv'",
        "copy events to 'out.parquet'",
        "export database 'out'",
        "attach 'out.db'",
        "select * from read_text('in.txt')",
        "select * from 'in.csv'",
        "install httpfs",
        "set temp_directory = 'out'",
        "set enable_external_access = true",
        "reset lock_configuration",
    ],
)
def test_a_query_reads_no_other_file_and_writes_none(place, tmp_path, monkeypatch, query):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("x")
    (tmp_path / "in.csv").write_text("x\n1\n")
    with sql_over({"events": open_tables(place, [put(place, rows(10))], KEYS)}) as sql:
        with pytest.raises(duckdb.Error):
            sql.execute(query)
        assert sql.execute("select count(*) from events").fetchone() == (10,)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["in.csv", "in.txt"]


def test_a_mistake_in_a_query_stays_a_mistake_in_a_query(place):
    table = open_tables(place, [put(place, rows(10))], KEYS)
    with pytest.raises(duckdb.BinderException), sql_over({"events": table}) as sql:
        sql.execute("select nothing from events")


def test_tables_of_other_columns_are_not_read_as_one(place):
    refs = [put(place, rows(10)), put(place, rows(10).drop_columns(["value"]))]
    table = open_tables(place, refs, KEYS)
    with pytest.raises(TableWrong, match=refs[1].name):
        table.to_table(columns=["number"])
    with pytest.raises(TableWrong, match=refs[1].name), sql_over({"events": table}) as sql:
        sql.execute("select sum(number) from events").fetchall()
    with pytest.raises(TableWrong):
        open_tables(place, [], KEYS)
    assert open_tables(place, [], KEYS, schema=SCHEMA).count_rows() == 0


def test_rows_that_are_not_of_the_schema_leave_no_object(place):
    wrong = [
        ([rows(10), rows(10).drop_columns(["value"])], SCHEMA),
        ([pa.table({"a": pa.array([2**62], pa.timestamp("s"))})], pa.schema([("a", pa.timestamp("s"))])),
        ([pa.table({"a": pa.array([1])})], pa.schema([("a", pa.int32())])),
    ]
    for batches, schema in wrong:
        with pytest.raises(TableWrong) as refused:
            write_table(place, KEY, batches, schema, context="c")
        assert str(2**62) not in str(refused.value)
    assert list(place.objects.names()) == []


def test_rows_that_stop_coming_leave_no_object_and_no_half_written_file(tmp_path):
    disk = Sealed(DirectoryStore(tmp_path))

    def broken():
        yield from rows(GROUP * 2).to_batches()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_table(disk, KEY, broken(), SCHEMA, context="c", group_rows=GROUP)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_memory_holds_a_few_row_groups_while_rows_stream_in(place):
    most, schema = [], pa.schema([("number", pa.int64())])

    def stream():
        for at in range(0, 400 * 1024, 1024):
            yield pa.record_batch([pa.array(range(at, at + 1024))], schema=schema)
            most.append(pa.total_allocated_bytes())

    before = pa.total_allocated_bytes()
    ref = write_table(place, KEY, stream(), schema, context="c", group_rows=4096)
    assert max(most) - before < 20 * 4096 * 8 < 400 * 1024 * 8 / 4
    with open_table(place, ref, KEYS) as found:
        assert found.read()["number"].to_pylist() == list(range(400 * 1024))


def test_a_table_is_not_changed_through_arrow(place):
    table = open_tables(place, [put(place, rows(10))], KEYS)
    for change in ("delete_file", "create_dir"):
        with pytest.raises(TableReadOnly):
            getattr(table.filesystem, change)("a")
    with pytest.raises(TableReadOnly):
        ds.write_dataset(
            rows(10), "out", filesystem=table.filesystem, format="parquet", existing_data_behavior="overwrite_or_ignore"
        )
