"""Names that are drawn: one code for a person over all that a protocol cleans, and no way back from who withdrew."""

from datetime import date
from itertools import chain

import pytest

from residency.dataset.draft import DraftDataset, InputsApart
from residency.dataset.expire import overdue_under
from residency.dataset.withdraw import Withdraw
from residency.deid.cleaned import Deid
from residency.deid.determine import Determine, NotSafeHarbor
from residency.deid.naming import SealedVault
from residency.deid.run import CleanedMeanwhile
from residency.ingest.intake import Intake
from residency.ingest.sealing import read_origin
from residency.observe.progress import shown_by
from residency.protocol.protocol import Approve, DraftProtocol, Protocol
from residency.store.keys import KeyGroup
from residency.store.manifest import read_manifest
from residency.wiring import open_site
from tests.deid.test_run import changed, counts, judge, released, report_of, rows_of, run
from tests.fakes.clinic import NUMBER, PROTOCOL
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, series, table, uid

ONE, TWO, THREE = "MRN770011", "MRN770022", "MRN770033"
BASIC = ("basic",)
METHOD = {"expert": "L. Weber", "qualifications": "privacy officer", "method": "Safe Harbor", "result": "all eighteen"}


@pytest.fixture
def steward(clinic):
    return Intaking(clinic)


def cleaned(steward, name, *patients, recipe=BASIC, protocol=NUMBER, **how) -> Deid:
    steward.ingest(export(steward.clinic.site.folder.parent / name, *patients, **how), name=name, protocol=protocol)
    return run(steward, name, recipe)


def said(steward, deid):
    """Code, study and series of every file."""
    found = released(steward, deid)
    return {
        (str(ds.PatientID), str(ds.StudyInstanceUID), ds.SeriesInstanceUID)
        for ds in chain.from_iterable(found.values())
    }


def vaults(steward) -> list[SealedVault]:
    return steward.clinic.site.ledger.all(SealedVault)


def items(steward, record):
    site = steward.clinic.site
    return read_manifest(site.sealed, record.manifest, steward.keys(record), root=record.root)


def judged(steward, name, **how):
    ask = Determine(source=name, expires=date(2099, 1, 1), **(METHOD | {"no_actual_knowledge": True} | how))
    return steward.clinic.do("weber", "deid.determine", ask)


def test_a_person_has_one_code_over_two_sources_and_two_runs(steward):
    first = cleaned(steward, "one", ONE)
    second = cleaned(steward, "two", ONE, TWO, slices=8)
    assert said(steward, first) < said(steward, second)
    again = run(steward, "one", ("basic", "keep-characteristics"))
    assert again.id != first.id
    assert said(steward, again) == said(steward, first)
    assert {item.item for item in items(steward, again)} == {item.item for item in items(steward, first)}
    (vault,) = vaults(steward)
    assert {first.vault, second.vault, again.vault} == {vault.id}
    assert (
        set(rows_of(steward, first)) < set(rows_of(steward, second)) == {code for code, _, _ in said(steward, second)}
    )


def test_codes_of_two_protocols_and_of_two_forms_have_nothing_in_common(steward, tmp_path):
    (tmp_path / "other.yaml").write_text(PROTOCOL.replace(NUMBER, "IRB-2"))
    (tmp_path / "letter").write_text("Approved.")
    steward.clinic.do("okoye", "protocol.draft", DraftProtocol(file=tmp_path / "other.yaml"))
    steward.clinic.do("abbas", "protocol.approve", Approve(protocol="IRB-2", letter=tmp_path / "letter"))
    ours, theirs = cleaned(steward, "ours", ONE), cleaned(steward, "theirs", ONE, protocol="IRB-2")
    keyed = run(steward, "ours", ("basic", "shift-dates"))
    names = [{word for words in said(steward, deid) for word in words} for deid in (ours, theirs, keyed)]
    assert len(set.union(*names)) == sum(map(len, names))
    assert len({vault.space for vault in vaults(steward)}) == len({ours.vault, theirs.vault}) == 2
    assert keyed.vault == ""


def test_the_same_intake_recipe_and_decisions_give_the_record_that_is_there_and_leave_the_vault_alone(steward):
    first = cleaned(steward, "one", ONE)
    (before,) = vaults(steward)
    assert run(steward, "one", BASIC).digest() == first.digest()
    run(steward, "one", ("basic", "keep-characteristics"))
    (after,) = vaults(steward)
    assert (after.revision, after.digest()) == (before.revision, before.digest())


