"""What class cleaned data of genomics have, and the sentence that says so wherever they are shown.

    class_of_genomes(determined=False)   ->  "limited"

Names go; genotypes stay, and a few dozen of them single out one person among all (164.514(b)(2)(i)(R): any other unique
identifying characteristic). So nothing here is ever Safe Harbor: the class is `limited` at best, and falls further only
through a named expert's determination bound to the output (164.514(b)(1)). Not here: the determination (`determine`).
"""

from typing import Literal

STANDING = (
    "Names of samples, reads, files and paths were taken out; the genotypes were not changed and identify a person. "
    "The data are a limited data set at best until an expert determines otherwise."
)
"""For the report and for every page on which these data are named."""


def class_of_genomes(*, determined: bool) -> Literal["limited", "deidentified"]:
    """The class of cleaned data; `determined` if an expert's determination is bound to exactly this output."""
    return "deidentified" if determined else "limited"
