"""The networks that find and read text, from the models in the wheel of rapidocr-onnxruntime (Apache-2.0).

    reader().likelihood(picture, scale=2.0)      float32 (rows, columns): how likely each pixel lies in a line of text
    reader().read(line)                          Line("R", 0.998, 0.998): what one line says, and how surely

The models are those of PP-OCRv4 (detection, recognition), run by onnxruntime in one thread, without network and without
the wrapper of the wheel, which would log. Text is found in tiles, so that memory does not grow with the picture.
A missing package or model is an error that stops the recipe (`OcrMissing`), a failing one too (`OcrFailed`): the step
is never left out. Not here: which boxes follow from the likelihood (`textfinding`).
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from residency.deid.inference import runtime
from residency.errors import Missing, Unavailable

FIND, READ = "ch_PP-OCRv4_det_infer.onnx", "ch_PP-OCRv4_rec_infer.onnx"
_TILE, _LAP = 1280, 96
_STRIDE = 32
"""The finding network halves its input five times."""
_LINE_HEIGHT, _LINE_LEAST, _LINE_MOST = 48, 96, 960
_REMEDY = "Install the extra 'ocr' (rapidocr-onnxruntime 1.4), or leave clean-pixels out of the recipe."


class OcrMissing(Missing):
    """The recipe asks for burned-in text to be cleaned, and what reads text is not installed."""


class OcrFailed(Unavailable):
    """What reads text broke while reading."""


class Line(NamedTuple):
    """What was read, and how sure the network is of the least sure sign and on average; 0 where nothing was read."""

    text: str
    least: float
    mean: float


class Reader:
    """Two loaded networks. Made once for each process by `reader`."""

    def __init__(self, folder: Path) -> None:
        self._find = _session(folder / FIND)
        self._read = _session(folder / READ)
        signs = self._read.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._signs = ["", *signs, " "]

    def likelihood(self, picture: NDArray[np.uint8], scale: float = 1.0) -> NDArray[np.float32]:
        """Grey (rows, columns) or RGB (rows, columns, 3) in; the picture is looked at `scale` times as large."""
        cv2 = opencv()
        colours = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
        height, width = colours.shape[:2]
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        if size != (width, height):
            colours = cv2.resize(colours, size, interpolation=cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA)
        found = np.zeros(colours.shape[:2], np.float32)
        for rows in _tiles(size[1]):
            for columns in _tiles(size[0]):
                part = found[rows, columns]
                np.maximum(part, self._likelihood(colours[rows, columns]), out=part)
        return cv2.resize(found, (width, height)) if size != (width, height) else found

    def _likelihood(self, tile: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = tile.shape[:2]
        more = ((0, -height % _STRIDE), (0, -width % _STRIDE), (0, 0))
        values = np.pad(tile, more, mode="edge")[..., ::-1].astype(np.float32) / 127.5 - 1
        return _run(self._find, values)[0, 0, :height, :width]

    def read(self, line: NDArray[np.uint8]) -> Line:
        """One line of text, upright; grey or RGB."""
        cv2 = opencv()
        colours = line if line.ndim == 3 else np.repeat(line[..., None], 3, axis=2)
        width = round(colours.shape[1] * _LINE_HEIGHT / colours.shape[0])
        colours = cv2.resize(colours, (min(max(width, 8), _LINE_MOST), _LINE_HEIGHT))
        values = colours[..., ::-1].astype(np.float32) / 127.5 - 1
        values = np.pad(values, ((0, 0), (0, max(0, _LINE_LEAST - values.shape[1])), (0, 0)))
        sure = _run(self._read, values)[0]
        best = sure.argmax(axis=1)
        new = (best > 0) & (np.concatenate(([True], best[1:] != best[:-1])))
        text = "".join(self._signs[sign] for sign in best[new])
        each = sure.max(axis=1)[new]
        return Line(text.strip(), float(each.min()), float(each.mean())) if new.any() else Line("", 0.0, 0.0)


def opencv() -> Any:
    """OpenCV, which comes with the text recognition and finds shapes in pictures here. Raises OcrMissing."""
    try:
        import cv2
    except ImportError as error:
        raise OcrMissing("OpenCV, a part of the text recognition, cannot be loaded.", remedy=_REMEDY) from error
    cv2.setNumThreads(1)  # a process for each core is started elsewhere
    return cv2


def require() -> None:
    """Raises OcrMissing when the package or a model of it is not here; loads nothing."""
    _folder()


@lru_cache(maxsize=1)
def reader() -> Reader:
    """The networks, loaded. Raises OcrMissing when the package or a model of it is not here."""
    try:
        return Reader(_folder())
    except OcrMissing:
        raise
    except Exception as broken:  # onnxruntime raises classes of its own that derive from Exception only
        raise OcrFailed("The models of the text recognition cannot be loaded.", remedy=_REMEDY) from broken


def _folder() -> Path:
    found = find_spec("rapidocr_onnxruntime")
    if found is None or find_spec("onnxruntime") is None or find_spec("cv2") is None:
        raise OcrMissing("The recipe cleans pixels, and no text recognition is installed.", remedy=_REMEDY)
    folder = Path(found.origin or "").parent / "models"
    if not all((folder / name).is_file() for name in (FIND, READ)):
        raise OcrMissing("The models of the text recognition are not where its wheel has them.", remedy=_REMEDY)
    return folder


def _session(path: Path) -> Any:
    onnxruntime = runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _run(session: Any, values: NDArray[np.float32]) -> NDArray[np.float32]:
    try:
        return session.run(None, {session.get_inputs()[0].name: values.transpose(2, 0, 1)[None]})[0]
    except Exception as broken:  # as above
        raise OcrFailed("The text recognition broke on a picture.") from broken


def _tiles(length: int) -> list[slice]:
    """Stretches of at most _TILE that lap over each other, so that no line of text is cut in all of them."""
    starts = range(0, max(length - _LAP, 1), _TILE - _LAP)
    return [slice(start, min(start + _TILE, length)) for start in starts]
