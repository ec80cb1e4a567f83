"""Who may hand data out, which, for what and until when; and that the log is told first."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from residency.dataset.export import ExportDataset, export
from residency.errors import Refused
from residency.govern.gate import NotAllowed
from residency.observe.progress import shown_by
from residency.store.directory import DirectoryStore
from residency.store.keys import KeyGroup
from residency.store.ring import RingDamaged
from residency.store.sealed import Sealed
from residency.wiring import open_site
from tests.dataset.deidentified import deidentified, series
from tests.dataset.exported import TO, arrays, disclosed, events, hand_out
from tests.dataset.test_version import draft, freeze
from tests.fakes.clinic import PROTOCOL, Clinic, approve_protocol, copy_clinic


def test_the_log_names_recipient_and_purpose_before_anything_is_opened_and_when_it_left(ten_frozen, tmp_path):
    record = hand_out(ten_frozen, tmp_path / "out", split=("test",))
    lease, done = events(ten_frozen)
    assert (lease["outcome"], done["outcome"]) == ("lease", "done")
    assert lease["detail"]["to"] == f"{TO} at {tmp_path / 'out'}"
    assert (lease["detail"]["purpose"], lease["detail"]["splits"]) == ("research", ["test"])
    assert done["reason"].startswith(f"disclosed to {TO} for research: 4 items of 4 subjects (test) as nifti")
    assert str(tmp_path / "out") in done["reason"]
    assert {"kind": "export", "id": record.id, "digest": record.digest()} in done["saved"]


def test_the_test_split_leaves_only_when_it_is_named(ten_frozen, tmp_path):
    sides = {item.subject: item.split for item, _ in arrays(ten_frozen)}
    for number, split in enumerate([None, ("test",), ("tune", "test")]):
        record = hand_out(ten_frozen, tmp_path / str(number), **({"split": split} if split else {}))
        left = {sides[row["subject"]] for row in disclosed(tmp_path / str(number))["items"]}
        assert left == set(split or ("train", "tune")) == set(record.splits)


def test_the_gate_is_told_the_splits(ten_frozen, tmp_path):
    """A steward who also trains may hand out what is learned from, and not what is held back."""
    both = replace(ten_frozen.person("rao"), roles=("data-steward", "ml-engineer"))
    ask = {"version": "liver-ct", "form": "nifti", "to": TO, "purpose": "research"}
    site = ten_frozen.site
    with site.gate.call(both, "dataset.export"):
        export(site, both, ExportDataset(out=tmp_path / "train", **ask))
    with pytest.raises(NotAllowed) as refused, site.gate.call(both, "dataset.export"):
        export(site, both, ExportDataset(out=tmp_path / "test", split=("test",), **ask))
    assert refused.value.gates == ("TEST-SPLIT-TO-TRAINER",)
    assert not (tmp_path / "test").exists()


@pytest.mark.parametrize("by", ["ml-engineer", "privacy-officer", "clinical-reviewer", "system-administrator"])
def test_only_a_steward_or_the_investigator_hands_data_out(ten_frozen, tmp_path, by):
    with pytest.raises(NotAllowed) as refused:
        hand_out(ten_frozen, tmp_path / "out", by=by)
    assert "ROLE" in refused.value.gates
    assert not list(tmp_path.glob("out*"))
    assert [event["outcome"] for event in events(ten_frozen)] == ["refused"]
    assert hand_out(ten_frozen, tmp_path / "out", by="principal-investigator").items == 6


@pytest.mark.parametrize(
    ("data_class", "limit", "gates"),
    [
        ("limited", "deidentified", {"CLASS"}),
        ("limited", "limited", set()),
        ("identified", "identified", {"IDENTIFIED-STAYS"}),
        ("identified", "deidentified", {"IDENTIFIED-STAYS", "CLASS"}),
    ],
)
def test_a_class_that_the_protocol_does_not_allow_stays_and_identified_data_always_do(
    clinics, tmp_path, data_class, limit, gates
):
    clinic = copy_clinic(clinics / "empty", tmp_path / "site")
    approve_protocol(clinic, tmp_path, PROTOCOL.replace("imaging: deidentified", f"imaging: {limit}"))
    deidentified(clinic, series(10), data_class=data_class)
    draft(clinic)
    freeze(clinic)
    if gates:
        with pytest.raises(NotAllowed) as refused:
            hand_out(clinic, tmp_path / "out")
        assert set(refused.value.gates) == gates
    else:
        assert hand_out(clinic, tmp_path / "out").data_class == data_class
    assert (tmp_path / "out").exists() == (not gates)
    clinic.site.ledger.close()


def test_a_purpose_that_the_protocol_does_not_name_is_refused(ten_frozen, tmp_path):
    with pytest.raises(NotAllowed, match="PURPOSE"):
        hand_out(ten_frozen, tmp_path / "out", purpose="marketing")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"to": ""}, "to"), ({"to": "  "}, "to"), ({"to": "a\nb"}, "to"), ({"purpose": ""}, "purpose"),
     ({"form": "zip"}, "form"), ({"split": ("all",)}, "split"), ({"split": ()}, "split")],
)  # fmt: skip
def test_an_export_without_recipient_purpose_or_form_cannot_be_asked_for(wrong, says):
    ask = {"version": "liver-ct", "out": "out", "form": "nifti", "to": TO, "purpose": "research"}
    with pytest.raises(ValidationError, match=says):
        ExportDataset(**ask | wrong)


def test_an_export_stops_at_the_next_series_when_its_protocol_ends(ten_frozen, tmp_path):
    now, seen = [ten_frozen.site.clock()], []
    site = open_site(ten_frozen.site.folder, clock=lambda: now[0])
    ends = freeze(ten_frozen).terms.ends

    def end(what, done, total):
        seen.append(done)
        now[0] = ends

    with shown_by(end), pytest.raises(NotAllowed, match="PROTOCOL-EXPIRED"):
        hand_out(Clinic(site), tmp_path / "out")
    assert seen == [0]
    assert list(tmp_path.glob("out*")) == []
    site.ledger.close()


def test_a_protocol_that_ends_while_the_folder_settles_lets_nothing_out(ten_frozen, tmp_path):
    now = [ten_frozen.site.clock()]
    site = open_site(ten_frozen.site.folder, clock=lambda: now[0])
    ends, before = freeze(ten_frozen).terms.ends, set(site.objects.names())

    def end(what, done, total):
        now[0] = ends if done == total else now[0]

    with shown_by(end), pytest.raises(Refused):
        hand_out(Clinic(site), tmp_path / "out")
    assert list(tmp_path.glob("out*")) == []
    assert set(site.objects.names()) == before
    site.ledger.close()


class Late(DirectoryStore):
    """A store on which a protocol ends as something is written."""

    def __init__(self, root, end):
        super().__init__(root)
        self._end = end

    def create(self, name):
        self._end()
        return super().create(name)


def test_a_protocol_that_ends_just_before_the_outcome_lets_nothing_out(ten_frozen, tmp_path):
    now = [ten_frozen.site.clock()]
    site = open_site(ten_frozen.site.folder, clock=lambda: now[0])
    ends, before = freeze(ten_frozen).terms.ends, set(site.objects.names())
    late = Late(site.folder / "objects", lambda: now.__setitem__(0, ends))
    with pytest.raises(NotAllowed, match="PROTOCOL-EXPIRED"):
        hand_out(Clinic(replace(site, sealed=Sealed(late))), tmp_path / "out")
    assert now[0] == ends
    assert list(tmp_path.glob("out*")) == []
    assert set(site.objects.names()) == before
    site.ledger.close()


@pytest.mark.parametrize("form", ["nifti", "dicom"])
def test_no_key_of_those_who_stay_is_opened(ten_frozen, tmp_path, form):
    """Their wrapped keys are spoiled here: whoever opened one would fail."""
    stay = {item.subject for item, _ in arrays(ten_frozen) if item.split == "test"}
    with ten_frozen.site.ledger.writing() as book:
        for group in book.all(KeyGroup):
            if group.subject in stay:
                spoiled = group.model_copy(update={"wrapped": "spoiled"})
                spoiled._revision = group._revision
                book.save(spoiled)
    assert hand_out(ten_frozen, tmp_path / "train", form).items == 6
    with pytest.raises(RingDamaged):
        hand_out(ten_frozen, tmp_path / "test", form, split=("test",))
