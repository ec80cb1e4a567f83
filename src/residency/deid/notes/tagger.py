"""The tagger: a small net of our own that marks what reads like a name, a place, an institution, a date or a number.

    tagger = load_tagger()
    tagger.spans("seen by ngozi at st brigids")   ->  [Span(8, 13, "name", "tagger"), …]

A sum of embeddings for each token and five convolutions over the tokens, 1.8 MB, run by onnxruntime on one thread.
`tagger.json` beside the file says on what it was trained (generated notes only), with which seed, and how it did on
notes of its own writer. It is loaded from the package and refused if its digest is not the one on the card; a tagger
that is missing or fails stops the recipe. Not here: training (`tools/train_tagger.py`), what is shown to it
(`features`).
"""

import hashlib
import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from residency.deid.inference import runtime
from residency.deid.notes.features import SLOTS, Rows, tokens_of
from residency.deid.notes.people import case_of
from residency.deid.notes.spans import Kind, Span
from residency.deid.notes.words import anyones, is_ordinary, listed, set_of
from residency.deid.wording import normal
from residency.errors import Broken, Missing

_EDGE = 24
"""Tokens at the edges of a window that are read only as context."""
_BATCH = 16
_CERTAIN_OF_NONE = {"strange": 0.85, "both": 0.7, "plain": 0.5, "thing": 0.35}
"""A token is an identifier unless the net is so sure that it is none: recall comes before precision. Words that stand
in the lists of words and are nobody's name need less: the net must lean to an identifier by itself."""
_KINDS: dict[str, Kind] = {"name": "name", "place": "place", "institution": "institution", "date": "date", "id": "id"}


class TaggerBroken(Broken):
    """The tagger's file is not the one that its card describes, or it cannot be run."""


class RuntimeMissing(Missing):
    """onnxruntime, which runs the tagger, is not installed."""


class Tagger:
    """A loaded net; safe to share, one note at a time."""

    def __init__(self, session: Any, labels: tuple[str, ...], window: int) -> None:
        self._session, self._labels, self._window, self._rows = session, labels, window, Rows()

    def spans(self, text: str) -> list[Span]:
        """What looks like an identifier; TaggerBroken if the net cannot be run."""
        tokens = tokens_of(text)
        if not tokens:
            return []
        bars = np.array([_bar(text[start:end]) for start, end in tokens], np.float32)
        best = self._labelled(self._rows.of(text, tokens), bars)
        found: list[Span] = []
        for (start, end), at in zip(tokens, best.tolist(), strict=True):
            label = self._labels[at]
            if not label or not text[start].isalnum():
                continue
            last = found[-1] if found else None
            if (
                last
                and last.kind == _KINDS[label]
                and _joins(text[last.start : last.end], text[last.end : start], label)
            ):
                found[-1] = Span(last.start, end, last.kind, "tagger")
            else:
                found.append(Span(start, end, _KINDS[label], "tagger"))
        return [span for span in found if _plausible(text, span)]

    def _labelled(self, rows: np.ndarray, bars: np.ndarray) -> np.ndarray:
        """The label of each token, by windows that overlap; `bars`: how sure of none the net must be of each."""
        step = self._window - 2 * _EDGE
        starts = list(range(0, max(1, len(rows) - 2 * _EDGE), step))
        best = np.zeros(len(rows), np.int64)
        for first in range(0, len(starts), _BATCH):
            some = starts[first : first + _BATCH]
            shown = np.zeros((len(some), min(self._window, len(rows) - some[0]), SLOTS), np.int32)
            for at, start in enumerate(some):
                part = rows[start : start + self._window]
                shown[at, : len(part)] = part
            chances = self._run(shown)
            labels = chances[..., 1:].argmax(2) + 1
            for at, start in enumerate(some):
                a = 0 if start == 0 else _EDGE
                b = min(self._window, len(rows) - start)
                none = chances[at, a:b, 0] >= bars[start + a : start + b]
                best[start + a : start + b] = np.where(none, 0, labels[at, a:b])
        return best

    def _run(self, shown: np.ndarray) -> np.ndarray:
        try:
            return self._session.run(None, {"rows": shown})[0]
        except Exception as error:
            raise TaggerBroken("The tagger of notes cannot be run.") from error


@cache
def load_tagger() -> Tagger:
    """The tagger of the package; RuntimeMissing, TaggerBroken."""
    folder = files("residency.deid.notes")
    try:
        model, card = (
            folder.joinpath("tagger.onnx").read_bytes(),
            json.loads(folder.joinpath("tagger.json").read_text("utf-8")),
        )
    except (OSError, ValueError) as error:
        raise TaggerBroken("The tagger of notes is not in the package.", remedy="Install the package again.") from error
    return open_tagger(model, card)


