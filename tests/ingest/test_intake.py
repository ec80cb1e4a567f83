"""What came in: counted, sealed, the same for the same files."""

import io
import json
import os
from datetime import UTC, datetime

import pytest
from pydicom import dcmread

from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.ingest.folder import SourceEmpty, SourceMissing
from residency.ingest.ingest import IntakeMeanwhile, SourceTaken
from residency.ingest.intake import Intake
from residency.ingest.sealing import read_origin
from residency.ingest.source import Source
from residency.ingest.subjects import read_subjects
from residency.observe.progress import shown_by
from residency.protocol.protocol import Approve, DraftProtocol
from residency.store.manifest import read_manifest
from residency.store.packs import read_pack
from residency.wiring import open_site
from tests.fakes.clinic import PROTOCOL, Clinic, approve_protocol
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, label, series, table, write

WHITE, BLACK = "White", "Black or African American"


def items_of(steward, intake):
    keys = steward.keys(intake)
    sealed = steward.clinic.site.sealed
    return read_manifest(sealed, intake.manifest, keys, root=intake.root), keys


def test_a_sound_series_comes_out_of_the_store_byte_for_byte_in_slice_order(steward, tmp_path):
    instances = series("4711")
    paths = write(tmp_path / "ct/a", instances[::-1])
    intake = steward.ingest(tmp_path / "ct")
    (item,), keys = items_of(steward, intake)
    files = [data for _, data in read_pack(steward.clinic.site.sealed, item.parts["series"], keys)]
    assert files == [path.read_bytes() for path in paths[::-1]]
    assert [float(dcmread(io.BytesIO(data)).ImagePositionPatient[2]) for data in files] == [0, 2, 4, 6, 8, 10]
    assert (intake.received, intake.accepted, intake.excluded, intake.quarantined) == (6, 6, 0, 0)


def test_every_file_is_counted_once_and_the_table_of_subjects_is_none_of_them(steward, tmp_path):
    path = export(tmp_path, "1", "2")
    label(tmp_path / "ct", series("1")[0])  # the folder of label maps lies inside the folder of images
    people = table(path, "1,HOSPITAL,F,1970-01-02,,,", "2,HOSPITAL,M,1950-01-02,,,")
    (path / "notes.txt").write_text("no image")
    intake = steward.ingest(path, labels=path / "labels", subjects=people)
    assert (intake.received, intake.accepted, intake.quarantined) == (14, 13, 1)
    items, _ = items_of(steward, intake)
    assert sorted(item.files for item in items) == [6, 7]


def test_the_same_files_are_not_taken_in_twice(steward, tmp_path):
    path = export(tmp_path, "1")
    first = steward.ingest(path)
    objects = list(steward.clinic.site.objects.names())
    again = steward.ingest(path)
    assert again.digest() == first.digest()
    assert list(steward.clinic.site.objects.names()) == objects
    with steward.clinic.site.ledger.reading() as book:
        done = [event for _, event in audit.events(book) if (event["act"], event["outcome"]) == ("ingest", "done")]
    assert [bool(event["saved"]) for event in done] == [True, False]


def test_one_changed_byte_makes_another_intake_of_the_same_source(steward, tmp_path):
    path = export(tmp_path, "1")
    first = steward.ingest(path)
    one = path / "1/0001.dcm"
    one.write_bytes(one.read_bytes()[:-1] + b"\x01")
    second = steward.ingest(path)
    assert second.id != first.id
    assert second.source == first.source
    assert len(steward.clinic.site.ledger.all(Source)) == 1


