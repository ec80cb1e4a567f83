"""NoteRules: what is done to each kind of identifier in a note, as data with a version and a digest.

    rules = load_note_rules("notes")                 tags, ages from 90 as one, dates moved
    rules = load_note_rules("notes-surrogates")      names and numbers of nobody instead of tags
    rules = load_note_rules("site/our-notes.yaml")   a file of the site's own

Every rule cites its letter of 164.514(b)(2)(i). A kind that no rule names is removed; a kind is kept only with a reason
in the file. Where only years may stay is no matter of this file but of the subject's dates. Not here: the doing
(`scrub`), the recipes for other data (`deid.recipe`).
"""

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from residency.deid.notes.spans import LETTERS, Kind
from residency.deid.recipe import RecipeUnknown, RecipeWrong
from residency.kernel.digest import digest_of
from residency.kernel.documents import YamlBroken, parse_yaml
from residency.kernel.record import Part

Action = Literal["tag", "surrogate", "move", "join", "keep"]


class KindRule(Part):
    """What becomes of some kinds: a tag, a surrogate, moved (dates), joined (ages from 90), or kept with a reason."""

    kinds: tuple[Kind, ...]
    letter: Annotated[str, StringConstraints(pattern=r"^[A-R]$")]
    action: Action
    because: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for kind in self.kinds:
            if LETTERS[kind] != self.letter:
                raise ValueError(f"{kind} is letter {LETTERS[kind]} of 164.514(b)(2)(i)")
            if self.action in ("move", "join") and kind != {"move": "date", "join": "age"}[self.action]:
                raise ValueError(f"only dates are moved and only ages joined, not {kind}")
        if self.action == "keep" and len(self.because) < 10:
            raise ValueError("what is kept needs a reason")
        return self


class NoteRules(Part):
    """The rules for notes. `day_first` says how 03/04 is read; None: as the clear dates of each note say."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Annotated[int, Field(ge=1)]
    data: Literal["notes"]
    day_first: bool | None = None
    rules: tuple[KindRule, ...] = ()

    def action(self, kind: Kind) -> Action:
        """What is done to a kind: the last rule that names it; a tag if none does."""
        return next((rule.action for rule in reversed(self.rules) if kind in rule.kinds), "tag")

    def digest(self) -> str:
        """Digest of all that the rules say."""
        return digest_of(self.model_dump(mode="json"))


def load_note_rules(name: str | Path) -> NoteRules:
    """The rules of this name that come with the product, or of this file; RecipeUnknown, RecipeWrong."""
    name = str(name)
    folder = files("residency.deid").joinpath("recipes", "notes")
    shipped = folder.joinpath(f"{name}.yaml") if re.fullmatch(r"notes[a-z0-9-]*", name) else None
    try:
        text = shipped.read_text("utf-8") if shipped else Path(name).read_text("utf-8")
    except OSError as error:
        raise RecipeUnknown(
            f"There are no rules for notes '{name}'.", remedy="Known: notes, notes-surrogates."
        ) from error
    try:
        return NoteRules.model_validate(parse_yaml(text))
    except YamlBroken as error:
        raise RecipeWrong(f"The rules '{name}' are no YAML.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise RecipeWrong(f"The rules '{name}' are wrong at '{place}': {first['msg']}.") from error
