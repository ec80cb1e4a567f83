"""Data sets over several sources: who came in by two doors is one subject, and two protocols are not mixed."""

import pytest

from residency.dataset.draft import DraftDataset, InputsApart
from residency.dataset.freeze import Freeze
from residency.govern.gate import NotAllowed
from residency.observe.progress import shown_by
from residency.protocol.protocol import Approve, DraftProtocol
from residency.store.manifest import read_manifest
from residency.wiring import open_site
from tests.dataset.deidentified import deidentified, series
from tests.deid.test_run import run
from tests.fakes.clinic import NUMBER, PROTOCOL, Clinic
from tests.ingest.conftest import Intaking
from tests.ingest.export import export

PATIENTS = [f"MRN88{number:04}" for number in range(10)]
SHARES = {"train": 0.5, "tune": 0.1, "test": 0.4, "seed": 7}


@pytest.fixture
def steward(clinic):
    return Intaking(clinic)


def freeze(clinic, *sources):
    clinic.do("rao", "dataset.draft", DraftDataset(name="liver-ct", source=sources, **SHARES))
    return clinic.do("rao", "dataset.freeze", Freeze(draft="liver-ct"))


def items_of(steward, version):
    keys = steward.keys(version)
    return read_manifest(steward.clinic.site.sealed, version.manifest, keys, root=version.root)


def test_ten_patients_who_came_in_by_two_sources_are_ten_subjects_and_each_on_one_side(steward, tmp_path):
    for name, slices in (("one", 6), ("two", 8)):
        steward.ingest(export(tmp_path / name, *PATIENTS, slices=slices), name=name)
        run(steward, name)
    version = freeze(steward.clinic, "one", "two")
    assert sum(count.subjects for count in version.counts.values()) == 10
    sides = {}
    for item in items_of(steward, version):
        sides.setdefault(item.subject, set()).add(item.split)
    assert sorted(map(len, sides.values())) == [1] * 10


def test_whoever_was_learned_from_stays_there_when_another_source_brings_them_again(steward, tmp_path):
    steward.ingest(export(tmp_path / "one", *PATIENTS), name="one")
    run(steward, "one")
    first = {item.subject: item.split for item in items_of(steward, freeze(steward.clinic, "one"))}
    steward.ingest(export(tmp_path / "two", *PATIENTS, slices=8), name="two")
    run(steward, "two")
    second = {item.subject: item.split for item in items_of(steward, freeze(steward.clinic, "two"))}
    assert first == second


def test_sources_of_two_protocols_are_not_mixed_because_nobody_could_see_who_is_in_both(clinic, tmp_path):
    (tmp_path / "other.yaml").write_text(PROTOCOL.replace(NUMBER, "IRB-2"))
    (tmp_path / "letter").write_text("Approved.")
    clinic.do("okoye", "protocol.draft", DraftProtocol(file=tmp_path / "other.yaml"))
    other = clinic.do("abbas", "protocol.approve", Approve(protocol="IRB-2", letter=tmp_path / "letter"))
    deidentified(clinic, series(8), name="one", intake="intake-1")
    deidentified(clinic, series(8), name="two", intake="intake-2", terms=other.terms)
    with pytest.raises(InputsApart, match="2 protocols"):
        freeze(clinic, "one", "two")


def test_freezing_stops_at_the_next_series_when_its_protocol_ends(clinic):
    deid = deidentified(clinic, series(10))
    now, seen = [clinic.site.clock()], []
    site = open_site(clinic.site.folder, clock=lambda: now[0])

    def end(what, done, total):
        if what == "freezing series":
            seen.append(done)
            now[0] = deid.terms.ends

    before = set(site.objects.names())
    with shown_by(end), pytest.raises(NotAllowed, match="PROTOCOL-EXPIRED"):
        freeze(Clinic(site), "incoming")
    assert seen == [0]
    assert set(site.objects.names()) == before
    site.ledger.close()
