"""A second pair of eyes: a sample laid out to be read, and what somebody who did not clean it found in it."""

import hashlib
import io
import re
import subprocess

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import MRImageStorage

from residency.dataset.withdraw import Withdraw
from residency.deid.cleaned import Deid
from residency.deid.dicom.elements import read
from residency.deid.intervals import interval
from residency.deid.review.agree import Agree, DeidAgreement, ReviewedBefore
from residency.deid.review.draw import NothingToReview, TooFewItems, draw
from residency.deid.review.figures import kappa
from residency.deid.review.findings import FindingsIncomplete, FindingsOfAnother, FindingsWrong
from residency.deid.review.pages import About, Shown, item_page
from residency.deid.review.pictures import pictures
from residency.deid.review.record import DeidReview
from residency.deid.review.sample import ReviewSample
from residency.deid.review.texts import Line, said
from residency.deid.run import RunDeid
from residency.govern import audit, lineage
from residency.govern.gate import NotAllowed
from residency.kernel.digest import PREFIX
from residency.store.outlet import ExportInside, ExportTaken
from tests.deid.ct_files import ct, to_bytes
from tests.fakes.clinic import copy_clinic
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, series, uid, write

PEOPLE = [f"MRN7700{n:02}" for n in range(1, 7)]
MR = "MRN770099"
KAPPA = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15


@pytest.fixture(scope="module")
def made(clinics, tmp_path_factory):
    """Six patients with a CT and one with an MR, cleaned by the steward."""
    tmp_path = tmp_path_factory.mktemp("review")
    clinic = copy_clinic(clinics / "approved", tmp_path / "site")
    source = export(tmp_path, *PEOPLE)
    resonance = series(MR, slices=20)
    for one in resonance:
        one.SOPClassUID, one.Modality, one.MagneticFieldStrength = MRImageStorage, "MR", "3"
    write(source / MR, resonance)
    Intaking(clinic).ingest(source)
    clinic.do("rao", "deid.run", RunDeid(source="incoming"))
    clinic.site.ledger.close()
    return tmp_path / "site"


@pytest.fixture
def clinic(made, tmp_path):
    """A copy of that site."""
    clinic = copy_clinic(made, tmp_path / "site")
    yield clinic
    clinic.site.ledger.close()


def lay_out(clinic, out, by="weber", **asked) -> DeidReview:
    return clinic.do(by, "deid.review", ReviewSample(source="incoming", out=out, **{"items": 4, "seed": 1} | asked))


def fill(out, *verdicts):
    """The findings with these verdicts, and clean for all that follow."""
    head, *rows = (out / "findings.csv").read_text().splitlines()
    said = [*verdicts, *["clean"] * (len(rows) - len(verdicts))]
    (out / "findings.csv").write_text("\n".join([head, *(r + v for r, v in zip(rows, said, strict=True))]) + "\n")
    return out / "findings.csv"


def agree(clinic, review, findings, by="weber") -> DeidAgreement:
    return clinic.do(by, "deid.agree", Agree(review=review.id, findings=findings))


def outcomes(clinic, act):
    with clinic.site.ledger.reading() as book:
        return [event for _, event in audit.events(book) if event["act"] == act]


def test_what_is_laid_out_names_nobody_says_its_class_and_runs_no_script(clinic, tmp_path):
    out = tmp_path / "to-read"
    review, deid = lay_out(clinic, out, items=7), clinic.site.ledger.get(Deid, "incoming")
    assert (review.items, review.of, review.deid, review.root) == (7, 7, deid.id, deid.root)
    assert sorted(review.kinds) == ["CTImageStorage"] * 6 + ["MRImageStorage"]
    kept = b"\n".join(path.read_bytes() + path.name.encode() for path in sorted(out.iterdir()))
    originals = [*PEOPLE, MR, "Planted", "19700102", "20240303", "SN-1", "HOSPITAL", uid(MR, "", "series")]
    assert [value for value in originals if value.encode() in kept] == []
    index = (out / "index.html").read_text()
    assert "LIMITED DATA SET" in index
    for page in out.glob("*.html"):
        text = page.read_text()
        assert "<script" not in text
        assert "default-src 'none'" in text
        assert set(re.findall(r'(?:href|src)="([^"]+)"', text)) <= {path.name for path in out.iterdir()}
    assert "3" in (out / f"item-{review.kinds.index('MRImageStorage') + 1:03d}.html").read_text()
    assert all(path.stat().st_mode & 0o077 == 0 for path in out.iterdir() if path.name != "SHA256SUMS")
    sums = out / "SHA256SUMS"
    fill(out, "name")
    assert review.sums == PREFIX + hashlib.sha256(sums.read_bytes()).hexdigest()
    assert subprocess.run(["sha256sum", "-c", "--quiet", sums.name], cwd=out, check=False).returncode == 0


