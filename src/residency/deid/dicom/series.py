"""One series, from its files to its cleaned files, or to the reason why not: the whole of this chapter in one call.

    result = deidentify_series(files, recipe, pseudonyms, Identity("SITE-A", "0042"))
    result.quarantine          None, or the Reason: then nothing comes out
    result.outputs             [("2.25.…/2.25.….dcm", data), …]

It never lets half a series through. Not here: what is stored, recorded and permitted (the acts of this chapter).
"""

from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from residency.deid.cores import cores
from residency.deid.dicom import ocr
from residency.deid.dicom.actions import Action
from residency.deid.dicom.burned import clean_pixels
from residency.deid.dicom.descriptors import Clean
from residency.deid.dicom.elements import PIXEL_DATA, Instance, Unreadable, read
from residency.deid.dicom.facepass import without_faces
from residency.deid.dicom.harvest import harvest
from residency.deid.dicom.headers import Scrubbed, cleaner, scrub
from residency.deid.dicom.kinds import held_kind, shows_a_picture
from residency.deid.dicom.pixels import burned_in_risk
from residency.deid.dicom.regions import reach_of
from residency.deid.dicom.residual import Hit, search
from residency.deid.identifiers import Identifiers, of_number
from residency.deid.pseudonyms import Identity, Names, canonical_id
from residency.deid.reason import Reason
from residency.deid.recipe import CLEAN_FACES, CLEAN_PIXELS, FULL_DATES, Recipe

_PATIENT_ID, _STUDY, _SERIES = 0x00100020, 0x0020000D, 0x0020000E
_IN_HEAD = {0x00020002: 0x00080016, 0x00020003: 0x00080018}
_FRAMES = 0x00280008
_KEPT_KINDS = {
    FULL_DATES: "date",
    "retain_uids": "uid",
    "retain_device_identity": "device",
    "retain_institution_identity": "institution",
}


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """Cleaned files with names made of new UIDs, or a reason; `counts` maps (tag, action) to how often."""

    received: int
    outputs: list[tuple[str, bytes]] = field(repr=False, default_factory=list)
    series: str = ""
    counts: Counter = field(default_factory=Counter)
    searched: Counter = field(default_factory=Counter)
    quarantine: Reason | None = None
    hits: tuple[Hit, ...] = ()


def deidentify_series(
    files: list[bytes],
    recipe: Recipe,
    pseudonyms: Names,
    identity: Identity,
    *,
    name: str = "",
    known: Identifiers | None = None,
    accepted: frozenset[str] = frozenset(),
    clean: Clean | None = None,
) -> SeriesResult:
    """All files of one series, cleaned and searched.

    `name` stands for a study or series UID that the files do not carry (the name under which they were taken in);
    `known` are identifiers of the same subject from elsewhere (other series, the subject table); `accepted` are codes
    of risks that a person has looked at for this series. RESIDUAL and UNREADABLE cannot be accepted. `clean` cleans
    descriptors; the product's own (`descriptors.Cleaner`) knows the subject's identifiers and drops them.
    """
    try:
        originals = [read(data) for data in files]
        whole = [_completed(original, name) for original in originals]
        reason = _refusal(whole, recipe, accepted)
        if reason is not None:
            return SeriesResult(len(files), quarantine=reason)
        seen = _all_seen(whole, recipe)
        reason = next((one.reason for one in seen if one.reason and one.reason.code not in accepted), None)
        bare = without_faces([one.instance for one in seen]) if recipe.defaces and reason is None else None
        if isinstance(bare, Reason) and bare.code not in accepted:
            reason = bare
        if reason is not None:
            return SeriesResult(len(files), quarantine=reason)
        if isinstance(bare, list):
            seen = [_bared(one, instance) for one, instance in zip(seen, bare, strict=True)]
        mine = harvest(originals) | of_number(identity.patient_id) | (known or Identifiers())
        sought = _sought(mine, recipe)
        text = clean or cleaner(recipe, pseudonyms, identity, sought)
        cleaned = [
            _scrubbed(one, lambda instance, done: scrub(instance, recipe, pseudonyms, identity, text=text, done=done))
            for one in seen
        ]
    except Unreadable as torn:
        return SeriesResult(len(files), quarantine=Reason(code="UNREADABLE", sentence=torn.message))
    except ValueError:  # one broken value stops its series and not the run; what it says may be a patient's
        sentence = "A value of a file is not what its kind allows."
        return SeriesResult(len(files), quarantine=Reason(code="UNREADABLE", sentence=sentence))
    return _searched(cleaned, sought)


