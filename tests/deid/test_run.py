"""The act: an intake loses its names; every file is released, excluded or held, and no record names anyone."""

import io
from datetime import UTC, date, datetime, time, timedelta

import pydicom
import pytest

from residency.dataset.draft import DraftDataset
from residency.deid.cleaned import Deid, ReportRecord
from residency.deid.cleaning import Bench, clean
from residency.deid.determine import Determination, DeterminationOver, Determine
from residency.deid.holding import Decisions
from residency.deid.report import report_of as report_on
from residency.deid.run import CleanedMeanwhile, RunDeid
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.ingest.held import Quarantine
from residency.ingest.quarantine import OnlyRejectable
from residency.ingest.subjects import read_subjects
from residency.kernel.states import InvalidMove
from residency.observe.progress import shown_by
from residency.protocol.protocol import Amend, Approve, DraftProtocol
from residency.store.manifest import read_manifest
from residency.store.packs import read_pack
from residency.wiring import open_site
from tests.deid.ct_files import NAMES, SHIFTED
from tests.fakes.clinic import NUMBER, PROTOCOL, Clinic
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, label, series, table, uid, write
from tests.ingest.test_faults import drop_one

SOUND, FACE, BURNED, RESIDUAL = "MRN770011", "MRN770022", "MRN770033", "MRN770044"
JUDGED = {"expert": "E. Xample", "qualifications": "statistician", "method": "measured", "result": "very small"}


def changed(keyword, value):
    """What changes a series: one value in every file."""
    return lambda instances: [setattr(one, keyword, value) for one in instances]


@pytest.fixture
def steward(clinic):
    return Intaking(clinic)


@pytest.fixture
def folder(tmp_path):
    """Four patients of whom one is sound with a label map; beside them a head, burned-in text and a leftover name."""
    export(tmp_path, SOUND)
    export(tmp_path, FACE, change=changed("BodyPartExamined", "HEAD"))
    export(tmp_path, BURNED, change=changed("BurnedInAnnotation", "YES"))
    export(tmp_path, RESIDUAL, change=changed("ConvolutionKernel", "Planted"))
    label(tmp_path, series(SOUND)[0])
    return tmp_path


@pytest.fixture
def taken(steward, folder):
    """The steward, after taking the folder in."""
    steward.ingest(folder / "ct", labels=folder / "labels")
    return steward


def run(steward, source="incoming", recipe=("basic", "shift-dates")) -> Deid:
    return steward.clinic.do("rao", "deid.run", RunDeid(source=source, recipe=recipe))


def counts(deid):
    assert deid.received == deid.released + deid.excluded + deid.quarantined
    return deid.released, deid.excluded, deid.quarantined


def report_of(steward, deid) -> ReportRecord:
    (report,) = steward.clinic.site.ledger.all(ReportRecord, scope=deid.id)
    assert report.digest() == deid.report
    return report


def released(steward, deid):
    """The data sets that went on, by subject."""
    site, keys = steward.clinic.site, steward.keys(deid)
    items = read_manifest(site.sealed, deid.manifest, keys, root=deid.root)
    return {
        item.subject: [
            pydicom.dcmread(io.BytesIO(data)) for _, data in read_pack(site.sealed, item.parts["series"], keys)
        ]
        for item in items
    }


def test_every_file_is_released_excluded_or_held_and_held_for_a_sentence(taken):
    deid = run(taken)
    assert (deid.received, deid.items, deid.people, deid.data_class) == (25, 1, 1, "limited")
    assert counts(deid) == (7, 0, 18)
    held = taken.held()
    assert {code: group["files"] for code, group in held.items()} == {"FACE": 6, "BURNED-IN": 6, "RESIDUAL": 6}
    assert held["FACE"]["says"] == "1 series: The images may show a face, which this recipe does not remove."
    assert held["BURNED-IN"]["says"] == "1 series: The object says that text is burned into it."
    report = report_of(taken, deid).report
    assert (report.files_received, report.files_released) == (25, 7)
    assert report.files_quarantined == {"BURNED-IN": 6, "FACE": 6, "RESIDUAL": 6}
    (files,) = released(taken, deid).values()
    assert len(files) == 6
    assert {str(one.PatientName) for one in files} != {f"Planted^Name{SOUND}"}
    assert files[0].PatientID != SOUND


