"""Proposes how coarse each quasi-identifier must become, and which records go, so that a target is met at least loss.

    found = propose(columns, hierarchies, Target(k=5, suppress=0.05))
    found.levels, found.classes, found.loss, found.least

Every choice of one step for each column is a node of a lattice. A coarser node only joins classes, so what fails on k
fails for all that is finer, and what holds holds for all that is coarser: along a chain the border is found by halving
(as in OLA, El Emam et al. 2009, and Flash, Kohlmayer et al. 2012), and both sides are struck off. The loss of a node
without its suppressed records bounds its loss from below and grows along chains, so nodes are taken in that order until
the bound passes the best that was found: then `least` is true and nothing better exists. Where the lattice is too large
for that, columns are made coarser one by one, where it helps most for what it costs, and `least` is false. Refuses a
target that even nothing at all does not meet. Not here: the steps (`hierarchy`), the measures of loss (`loss`).
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pydantic import Field

from residency.deid.risk.classes import Classes, Factor, classes_from, mix
from residency.deid.risk.hierarchy import Hierarchy, Level, levels_of
from residency.deid.risk.loss import Loss, hidden_values, loss_of
from residency.errors import BadInput
from residency.kernel.record import Part

LARGEST_LATTICE = 200_000
MOST_CELLS = 300_000_000
"""Records looked at over all nodes before the search is content with what it has: about ten seconds."""
_WORD = re.compile(r"(k|max|average|suppress)=(\d*\.?\d+)")
Node = tuple[int, ...]


class TargetWrong(BadInput):
    """The target cannot be read, or cannot be met by these records."""


class Target(Part):
    """What must hold: the smallest class, the average risk (classes over records), the share that may be suppressed."""

    k: int = Field(1, ge=1)
    average: float = Field(1.0, gt=0, le=1)
    suppress: float = Field(0.05, ge=0, le=1)


@dataclass(frozen=True)
class Proposal:
    """`levels` are the steps chosen, `node` their numbers of `lasts`; `least`: no other choice loses less."""

    node: Node
    lasts: Node
    levels: tuple[Level, ...]
    classes: Classes
    loss: Loss
    least: bool


def target_of(words: Sequence[str]) -> Target:
    """The target of words such as k=5, max=0.2, average=0.05, suppress=0.1; raises TargetWrong."""
    said = {}
    for word in words:
        match = _WORD.fullmatch(word)
        if match is None:
            raise TargetWrong(f"'{word}' is no target.", remedy="Write k=5, max=0.2, average=0.05 or suppress=0.1.")
        said[match[1]] = float(match[2])
    if not {"k", "max", "average"} & said.keys():
        raise TargetWrong("The target asks for nothing.", remedy="Name a k, a max or an average risk.")
    if any(said.get(name, 1) <= 0 for name in ("k", "max", "average")) or said.get("k", 1) % 1:
        raise TargetWrong("k is a whole number and risks are above 0.", remedy="Write k=5, max=0.2, average=0.05.")
    if any(said.get(name, 0) > 1 for name in ("max", "average", "suppress")):
        raise TargetWrong("A share lies between 0 and 1.", remedy="Write max=0.2, average=0.05, suppress=0.1.")
    least = math.ceil(1 / said["max"] - 1e-9) if "max" in said else 1
    return Target(
        k=max(int(said.get("k", 1)), least), average=said.get("average", 1.0), suppress=said.get("suppress", 0.05)
    )


def propose(columns: Sequence[Factor], hierarchies: Sequence[Hierarchy], target: Target) -> Proposal:
    """The choice of least loss, or a good one; raises TargetWrong, HierarchyWrong."""
    steps = [levels_of(how, column.values) for how, column in zip(hierarchies, columns, strict=True)]
    lattice = _Lattice(columns, steps, target)
    node, least = _search(lattice) if math.prod(lattice.shape) <= LARGEST_LATTICE else (_greedy(lattice), False)
    if node is None:
        raise TargetWrong("No choice of steps meets the target.", remedy="Let more be suppressed, or ask for less.")
    levels = tuple(steps[column][step] for column, step in enumerate(node))
    classes = apply(columns, levels, target)
    lasts = tuple(size - 1 for size in lattice.shape)
    return Proposal(node, lasts, levels, classes, loss_of(columns, levels, classes), least)


def apply(columns: Sequence[Factor], levels: Sequence[Level], target: Target) -> Classes:
    """The classes after these steps, without the records of those classes that the target cannot bear."""
    codes = [(level.groups[column.codes], level.size) for column, level in zip(columns, levels, strict=True)]
    whole = classes_from(codes, len(columns[0].codes) if columns else 0)
    gone = _gone(whole.sizes, target)
    return classes_from(codes, len(whole.of), np.isin(whole.of, gone) if len(gone) else None)


def _gone(sizes: np.ndarray, target: Target) -> np.ndarray:
    """Classes to suppress: those below k, and of the rest the smallest, until the average risk is low enough."""
    order = np.argsort(sizes, kind="stable")
    rising = sizes[order]
    left = sizes.sum() - np.concatenate([[0], np.cumsum(rising)])
    fine = (np.arange(len(sizes), -1, -1) <= target.average * left) & (np.append(rising, np.inf) >= target.k)
    return order[: int(np.argmax(fine))]


class _Lattice:
    """The steps of each column, and what each node costs; works on the different records only, with their numbers."""

    def __init__(self, columns: Sequence[Factor], steps: Sequence[Sequence[Level]], target: Target) -> None:
        self.steps, self.target = steps, target
        self.shape = tuple(map(len, steps))
        rows = len(columns[0].codes) if columns else 0
        alike, count = mix([(column.codes, column.size) for column in columns], rows)
        first = np.zeros(count, np.int64)
        first[alike] = np.arange(rows)
        self.codes = [column.codes[first] for column in columns]
        self.weights = np.bincount(alike, minlength=count)
        self.records = rows
        self._each = [
            [(hidden_values(level)[level.groups] - 1) / max(column.size - 1, 1) for level in levels]
            for column, levels in zip(columns, steps, strict=True)
        ]
        self.looked_at = 0

    @cached_property
    def bounds(self) -> np.ndarray:
        """The loss of each node without suppression."""
        total = np.zeros(())
        for column in range(len(self.shape)):
            total = np.add.outer(total, np.array(self.losses_of(column)))
        return total

    def losses_of(self, column: int) -> list[float]:
        """What each step of a column adds to the loss."""
        return [
            float((each[self.codes[column]] * self.weights).sum()) / self.records / len(self.shape)
            for each in self._each[column]
        ]

    def classes(self, node: Node) -> tuple[np.ndarray, np.ndarray]:
        """The class of each different record, and how many records the classes hold."""
        self.looked_at += len(self.weights)
        chosen = [levels[step] for levels, step in zip(self.steps, node, strict=True)]
        codes = [(level.groups[codes], level.size) for level, codes in zip(chosen, self.codes, strict=True)]
        of, count = mix(codes, len(self.weights))
        return of, np.bincount(of, weights=self.weights, minlength=count).astype(np.int64)

    def too_few(self, node: Node) -> int:
        """Records in classes below k."""
        _, sizes = self.classes(node)
        return int(sizes[sizes < self.target.k].sum())

    def holds(self, node: Node) -> bool:
        """Whether k is reached by suppressing no more than allowed."""
        return self.too_few(node) <= self.target.suppress * self.records

    def loss(self, node: Node) -> float:
        """The loss with suppression; infinite if the target is not met."""
        of, sizes = self.classes(node)
        gone = np.zeros(len(sizes), bool)
        gone[_gone(sizes, self.target)] = True
        suppressed = int(sizes[gone].sum())
        if suppressed > self.target.suppress * self.records:
            return math.inf
        lost = sum(each[step][codes] for each, step, codes in zip(self._each, node, self.codes, strict=True))
        kept = float((lost * self.weights)[~gone[of]].sum())
        return (kept / len(self.shape) + suppressed) / self.records


def _search(lattice: _Lattice) -> tuple[Node | None, bool]:
    """The node of least loss, and whether all that could be better was looked at."""
    fails, done = np.zeros(lattice.shape, bool), np.zeros(lattice.shape, bool)
    best, least = None, math.inf
    bounds = lattice.bounds
    for place in np.argsort(bounds, axis=None, kind="stable"):
        node = tuple(map(int, np.unravel_index(place, lattice.shape)))
        if bounds[node] >= least:
            break
        if fails[node] or done[node]:
            continue
        if lattice.looked_at > MOST_CELLS and best is not None:
            return best, False
        for held in _border(lattice, node, fails):
            done[held] = True
            if (loss := lattice.loss(held)) < least:
                best, least = held, loss
    return best, True


def _border(lattice: _Lattice, node: Node, fails: np.ndarray) -> Iterator[Node]:
    """Halve a chain from the node to the top; nodes on it that hold, the others struck off with all below them."""
    chain = list(_chain(lattice, node))
    low, high = 0, len(chain)
    while low < high:
        middle = (low + high) // 2
        if not fails[chain[middle]] and lattice.holds(chain[middle]):
            high = middle
        else:
            fails[tuple(slice(step + 1) for step in chain[middle])] = True
            low = middle + 1
    if low < len(chain):
        yield chain[low]


def _chain(lattice: _Lattice, node: Node) -> Iterator[Node]:
    """From the node to the top, each time by the step that costs least."""
    yield node
    while open_ := [column for column, step in enumerate(node) if step + 1 < lattice.shape[column]]:
        above = [(*node[:c], node[c] + 1, *node[c + 1 :]) for c in open_]
        node = min(above, key=lambda one: lattice.bounds[one])
        yield node


def _greedy(lattice: _Lattice) -> Node | None:
    """From the bottom, each time the step that brings most records out of small classes for what it costs."""
    losses = [lattice.losses_of(column) for column in range(len(lattice.shape))]
    node = (0,) * len(lattice.shape)
    few = lattice.too_few(node)
    while math.isinf(lattice.loss(node)):
        above = [
            (c, (*node[:c], step + 1, *node[c + 1 :])) for c, step in enumerate(node) if step + 1 < lattice.shape[c]
        ]
        if not above:
            return None
        left = {one: lattice.too_few(one) for _, one in above}
        gains = {one: (few - left[one] + 1) / (losses[c][one[c]] - losses[c][node[c]] + 1e-9) for c, one in above}
        node = max(gains, key=lambda one: gains[one])
        few = left[node]
    return _finer(lattice, node)


def _finer(lattice: _Lattice, node: Node) -> Node:
    """Take steps back as long as that loses less."""
    least = lattice.loss(node)
    while below := [(*node[:c], step - 1, *node[c + 1 :]) for c, step in enumerate(node) if step]:
        losses = {one: lattice.loss(one) for one in below}
        better = min(losses, key=lambda one: losses[one])
        if losses[better] >= least:
            return node
        node, least = better, losses[better]
    return node
