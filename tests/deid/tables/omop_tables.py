"""The population as tables of OMOP, as CSV and as Parquet, with identifiers in every column that can hold one."""

import csv
import io
from datetime import datetime, time

import pyarrow as pa
from pyarrow import parquet

from tests.deid.tables.population import HOUSE, Person, note

WHOLE = "concept_id"


def person_id(person: Person) -> int:
    return 7_700_000 + person.number


def tables(people: list[Person]) -> dict[str, list[dict]]:
    made: dict[str, list[dict]] = {
        "location": [
            {
                "location_id": 880_000 + p.number,
                "address_1": p.street,
                "city": p.town,
                "state": "CA",
                "zip": p.zip,
                "county": p.town,
                "location_source_value": p.mrn,
                "latitude": 37.771234,
            }
            for p in people
        ],
        "provider": [
            {"provider_id": 990_017, "provider_name": HOUSE.family, "npi": HOUSE.npi, "specialty_concept_id": 38004456}
        ],
        "care_site": [{"care_site_id": 990_018, "care_site_name": HOUSE.organization, "location_id": 880_000}],
        "person": [
            {
                "person_id": person_id(p),
                "gender_concept_id": 8532,
                "year_of_birth": p.born.year,
                "month_of_birth": p.born.month,
                "day_of_birth": p.born.day,
                "birth_datetime": datetime.combine(p.born, time(4, 5)),
                "race_concept_id": 8527,
                "location_id": 880_000 + p.number,
                "provider_id": 990_017,
                "care_site_id": 990_018,
                "person_source_value": p.mrn,
                "gender_source_value": p.family,
                "ssn_of_the_site": p.ssn,
            }
            for p in people
        ],
    }
    for name in ("visit_occurrence", "condition_occurrence", "observation", "measurement", "note", "note_nlp"):
        made[name] = []
    for p in people:
        for turn, day in enumerate(p.events):
            at = 10_000_000 + p.number * 10 + turn
            visit = {"person_id": person_id(p), "visit_occurrence_id": at, "provider_id": 990_017}
            start = datetime.combine(day, time(8, 30))
            made["visit_occurrence"].append(
                {
                    **visit,
                    "visit_concept_id": 9202,
                    "visit_start_date": day,
                    "visit_start_datetime": start,
                    "visit_source_value": f"{p.family} {p.mrn}",
                }
            )
            made["condition_occurrence"].append(
                {
                    **visit,
                    "condition_occurrence_id": at + 1,
                    "condition_concept_id": 201826,
                    "condition_start_date": day,
                    "condition_source_value": p.family,
                    "stop_reason": f"moved to {p.town}",
                }
            )
            made["observation"].append(
                {
                    **visit,
                    "observation_id": at + 2,
                    "observation_concept_id": 4265453,
                    "observation_date": day,
                    "value_as_number": float(day.year - p.born.year),
                    "value_as_string": note(p, day),
                    "observation_source_value": p.ssn,
                }
            )
            made["measurement"].append(
                {
                    **visit,
                    "measurement_id": at + 3,
                    "measurement_concept_id": 3004249,
                    "measurement_date": day,
                    "measurement_time": "08:31:02",
                    "value_as_number": 128.5,
                    "value_source_value": p.phone,
                }
            )
            made["note"].append(
                {**visit, "note_id": at + 4, "note_date": day, "note_title": p.kin, "note_text": note(p, day)}
            )
            made["note_nlp"].append(
                {
                    "note_nlp_id": at + 5,
                    "note_id": at + 4,
                    "snippet": note(p, day)[:80],
                    "lexical_variant": p.family,
                    "nlp_date": day,
                    "term_exists": "Y",
                    "term_modifiers": f"said by {p.kin}",
                }
            )
    return made


def as_csv(rows: list[dict]) -> bytes:
    out = io.StringIO(newline="")
    lines = csv.DictWriter(out, list(rows[0]))
    lines.writeheader()
    lines.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_parquet(rows: list[dict]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows), out, row_group_size=7)
    return out.getvalue()


def read(data: bytes, form: str) -> list[dict]:
    if form == "parquet":
        return parquet.read_table(io.BytesIO(data)).to_pylist()
    return list(csv.DictReader(io.StringIO(data.decode())))
