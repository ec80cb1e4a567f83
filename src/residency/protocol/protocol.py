"""The protocol: who may use which data, why and until when; drafted by one person, approved by another.

    draft = perform(site, investigator, "protocol.draft", DraftProtocol(file=Path("protocol.yaml")))
    perform(site, board, "protocol.approve", Approve(protocol="IRB-2026-014", letter=Path("letter.pdf")))

Under a draft every read is refused. An amendment is a draft of its own: the protocol stays as it was until somebody
else approves the amendment with its letter. Not here: judging a use (`govern.policy`), joining terms (`govern.terms`).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from residency.documents import read_document
from residency.errors import BadInput, Conflict, Missing
from residency.govern.identity import Actor
from residency.govern.ledger import RecordMissing
from residency.govern.terms import DataClass, DataType, Terms
from residency.kernel.digest import digest
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.kernel.states import Machine
from residency.protocol.people import Nothing
from residency.site import Site

PROTOCOL_STATES = Machine("protocol", {("draft", "approve"): "approved", ("approved", "amend"): "approved"})


class ProtocolWrong(BadInput):
    """A line of the protocol file cannot be used."""


class ProtocolExists(Conflict):
    """A number is given to one protocol only."""


class LetterMissing(Missing):
    """An approval needs the board's letter."""


class Protocol(Record):
    """A research protocol; `version` rises with every approved amendment."""

    kind: ClassVar[str] = "protocol"
    number: str
    title: str
    terms: Terms
    state: Literal["draft", "approved"] = "draft"
    version: int = 1
    approved_by: str = ""
    letter: str = ""

    @property
    def handle(self) -> str:
        """Found by the board's number."""
        return self.number


class Amendment(Record):
    """A proposed change of one version of a protocol: the terms as they would be."""

    kind: ClassVar[str] = "amendment"
    protocol: str
    version: int
    terms: Terms
    reason: str
    state: Literal["draft", "approved"] = "draft"
    approved_by: str = ""
    letter: str = ""

    @property
    def scope(self) -> str:
        """Amendments are looked up by their protocol."""
        return self.protocol


class ProtocolFile(Part):
    """What a protocol file says."""

    number: str = Field(min_length=1, max_length=200)
    title: str
    purposes: tuple[str, ...] = Field(min_length=1)
    people: tuple[str, ...] = Field(min_length=1)
    classes: Mapping[DataType, DataClass]
    attributes: tuple[Literal["sex", "age_band", "race", "ethnicity", "scanner"], ...] = ()
    starts: date
    ends: date
    countries: tuple[str, ...] = Field(min_length=1)
    retention_days: Mapping[DataType, Annotated[int, Field(ge=0)]]
    deid_recall: Mapping[DataType, Annotated[float, Field(ge=0, lt=1)]] = {}


class DraftProtocol(Part):
    """A protocol to propose."""

    file: Path = Field(description="The protocol as YAML.")


class Approve(Part):
    """A draft, or the amendment that waits, to let take effect."""

    protocol: str = Field(description="The board's number of the protocol.")
    letter: Path = Field(description="The approval letter; its digest is recorded.")


class Amend(Part):
    """A change to propose."""

    protocol: str = Field(description="The board's number of the protocol.")
    reason: str = Field(description="Why.")
    ends: datetime | None = Field(None, description="The new end.")
    add_person: tuple[str, ...] = Field((), description="A person to name; repeat for several.")


class NamedProtocol(Part):
    """One protocol."""

    protocol: str = Field(description="The board's number of the protocol.")


class Protocols(Part):
    """All protocols."""

    kind: ClassVar[str] = "protocols"
    protocols: tuple[dict[str, Any], ...]


