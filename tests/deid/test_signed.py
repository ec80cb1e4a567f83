"""The signed report: a page that anyone reads and checks, on which nobody's name or number stands."""

import re

import pytest
from pydantic import SecretStr

from residency.deid.exam.sit import SitExam
from residency.deid.run import RunDeid
from residency.deid.signed import ReportThere, SignedReport, SignReport
from residency.govern.gate import NotAllowed
from residency.govern.identity import Person, WrongPassphrase
from residency.kernel.note import PublicKey
from residency.release.verifier.keys import Keys
from residency.release.verify import verify
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, table, uid

PATIENT, HEAD = "MRN770011", "MRN770022"


def as_a_head(instances):
    for one in instances:
        one.BodyPartExamined = "HEAD"


@pytest.fixture
def cleaned(clinic, tmp_path):
    """A clinic in which two patients' series were cleaned, and one of them held back."""
    steward = Intaking(clinic)
    export(tmp_path, PATIENT)
    export(tmp_path, HEAD, change=as_a_head)
    people = table(tmp_path, f"{PATIENT},,F,1950-01-02,White,,", f"{HEAD},,M,1951-01-02,Asian,,")
    steward.ingest(tmp_path / "ct", subjects=people)
    clinic.do("rao", "deid.run", RunDeid(source="incoming"))
    return clinic


def sign(clinic, out, *, who="weber", passphrase="") -> SignedReport:
    secret = SecretStr(passphrase or clinic.passphrase(who))
    return clinic.do(who, "deid.report", SignReport(source="incoming", out=out, passphrase=secret))


def keys_of(clinic, *people) -> Keys:
    found = [PublicKey.parse(clinic.site.ledger.get(Person, name).public_key) for name in people]
    return Keys({}, {key.name: key for key in found})


def test_the_page_lists_the_eighteen_letters_and_what_the_exam_found_and_names_nobody(cleaned, tmp_path):
    exam = cleaned.do("rao", "deid.exam", SitExam(source="incoming", items=4))
    record = sign(cleaned, tmp_path / "report.note")
    page = (tmp_path / "report.note").read_text()
    letters = re.findall(r"^  ([A-R])  (met|NOT MET) ", page, re.MULTILINE)
    assert [letter for letter, _ in letters] == list("ABCDEFGHIJKLMNOPQR")
    assert {letter for letter, met in letters if met == "met"} == {
        name for name, letter in record.letters.items() if letter.ticked
    }
    assert {"C", "R"} <= {letter for letter, met in letters if met == "NOT MET"}
    assert f"{exam.recall.found} of {exam.recall.of} were found" in page
    assert "12 received = 6 released + 0 excluded + 6 held back" in page
    for original in (PATIENT, HEAD, uid(PATIENT), "Planted", "1950-01-02"):
        assert original not in page


def test_anyone_checks_the_page_against_the_signers_key(cleaned, tmp_path):
    path = tmp_path / "report.note"
    sign(cleaned, path)
    assert verify(path, keys_of(cleaned, "weber", "rao")).passed
    assert not verify(path, keys_of(cleaned, "rao")).passed
    signed = path.read_bytes()
    for changed in (
        signed.replace(b"6 held back", b"0 held back", 1),
        signed.replace(b"NOT MET", b"met    ", 1),
        signed[:-40],
        signed.rpartition(b"\n\n")[0],
    ):
        path.write_bytes(changed)
        assert not verify(path, keys_of(cleaned, "weber")).passed


def test_only_the_privacy_officer_signs_with_their_own_passphrase_and_over_no_other_file(cleaned, tmp_path):
    with pytest.raises(NotAllowed):
        sign(cleaned, tmp_path / "a.note", who="rao")
    with pytest.raises(WrongPassphrase):
        sign(cleaned, tmp_path / "a.note", passphrase="passphrase of rao")
    assert not (tmp_path / "a.note").exists()
    sign(cleaned, tmp_path / "a.note")
    with pytest.raises(ReportThere):
        sign(cleaned, tmp_path / "a.note")
