"""What a decision depends on, gathered from the thing asked about and from the ledger as it stands now.

    facts = facts_of(book, thing, purpose="research", splits=("train",), now=at, country="US")

A thing's own `terms` are joined with those of its protocols today; `reads` are the digests of the versions whose items
an act on it opens. Not here: the judging (`policy`), the record of a withdrawal (`forgetting`).
"""

from collections.abc import Sequence
from datetime import datetime

from residency.govern.forgetting import Withdrawal
from residency.govern.ledger import Book, RecordMissing
from residency.govern.policy import Facts
from residency.govern.terms import CLASSES, DataClass, DataType, Terms, join
from residency.kernel.record import Record


def facts_of(
    book: Book, thing: Record | None, *, purpose: str, splits: Sequence[str], now: datetime, country: str
) -> Facts:
    """The facts about one thing at one moment."""
    about = {
        "now": int(now.timestamp()),
        "splits": tuple(splits),
        "country": country,
        "maker": getattr(thing, "made_by", ""),
        "trainer": getattr(thing, "trainer", ""),
        "cleaner": getattr(thing, "cleaner", ""),
    }
    terms: Terms | None = getattr(thing, "terms", None)
    if terms is None:
        return Facts(**about)
    state, current = _standing(book, terms)
    now_terms = join([terms, *current])
    data_type: DataType = getattr(thing, "data_type", "imaging")
    data_class: DataClass = getattr(thing, "data_class", "identified")
    return Facts(
        **about,
        governed=True,
        state=state,
        starts=int(now_terms.starts.timestamp()),
        ends=int(now_terms.ends.timestamp()),
        people=now_terms.people,
        purpose=purpose or next(iter(now_terms.purposes), ""),
        purposes=now_terms.purposes,
        countries=now_terms.countries,
        type_covered=data_type in now_terms.classes,
        data_class=CLASSES.index(data_class),
        class_limit=CLASSES.index(now_terms.classes.get(data_type, "deidentified")),
        withdrawn=_withdrawn(book, getattr(thing, "reads", ())),
    )


def _withdrawn(book: Book, versions: Sequence[str]) -> bool:
    """Whether the keys of a subject of these versions are gone."""
    return bool(versions) and any(set(versions) & set(gone.versions) for gone in book.all(Withdrawal))


def _standing(book: Book, terms: Terms) -> tuple[str, list[Terms]]:
    """The worst state of the protocols of these terms, and their terms as they stand now."""
    states, current = [], []
    for identifier in terms.protocols:
        try:
            body = book.body(identifier)
        except RecordMissing:
            # A draft that is only being proposed is not in the ledger yet; it grants nothing.
            return "missing", []
        states.append(body["state"])
        current.append(Terms.model_validate(body["terms"]))
    return next((state for state in states if state != "approved"), "approved"), current
