"""The whole exam of burned-in text: a thousand strings through the whole cleaning, in seven codings.

    python -m benchmarks.burned_exam             prints JSON; an hour of one core, less with more of them

Pictures, strings and marks are those of the tests' exam, of which this is the long form: a string counts as left where
more than 15 % of its letters stand in what comes out, and as read where three of its signs in a row can be read there.
"""

import json
from importlib.metadata import version
from multiprocessing import get_context

import numpy as np
from tests.deid.dicom.test_burned_exam import SEED, Marks, examined

from residency.deid.cores import alone, cores
from residency.deid.intervals import interval

PICTURES = 260


def main() -> None:
    """Examine and print."""
    with get_context("fork").Pool(cores(), alone) as pool:
        marks = pool.map(one, range(SEED, SEED + PICTURES), chunksize=1)
    strings, left = sum(each.strings for each in marks), sum(len(each.left) for each in marks)
    false = [share for each in marks for share in each.false]
    print(
        json.dumps(
            {
                "claim": "strings burned into pictures, left or still read after the whole cleaning",
                "strings_planted": strings,
                "left": left,
                "left_95_percent": [round(end, 4) for end in interval(left, strings)],
                "read": sum(len(each.read) for each in marks),
                "false_paint_percent": round(100 * float(np.mean(false)), 3),
                "false_paint_percent_worst": round(100 * max(false), 2),
                "held": sum(each.held for each in marks),
                "pictures": 2 * PICTURES,
                "seed": SEED,
                "versions": {name: version(name) for name in ("rapidocr-onnxruntime", "onnxruntime", "numpy")},
            },
            indent=1,
        )
    )


def one(seed: int) -> Marks:
    """The marks of one picture."""
    return examined(range(seed, seed + 1), shape=None)


if __name__ == "__main__":
    main()
