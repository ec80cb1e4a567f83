"""Endpoints fixed before the test split is opened, and the verdict on each.

    judge(Endpoint(metric="dice", of="liver", at_least=0.75, on="lower_bound"), table).verdict   ->  "not met"

Refuses an endpoint without a limit or with two, and one judged by the bound that flatters it. A number that does not
exist (no interval for a single subject, a structure nobody has) is "cannot be judged", never "met".
Not here: the numbers (`summary`), who fixed the endpoints and when (the study's record).
"""

from typing import Literal, Self

from pydantic import FiniteFloat, model_validator

from residency.evaluate.summary import Estimate, Metric, Row, Summary, overall
from residency.kernel.record import Part

NAMES: dict[Metric, str] = {"dice": "Dice", "nsd": "NSD", "hd95_mm": "HD95"}


class Endpoint(Part):
    """A limit for the mean of one metric over subjects, and the number that has to keep it."""

    metric: Metric
    of: str
    at_least: FiniteFloat | None = None
    at_most: FiniteFloat | None = None
    on: Literal["estimate", "lower_bound", "upper_bound"] = "lower_bound"

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("an endpoint has one limit: at_least or at_most")
        flattering = "upper_bound" if self.at_least is not None else "lower_bound"
        if self.on == flattering:
            raise ValueError(f"{flattering} is the bound that flatters: use estimate or the other bound")
        if self.metric in ("dice", "nsd") and not 0 <= self.limit <= 1:
            raise ValueError(f"{self.metric} lies between 0 and 1")
        return self

    @property
    def limit(self) -> float:
        """The limit, whichever way it points."""
        return self.at_least if self.at_least is not None else self.at_most  # type: ignore[return-value]


class Verdict(Part):
    """What became of an endpoint. `number` is the one that was compared, None where there was none."""

    endpoint: Endpoint
    verdict: Literal["met", "not met", "cannot be judged"]
    number: FiniteFloat | None
    sentence: str
    caveats: tuple[str, ...]


def judge(endpoint: Endpoint, table: Summary) -> Verdict:
    """Compare the endpoint with the overall row of its structure."""
    row = overall(table, endpoint.of)
    number, missing = _number(endpoint, row)
    what = f"{NAMES[endpoint.metric]} of {endpoint.of}"
    if number is None:
        verdict, sentence = "cannot be judged", f"{what} cannot be judged: {missing}."
    else:
        good = number >= endpoint.limit if endpoint.at_least is not None else number <= endpoint.limit
        verdict = "met" if good else "not met"
        sentence = f"{what}: {_spoken(endpoint, number)}: {verdict} ({_basis(row)})."
    return Verdict(endpoint=endpoint, verdict=verdict, number=number, sentence=sentence, caveats=table.caveats)


def _number(endpoint: Endpoint, row: Row | None) -> tuple[float | None, str]:
    """The number that the endpoint is judged by, or why there is none."""
    if row is None:
        return None, "it was not measured"
    estimate: Estimate | None = getattr(row, endpoint.metric)
    if estimate is None:
        return None, row.reason
    if endpoint.on == "estimate":
        return estimate.value, ""
    if estimate.interval is None:
        return None, "a single subject has no interval"
    return (estimate.interval.low if endpoint.on == "lower_bound" else estimate.interval.high), ""


def _spoken(endpoint: Endpoint, number: float) -> str:
    unit = " mm" if endpoint.metric == "hd95_mm" else ""
    digits = 2 if unit else 4
    side = "at least" if endpoint.at_least is not None else "at most"
    return f"{endpoint.on.replace('_', ' ')} {number:.{digits}f}{unit}, wanted {side} {endpoint.limit:g}{unit}"


def _basis(row: Row | None) -> str:
    counted, missed = (row.counted or 0, row.missed or 0) if row else (0, 0)
    subjects = f"{counted} subject{'s' if counted != 1 else ''}"
    return f"{subjects}, {missed} missed" if missed else subjects
