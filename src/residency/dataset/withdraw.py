"""The act `dataset.withdraw`: a subject is forgotten, in every data set and in what they were made of.

    gone = perform(site, steward, "dataset.withdraw", Withdraw(reason="Consent revoked.", patient=Path("letter.txt")))
    gone.saw                  versions, runs, models, evaluations and releases that may have seen the subject

Only keys are destroyed: those of this subject (or of one data type of theirs), by a new generation of the key ring, so
that neither this site nor one that is restored from an older backup opens what they sealed. Everyone else's data stay
as they are, manifests still verify, and freezing again gives a version without the subject. It needs no protocol in
force. What a model has learned, and what left the site, cannot be taken back: both are listed. Not here: removing the
bytes (`store clean`), the keys (`govern.rotation`).
"""

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from residency.dataset.version import DatasetVersion
from residency.errors import BadInput
from residency.govern import lineage
from residency.govern.forgetting import SubjectUnknown, Withdrawal, of_subject
from residency.govern.identity import Actor
from residency.govern.rotation import KeysMoved, begin, finish
from residency.ingest.source import Codes, Source
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.site import Site
from residency.store.keys import KeyGroup

_TRIES = 5


class PatientWrong(BadInput):
    """It is not clear from the request who withdraws."""


class Withdraw(Part):
    """Whom to forget."""

    reason: str = Field(description="Why, in words that name nobody.")
    subject: str = Field("", description="The code of the subject, as data sets show it.")
    patient: Path | None = Field(None, description="Or a file with a patient's number, or issuer,number, in one line.")
    data_type: str = Field("", description="Only data of this type; else everything.")


def withdraw(site: Site, by: Actor, ask: Withdraw) -> Withdrawal:
    """Destroy the keys of a subject and list what saw them; raises PatientWrong, SubjectUnknown, KeysMoved."""
    gone = None
    if bool(ask.subject) == (ask.patient is not None):
        raise PatientWrong("Give the code of a subject, or a file with a patient's number.", remedy="Give one of both.")
    if ask.patient is not None:
        ask = ask.model_copy(update={"subject": _code_of(site, by, ask.patient), "patient": None})
    for left in reversed(range(_TRIES)):
        try:
            gone = _withdraw(site, by, ask)
            break
        except KeysMoved:
            # Somebody made a key meanwhile: what was prepared does not hold it.
            if not left:
                raise
    assert gone is not None
    finish(site.ledger, site.ring, site.keys_file)
    return gone


def _withdraw(site: Site, by: Actor, ask: Withdraw) -> Withdrawal:
    groups = of_subject(site.ledger, ask.subject, ask.data_type)
    versions = _holding(site, groups)
    # Who may not is refused before a generation is added.
    allowed = site.gate.ask(by, "dataset.withdraw", None).allowed
    turn = begin(site.ledger, site.ring, forget=groups) if allowed else None
    at = site.clock()
    gone = Withdrawal(
        id=new_id("withdrawal", at),
        made_at=at,
        made_by=by.id,
        subject=ask.subject,
        data_type=ask.data_type,
        reason=ask.reason,
        groups=tuple(group.id for group in groups),
        spaces=tuple(sorted({group.space for group in groups})),
        versions=tuple(version.digest() for version in versions),
        saw=_saw(site, versions),
    )
    with site.gate.act(by, "dataset.withdraw") as act:
        act.reason = ask.reason
        if turn is not None:
            act.save(gone, *turn.records)
            act.provided(turn.still_so)
            act.made(gone, of=versions)
    return gone


def _code_of(site: Site, by: Actor, path: Path) -> str:
    """The code that a source has for a patient; no datum is opened, only the secrets from which codes are made."""
    issuers, number = _patient(path)
    known = {group.subject for group in site.ledger.all(KeyGroup)}
    with site.gate.lease(by, "dataset.withdraw", None) as lease:
        for source in site.ledger.all(Source):
            codes = Codes(lease.space(source.space).key)
            for issuer in issuers:
                if (code := codes.subject(issuer, number)) in known:
                    return code
    raise SubjectUnknown("No data of this patient are here.", remedy="Check number and issuer against the archive.")


def _patient(path: Path) -> tuple[list[str], str]:
    """Under which issuers a patient may be known, and the number; raises PatientWrong without a word of the file."""
    try:
        (line,) = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise PatientWrong("The file of the patient does not hold one line.", remedy="Write: issuer,number") from error
    issuer, _, number = line.rpartition(",")
    # A patient who came in before the archive stated its issuer is known without one.
    return [issuer, ""] if issuer else [""], number


def _holding(site: Site, groups: Sequence[KeyGroup]) -> list[DatasetVersion]:
    """The versions that may hold what these groups sealed: those of their data sets, no older than the group."""
    since = {group.space: group.made_at for group in sorted(groups, key=lambda group: group.made_at, reverse=True)}
    there = site.ledger.all(DatasetVersion)
    return [version for version in there if version.space in since and version.made_at >= since[version.space]]


def _saw(site: Site, versions: Sequence[DatasetVersion]) -> tuple[str, ...]:
    """Versions, and what descends from them: kind and identifier; a run with the steps of its checkpoints."""
    with site.ledger.reading() as book:
        found = {version.digest(): None for version in versions}
        for version in versions:
            found |= dict.fromkeys(edge.made for edge in lineage.descendants(book, version.digest()))
        named = lineage.names(book, found)
        lines = {}
        for digest in found:
            kind, identifier = named.get(digest, ("record", digest))
            kept = book.body(identifier).get("checkpoints", ()) if kind == "run" else ()
            steps = ", ".join(str(checkpoint["step"]) for checkpoint in kept)
            lines[identifier] = f"{kind} {identifier}" + (f", checkpoints at steps {steps}" if steps else "")
    return tuple(lines.values())
