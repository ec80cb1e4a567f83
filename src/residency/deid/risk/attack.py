"""Three attackers, and how often each finds a record again: prosecutor, journalist, marketer.

    prosecutor(classes.sizes, threshold=0.09).highest        1 / the smallest class
    journalist(sizes, in_population, threshold=0.09)         looks in a larger table, of which this is a part
    marketer(sizes, in_population)                           wants as many as possible, whoever they are

The prosecutor knows that the person is among the records; the journalist knows a population that holds them; the
marketer joins the two and counts. Definitions of El Emam (Guide to the De-Identification of Personal Health
Information, 2013) as ARX computes them. Not here: what is known of a population of which there is no table, only its
size (`population`).
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from residency.deid.risk.classes import Classes, ColumnWrong, Factor, Table, classes_from, column, factor


@dataclass(frozen=True)
class Risk:
    """`highest` risk of any record, `average` share that is found again, `at_risk` share above the threshold."""

    highest: float
    average: float
    at_risk: float


def prosecutor(sizes: np.ndarray, threshold: float) -> Risk:
    """1/f for each record of a class of f; the average is classes over records. All 0 where nothing is released."""
    return journalist(sizes, sizes, threshold)


def journalist(sizes: np.ndarray, population: np.ndarray, threshold: float) -> Risk:
    """1/F for each record, F being its class in the population; the average is the larger of El Emam's two.

    These are classes over the records of their classes in the population, and the mean of 1/F over the records.
    """
    if not len(sizes):
        return Risk(0.0, 0.0, 0.0)
    records = sizes.sum()
    average = max(len(sizes) / population.sum(), marketer(sizes, population))
    return Risk(float(1 / population.min()), float(average), float(sizes[1 / population > threshold].sum() / records))


def marketer(sizes: np.ndarray, population: np.ndarray) -> float:
    """The share of records that joining finds again: the mean of 1/F over the records."""
    return float((sizes / population).sum() / sizes.sum()) if len(sizes) else 0.0


def in_population(table: Table, population: Table, quasi: list[str], classes: Classes) -> np.ndarray:
    """How many records of the population are like each class; a class is never larger here than there.

    `classes` are those of the table over `quasi`. Raises ColumnWrong if the population lacks somebody who is here.
    """
    rows = len(classes.of)
    both = []
    for name in quasi:
        here, there = factor(column(table, name), name), factor(column(population, name), name)
        codes, size = _joined(here, there, name)
        both.append((codes, size))
    joint = classes_from(both, len(both[0][0]) if both else 0)
    theirs = np.bincount(joint.of[rows:], minlength=len(joint.sizes))
    first = np.full(len(classes.sizes), -1)
    kept = classes.of >= 0
    first[classes.of[kept]] = joint.of[:rows][kept]
    found = theirs[first]
    if (found < classes.sizes).any():
        raise ColumnWrong(
            "The table of the population lacks records that are here.",
            remedy="Give a table that holds every subject of these data, with the same columns and the same words.",
        )
    return found


def _joined(here: Factor, there: Factor, name: str) -> tuple[np.ndarray, int]:
    """Codes of both columns under one numbering; as texts if one of them holds numbers and the other does not."""
    both = [here.values, there.values]
    if here.values.type != there.values.type:
        both = [values.cast(pa.string()) for values in both]
    names = factor(pa.concat_arrays(both), name)
    return np.concatenate([names.codes[here.codes], names.codes[len(here.values) :][there.codes]]), names.size
