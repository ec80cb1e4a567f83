"""The terms under which data may be used, and what is left of them when data are joined.

    terms = strictest([a.terms, b.terms])

Terms are copied onto everything that is derived, models included. A use is judged against the protocol as it stands
*now* and against the terms that the data carry, whichever is stricter. Not here: the protocol itself
(`protocol.protocol`) and the judging (`govern.policy`).
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import AwareDatetime

from residency.errors import BadInput
from residency.kernel.record import Part

DataClass = Literal["identified", "limited", "deidentified"]
CLASSES: tuple[DataClass, ...] = ("deidentified", "limited", "identified")
DataType = Literal["imaging"]


class TermsClash(BadInput):
    """Terms that cannot hold together: nothing may be made of these data jointly."""


class Terms(Part):
    """Who may, why, until when, where: what a protocol grants, bound to data.

    `classes` gives for each data type the highest class that may be *used* (identified data may always be brought in
    and de-identified by a data steward under an active protocol); `attributes` lists what may be kept of a person for
    subgroups; `retention_days` counts from the end of the protocol; `deid_recall` is the share of planted
    identifiers that an exam of the cleaning must have found for sure (the lower end of its interval) before data are
    frozen.
    """

    protocols: tuple[str, ...]
    purposes: tuple[str, ...]
    people: tuple[str, ...]
    classes: Mapping[DataType, DataClass]
    attributes: tuple[str, ...]
    starts: AwareDatetime
    ends: AwareDatetime
    countries: tuple[str, ...]
    retention_days: Mapping[DataType, int]
    deid_recall: Mapping[DataType, float] = {}


def strictest(all_terms: Iterable[Terms]) -> Terms:
    """What every one of the terms allows; raises TermsClash when that is nothing."""
    terms = list(all_terms)
    if not terms:
        raise TermsClash("Nothing was given of which terms could be taken.", remedy="Name at least one input.")
    joined = join(terms)
    for name, left in (("purpose", joined.purposes), ("person", joined.people), ("country", joined.countries)):
        if not left:
            raise TermsClash(f"The inputs have no {name} in common.", remedy="Amend a protocol, or keep them apart.")
    return joined


def join(terms: list[Terms]) -> Terms:
    """What every one of the terms allows, also when that is nothing."""
    return Terms(
        protocols=tuple(sorted({p for t in terms for p in t.protocols})),
        purposes=_common(t.purposes for t in terms),
        people=_common(t.people for t in terms),
        classes=_lowest([t.classes for t in terms]),
        attributes=_common(t.attributes for t in terms),
        starts=max(t.starts for t in terms),
        ends=min(t.ends for t in terms),
        countries=_common(t.countries for t in terms),
        retention_days={
            kind: min(t.retention_days[kind] for t in terms) for kind in _shared([t.retention_days for t in terms])
        },
        deid_recall=_greatest([t.deid_recall for t in terms]),
    )


def highest(classes: Iterable[DataClass]) -> DataClass:
    """The class of a mixture: the most identifying of its parts."""
    return max(classes, key=CLASSES.index)


def _common(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    sets = [set(group) for group in groups]
    return tuple(sorted(set.intersection(*sets)))


def _shared(maps: list[Mapping]) -> list:
    return sorted(set.intersection(*(set(m) for m in maps)))


def _lowest(maps: list[Mapping[DataType, DataClass]]) -> dict[DataType, DataClass]:
    return {kind: min((m[kind] for m in maps), key=CLASSES.index) for kind in _shared(maps)}


def _greatest(maps: list[Mapping[DataType, float]]) -> dict[DataType, float]:
    return {kind: max(m.get(kind, 0.0) for m in maps) for kind in sorted({kind for m in maps for kind in m})}
