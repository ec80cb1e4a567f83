"""What a protocol asks of an exam before data may be frozen.

    check(site, deids, {"imaging": 0.99})

The newest exam of the same intake with the same recipe counts, and of its recall the lower end of the interval: a few
identifiers found by luck prove little. Not here: the exam (`sit`).
"""

from collections.abc import Iterable, Mapping

from residency.deid.cleaned import Deid
from residency.deid.exam.figures import Exam
from residency.errors import Refused
from residency.govern.terms import DataType
from residency.site import Site


class NotExamined(Refused):
    """The protocol asks for an exam of the recipe that cleaned these data, and there is none."""


class RecallTooLow(Refused):
    """The exam found less than the protocol asks for."""


def check(site: Site, deids: Iterable[Deid], least: Mapping[DataType, float]) -> None:
    """Raise NotExamined or RecallTooLow where one of these falls short of what is asked of its type of data."""
    for deid in deids:
        for data_type, asked in least.items():
            if data_type == deid.data_type and asked:
                _check(deid, [e for e in site.ledger.all(Exam, scope=deid.intake) if _same(e, deid)], asked)


def _same(exam: Exam, deid: Deid) -> bool:
    return (exam.recipe_digest, exam.data_type) == (deid.recipe_digest, deid.data_type)


def _check(deid: Deid, exams: list[Exam], asked: float) -> None:
    profiles = " ".join(f"--recipe {name}" for name in deid.recipe.split("+"))
    if not exams or exams[-1].recall is None:
        raise NotExamined(
            f"The protocol asks that the recipe of {deid.name} be examined on these data, and no exam says its recall.",
            remedy=f"Examine it: residency deid exam {deid.name} {profiles}.",
        )
    recall = exams[-1].recall
    if recall.low < asked:
        raise RecallTooLow(
            f"The exam of {deid.name} found {recall.found} of {recall.of} planted identifiers: with 95 % confidence at "
            f"least {recall.low:.4f}, and the protocol asks for {asked:g}.",
            remedy="Mend the recipe and clean again; or examine more series, if nothing was left.",
        )
