"""The act `dataset.draft`: what a data set shall hold, how its subjects are split, and what must be said of it.

    ask = DraftDataset(name="liver-ct", source=("incoming",), train=0.5, tune=0.1, test=0.4, seed=7, label=("1=liver",))
    draft = perform(site, steward, "dataset.draft", ask)

A draft names exact de-identifications by digest and takes the strictest of their terms and the highest of their
classes; nothing is opened. All of them stand under one protocol: another one knows the same people by other codes, and
nobody could see who would be counted twice or stand on two sides. Drafting the same again gives the draft that is
there. Not here: fixing it (`version`).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from residency.dataset.split import Shares
from residency.deid.cleaned import Deid
from residency.errors import BadInput, Missing
from residency.govern.identity import Actor
from residency.govern.ledger import RecordMissing
from residency.govern.terms import DataClass, Terms, highest, strictest
from residency.kernel.digest import Digest
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.site import Site

Labels = Mapping[int, str]
_HELD_BACK = {"train": 0.0, "tune": 0.0, "test": 1.0}


class InputMissing(Missing):
    """There is no de-identification of this name."""


class InputsApart(BadInput):
    """The inputs stand under several protocols, which know the same people by different codes."""


class SplitSpec(Shares):
    """How subjects are split."""

    by: Literal["subject"] = "subject"
    seed: int = 0
    allow_shared_anatomy: bool = False


class Input(Part):
    """One de-identification, exactly as it stood."""

    id: str
    digest: Digest


class Draft(Record):
    """What a data set shall be. `external` data are all held back: they come from elsewhere, to test on."""

    kind: ClassVar[str] = "draft"
    name: str
    inputs: tuple[Input, ...]
    split: SplitSpec
    external: bool
    labels: Labels
    caveats: tuple[str, ...]
    terms: Terms
    data_type: str
    data_class: DataClass

    @property
    def handle(self) -> str:
        """The newest draft is found by its name."""
        return self.name

    def says(self) -> dict:
        """What is drafted, without who drafted it and when: two drafts that say the same are the same."""
        return self.model_dump(mode="json", exclude={"id", "made_at", "made_by"})


class DraftDataset(Shares):
    """A data set to propose."""

    name: str = Field(description="Name of the data set.", pattern=r"^[a-z][a-z0-9-]{0,62}$")
    source: tuple[str, ...] = Field(
        description="A de-identified source, or the id of one de-identification; repeat for several.", min_length=1
    )
    by: Literal["subject"] = Field("subject", description="What is split: subjects.")
    seed: int = Field(0, description="Decides who goes where.", ge=0)
    allow_shared_anatomy: bool = Field(
        False, description="Let one anatomy stand on several sides; every figure then says so."
    )
    external: bool = Field(False, description="Data from elsewhere to test on: all are held back.")
    label: tuple[Annotated[str, StringConstraints(pattern=r"^\d{1,3}=[A-Za-z][\w .-]{0,62}$")], ...] = Field(
        (), description="What a value in the label maps means, as 1=liver; repeat for several."
    )
    caveat: tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...] = Field(
        (), description="What must be said beside every result; repeat for several."
    )
    purpose: str = Field("", description="What for; the first purpose of the protocol if not given.")

    @property
    def labels(self) -> dict[int, str]:
        """Value → structure."""
        return {int(value): structure for value, _, structure in (text.partition("=") for text in self.label)}

    @model_validator(mode="after")
    def _labels_are_clear(self) -> Self:
        if len(self.labels) < len(self.label) or not all(1 <= value <= 254 for value in self.labels):
            raise ValueError("each label value stands once and lies between 1 and 254")
        return self


def draft(site: Site, by: Actor, ask: DraftDataset) -> Draft:
    """Propose a data set; raises InputMissing, InputsApart, TermsClash."""
    inputs = inputs_of(site, ask.source)
    _check_together(inputs)
    at = site.clock()
    shares = _HELD_BACK if ask.external else ask.model_dump(include=set(_HELD_BACK))
    drafted = Draft(
        id=new_id("draft", at),
        made_at=at,
        made_by=by.id,
        name=ask.name,
        inputs=tuple(Input(id=deid.id, digest=deid.digest()) for deid in inputs),
        split=SplitSpec.model_validate(ask.model_dump(include={"by", "seed", "allow_shared_anatomy"}) | shares),
        external=ask.external,
        labels=ask.labels,
        caveats=ask.caveat,
        terms=strictest(deid.terms for deid in inputs),
        data_type="imaging",
        data_class=highest(deid.data_class for deid in inputs),
    )
    before = [found for found in site.ledger.all(Draft) if found.name == ask.name][-1:]
    same = next((found for found in before if found.says() == drafted.says()), None)
    with site.gate.act(by, "dataset.draft", same or drafted, purpose=ask.purpose) as act:
        if same:
            act.reason = "The newest draft of this name says the same."
        else:
            act.save(drafted)
            act.made(drafted, of=[found.digest for found in drafted.inputs])
    return same or drafted


def _check_together(inputs: Iterable[Deid]) -> None:
    inputs = list(inputs)
    protocols = {deid.terms.protocols for deid in inputs}
    if len({bool(deid.vault) for deid in inputs}) > 1:
        raise InputsApart(
            "Codes of some inputs are drawn and those of others derived: who is in both would be counted as two.",
            remedy="Clean all of them by recipes of one kind: with years alone, or with dates.",
        )
    if len(protocols) > 1:
        raise InputsApart(
            f"The inputs stand under {len(protocols)} protocols: who is in several would be counted as several.",
            remedy="Bring all of them in under one protocol, or make a data set of each.",
        )


def inputs_of(site: Site, names: Iterable[str]) -> list[Deid]:
    """De-identifications by source, the newest of each intake, or by id; each once. Raises InputMissing."""
    known, found = site.ledger.all(Deid), {}
    for name in names:
        of_source = {deid.scope: deid for deid in known if deid.handle == name}
        for deid in of_source.values() or [_one(site, name)]:
            found[deid.id] = deid
    return [found[identifier] for identifier in sorted(found)]


def _one(site: Site, name: str) -> Deid:
    try:
        return site.ledger.get(Deid, name)
    except RecordMissing as error:
        raise InputMissing(
            f"'{name}' is no source that has been de-identified, nor the id of a de-identification.",
            remedy="Do it first: residency deid run.",
        ) from error
