"""Decisions on what is held."""

import pytest

from residency.errors import Conflict
from residency.govern.gate import NotAllowed
from residency.ingest.held import QUARANTINE, Quarantine
from residency.ingest.ingest import Ingest
from residency.ingest.intake import Intake
from residency.ingest.quarantine import Decide, GroupAmbiguous, GroupMissing, ListHeld, OnlyRejectable, ShowHeld
from residency.ingest.reasons import REASONS
from residency.kernel.states import InvalidMove
from residency.protocol.protocol import Approve, DraftProtocol
from residency.store.manifest import read_manifest
from residency.store.packs import read_pack
from tests.fakes.clinic import NUMBER, PROTOCOL
from tests.ingest.export import export, label, series, table, write
from tests.ingest.test_faults import add_localizer, drop_one, repeat_instance


def test_an_accepted_gap_enters_the_next_revision_and_the_old_one_stays_as_it_was(steward, tmp_path):
    write(tmp_path / "ct/sound", series("8"))
    spoiled = series("1")
    drop_one(spoiled)
    write(tmp_path / "ct/spoiled", spoiled)
    before = steward.ingest(tmp_path / "ct")
    decided = steward.decide("accept", "MISSING-SLICE")
    after = steward.now()
    assert (after.id, after.accepted, after.quarantined) == (before.id, 11, 0)
    assert (decided.state, decided.note) == ("accepted", "looked at it")
    assert decided.decided_by == steward.clinic.person("rao").id
    site, keys = steward.clinic.site, steward.keys(after)
    assert len(read_manifest(site.sealed, after.manifest, keys, root=after.root)) == 2
    old = site.ledger.get(Intake, before.digest())
    assert len(read_manifest(site.sealed, old.manifest, keys, root=old.root)) == 1


@pytest.mark.parametrize(("change", "code"), [(add_localizer, "LOCALIZER"), (repeat_instance, "DUPLICATE-SLICE")])
def test_accepting_leaves_out_the_files_that_are_too_many_and_counts_them(steward, tmp_path, change, code):
    steward.ingest(export(tmp_path, "1", change=change))
    steward.decide("accept", code)
    intake = steward.now()
    assert (intake.received, intake.accepted, intake.excluded, intake.quarantined) == (7, 6, 1, 0)
    keys = steward.keys(intake)
    (item,) = read_manifest(steward.clinic.site.sealed, intake.manifest, keys, root=intake.root)
    assert len(list(read_pack(steward.clinic.site.sealed, item.parts["series"], keys))) == item.files == 6


def test_a_series_with_two_faults_is_held_again_for_the_second(steward, tmp_path):
    def both(instances):
        drop_one(instances)
        add_localizer(instances)

    steward.ingest(export(tmp_path, "1", change=both))
    steward.decide("accept", "LOCALIZER")
    assert (steward.now().accepted, steward.now().excluded, steward.now().quarantined) == (0, 1, 5)
    assert set(steward.held()) == {"MISSING-SLICE"}
    steward.decide("accept", "MISSING-SLICE")
    assert (steward.now().accepted, steward.now().excluded, steward.now().quarantined) == (5, 1, 0)


def test_a_foreign_label_map_is_left_behind_when_its_series_is_accepted(steward, tmp_path):
    label(tmp_path, series("1")[0], shift=5)
    steward.ingest(export(tmp_path, "1"), labels=tmp_path / "labels")
    steward.decide("accept", "LABEL-GEOMETRY")
    intake = steward.now()
    assert (intake.accepted, intake.excluded, intake.quarantined) == (6, 1, 0)
    keys = steward.keys(intake)
    (item,) = read_manifest(steward.clinic.site.sealed, intake.manifest, keys, root=intake.root)
    assert "label" not in item.parts


def test_a_series_of_nothing_but_localizers_is_excluded_when_it_is_accepted(steward, tmp_path):
    def only_views(instances):
        for one in instances:
            one.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    steward.ingest(export(tmp_path, "1", change=only_views))
    steward.decide("accept", "LOCALIZER")
    assert (steward.now().accepted, steward.now().excluded, steward.now().items) == (0, 6, 0)


def test_what_cannot_be_read_can_only_be_rejected(steward, tmp_path):
    path = export(tmp_path, "1")
    (path / "junk").write_text("junk")
    steward.ingest(path)
    with pytest.raises(OnlyRejectable):
        steward.decide("accept", "NOT-DICOM")
    steward.decide("reject", "NOT-DICOM")
    assert (steward.now().accepted, steward.now().excluded, steward.now().quarantined) == (6, 1, 0)
    assert {code for code, reason in REASONS.items() if not reason.acceptable} >= {"NOT-DICOM", "TRUNCATED"}


@pytest.mark.parametrize("second", ["accept", "reject"])
def test_a_decision_is_made_once(steward, tmp_path, second):
    steward.ingest(export(tmp_path, "1", change=drop_one))
    steward.decide("reject", "MISSING-SLICE")
    with pytest.raises(InvalidMove):
        steward.decide(second, "MISSING-SLICE")
    assert steward.now().excluded == 5