def _completed(original: Instance, name: str) -> Instance:
    """The file with what its data set lacks: class and instance from the file's head, study and series by name."""
    stand_ins = {tag: value for head, tag in _IN_HEAD.items() for t, _, value, _ in original.meta if t == head}
    if name:
        stand_ins |= {_STUDY: f"study of {name}".encode(), _SERIES: f"series of {name}".encode()}
    missing = {tag: value for tag, value in stand_ins.items() if not original.get(tag)}
    if not missing:
        return original
    elements = [element for element in original.elements if element[0] not in missing]
    elements += [(tag, b"UI", value, 0) for tag, value in missing.items()]
    return replace(original, elements=sorted(elements, key=lambda element: element[0]))


@dataclass(frozen=True, slots=True)
class _Passed:
    """An object after the passes over its pixels: which were `done`, and how often something was painted over."""

    instance: Instance = field(repr=False)
    done: tuple[str, ...] = ()
    painted: int = 0
    reason: Reason | None = None


def _all_seen(originals: list[Instance], recipe: Recipe) -> list[_Passed]:
    """All objects after the pass for text: pictures as many at once as there are processors, films one by one."""
    films = any(one.get(_FRAMES).strip(b" \0") not in (b"", b"1") for one in originals)
    if not recipe.paints or films or len(originals) == 1:
        return [_seen(one, recipe) for one in originals]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(lambda one: _seen(one, recipe), originals))


def _seen(original: Instance, recipe: Recipe) -> _Passed:
    """The object after the pass for text; as it was where nothing says that it carries any."""
    if not recipe.paints:
        return _Passed(original)
    ocr.require()
    risk = burned_in_risk(original, frozenset({"FACE"})) if shows_a_picture(original) else None
    if risk is None or risk.code != "BURNED-IN":
        return _Passed(original)
    seen = clean_pixels(original, recipe)
    return _Passed(seen.instance, () if seen.reason else (CLEAN_PIXELS,), seen.painted, seen.reason)


def _bared(passed: _Passed, instance: Instance) -> _Passed:
    """The same after the pass for faces, which was done for all of its series."""
    before, after = ([e[2] for e in one.elements if e[0] == PIXEL_DATA] for one in (passed.instance, instance))
    cut = before != after
    return replace(passed, instance=instance, done=(*passed.done, CLEAN_FACES), painted=passed.painted + cut)


def _scrubbed(passed: _Passed, scrubbing: Callable[[Instance, Collection[str]], Scrubbed]) -> Scrubbed:
    scrubbed = scrubbing(passed.instance, passed.done)
    if passed.painted:
        scrubbed.counts[PIXEL_DATA, Action.BLANK] += passed.painted
    return scrubbed


def _sought(identifiers: Identifiers, recipe: Recipe) -> Identifiers:
    """What the recipe keeps on purpose is no residue."""
    return identifiers.without(*(kind for option, kind in _KEPT_KINDS.items() if recipe.keeps(option)))


def _searched(cleaned: list[Scrubbed], mine: Identifiers) -> SeriesResult:
    counts: Counter = Counter()
    for one in cleaned:
        counts.update(one.counts)
    said = {"counts": counts, "searched": mine.kinds()}
    hits = search(((one.data, one.minted) for one in cleaned), mine)
    if hits:
        sentence = "The search found the subject's own identifiers left in the cleaned files."
        reason = Reason(code="RESIDUAL", sentence=sentence)
        return SeriesResult(len(cleaned), quarantine=reason, hits=tuple(hits), **said)
    outputs = [(f"{one.series}/{one.instance}.dcm", one.data) for one in cleaned]
    if len({name for name, _ in outputs}) < len(outputs):
        return SeriesResult(len(cleaned), quarantine=Reason(code="DUPLICATE", sentence="Two files are one instance."))
    return SeriesResult(len(cleaned), outputs, cleaned[0].series if cleaned else "", **said)


def _refusal(originals: list[Instance], recipe: Recipe, accepted: frozenset[str]) -> Reason | None:
    subjects = {canonical_id(original.get(_PATIENT_ID).decode("latin-1")) for original in originals}
    if len(subjects) > 1:
        return Reason(code="SUBJECT-MIXED", sentence=f"The files of the series name {len(subjects)} subjects.")
    passed_later = {code for code, asked in (("BURNED-IN", recipe.paints), ("FACE", recipe.defaces)) if asked}
    reach = reach_of(originals)
    for original in originals:
        if shows_a_picture(original):
            reason = burned_in_risk(original, accepted | passed_later, reach)
        else:
            reason = held_kind(original, recipe, accepted)
        if reason is not None:
            return reason
    return None
