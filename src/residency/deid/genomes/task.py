"""What the pass over one file is handed: the rules, the names, what is known of its subjects, and where bytes go.

Not here: the passes themselves (`vcf`, `bcf`, `sam`, `bam`, `cram`, `fastq`) and who starts them (`scrub`).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from residency.deid.genomes.naming import Cast, stem
from residency.deid.genomes.read_names import ReadNames
from residency.deid.genomes.rules import GenomeRules
from residency.deid.genomes.search import Search, look, of_file
from residency.deid.identifiers import Identifiers


@dataclass(frozen=True, slots=True)
class Task:
    """One file's work. `write` takes plain bytes; whatever compresses them stands behind it."""

    name: str = field(repr=False)
    rules: GenomeRules
    cast: Cast = field(repr=False)
    known: Identifiers = field(repr=False)
    write: Callable[[bytes], object] = field(repr=False)
    reference: Path | None = None
    counts: Counter = field(default_factory=Counter)

    def search(self) -> Search:
        """The search for all that is known, and all that the file's header and its own name say."""
        own = stem(self.name)
        telling = any(map(str.isdigit, own)) and not any(self.rules.fits(s, own) for s in ("usual_contig", "assembly"))
        return Search(self.known | of_file(self.cast.originals | ({own} if telling else set()), self.rules))

    def look(self, header: bytes, search: Search) -> None:
        """The last look at the new header. Raises GenomeHeld."""
        look(header, self.cast.minted, self.rules, search)

    def read_names(self) -> ReadNames:
        """The names of the reads of this file's subject."""
        return ReadNames(self.cast.key())