@pytest.mark.parametrize("code", ["FACE", "BURNED-IN"])
def test_what_a_person_looked_at_and_accepted_goes_through_with_the_next_run(taken, code):
    before = run(taken)
    taken.decide("accept", code)
    after = run(taken)
    assert after.id != before.id
    assert counts(after) == (13, 0, 12)
    assert set(taken.held()) == {"FACE", "BURNED-IN", "RESIDUAL"} - {code}
    letters = report_of(taken, after).report.letters
    assert not letters["A"].ticked
    assert not letters["Q"].ticked
    assert report_of(taken, before).report.letters["A"].ticked


def test_what_a_person_rejected_is_excluded_from_then_on(taken):
    run(taken)
    taken.decide("reject", "FACE")
    after = run(taken)
    assert counts(after) == (7, 6, 12)
    taken.decide("reject", "RESIDUAL")
    assert counts(run(taken)) == (7, 12, 6)


def test_what_is_rejected_counts_as_excluded_at_once_and_leaves_a_judgement_of_the_rest_as_it_was(taken):
    first = run(taken)
    judge(taken)
    for code in ("FACE", "BURNED-IN", "RESIDUAL"):
        taken.decide("reject", code)
    now = taken.clinic.site.ledger.get(Deid, first.id)
    assert counts(now) == (7, 18, 0)
    assert (now.root, now.data_class) == (first.root, "deidentified")
    again = run(taken)
    assert (again.id, again.digest()) == (first.id, now.digest())
    assert [deid.id for deid in taken.clinic.site.ledger.all(Deid)] == [first.id]


def judge(steward, expires=date(2099, 1, 1)):
    return steward.clinic.do("weber", "deid.determine", Determine(source="incoming", expires=expires, **JUDGED))


def test_what_a_later_recipe_cures_waits_for_nobody_any_more(steward, tmp_path):
    """One recipe keeps the ethnic group and another removes it, and with it what somebody typed there."""
    export(tmp_path, SOUND)
    steward.ingest(export(tmp_path, RESIDUAL, BURNED, change=changed("EthnicGroup", "Planted")))
    held = run(steward, recipe=("basic", "keep-characteristics"))
    assert counts(held)[2] == 12
    assert steward.held()["RESIDUAL"]["items"] == 2
    cured = run(steward)
    assert counts(cured) == (18, 0, 0)
    assert steward.held() == {}
    assert {group.state for group in steward.clinic.site.ledger.all(Quarantine)} == {"superseded"}
    with pytest.raises(InvalidMove):
        steward.decide("reject", "RESIDUAL")
    assert counts(run(steward)) == (18, 0, 0)
    again = run(steward, recipe=("basic", "keep-characteristics"))
    assert (again.id != held.id, counts(again)) == (True, counts(held))
    assert steward.held()["RESIDUAL"]["items"] == 2


def test_a_decision_that_falls_while_the_cleaning_runs_is_not_overlooked(taken):
    run(taken)

    def meanwhile(what, done, total):
        if what == "cleaning" and done == 1:
            taken.decide("reject", "FACE")

    with shown_by(meanwhile), pytest.raises(CleanedMeanwhile):
        run(taken, recipe=("basic",))
    assert counts(run(taken, recipe=("basic",))) == (7, 6, 12)


def test_a_birth_date_that_only_the_hospitals_table_knows_is_searched_for(steward, tmp_path):
    def leave(instances):
        changed("PatientBirthDate", "")(instances)
        changed("ConvolutionKernel", "dob 1961-07-23")(instances)

    people = table(tmp_path, f"{SOUND},HOSPITAL,F,1961-07-23,,,")
    steward.ingest(export(tmp_path, SOUND, change=leave), subjects=people)
    assert counts(run(steward)) == (0, 0, 6)
    assert set(steward.held()) == {"RESIDUAL"}