def test_the_log_says_where_it_went_before_anything_was_opened_and_each_call_has_one_outcome(clinic, tmp_path):
    review = lay_out(clinic, tmp_path / "to-read")
    lease, done = outcomes(clinic, "deid.review")
    assert (lease["outcome"], done["outcome"]) == ("lease", "done")
    assert str(tmp_path / "to-read") in lease["detail"]["to"]
    assert str(tmp_path / "to-read") in done["reason"]
    with pytest.raises(ExportTaken):
        lay_out(clinic, tmp_path / "to-read")
    with pytest.raises(ExportInside):
        lay_out(clinic, clinic.site.folder / "out")
    for person in ("marsh", "okoye", "silva"):
        with pytest.raises(NotAllowed, match="ROLE"):
            lay_out(clinic, tmp_path / person, by=person)
        assert not (tmp_path / person).exists()
    told = [event["outcome"] for event in outcomes(clinic, "deid.review")]
    assert told == ["lease", "done", "failed", "failed", "refused", "refused", "refused"]
    agree(clinic, review, fill(tmp_path / "to-read"))
    assert [event["outcome"] for event in outcomes(clinic, "deid.agree")] == ["done"]
    with clinic.site.ledger.reading() as book:
        found = clinic.site.ledger.all(DeidAgreement)[0]
        above = {edge.of for edge in lineage.ancestors(book, found.digest())}
    assert clinic.site.ledger.get(Deid, "incoming").digest() in above


def test_every_kind_is_in_every_sample_and_the_same_seed_draws_the_same(clinic, tmp_path):
    kinds = {f"i{n}": "ct" for n in range(200)} | {"i-mr": "mr", "i-us": "us"}
    samples = [draw(kinds, 5, seed=seed, root="r") for seed in range(50)]
    assert all({"i-mr", "i-us"} <= set(sample) and len(sample) == 5 for sample in samples)
    assert len({item for sample in samples for item in sample}) > 90
    assert draw(kinds, 5, seed=7, root="r") == samples[7] != draw(kinds, 5, seed=7, root="other")
    assert sorted(draw(kinds, 500, seed=1, root="r")) == sorted(kinds)
    with pytest.raises(TooFewItems, match="3 kinds"):
        draw(kinds, 2, seed=1, root="r")
    with pytest.raises(NothingToReview):
        draw({}, 2, seed=1, root="r")
    one, again = lay_out(clinic, tmp_path / "1", seed=5), lay_out(clinic, tmp_path / "2", seed=5)
    other = lay_out(clinic, tmp_path / "3", seed=None)
    assert "MRImageStorage" in one.kinds
    assert "MRImageStorage" in other.kinds
    pages = [sorted((tmp_path / name).glob("item-*.png")) for name in "12"]
    assert [p.read_bytes() for p in pages[0]] == [p.read_bytes() for p in pages[1]]
    assert (one.seed, again.kinds) == (5, one.kinds)


def test_who_cleaned_cannot_agree_with_their_own_work(clinic, tmp_path):
    review = lay_out(clinic, tmp_path / "to-read", by="rao")
    with pytest.raises(NotAllowed, match="CLEANER-AGREES"):
        agree(clinic, review, fill(tmp_path / "to-read"), by="rao")
    assert clinic.site.ledger.all(DeidAgreement) == []
    assert agree(clinic, review, tmp_path / "to-read/findings.csv", by="silva").clean == 4
    assert [event["outcome"] for event in outcomes(clinic, "deid.agree")] == ["refused", "done"]


