"""Recipe: what is done to each attribute, as data with a version and a digest.

    recipe = load_recipe("basic", "shift-dates")         the profiles of a study.yaml, in their order
    recipe = load_recipe("site/our-ct.yaml")             a file of the site's own

A recipe starts from the Basic Profile of PS3.15 Table E.1-1, applies option columns of that table over it, then single
overrides, each with its reason, and lists the private elements that may stay, by creator. Two more options of the
standard are no column but a pass over the pixels: a recipe may ask for one as soon as `PASSES_READY` names it. It
refuses what this chapter cannot do. Not here: the doing (`dicom.headers`).
"""

import difflib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from residency.deid.ps315 import edition, rows
from residency.errors import BadInput, Missing
from residency.kernel.digest import digest_of
from residency.kernel.documents import YamlBroken, parse_yaml
from residency.kernel.record import Part

FULL_DATES, MODIFIED_DATES = "retain_longitudinal_full_dates", "retain_longitudinal_modified_dates"
CLEAN_DESCRIPTORS, CLEAN_CONTENT = "clean_descriptors", "clean_structured_content"
CLEAN_GRAPHICS, SAFE_PRIVATE = "clean_graphics", "retain_safe_private"
METHOD_CODES = {
    CLEAN_GRAPHICS: ("113103", "Clean Graphics Option"),
    CLEAN_CONTENT: ("113104", "Clean Structured Content Option"),
    CLEAN_DESCRIPTORS: ("113105", "Clean Descriptors Option"),
    FULL_DATES: ("113106", "Retain Longitudinal Temporal Information Full Dates Option"),
    MODIFIED_DATES: ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    "retain_patient_characteristics": ("113108", "Retain Patient Characteristics Option"),
    "retain_device_identity": ("113109", "Retain Device Identity Option"),
    "retain_uids": ("113110", "Retain UIDs Option"),
    SAFE_PRIVATE: ("113111", "Retain Safe Private Option"),
    "retain_institution_identity": ("113112", "Retain Institution Identity Option"),
}
"""The option columns that a recipe may name, with their codes (PS3.16 CID 7050)."""
CLEAN_PIXELS, CLEAN_FACES = "clean_pixel_data", "clean_recognizable_visual_features"
PASS_CODES = {
    CLEAN_PIXELS: ("113101", "Clean Pixel Data Option"),
    CLEAN_FACES: ("113102", "Clean Recognizable Visual Features Option"),
}
"""The options that are done to pixels (PS3.15 E.3.1, E.3.2); their codes are written where `scrub` is told `done`."""
PASSES_READY: frozenset[str] = frozenset((CLEAN_PIXELS, CLEAN_FACES))
"""The passes over pixels that this version has: a recipe may ask for these. Whoever builds a pass adds its name."""
BASIC_CODE = ("113100", "Basic Application Confidentiality Profile")

Tag = Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{4},[0-9A-F]{4}$")]


_Pixels = Annotated[int, Field(ge=0)]
Mark = Annotated[str, StringConstraints(min_length=1, max_length=4)]


class RecipeUnknown(Missing):
    """No recipe of this name comes with the product, and no file has this path."""


class RecipeWrong(BadInput):
    """A recipe's file says something that cannot be followed."""


class Override(Part):
    """Another action for one attribute: X remove, Z empty, D dummy, U new UID, K keep; with the reason."""

    tag: Tag
    action: Literal["X", "Z", "D", "U", "K"]
    because: Annotated[str, StringConstraints(min_length=10)]


class PrivateElement(Part):
    """One private element that may stay: its creator, group, the low byte of its element number, and its VR."""

    creator: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    group: Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{3}[13579BDF]$")]
    offset: Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{2}$")]
    vr: Literal["AT", "CS", "DS", "FD", "FL", "IS", "SH", "SL", "SS", "SQ", "UL", "US"]
    because: Annotated[str, StringConstraints(min_length=10)]


class Band(Part):
    """A part of every picture of a machine that is painted over unseen: top, left, bottom, right; 0 is the far edge.

    Names match where the file's contain them; rows and columns of 0 match every size.
    """

    manufacturer: Annotated[str, StringConstraints(min_length=1)]
    model: str = ""
    rows: _Pixels = 0
    columns: _Pixels = 0
    box: tuple[_Pixels, _Pixels, _Pixels, _Pixels]
    because: Annotated[str, StringConstraints(min_length=10)]


class Recipe(Part):
    """Profiles joined: their names and versions, and what they ask for together."""

    name: str
    versions: tuple[tuple[str, int], ...]
    edition: str
    options: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    private: tuple[PrivateElement, ...] = ()
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()

    def digest(self) -> str:
        """Digest of everything that the recipe says, the edition of the table included."""
        return digest_of(self.model_dump(mode="json"))

    def keeps(self, option: str) -> bool:
        """Whether this option column is applied."""
        return option in self.options

    @property
    def years_only(self) -> bool:
        """Whether no date stays or is shifted: then codes are drawn, too, and not derived (164.514(b)(2), (c))."""
        return not (self.keeps(FULL_DATES) or self.keeps(MODIFIED_DATES))

    @property
    def keeps_more(self) -> bool:
        """Whether it keeps attributes beyond the table and the private elements that come with the product."""
        kept = any(override.action == "K" for override in self.overrides)
        return kept or not {_told(element) for element in self.private} <= _shipped_private()

    @property
    def paints(self) -> bool:
        """Whether text in pictures is painted over (PS3.15 E.3.1)."""
        return CLEAN_PIXELS in self.passes

    @property
    def defaces(self) -> bool:
        """Whether faces are taken off heads (PS3.15 E.3.2)."""
        return CLEAN_FACES in self.passes