@pytest.mark.parametrize("way", ["held at intake", "taken in before"])
def test_a_name_that_stands_only_in_a_series_beside_is_searched_for(steward, tmp_path, way):
    married = series(SOUND, name="other")
    changed("PatientName", "Quillfeather^Una")(married)
    if way == "held at intake":
        drop_one(married)
    write(tmp_path / "before", married)
    sound = series(SOUND)
    changed("ConvolutionKernel", "Quillfeather")(sound)
    write(tmp_path / "now", sound)
    if way == "held at intake":
        write(tmp_path / "now/beside", married)
    else:
        steward.ingest(tmp_path / "before")
    steward.ingest(tmp_path / "now")
    assert counts(run(steward)) == (0, 0, 6)
    assert "RESIDUAL" in steward.held()


def test_cleaning_that_takes_longer_than_a_lease_is_not_lost(taken):
    now = [taken.clinic.site.clock()]
    site = open_site(taken.clinic.site.folder, clock=lambda: now[0])

    def slowly(what, done, total):
        now[0] += timedelta(minutes=50) if what == "cleaning" else timedelta()

    with shown_by(slowly):
        deid = run(Intaking(Clinic(site)))
    assert counts(deid) == (7, 0, 18)
    with site.ledger.reading() as book:
        told = [event["outcome"] for _, event in audit.events(book) if event["act"] == "deid.run"]
    assert told == ["lease"] * 5 + ["done"]
    site.ledger.close()


def test_cleaning_under_a_protocol_that_is_suspended_stops_at_the_next_subject(taken):
    now, seen = [taken.clinic.site.clock()], []
    site = open_site(taken.clinic.site.folder, clock=lambda: now[0])

    def suspend(what, done, total):
        if what == "cleaning" and not seen:
            taken.clinic.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="enough", ends=date(2026, 2, 1)))
            letter = taken.clinic.site.folder / "site.toml"
            taken.clinic.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=letter))
        seen.append(done)
        now[0] += timedelta(seconds=20)

    with shown_by(suspend), pytest.raises(NotAllowed, match="PROTOCOL"):
        run(Intaking(Clinic(site)))
    assert len([done for done in seen if done == 1]) <= 1
    assert site.ledger.all(Deid) == []
    site.ledger.close()


def test_a_leftover_name_can_only_be_rejected(taken):
    run(taken)
    with pytest.raises(OnlyRejectable):
        taken.decide("accept", "RESIDUAL")
    assert counts(run(taken)) == (7, 0, 18)


def test_a_series_with_two_risks_waits_for_the_second_when_the_first_is_accepted(steward, tmp_path):
    def both(instances):
        changed("BodyPartExamined", "HEAD")(instances)
        changed("BurnedInAnnotation", "YES")(instances)

    steward.ingest(export(tmp_path, SOUND, change=both))
    run(steward)
    steward.decide("accept", "BURNED-IN")
    assert counts(run(steward)) == (0, 0, 6)
    assert set(steward.held()) == {"FACE"}
    steward.decide("accept", "FACE")
    assert counts(run(steward)) == (6, 0, 0)


def test_a_group_says_each_of_its_sentences(steward, tmp_path):
    export(tmp_path, SOUND, FACE, change=changed("BurnedInAnnotation", "YES"))
    steward.ingest(export(tmp_path, BURNED, change=changed("ConversionType", "WSD")))
    run(steward)
    assert steward.held()["BURNED-IN"]["says"] == (
        "3 series: The object says that text is burned into it. (2) "
        "The image was converted from something else and may carry text. (1)"
    )


def test_the_same_intake_recipe_and_decisions_give_the_record_that_is_there(taken):
    first = run(taken)
    assert run(taken).digest() == first.digest()
    assert len(taken.clinic.site.ledger.all(Quarantine)) == 3
    other = run(taken, recipe=("basic",))
    assert other.id != first.id
    assert run(taken).id == first.id
    assert len(taken.clinic.site.ledger.all(Quarantine)) == 3
    taken.decide("accept", "FACE")
    again = run(taken)
    assert again.id not in (first.id, other.id)
    assert run(taken).id == again.id


