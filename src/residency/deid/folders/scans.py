"""NIfTI in a folder: images with what lies beside them by name, and the tables of BIDS.

    scans = Scans(source, found.files["nifti"], people)
    for group in scans.groups: result = scans.clean(group, known, faces=True)

A label of BIDS ("sub-0042") is an identifier as any other: by itself where it is the only kind of the folder, else by
the crosswalk, or where it is a patient's number. A file without a label is whose its path says. Not here: headers,
sidecars, names, faces (`deid.nifti`).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from residency.deid.folders.outcome import Result
from residency.deid.folders.people import People
from residency.deid.folders.sorting import stem_of
from residency.deid.identifiers import Identifiers
from residency.deid.nifti.names import new_name
from residency.deid.nifti.rows import clean_numbers, clean_rows
from residency.deid.nifti.scan import Scan, clean_nifti
from residency.deid.nifti.sidecar import Cleaned, SidecarUnreadable
from residency.deid.pseudonyms import Alias
from residency.deid.reason import Reason
from residency.deid.search import Unsearchable, search_file

_LABEL = re.compile(r"(?:^|[/_])sub-([A-Za-z0-9+]+)(?=[/_.]|$)")
_NO_SUBJECT = Reason(
    code="NO-SUBJECT", sentence="Neither name nor path of the scan nor the crosswalk says whose it is."
)
_SEVERAL = Reason(code="SUBJECT-MIXED", sentence="The path of the scan names several subjects.")
_NO_FORM = Reason(code="UNREADABLE", sentence="A file beside the scan is not in the format that it seems to be in.")
_NO_RULE = Reason(code="OBJECT-NOT-SUPPORTED", sentence="The files of one name are not one scan.")
_LEFT = Reason(code="RESIDUAL", sentence="The search found the subject's own identifiers left beside the scan.")


class Scans:
    """The scans of one folder; each group is the files of one name, or one table."""

    def __init__(self, source: Path, paths: Sequence[Path], people: People) -> None:
        self._source, self._people = source, people
        groups: dict[tuple[Path, str], list[Path]] = defaultdict(list)
        for path in paths:
            groups[path.parent, path.name if path.suffix == ".tsv" else stem_of(path)].append(path)
        self.groups = list(groups.values())

    @staticmethod
    def labels(paths: Sequence[Path]) -> set[str]:
        """The labels by which BIDS names subjects, of paths below the folder."""
        return {label for path in paths for label in _LABEL.findall(path.as_posix())}

    def clean(self, group: Sequence[Path], known: Mapping[str, Identifiers], *, faces: bool) -> Result:
        """The files of one name; `faces` says that they are to be taken off, where they are not held back for it."""
        place = group[0].relative_to(self._source)
        if place.name.lower() == "participants.tsv":
            return self._participants(group[0], place, known)
        labels = set(_LABEL.findall(place.as_posix()))
        if len(labels) > 1:
            return Result("nifti", len(group), quarantine=_SEVERAL)
        subject = self._owner(place, next(iter(labels), ""))
        if subject is None:
            return Result("nifti", len(group), quarantine=_NO_SUBJECT)
        mine = known.get(subject.code, Identifiers())
        try:
            if place.suffix.lower() == ".tsv":
                made = clean_rows(group[0].read_bytes(), self._row_of(subject, labels))
                return _searched([(new_name(place.as_posix(), subject), made)], mine)
            return self._scan(group, place, subject, mine, faces=faces)
        except SidecarUnreadable:
            return Result("nifti", len(group), quarantine=_NO_FORM)

    def _scan(self, group: Sequence[Path], place: Path, subject: Alias, mine: Identifiers, *, faces: bool) -> Result:
        parts = {path.name[len(stem_of(path)) :].lower().removesuffix(".gz"): path for path in group}
        image = next((end for end in (".nii", ".hdr") if end in parts), None)
        if image is None or len(parts) < len(group) or (".img" in parts) != (image == ".hdr"):
            return Result("nifti", len(group), quarantine=_NO_RULE)
        data = {end: path.read_bytes() for end, path in parts.items()}
        name = parts[image].relative_to(self._source).as_posix()
        scan = Scan(name, data[image], data.get(".img"), data.get(".json"))
        made = clean_nifti(scan, subject, faces=faces)
        if isinstance(made, Reason):
            return Result("nifti", len(group), quarantine=made)
        lists = [end for end in (".bval", ".bvec") if end in data]
        beside = [(self._beside(parts[end], subject), clean_numbers(data[end])) for end in lists]
        if made.sidecar is not None:
            side = Cleaned(made.sidecar, made.counts, made.minted)
            beside.append((self._beside(parts[".json"], subject), side))
        found = _searched(beside, mine)
        if found.quarantine is not None:
            return Result("nifti", len(group), quarantine=found.quarantine)
        outputs = [(f"nifti/{made.name}", made.data), *found.outputs]
        if made.voxels is not None:
            outputs.append((f"nifti/{self._beside(parts['.img'], subject)}", made.voxels))
        return Result("nifti", len(group), made.counts, outputs=outputs)

    def _participants(self, path: Path, place: Path, known: Mapping[str, Identifiers]) -> Result:
        """The table of everybody; rows of nobody known go. It is the only one of its name."""
        try:
            aliases: dict[str, Alias] = {}

            def alias_of(label: str) -> Alias | None:
                alias = self._owner(Path(f"sub-{label}"), label) if label else None
                return aliases.setdefault(alias.code, alias) if alias else None

            made = clean_rows(path.read_bytes(), alias_of)
        except SidecarUnreadable:
            return Result("nifti", 1, quarantine=_NO_FORM)
        everyone = Identifiers()
        for code in aliases:
            everyone = everyone | known.get(code, Identifiers())
        return _searched([("participants.tsv", made)], everyone)

    def _row_of(self, subject: Alias, labels: set[str]):
        """Rows of a table of one subject: those that name another go."""
        return lambda label: subject if not label or {label} == labels else None

    def _owner(self, place: Path, label: str) -> Alias | None:
        if not label:
            return self._people.owner(place)
        return self._people.named_in(place) or self._people.who("bids", label)

    def _beside(self, path: Path, subject: Alias) -> str | None:
        return new_name(path.relative_to(self._source).as_posix(), subject)


def _searched(files: Sequence[tuple[str | None, Cleaned]], known: Identifiers) -> Result:
    """Texts for the output, if nothing of the subject is found in them."""
    counts: Counter = Counter()
    for name, made in files:
        counts.update(made.counts)
        try:
            hits = search_file(made.data, known, minted=[word.decode() for word in made.minted])
        except Unsearchable:
            return Result("nifti", len(files), quarantine=_NO_FORM)
        if name is None or hits:
            return Result("nifti", len(files), counts, quarantine=_LEFT)
    return Result("nifti", len(files), counts, outputs=[(f"nifti/{name}", made.data) for name, made in files])
