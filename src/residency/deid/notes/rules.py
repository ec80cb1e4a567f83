"""Everything that rules find in a note, without the tagger and without knowing the subject.

    find_by_rules("Seen by Dr. Ng on 3/4, MRN 00123")

Not here: the single rules (`numbers`, `ages`, `places`, `people`, `dates`), the union with other sources (`scrub`).
"""

from residency.deid.notes.ages import find_ages
from residency.deid.notes.institutions import find_institutions
from residency.deid.notes.numbers import find_numbers
from residency.deid.notes.people import find_people
from residency.deid.notes.places import find_places
from residency.deid.notes.spans import Span


def find_by_rules(text: str) -> list[Span]:
    """Spans of every kind but dates, which carry their meaning with them."""
    return [*find_numbers(text), *find_ages(text), *find_places(text), *find_institutions(text), *find_people(text)]
