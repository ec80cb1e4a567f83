"""The act: counts of an exam are recorded, and a protocol that asks for one lets nothing be frozen without it."""

import pytest

from residency.dataset.draft import DraftDataset
from residency.dataset.freeze import Freeze
from residency.dataset.version import DatasetVersion
from residency.deid.exam.figures import Exam
from residency.deid.exam.sit import SitExam
from residency.deid.exam.standard import NotExamined, RecallTooLow
from residency.deid.run import RunDeid
from residency.govern.gate import NotAllowed
from residency.protocol.protocol import Approve, DraftProtocol
from tests.fakes.clinic import PROTOCOL
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, uid

OTHER = "IRB-2026-077"
PATIENTS = ("MRN770011", "MRN770022", "MRN770033")


@pytest.fixture
def strict(clinic, tmp_path):
    """A steward under a protocol that asks for an exam; three patients are taken in and cleaned."""
    letter, paper = tmp_path / "letter.txt", tmp_path / "protocol.yaml"
    letter.write_text("approved")
    limited = PROTOCOL.replace("deidentified", "limited").replace("IRB-2026-014", OTHER)
    paper.write_text(limited + "deid_recall: {imaging: 0.9}\n")
    clinic.do("okoye", "protocol.draft", DraftProtocol(file=paper))
    clinic.do("abbas", "protocol.approve", Approve(protocol=OTHER, letter=letter))
    steward = Intaking(clinic)
    for patient in PATIENTS:
        export(tmp_path, patient)
    steward.ingest(tmp_path / "ct", protocol=OTHER)
    clinic.do("rao", "deid.run", RunDeid(source="incoming"))
    draft = {"name": "ct", "source": ("incoming",), "train": 0.4, "tune": 0.3, "test": 0.3}
    clinic.do("rao", "dataset.draft", DraftDataset(**draft, allow_shared_anatomy=True))
    return steward


def test_nothing_is_frozen_below_the_recall_that_the_protocol_asks_for(strict):
    clinic = strict.clinic
    with pytest.raises(NotExamined, match="no exam"):
        clinic.do("rao", "dataset.freeze", Freeze(draft="ct"))
    clinic.do("rao", "deid.exam", SitExam(source="incoming", recipe=("basic",)))
    with pytest.raises(NotExamined):
        clinic.do("rao", "dataset.freeze", Freeze(draft="ct"))
    few = clinic.do("rao", "deid.exam", SitExam(source="incoming", items=1, seed=4))
    assert few.recall.recall == 1.0
    with pytest.raises(RecallTooLow, match=r"the protocol asks for 0\.9"):
        clinic.do("rao", "dataset.freeze", Freeze(draft="ct"))
    clinic.do("rao", "deid.exam", SitExam(source="incoming", items=4, seed=4))
    version = clinic.do("rao", "dataset.freeze", Freeze(draft="ct"))
    assert (version.number, len(clinic.site.ledger.all(DatasetVersion))) == (1, 1)


def test_an_exam_is_recorded_in_counts_and_can_be_repeated(strict):
    clinic = strict.clinic
    exam = clinic.do("rao", "deid.exam", SitExam(source="incoming", items=5, seed=9))
    again = clinic.do("rao", "deid.exam", SitExam(source="incoming", items=5, seed=9))
    assert (exam.series, exam.unread, exam.recall.recall) == (5, 0, 1.0)
    assert again.rows == exam.rows
    assert exam.held.keys() <= {"BURNED-IN"}
    said = exam.model_dump_json()
    for patient in PATIENTS:
        assert patient not in said
        assert uid(patient) not in said
    assert clinic.site.ledger.get(Exam, "incoming").id == again.id


def test_only_a_steward_of_the_protocol_examines(strict):
    with pytest.raises(NotAllowed) as refused:
        strict.clinic.do("lind", "deid.exam", SitExam(source="incoming"))
    assert {"ROLE", "PERSON-NOT-ON-PROTOCOL"} <= set(refused.value.gates)
