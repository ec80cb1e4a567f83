"""Which table of the OMOP common data model 5.4 a file holds: its name says so.

    table_of("export/CONDITION_OCCURRENCE.csv")     ->  "condition_occurrence"
    table_of("part-0001.parquet")                   ->  None

Not here: the columns of the tables and what becomes of them (`deid.tables`, recipes/tables-omop.yaml).
"""

import re
from pathlib import PurePosixPath

CLINICAL = (
    "person observation_period visit_occurrence visit_detail condition_occurrence drug_exposure procedure_occurrence "
    "device_exposure measurement observation death note note_nlp specimen fact_relationship episode episode_event "
    "payer_plan_period cost drug_era dose_era condition_era cohort"
)
PLACES = "location care_site provider"
VOCABULARY = (
    "concept vocabulary domain concept_class concept_relationship relationship concept_synonym concept_ancestor "
    "source_to_concept_map drug_strength cdm_source metadata cohort_definition"
)
TABLES = frozenset(f"{CLINICAL} {PLACES} {VOCABULARY}".split())


def table_of(file_name: str) -> str | None:
    """The table that a file is named after, its suffixes and the number of a part aside; None if it is none."""
    stem = PurePosixPath(file_name.replace("\\", "/")).name.split(".")[0].lower()
    bare = re.sub(r"[-_]?(?:part)?[-_]?\d+$", "", stem)
    return next((name for name in (stem, bare) if name in TABLES), None)