def open_tagger(model: bytes, card: dict[str, Any]) -> Tagger:
    """A tagger from the bytes of its file and its card; TaggerBroken if they do not belong together."""
    if hashlib.sha256(model).hexdigest() != card.get("sha256"):
        raise TaggerBroken(
            "The tagger of notes is not the one that its card describes.", remedy="Install the package again."
        )
    try:
        onnxruntime = runtime()
    except ImportError as error:
        raise RuntimeMissing("onnxruntime is not installed.", remedy="pip install onnxruntime") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise TaggerBroken("The tagger of notes cannot be opened.") from error
    return Tagger(session, tuple(card["labels"]), int(card["window"]))


@lru_cache(50_000)
def _bar(word: str) -> float:
    """How sure of none the net must be of a word."""
    low = normal(word)
    if not low.isalpha():
        return _CERTAIN_OF_NONE["strange"]
    named = low in anyones()
    if low in listed("eponyms") or low in listed("drugs"):
        return _CERTAIN_OF_NONE["both" if named else "thing"]
    if is_ordinary(low):
        return _CERTAIN_OF_NONE["both" if named else "plain"]
    return _CERTAIN_OF_NONE["strange"]


_FUNCTION = set_of("he she an so do to my in on be is as at by no we us me it or if up go the a and but all this that")


def _joins(before: str, between: str, label: str) -> bool:
    """Whether two tokens of one label are one identifier."""
    if "\n" in between or len(between) > 2:
        return False
    if between.strip() == ".":
        return re.search(r"(?<![^\W\d_])(?:[^\W\d_]|St|Mt|Jr)$", before) is not None
    return not between.strip() or between.strip() in ("-", "'", "’", "/", "&") or (label == "name" and between == ", ")


def _plausible(text: str, span: Span) -> bool:
    """Dates and short numbers are left to the rules: "12" is a value more often than a day; so are single letters."""
    said = text[span.start : span.end]
    letters, digits = sum(map(str.isalpha, said)), sum(map(str.isdigit, said))
    if span.kind in ("date", "id"):
        return span.kind == "id" and digits >= 5 and not re.fullmatch(r"\d{1,3}(?:[-/.]\d{1,3})+", said)
    if span.kind == "place" and digits:
        return letters > 3 and re.search(r"\d\w? [^\W\d_]{2}", said) is not None
    if span.kind == "name" and _is_short_form(text, span, said):
        return False
    after = text[span.end : span.end + 2]
    if letters == 1:
        alone = text[span.start - 1 : span.start].isspace() and not text[span.start - 2 : span.start - 1].isdigit()
        return said.isupper() and after in (". ", ".\n") and alone
    if normal(said) in _FUNCTION and said.istitle() and re.match(r"[ ][a-z]|:", after):
        return False
    return not (digits or _is_value(text, span, said) or (span.kind == "name" and _is_word(text, span, said)))


def _is_word(text: str, span: Span, said: str) -> bool:
    """Whether a word is written small where size tells something, and is nobody's listed name; initials are short."""
    listed = any(normal(word) in anyones() for word in re.findall(r"[^\W\d_]+", said))
    if listed or case_of(text, span.start) != "mixed":
        return False
    return said.islower() and said.isalpha() and len(said) > _INITIALS


_INITIALS = 3


def _is_short_form(text: str, span: Span, said: str) -> bool:
    """Whether a word of three to five capitals in a mixed line is an abbreviation."""
    if not (said.isalpha() and said.isupper() and 3 <= len(said) <= 5) or normal(said) in anyones():
        return False
    if case_of(text, span.start) != "mixed" or _SIGNED_NEAR.search(text[max(0, span.start - 4) : span.start]):
        return False
    if re.match(r",[ ][A-Z]", text[span.end : span.end + 3]) or re.match(
        r"[ ][A-Z][a-z]", text[span.end : span.end + 3]
    ):
        return len(said) < 5 and not set(said) & set("AEIOUY")
    return len(said) < 5 or not set(said) & set("AEIOUY")


_SIGNED_NEAR = re.compile(r"(?:[-–—~/]|\bby|, [A-Z]\.)[ ]?$")


def _is_value(text: str, span: Span, said: str) -> bool:
    """Whether a short word belongs to a value or an abbreviation: "K 3.5", "Ki-67", "mg/min", "d.o.b."."""
    if re.fullmatch(r"(?:[a-z]\.)+[a-z]?|[^\W\d_]{1,2}/[^\W\d_]{1,2}", said):
        return True
    if len(said) > 4 or " " in said:
        return False
    before, after = text[max(0, span.start - 1) : span.start], text[span.end : span.end + 3]
    unit = said.islower() and "/" in before + after[:1]
    tied = len(said) < 3 and (before in ("-", "&") or after[:1] in ("-", "&"))
    large = said.isupper() and after[:1] in ("/", "&")
    return bool(unit or tied or large or re.match(r"[ =:-]?[<>]?\d", after))
