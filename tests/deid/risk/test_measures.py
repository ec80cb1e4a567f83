"""k, l and t: as pycanon computes them, as their papers define them, and what must hold whatever the data."""

import random
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from residency.deid.risk.classes import ColumnWrong, classes_of, factor
from residency.deid.risk.measures import diversity, k_of
from tests.deid.risk import slow

# pycanon 1.3.5 (numpy 2.0.2, pandas 2.3.3) over slow.table(*case): k_anonymity; then l_diversity and t_closeness of the
# word and of the number; and entropy_l_diversity of both, which it cuts to a whole number.
PYCANON = [
    ((1, 60, (2, 3), 3, 1), 6, (2, 0.2666666666666666), (4, 0.09166666666666667), (1, 3)),
    ((2, 200, (2, 4, 3), 4, 2), 1, (1, 0.9), (1, 0.31999999999999995), (1, 1)),
    ((3, 500, (3,), 8, 1), 160, (8, 0.0806511627906977), (24, 0.01884265010351968), (7, 22)),
    ((4, 1000, (2, 5, 4), 5, 1.5), 4, (3, 0.391), (4, 0.1465079365079365), (2, 3)),
    ((5, 1500, (4, 6), 12, 3), 4, (3, 0.5384444444444444), (4, 0.18062857142857136), (2, 3)),
    ((6, 2000, (2, 10, 3), 6, 1), 23, (5, 0.35966666666666663), (11, 0.12128431372549017), (4, 9)),
    ((7, 300, (2, 2, 2, 2, 2), 2, 1), 3, (2, 0.41500000000000004), (2, 0.35800000000000004), (1, 1)),
    ((8, 3000, (5, 5, 5), 20, 1.2), 11, (7, 0.6206666666666666), (9, 0.17132871083718543), (6, 8)),
]


def measured(made, suppressed=None):
    classes = classes_of(made, slow.quasi(made), suppressed)
    return k_of(classes), diversity(classes, made["word"]), diversity(classes, made["number"])


@pytest.mark.parametrize(("case", "k", "word", "number", "entropies"), PYCANON)
def test_k_and_l_and_t_are_those_of_pycanon(case, k, word, number, entropies):
    made = slow.table(*case)
    found, words, numbers = measured(made)
    assert found == k
    for ours, (level, distance) in ((words, word), (numbers, number)):
        assert ours.distinct == level
        assert ours.t == pytest.approx(distance, abs=1e-9)
    assert (words.distance, numbers.distance) == ("equal", "ordered")
    for ours, theirs in zip((words, numbers), entropies, strict=True):
        # In the fourth and the fifth table the l of entropy is 4, which pycanon computes as 3.999… and cuts to 3.
        assert theirs <= ours.entropy < theirs + 1 + 1e-9


def test_every_measure_is_what_its_paper_says_record_by_record():
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(60):
        sizes = [rng.randint(1, 6) for _ in range(rng.randint(1, 4))]
        made = slow.table(rng.random(), rng.randint(1, 300), sizes, rng.randint(1, 12), rng.choice([0.5, 1, 2, 4]))
        classes = slow.groups(made, slow.quasi(made))
        k, *found = measured(made)
        assert k == min(map(len, classes))
        for ours, name in zip(found, ("word", "number"), strict=True):
            values = made[name]
            assert ours.distinct == slow.distinct(classes, values)
            assert ours.entropy == pytest.approx(slow.entropy(classes, values), abs=1e-9)
            assert ours.c == slow.smallest_c(classes, values)
            assert ours.t == pytest.approx(slow.closeness(classes, values, name == "number"), abs=1e-9)