def test_findings_of_another_sample_or_not_of_all_items_are_refused_without_repeating_them(clinic, tmp_path):
    first, second = lay_out(clinic, tmp_path / "1"), lay_out(clinic, tmp_path / "2", seed=2)
    good = fill(tmp_path / "1").read_text()
    with pytest.raises(FindingsOfAnother):
        agree(clinic, second, tmp_path / "1/findings.csv")
    file, secret = tmp_path / "f.csv", "Quillfeather"
    wrong = {
        "\n".join(good.splitlines()[:-1]): FindingsIncomplete,
        good.replace(",4,clean", ",4,"): FindingsIncomplete,
        good.replace(",4,clean", ",3,clean"): FindingsWrong,
        good.replace(",4,clean", ",5,clean"): FindingsOfAnother,
        good.replace(",4,clean", f",4,{secret}"): FindingsWrong,
        good.replace(",4,clean", ",4,clean;name"): FindingsWrong,
        good.replace(",4,clean", f",4,clean,{secret}"): FindingsWrong,
        good.replace("verdict", "note"): FindingsWrong,
        "": FindingsWrong,
    }
    for text, error in wrong.items():
        file.write_text(
            text if error is not FindingsIncomplete else "\n".join(r for r in text.splitlines() if "," in r)
        )
        with pytest.raises(error) as refused:
            agree(clinic, first, file)
        assert secret not in str(refused.value) + (refused.value.remedy or "")
    with pytest.raises(FindingsWrong):
        agree(clinic, first, tmp_path / "nowhere.csv")
    assert secret not in str([event["reason"] for event in outcomes(clinic, "deid.agree")])
    assert {event["outcome"] for event in outcomes(clinic, "deid.agree")} == {"failed"}
    file.write_bytes(b"\xef\xbb\xbf" + good.replace("clean", " Clean ").encode())
    assert agree(clinic, first, file).clean == 4


def test_what_is_left_is_said_loudly_and_changes_nothing_by_itself(clinic, tmp_path):
    before = clinic.site.ledger.get(Deid, "incoming")
    review = lay_out(clinic, tmp_path / "to-read", items=7)
    found = agree(clinic, review, fill(tmp_path / "to-read", "name; Text in picture", "clean", "name"))
    assert found.left == {"name": 2, "text-in-picture": 1}
    assert (found.seen, found.clean, found.not_clean) == (7, 5, 2)
    assert found.says.startswith("NOT CLEAN: 2 of 7 items")
    assert outcomes(clinic, "deid.agree")[-1]["reason"] == found.says
    assert (found.agreement.share, found.agreement.low, found.agreement.high) == (5 / 7, *interval(5, 7))
    assert sum(kind.seen for kind in found.kinds) == 7
    assert {kind.of: kind.seen for kind in found.kinds} == {"CTImageStorage": 6, "MRImageStorage": 1}
    assert clinic.site.ledger.get(Deid, "incoming").digest() == before.digest()
    assert found.compared == ()
    assert found.verdicts == ("name;text-in-picture", "clean", "name", *["clean"] * 4)


def test_another_person_on_the_same_sample_gives_kappa_and_nobody_is_heard_twice(clinic, tmp_path):
    review = lay_out(clinic, tmp_path / "to-read", items=7)
    blank = (tmp_path / "to-read/findings.csv").read_text()
    first = agree(clinic, review, fill(tmp_path / "to-read", "date", "name"))
    with pytest.raises(ReviewedBefore):
        agree(clinic, review, tmp_path / "to-read/findings.csv")
    (tmp_path / "to-read/findings.csv").write_text(blank)
    second = agree(clinic, review, fill(tmp_path / "to-read", "number"), by="silva")
    (pair,) = second.compared
    # Six of seven alike; by chance (5/7)(6/7) + (2/7)(1/7) = 32/49.
    assert (pair.agreement, pair.person, pair.alike) == (first.id, clinic.person("weber").id, 6)
    assert pair.kappa == pytest.approx((6 / 7 - 32 / 49) / (1 - 32 / 49))