def test_what_a_later_decision_lets_in_is_cleaned_by_a_later_run(steward, tmp_path):
    export(tmp_path, SOUND)
    steward.ingest(export(tmp_path, FACE, change=drop_one))
    before = run(steward)
    steward.decide("accept", "MISSING-SLICE")
    after = run(steward)
    assert (counts(before), counts(after)) == ((6, 0, 0), (11, 0, 0))


def codes_of(steward, deid):
    return {str(one.PatientID) for files in released(steward, deid).values() for one in files}


def test_a_person_has_one_code_under_a_protocol_and_another_under_another(steward, tmp_path):
    (tmp_path / "other.yaml").write_text(PROTOCOL.replace(NUMBER, "IRB-2"))
    (tmp_path / "letter").write_text("Approved.")
    steward.clinic.do("okoye", "protocol.draft", DraftProtocol(file=tmp_path / "other.yaml"))
    steward.clinic.do("abbas", "protocol.approve", Approve(protocol="IRB-2", letter=tmp_path / "letter"))
    one, more = export(tmp_path / "1", SOUND), export(tmp_path / "2", SOUND, slices=8)
    for name, path, protocol in (("one", one, NUMBER), ("two", more, NUMBER), ("three", one, "IRB-2")):
        steward.ingest(path, name=name, protocol=protocol)
    found = [released(steward, run(steward, name)) for name in ("one", "two", "three")]
    said = [
        {(str(ds.PatientID), str(ds.SeriesInstanceUID), str(ds.StudyDate)) for files in part.values() for ds in files}
        for part in found
    ]
    assert len(said[0]) == 1
    assert said[0] == said[1]
    assert not set(*said[0]) & set(*said[2])
    assert set(found[0]) == set(found[1]) == codes_of(steward, steward.clinic.site.ledger.get(Deid, "one"))
    assert not set(found[0]) & set(found[2])
    rows = {deid.name: rows_of(steward, deid) for deid in steward.clinic.site.ledger.all(Deid)}
    (code,) = found[0]
    assert {(row.subject, row.anatomy) for name in ("one", "two") for row in rows[name].values()} == {(code, code)}


def rows_of(steward, deid):
    return read_subjects(steward.clinic.site.sealed, deid.subjects, steward.keys(deid))


def test_two_first_runs_of_a_protocol_at_once_give_nobody_two_codes(steward, tmp_path):
    for name in ("one", "two"):
        steward.ingest(export(tmp_path / name, SOUND), name=name)
    meanwhile = []

    def run_another(what, done, total):
        if what == "cleaning" and not meanwhile:
            meanwhile.append("begun")
            meanwhile.append(run(steward, "two"))

    with shown_by(run_another), pytest.raises(CleanedMeanwhile):
        run(steward, "one")
    assert codes_of(steward, run(steward, "one")) == codes_of(steward, meanwhile[1])


def test_the_class_falls_only_for_the_output_that_was_judged(taken):
    first = run(taken)
    judged = judge(taken)
    assert isinstance(judged, Determination)
    assert (judged.deid, judged.root, judged.recipe, judged.invented) == (
        first.id,
        first.root,
        first.recipe_digest,
        False,
    )
    again = run(taken)
    assert (again.id, again.data_class, again.determination) == (first.id, "deidentified", judged.id)
    taken.decide("accept", "FACE")
    later = run(taken)
    assert (later.data_class, later.determination) == ("limited", "")
    assert later.root != judged.root
    assert taken.clinic.site.ledger.get(Deid, first.id).data_class == "deidentified"


def test_a_judgement_ends_and_with_it_what_it_allowed_until_there_is_another(taken):
    run(taken)
    ends = taken.clinic.site.clock().date() + timedelta(days=30)
    judge(taken, expires=ends)
    deid = taken.clinic.site.ledger.get(Deid, "incoming")
    assert deid.terms.ends == datetime.combine(ends, time(), UTC)
    ask = DraftDataset(name="liver-ct", source=("incoming",), train=1, tune=0, test=0)
    assert taken.clinic.do("rao", "dataset.draft", ask).terms.ends == deid.terms.ends
    later = Clinic(open_site(taken.clinic.site.folder, clock=lambda: deid.terms.ends + timedelta(hours=1)))
    with pytest.raises(NotAllowed, match="PROTOCOL-EXPIRED"):
        later.do("rao", "dataset.draft", ask)
    judge(Intaking(later), expires=date(2099, 1, 1))
    assert later.site.ledger.get(Deid, "incoming").terms == taken.now().terms
    later.do("rao", "dataset.draft", ask)
    later.site.ledger.close()


