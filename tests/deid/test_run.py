"""The act: an intake loses its names; every file is released, excluded or held, and no record names anyone."""

import io
import json
import random
from datetime import date, timedelta

import pydicom
import pytest

from residency.deid.cleaning import Bench, clean
from residency.deid.determine import Determination, DeterminationOver, Determine
from residency.deid.holding import Decisions
from residency.deid.losses import losses
from residency.deid.report import report_of as report_on
from residency.deid.run import CleanedMeanwhile, Deid, ReportRecord, RunDeid
from residency.govern.gate import NotAllowed
from residency.ingest.held import Quarantine
from residency.ingest.quarantine import OnlyRejectable
from residency.ingest.subjects import Subject, read_subjects
from residency.observe.progress import shown_by
from residency.protocol.protocol import Approve, DraftProtocol
from residency.store.manifest import read_manifest
from residency.store.packs import read_pack
from tests.deid.ct_files import NAMES, SHIFTED
from tests.fakes.clinic import NUMBER, PROTOCOL
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, label, series, table, uid
from tests.ingest.test_faults import drop_one

SOUND, FACE, BURNED, RESIDUAL = "MRN770011", "MRN770022", "MRN770033", "MRN770044"
JUDGED = {"expert": "E. X. Ample", "qualifications": "statistician", "method": "measured", "result": "very small"}


def _set(keyword, value):
    return lambda instances: [setattr(one, keyword, value) for one in instances]


@pytest.fixture
def steward(clinic):
    return Intaking(clinic)


@pytest.fixture
def folder(tmp_path):
    """Four patients of whom one is sound with a label map; beside them a head, burned-in text and a leftover name."""
    export(tmp_path, SOUND)
    export(tmp_path, FACE, change=_set("BodyPartExamined", "HEAD"))
    export(tmp_path, BURNED, change=_set("BurnedInAnnotation", "YES"))
    export(tmp_path, RESIDUAL, change=_set("ConvolutionKernel", "Planted"))
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


def test_a_leftover_name_can_only_be_rejected(taken):
    run(taken)
    with pytest.raises(OnlyRejectable):
        taken.decide("accept", "RESIDUAL")
    assert counts(run(taken)) == (7, 0, 18)


def test_a_series_with_two_risks_waits_for_the_second_when_the_first_is_accepted(steward, tmp_path):
    def both(instances):
        _set("BodyPartExamined", "HEAD")(instances)
        _set("BurnedInAnnotation", "YES")(instances)

    steward.ingest(export(tmp_path, SOUND, change=both))
    run(steward)
    steward.decide("accept", "BURNED-IN")
    assert counts(run(steward)) == (0, 0, 6)
    assert set(steward.held()) == {"FACE"}
    steward.decide("accept", "FACE")
    assert counts(run(steward)) == (6, 0, 0)


def test_a_group_says_each_of_its_sentences(steward, tmp_path):
    export(tmp_path, SOUND, FACE, change=_set("BurnedInAnnotation", "YES"))
    steward.ingest(export(tmp_path, BURNED, change=_set("ConversionType", "WSD")))
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
    judged = taken.clinic.do(
        "weber", "deid.determine", Determine(source="incoming", expires=date(2099, 1, 1), **JUDGED)
    )
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
    letters = report_of(taken, run(taken)).report.letters
    assert not letters["C"].ticked
    assert not letters["R"].ticked
    plain = report_of(taken, run(taken, recipe=("basic",))).report
    assert plain.letters["C"].ticked
    assert not plain.letters["R"].ticked
    assert not plain.safe_harbor


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
    steward.ingest(export(tmp_path, FACE, change=_set("SOPClassUID", "1.2.840.10008.5.1.4.1.1.481.2")))
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


def test_whom_the_cleaning_leaves_out_is_tabled_and_small_groups_are_not_shown(steward, tmp_path):
    women, men = [f"MRN88{n:04}" for n in range(8)], [f"MRN99{n:04}" for n in range(7)]
    export(tmp_path, *women[:5], change=_set("BodyPartExamined", "HEAD"))
    export(tmp_path, *women[5:], *men[2:])
    path = export(tmp_path, *men[:2], change=_set("BurnedInAnnotation", "YES"))
    lines = [f"{p},HOSPITAL,F,1970-01-02,White,," for p in women] + [f"{p},HOSPITAL,M,1950-01-02,Asian,," for p in men]
    steward.ingest(path, subjects=table(tmp_path, *lines))
    record = report_of(steward, run(steward))
    assert record.min_cell == 5
    shown = {(loss.by, loss.group): (loss.came_in, loss.left_out) for loss in record.losses}
    # Two men are too few to show, and 5 of 7 in all would tell them: both cells are hidden.
    assert shown == {
        (by, group): (n, None)
        for by, groups in {
            "sex": {"F": 8, "M": 7},
            "age_band": {"50-59": 8, "70-79": 7},
            "race": {"White": 8, "Asian": 7},
        }.items()
        for group, n in groups.items()
    }
    assert "MRN" not in json.dumps(record.body())


def test_what_intake_held_and_people_rejected_counts_as_left_out(steward, tmp_path):
    export(tmp_path, *[f"MRN88{n:04}" for n in range(5)], change=drop_one)
    steward.ingest(export(tmp_path, *[f"MRN99{n:04}" for n in range(6)]))
    (loss,) = (loss for loss in report_of(steward, run(steward)).losses if loss.by == "sex")
    assert (loss.group, loss.came_in, loss.left_out) == ("F", 11, 5)
    steward.decide("accept", "MISSING-SLICE")
    (loss,) = (loss for loss in report_of(steward, run(steward)).losses if loss.by == "sex")
    assert (loss.came_in, loss.left_out) == (11, 0)


def test_no_small_group_follows_from_what_a_table_of_losses_shows():
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(500):
        rows = [
            Subject(subject=f"s{n}", anatomy="a", race=chance.choice("ABCD")) for n in range(chance.randrange(1, 60))
        ]
        out = {row.subject for row in rows if chance.random() < chance.random()}
        shown = losses(rows, out, 5)
        for name, true in (("came_in", rows), ("left_out", [row for row in rows if row.subject in out])):
            cells = {loss.group: getattr(loss, name) for loss in shown}
            hidden = [sum(row.race == group for row in true) for group, n in cells.items() if n is None]
            assert all(n is None or n == 0 or n >= 5 for n in cells.values())
            assert all(n in (None, sum(row.race == group for row in true)) for group, n in cells.items())
            # A total is taken to be known: what is hidden together must not be one cell, nor few.
            assert not hidden or len(hidden) == len(cells) or (len(hidden) > 1 and sum(hidden) >= 5)


def test_an_attribute_that_the_protocol_does_not_keep_is_not_tabled():
    rows = [Subject(subject=f"s{n}", anatomy="a", sex="F") for n in range(6)]
    assert [loss.by for loss in losses(rows, set(), 5)] == ["sex"]


def test_the_subject_table_that_goes_on_holds_only_those_who_got_through(taken):
    deid = run(taken)
    rows = read_subjects(taken.clinic.site.sealed, deid.subjects, taken.keys(deid))
    assert len(rows) == deid.people == 1
