"""Who learns and who is held back."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from residency.dataset.split import (
    SPLITS,
    AnatomyShared,
    Placed,
    Shares,
    SplitCrossed,
    TooFewSubjects,
    apportion,
    assign,
    crossing,
)

HALF = Shares(train=0.5, tune=0.1, test=0.4)
TENTHS = st.tuples(st.integers(0, 10), st.integers(0, 10)).filter(lambda pair: sum(pair) <= 10)
SHARES = TENTHS.map(lambda p: Shares(train=p[0] / 10, tune=p[1] / 10, test=(10 - p[0] - p[1]) / 10))
SEEDS = st.integers(0, 2**32)
# Few anatomies for many subjects, and subjects with several: chains of subjects that may not be parted.
MEMBERS = st.lists(
    st.tuples(st.integers(0, 30).map("sub-{:02}".format), st.sampled_from(["", *"abcdefghij"])), min_size=1
)


def alone(count):
    return [(f"sub-{number:03}", "") for number in range(count)]


def counts(splits):
    return [list(splits.values()).count(name) for name in SPLITS]


def split_or_none(members, shares, **how):
    try:
        return assign(members, shares, **how)
    except (AnatomyShared, TooFewSubjects):
        return None


@given(MEMBERS, SHARES, SEEDS)
def test_nobody_and_no_anatomy_ever_stands_on_two_sides(members, shares, seed):
    splits = split_or_none(members, shares, seed=seed)
    if splits is not None:
        assert set(splits) == {subject for subject, _ in members}
        assert crossing(members, splits) == []


@given(MEMBERS, SHARES, SEEDS, st.randoms())
def test_the_order_in_which_subjects_come_changes_nothing(members, shares, seed, random):
    shuffled = members * 2
    random.shuffle(shuffled)
    assert split_or_none(members, shares, seed=seed) == split_or_none(shuffled, shares, seed=seed)


@given(st.integers(1, 400), SHARES, SEEDS)
def test_shares_are_met_exactly_by_largest_remainder(count, shares, seed):
    wanted = apportion(count, shares.weights())
    if all(number or not share for number, share in zip(wanted, shares.weights(), strict=True)):
        assert counts(assign(alone(count), shares, seed=seed)) == list(wanted)
        assert all(abs(n - share * count) < 1 for n, share in zip(wanted, shares.weights(), strict=True))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=7), SHARES, SEEDS)
@example([3, 3, 2, 2, 2], Shares(train=0.5, tune=0.0, test=0.5), 0)
def test_groups_are_refused_only_when_no_way_to_meet_the_shares_exists(sizes, shares, seed):
    members = [
        (f"sub-{group}-{number}", f"anatomy-{group}") for group, size in enumerate(sizes) for number in range(size)
    ]
    wanted = apportion(len(members), shares.weights())
    if any(share and not number for number, share in zip(wanted, shares.weights(), strict=True)):
        return
    ways = itertools.product(range(3), repeat=len(sizes))
    possible = any(
        all(sum(size for size, at in zip(sizes, way, strict=True) if at == side) == wanted[side] for side in range(3))
        for way in ways
    )
    assert (split_or_none(members, shares, seed=seed) is not None) == possible


@given(st.integers(10, 40), st.integers(0, 40), SEEDS, SEEDS)
def test_whoever_had_a_side_keeps_it_in_every_later_version(before, more, seed, other_seed):
    first = assign(alone(before), HALF, seed=seed)
    earlier = [Placed(subject, "", split) for subject, split in first.items()]
    second = assign(alone(before + more), HALF, seed=other_seed, earlier=earlier)
    assert {subject: second[subject] for subject in first} == first
    assert counts(second) == list(apportion(before + more, HALF.weights()))


def test_newcomers_fill_the_other_splits_where_an_earlier_version_holds_more_than_its_share():
    earlier = [Placed(subject, "", "train") for subject, _ in alone(9)]
    splits = assign(alone(12), HALF, seed=1, earlier=earlier)
    assert counts(splits)[0] == 9
    assert counts(splits)[1] + counts(splits)[2] == 3


def test_a_relative_of_one_who_left_goes_where_that_one_stood():
    earlier = [Placed("gone", "twins", "test")]
    for seed in range(20):
        splits = assign([*alone(9), ("came", "twins")], HALF, seed=seed, earlier=earlier)
        assert splits["came"] == "test"


def test_copies_of_one_anatomy_cannot_be_shared_out():
    members = [(f"sub-{number}", "the only one") for number in range(48)]
    with pytest.raises(AnatomyShared, match="48 subjects share one, and train 24, tune 5, test 19"):
        assign(members, HALF, seed=7)


def test_copies_of_one_anatomy_are_shared_out_when_that_is_said_openly():
    members = [(f"sub-{number}", "the only one") for number in range(48)]
    splits = assign(members, HALF, seed=7, allow_shared_anatomy=True)
    assert counts(splits) == [24, 5, 19]
    assert crossing(members, splits) == ["the only one"]


def test_an_anatomy_that_earlier_versions_shared_openly_is_not_taken_silently():
    earlier = [Placed("a", "twins", "train"), Placed("b", "twins", "test")]
    with pytest.raises(AnatomyShared):
        assign([*alone(10), ("a", "twins")], HALF, seed=1, earlier=earlier)
    splits = assign([*alone(10), ("a", "twins")], HALF, seed=1, earlier=earlier, allow_shared_anatomy=True)
    assert splits["a"] == "train"


def test_a_subject_that_earlier_versions_put_on_two_sides_is_refused():
    earlier = [Placed("a", "", "train"), Placed("a", "", "test")]
    with pytest.raises(SplitCrossed):
        assign([("a", ""), *alone(9)], HALF, seed=1, earlier=earlier, allow_shared_anatomy=True)


def test_an_anatomy_named_like_another_subject_joins_nobody():
    members = [("a", "b"), ("b", "c")]
    splits = assign(members, Shares(train=0.5, tune=0, test=0.5), seed=1)
    assert set(splits.values()) == {"train", "test"}


def test_a_split_that_would_be_empty_is_an_error_that_names_the_counts():
    with pytest.raises(TooFewSubjects, match="3 subjects give train 2, tune 0, test 1: nobody is left for tune"):
        assign(alone(3), HALF, seed=1)


def test_no_subjects_at_all_are_too_few():
    with pytest.raises(TooFewSubjects, match="0 subjects"):
        assign([], HALF, seed=1)


def test_another_seed_gives_another_split():
    assert assign(alone(40), HALF, seed=1) != assign(alone(40), HALF, seed=2)


def test_the_split_of_a_seed_is_the_same_in_every_release():
    splits = assign(alone(10), HALF, seed=7)
    assert (
        " ".join(splits[subject] for subject, _ in alone(10))
        == "test train tune train train test train test test train"
    )


def test_shares_that_are_not_the_whole_are_refused():
    with pytest.raises(ValidationError, match="add up to 1"):
        Shares(train=0.5, tune=0.1, test=0.3)


def test_a_hundred_thousand_subjects_with_their_kin_are_split_in_seconds():
    members = [(f"sub-{number}", f"family-{number // 3}" if number % 5 == 0 else "") for number in range(100_000)]
    assert counts(assign(members, HALF, seed=1)) == [50_000, 10_000, 40_000]
