"""A code is led back by two people, once, for a reason that stands in the log, and nowhere but into one file."""

import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from residency.dataset.withdraw import Withdraw
from residency.deid.naming import SealedVault, led_back
from residency.deid.pseudonyms import Identity
from residency.deid.reveal import (
    REQUEST,
    AskReveal,
    CodeUnknown,
    FileUnwritable,
    PlaceUnfit,
    RequestDiffers,
    RequestOver,
    Reveal,
    RevealRequest,
    SubjectForgotten,
)
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.govern.ledger import Ledger, RecordChanged, RecordMissing
from residency.kernel.states import InvalidMove
from residency.protocol.protocol import Amend, Approve
from residency.store.keys import KeyGroup
from residency.store.rows import read_rows
from residency.store.sealed import Sealed
from residency.wiring import open_site
from tests.deid.test_naming import code_of
from tests.deid.test_run import run
from tests.fakes.clinic import NUMBER, Clinic
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, uid
from tests.upkeep.test_backup import keep_ring, restore, take

ONE, TWO = "MRN770011", "MRN770022"
REASON = "A nodule was found that the referring doctor must hear of."


@pytest.fixture
def steward(clinic, tmp_path):
    steward = Intaking(clinic)
    steward.ingest(export(tmp_path / "export", ONE, TWO))
    return steward


@pytest.fixture
def forms(steward):
    """One intake with drawn names, and with names under the protocol's key."""
    return [run(steward, recipe=("basic",)), run(steward, recipe=("keyed",))]


@pytest.fixture
def code(steward):
    return code_of(steward, run(steward, recipe=("basic",)), ONE)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "answer.json"


def ask(clinic, code, out, by="okoye", reason=REASON) -> RevealRequest:
    return clinic.do(by, "deid.ask", AskReveal(code=code, reason=reason, out=out))


def reveal(clinic, asked, out, by="weber", code=None) -> RevealRequest:
    return clinic.do(by, "deid.reveal", Reveal(request=asked.id, code=code or asked.code, out=out))


def events(clinic, act):
    with clinic.site.ledger.reading() as book:
        return [event for _, event in audit.events(book) if event["act"] == act]


def test_who_asks_gets_the_person_behind_a_code_by_the_hand_of_somebody_else(steward, forms, out):
    clinic = steward.clinic
    for number, (patient, deid) in enumerate([(ONE, forms[0]), (TWO, forms[0]), (ONE, forms[1])]):
        place = out.with_name(str(number))
        asked = ask(clinic, code_of(steward, deid, patient), place)
        assert not place.exists()
        done = reveal(clinic, asked, place)
        assert json.loads(place.read_text()) == {
            "code": asked.code,
            "request": asked.id,
            "is": [{"issuer": "HOSPITAL", "patient_id": patient}],
        }
        assert os.stat(place).st_mode & 0o777 == 0o600
        assert (done.state, done.revealed_by) == ("revealed", clinic.person("weber").id)
    told = [(event["outcome"], event["reason"]) for event in events(clinic, "deid.reveal")]
    assert told == [("lease", ""), ("done", REASON)] * 3
    assert {event["reason"] for event in events(clinic, "deid.ask")} == {REASON}
    (lease, *_) = events(clinic, "deid.reveal")
    assert lease["detail"]["to"] == clinic.person("okoye").id


class Noting(Sealed):
    """Notes which keys it was given."""

    def read(self, ref, keys):
        self.given = {*getattr(self, "given", ()), *keys}
        return super().read(ref, keys)


def test_no_other_subject_is_opened_to_lead_one_back(steward, forms, out):
    for number, deid in enumerate(forms):
        place, noting = out.with_name(str(number)), Noting(steward.clinic.site.objects)
        watched = Clinic(replace(steward.clinic.site, sealed=noting))
        reveal(watched, ask(watched, code_of(steward, deid, ONE), place), place)
        groups = {group.id: group.subject for group in watched.site.ledger.all(KeyGroup)}
        assert len({groups[name] for name in noting.given} - {"-manifest"}) == 1


