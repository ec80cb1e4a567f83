"""The figures of an evaluation by name: what was seen, drawn.

    pictures = draw(looks, results, losses)        # name → PNG
    shows_subjects(name)                           # whether single subjects are in it

Figures of single subjects (strip, overlay) never leave the site but by an audited disclosure. Not here: how a figure
is drawn (`figures`, `overlay`), where it is sealed (`evaluate`).
"""

import re
from collections.abc import Sequence

from residency.engine.spec import Progress
from residency.evaluate.evaluation import Result
from residency.evaluate.figures import Stop, curve, strip, subgroups
from residency.evaluate.look import Look
from residency.evaluate.overlay import overlay
from residency.evaluate.summary import OVERALL

TRAINING = "training"


def draw(
    looks: Sequence[Look], results: Sequence[Result], said: Sequence[Progress], training_caveats: Sequence[str]
) -> dict[str, bytes]:
    """All figures: for each version strip, overlay and subgroups of each structure; and the training curve.

    The names can stand in a file's name and in a bundle.
    """
    pictures: dict[str, bytes] = {}
    for seen, result in zip(looks, results, strict=True):
        begin = stem(result.name)
        pictures[f"{begin}-strip"] = strip(seen.rows, result.caveats)
        if seen.cases:
            pictures[f"{begin}-overlay"] = overlay(seen.cases, seen.structures, result.caveats)
        if any(row.by != OVERALL and row.dice for row in result.table.rows):
            for structure in seen.structures.values():
                pictures[f"{begin}-subgroups-{stem(structure)}"] = subgroups(result.table, structure)
    losses = [(line.step, line.loss) for line in said if line.step is not None and line.loss is not None]
    if losses:
        pictures[TRAINING] = curve(losses, stops(said), training_caveats)
    return pictures


def stem(name: str) -> str:
    """A name as it can stand in a file's name anywhere: liver-ct@1 is liver-ct-1."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")


def shows_subjects(name: str) -> bool:
    """Whether a figure shows values or images of single subjects."""
    return name.endswith(("-strip", "-overlay"))


def stops(said: Sequence[Progress]) -> list[Stop]:
    """Where a run was stopped and from where it went on, out of what its first rank said, attempt after attempt."""
    found: list[Stop] = []
    last, killed = 0, None
    for line in said:
        if line.event == "started" and last:
            killed = last
        elif line.event in ("resumed", "step") and line.step is not None:
            if killed is not None:
                found.append(Stop(killed, line.step if line.event == "resumed" else 0))
                killed = None
            last = line.step
    return found if killed is None else [*found, Stop(killed, None)]
