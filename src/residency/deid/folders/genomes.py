"""Genomics in a folder: every file by itself, streamed into a draft.

    result = clean_genome(path, place, people, everyone, draft)

Not here: the formats (`deid.genomes`).
"""

import io
from pathlib import Path
from typing import cast

from residency.deid.folders.drafts import Stream
from residency.deid.folders.outcome import Result
from residency.deid.folders.people import People
from residency.deid.genomes.rules import load_genome_rules
from residency.deid.genomes.scrub import scrub_genome
from residency.deid.identifiers import Identifiers


def clean_genome(path: Path, place: Path, people: People, everyone: Identifiers, draft: Stream) -> Result:
    """Clean one file into `draft`; `place` is its path below the folder. A file may be of several subjects, so that
    the identifiers of everyone are looked for.
    """
    with path.open("rb") as source:
        done = scrub_genome(
            io.BufferedReader(source),
            cast(io.BufferedWriter, draft),
            place.name,
            load_genome_rules(),
            lambda sample: people.who("sample", sample),
            everyone,
            subject=people.owner(place),
        )
    outputs = [(f"genomes/{done.new_name}", draft.path)] if done.quarantine is None else []
    return Result("genome", 1, counts=done.counts, quarantine=done.quarantine, outputs=outputs)
