"""JSON that says one thing only: no key twice, no NaN, no depth without end; decimals keep the digits they were given.

    parse(b'{"value": 1.50}')    ->  {"value": Decimal("1.50")}
    dumps(parse(data))           the same digits again: FHIR counts them as precision

What is refused is raised as `JsonWrong` with a fault and without a value. Not here: what the JSON means (`fhir`).
"""

import json
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NoReturn

from residency.errors import BadInput
from residency.ingest.ehr.torn import SAYS, Fault

DEEPEST = 64
"""Levels of nesting; the deepest resources of R4 in use (Questionnaire groups, extensions) stay below 30."""
_MOST_DIGITS = 64


class JsonWrong(BadInput):
    """Bytes that are no JSON, or JSON that can be read in two ways."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(SAYS[fault])
        self.fault: Fault = fault


def parse(data: bytes) -> Any:
    """The value of one document in UTF-8; raises JsonWrong."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise JsonWrong("NOT-UTF-8") from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer, parse_constant=_no_constant
        )
    except RecursionError:
        raise JsonWrong("TOO-DEEP") from None
    except ValueError:
        raise JsonWrong("NOT-JSON") from None
    _check(value)
    return value


def dumps(value: Any) -> str:
    """Compact JSON of what `parse` gives, and of plain values made by us."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{encode_basestring(key)}:{dumps(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, allow_nan=False)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise JsonWrong("DUPLICATE-KEY")
    return made


def _decimal(text: str) -> Decimal:
    if len(text) > _MOST_DIGITS:
        raise JsonWrong("NOT-A-NUMBER")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise JsonWrong("NOT-A-NUMBER")
    return int(text)


def _no_constant(_: str) -> NoReturn:
    raise JsonWrong("NOT-A-NUMBER")


def _check(value: Any) -> None:
    """No half of a surrogate pair, which no UTF-8 can hold, and no nesting beyond DEEPEST; without recursion."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise JsonWrong("TOO-DEEP")
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += one
                below += one.values()
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str) and not one.isascii():
                _encodable(one)
        level = below


def _encodable(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise JsonWrong("NOT-UTF-8") from None
