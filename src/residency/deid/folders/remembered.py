"""What is remembered of units that are done: results without bytes, as JSON and back.

    entry = as_entry(key, kept, news)          key: of the unit; kept: Kept results; news: what the vault has drawn
    key, kept, news = of_entry(entry)

Not here: the file in which it lies (`unfinished`).
"""

import base64
from collections import Counter
from collections.abc import Sequence
from typing import Any

from residency.deid.dicom.actions import Action
from residency.deid.dicom.residual import Hit
from residency.deid.dicom.series import SeriesResult
from residency.deid.folders.outcome import Draft, Kept, Result
from residency.deid.reason import Reason


def as_entry(key: str, kept: Sequence[Kept], news: bytes) -> dict[str, Any]:
    """One unit as JSON can say it."""
    return {"unit": key, "kept": [_said(one) for one in kept], "news": base64.b64encode(news).decode()}


def of_entry(entry: dict[str, Any]) -> tuple[str, list[Kept], bytes]:
    """The unit's key, its results, and what had been drawn meanwhile."""
    return entry["unit"], [_kept(one) for one in entry["kept"]], base64.b64decode(entry["news"])


def _said(kept: Kept) -> dict[str, Any]:
    result, series = kept.result, kept.result.series
    return {
        "kind": result.kind,
        "files": result.files,
        "counts": [[str(what), str(action), n] for (what, action), n in result.counts.items()],
        "records": dict(result.records),
        "quarantine": _reason(result.quarantine),
        "series": None if series is None else _series(series),
        "drafts": [[one.name, one.place, one.size, one.digest] for one in kept.drafts],
    }


def _kept(said: dict[str, Any]) -> Kept:
    result = Result(
        said["kind"],
        said["files"],
        Counter({(what, action): n for what, action, n in said["counts"]}),
        Counter(said["records"]),
        _reason_of(said["quarantine"]),
        series=None if said["series"] is None else _series_of(said["series"]),
    )
    return Kept(result, tuple(Draft(*one) for one in said["drafts"]))


def _series(series: SeriesResult) -> dict[str, Any]:
    return {
        "received": series.received,
        "series": series.series,
        "counts": [[tag, action.name, n] for (tag, action), n in series.counts.items()],
        "searched": dict(series.searched),
        "quarantine": _reason(series.quarantine),
        "hits": [[hit.file, hit.kind, hit.found_as, hit.tag] for hit in series.hits],
    }


def _series_of(said: dict[str, Any]) -> SeriesResult:
    return SeriesResult(
        said["received"],
        series=said["series"],
        counts=Counter({(tag, Action[action]): n for tag, action, n in said["counts"]}),
        searched=Counter(said["searched"]),
        quarantine=_reason_of(said["quarantine"]),
        hits=tuple(Hit(*hit) for hit in said["hits"]),
    )


def _reason(reason: Reason | None) -> dict[str, Any] | None:
    return None if reason is None else reason.model_dump(mode="json")


def _reason_of(said: dict[str, Any] | None) -> Reason | None:
    return None if said is None else Reason.model_validate(said)
