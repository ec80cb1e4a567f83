"""Burned-in text: strings left, bodies painted by mistake and time, beside what the reading network alone would do.

    python -m benchmarks.burned_in             prints JSON: strings left of those planted, false paint, ms per frame

Pictures and strings are those of the tests' exam, under seeds that no test uses. The peer paints over what one look of
the same network finds, as redaction by a text recogniser does; Presidio's image redactor stands on tesseract and is
measured where its command is given:

    BURNED_IN_PEER="/tmp/presidio/bin/python peer.py" python -m benchmarks.burned_in

A peer reads the path of a .npy picture per line and answers each with a line of JSON: [[top, left, bottom, right], …].
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from tests.deid.dicom.burned_pictures import Picture, body, planted

from residency.deid.dicom.ocr import reader
from residency.deid.dicom.textfinding import find_text

SEEDS = range(7_000_000, 7_000_030)
SHAPE = (320, 320)
Boxes = list[tuple[int, int, int, int]]
Find = Callable[[np.ndarray], Boxes]


def main() -> None:
    """Measure and print."""
    pictures = [planted(seed, shape=SHAPE) for seed in SEEDS]
    finders: dict[str, Find] = {"residency": find_text, "one look of the network": one_look}
    command = os.environ.get("BURNED_IN_PEER", "")
    with tempfile.TemporaryDirectory() as folder:
        if command:
            finders["peer"] = peer(command, Path(folder))
        seen = {name: examined(find, pictures) for name, find in finders.items()}
    print(json.dumps(result(seen, sum(len(one.strings) for one in pictures)), indent=1))


def result(seen: dict[str, dict], planted_strings: int) -> dict:
    """All that is printed."""
    mine = seen["residency"]
    others = {name: one for name, one in seen.items() if name != "residency"}
    return {
        "claim": "text burned into pictures, of which nothing can be read afterwards",
        "strings_planted": planted_strings,
        "pictures": len(SEEDS),
        "finders": seen,
        "strings_left_over_ours": {name: f"{one['left']} / {mine['left']}" for name, one in others.items()},
        "times_slower_than": {
            name: round(mine["ms_per_512_frame"] / one["ms_per_512_frame"], 2) for name, one in others.items()
        },
        "versions": {name: version(name) for name in ("rapidocr-onnxruntime", "onnxruntime", "numpy")},
    }


def examined(find: Find, pictures: list[Picture]) -> dict:
    """Strings of whose visible letters more than 15 % lie outside the boxes, and pixels of empty pictures inside."""
    left, false, spent = 0, [], 0.0
    for picture in pictures:
        began = time.process_time()
        painted = mask(find(picture.dirty), SHAPE)
        spent += time.process_time() - began
        left += sum(float((~painted[one.place])[one.seen].mean()) > 0.15 for one in picture.strings)
        false.append(float(mask(find(picture.clean), SHAPE).mean()))
    frame = body("ct", np.random.default_rng(0), 512, 512)
    began = time.process_time()
    find(frame)
    bare = time.process_time() - began
    per_frame = spent / len(pictures) * (512 * 512) / (SHAPE[0] * SHAPE[1])
    return {
        "left": int(left),
        "false_paint_percent": round(100 * float(np.mean(false)), 3),
        "false_paint_percent_worst": round(100 * max(false), 2),
        "ms_per_512_frame": round(1000 * per_frame),
        "ms_of_a_512_frame_without_text": round(1000 * bare),
    }


def mask(boxes: Boxes, shape: tuple[int, int]) -> np.ndarray:
    """Where the boxes lie."""
    painted = np.zeros(shape, bool)
    for top, left, bottom, right in boxes:
        painted[max(top, 0) : bottom, max(left, 0) : right] = True
    return painted


def one_look(picture: np.ndarray) -> Boxes:
    """The network's likelihood at its usual threshold, at the picture's own size, with the wheel's widening."""
    import cv2

    likely = (reader().likelihood(picture) > 0.3).astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(likely)[2][1:]
    boxes = []
    for x, y, w, h, area in stats.tolist():
        more = round(area * 1.6 / (2 * (w + h))) + 1
        boxes.append((y - more, x - more, y + h + more, x + w + more))
    return boxes


def peer(command: str, folder: Path) -> Find:
    """A finder in another interpreter; its time of CPU is not seen here, only that it is waited for."""
    process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    path = folder / "picture.npy"

    def find(picture: np.ndarray) -> Boxes:
        assert process.stdin
        assert process.stdout
        np.save(path, picture)
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            sys.exit("The peer ended.")
        return [tuple(box) for box in json.loads(line)]

    return find


if __name__ == "__main__":
    main()
