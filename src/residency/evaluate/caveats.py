"""What a result does not show: sentences that stand beside every row, interval and figure.

    stated(shared_anatomy=True, labels_by_model=True, anatomies=3)
    ("same anatomy: no generalisation measured", "labels are a model's output", "generated from 3 real anatomies")

Short on purpose: a caveat that does not fit under a figure is left out of it. Not here: who knows that these things
are so (the version's records do).
"""

SAME_ANATOMY = "same anatomy: no generalisation measured"
LABELS_BY_MODEL = "labels are a model's output"


def stated(*, shared_anatomy: bool = False, labels_by_model: bool = False, anatomies: int | None = None) -> list[str]:
    """The caveats that hold, in the order of their weight; `anatomies` only where the data were generated."""
    caveats = []
    if shared_anatomy:
        caveats.append(SAME_ANATOMY)
    if labels_by_model:
        caveats.append(LABELS_BY_MODEL)
    if anatomies is not None:
        caveats.append(f"generated from {anatomies} real {'anatomy' if anatomies == 1 else 'anatomies'}")
    return caveats
