"""The new names in one file: of samples, read groups, libraries and platform units, and of the file itself.

    cast = Cast(who, subject)
    cast.sample("SMITH_J_blood")            ->  "A7Q2…-K3F9TM"      the subject's code, and a mark of the specimen
    cast.file_name("SMITH_J.g.vcf.gz")      ->  "A7Q2…-2HX0QD4M.g.vcf.gz"

A sample has one new name in every file of the project; what stands before the hyphen is its subject. It refuses a
sample that the crosswalk does not know, and two samples that would get one name. Not here: names of reads
(`read_names`).
"""

import re
from collections.abc import Callable

from residency.deid.genomes.refusals import GenomeHeld
from residency.deid.pseudonyms import Alias

Who = Callable[[str], Alias | None]
"""The crosswalk: whose sample this is; None if nobody knows."""

_MARK, _LONGER_MARK = 6, 8
_ENDINGS = re.compile(
    r"(?:\.g)?\.vcf(?:\.b?gz)?$|(?:\.g)?\.bcf$|\.(?:sam|bam|cram)$|\.(?:fastq|fq)(?:\.gz)?$", re.IGNORECASE
)
_MATE = re.compile(r"(?:[_.]R?(?P<mate>[12]))(?P<rest>_\d{3})?$")


class Cast:
    """Who is who in one file. `minted` is all that was written anew; `originals` all that it stands for."""

    def __init__(self, who: Who, subject: Alias | None = None) -> None:
        self._who, self._subject = who, subject
        self._given: dict[str, str] = {}
        self.aliases: dict[str, Alias] = {}
        self.minted: set[str] = set()
        self.originals: set[str] = set()
        if subject is not None:
            self.aliases[subject.code] = subject

    def sample(self, original: str) -> str:
        """The new name of a sample of this file. Raises GenomeHeld (NO-SUBJECT, DUPLICATE)."""
        alias = self._who(original)
        self.originals.add(original)
        if alias is None:
            raise GenomeHeld("NO-SUBJECT", "The crosswalk knows no subject for a sample.", remedy="Add the sample.")
        self.aliases[alias.code] = alias
        return self._named(original, alias)

    def mentioned(self, original: str) -> str | None:
        """The new name of a sample that a header speaks of; None if nobody knows whose it is."""
        alias = self._who(original)
        self.originals.add(original)
        return None if alias is None else self._named(original, alias)

    def _named(self, original: str, alias: Alias) -> str:
        name = f"{alias.code}-{alias.names.thing('sample', original)[:_MARK]}"
        if self._given.setdefault(name, original) != original:
            raise GenomeHeld("DUPLICATE", "Two samples of the file would get one name.")
        return self._written(name)

    def thing(self, kind: str, original: str, *, within: str = "") -> str:
        """The code of a read group, a library or a platform unit; `within` is what it is one of."""
        self.originals.add(original)
        whole = f"{within}/{original}" if within else original
        return self._written(self._anyone().names.thing(kind, whole)[:_LONGER_MARK])

    def date(self, text: str) -> str | None:
        """A date under the subject's rule; None in a file of several subjects, or if it is no date."""
        if len(self.aliases) != 1:
            return None
        moved = self._anyone().dates.text(text)
        return None if moved is None else self._written(moved)

    def key(self) -> bytes:
        """The secret under which reads get their names: of the subject, or of all subjects of the file together."""
        everyone = "+".join(sorted(self.aliases))
        names = self._anyone().names
        return "".join(names.thing("read names", f"{everyone}/{part}") for part in range(4)).encode("ascii")

    def settle(self, file_name: str) -> None:
        """Make sure that the file is somebody's: if its data name no sample, its own name must."""
        if not self.aliases:
            self.sample(stem(file_name))

    def file_name(self, original: str, ending: str) -> str:
        """The new name of the file: whose it is, a mark of the old name, the mate of a pair, the ending."""
        mate = _mate(original)
        codes = sorted(self.aliases)
        owner = codes[0] if len(codes) == 1 else f"subjects-{len(codes)}"
        return f"{owner}-{self.thing('genome file', stem(original))}{mate}{ending}"

    def _anyone(self) -> Alias:
        return self._subject or self.aliases[min(self.aliases)]

    def _written(self, name: str) -> str:
        self.minted.add(name)
        return name


def ending(name: str, otherwise: str) -> str:
    """The ending under which a file is known, in small letters: ".g.vcf.gz"; `otherwise` if it has another."""
    found = _ENDINGS.search(name)
    return found[0].lower() if found else otherwise


def stem(name: str) -> str:
    """The file's name without folder, ending and mate: the same for both files of a pair."""
    bare = re.split(r"[/\\]", name)[-1]
    bare = _ENDINGS.sub("", bare)
    return _MATE.sub(lambda found: found["rest"] or "", bare) if _is_fastq(name) else bare


def _mate(name: str) -> str:
    bare = _ENDINGS.sub("", name)
    found = _MATE.search(bare) if _is_fastq(name) else None
    return f"_R{found['mate']}" if found else ""


def _is_fastq(name: str) -> bool:
    return re.search(r"\.(?:fastq|fq)(?:\.gz)?$", name, re.IGNORECASE) is not None
