"""What an object must have although Table E.1-1 removes it: the place where validity asks for a stand-in.

    in_class("1.2.840.10008.5.1.4.1.1.11.1")  ->  {0x00700082: 1, …}       a presentation state has a creation date
    inside(0x0040A370)                        ->  {0x00401001: 2}          a referenced request has a procedure's number

1 asks for a value (a dummy stands in), 2 for presence (it stays, empty). PS3.15 E.1.1 asks that what comes out is still
an object of its kind; a stand-in says as little as silence. The file `needs.json` names its source;
`tools/make_needs_table.py` writes it.
Not here: attributes that are asked for only under a condition.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

VALUE, PRESENCE = 1, 2
NOTHING: Mapping[int, int] = {}


def in_class(sop_class: str) -> Mapping[int, int]:
    """Tag to type, for the data set of an object of this class."""
    return _table("top").get(sop_class, NOTHING)


def inside(sequence: int) -> Mapping[int, int]:
    """Tag to type, for the items of this sequence."""
    return _sequences().get(sequence, NOTHING)


@cache
def _sequences() -> Mapping[int, Mapping[int, int]]:
    return {_number(sequence): needs for sequence, needs in _table("inside").items()}


@cache
def _table(name: str) -> Mapping[str, Mapping[int, int]]:
    document = json.loads(files("residency.deid").joinpath("dicom", "needs.json").read_text("utf-8"))
    return {place: {_number(tag): kind for tag, kind in needs.items()} for place, needs in document[name].items()}


def _number(tag: str) -> int:
    return int(tag.replace(",", ""), 16)
