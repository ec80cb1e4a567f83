"""Terms join to what every one of them allows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.govern.terms import CLASSES, Terms, TermsClash, highest, join, strictest

NAMES = st.lists(st.sampled_from("abcd"), max_size=4).map(tuple)
DAYS = st.integers(0, 3000).map(lambda days: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days))


def terms_of(names):
    return st.builds(
        Terms,
        protocols=names,
        purposes=names,
        people=names,
        classes=st.dictionaries(st.just("imaging"), st.sampled_from(CLASSES)),
        attributes=names,
        starts=DAYS,
        ends=DAYS,
        countries=names,
        retention_days=st.dictionaries(st.just("imaging"), st.integers(0, 9999)),
    )


TERMS = terms_of(NAMES)
SHARED = terms_of(NAMES.map(lambda names: ("always", *names)))


@given(TERMS)
def test_joining_terms_with_themselves_changes_nothing(one):
    assert join([one, one]) == join([one])
    assert join([join([one])]) == join([one])


@given(TERMS, TERMS)
def test_the_order_of_inputs_does_not_matter(one, other):
    assert join([one, other]) == join([other, one])


@given(TERMS, TERMS, TERMS)
def test_inputs_may_be_joined_in_any_grouping(one, two, three):
    assert join([join([one, two]), three]) == join([one, join([two, three])]) == join([one, two, three])


@given(TERMS, TERMS)
def test_what_is_joined_allows_nothing_that_one_of_them_did_not(one, other):
    joined = join([one, other])
    for part in (one, other):
        assert set(joined.people) <= set(part.people)
        assert set(joined.purposes) <= set(part.purposes)
        assert set(joined.countries) <= set(part.countries)
        assert set(joined.attributes) <= set(part.attributes)
        assert set(joined.protocols) >= set(part.protocols)
        assert joined.starts >= part.starts
        assert joined.ends <= part.ends
        for kind, limit in joined.classes.items():
            assert CLASSES.index(limit) <= CLASSES.index(part.classes[kind])
        for kind, days in joined.retention_days.items():
            assert days <= part.retention_days[kind]


@given(SHARED, SHARED)
def test_terms_with_something_in_common_are_the_join(one, other):
    assert strictest([one, other]) == join([one, other])


@given(TERMS, TERMS)
def test_terms_with_no_purpose_person_or_country_in_common_clash(one, other):
    joined = join([one, other])
    if joined.purposes and joined.people and joined.countries:
        assert strictest([one, other]) == joined
    else:
        with pytest.raises(TermsClash, match="in common"):
            strictest([one, other])


def test_no_terms_at_all_are_a_clash():
    with pytest.raises(TermsClash, match="Nothing"):
        strictest([])


def test_a_mixture_takes_the_most_identifying_class():
    assert highest(["deidentified", "limited"]) == "limited"
    assert highest(["limited", "identified", "deidentified"]) == "identified"
    assert highest(["deidentified"]) == "deidentified"
