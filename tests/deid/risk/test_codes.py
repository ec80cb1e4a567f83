"""Whom one or two known codes single out, against a search of every pair of every subject."""

import random
from collections import Counter
from itertools import combinations

import numpy as np
import pyarrow as pa

from residency.deid.risk import codes
from residency.deid.risk.codes import CodeSets, joined_sets, rare_sets, single_out


def sets_of(people):
    """Each subject's set of numbers, sorted by subject and code."""
    pairs = sorted((subject, code) for subject, theirs in enumerate(people) for code in theirs)
    largest = max((code for _, code in pairs), default=-1)
    of, code = (np.array([pair[place] for pair in pairs], int) for place in (0, 1))
    return CodeSets(of, code, len(people), largest + 1)


def by_search(people, known):
    seen = Counter(
        chosen for theirs in people for n in range(1, known + 1) for chosen in combinations(sorted(theirs), n)
    )
    alone = [
        any(seen[chosen] == 1 for n in range(1, known + 1) for chosen in combinations(sorted(theirs), n))
        for theirs in people
    ]
    return sum(alone) / len(people)


def test_the_share_that_one_or_two_codes_single_out_is_that_of_a_full_search():
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(40):
        most = rng.randint(1, 12)
        people = [{int(rng.random() ** 2 * most) for _ in range(rng.randint(0, 6))} for _ in range(rng.randint(1, 60))]
        found = single_out(sets_of(people))
        assert found == {1: by_search(people, 1), 2: by_search(people, 2)}


def test_two_codes_that_meet_in_one_subject_single_out_whom_neither_does():
    """The first subject is the one of number 0, who leaves no trace in a product by numbers."""
    people = [{0, 1}, {0}, {1}, {0}, {1}]
    assert single_out(sets_of(people)) == {1: 0.0, 2: 1 / 5}
    assert single_out(sets_of(people[::-1])) == {1: 0.0, 2: 1 / 5}
    assert single_out(sets_of([set(), set()])) == {1: 0.0, 2: 0.0}
    assert single_out(sets_of([])) == {1: 0.0, 2: 0.0}


def test_pairs_that_would_not_fit_in_memory_are_said_not_to_be_counted(monkeypatch):
    monkeypatch.setattr(codes, "MOST_PAIRS", 3)
    assert single_out(sets_of([{0, 1}, {0}, {1}])) == {1: 0.0, 2: None}


def test_only_codes_that_few_have_are_part_of_the_record():
    people = [{0, 1}, {0, 1, 2}, {0}, {0, 2}, set()]
    assert rare_sets(sets_of(people), below=3).to_pylist() == ["1", "1\x1f2", None, "2", None]
    assert rare_sets(sets_of(people), below=2).to_pylist() == [None] * 5


def test_no_two_different_sets_are_written_alike_whatever_is_in_them():
    rng = random.Random(6)
    texts = ["".join(rng.choice("ab\x1e\x1f01") for _ in range(rng.randint(0, 3))) for _ in range(40)]
    chosen = [sorted(set(rng.choices(texts, k=rng.randint(1, 3)))) for _ in range(3000)]
    subject = np.repeat(np.arange(len(chosen)), list(map(len, chosen)))
    written = joined_sets(subject, pa.array([text for one in chosen for text in one]), len(chosen)).to_pylist()
    assert len(set(written)) == len(set(map(tuple, chosen)))
