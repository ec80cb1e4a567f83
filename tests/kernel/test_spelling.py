"""How identifiers are spelled before anything is made from them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.ingest import source
from residency.kernel import spelling
from residency.kernel.spelling import canonical_id, together

WORDS = st.text(max_size=8) | st.text("0 \0aß\u0301\u212b\u0149\ud800\x1e\x1f", max_size=8)


@given(WORDS)
def test_a_number_that_is_spelled_twice_is_spelled_once(text):
    assert canonical_id(canonical_id(text)) == canonical_id(text)
    assert canonical_id(f" 0{text} ") == canonical_id(canonical_id(f"0{text}"))


@given(WORDS)
def test_an_accent_may_be_part_of_its_letter_or_follow_it(text):
    assert canonical_id(unicodedata.normalize("NFD", text)) == canonical_id(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(("text", "same"), [("0 42", "42"), ("00 0", "0"), (" \0", ""), ("000", "0"), ("a0", "A0")])
def test_padding_counts_for_nothing_and_a_zero_within_for_something(text, same):
    assert canonical_id(text) == same


@given(st.lists(WORDS, min_size=1, max_size=3), st.lists(WORDS, min_size=1, max_size=3))
def test_no_two_lists_of_words_make_one_message(one, other):
    assert (together(*one) == together(*other)) is (one == other)


def test_ordinary_words_are_joined_as_they_always_were():
    assert together("SITE-A", "42") == b"SITE-A\x1f42"


def test_intake_spells_as_the_rest_does():
    assert source.canonical_id is spelling.canonical_id
