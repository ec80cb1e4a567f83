"""Who signs an evaluation, with which key, and what a signature cannot be moved to."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from residency.evaluate.evaluation import Evaluation
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.govern.identity import Person, PersonRetired, holds
from residency.kernel.digest import canonical, digest
from residency.kernel.note import PublicKey
from residency.protocol.people import AddPerson, NamedPerson
from residency.protocol.protocol import Amend, Approve
from residency.release.signing import Sign, Signature
from residency.site import perform
from residency.store.ring import WrongPassphrase
from tests.fakes.clinic import NUMBER


@pytest.fixture
def evaluation(studied_clinic):
    (only,) = studied_clinic.site.ledger.all(Evaluation)
    return only


def sign(clinic, person, evaluation, passphrase=None):
    ask = Sign(evaluation=evaluation.id, passphrase=passphrase or clinic.passphrase(person))
    return clinic.do(person, "review.sign", ask)


def last_event(clinic):
    with clinic.site.ledger.reading() as book:
        return list(audit.events(book))[-1][1]


def signed_text(signature, **changes):
    said = {name: getattr(signature, name) for name in ("of", "of_kind", "meaning", "person", "at")}
    return canonical(said | changes)


def test_a_reviewers_signature_holds_under_the_reviewers_own_key_and_over_nothing_else(studied_clinic, evaluation):
    signature = sign(studied_clinic, "silva", evaluation)
    key = PublicKey.parse(studied_clinic.site.ledger.get(Person, "silva").public_key)
    made = base64.b64decode(signature.signature)
    assert (signature.of, signature.key, signature.person_name) == (evaluation.digest(), key.hint.hex(), "Silva")
    assert holds(key, made, signed_text(signature))
    for changes in (
        {"of": digest(b"another evaluation")},
        {"of_kind": "model"},
        {"meaning": "I saw nothing."},
        {"person": studied_clinic.person("marsh").id},
        {"at": "2031-01-01T00:00:00.000000Z"},
    ):
        assert not holds(key, made, signed_text(signature, **changes))
    others = [*studied_clinic.site.ledger.all(Person), studied_clinic.site.log_key.public]
    for other in others:
        public = other if isinstance(other, PublicKey) else PublicKey.parse(other.public_key)
        assert holds(public, made, signed_text(signature)) == (public == key)


def test_a_signature_descends_from_exactly_the_evaluation_that_was_signed(studied_clinic, evaluation):
    signature = sign(studied_clinic, "silva", evaluation)
    event = last_event(studied_clinic)
    assert event["thing"]["digest"] == evaluation.digest()
    assert event["made"] == [{"digest": signature.digest(), "of": [evaluation.digest()]}]


def test_the_trainer_does_not_sign_whatever_other_roles_the_trainer_has(studied_clinic, evaluation):
    for person, gates in (("marsh", ("ROLE", "TRAINER-SIGNS")), ("okoye", ("ROLE",))):
        with pytest.raises(NotAllowed) as refusal:
            sign(studied_clinic, person, evaluation)
        assert refusal.value.gates == gates
        assert last_event(studied_clinic)["gates"] == list(gates)
    trainer = replace(studied_clinic.person("marsh"), roles=("ml-engineer", "clinical-reviewer"))
    ask = Sign(evaluation=evaluation.id, passphrase="passphrase of marsh")
    with pytest.raises(NotAllowed) as refusal:
        perform(studied_clinic.site, trainer, "review.sign", ask)
    assert refusal.value.gates == ("TRAINER-SIGNS",)
    assert studied_clinic.site.ledger.all(Signature) == []


def test_neither_another_passphrase_nor_that_of_the_whole_site_signs_for_a_person(studied_clinic, evaluation):
    of_the_site = (studied_clinic.site.folder / "development.key").read_text()
    for passphrase in ("passphrase of marsh", "passphrase of silvA", of_the_site):
        with pytest.raises(WrongPassphrase):
            sign(studied_clinic, "silva", evaluation, passphrase)
        event = last_event(studied_clinic)
        assert (event["act"], event["outcome"]) == ("review.sign", "refused")
        assert passphrase not in str(event)
    assert studied_clinic.site.ledger.all(Signature) == []


def test_who_has_left_signs_no_more_and_what_they_signed_stays(studied_clinic, evaluation):
    before = sign(studied_clinic, "silva", evaluation)
    studied_clinic.do("root", "person.retire", NamedPerson(name="silva"))
    with pytest.raises(PersonRetired):
        sign(studied_clinic, "silva", evaluation)
    assert studied_clinic.site.ledger.all(Signature) == [before]


def test_a_reviewer_whom_the_protocol_does_not_name_signs_nothing(studied_clinic, evaluation):
    ask = AddPerson(name="berg", printed_name="Berg", role=("clinical-reviewer",), new_passphrase="passphrase of berg")
    studied_clinic.do("root", "person.add", ask)
    with pytest.raises(NotAllowed) as refusal:
        sign(studied_clinic, "berg", evaluation)
    assert refusal.value.gates == ("PERSON-NOT-ON-PROTOCOL",)
    assert studied_clinic.site.ledger.all(Signature) == []


def test_nothing_is_signed_once_the_protocol_has_ended(studied_clinic, evaluation, tmp_path):
    studied_clinic.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="closed", ends=datetime.now(UTC)))
    letter = tmp_path / "letter.txt"
    letter.write_text("Closed.")
    studied_clinic.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=letter))
    with pytest.raises(NotAllowed) as refusal:
        sign(studied_clinic, "silva", evaluation)
    assert refusal.value.gates == ("PROTOCOL-EXPIRED",)
    assert studied_clinic.site.ledger.all(Signature) == []