class _Profile(Part):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    profiles: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    private: tuple[PrivateElement, ...] = ()
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()


def load_recipe(*names: str | Path) -> Recipe:
    """The recipe made of these profiles (names or paths), in their order; "basic" must be among them."""
    profiles: dict[str, _Profile] = {}
    for name in names:
        _gather(str(name), profiles)
    if "basic" not in profiles:
        raise RecipeWrong("The recipe leaves out 'basic'.", remedy="Name it first: [basic, …].")
    options = dict.fromkeys(option for profile in profiles.values() for option in profile.options)
    private = tuple(element for profile in profiles.values() for element in profile.private)
    if private:
        options[SAFE_PRIVATE] = None
    elif SAFE_PRIVATE in options:
        raise RecipeWrong("Safe private elements are kept, but none is listed.", remedy="Add the profile safe-private.")
    if {FULL_DATES, MODIFIED_DATES} <= set(options):
        raise RecipeWrong("Dates cannot be kept and shifted in one recipe.", remedy="Choose one of the two.")
    return Recipe(
        name="+".join(profiles),
        versions=tuple((profile.name, profile.version) for profile in profiles.values()),
        edition=edition(),
        options=tuple(options),
        passes=tuple(dict.fromkeys(name for profile in profiles.values() for name in profile.passes)),
        overrides=tuple(override for profile in profiles.values() for override in profile.overrides),
        private=private,
        marks=tuple(dict.fromkeys(mark for profile in profiles.values() for mark in profile.marks)),
        bands=tuple(band for profile in profiles.values() for band in profile.bands),
    )


def _told(element: PrivateElement) -> tuple[str, ...]:
    return element.creator, element.group, element.offset, element.vr


@cache
def _shipped_private() -> frozenset[tuple[str, ...]]:
    return frozenset(_told(element) for element in _parse("safe-private", _text("safe-private")).private)


def recipe_names() -> list[str]:
    """The profiles that come with the product."""
    return sorted(path.name.removesuffix(".yaml") for path in _shipped().iterdir() if path.name.endswith(".yaml"))


def _gather(name: str, profiles: dict[str, _Profile]) -> None:
    """The profile, after those that it names itself."""
    if name in profiles:
        return
    profile = _parse(name, _text(name))
    for inner in profile.profiles:
        if inner == name:
            raise RecipeWrong(f"The profile '{name}' names itself.")
        _gather(inner, profiles)
    profiles[profile.name] = profile


def _text(name: str) -> str:
    if re.fullmatch(r"[a-z0-9-]+", name):
        if name in recipe_names():
            return _shipped().joinpath(f"{name}.yaml").read_text("utf-8")
        raise RecipeUnknown(f"There is no recipe '{name}'.", remedy=_did_you_mean(name, recipe_names()))
    try:
        return Path(name).read_text("utf-8")
    except OSError as error:
        raise RecipeUnknown(f"The recipe file '{name}' cannot be read ({error.strerror}).") from error


def _parse(name: str, text: str) -> _Profile:
    try:
        document = parse_yaml(text)
        _check_keys(name, document, _Profile)
        profile = _Profile.model_validate(document)
    except YamlBroken as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise RecipeWrong(f"The recipe '{name}' is no YAML at line {line}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise RecipeWrong(f"The recipe '{name}' is wrong at '{place}': {first['msg']}.") from error
    _check_facts(name, profile)
    return profile


def _check_keys(name: str, document: Any, model: type[Part]) -> None:
    if not isinstance(document, dict):
        raise RecipeWrong(f"The recipe '{name}' is no mapping of keys to values.")
    for key in document:
        if key not in model.model_fields:
            raise RecipeWrong(
                f"The recipe '{name}' has an unknown key '{key}'.", remedy=_did_you_mean(str(key), model.model_fields)
            )
    for part, inner in (("overrides", Override), ("private", PrivateElement), ("bands", Band)):
        for entry in document.get(part) or () if model is _Profile else ():
            _check_keys(f"{name}: {part}", entry, inner)


def _check_facts(name: str, profile: _Profile) -> None:
    for asked, known in ((profile.options, METHOD_CODES), (profile.passes, PASSES_READY)):
        for option in asked:
            if option not in known:
                raise RecipeWrong(
                    f"The recipe '{name}' asks for the option '{option}', which is not done here.",
                    remedy=_did_you_mean(option, known) if known else "No pass over pixels is there yet.",
                )
    for override in profile.overrides:
        if override.action == "K" and rows().get(override.tag) and rows()[override.tag].basic == "U":
            raise RecipeWrong(f"The recipe '{name}' keeps the UID ({override.tag}) alone.", remedy="Use retain_uids.")


def _did_you_mean(word: str, known: Any) -> str:
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(sorted(known))}."


def _shipped() -> Any:
    return files("residency.deid").joinpath("recipes")
