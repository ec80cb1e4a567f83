"""Notes in a folder: one file, one note, whose subject its path or the crosswalk tells.

    notes = Notes(load_note_rules("notes"))          the tagger is loaded when the first text comes
    result = notes.clean(path, place, people, known)
    notes.text("seen by Dr Weiss", alias, known)     a cleaner for the free text of other data

Not here: how a note is cleaned (`deid.notes`).
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from residency.deid.folders.outcome import Result
from residency.deid.folders.people import People
from residency.deid.identifiers import Identifiers
from residency.deid.notes.note_rules import NoteRules
from residency.deid.notes.residual import clean_text, held_back
from residency.deid.notes.scrub import scrub_note
from residency.deid.notes.tagger import Tagger, load_tagger
from residency.deid.pseudonyms import Alias
from residency.deid.reason import Reason

_NO_SUBJECT = Reason(code="NO-SUBJECT", sentence="Neither the path of the note nor the crosswalk says whose it is.")
_NO_TEXT = Reason(code="UNREADABLE", sentence="The note is not text in UTF-8.")


class Notes:
    """The cleaner of texts, with its tagger."""

    def __init__(self, rules: NoteRules) -> None:
        self._rules = rules

    @cached_property
    def _tagger(self) -> Tagger:
        return load_tagger()

    def text(self, text: str, subject: Alias, known: Identifiers) -> str | None:
        """A short text without identifiers; None where some are left."""
        return clean_text(text, self._rules, subject, known, self._tagger)

    def clean(self, path: Path, place: Path, people: People, known: Mapping[str, Identifiers]) -> Result:
        """One note; `place` is its path below the folder."""
        subject = people.owner(place)
        if subject is None:
            return Result("note", 1, quarantine=_NO_SUBJECT)
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            return Result("note", 1, quarantine=_NO_TEXT)
        mine = known.get(subject.code, Identifiers())
        note = scrub_note(text, self._rules, subject, mine, self._tagger)
        reason = held_back(note, mine)
        if reason is not None:
            return Result("note", 1, note.counts, quarantine=reason)
        name = f"notes/{subject.code}-{people.names.thing('note', str(place))}.txt"
        return Result("note", 1, note.counts, outputs=[(name, note.text.encode())])
