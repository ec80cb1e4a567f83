"""What the files of a BIDS folder are called from now on.

    new_name("sub-MAYER/ses-20240301/anat/sub-MAYER_ses-20240301_acq-drk_T1w.nii.gz", alias)
        ->  "sub-CODE/ses-…/anat/sub-CODE_ses-…_acq-…_T1w.nii.gz"

The parts of a name follow `bids.yaml`; folders, kinds and endings must be words of BIDS. Every other name becomes one
of the subject's code and a code of the old name. Not here: what is in the files.
"""

import re

from residency.deid.nifti.rules import Rule, rule_of
from residency.deid.pseudonyms import Alias

ENDINGS = (".nii.gz", ".nii", ".hdr.gz", ".hdr", ".img.gz", ".img", ".json", ".tsv.gz", ".tsv", ".bval", ".bvec")
_FOLDERS = frozenset(["anat", "func", "dwi", "fmap", "perf", "pet", "ct"])
MR_KINDS = frozenset(
    [
        "T1w",
        "T2w",
        "PDw",
        "PDT2",
        "T2starw",
        "FLAIR",
        "inplaneT1",
        "inplaneT2",
        "angio",
        "UNIT1",
        "T1map",
        "T2map",
        "T2starmap",
        "R1map",
        "MTRmap",
        "MEGRE",
        "MESE",
        "MP2RAGE",
        "defacemask",
        "bold",
        "sbref",
        "cbv",
        "phase",
        "dwi",
        "asl",
        "m0scan",
        "epi",
        "phasediff",
        "phase1",
        "phase2",
        "magnitude",
        "magnitude1",
        "magnitude2",
        "fieldmap",
    ]
)
_KINDS = MR_KINDS | frozenset(["ct", "pet", "scans", "sessions", "participants", "events", "aslcontext", "blood"])
_LABEL = re.compile(r"[A-Za-z0-9+]+")


def new_name(path: str, alias: Alias) -> str | None:
    """The path under the subject's new name, with "/" between folders; None if its ending is none of BIDS."""
    *folders, last = path.replace("\\", "/").split("/")
    ending = next((known for known in ENDINGS if last.lower().endswith(known)), None)
    if ending is None:
        return None
    stem = _stem(last[: -len(ending)], alias)
    places = [_folder(folder, alias) for folder in folders if folder not in ("", ".")]
    if stem is None or None in places:
        return f"sub-{alias.code}/sub-{alias.code}_file-{_coded(alias, 'file', path)}{ending}"
    return "/".join([*(place for place in places if place), stem + ending])


def kind_of(path: str) -> str:
    """The kind that the name ends with ("T1w"), if it is one of BIDS; else an empty text."""
    last = path.replace("\\", "/").rsplit("/", 1)[-1]
    ending = next((known for known in ENDINGS if last.lower().endswith(known)), "")
    kind = last[: len(last) - len(ending)].rsplit("_", 1)[-1]
    return kind if kind in _KINDS else ""


def session(label: str, alias: Alias) -> str:
    """The label of a session: a short number stays; any other becomes a code of this subject's."""
    return label if re.fullmatch(r"\d{1,2}", label) else _coded(alias, "session", f"{alias.code}/{label}")


def _stem(stem: str, alias: Alias) -> str | None:
    *entities, kind = stem.split("_")
    if kind not in _KINDS:
        return None
    new = [_entity(entity, alias) for entity in entities]
    if None in new or not (new and str(new[0]).startswith("sub-")):
        return None
    return "_".join([*(str(entity) for entity in new), kind])


def _folder(folder: str, alias: Alias) -> str | None:
    if folder in _FOLDERS:
        return folder
    return _entity(folder, alias) if folder.startswith(("sub-", "ses-")) else None


def _entity(entity: str, alias: Alias) -> str | None:
    """One "key-label", or None if the key is no entity that the rules know."""
    key, _, label = entity.partition("-")
    rule = rule_of("name", key)
    if rule is None or not _LABEL.fullmatch(label):
        return None
    return f"{key}-{_label(rule, key, label, alias)}"


def _label(rule: Rule, key: str, label: str, alias: Alias) -> str:
    if rule.may == "subject":
        return alias.code
    if rule.may == "session":
        return session(label, alias)
    number = rule.may == "number" and re.fullmatch(r"\d{1,3}", label)
    return label if number or label in rule.terms else _coded(alias, key, label)


def _coded(alias: Alias, kind: str, original: str) -> str:
    return alias.names.thing(f"bids {kind}", original)[:12]