def test_kappa_and_the_interval_are_those_of_the_books():
    # 35 of 50 alike; by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5.
    assert kappa(KAPPA) == pytest.approx(0.4)
    assert kappa([(True, True), (False, False)]) == 1.0
    assert kappa([(True, False), (False, True)]) == -1.0
    assert kappa([(True, True)] * 9) is None
    assert kappa([]) is None
    # The bounds are where the binomial tail beyond what was seen is 2.5 %.
    assert interval(20, 20) == (pytest.approx(0.025 ** (1 / 20)), 1.0)
    assert interval(0, 20) == (0.0, pytest.approx(1 - 0.025 ** (1 / 20)))
    low, high = interval(19, 20)
    assert low**20 + 20 * low**19 * (1 - low) == pytest.approx(0.025)
    assert 1 - high**20 == pytest.approx(0.025)


def test_a_subject_who_has_withdrawn_is_in_no_sample_and_earlier_ones_are_named(clinic, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text(f"HOSPITAL,{MR}\n")
    before = lay_out(clinic, tmp_path / "before", items=7)
    gone = clinic.do("weber", "dataset.withdraw", Withdraw(reason="Consent revoked.", patient=letter))
    assert gone.saw == (f"deid-review {before.id}",)
    review = lay_out(clinic, tmp_path / "to-read", items=7)
    assert (review.items, review.of, set(review.kinds)) == (6, 6, {"CTImageStorage"})


def test_a_value_of_a_file_is_text_on_the_page_and_signs_that_hide_are_seen(tmp_path):
    evil = '<script>alert(1)</script>"\u202eZerán\u200b'
    about = About("r", "d", "<b>source", "basic", "limited", "")
    page = item_page(about, Shown(1, "ct", 1, [Line("0008,1030", "Study", "LO", (evil,), 0)], [], 2)).decode()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;[U+202E]Zerán[U+200B]" in page
    assert "2 pictures could not be drawn" in page


def test_the_table_of_a_header_has_every_text_and_date_at_every_depth_and_the_first_numbers():
    files = [read(to_bytes(ct(StudyDescription=f"left {n}", SliceLocation=str(n), InstanceNumber=n))) for n in range(9)]
    lines = {line.tag: line for line in said(files)}
    assert lines["0008,1030"].values == tuple(f"left {n}" for n in range(9))
    assert (lines["0020,1041"].values, lines["0020,1041"].more) == (("0", "1", "2"), 6)
    assert lines["0008,0020"].values == ("20240229",)
    assert lines["0010,0010"].name == "Patient's Name"


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)), np.int64)


def test_what_is_written_on_one_slice_alone_is_seen_and_a_volume_is_seen_from_all_sides():
    ball = np.add.outer(np.add.outer(*[(np.arange(40) - 20.0) ** 2] * 2), (np.arange(40) - 20.0) ** 2) < 200
    volume = np.where(ball, 1000, 0).astype("<u2")
    volume[7, 2, 3:30] = 4000
    files = []
    for k in reversed(range(40)):
        one = ct(Rows=40, Columns=40, PixelData=volume[k].tobytes(), InstanceNumber=k + 1, PixelSpacing=[1, 1])
        one.ImagePositionPatient = [0, 0, k * 2.0]
        files.append(read(to_bytes(one)))
    drawn = pictures(files)
    shown = dict(drawn.shown)
    assert (drawn.left_out, len(shown)) == (0, 5 + 2 + 2 + 6)
    assert "picture 1 of 40" in shown
    assert "picture 8 of 40" not in shown
    highest = opened(shown["highest value of all"])
    assert (highest[2, 3:30] == 255).all()
    assert highest[2, 31] < 255
    assert opened(shown["surface from the first row"]).shape == (80, 40)
    surface = opened(shown["surface from the first slice"])
    assert surface[20, 20] > surface[20, 9] > surface[0, 0] == 0


def test_a_picture_that_cannot_be_drawn_is_counted_and_no_reason_to_stop():
    torn = read(to_bytes(ct(PhotometricInterpretation="YBR_ICT")))
    drawn = pictures([torn, read(to_bytes(ct(InstanceNumber="2")))])
    assert (len(drawn.shown), drawn.left_out) == (1, 1)