@pytest.mark.parametrize("there", [False, True], ids=["first runs", "additions"])
def test_two_runs_at_once_that_add_to_a_vault_give_nobody_two_codes(steward, tmp_path, there):
    if there:
        cleaned(steward, "before", THREE)
    for name in ("one", "two"):
        steward.ingest(export(tmp_path / name, ONE), name=name)
    meanwhile = []

    def run_another(what, done, total):
        if what == "cleaning" and not meanwhile:
            meanwhile.append("begun")
            meanwhile.append(run(steward, "two", BASIC))

    with shown_by(run_another), pytest.raises(CleanedMeanwhile):
        run(steward, "one", BASIC)
    assert said(steward, run(steward, "one", BASIC)) == said(steward, meanwhile[1])
    assert len(vaults(steward)) == 1


def test_nothing_that_the_intake_derived_under_a_key_goes_on(steward, tmp_path):
    """Names of series and anatomies, and what tells two scanners of one model apart."""
    people = table(tmp_path, f"{ONE},HOSPITAL,F,,,,CASE-7", f"{TWO},HOSPITAL,F,,,,CASE-7")
    intake = steward.ingest(export(tmp_path, ONE, TWO), subjects=people)
    before, deid = items(steward, intake), run(steward, recipe=BASIC)
    assert {item.anatomy for item in before} == {"CASE-7"}
    after, rows = items(steward, deid), rows_of(steward, deid).values()
    assert not {item.item for item in before} & {item.item for item in after}
    (shared,) = {item.anatomy for item in after} | {row.anatomy for row in rows}
    assert shared not in ("CASE-7", *(item.subject for item in after))
    assert {row.scanner for row in rows} == {"MAKER Model 1"}
    keyed = run(steward, recipe=("keyed",))
    assert {item.item for item in items(steward, keyed)} == {item.item for item in before}
    assert {item.anatomy for item in items(steward, keyed)} == {"CASE-7"}


def test_of_somebody_who_withdrew_nothing_is_let_in_again_and_everybody_else_keeps_their_code(steward):
    first = cleaned(steward, "one", ONE, TWO)
    gone, stays = code_of(steward, first, ONE), code_of(steward, first, TWO)
    steward.clinic.do("rao", "dataset.withdraw", Withdraw(subject=gone, reason="consent revoked"))
    second = cleaned(steward, "two", ONE, TWO, THREE, slices=8)
    assert counts(second) == (16, 0, 8)
    assert report_of(steward, second).report.files_quarantined == {"WITHDRAWN": 8}
    codes = {code for code, _, _ in said(steward, second)}
    assert codes == {stays, code_of(steward, second, THREE)}


def code_of(steward, deid, patient) -> str:
    """The code of a patient, by the groups that their data came from."""
    site, intake = steward.clinic.site, steward.clinic.site.ledger.get(Intake, deid.intake)
    keys = steward.keys(intake)
    mine = {i.file("series").group for i in items(steward, intake) if _number(site, i, keys) == patient}
    groups = site.ledger.all(KeyGroup, scope=deid.space)
    (code,) = {group.subject for group in groups if mine & set(group.of)}
    return code


def _number(site, item, keys):
    return read_origin(site.sealed, item, keys).patient_id


def test_the_group_of_a_way_back_goes_with_the_subjects_own_from_whichever_source(steward):
    cleaned(steward, "one", ONE, TWO)
    second = cleaned(steward, "two", ONE, slices=8)
    code = code_of(steward, second, ONE)
    ledger = steward.clinic.site.ledger
    (sub,) = [g.subject for g in ledger.all(KeyGroup) if g.subject.startswith("sub-") and g.id in _of(ledger, second)]
    steward.clinic.do("rao", "dataset.withdraw", Withdraw(subject=sub, reason="consent revoked"))
    (vault,) = vaults(steward)
    gone = {group.subject: group.destroyed for group in ledger.all(KeyGroup, scope=vault.space)}
    assert gone.pop("-manifest") is False
    assert {subject for subject, destroyed in gone.items() if destroyed} == {code}
    assert len(gone) == 2


def _of(ledger, deid):
    return {name for group in ledger.all(KeyGroup, scope=deid.space) for name in group.of}


