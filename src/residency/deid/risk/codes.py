"""Sets of codes: whom one or two of their diagnoses, drugs or procedures single out.

    found = single_out(sets)
    found[1], found[2]             share of subjects found by one known code, by at most two

An attacker who knows a few codes of a person (a rare disease; two common ones that meet in nobody else) needs nothing
else. Known are any one or two of the codes, whichever say most (k^m-anonymity, Terrovitis et al. 2008, with k = 2).
Pairs are counted by multiplying the table of subjects by codes with itself, once plain and once with each subject's
number: a pair that one subject has then names that subject. Not here: codes as a part of the linked record (`linked`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

MOST_PAIRS = 50_000_000
"""More pairs than this are not counted: their table would take over two gigabytes."""


@dataclass(frozen=True)
class CodeSets:
    """Who has which code: two columns of numbers without a pair twice; `subjects` counts all, with codes or without."""

    subject: np.ndarray
    code: np.ndarray
    subjects: int
    codes: int

    def support(self) -> np.ndarray:
        """How many subjects have each code."""
        return np.bincount(self.code, minlength=self.codes)


def single_out(sets: CodeSets) -> dict[int, float | None]:
    """The share of subjects whom at most so many of their codes single out; None where that was not counted."""
    if not sets.subjects:
        return {1: 0.0, 2: 0.0}
    alone = np.zeros(sets.subjects, bool)
    alone[sets.subject[sets.support()[sets.code] == 1]] = True
    one = float(alone.mean())
    each = np.bincount(sets.subject, minlength=sets.subjects)
    if min(int((each * each).sum()), sets.codes**2) > MOST_PAIRS:
        return {1: one, 2: None}
    alone[_by_pairs(sets)] = True
    return {1: one, 2: float(alone.mean())}


def rare_sets(sets: CodeSets, below: int) -> pa.Array:
    """For each subject the codes that fewer than so many have, as one text; null for those who have none."""
    rare = sets.support()[sets.code] < below
    return joined_sets(sets.subject[rare], pa.array(sets.code[rare]), sets.subjects)


def joined_sets(subject: np.ndarray, values: pa.Array, subjects: int) -> pa.Array:
    """All values of each subject, in their order, as one text; null for those who have none.

    `values` must be sorted within a subject, and subjects be sorted. Equal sets give equal texts and no others do: a
    mark between two values that stands inside of one is written otherwise.
    """
    texts = values.cast(pa.string())
    for inside, instead in (("\x1e", "\x1e0"), ("\x1f", "\x1e1")):
        texts = pc.call_function("replace_substring", [texts], pc.ReplaceSubstringOptions(inside, instead))
    counts = np.bincount(subject, minlength=subjects)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(ends), texts)
    joined = pc.call_function("binary_join", [lists, pa.scalar("\x1f")])
    return pc.call_function("if_else", [pa.array(counts > 0), joined, pa.scalar(None, pa.string())])


def _by_pairs(sets: CodeSets) -> np.ndarray:
    """The subjects who have a pair of codes that nobody else has."""
    shape = (sets.subjects, sets.codes)
    # A code that one subject has singles out by itself; without such codes there are far fewer pairs.
    shared = sets.support()[sets.code] > 1
    subject, code = sets.subject[shared], sets.code[shared]
    has = csr_array((np.ones(len(subject), np.int64), (subject, code)), shape)
    numbered = csr_array((subject.astype(np.int64), (subject, code)), shape)
    together, whose = (has.T @ has).tocoo(), (has.T @ numbered).tocoo()
    lone = together.data == 1
    pairs = csr_array((np.ones(lone.sum(), np.int64), (together.row[lone], together.col[lone])), together.shape)
    named = csr_array((whose.data + 1, (whose.row, whose.col)), whose.shape).multiply(pairs)
    # A subject of number 0 leaves no entry: pairs without one are theirs.
    found = np.unique(named.tocoo().data - 1) if named.nnz else np.empty(0, np.int64)
    return np.append(found, 0) if named.nnz < pairs.nnz else found
