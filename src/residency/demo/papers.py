"""The papers of the tour: protocol, the board's letter, and the study, as the people in it would write them.

    write(Path("demo-out"), size, today=date(2026, 3, 1), made_from="generated from 1 real anatomy")

Not here: what the product makes of them.
"""

from datetime import date, timedelta
from pathlib import Path

from residency.demo.visit import COHORT, EXTERNAL, NUMBER, Size

PROTOCOL = """\
# What the board approves: purpose, people, data, dates. The investigator drafts it; somebody else approves it.
number: {number}
title: Volumetry of the liver on routine CT
purposes: [research]
people: [okoye, rao, marsh, weber, silva]   # by the name they sign in with
classes: {{imaging: deidentified}}            # the highest class that may be trained and evaluated on
attributes: [sex, age_band, race, ethnicity, scanner]   # what may be kept of a person, for subgroups
starts: {starts}
ends: {ends}
countries: [US]
retention_days: {{imaging: 3650}}
deid_recall: {{imaging: 0.8}}    # what an exam of the cleaning must have found for sure of planted names
"""
LETTER = """\
To Dr Ada Okoye

The board has read protocol {number} and approves it as submitted.

(This board, this letter and everybody in it are invented for a demonstration.)
"""
LETTER_OF_CHANGE = """\
To Dr Ada Okoye

The board approves the amendment of protocol {number}: it ends today. (Invented, like the rest.)
"""
STUDY = """\
# The work: from two folders of CT to an evaluated model.
study: {cohort}
protocol: {number}                      # approved beforehand by somebody else
sources:
  - name: {cohort}
    type: imaging
    path: hospital/incoming/ct
    labels: hospital/incoming/labels
    subjects: hospital/incoming/subjects.csv
  - name: {external}
    type: imaging
    path: hospital/external/ct
    labels: hospital/external/labels
    subjects: hospital/external/subjects.csv
    external: true
deidentify: {{imaging: [basic, shift-dates, clean-pixels]}}
dataset:
  name: {cohort}
  labels: {{1: liver, 2: spleen, 3: kidneys}}
  split: {{train: 0.5, tune: 0.1, test: 0.4, by: subject, seed: 7, allow_shared_anatomy: true}}
  caveats: [{caveats}]
train: {train}
evaluate:
  endpoints:
    - {{metric: dice, of: liver, at_least: 0.75, on: lower_bound}}
  subgroups: [sex, age_band, race, scanner]
"""
TRAIN = (
    "{{task: segmentation, network: {{name: unet, channels: [16, 32, 64]}}, patch: [24, 48, 48], "
    "spacing_mm: [4, 4, 4], batch: 4, steps: {steps}, seed: {seed}, processes: 2, "
    "checkpoint_every: {{steps: {every}}}}}"
)


def write(folder: Path, size: Size, *, today: date, caveats: tuple[str, ...]) -> None:
    """Write protocol.yaml, the letters, study.yaml, and the training that will be interrupted."""
    known = {"number": NUMBER, "cohort": COHORT, "external": EXTERNAL, "caveats": ", ".join(caveats)}
    dates = {"starts": today - timedelta(days=30), "ends": today + timedelta(days=5 * 365)}
    train = TRAIN.format(steps=size.steps, seed=1, every=size.checkpoint_steps)
    # Long enough not to end by itself: it is there to be stopped.
    second = TRAIN.format(steps=20 * size.steps, seed=2, every=max(1, size.checkpoint_steps // 3))
    for name, text in {
        "protocol.yaml": PROTOCOL.format(**known, **dates),
        "letter.txt": LETTER.format(**known),
        "letter-of-change.txt": LETTER_OF_CHANGE.format(**known),
        "study.yaml": STUDY.format(**known, train=train),
        "second-training.yaml": f"train: {second}\n",
    }.items():
        (folder / name).write_text(text)
