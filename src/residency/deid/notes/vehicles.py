"""Vehicles by the word before them or the form of their name: plates, crews and units of an ambulance, ships.

    find_vehicles("car reg BD51 SMR; crew A-412; HMS Belfast")

164.514(b)(2)(i)(L). Not here: VIN and labelled numbers (`numbers`).
"""

import re
from collections.abc import Iterator

from residency.deid.notes.spans import Span

_PLATE = re.compile(
    r"\b(?:plates?|rego?|reg(?:istration)?|tag|car|van|bakkie|taxi|motorbike|motorcycle|scooter|tractor|trailer|"
    r"caravan|camper|jeep|sedan|SUV|truck|lorry|ute|pickup|vehicle|permit(?: for)?)\b"
    r"(?:[ \t]*(?:no\b\.?|number|#))*[ \t]*(?:is|was)?[ \t]*[:#,(]?[ \t]*\n?"
    r"(?P<v>(?=[A-Z0-9 -]*\d)(?=[A-Z0-9 -]*[A-Z])(?=(?:[ -]?[A-Z0-9]){5})[A-Z0-9]{1,4}[ -]?[A-Z0-9]{1,5}"
    r"(?:[- ][A-Z0-9]{1,5})?)(?![\w-])",
)
_PLATE_FAR = re.compile(
    r"\b(?i:plates?|rego?|registration|parking|parked)\b[^\n.;:,]{1,24}[ :]"
    r"(?P<v>(?=[A-Z0-9]*\d[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z][A-Z0-9]*[A-Z])[A-Z0-9]{6,8})(?![\w-])"
)
_CREW = re.compile(
    r"\b(?i:crew|ambulance|medic|rig|vehicle|call ?sign|appliance|engine)(?i: unit| no\.?| number)?[ ]?:?[ ]"
    r"(?P<v>[A-Z]{1,6}[- ]?\d{1,4}(?:[ ]?/[ ]?[A-Z0-9]{2,4}[ -]?[A-Z0-9]{2,4})?)(?![\w-])"
)
_SHIP = re.compile(
    r"\b(?P<v>(?:MEDIC|Medic|SQUAD|Squad)[ -]\d{1,4}(?![\w.%/-])|"
    r"(?:F/V|M/V|S/V|MV|FV|HMS|HMNZS|HMAS|HMCS|USS|USNS)[ ][A-Z][\w'’]+(?:[- ][A-Z][\w'’]+)*)"
)


def find_vehicles(text: str) -> Iterator[Span]:
    """Every plate, call sign and ship."""
    for form in (_PLATE, _PLATE_FAR, _CREW, _SHIP):
        yield from (Span(*match.span("v"), "vehicle", "label") for match in form.finditer(text))
