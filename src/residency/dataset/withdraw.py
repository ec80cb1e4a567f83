"""The act `dataset.withdraw`: a subject is forgotten, in every data set and in what they were made of.

    gone = perform(site, steward, "dataset.withdraw", Withdraw(reason="Consent revoked.", patient=Path("letter.txt")))
    gone.saw                  versions, runs, models, evaluations, releases and reviews that may have seen the subject

Only keys are destroyed: those of this subject (or of one data type of theirs), by a new generation of the key ring, so
that neither this site nor one that is restored from an older backup opens what they sealed. Everyone else's data stay
as they are, manifests still verify, and freezing again gives a version without the subject. It needs no protocol in
force. What a model has learned, and what left the site, cannot be taken back: both are listed. Not here: removing the
bytes (`store move` to the archive leaves them out), destroying the keys (`forget`).
"""

from pathlib import Path

from pydantic import Field

from residency.dataset.forget import Tombstone, forget
from residency.errors import BadInput
from residency.govern.forgetting import SubjectUnknown, Withdrawal, of_subject
from residency.govern.identity import Actor
from residency.ingest.source import Codes, Source
from residency.kernel.record import Part
from residency.site import Site
from residency.store.keys import KeyGroup


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
    if bool(ask.subject) == (ask.patient is not None):
        raise PatientWrong("Give the code of a subject, or a file with a patient's number.", remedy="Give one of both.")
    code = ask.subject if ask.patient is None else _code_of(site, by, ask.patient)
    says = Tombstone(subject=code, data_type=ask.data_type, reason=ask.reason)
    return forget(site, by, "dataset.withdraw", lambda: of_subject(site.ledger, code, ask.data_type), says)


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
