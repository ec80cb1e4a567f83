"""Heads kept outside the site: a whole site put back to an earlier day is found, today and after work went on."""

import html
import shutil
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.govern.identity import SigningKey
from residency.protocol.people import Nothing
from residency.upkeep.log import LogUnsound, Since, VerifyLog
from residency.wiring import open_site
from tests.fakes.clinic import Clinic, copy_clinic


@pytest.fixture
def kept(clinics, tmp_path) -> Clinic:
    """A clinic that keeps its heads in a folder beside the site."""
    clinic = copy_clinic(clinics / "empty", tmp_path / "site", ledger=('heads = ""', 'heads = "../heads"'))
    look(clinic, 3)
    return clinic


def look(clinic: Clinic, times: int) -> None:
    for _ in range(times):
        clinic.do("ito", "person.list", Nothing())


def rolled_back(clinic: Clinic, by: int) -> Clinic:
    """The site as it was before this many events, with the heads as they are."""
    folder = clinic.site.folder
    clinic.site.ledger.close()
    shutil.copytree(folder, folder.with_name("earlier"))
    look(again := Clinic(open_site(folder)), by)
    again.site.ledger.close()
    shutil.rmtree(folder)
    folder.with_name("earlier").rename(folder)
    return Clinic(open_site(folder))


def test_the_newest_head_is_kept_after_every_act_and_fits_the_log(kept):
    report = kept.do("ito", "audit.verify", VerifyLog())
    assert report.rows[0]["heads kept outside"] == 1
    assert report.notes == ()


def test_a_site_put_back_to_an_earlier_day_is_named(kept):
    with pytest.raises(LogUnsound, match="ROLLED-BACK"):
        rolled_back(kept, 2).do("ito", "audit.verify", VerifyLog())


@pytest.mark.parametrize("acts", [1, 2, 3, 7])
def test_the_evidence_of_a_rollback_outlives_the_acts_that_follow_it(kept, acts):
    """Whoever works on before anybody verifies must not write over the one head that shows it."""
    restored = rolled_back(kept, 3)
    look(restored, acts)
    with pytest.raises(LogUnsound, match=r"ROLLED-BACK|FORKED"):
        restored.do("ito", "audit.verify", VerifyLog())
    with pytest.raises(LogUnsound):
        restored.do("ito", "audit.verify", VerifyLog())


def test_a_database_put_back_alone_is_named_by_the_head_beside_it(clinics, tmp_path):
    clinic = copy_clinic(clinics / "empty", tmp_path / "site")
    clinic.site.ledger.close()
    shutil.copy(tmp_path / "site/ledger.db", tmp_path / "older.db")
    look(again := Clinic(open_site(tmp_path / "site")), 3)
    again.site.ledger.close()
    shutil.copy(tmp_path / "older.db", tmp_path / "site/ledger.db")
    for _ in range(2):
        with pytest.raises(LogUnsound, match="ROLLED-BACK"):
            Clinic(open_site(tmp_path / "site")).do("ito", "audit.verify", VerifyLog())


def test_a_bundle_and_a_report_that_left_the_house_are_heads_too(clinics, tmp_path):
    clinic = rolled_back(copy_clinic(clinics / "empty", tmp_path / "site"), 0)
    clinic.site.ledger.close()
    shutil.copytree(clinic.site.folder, tmp_path / "earlier")
    clinic = Clinic(open_site(tmp_path / "site"))
    look(clinic, 2)
    with clinic.site.ledger.reading() as book:
        note = audit.head_note(book)
    with zipfile.ZipFile(tmp_path / "a.residency", "w") as bundle:
        bundle.writestr("audit/checkpoint.note", note)
    (tmp_path / "report.html").write_text(f'<p>x</p><pre class="signed-head">{html.escape(note)}</pre>')
    for kept in ("a.residency", "report.html"):
        assert clinic.do("ito", "audit.verify", VerifyLog(head=(tmp_path / kept,))).notes == ()
        with pytest.raises(LogUnsound, match="ROLLED-BACK"):
            Clinic(open_site(tmp_path / "earlier")).do("ito", "audit.verify", VerifyLog(head=(tmp_path / kept,)))


@pytest.mark.parametrize("harm", ["/proc/heads", "site.toml/heads"])
def test_a_place_of_heads_that_fails_stands_in_the_way_of_no_outcome_and_the_doctor_names_it(clinics, tmp_path, harm):
    clinic = copy_clinic(clinics / "empty", tmp_path / "site", ledger=('heads = ""', f'heads = "{harm}"'))
    look(clinic, 1)
    with pytest.raises(NotAllowed):
        clinic.do("marsh", "audit.log", Since())
    rows = {row["check"]: row for row in clinic.do("root", "site.doctor", Nothing()).rows}
    row = rows["The newest head of the log is kept beside the database"]
    assert not row["holds"]
    assert "heads" in row["detail"]


def test_a_whole_rollback_without_an_outside_head_is_said_not_to_be_excluded(clinics, tmp_path):
    clinic = rolled_back(copy_clinic(clinics / "empty", tmp_path / "site"), 2)
    report = clinic.do("ito", "audit.verify", VerifyLog())
    assert "rollback of the whole site cannot be excluded" in report.notes[0]


def test_a_head_that_an_auditor_took_home_finds_it_too(clinics, tmp_path):
    clinic = copy_clinic(clinics / "empty", tmp_path / "site")
    clinic.site.ledger.close()
    shutil.copytree(clinic.site.folder, tmp_path / "earlier")
    clinic = Clinic(open_site(tmp_path / "site"))
    look(clinic, 2)
    with clinic.site.ledger.reading() as book:
        (tmp_path / "home.note").write_text(audit.head_note(book))
    with pytest.raises(LogUnsound, match="ROLLED-BACK"):
        Clinic(open_site(tmp_path / "earlier")).do("ito", "audit.verify", VerifyLog(head=(tmp_path / "home.note",)))


def test_a_key_that_an_auditor_took_home_finds_another_signer(clinics, tmp_path):
    clinic = copy_clinic(clinics / "empty", tmp_path / "site")
    own, other = tmp_path / "keys.txt", tmp_path / "other.txt"
    own.write_text(f"# kept\n{clinic.site.log_key.public}\n")
    other.write_text(f"{SigningKey(clinic.site.log_key.public.name, Ed25519PrivateKey.generate()).public}\n")
    assert clinic.do("ito", "audit.verify", VerifyLog(key=(own,))).rows[0]["holds"]
    with pytest.raises(LogUnsound, match="SIGNER-REPLACED"):
        clinic.do("ito", "audit.verify", VerifyLog(key=(other,)))
