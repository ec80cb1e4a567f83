"""The search of any text file for a subject's identifiers."""

import base64
import gzip
import io
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from residency.deid.identifiers import Gathering
from residency.deid.search import Seeker, Unsearchable, search_file


@pytest.fixture(scope="module")
def known():
    found = Gathering()
    found.name("Müllervex^Annegret")
    found.number("MRN-4821337")
    found.number("48213371")
    found.date("19580131", birth=True)
    found.phone("555-777-1234")
    return found.identifiers()


PLANTED = [
    ("plain", "seen: Annegret Müllervex"),
    ("upper", "ANNEGRET"),
    ("without accents", "muellervex"),
    ("base64", base64.b64encode("Patient Annegret Müllervex".encode()).decode()),
    ("base64 of utf-16", base64.b64encode("Annegret".encode("utf-16-le")).decode()),
    ("base64 for urls", base64.urlsafe_b64encode("??>> Annegret Müllervex ".encode()).decode()),
    ("percent", "http://x.example/?name=M%C3%BCllervex"),
    ("json escape", json.dumps("Müllervex")),
    ("birth date", "born 31.01.1958"),
    ("number", "id 4821337".replace("4821337", "48213371")),
    ("number with signs", "mrn 4821337"),
    ("phone", "call 5557771234"),
]


@pytest.mark.parametrize(("how", "text"), PLANTED, ids=[how for how, _ in PLANTED])
@pytest.mark.parametrize("packed", ["text", "gzip", "parquet"])
def test_an_identifier_is_found_however_it_is_written(known, how, text, packed):
    data = f"first line\nsomething else\n{text}\n".encode()
    if packed == "gzip":
        data = gzip.compress(data)
    elif packed == "parquet":
        out = io.BytesIO()
        parquet.write_table(pa.table({"a": ["x", "y", text]}), out)
        data = out.getvalue()
    hits = search_file(data, known)
    assert hits
    assert {hit.line for hit in hits} == {3 if packed == "parquet" else 2}
    assert "Annegret" not in repr(hits)


def test_nothing_is_found_where_nothing_is(known):
    text = "Anne green, 55577712345, MRN 482133, 1958, 31 January, mullion; " * 20
    assert search_file(text.encode(), known) == []
    assert search_file(b"", known) == []


def test_what_was_minted_is_no_find(known):
    assert search_file(b"code 48213371 here", known, minted=["48213371"]) == []
    assert search_file(b"code 48213371 here", known)


def test_the_last_letters_of_a_text_are_searched_too(known):
    for length in range(12):
        assert Seeker(known).kinds_in(["." * length + "annegret"]) == {"name"}


def test_a_file_that_does_not_unpack_is_refused(known):
    with pytest.raises(Unsearchable):
        search_file(gzip.compress(b"abc" * 1000)[:40], known)


def test_an_answer_is_kept_and_stays_right(known):
    seeker = Seeker(known)
    for _ in range(3):
        assert seeker.is_clean("harmless")
        assert not seeker.is_clean("Annegret")