def test_a_patient_has_one_code_over_the_intakes_of_a_source_and_another_code_elsewhere(steward, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    write(one / "a", series("0042"))
    again = series("42 ", name="later")
    for instance in again:
        instance.IssuerOfPatientID = " hospital"
    write(two / "b", again)
    (first,), _ = items_of(steward, steward.ingest(one))
    (second,), _ = items_of(steward, steward.ingest(two))
    (elsewhere,), _ = items_of(steward, steward.ingest(two, name="elsewhere"))
    assert first.subject == second.subject
    assert elsewhere.subject != first.subject
    assert first.parts["series"].group == second.parts["series"].group


def test_a_patient_whose_issuer_is_left_out_of_one_series_stays_one_patient(steward, tmp_path):
    write(tmp_path / "ct/a", series("7"))
    bare = series("7", name="later")
    for instance in bare:
        del instance.IssuerOfPatientID
    write(tmp_path / "ct/b", bare)
    items, _ = items_of(steward, steward.ingest(tmp_path / "ct"))
    assert len({item.subject for item in items}) == 1


def bare(name):
    """A series of patient 7 that does not say whose number that is."""
    instances = series("7", name=name)
    for instance in instances:
        del instance.IssuerOfPatientID
    return instances


def by_issuer(issuer, name):
    instances = series("7", name=name)
    for instance in instances:
        instance.IssuerOfPatientID = issuer
    return instances


@pytest.mark.parametrize(
    "comings",
    [
        [bare("1"), by_issuer("HOSPITAL", "2"), bare("3"), by_issuer(" hospital", "4")],
        [by_issuer("HOSPITAL", "1"), bare("2"), by_issuer("HOSPITAL", "3")],
    ],
    ids=["first without", "first with"],
)
def test_a_patient_stays_one_whenever_their_issuer_is_stated(steward, tmp_path, comings):
    found = set()
    for number, instances in enumerate(comings):
        write(tmp_path / str(number) / "a", instances)
        (item,), keys = items_of(steward, steward.ingest(tmp_path / str(number)))
        origin = read_origin(steward.clinic.site.sealed, item, keys)
        found.add((item.subject, origin.issuer, origin.patient_id))
    assert len(found) == 1


def test_a_number_that_two_issuers_gave_stays_two_patients_and_whoever_leaves_it_out_a_third(steward, tmp_path):
    found = []
    for number, instances in enumerate([by_issuer("NORTH", "1"), by_issuer("SOUTH", "2"), bare("3")]):
        write(tmp_path / str(number) / "a", instances)
        (item,), _ = items_of(steward, steward.ingest(tmp_path / str(number)))
        found.append(item.subject)
    assert len(set(found)) == 3


def test_an_intake_that_another_one_overtook_looks_again_where_issuers_are_left_out(steward, tmp_path):
    write(tmp_path / "one/a", bare("1"))
    write(tmp_path / "two/a", by_issuer("HOSPITAL", "2"))
    write(tmp_path / "three/a", by_issuer("HOSPITAL", "3"))
    begun = []

    def overtaken_by(name):
        def another(what, done, total):
            if what == "sealing series" and name not in begun:
                begun.append(name)
                steward.ingest(tmp_path / name, name=name)

        return another

    with shown_by(overtaken_by("two")), pytest.raises(IntakeMeanwhile):
        steward.ingest(tmp_path / "one", name="one")
    with shown_by(overtaken_by("three")):
        steward.ingest(tmp_path / "three", name="other")
    assert steward.ingest(tmp_path / "one", name="one").accepted == 6


def test_who_a_series_was_is_sealed_beside_it_for_de_identification(steward, tmp_path):
    people = table(tmp_path, "4711,HOSPITAL,F,1961-05-06,,,")
    intake = steward.ingest(export(tmp_path, "4711"), subjects=people)
    (item,), keys = items_of(steward, intake)
    origin = read_origin(steward.clinic.site.sealed, item, keys)
    assert (origin.issuer, origin.patient_id, origin.birth_date, origin.series) == (
        "HOSPITAL",
        "4711",
        "1961-05-06",
        "",
    )


def test_a_folder_stands_for_a_series_and_a_patient_that_the_files_do_not_name(steward, tmp_path):
    instances = series("9")
    for one in instances:
        del one.PatientID, one.SeriesInstanceUID, one.IssuerOfPatientID
    write(tmp_path / "ct/EXT-1", instances)
    made = label(tmp_path, series("9")[0])
    made.rename(made.with_name("EXT-1.nii.gz"))
    people = table(tmp_path, "EXT-1,,,,,,")
    intake = steward.ingest(tmp_path / "ct", labels=tmp_path / "labels", subjects=people)
    (item,), keys = items_of(steward, intake)
    assert set(item.parts) == {"series", "origin", "label"}
    origin = read_origin(steward.clinic.site.sealed, item, keys)
    assert (origin.patient_id, origin.series) == ("EXT-1", "EXT-1")


def test_no_name_number_or_path_stands_in_any_record_event_or_object(steward, tmp_path):
    path = export(tmp_path, "PLANTEDNUMBER")
    (path / "PLANTEDNUMBER/PLANTEDFILE.txt").write_text("PLANTEDTEXT")
    people = table(tmp_path, "PLANTEDNUMBER,HOSPITAL,F,1970-01-02,,,")
    steward.ingest(path, subjects=people)
    steward.held()
    rest = b"".join(file.read_bytes() for file in (tmp_path / "site").rglob("*") if file.is_file())
    assert b"incoming" in rest
    assert b"PLANTED" not in rest.upper()


def test_a_source_keeps_to_its_protocol(steward, tmp_path):
    path = export(tmp_path, "1")
    steward.ingest(path)
    (tmp_path / "other.yaml").write_text(PROTOCOL.replace("IRB-2026-014", "IRB-2"))
    steward.clinic.do("okoye", "protocol.draft", DraftProtocol(file=tmp_path / "other.yaml"))
    (tmp_path / "letter").write_text("Approved.")
    steward.clinic.do("abbas", "protocol.approve", Approve(protocol="IRB-2", letter=tmp_path / "letter"))
    with pytest.raises(SourceTaken):
        steward.ingest(path, protocol="IRB-2")


def test_an_absent_or_empty_folder_is_named_and_leaves_nothing(steward, tmp_path):
    with pytest.raises(SourceMissing):
        steward.ingest(tmp_path / "absent")
    (tmp_path / "empty/deeper").mkdir(parents=True)
    with pytest.raises(SourceEmpty):
        steward.ingest(tmp_path / "empty")
    assert not steward.clinic.site.ledger.all(Intake)


def test_an_intake_whose_protocol_ends_stops_at_the_next_file_or_series(steward, tmp_path):
    path, folder = export(tmp_path, "1", "2", "3"), steward.clinic.site.folder
    for work in ("reading heads", "sealing series"):
        now, seen = [steward.clinic.site.clock()], []
        site = open_site(folder, clock=lambda now=now: now[0])

        def end(what, done, total, now=now, seen=seen, work=work):
            if what == work:
                seen.append(done)
                now[0] = datetime(2032, 1, 1, tzinfo=UTC)

        with shown_by(end), pytest.raises(NotAllowed, match="PROTOCOL-EXPIRED"):
            Intaking(Clinic(site)).ingest(path)
        assert seen == [0]
        assert site.ledger.all(Intake) == []
        site.ledger.close()


def test_links_pipes_and_huge_files_are_counted_and_never_opened(steward, tmp_path):
    path = export(tmp_path, "1")
    (tmp_path / "outside.dcm").write_bytes((path / "1/0001.dcm").read_bytes())
    (path / "link.dcm").symlink_to(tmp_path / "outside.dcm")
    (path / "loop").symlink_to(path)
    os.mkfifo(path / "pipe")
    with (path / "huge").open("wb") as file:
        file.truncate(5 << 30)
    intake = steward.ingest(path)
    assert (intake.received, intake.accepted, intake.quarantined) == (10, 6, 4)
    assert {code: group["files"] for code, group in steward.held().items()} == {"NOT-REGULAR": 3, "TOO-LARGE": 1}


def test_the_table_of_subjects_keeps_only_what_the_protocol_names(empty_clinic, tmp_path):
    approve_protocol(empty_clinic, tmp_path, PROTOCOL.replace("race, ethnicity, scanner", "scanner"))
    steward = Intaking(empty_clinic)
    people = table(tmp_path, "1,HOSPITAL,F,1931-05-06,White,,liver-a")
    intake = steward.ingest(export(tmp_path, "1"), subjects=people)
    (row,) = read_subjects(empty_clinic.site.sealed, intake.subjects, steward.keys(intake)).values()
    assert (row.sex, row.age_band, row.race, row.ethnicity, row.anatomy) == ("F", "90+", None, None, "liver-a")
    assert row.scanner is not None
    assert row.scanner.startswith("MAKER Model 1 #")
    assert "SN-1" not in json.dumps(row.model_dump())