def test_a_judgement_that_has_ended_or_comes_from_the_wrong_person_is_refused(taken):
    run(taken)
    yesterday = taken.clinic.site.clock().date() - timedelta(days=1)
    for day in (yesterday, yesterday + timedelta(days=1)):
        with pytest.raises(DeterminationOver):
            taken.clinic.do("weber", "deid.determine", Determine(source="incoming", expires=day, **JUDGED))
    with pytest.raises(NotAllowed):
        taken.clinic.do("rao", "deid.determine", Determine(source="incoming", expires=date(2099, 1, 1), **JUDGED))
    assert taken.clinic.site.ledger.get(Deid, "incoming").data_class == "limited"


def test_shifted_dates_and_keyed_codes_are_never_called_safe_harbor(taken):
    for recipe in (("basic", "shift-dates"), ("keyed",), ("basic", "keep-dates")):
        report = report_of(taken, run(taken, recipe=recipe)).report
        assert {letter for letter, said in report.letters.items() if not said.ticked} == {"C", "H", "R"}
        assert not report.safe_harbor


def test_no_value_of_a_patient_is_in_any_record_event_log_or_refusal(taken, tmp_path, capfd):
    run(taken)
    with pytest.raises(OnlyRejectable) as refusal:
        taken.decide("accept", "RESIDUAL")
    site = taken.clinic.site
    site.ledger.close()
    said = repr(refusal.value) + "".join(capfd.readouterr())
    kept = b"".join(p.read_bytes() for p in site.folder.rglob("*") if p.is_file())
    values = [
        SOUND,
        FACE,
        BURNED,
        RESIDUAL,
        f"Name{SOUND}",
        "Planted^Name",
        "19700102",
        uid(SOUND, "", "series"),
        "SN-1\x00",
    ]
    assert [value for value in values if value.encode() in kept + said.encode()] == []


def test_what_cannot_be_cleaned_at_all_stops_one_series_and_no_other(steward, tmp_path):
    export(tmp_path, SOUND)
    steward.ingest(export(tmp_path, FACE, change=changed("SOPClassUID", "1.2.840.10008.5.1.4.1.1.481.2")))
    deid = run(steward)
    assert deid.released == 6
    assert counts(deid)[2] == steward.now().accepted - 6


def test_a_label_map_that_cannot_be_written_anew_holds_its_whole_series(taken):
    gate, by = taken.clinic.site.gate, taken.clinic.person("rao")
    intake, sealed = taken.now(), taken.clinic.site.sealed
    with gate.call(by, "deid.run"), gate.lease(by, "deid.run", intake) as lease:
        keys, space = lease.keys(intake.space), lease.new_space("test")
        items = read_manifest(sealed, intake.manifest, keys, root=intake.root)
        item = next(item for item in items if "label" in item.parts)
        junk = sealed.write(b"junk", space.new_group(item.subject, "imaging", lease.at, by.id), context="label")
        keys |= {group.id: space.open(group).key for group in space.made.values()}
        nothing = Decisions({}, frozenset(), frozenset(), intake.digest())
        bench = Bench(sealed, keys, SHIFTED, NAMES, nothing, space, lease)
        (done,) = clean([item.model_copy(update={"parts": item.parts | {"label": junk}})], bench)
        with gate.act(by, "deid.run", intake):
            pass
    assert (done.sealed, done.result.quarantine.code, done.result.received) == (None, "UNREADABLE", 7)
    assert report_on([done.result], SHIFTED).files_quarantined == {"UNREADABLE": 7}


def test_the_subject_table_that_goes_on_holds_only_those_who_got_through(taken):
    deid = run(taken)
    assert len(rows_of(taken, deid)) == deid.people == 1
