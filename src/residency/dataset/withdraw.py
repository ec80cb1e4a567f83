"""The act `dataset.withdraw`: a subject is forgotten, in every data set and in what they were made of.

    gone = perform(site, steward, "dataset.withdraw", Withdraw(subject="7QZ…", reason="Consent revoked on paper."))
    gone.saw                  versions, runs, models, evaluations and releases that may have seen the subject

Only keys are destroyed: those of this subject (or of one data type of theirs), by a new generation of the key ring, so
that neither this site nor one that is restored from an older backup opens what they sealed. Everyone else's data stay
as they are, manifests still verify, and freezing again gives a version without the subject. It needs no protocol in
force. What a model has learned, and what left the site, cannot be taken back: both are listed. Not here: removing the
bytes (`store clean`), destroying the keys (`forget`).
"""

from pydantic import Field

from residency.dataset.forget import Tombstone, forget
from residency.govern.forgetting import Withdrawal, of_subject
from residency.govern.identity import Actor
from residency.kernel.record import Part
from residency.site import Site


class Withdraw(Part):
    """Whom to forget."""

    subject: str = Field(description="The code of the subject, as data sets show it.")
    reason: str = Field(description="Why, in words that name nobody.")
    data_type: str = Field("", description="Only data of this type; else everything.")


def withdraw(site: Site, by: Actor, ask: Withdraw) -> Withdrawal:
    """Destroy the keys of a subject and list what saw them; raises SubjectUnknown, KeysMoved."""
    says = Tombstone(subject=ask.subject, data_type=ask.data_type, reason=ask.reason)
    return forget(site, by, "dataset.withdraw", lambda: of_subject(site.ledger, ask.subject, ask.data_type), says)
