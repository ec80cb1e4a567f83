"""The acts `deid.ask` and `deid.reveal`: a code is led back to its person, with a reason and by two people.

    asked = perform(site, investigator, "deid.ask", AskReveal(code="7QZ…", reason="A nodule was found.", out=path))
    perform(site, officer, "deid.reveal", Reveal(request=asked.id, code="7QZ…", out=path))

164.514(c) lets a covered entity keep a way back and asks that nobody else gets it. One person asks; another, a privacy
officer, does it, naming code and file once more, so that what is approved is what was asked. Nobody does what they
asked for themselves; a request is good for a day and once; both stand in the log with the reason. Issuer and number go
into the file that was asked for, of its owner alone and outside the site, and nowhere else: not to the terminal, log or
ledger, which keep a digest of the path alone. Names that were drawn are led back by the vault; of names under a key the
intake tells who they are, which is checked under that key. Of both, nobody's data but this subject's are opened.
Whoever has withdrawn is led back to by nothing. A kill between the entry in the log and the file leaves an empty file
and a request that is used up. The file belongs to the operating system's user under whom the second person works. Not
here: the way back itself (`naming`), who may (`govern/policies`).
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from residency.deid.cleaned import Deid
from residency.deid.naming import SealedVault, led_back, project_key
from residency.deid.pseudonyms import Identity, Pseudonyms
from residency.errors import BadInput, Missing, Refused, Unavailable
from residency.govern.gate import Lease
from residency.govern.identity import Actor
from residency.govern.ledger import Book
from residency.govern.terms import DataClass, Terms
from residency.ingest.intake import Intake
from residency.ingest.sealing import read_origin
from residency.kernel.digest import Digest, canonical, digest_of
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.kernel.states import Machine
from residency.site import Site
from residency.store.keys import KeyGroup
from residency.store.manifest import read_manifest

GOOD_FOR = timedelta(hours=24)
REQUEST = Machine("request to lead back", {("asked", "reveal"): "revealed"})
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z2-7]{16}$")]
Sentence = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$", max_length=300)]


class CodeUnknown(Missing):
    """No cleaning of this site has released a subject of this code."""


class SubjectForgotten(Refused):
    """The keys of this subject were destroyed: nothing leads back to them."""


class RequestOver(Refused):
    """A request to lead back is good for a day."""


class RequestDiffers(BadInput):
    """What is to be revealed is not what was asked for."""


class PlaceUnfit(BadInput):
    """The file for what is revealed must be new, in a folder that is there, and outside the site."""


class FileUnwritable(Unavailable):
    """The file for what is revealed cannot be written."""


class AskReveal(Part):
    """A subject to lead back to."""

    code: Code = Field(description="The code of the subject, as data show it.")
    reason: Sentence = Field(description="Why, in words that name nobody; stands in the log.")
    out: Path = Field(description="The file that is to hold it, with its whole path: new, and outside the site.")


class Reveal(Part):
    """A request of somebody else to fulfil."""

    request: str = Field(description="The id of the request.")
    code: Code = Field(description="The code that it asks for, once more.")
    out: Path = Field(description="The file that it names, once more.")


class RevealRequest(Record):
    """That somebody asked who has a code, until when the answer may be given, and whether it was.

    `place` is the digest of this request's id and the path of the file, which may hold a name.
    """

    kind: ClassVar[str] = "reveal-request"
    code: str
    deid: str
    reason: str
    place: Digest
    ends: AwareDatetime
    state: Literal["asked", "revealed"] = "asked"
    revealed_by: str = ""
    terms: Terms
    data_type: str
    data_class: DataClass

    @property
    def scope(self) -> str:
        """Looked up by the cleaning."""
        return self.deid


def ask(site: Site, by: Actor, ask: AskReveal) -> RevealRequest:
    """Ask for a way back; raises CodeUnknown, SubjectForgotten, PlaceUnfit."""
    deid, at, path = _cleaning(site, ask.code), site.clock(), _place(site, ask.out)
    intake, identifier = site.ledger.get(Intake, deid.intake_digest), new_id("reveal-request", at)
    request = RevealRequest(
        id=identifier,
        made_at=at,
        made_by=by.id,
        code=ask.code,
        deid=deid.id,
        reason=ask.reason,
        place=_digest(identifier, path),
        ends=at + GOOD_FOR,
        terms=intake.terms,
        data_type=intake.data_type,
        data_class=intake.data_class,
    )
    with site.gate.act(by, "deid.ask", intake) as act:
        act.reason = ask.reason
        act.save(request)
        act.made(request, of=[deid])
    return request


def reveal(site: Site, by: Actor, ask: Reveal) -> RevealRequest:
    """Fulfil a request of somebody else.

    Raises RequestOver, InvalidMove, RequestDiffers, SubjectForgotten, PlaceUnfit, FileUnwritable, RecordMissing.
    """
    request = site.ledger.get(RevealRequest, ask.request)
    done = request.model_copy(update={"state": REQUEST.move(request.state, "reveal"), "revealed_by": by.id})
    if site.clock() >= request.ends:
        raise RequestOver("The request is older than a day.", remedy="Have it asked for anew: residency deid ask.")
    path = _place(site, ask.out)
    if (ask.code, _digest(request.id, path)) != (request.code, request.place):
        raise RequestDiffers(
            "Code or file are not those of the request.", remedy="Give both as asked for, with the whole path."
        )
    deid = site.ledger.get(Deid, request.deid)
    with site.gate.lease(by, "deid.reveal", request, to=request.made_by) as lease:
        found = _of_vault(site, lease, deid, ask.code) if deid.vault else _of_intake(site, lease, deid, ask.code)
    if not found:
        raise _forgotten()
    with _new_file(path) as file:
        with site.gate.act(by, "deid.reveal", request) as act:
            act.reason = request.reason
            act.provided(partial(_still_there, ask.code))
            act.save(done)
            act.made(done, of=[request])
        _write(file, _told(done, found))
    return done


def _cleaning(site: Site, code: str) -> Deid:
    """The newest cleaning that released something of this subject."""
    spaces = {group.space for group in _check_living(site.ledger.all(KeyGroup), code)}
    found = [deid for deid in site.ledger.all(Deid) if deid.space in spaces]
    if not found:
        raise CodeUnknown("No cleaning has released a subject of this code.", remedy="Give it as data sets show it.")
    return found[-1]


def _check_living(groups: Sequence[KeyGroup], code: str) -> list[KeyGroup]:
    """The groups of a subject; raises SubjectForgotten if any was destroyed."""
    theirs = [group for group in groups if group.subject == code]
    if any(group.destroyed for group in theirs):
        raise _forgotten()
    return theirs


def _still_there(code: str, book: Book) -> None:
    _check_living(book.all(KeyGroup), code)


def _forgotten() -> SubjectForgotten:
    return SubjectForgotten("The keys of this subject were destroyed.", remedy="This cannot be undone.")


def _of_vault(site: Site, lease: Lease, deid: Deid, code: str) -> list[Identity]:
    who = led_back(site, lease, site.ledger.get(SealedVault, deid.vault), code)
    return [who] if who else []


def _of_intake(site: Site, lease: Lease, deid: Deid, code: str) -> list[Identity]:
    """Whom the intake names in the data that this subject's were made of, where the protocol's key gives their code."""
    intake = site.ledger.get(Intake, deid.intake_digest)
    project = project_key(site.ledger, intake.terms.protocols)
    groups = {g for group in site.ledger.all(KeyGroup, scope=deid.space) if group.subject == code for g in group.of}
    if project is None or not groups:
        return []
    names = Pseudonyms(lease.space(project.id).key)
    keys = lease.keys(intake.space, groups | {intake.manifest.group})
    found = {}
    for item in read_manifest(site.sealed, intake.manifest, keys, root=intake.root):
        if item.file("series").group in groups & keys.keys():
            origin = read_origin(site.sealed, item, keys)
            found[origin.issuer, origin.patient_id] = Identity(origin.issuer, origin.patient_id)
    return [who for _, who in sorted(found.items()) if names.code(who.issuer, who.patient_id) == code]


def _told(request: RevealRequest, found: Sequence[Identity]) -> bytes:
    people = [{"issuer": who.issuer, "patient_id": who.patient_id} for who in found]
    return canonical({"code": request.code, "request": request.id, "is": people}) + b"\n"


def _place(site: Site, path: Path) -> Path:
    """The whole path of a file that is not there yet; what is said of it does not hold the path."""
    try:
        place = path.parent.resolve(strict=True) / path.name
        fit = bool(path.name) and not place.is_relative_to(site.folder.resolve()) and not os.path.lexists(place)
    except (OSError, RuntimeError):
        fit, place = False, path
    if not fit:
        raise PlaceUnfit("The file cannot be put there.", remedy="Name a new file in a folder outside the site.")
    return place


def _digest(request: str, path: Path) -> Digest:
    return digest_of([request, os.fsdecode(path)])


@contextmanager
def _new_file(path: Path) -> Iterator[int]:
    """A new and empty file that its owner alone reads; gone again if the block fails. Raises FileUnwritable."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritable(error) from None
    try:
        yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(file)


def _write(file: int, data: bytes) -> None:
    try:
        with os.fdopen(os.dup(file), "wb") as whole:
            whole.write(data)
            whole.flush()
            os.fsync(whole.fileno())
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> FileUnwritable:
    why = error.strerror or type(error).__name__
    return FileUnwritable(f"The file cannot be written: {why}.", remedy="Make room or name another; then ask anew.")
