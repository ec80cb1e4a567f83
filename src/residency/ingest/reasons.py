"""Every reason for which intake holds something back: what it says, and what accepting it means.

    REASONS["MISSING-SLICE"].says      "{n} series lack slices between their first and their last."

Order is rank: a series with several faults is held for the first. Not here: finding faults (`dicom`, `geometry`,
`labels`, `series`), and the reasons of de-identification.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """`says` is a sentence about {n}; `accepting` says what enters then, empty if it can only be rejected."""

    says: str
    accepting: str = ""

    @property
    def acceptable(self) -> bool:
        """Whether a person may let it through."""
        return bool(self.accepting)


_AS_IT_IS = "The series goes in as it is."

REASONS: dict[str, Reason] = {
    "NOT-REGULAR": Reason("{n} entries are links, pipes or devices, which are never followed or opened."),
    "UNREADABLE": Reason("{n} files could not be read: the disk, the permissions or the encoding are at fault."),
    "TOO-LARGE": Reason("{n} files or series are larger than one intake takes in at once."),
    "NOT-DICOM": Reason("{n} files are not DICOM."),
    "TRUNCATED": Reason("{n} series or files hold an instance that ends before its pixels do."),
    "OBJECT-NOT-SUPPORTED": Reason("{n} series or files hold objects that are no images."),
    "WITHDRAWN": Reason("{n} series are of subjects who have withdrawn."),
    "SUBJECT-MIXED": Reason("{n} series name more than one patient."),
    "NO-SUBJECT": Reason("{n} series name no patient, nor does the subject table for their folder."),
    "LABEL-WITHOUT-SERIES": Reason("{n} label maps belong to no series, or to one that has its label map already."),
    "LABEL-UNREADABLE": Reason(
        "{n} series have a label map that is no NIfTI or is cut short.",
        "The series goes in; its label map is left out and counted as excluded.",
    ),
    "LABEL-GEOMETRY": Reason(
        "{n} series have a label map that lies on another grid.",
        "The series goes in; its label map is left out and counted as excluded.",
    ),
    "MIXED-OBJECTS": Reason(
        "{n} series mix objects of several classes.",
        "The objects of the most frequent class go in; the others are left out and counted as excluded.",
    ),
    "LOCALIZER": Reason(
        "{n} series hold localizer images.",
        "The series goes in; its localizers are left out and counted as excluded.",
    ),
    "DUPLICATE-SLICE": Reason(
        "{n} series hold one instance or one position more than once.",
        "The first of each goes in; the repeats are left out and counted as excluded.",
    ),
    "NO-GEOMETRY": Reason("{n} series do not say where their slices lie.", _AS_IT_IS),
    "MIXED-ORIENTATION": Reason("{n} series have slices that are not parallel.", _AS_IT_IS),
    "MISSING-SLICE": Reason("{n} series lack slices between their first and their last.", _AS_IT_IS),
    "SPACING-CONTRADICTS": Reason("{n} series contradict themselves on pixel size, extent or distance.", _AS_IT_IS),
}
