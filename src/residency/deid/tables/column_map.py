"""A map of the columns of one kind of CSV: what each is, and which one says whose a row is.

    chart = load_map("site/labs.yaml")

    table: labs
    version: 1
    subject: {column: mrn, called: mrn}
    columns:
      mrn: {kind: subject}
      drawn: {kind: date, form: "%m/%d/%Y"}
      visit: {kind: thing, thing: visit}
      remark: {kind: text}

`called` is what who-is-who calls the identifiers in the subject's column. A column that no map names is removed. Not
here: a proposal for a map (`propose`), the kinds (`kinds`).
"""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from residency.deid.recipe import RecipeUnknown, RecipeWrong
from residency.deid.tables import kinds
from residency.deid.tables.columns import Column
from residency.kernel.digest import digest_of
from residency.kernel.documents import YamlBroken, parse_yaml
from residency.kernel.record import Part


class Owner(Part):
    """The column that says whose a row is, and the kind of the identifiers in it."""

    column: str
    called: Annotated[str, StringConstraints(min_length=1)]


class ColumnMap(Part):
    """The columns of one kind of table; names are compared without regard to case."""

    table: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    version: Annotated[int, Field(ge=1)]
    subject: Owner
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        known = kinds.table().kinds
        for name, column in self.columns.items():
            if column.kind not in known:
                raise ValueError(f"the column '{name}' has the kind '{column.kind}', which does not exist")
            if column.kind == "thing" and not column.thing:
                raise ValueError(f"the column '{name}' does not say of which thing it is")
        if len({name.lower() for name in self.columns}) < len(self.columns):
            raise ValueError("a column stands twice")
        return self

    def by_name(self) -> dict[str, Column]:
        """The columns by their names in lower case, the subject's among them."""
        made = {name.lower(): column for name, column in self.columns.items()}
        made.setdefault(self.subject.column.lower(), Column(kind="subject"))
        return made

    def digest(self) -> str:
        """Digest of all that the map says."""
        return digest_of(self.model_dump(mode="json"))


def load_map(path: str | Path) -> ColumnMap:
    """The map in a YAML file; raises RecipeUnknown where there is none, RecipeWrong where it cannot be followed."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeUnknown(f"The column map '{path}' cannot be read.", remedy="Give a YAML file.") from error
    try:
        return ColumnMap.model_validate(parse_yaml(text))
    except YamlBroken as error:
        raise RecipeWrong(f"The column map '{path}' is no YAML.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the map"
        raise RecipeWrong(f"The column map '{path}' is wrong at '{place}': {first['msg']}.") from error