def test_a_name_that_several_groups_have_decides_on_none_of_them(steward, tmp_path):
    for folder, patients in (("one", "1"), ("two", "23")):
        steward.ingest(export(tmp_path / folder, *patients, change=drop_one))
    for act, ask in (("show", ShowHeld), ("accept", Decide), ("reject", Decide)):
        with pytest.raises(GroupAmbiguous) as error:
            steward.clinic.do("rao", f"quarantine.{act}", ask(group="incoming/MISSING-SLICE"))
        assert all(group.id in error.value.message for group in steward.clinic.site.ledger.all(Quarantine))
    listed = steward.clinic.do("rao", "quarantine.list", ListHeld()).groups
    assert [(line["code"], line["files"]) for line in listed] == [("MISSING-SLICE", 5), ("MISSING-SLICE", 10)]
    first = steward.clinic.do("rao", "quarantine.accept", Decide(group=listed[0]["group"]))
    assert (first.state, first.files) == ("accepted", 5)
    (left,) = steward.clinic.do("rao", "quarantine.list", ListHeld()).groups
    assert (left["group"], left["files"]) == ("incoming/MISSING-SLICE", 10)
    assert steward.decide("reject", "MISSING-SLICE").files == 10


def test_a_group_that_is_not_there_is_named(steward):
    with pytest.raises(GroupMissing):
        steward.decide("accept", "MISSING-SLICE")


def test_every_pair_of_state_and_event_moves_or_is_refused():
    for state in QUARANTINE.states:
        for event in QUARANTINE.events:
            if (state, event) in QUARANTINE.moves:
                assert QUARANTINE.move(state, event) in ("accepted", "rejected", "superseded")
            else:
                with pytest.raises(InvalidMove):
                    QUARANTINE.move(state, event)


def test_a_group_shows_whom_it_would_thin_out_and_hides_small_cells(steward, tmp_path):
    people = [str(n) for n in range(6)]
    lines = [f"{p},HOSPITAL,{'F' if p != '0' else 'M'},1970-01-02,White,," for p in people]
    path = export(tmp_path, *people, change=drop_one)
    steward.ingest(path, subjects=table(tmp_path, *lines))
    shown = steward.clinic.do("weber", "quarantine.show", ShowHeld(group="incoming/MISSING-SLICE"))
    by_sex = {row["is"]: row["subjects"] for row in shown.subjects if row["by"] == "sex"}
    assert by_sex == {"F": 5, "M": "<5"}
    assert [thing["where"] for thing in shown.things if "files 1-5 " in thing["where"]] == ["files 1-5 of the folder"]
    assert len(shown.things) == 6


def test_a_group_that_de_identification_stopped_is_marked_and_moves_no_count_of_the_intake(steward, tmp_path):
    steward.ingest(export(tmp_path, "1", change=drop_one))
    (group,) = steward.clinic.site.ledger.all(Quarantine)
    by = steward.clinic.person("rao")
    gate = steward.clinic.site.gate
    burned = group.model_copy(update={"id": group.id + "x", "step": "deid", "code": "BURNED-IN", "_revision": 0})
    with gate.call(by, "deid.run"), gate.act(by, "deid.run", group) as act:
        act.save(Quarantine.parse(burned.body()))
    steward.decide("accept", "BURNED-IN")
    assert steward.clinic.site.ledger.get(Quarantine, burned.id).state == "accepted"
    assert steward.now().quarantined == 5


def test_two_stewards_who_decide_at_once_do_not_undo_each_other(steward, tmp_path):
    steward.ingest(export(tmp_path, "1", change=drop_one))
    stale = steward.now()
    steward.decide("accept", "MISSING-SLICE")
    gate, by = steward.clinic.site.gate, steward.clinic.person("rao")
    with pytest.raises(Conflict), gate.call(by, "quarantine.reject"), gate.act(by, "quarantine.reject", stale) as act:
        act.save(stale.model_copy(update={"note": "later"}))
    assert steward.now().accepted == 5


def test_the_list_leaves_out_what_belongs_to_a_protocol_of_others(steward, tmp_path):
    (tmp_path / "other.yaml").write_text(PROTOCOL.replace(NUMBER, "IRB-2").replace("weber, ", ""))
    (tmp_path / "letter").write_text("Approved.")
    steward.clinic.do("okoye", "protocol.draft", DraftProtocol(file=tmp_path / "other.yaml"))
    steward.clinic.do("abbas", "protocol.approve", Approve(protocol="IRB-2", letter=tmp_path / "letter"))
    path = export(tmp_path, "1", change=drop_one)
    steward.ingest(path)
    steward.ingest(path, name="theirs", protocol="IRB-2")
    listed = {name: steward.clinic.do(name, "quarantine.list", ListHeld()).groups for name in ("rao", "weber")}
    assert {name: len(groups) for name, groups in listed.items()} == {"rao": 2, "weber": 1}


def test_a_scientist_may_neither_bring_in_nor_decide(steward, tmp_path):
    path = export(tmp_path, "1", change=drop_one)
    with pytest.raises(NotAllowed):
        steward.clinic.do("lind", "ingest", Ingest(path=path, protocol=NUMBER, name="incoming"))
    steward.ingest(path)
    with pytest.raises(NotAllowed):
        steward.clinic.do("lind", "quarantine.accept", Decide(group="incoming/MISSING-SLICE"))
    assert steward.now().quarantined == 5
