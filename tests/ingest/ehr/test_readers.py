"""Records of the hospital, and files that mean harm: what is read, what is torn, what is refused."""

import io
import json
from contextlib import suppress
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from residency.errors import BadInput
from residency.ingest.ehr import fhir
from residency.ingest.ehr import parquet as tables
from residency.ingest.ehr.delimited import Row, open_csv
from residency.ingest.ehr.fhir import Entry, open_fhir
from residency.ingest.ehr.meds import open_meds
from residency.ingest.ehr.parquet import open_parquet
from residency.ingest.ehr.strict_json import JsonWrong, dumps, parse
from residency.ingest.ehr.torn import EhrTooLarge, EhrUnreadable, Torn

SECRET = "Quillfeather"
PATIENT = b'{"resourceType":"Patient","id":"1"}'


def records(data: bytes):
    return list(open_fhir(io.BytesIO(data)).records)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b'{"a":1,"a":2}', "DUPLICATE-KEY"),
        (b'{"a":NaN}', "NOT-A-NUMBER"),
        (b'{"a":-Infinity}', "NOT-A-NUMBER"),
        (b'{"a":' + b"9" * 5000 + b"}", "NOT-A-NUMBER"),
        (b'{"a":' + b"1." + b"9" * 5000 + b"}", "NOT-A-NUMBER"),
        (b"[" * 100_000, "TOO-DEEP"),
        (b'{"a":' * 80 + b"1" + b"}" * 80, "TOO-DEEP"),
        (b'{"a":"\xff"}', "NOT-UTF-8"),
        (b'{"a":"\\ud800"}', "NOT-UTF-8"),
        (b'{"\\udfff":1}', "NOT-UTF-8"),
        (b'{"a":1', "NOT-JSON"),
        (b'{"a":1} {}', "NOT-JSON"),
        (b"", "NOT-JSON"),
    ],
)
def test_json_that_can_be_read_in_two_ways_is_not_read(data, fault):
    with pytest.raises(JsonWrong) as told:
        parse(data)
    assert told.value.fault == fault


