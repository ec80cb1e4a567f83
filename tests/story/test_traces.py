"""The search that all others lean on finds every form of an identifier, wherever it stands."""

import base64
import gzip
import io
import os
import sqlite3
import time
import zipfile
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.story.traces import traces

FORMS = {
    "raw": lambda value: value.encode(),
    "latin-1": lambda value: value.encode("latin-1", "ignore"),
    "upper": lambda value: value.upper().encode(),
    "lower": lambda value: value.lower().encode(),
    "utf-16-le": lambda value: value.encode("utf-16-le"),
    "utf-16-be": lambda value: value.encode("utf-16-be"),
    "upper utf-16": lambda value: value.upper().encode("utf-16-le"),
    "base64 0": lambda value: base64.b64encode(value.encode() + b"!?"),
    "base64 1": lambda value: base64.b64encode(b"#" + value.encode() + b"?"),
    "base64 2": lambda value: base64.b64encode(b"#+" + value.encode()),
    "base64 of utf-16": lambda value: base64.b64encode(b"#" + value.encode("utf-16-le")),
    "zlib": lambda value: zlib.compress(b"before " + value.encode()),
    "gzip": lambda value: gzip.compress(value.encode("utf-16-le") + b" after"),
    "zip": lambda value: _zip(value.encode()),
}
NAMES = st.text(st.characters(min_codepoint=0x30, max_codepoint=0x24F, categories=("L", "N")), min_size=6, max_size=40)


def _zip(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a name", data)
    return out.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("traces")


@settings(max_examples=150, deadline=None)
@given(NAMES, st.sampled_from(sorted(FORMS)), st.integers(0, 5000), st.binary(max_size=40))
@example("1234567", "raw", 3, b"")
@example("Müller", "latin-1", 0, b"")
def test_every_form_of_an_identifier_is_found_at_every_place(folder, value, form, offset, after):
    hidden = FORMS[form](value)
    if form == "latin-1" and len(hidden) < len(value):
        hidden = value.encode()
    before = (b"\x00\xff~" * 1700)[:offset]
    (folder / "file").write_bytes(before + hidden + b"\xfe" + after)
    others = [("Quillfeather^Una", "ascii"), ("20240111", "ascii")]
    found = traces([*others, (value, "latin-1")], [folder])
    assert {trace.identifier for trace in found} == {2}
    assert any(offset <= trace.offset < offset + len(hidden) or "unpacked" in trace.form for trace in found)


def test_nothing_is_found_where_nothing_is(tmp_path):
    (tmp_path / "noise").write_bytes(os.urandom(1 << 20))
    (tmp_path / "text").write_text("The mayor of Nguru leeward; liverwort, 20240112, sub-7f3a.")
    values = [("Ng", "ascii"), ("Lee", "ascii"), ("Liver", "ascii"), ("Vasquez", "ascii"), ("20240111", "ascii")]
    assert traces(values, [tmp_path]) == []


def test_an_identifier_over_the_border_of_two_chunks_is_found(tmp_path):
    for place in range(4 * 1024 * 1024 - 12, 4 * 1024 * 1024 + 2, 3):
        (tmp_path / "file").write_bytes(bytes(place) + b"Vasquez^Marisol")
        assert [trace.offset for trace in traces([("Vasquez^Marisol", "ascii")], [tmp_path])] == [place]


def test_short_names_are_found_as_words_of_a_text(tmp_path):
    (tmp_path / "log").write_text('{"who":"Ng","what":"LEE"}')
    (tmp_path / "picture").write_bytes(b"\xff Ng \xfe")
    found = traces([("Ng", "ascii"), ("Lee", "ascii"), ("X", "ascii")], [tmp_path])
    assert [(trace.identifier, trace.file.name) for trace in found] == [(0, "log")]


def test_a_letter_among_sealed_bytes_is_no_word(tmp_path):
    (tmp_path / "keys").write_text(f'{{"wrapped": "g2.{"Ab9+" * 12}/X/{"q7Zk" * 12}=="}}')
    assert traces([("X", "ascii")], [tmp_path]) == []
    (tmp_path / "log").write_text("/home/X/scan")
    assert [trace.file.name for trace in traces([("X", "ascii")], [tmp_path])] == ["log"]


def test_a_number_counts_except_within_digits_that_were_drawn(tmp_path):
    (tmp_path / "drawn").write_text(f"2.25.{'7' * 12}20240111{'3' * 15} sha256:{'ab' * 12}20240111{'cd' * 16}")
    assert traces([("20240111", "ascii")], [tmp_path]) == []
    (tmp_path / "told").write_text("20240111103000 and 1.2.840.20240111.4 and ID20240111")
    assert len(traces([("20240111", "ascii")], [tmp_path])) == 3


def test_deleted_rows_and_the_write_ahead_log_are_searched(tmp_path):
    book = sqlite3.connect(tmp_path / "ledger.db")
    book.execute("pragma journal_mode=wal")
    book.execute("pragma secure_delete=off")
    book.execute("create table t (v text)")
    book.executemany("insert into t values (?)", [(f"filler {n} " + "x" * 200,) for n in range(200)])
    book.execute("insert into t values ('Vasquez^Marisol')")
    book.commit()
    values = [("Vasquez^Marisol", "ascii")]
    assert {trace.file.name for trace in traces(values, [tmp_path])} == {"ledger.db-wal"}
    book.execute("pragma wal_checkpoint(truncate)")
    book.execute("delete from t")
    book.commit()
    book.close()
    assert {trace.file.name for trace in traces(values, [tmp_path])} == {"ledger.db"}


def test_sixty_megabytes_are_searched_for_thirty_thousand_patterns_in_seconds(tmp_path):
    values = [(f"Patient{n:05}^Name{n * 7919:07}", "ascii") for n in range(1000)]
    for n in range(6):
        (tmp_path / str(n)).write_bytes(os.urandom(10_000_000))
    (tmp_path / "text").write_text("Patience, patients! " * 100_000)
    began = time.process_time()
    assert traces(values, [tmp_path]) == []
    seconds = time.process_time() - began
    print(f"{seconds:.1f} s of one core")
    assert seconds < 20