def test_ways_back_end_with_the_retention_of_everything(steward):
    cleaned(steward, "one", ONE)
    site = steward.clinic.site
    later = open_site(site.folder, clock=lambda: site.clock().replace(year=2060))
    (vault,) = vaults(steward)
    over = overdue_under(later, later.ledger.get(Protocol, NUMBER))
    assert {group.data_type for group in over if group.space == vault.space} == {"subject"}
    assert overdue_under(site, site.ledger.get(Protocol, NUMBER)) == []
    later.ledger.close()


def test_drawn_and_derived_names_are_not_mixed_in_one_data_set(steward):
    drawn = cleaned(steward, "one", ONE)
    keyed = cleaned(steward, "two", ONE, recipe=("keyed",), slices=8)
    ask = DraftDataset(name="mixed", source=(drawn.id, keyed.id), train=1, tune=0, test=0)
    with pytest.raises(InputsApart, match="two"):
        steward.clinic.do("rao", "dataset.draft", ask)


def test_a_clean_ct_under_the_safe_harbor_recipe_ticks_every_letter_and_may_be_called_so(steward):
    deid = cleaned(steward, "one", ONE, recipe=("safe-harbor",))
    report = report_of(steward, deid).report
    assert (report.safe_harbor, "".join(report.letters)) == (True, "ABCDEFGHIJKLMNOPQR")
    assert deid.data_class == "limited"
    (files,) = released(steward, deid).values()
    assert all(str(one.StudyDate)[4:] in ("", "0101") for one in files)
    with pytest.raises(NotSafeHarbor, match=r"164\.514"):
        judged(steward, "one", no_actual_knowledge=False)
    determination = judged(steward, "one")
    assert determination.no_actual_knowledge
    now = steward.clinic.site.ledger.get(Deid, deid.id)
    assert (now.data_class, now.determination) == ("deidentified", determination.id)


def test_what_is_not_safe_harbor_is_not_called_so_and_the_refusal_names_the_letters(steward):
    cleaned(steward, "incoming", ONE)
    for recipe, letters in {
        ("keyed",): "C, H, R",
        ("basic", "keep-device"): "M",
        ("basic", "keep-uids"): "R",
        ("basic", "keep-institution"): "B",
    }.items():
        run(steward, recipe=recipe)
        for method in ("safe harbor", "Safe-Harbour of 164.514(b)(2)", " SAFE_HARBOR"):
            with pytest.raises(NotSafeHarbor) as refusal:
                judged(steward, "incoming", method=method)
            assert refusal.value.message.endswith(f"does not tick {letters}.")
        assert steward.clinic.site.ledger.get(Deid, "incoming").data_class == "limited"
    judge(steward)
    assert steward.clinic.site.ledger.get(Deid, "incoming").data_class == "deidentified"


def test_a_picture_that_somebody_let_pass_and_an_attribute_that_a_recipe_keeps_are_not_safe_harbor(steward, tmp_path):
    steward.ingest(export(tmp_path, ONE, change=changed("BodyPartExamined", "HEAD")))
    run(steward, recipe=BASIC)
    steward.decide("accept", "FACE")
    assert not report_of(steward, run(steward, recipe=BASIC)).report.safe_harbor
    profile = tmp_path / "ours.yaml"
    profile.write_text(
        "name: ours\nversion: 1\nprofiles: [basic]\n"
        "overrides: [{tag: '00081030', action: K, because: we like it so}]\n".replace("00081030", "0008,1030")
    )
    letters = report_of(steward, cleaned(steward, "two", TWO, recipe=(str(profile),))).report.letters
    assert [letter for letter, told in letters.items() if not told.ticked] == ["R"]
    letters = report_of(steward, run(steward, "two", ("basic", "safe-private"))).report.letters
    assert all(told.ticked for told in letters.values())


def test_no_original_is_in_any_record_or_in_any_object_of_a_vault_as_it_lies(steward):
    cleaned(steward, "one", ONE, TWO)
    site = steward.clinic.site
    site.ledger.close()
    kept = b"".join(path.read_bytes() for path in site.folder.rglob("*") if path.is_file())
    values = [ONE, TWO, f"Name{ONE}", uid(ONE, "", "series"), str(series(ONE)[0].StudyInstanceUID), "HOSPITAL"]
    assert [value for value in values if value.encode() in kept] == []