def test_a_decimal_keeps_the_digits_that_it_was_given():
    text = '{"value":1.50,"tiny":1E-7,"whole":7,"no":null,"yes":true,"name":"Zoë \\"\\u0001"}'
    assert parse(text.encode())["value"] == Decimal("1.50")
    assert dumps(parse(text.encode())) == text.replace("Zo\\u00eb", "Zoë")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('ab"\\é', max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_is_what_was_read(value):
    assert parse(dumps(value).encode()) == value == json.loads(dumps(value))


def test_a_resource_a_bundle_and_lines_are_told_apart_by_their_bytes():
    assert open_fhir(io.BytesIO(PATIENT)).form == "resource"
    pretty = json.dumps(
        {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": json.loads(PATIENT)}]}, indent=1
    )
    file = open_fhir(io.BytesIO(b"\xef\xbb\xbf" + pretty.encode()))
    assert (file.form, file.envelope["type"]) == ("bundle", "batch")
    assert [record.resource["id"] for record in file.records] == ["1"]
    assert open_fhir(io.BytesIO(PATIENT + b"\n\n" + PATIENT)).form == "lines"


def test_a_torn_line_costs_itself_alone():
    lines = [PATIENT, PATIENT[:20], b'{"resourceType":"Patient","x":NaN}', b"[1]", b'{"x":1}', b"{" * 5000, PATIENT]
    got = records(b"\n".join(lines))
    assert [type(record) for record in got] == [Entry, Torn, Torn, Torn, Torn, Torn, Entry]
    assert [record.fault for record in got[1:6]] == [
        "NOT-JSON",
        "NOT-A-NUMBER",
        "NOT-A-RESOURCE",
        "NOT-A-RESOURCE",
        "NOT-JSON",
    ]
    assert [record.record for record in got] == list(range(7))


def test_a_torn_first_line_does_not_hide_the_rest():
    got = records(PATIENT[:20] + b"\n" + PATIENT + b"\n" + PATIENT)
    assert [type(record) for record in got] == [Torn, Entry, Entry]


def test_a_line_that_is_too_long_is_passed_over(monkeypatch):
    monkeypatch.setattr(fhir, "LONGEST_LINE", 100)
    long = b'{"resourceType":"Patient","id":"' + b"x" * 1000 + b'"}'
    got = records(b"\n".join([PATIENT, long, PATIENT]))
    assert [type(record) for record in got] == [Entry, Torn, Entry]
    assert got[1].fault == "TOO-LARGE"


def test_a_bundle_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(fhir, "LARGEST_DOCUMENT", 100)
    with pytest.raises(EhrTooLarge):
        records(b'{\n"resourceType":"Bundle","entry":[' + b"1," * 200 + b"1]}")


def test_entries_of_a_bundle_that_are_no_resources_are_torn():
    data = {
        "resourceType": "Bundle",
        "entry": [1, {}, {"resource": []}, {"resource": {"resourceType": 5}}, {"resource": json.loads(PATIENT)}],
    }
    got = records(json.dumps(data).encode())
    assert [type(record) for record in got] == [Torn, Torn, Torn, Torn, Entry]


@pytest.mark.parametrize(
    "data", [b"", b"<Bundle/>", b"[]", b'{"a":1}', b"\x00\x01", b'{"resourceType":"Bundle","entry":{}}']
)
def test_what_is_no_fhir_is_refused_without_a_value(data):
    with pytest.raises(EhrUnreadable) as told:
        records(data)
    assert SECRET not in str(told.value)


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_no_bytes_break_a_reader_in_another_way(data):
    rows = (
        lambda: records(data),
        lambda: list(open_csv(io.BytesIO(data)).records),
        lambda: open_parquet(io.BytesIO(data)),
    )
    for read in rows:
        with suppress(BadInput):
            read()


def test_every_record_of_a_csv_is_read_or_torn():
    text = 'a;b;c\n1;"x;y";3\n1;2\n1;2;3;4\n1;"open\n\n5;6;7\n"8";"9\n9";"10"\n'
    got = list(open_csv(io.BytesIO(text.encode())).records)
    assert got[0] == Row(0, ["1", "x;y", "3"])
    assert [record.fault for record in got if isinstance(record, Torn)][:2] == ["RAGGED", "RAGGED"]
    assert [record.record for record in got] == list(range(len(got)))


def test_bytes_that_are_no_utf_8_cost_their_own_record():
    got = list(open_csv(io.BytesIO(b"a,b\n1,\xe9\n3,\xc3\xa9\n")).records)
    assert got == [Torn(0, "NOT-UTF-8"), Row(1, ["3", "é"])]


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert open_csv(io.BytesIO(b"\xef\xbb\xbfmrn\tname\n")).header == ("mrn", "name")


@pytest.mark.parametrize("data", [b"", b"\n", b"a,,b\n", b"a,A\n", b"\xff\xfea\0", b'"a\n', b"\xe9,b\n"])
def test_a_header_line_that_cannot_be_used_is_refused(data):
    with pytest.raises(EhrUnreadable):
        open_csv(io.BytesIO(data))


def test_a_header_that_is_data_is_not_shown():
    assert SECRET not in repr(open_csv(io.BytesIO(f"{SECRET},1\n".encode())))
    assert SECRET not in repr(records(PATIENT.replace(b'"1"', f'"{SECRET}"'.encode())))


def _table(**columns) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.table(columns), out)
    return out.getvalue()


def test_a_parquet_file_that_breaks_off_is_refused():
    whole = _table(a=list(range(10_000)))
    assert sum(batch.num_rows for batch in open_parquet(io.BytesIO(whole)).batches) == 10_000
    for data in (whole[:-20], whole[:100], b"PAR1" + bytes(100) + b"PAR1"):
        with pytest.raises(EhrUnreadable):
            list(open_parquet(io.BytesIO(data)).batches)
    broken = bytearray(whole)
    broken[10:400] = bytes(390)
    with pytest.raises(EhrUnreadable):
        list(open_parquet(io.BytesIO(bytes(broken))).batches)


def test_a_parquet_bomb_is_refused_before_it_unpacks(monkeypatch):
    bomb = _table(a=["x" * 1000] * 5000)
    assert len(bomb) < 100_000
    monkeypatch.setattr(tables, "LARGEST_GROUP", 1000)
    with pytest.raises(EhrTooLarge):
        open_parquet(io.BytesIO(bomb))


def test_a_file_that_lacks_a_column_of_meds_is_refused_by_its_name():
    with pytest.raises(EhrUnreadable, match="code"):
        open_meds(io.BytesIO(_table(subject_id=[1], time=pa.array([0], pa.timestamp("us")))))