def test_nobody_reveals_what_they_asked_for_and_nobody_else_without_the_role(steward, code, out):
    clinic = steward.clinic
    for by in ("weber", "okoye", "rao", "root", "abbas", "ito", "marsh"):
        asked = ask(clinic, code, out, by="weber" if by == "weber" else "okoye")
        with pytest.raises(NotAllowed) as refusal:
            reveal(clinic, asked, out, by=by)
        assert ("SELF-REVEAL" in refusal.value.gates) == (by in ("weber", "okoye"))
        assert ("ROLE" in refusal.value.gates) == (by != "weber")
        assert not out.exists()
        assert clinic.site.ledger.get(RevealRequest, asked.id).state == "asked"
    assert {event["outcome"] for event in events(clinic, "deid.reveal")} == {"refused"}
    for by in ("root", "abbas", "ito", "marsh", "silva", "lind"):
        with pytest.raises(NotAllowed, match="ROLE"):
            ask(clinic, code, out, by=by)


def test_without_a_request_of_somebody_nothing_is_revealed(steward, code, out):
    with pytest.raises(RecordMissing):
        steward.clinic.do("weber", "deid.reveal", Reveal(request="reveal-request-1", code=code, out=out))


def test_a_request_is_good_once(steward, code, out):
    asked = ask(steward.clinic, code, out)
    reveal(steward.clinic, asked, out)
    out.unlink()
    with pytest.raises(InvalidMove):
        reveal(steward.clinic, asked, out)
    assert not out.exists()
    assert REQUEST.moves == {("asked", "reveal"): "revealed"}


class Meanwhile(Ledger):
    """Lets something happen after the first look at a request."""

    def get(self, kind, identifier):
        found = super().get(kind, identifier)
        if kind is RevealRequest and self.then:
            self.then.pop()()
        return found


def test_two_who_reveal_at_once_reveal_once(steward, code, out, tmp_path):
    """The second has looked at the request before the first was done."""
    clinic, ledger = steward.clinic, Meanwhile(steward.clinic.site.ledger.engine)
    asked = ask(clinic, code, out)
    ledger.then = [lambda: (reveal(clinic, asked, out), out.rename(tmp_path / "taken away"))]
    with pytest.raises(RecordChanged):
        reveal(Clinic(replace(clinic.site, ledger=ledger)), asked, out)
    assert not out.exists()
    assert [event["outcome"] for event in events(clinic, "deid.reveal")].count("done") == 1


def test_a_request_is_over_after_a_day(steward, code, out):
    asked, at = ask(steward.clinic, code, out), []
    later = Clinic(open_site(steward.clinic.site.folder, clock=lambda: at[-1]))
    at.append(asked.made_at + timedelta(hours=24))
    with pytest.raises(RequestOver):
        reveal(later, asked, out)
    assert not out.exists()
    at.append(asked.made_at + timedelta(hours=23, minutes=59))
    reveal(later, asked, out)
    later.site.ledger.close()


def test_under_a_protocol_that_has_ended_nobody_is_led_back_to(steward, code, out, tmp_path):
    clinic, asked = steward.clinic, ask(steward.clinic, code, out)
    clinic.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="enough", ends="2026-02-01T00:00:00Z"))
    (tmp_path / "letter").write_text("Approved.")
    clinic.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=tmp_path / "letter"))
    for again in (lambda: reveal(clinic, asked, out), lambda: ask(clinic, code, out)):
        with pytest.raises(NotAllowed, match="PROTOCOL-EXPIRED"):
            again()


def test_code_and_file_must_be_those_that_were_asked_for(steward, code, out):
    clinic, asked = steward.clinic, ask(steward.clinic, code, out)
    for how in ({"code": "A" * 16, "out": out}, {"out": out.with_name("elsewhere")}):
        with pytest.raises(RequestDiffers):
            reveal(clinic, asked, **how)
    assert not out.with_name("elsewhere").exists()
    reveal(clinic, asked, out)


def test_the_file_is_new_outside_the_site_and_in_a_folder_that_is_there(steward, code, out, tmp_path):
    clinic = steward.clinic
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "inside").symlink_to(clinic.site.folder)
    out.write_text("mine")
    wrong = [out, tmp_path / "link", tmp_path / "missing/answer", tmp_path, clinic.site.folder / "answer"]
    for place in [*wrong, tmp_path / "inside/answer", clinic.site.folder / "objects/answer"]:
        with pytest.raises(PlaceUnfit) as refusal:
            ask(clinic, code, place)
        assert str(tmp_path) not in str(refusal.value)
    assert out.read_text() == "mine"
    out.unlink()
    asked = ask(clinic, code, out)
    out.write_text("mine")
    with pytest.raises(PlaceUnfit):
        reveal(clinic, asked, out)
    assert out.read_text() == "mine"


