"""What the floors say of themselves."""

import json
import shutil

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from residency.dataset.version import DatasetVersion
from residency.evaluate.evaluation import Evaluation
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.govern.heads import KeptUnreadable
from residency.govern.policy import gate_text
from residency.ingest.source import Source
from residency.kernel.note import PublicKey
from residency.protocol.people import Nothing
from residency.runs.run import Model
from residency.runs.submit import Submit
from residency.upkeep.log import EventMissing, LogUnsound, NamedRecord, NoKeyOfSite, NumberedEvent, Since, VerifyLog
from residency.wiring import open_site
from tests.fakes.clinic import Clinic


def head_of(clinic):
    with clinic.site.ledger.reading() as book:
        return audit.head_note(book)


def kept(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def verify_log(clinic, **how):
    return clinic.do("ito", "audit.verify", VerifyLog(**how))


def checks(clinic):
    return {row["check"]: row for row in clinic.do("root", "site.doctor", Nothing()).rows}


def test_the_status_counts_what_is_here(studied_clinic):
    report = studied_clinic.do("lind", "site.status", Nothing())
    counts = {row["what"]: row["count"] for row in report.rows}
    assert {
        "person": 9,
        "protocol": 1,
        "source": 2,
        "dataset-version": 2,
        "run": 1,
        "model": 1,
    }.items() <= counts.items()
    with studied_clinic.site.ledger.reading() as book:
        assert counts["event"] == audit.size(book)
    assert report.notes == ("Development key: whoever has this folder can open it.",)


def test_the_doctor_finds_the_object_that_is_gone_and_names_it(studied_clinic):
    before = checks(studied_clinic)
    assert all(row["holds"] for row in before.values()), before
    version = studied_clinic.site.ledger.get(DatasetVersion, "liver-ct")
    studied_clinic.site.objects.delete(version.manifest.name)
    failing = [row for row in checks(studied_clinic).values() if not row["holds"]]
    assert [row["check"] for row in failing] == [
        "Every object that a record or a list names is here (present, not read)"
    ]
    assert version.manifest.name in failing[0]["detail"]


def test_the_lineage_of_a_model_goes_down_to_its_sources_and_that_of_a_source_up_to_what_came_of_it(studied_clinic):
    ledger = studied_clinic.site.ledger
    (model,) = ledger.all(Model)
    (evaluation,) = ledger.all(Evaluation)
    source = ledger.get(Source, "incoming")
    from_model = studied_clinic.do("ito", "lineage", NamedRecord(record=model.id)).rows
    below = {row["of"] for row in from_model if row["direction"] == "from"}
    above = {row["made"] for row in from_model if row["direction"] == "into"}
    assert f"source {source.id}" in below
    assert f"evaluation {evaluation.id}" in above
    assert not any(row["of"].startswith("source") for row in from_model if row["direction"] == "into")
    from_source = studied_clinic.do("ito", "lineage", NamedRecord(record=source.digest())).rows
    assert {row["direction"] for row in from_source} <= {"from", "into"}
    assert f"model {model.id}" in {row["made"] for row in from_source if row["direction"] == "into"}
    with ledger.reading() as book:
        for row in from_model:
            assert audit.event(book, row["event"])["outcome"] == "done"


def test_an_explanation_gives_the_remedy_of_every_gate_that_failed(studied_clinic, studied):
    ask = Submit(version="liver-ct", file=studied.study, purpose="advertising")
    with pytest.raises(NotAllowed):
        studied_clinic.do("ito", "run.submit", ask)
    with studied_clinic.site.ledger.reading() as book:
        number, event = list(audit.events(book))[-1]
    gates = ["ROLE", "PERSON-NOT-ON-PROTOCOL", "PURPOSE"]
    assert event["gates"] == gates
    report = studied_clinic.do("lind", "explain", NumberedEvent(event=number))
    assert [(row["gate"], row["says"], row["remedy"]) for row in report.rows] == [
        (gate, gate_text(gate).says, gate_text(gate).remedy) for gate in gates
    ]
    assert report.title.startswith(f"Event {number}: run.submit was refused at 20")


def test_an_event_that_was_allowed_has_no_gates_and_one_that_is_not_there_is_missing(studied_clinic):
    assert studied_clinic.do("lind", "explain", NumberedEvent(event=0)).rows == ()
    with pytest.raises(EventMissing, match="no event 99999"):
        studied_clinic.do("lind", "explain", NumberedEvent(event=99_999))


def test_the_log_is_shown_from_where_it_is_asked_for_to_those_who_may_look(studied_clinic):
    whole = studied_clinic.do("ito", "audit.log", Since()).rows
    assert [row["number"] for row in whole] == list(range(len(whole)))
    assert (whole[-1]["act"], whole[-1]["actor"]["id"]) == ("audit.log", studied_clinic.person("ito").id)
    later = studied_clinic.do("ito", "audit.log", Since(since=len(whole) - 1)).rows
    assert [row["number"] for row in later] == [len(whole) - 1, len(whole)]
    with pytest.raises(NotAllowed):
        studied_clinic.do("marsh", "audit.log", Since())


def test_the_log_holds_against_heads_and_keys_that_were_kept_outside(studied_clinic, frozen, tmp_path):
    earlier = frozen.open(tmp_path / "earlier")
    heads = tuple(kept(tmp_path, f"{n}.note", head_of(c)) for n, c in enumerate((earlier, studied_clinic)))
    report = verify_log(studied_clinic, head=heads, key=(studied_clinic.site.folder / "public-keys.txt",))
    assert report.rows[0]["heads kept outside"] == 2
    assert report.rows[0]["holds"]
    without = verify_log(studied_clinic)
    assert any("roll" in note for note in without.notes), without.notes


def test_a_site_put_back_to_an_earlier_day_is_found_by_a_head_kept_since(studied_clinic, frozen, tmp_path):
    newer = kept(tmp_path, "newer.note", head_of(studied_clinic))
    earlier = frozen.open(tmp_path / "earlier")
    with pytest.raises(LogUnsound):
        verify_log(earlier, head=(newer,))
    with pytest.raises(NotAllowed):
        earlier.do("marsh", "audit.verify", VerifyLog(head=(newer,)))
    verify_log(earlier)


def test_the_head_or_key_of_another_log_is_not_this_ones(studied_clinic, clinics, tmp_path):
    other = Clinic(open_site(clinics / "approved"))
    head = kept(tmp_path, "other.note", head_of(other))
    stranger = PublicKey("residency/site/other", Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    key = kept(tmp_path, "keys.txt", f"{stranger}\n")
    for how in ({"head": (head,)}, {"key": (key,)}):
        with pytest.raises(LogUnsound):
            verify_log(studied_clinic, **how)
    with pytest.raises(KeptUnreadable):
        verify_log(studied_clinic, head=(tmp_path / "nothing.note",))
    with pytest.raises(NoKeyOfSite):
        verify_log(studied_clinic, key=(kept(tmp_path, "empty.txt", "# nothing\n"),))
    other.site.ledger.close()


def test_heads_kept_by_the_settings_outside_the_site_show_a_rollback(frozen, tmp_path):
    clinic = frozen.open(tmp_path / "site")
    settings = tmp_path / "site/site.toml"
    settings.write_text(settings.read_text().replace('heads = ""', 'heads = "../heads"'))
    clinic.site.ledger.close()
    shutil.copytree(tmp_path / "site", tmp_path / "backup")
    clinic = Clinic(open_site(tmp_path / "site"))
    clinic.do("lind", "site.status", Nothing())
    assert (tmp_path / "heads/newest.note").read_text() == head_of(clinic)
    assert verify_log(clinic).rows[0]["heads kept outside"] == 1
    clinic.site.ledger.close()
    shutil.rmtree(tmp_path / "site")
    shutil.move(tmp_path / "backup", tmp_path / "site")
    restored = Clinic(open_site(tmp_path / "site"))
    with pytest.raises(LogUnsound):
        verify_log(restored)
    restored.site.ledger.close()


def test_what_upkeep_shows_can_be_written_as_json(studied_clinic):
    for person, act, ask in (
        ("lind", "site.status", Nothing()),
        ("root", "site.doctor", Nothing()),
        ("ito", "audit.log", Since()),
        ("ito", "audit.verify", VerifyLog()),
    ):
        assert json.loads(studied_clinic.do(person, act, ask).model_dump_json())["rows"]
