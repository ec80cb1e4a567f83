"""The act `review.sign`: a person puts their own key under exactly one record, with meaning, and shows who they are.

    signature = perform(site, reviewer, "review.sign", Sign(evaluation="evaluation-01k…", meaning="…", passphrase=…))

The passphrase is asked again at every signature (21 CFR 11.200(a)): neither a session nor the site's passphrase signs
for anybody. The gate refuses whoever trained the model, whoever the protocol does not name, and everybody once it has
ended. What is signed is the digest of the record, so that the signature cannot be moved to another. Not here: what a
release needs (`model`), checking a signature (`verify`).
"""

import base64
from typing import ClassVar

from pydantic import Field, SecretStr

from residency.evaluate.evaluation import Evaluation
from residency.govern.identity import Actor, Person, signing_key
from residency.kernel.clock import rfc3339
from residency.kernel.digest import Digest, canonical
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.site import Site

MEANING = "I reviewed this evaluation and judge the model fit for the use that its protocol names."


class Sign(Part):
    """An evaluation to sign."""

    evaluation: str = Field(description="The evaluation, or its digest.")
    meaning: str = Field(MEANING, description="What the signature says.", min_length=10, max_length=500)
    passphrase: SecretStr = Field(description="Your own passphrase, asked at every signature.")


class Signature(Record):
    """A person's signature: over what, with what meaning, when; name and key as they were at that moment."""

    kind: ClassVar[str] = "signature"
    of: Digest
    of_kind: str
    of_id: str
    meaning: str
    person: str
    person_name: str
    at: str
    key: str
    signature: str

    @property
    def scope(self) -> str:
        """Looked up by what was signed."""
        return self.of_id


def sign(site: Site, by: Actor, ask: Sign) -> Signature:
    """Sign an evaluation; raises WrongPassphrase, PersonRetired, NotAllowed."""
    evaluation = site.ledger.get(Evaluation, ask.evaluation)
    person, at = site.ledger.get(Person, by.name), site.clock()
    with site.ledger.reading() as book:
        key = signing_key(book, person, ask.passphrase.get_secret_value())
    said = {
        "of": evaluation.digest(),
        "of_kind": evaluation.kind,
        "meaning": ask.meaning,
        "person": person.id,
        "at": rfc3339(at),
    }
    signature = Signature(
        id=new_id("signature", at),
        made_at=at,
        made_by=by.id,
        of_id=evaluation.id,
        person_name=person.printed_name,
        key=key.public.hint.hex(),
        signature=base64.b64encode(key.sign(canonical(said))).decode(),
        **said,
    )
    with site.gate.act(by, "review.sign", evaluation) as act:
        act.save(signature)
        act.made(signature, of=[evaluation])
    return signature
