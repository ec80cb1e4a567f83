"""The table: counted, not averaged away; intervals that repeat; small groups that stay hidden."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.evaluate.hiding import betrayed, hidden_groups, told
from residency.evaluate.measure import Measured
from residency.evaluate.summary import EVERY_GROUP, OVERALL, UNKNOWN, RowsIncomplete, interval, overall, summarise

WORST_MM = 300.0


def row(subject, dice, structure="liver", status="present"):
    values = {"absent": (None, None, None), "present": (dice, dice, 10 * (1 - (dice or 0)))}
    shown = dict(zip(("dice", "nsd", "hd95_mm"), values.get(status, (0.0, 0.0, WORST_MM)), strict=True))
    return Measured(
        subject=subject, structure=structure, status=status, tolerance_mm=3, reference_ml=1, predicted_ml=1, **shown
    )


def table_of(groups, *, min_cell=5, absent=(), **more):
    """A table over subjects whose group is given in order; `absent` are positions that lack the structure."""
    rows = [
        row(f"s{i}", None if i in absent else (i % 10) / 10, status="absent" if i in absent else "present")
        for i in range(len(groups))
    ]
    subjects = {f"s{i}": {"race": group} for i, group in enumerate(groups)}
    return summarise(rows, subjects, by=["race"], min_cell=min_cell, seed=7, resamples=50, **more)


def test_a_missed_structure_is_in_the_mean_and_an_absent_one_is_counted_beside_it():
    rows = [row("a", 0.9), row("b", 0.7), row("c", None, status="missed"), row("d", None, status="absent")]
    rows.append(row("e", None, status="invented"))
    shown = overall(summarise(rows, {}, by=[], min_cell=5, seed=1), "liver")
    assert (shown.counted, shown.missed, shown.invented, shown.absent) == (4, 1, 1, 1)
    assert shown.dice.value == pytest.approx(1.6 / 4)
    assert shown.hd95_mm.value == pytest.approx((1.0 + 3.0 + 2 * WORST_MM) / 4)


def test_a_structure_that_nobody_has_is_not_applicable_and_not_zero():
    shown = overall(summarise([row("a", None, status="absent")], {}, by=[], min_cell=1, seed=1), "liver")
    assert (shown.dice, shown.counted, shown.absent) == (None, 0, 1)
    assert shown.reason.startswith("not applicable")


def test_a_single_subject_has_a_value_and_no_interval():
    shown = overall(summarise([row("a", 0.8)], {}, by=[], min_cell=5, seed=1), "liver")
    assert shown.dice.value == 0.8
    assert shown.dice.interval is None


def test_a_subject_left_out_of_one_structure_or_counted_twice_is_refused():
    whole = [row(s, 0.5, structure) for s in "ab" for structure in ("liver", "spleen")]
    for rows in (whole[:-1], [*whole, whole[0]], []):
        with pytest.raises(RowsIncomplete):
            summarise(rows, {}, by=[], min_cell=5, seed=1)


def test_unknown_is_always_a_row_and_holds_whoever_has_no_value():
    known = {r.group: r for r in table_of(["a"] * 6 + ["b"] * 6).rows if r.by == "race"}
    assert (known[UNKNOWN].counted, known[UNKNOWN].reason) == (0, "no subjects")
    some = {r.group: r for r in table_of(["a"] * 6 + [None] * 4 + [""] * 2).rows if r.by == "race"}
    assert some[UNKNOWN].counted == 6
    rows = [row(f"s{i}", 0.5) for i in range(6)]
    assert summarise(rows, {}, by=["sex"], min_cell=5, seed=1).rows[-1].counted == 6


def test_one_small_group_takes_the_next_smallest_with_it():
    shown = {r.group: r for r in table_of(["a"] * 9 + ["b"] * 7 + ["c"] * 2).rows if r.by == "race"}
    assert shown["a"].counted == 9
    for name in ("b", "c"):
        assert (shown[name].dice, shown[name].counted, shown[name].missed) == (None, None, None)
        assert shown[name].reason.startswith("suppressed: fewer than 5 subjects")


def test_two_groups_too_small_together_take_a_third():
    shown = {r.group: r for r in table_of(["a"] * 9 + ["b"] * 7 + ["c"] * 2 + ["d"]).rows if r.by == "race"}
    assert [name for name, r in shown.items() if r.dice] == ["a"]


def test_below_min_cell_in_all_not_even_the_names_of_the_groups_are_listed():
    shown = [r for r in table_of(["rare", "rarer"]).rows if r.by == "race"]
    assert [(r.group, r.dice) for r in shown] == [(EVERY_GROUP, None)]
    assert "rare" not in table_of(["rare", "rarer"]).model_dump_json()


def test_a_group_hidden_for_its_size_is_hidden_for_every_structure():
    groups = ["a"] * 9 + ["b"] * 7 + ["c"] * 2
    rows = [
        row(f"s{i}", 0.5, structure, "absent" if structure == "spleen" and i >= 16 else "present")
        for i in range(18)
        for structure in ("liver", "spleen")
    ]
    table = summarise(rows, {f"s{i}": {"race": g} for i, g in enumerate(groups)}, by=["race"], min_cell=5, seed=1)
    assert all(r.counted is None for r in table.rows if r.group in ("b", "c"))


def sexes(*, spleenless):
    """Seven women and twelve men, all with a liver; those at these positions lack the spleen."""
    rows = [row(f"s{i}", 0.5) for i in range(19)]
    rows += [row(f"s{i}", 0.5, "spleen", "absent" if i in spleenless else "present") for i in range(19)]
    subjects = {f"s{i}": {"sex": "female" if i < 7 else "male"} for i in range(19)}
    table = summarise(rows, subjects, by=["sex"], min_cell=5, seed=1, resamples=20)
    return {(r.structure, r.group): r.counted for r in table.rows if r.by == "sex" and r.group != UNKNOWN}


def test_that_one_woman_has_no_spleen_cannot_be_counted_from_the_rows_of_the_women():
    assert sexes(spleenless={0}) == {
        ("liver", "female"): 7,
        ("liver", "male"): 12,
        ("spleen", "female"): None,
        ("spleen", "male"): None,
    }
    assert sexes(spleenless={8, 9, 10, 11, 12})["spleen", "male"] == 7


def test_that_a_structure_was_invented_in_somebody_who_lacks_it_is_told_of_all_and_of_no_group():
    rows = [row(f"s{i}", 0.5) for i in range(11)] + [row("s11", None, status="invented")]
    subjects = {f"s{i}": {"sex": "female" if i < 6 else "male"} for i in range(12)}
    table = summarise(rows, subjects, by=["sex"], min_cell=5, seed=1, resamples=20)
    told_of = {r.group: r.invented for r in table.rows}
    assert told_of == {"all": 1, "female": None, "male": None, UNKNOWN: None}


def test_one_mans_value_cannot_be_subtracted_from_groups_that_nearly_are_the_same():
    rows = [row(f"s{i}", i / 20) for i in range(20)]
    about = [{"sex": "male" if i < 10 else "female", "scanner": "y" if i < 9 else "x"} for i in range(20)]
    subjects = {f"s{i}": values for i, values in enumerate(about)}
    for by, shown in ((["sex", "scanner"], "sex"), (["scanner", "sex"], "scanner")):
        table = summarise(rows, subjects, by=by, min_cell=5, seed=1, resamples=20)
        (other,) = [r for r in table.rows if r.by not in (OVERALL, shown)]
        assert (other.group, other.dice, other.counted) == (EVERY_GROUP, None, None)
        assert other.reason == f"suppressed: beside {shown} it tells of fewer than 5 subjects"
        assert [r.counted for r in table.rows if r.by == shown and r.counted] in ([10, 10], [11, 9])


def test_groupings_that_are_the_same_or_cross_each_other_widely_are_both_shown():
    rows = [row(f"s{i}", i / 20) for i in range(20)]
    for scanner in (lambda i: i < 10, lambda i: i % 2):
        subjects = {f"s{i}": {"sex": str(i < 10), "scanner": str(scanner(i))} for i in range(20)}
        table = summarise(rows, subjects, by=["sex", "scanner"], min_cell=5, seed=1, resamples=20)
        assert [r.counted for r in table.rows if r.by != OVERALL and r.counted] == [10, 10, 10, 10]


def test_every_row_carries_the_caveats():
    caveats = ["same anatomy: no generalisation measured", "labels are a model's output"]
    table = table_of(["a"] * 9 + ["b"] * 2, caveats=caveats)
    assert {r.caveats for r in table.rows} == {tuple(caveats)} == {table.caveats}


def test_an_interval_is_the_same_for_the_same_seed_and_any_order_of_subjects():
    values = list(np.random.default_rng(0).random(17))
    assert interval(values, 3) == interval(values[::-1], 3)
    assert interval(values, 3) != interval(values, 4)


def test_an_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng, hits = np.random.default_rng(20), 0
    for trial in range(400):
        bounds = interval(rng.beta(8, 2, size=30), trial, 500)
        hits += bounds.low <= 0.8 <= bounds.high
    assert 0.90 <= hits / 400 <= 0.98


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_an_interval_lies_within_the_values_and_around_their_mean_or_next_to_it(values, seed):
    bounds = interval(values, seed, 200)
    assert min(values) - 1e-9 <= bounds.low <= bounds.high <= max(values) + 1e-9


GROUPS = st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=1, max_size=40)


@given(GROUPS, st.integers(1, 9), st.randoms(use_true_random=False), st.sets(st.integers(0, 39)))
@settings(max_examples=120, deadline=None)
def test_the_order_of_the_subjects_leaves_the_table_the_same(groups, min_cell, random, absent):
    rows = [row(f"s{i}", (i % 7) / 7, status="absent" if i in absent else "present") for i in range(len(groups))]
    rows = [r if r.status == "present" else row(r.subject, None, status="absent") for r in rows]
    subjects = {f"s{i}": {"race": g} for i, g in enumerate(groups)}
    first = summarise(rows, subjects, by=["race"], min_cell=min_cell, seed=1, resamples=20)
    random.shuffle(rows)
    assert summarise(rows, subjects, by=["race"], min_cell=min_cell, seed=1, resamples=20) == first


@given(GROUPS, st.integers(2, 9), st.sets(st.integers(0, 39)))
@settings(max_examples=300, deadline=None)
def test_nothing_about_a_small_group_can_be_read_or_computed_from_the_table(groups, min_cell, absent):
    table = table_of(groups, min_cell=min_cell, absent=absent)
    total = overall(table, "liver").counted
    rows = [r for r in table.rows if r.by != OVERALL]
    shown, hidden = [r for r in rows if r.counted is not None], [r for r in rows if r.counted is None]
    for r in shown:
        assert r.counted == 0 or r.counted >= min_cell
        assert r.absent is None
    for r in hidden:
        body = r.model_dump(exclude={"structure", "by", "group", "reason", "caveats"})
        assert set(body.values()) == {None}
    left = total - sum(r.counted for r in shown)
    names = {r.group for r in hidden}
    inside = [g for i, g in enumerate(groups) if (g or UNKNOWN) in names and i not in absent]
    if hidden and names != {EVERY_GROUP}:
        assert left == len(inside)
        # What the reader can compute is a sum over the hidden: of two groups, and of enough subjects. Where no other
        # group has the structure that sum is the overall row, which is public.
        assert not any(r.counted for r in shown) or left == 0 or (left >= min_cell and len(set(inside)) >= 2)
    assert all(a.by == b.by for a, b in pairwise(rows))


@given(GROUPS, st.integers(2, 9), st.sets(st.integers(0, 39)))
@settings(max_examples=300, deadline=None)
def test_how_few_lack_a_structure_is_shown_of_no_group_and_cannot_be_computed(names, few, absent):
    groups = {f"s{i}": name or UNKNOWN for i, name in enumerate(names)}
    counted = {f"s{i}" for i in range(len(names))} - {f"s{i}" for i in absent}
    hidden = hidden_groups(groups, counted, few)
    lacking = {group: sum(g == group and s not in counted for s, g in groups.items()) for group in groups.values()}
    assert all(lacking[group] == 0 or lacking[group] >= few for group in lacking if group not in hidden)
    together = sum(lacking[group] for group in hidden)
    if 0 < together < few:
        assert sum(lacking.values()) == together  # of everybody: the overall row, which is public
        assert hidden == set(lacking)


@given(GROUPS, st.data(), st.integers(2, 6))
@settings(max_examples=200, deadline=None)
def test_a_grouping_is_betrayed_exactly_when_some_of_its_groups_are_some_of_the_others_but_for_a_few(names, data, few):
    groups = {f"s{i}": name or UNKNOWN for i, name in enumerate(names)}
    others = {s: data.draw(st.sampled_from(["v", "w", groups[s], groups[s]])) for s in groups}
    one, other = (told(g, list(groups), hidden_groups(g, list(groups), few)) for g in (groups, others))
    sums = [{frozenset().union(*some) for n in range(len(g) + 1) for some in combinations(g, n)} for g in (one, other)]
    pairs = [(a, b) for a in sums[0] for b in sums[1] if a and b and (a < b or b < a)]
    assert betrayed(one, other, few) == any(0 < len(a ^ b) < few for a, b in pairs)
    assert betrayed(one, other, few) == betrayed(other, one, few)