def test_joining_classes_never_lowers_k_or_l_nor_raises_t():
    rng = random.Random(20)
    for seed in range(30):
        made = slow.table(seed, 400, (3, 4, 5), 6, 1.5)
        before = measured(made)
        coarser = rng.choice(slow.quasi(made))
        after = measured(made | {coarser: [value // 2 for value in made[coarser]]})
        assert after[0] >= before[0]
        for now, was in zip(after[1:], before[1:], strict=True):
            assert now.distinct >= was.distinct
            assert now.entropy >= was.entropy - 1e-12
            assert now.t <= was.t + 1e-12


def test_suppressed_records_are_in_no_class_and_in_no_distribution():
    """ARX counted them as a class of their own (arx-deidentifier/arx, issue 259)."""
    made = slow.table(2, 200, (2, 4, 3), 4, 2)
    classes = classes_of(made, slow.quasi(made))
    suppressed = classes.sizes[classes.of] < 5
    left = {name: [v for v, gone in zip(values, suppressed, strict=True) if not gone] for name, values in made.items()}
    assert measured(made, suppressed) == measured(left)
    found = classes_of(made, slow.quasi(made), suppressed)
    assert (k_of(found) >= 5, found.suppressed) == (True, suppressed.sum())
    assert (found.of[suppressed] == -1).all()
    assert found.records + found.suppressed == 200


def test_where_everything_is_suppressed_nothing_is_measured():
    made = slow.table(1, 60, (2, 3), 3, 1)
    k, word, number = measured(made, np.ones(60, bool))
    assert (k, word.distinct, word.t, number.c) == (0, 0, 0.0, None)


def test_alike_is_what_has_the_same_values_however_they_are_held():
    made = slow.table(6, 2000, (2, 10, 3), 6, 1)
    names = slow.quasi(made)
    expected = sorted(classes_of(made, names).sizes)
    held = [
        {name: np.array(made[name]) for name in names},
        pa.table({name: pa.array(made[name]) for name in names}),
        pa.table({name: pa.chunked_array([made[name][:700], made[name][700:]]) for name in names}),
        pa.table({name: pa.array(map(str, made[name])).dictionary_encode() for name in names}),
        {name: np.array(made[name], float) for name in names},
        {name: [f"{value:09d}" for value in made[name]] for name in names},
    ]
    for one in held:
        assert sorted(classes_of(one, names).sizes) == expected


def test_more_combinations_than_a_number_can_hold_are_still_told_apart():
    """Seventy columns of two values: a number of 64 bits forgets the first of them."""
    rng = np.random.default_rng(4)
    wide = {f"q{n}": np.tile(rng.integers(0, 2, 1000), 3) for n in range(70)}
    wide["q0"][2000:] = 1 - wide["q0"][2000:]
    wide["q70"] = np.tile(rng.integers(0, 2**50, 1000), 3)
    classes = classes_of(wide, list(wide))
    assert sorted(classes.sizes) == [1] * 1000 + [2] * 1000
    assert (classes.of[:1000] == classes.of[1000:2000]).all()


def test_a_missing_value_is_a_value_of_its_own_and_not_a_number_is_missing():
    classes = classes_of({"q": [1.5, None, float("nan"), 0.0, -0.0]}, ["q"])
    assert sorted(classes.sizes) == [1, 2, 2]
    assert classes.of[1] == classes.of[2]
    assert classes_of({"q": np.array([0.0, -0.0, np.nan, np.nan])}, ["q"]).sizes.tolist() == [2, 2]
    assert classes_of(pa.table({"q": [0.0, -0.0]}), ["q"]).sizes.tolist() == [2]
    assert factor(pa.array(["b", None, "a"]), ordered=True).codes.tolist() == [1, 2, 0]


def test_dates_have_an_order_and_a_single_value_is_no_distance_away():
    days = [date(2020, 1, 1 + day) for day in (0, 1, 2, 3)]
    classes = classes_of({"q": [0, 0, 1, 1]}, ["q"])
    found = diversity(classes, days)
    assert (found.distance, found.t) == ("ordered", pytest.approx(1 / 3))
    assert diversity(classes, days, distance="equal").t == pytest.approx(0.5)
    for values in ([7, 7, 7, 7], ["a"] * 4):
        assert diversity(classes, values).t == 0.0


def test_what_cannot_be_compared_is_refused_without_a_value_in_the_message():
    with pytest.raises(ColumnWrong, match="no column 'age'"):
        classes_of({"sex": ["F"]}, ["age"])
    with pytest.raises(ColumnWrong, match="length"):
        classes_of({"sex": ["F"], "age": [1, 2]}, ["sex", "age"])
    with pytest.raises(ColumnWrong) as refused:
        classes_of({"code": pa.array([["Planted"], ["Other"]])}, ["code"])
    with pytest.raises(ColumnWrong) as mixed:
        classes_of({"code": ["Planted", 1]}, ["code"])
    assert "Planted" not in str(refused.value) + str(mixed.value)


def test_without_a_quasi_identifier_everybody_is_alike():
    assert classes_of({"sex": ["F", "M", "M"]}, []).sizes.tolist() == [3]
    assert classes_of(pa.table({"sex": pa.array([], pa.string())}), ["sex"]).sizes.tolist() == []