def test_a_file_that_cannot_be_made_uses_no_request_up(steward, code, tmp_path):
    place = tmp_path / ("x" * 300)
    asked = ask(steward.clinic, code, place)
    with pytest.raises(FileUnwritable) as failure:
        reveal(steward.clinic, asked, place)
    assert "xxx" not in str(failure.value)
    assert steward.clinic.site.ledger.get(RevealRequest, asked.id).state == "asked"


def test_after_a_withdrawal_neither_the_site_nor_a_restored_backup_leads_back(steward, forms, out, tmp_path):
    """In both forms at once: the codes of a person hang together by what their data were made of."""
    clinic = steward.clinic
    gone, stays = ([code_of(steward, deid, patient) for deid in forms] for patient in (ONE, TWO))
    before = [ask(clinic, code, out) for code in gone]
    take(clinic, tmp_path / "backup")
    clinic.do("rao", "dataset.withdraw", Withdraw(subject=gone[1], reason="consent revoked"))
    ring = keep_ring(clinic.site.folder, tmp_path / "ring")
    again, _ = restore(tmp_path / "new", tmp_path / "backup", ring=ring)
    for place in (clinic, again):
        for asked in before:
            with pytest.raises(SubjectForgotten):
                reveal(place, asked, out)
            with pytest.raises(SubjectForgotten):
                ask(place, asked.code, out)
            assert not out.exists()
        for code in stays:
            reveal(place, ask(place, code, out), out)
            assert TWO in out.read_text()
            out.unlink()
    again.site.ledger.close()


def test_the_way_back_of_who_withdrew_opens_to_nobody_who_has_every_key_that_is_left(steward, forms):
    clinic, vault = steward.clinic, steward.clinic.site.ledger.all(SealedVault)[0]
    gone, stays = (code_of(steward, forms[0], patient) for patient in (ONE, TWO))
    clinic.do("rao", "dataset.withdraw", Withdraw(subject=gone, reason="consent revoked"))
    by = clinic.person("weber")
    with clinic.site.gate.call(by, "deid.determine"):
        with clinic.site.gate.lease(by, "deid.determine", forms[0]) as lease:
            rows = [row.decode() for row in read_rows(clinic.site.sealed, vault.subjects, lease.keys(vault.space))]
            found = [led_back(clinic.site, lease, vault, code) for code in (gone, stays)]
        with clinic.site.gate.act(by, "deid.determine", forms[0]):
            pass
    assert found == [None, Identity("HOSPITAL", TWO)]
    assert len(rows) == 1
    assert TWO in rows[0]


def test_a_code_of_nobody_is_not_led_back_and_a_number_is_no_code(steward, code, out):
    with pytest.raises(CodeUnknown) as refusal:
        ask(steward.clinic, "A" * 16, out)
    assert "AAAA" not in str(refusal.value)
    for wrong in (ONE, "sub-abcdefghijklmnop", code.lower(), ""):
        with pytest.raises(ValidationError):
            AskReveal(code=wrong, reason=REASON, out=out)
    for reason in ("", " ", "two\nlines", "x" * 301):
        with pytest.raises(ValidationError):
            AskReveal(code=code, reason=reason, out=out)


def test_no_original_and_no_path_is_in_log_ledger_error_or_terminal(steward, code, tmp_path, capfd):
    out = tmp_path / "answer on Planted^Name"
    asked = ask(steward.clinic, code, out)
    with pytest.raises(RequestDiffers) as refusal:
        reveal(steward.clinic, asked, out.with_name("Planted^Name"))
    done = reveal(steward.clinic, asked, out)
    site = steward.clinic.site
    site.ledger.close()
    said = repr(refusal.value) + repr(done) + "".join(capfd.readouterr())
    kept = b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file()) + said.encode()
    values = [ONE, TWO, "HOSPITAL", "Planted^Name", f"Name{ONE}", uid(ONE, "", "series")]
    assert [value for value in values if value.encode() in kept] == []
    assert ONE in out.read_text()
