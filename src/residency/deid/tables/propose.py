"""A proposal for the map of a CSV's columns, from their names and from what stands in them. A person decides.

    for one in propose(source):  one.column, one.kind, one.because

Nothing is cleaned by a proposal: it is a draft of the file that `column_map` reads. A column of which nothing is known
is proposed for removal. Not here: the map (`column_map`).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from residency.deid.dates import Dates
from residency.ingest.ehr.delimited import Row, open_csv

_ROWS = 500
_BY_NAME: Sequence[tuple[str, str]] = (
    (r"ssn|social_?sec", "ssn"),
    (r"mrn|medical_?record|patient_?(id|num|no)|subject_?id|person_?id", "subject"),
    (r"(birth|dob|born).*(year|yr)|year_?of_?birth|yob", "birth-year"),
    (r"birth|dob|born", "birth-date"),
    (r"zip|postal|postcode", "zip"),
    (r"(^|_)state$|province", "state"),
    (r"country", "country"),
    (r"addr|street|city|town|county|parish|district|lat(itude)?$|lon(gitude)?$", "place"),
    (r"e_?mail", "mail"),
    (r"fax", "fax"),
    (r"phone|mobile|(^|_)tel|cell", "phone"),
    (r"url|website|homepage", "url"),
    (r"(^|_)ip(_|$)", "ip"),
    (r"insurance|policy|member_?id|plan_?id|beneficiary", "plan-number"),
    (r"account|acct|invoice", "account"),
    (r"licen[cs]e|npi|dea(_|$)|certificate", "licence"),
    (r"plate|vin(_|$)|vehicle", "vehicle"),
    (r"serial|device_?id|udi|lot_?n", "device"),
    (r"photo|picture|portrait", "photo"),
    (r"hospital|clinic(_|$)|facility|institution|employer|school|ward|room|bed", "institution"),
    (r"name|surname|physician|doctor|provider|nurse|guardian|mother|father|spouse|contact", "name"),
    (r"(^|_)age($|_)", "age"),
    (r"date|(^|_)day$|time|admit|discharge|_at$|_on$", "date"),
    (r"note|comment|remark|text|descr|other|reason|history|free|narrative", "text"),
    (r"(visit|encounter|specimen|sample|order|accession|claim|study)_?(id|no|num|number)?$", "thing"),
    (r"(^|_)(sex|gender|icd|loinc|snomed|cpt|ndc|code|unit)", "code"),
    (r"(^|_)id$", "id"),
)
_DATES = Dates(None)
_BY_CONTENT: Sequence[tuple[Callable[[str], bool], str, str]] = (
    (
        lambda text: re.fullmatch(r"\d{3}-\d{2}-\d{4}", text) is not None,
        "ssn",
        "values look like social security numbers",
    ),
    (lambda text: "@" in text and "." in text, "mail", "values look like mail addresses"),
    (lambda text: re.match(r"https?://", text) is not None, "url", "values look like addresses of pages"),
    (lambda text: re.fullmatch(r"(\d{1,3}\.){3}\d{1,3}", text) is not None, "ip", "values look like IP addresses"),
    (
        lambda text: re.fullmatch(r"\(?\d{3}\)?[ -.]\d{3}[-.]\d{4}", text) is not None,
        "phone",
        "values look like phones",
    ),
    (lambda text: re.fullmatch(r"\d{5}-\d{4}", text) is not None, "zip", "values look like ZIP+4"),
    (lambda text: len(text) >= 8 and _DATES.text(text) is not None, "date", "values look like dates"),
    (lambda text: len(text.split()) >= 4, "text", "values are sentences"),
    (lambda text: re.fullmatch(r"-?\d{1,6}([.,]\d+)?", text) is not None, "number", "values are short numbers"),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column may be, and why one thinks so; the reason repeats no value."""

    column: str = field(repr=False)
    kind: str
    because: str


def propose(source: BinaryIO) -> list[Proposal]:
    """A kind for every column, from its name and from up to 500 rows; "remove" where nothing is known."""
    source.seek(0)
    file = open_csv(source)
    rows = [record.fields for record in islice(file.records, _ROWS) if isinstance(record, Row)]
    source.seek(0)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(file.header)
    return [
        _proposal(name, [value for value in values if value]) for name, values in zip(file.header, columns, strict=True)
    ]


def _proposal(column: str, values: list[str]) -> Proposal:
    """Content that identifies outweighs a harmless name; a name that identifies outweighs harmless content."""
    named = next((kind for form, kind in _BY_NAME if re.search(form, column.lower())), "")
    held, because = next(
        ((kind, why) for test, kind, why in _BY_CONTENT if values and sum(map(test, values)) > 0.6 * len(values)),
        ("", ""),
    )
    if held and (not named or (named in ("code", "thing", "number", "age") and held not in ("number", "date"))):
        return Proposal(column, held, because)
    if named:
        return Proposal(column, named, "by its name")
    return Proposal(column, "remove", "nothing is known of it")