def draft(site: Site, by: Actor, ask: DraftProtocol) -> Protocol:
    """Propose a protocol; raises ProtocolWrong, ProtocolExists."""
    said, at = read_protocol(ask.file), site.clock()
    identifier = new_id("protocol", at)
    terms = Terms(
        protocols=(identifier,),
        starts=datetime.combine(said.starts, time.min, UTC),
        ends=datetime.combine(said.ends, time.max, UTC),
        **said.model_dump(exclude={"number", "title", "starts", "ends"}),
    )
    protocol = Protocol(id=identifier, made_at=at, made_by=by.id, number=said.number, title=said.title, terms=terms)
    with site.gate.act(by, "protocol.draft") as act:
        if any(known.number == said.number for known in site.ledger.all(Protocol)):
            raise ProtocolExists(
                f"There is a protocol {said.number} already.", remedy="Amend it, or correct the number."
            )
        act.save(protocol)
    return protocol


def approve(site: Site, by: Actor, ask: Approve) -> Protocol:
    """Let a draft, or the newest waiting amendment, take effect; never by who drafted it. Raises LetterMissing."""
    try:
        letter = digest(ask.letter.read_bytes())
    except OSError as error:
        raise LetterMissing(
            f"The letter {ask.letter.name} cannot be read.", remedy="Give the board's letter."
        ) from error
    protocol = site.ledger.get(Protocol, ask.protocol)
    # An amendment of an earlier version would undo what was approved since.
    drafts = [a for a in site.ledger.all(Amendment, scope=protocol.id) if a.state == "draft"]
    waiting = [a for a in drafts if a.version == protocol.version]
    proposal = waiting[-1] if waiting else protocol
    with site.gate.act(by, "protocol.approve", proposal) as act:
        approval = {"state": "approved", "approved_by": by.id, "letter": letter}
        if isinstance(proposal, Amendment):
            PROTOCOL_STATES.move(protocol.state, "amend")
            act.save(proposal.model_copy(update=approval))
            changes = {"terms": proposal.terms, "version": protocol.version + 1, "made_by": proposal.made_by}
            approved = protocol.model_copy(update=approval | changes)
        else:
            PROTOCOL_STATES.move(protocol.state, "approve")
            approved = protocol.model_copy(update=approval)
        act.save(approved)
        act.made(approved, of=[proposal])
    return approved


def amend(site: Site, by: Actor, ask: Amend) -> Amendment:
    """Propose a change; it takes effect when somebody else approves it."""
    protocol, at = site.ledger.get(Protocol, ask.protocol), site.clock()
    changes: dict[str, Any] = {"people": tuple(sorted({*protocol.terms.people, *ask.add_person}))}
    if ask.ends is not None:
        changes["ends"] = ask.ends if ask.ends.tzinfo else ask.ends.replace(tzinfo=UTC)
    amendment = Amendment(
        id=new_id("amendment", at),
        made_at=at,
        made_by=by.id,
        protocol=protocol.id,
        version=protocol.version,
        terms=protocol.terms.model_copy(update=changes),
        reason=ask.reason,
    )
    with site.gate.act(by, "protocol.amend") as act:
        PROTOCOL_STATES.move(protocol.state, "amend")
        act.save(amendment)
    return amendment


def protocols(site: Site, by: Actor, ask: Nothing) -> Protocols:
    """Protocols and their states."""
    with site.gate.act(by, "protocol.list"):
        pass
    shown = ("number", "title", "state", "version")
    return Protocols(protocols=tuple({name: getattr(p, name) for name in shown} for p in site.ledger.all(Protocol)))


def show(site: Site, by: Actor, ask: NamedProtocol) -> Protocol:
    """One protocol as it stands; raises RecordMissing."""
    with site.gate.act(by, "protocol.show"):
        pass
    return site.ledger.get(Protocol, ask.protocol)


def find(site: Site, number: str) -> Protocol:
    """The protocol of this number; raises RecordMissing with what would help."""
    try:
        return site.ledger.get(Protocol, number)
    except RecordMissing as error:
        error.remedy = f"Have it drafted and approved first: residency protocol draft, protocol approve {number}."
        raise


def read_protocol(path: Path) -> ProtocolFile:
    """A protocol file; raises ProtocolWrong with the line."""
    return read_document(path, ProtocolFile, ProtocolWrong)
