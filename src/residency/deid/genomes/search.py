"""What the originals name, looked for in what a file of genomics keeps.

    search = Search(known, of_file(cast.originals, rules))
    search.text("Depth of J. Smith")                ->  ["name"]        free text: every word counts
    search.code("smith_panel")                      ->  ["name"]        ids of tools: short words do not count
    search.bytes(b"chr1,+100,50M,0;", numbers=False) ->  []             data: phrases of six signs and more

Positions, counts and genotypes are not searched, and neither are bases and qualities of reads: among 10**9 of them
every short number and "NAGATA" stand by chance, and they are the data that stay as they are. Not here: which part of a
file is searched how (`vcf`, `tags`), and what becomes of a hit.
"""

import re
from collections.abc import Collection, Iterable

from residency.deid.genomes.refusals import GenomeHeld
from residency.deid.genomes.rules import GenomeRules
from residency.deid.identifiers import SHORTEST_PHRASE, Gathering, Identifiers
from residency.deid.mentions import Mentions
from residency.deid.needles import Found, Needles
from residency.deid.wording import words

_TEXT, _CODE = 0x00104000, 0x00180000
"""Elements that stand for "free text" and "short codes" in the search of mentions."""
_SHORTEST, _SHORTEST_NUMBER = 4, 6
_WIDEST_CACHE = 65536
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[\t\n,=<>\";]+")
_BASES, _LETTERS = frozenset(b"acgtn"), frozenset(b"abcdefghijklmnopqrstuvwxyz")
GAP = bytes(8)


def of_file(originals: Iterable[str], rules: GenomeRules) -> Identifiers:
    """The names that a file itself gives to samples, libraries and the like, as things to look for.

    Words for roles ("tumor"), words below four letters and numbers below six digits are left out: they stand in every
    description.
    """
    found = Gathering()
    for original in originals:
        said = [word for word in words(original) if word not in rules.role_words]
        if any(len(word) >= _SHORTEST_NUMBER or (len(word) >= _SHORTEST and not word.isdigit()) for word in said):
            found.number(original)
    return found.identifiers()


class Search:
    """Looks for identifiers in texts, in codes and in bytes."""

    def __init__(self, known: Identifiers) -> None:
        self._mentions = Mentions(known)
        self._needles = Needles(known)
        self._codes: dict[str, list[str]] = {}

    def text(self, text: str) -> list[str]:
        """The kinds that a free text mentions."""
        return self._mentions.in_text(_TEXT, b"LT", text)

    def code(self, text: str) -> list[str]:
        """The kinds that a code of a tool mentions; words below four letters do not count (AN, DP, LI)."""
        if text not in self._codes:
            if len(self._codes) > _WIDEST_CACHE:
                self._codes.clear()
            long = " ".join(word for word in _WORD.findall(text) if len(word) >= _SHORTEST)
            self._codes[text] = self._mentions.in_text(_CODE, b"LO", long) + self.bytes(text.encode())
        return self._codes[text]

    def bytes(self, data: bytes, *, numbers: bool = True, shortest: int = SHORTEST_PHRASE) -> list[str]:
        """The kinds whose phrases stand in bytes; without `numbers`, one of digits alone does not count.

        A phrase inside a run of bases (ACGTN) does not count either: somebody may be called Nagata.
        """
        low = GAP + data.lower() + GAP
        return [
            hit.kind
            for hit in self._needles.hits(low)
            if hit.characters >= shortest and (numbers or not hit.phrase.isdigit()) and not _is_sequence(low, hit)
        ]


def look(header: bytes, minted: Collection[str], rules: GenomeRules, search: Search) -> None:
    """The last look at a new header: raises GenomeHeld if it still names the subject.

    What was written anew, the usual contigs and plain numbers are left out.
    """
    said = (word[3:] if word[2:3] == ":" else word for word in _BETWEEN.split(header.decode("utf-8")))
    rest = [word for word in said if word not in minted and not word.isdigit() and not rules.fits("usual_contig", word)]
    if search.bytes(" ".join(rest).encode("utf-8")):
        raise GenomeHeld("RESIDUAL", "The new header still names the subject.")


def _is_sequence(low: bytes, hit: Found) -> bool:
    if not _BASES.issuperset(hit.phrase):
        return False
    before, after = low[hit.at - 1], low[hit.at + len(hit.phrase)]
    return before not in _LETTERS - _BASES and after not in _LETTERS - _BASES
