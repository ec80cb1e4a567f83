"""Data leave in the forms that others read, to whom and for what the log names, and nothing else leaves."""

import csv
import hashlib
import json
import subprocess
from dataclasses import replace

import nibabel
import numpy as np
import pytest

from residency.dataset.export import DISCLOSURE, Export, NothingToExport, subjects_of
from residency.govern import lineage
from residency.kernel.digest import digest
from residency.observe.progress import shown_by
from residency.protocol.people import Nothing
from residency.store.arrays import Shards
from residency.store.directory import DirectoryStore
from residency.store.frames import SealBroken
from residency.store.objects import StoreUnavailable
from residency.store.outlet import ExportInside, ExportTaken, ExportUnwritable, checked_place
from residency.store.sealed import Sealed
from tests.cli.test_commands import Shell
from tests.dataset.ct_series import SPACING, files_of, label_for
from tests.dataset.deidentified import deidentified, series
from tests.dataset.exported import CAVEAT, EVERYTHING, TO, arrays, disclosed, files, hand_out, leases
from tests.dataset.test_version import draft, freeze, narrower
from tests.fakes.clinic import Clinic, copy_clinic
from tests.fakes.disks import on_a_small_disk, read_only

FORMS = ("nifti", "decathlon", "dicom", "folder")


def test_a_nifti_holds_the_voxels_of_the_version_with_spacing_and_direction(ten_frozen, tmp_path):
    hand_out(ten_frozen, tmp_path / "out", split=EVERYTHING)
    wanted = []
    for item, voxels in arrays(ten_frozen):
        for role, array in voxels.items():
            path = tmp_path / "out" / item.subject / f"{item.item}_{role}.nii.gz"
            wanted.append(path)
            image = nibabel.load(path)
            found = np.asanyarray(image.dataobj)
            assert found.dtype == array.dtype
            assert np.array_equal(found.transpose(2, 1, 0), array)
            assert image.header.get_zooms() == SPACING[::-1]
            assert nibabel.aff2axcodes(image.affine) == ("L", "P", "S")
            assert image.header.get_xyzt_units()[0] == "mm"
            assert np.array_equal(image.get_sform(), image.get_qform())
    assert len(wanted) == 20
    assert files(tmp_path / "out") == sorted(
        [DISCLOSURE, "SHA256SUMS", *(path.relative_to(tmp_path / "out").as_posix() for path in wanted)]
    )


def test_an_exported_label_faces_the_way_of_the_label_that_came_in(ten_frozen, tmp_path):
    hand_out(ten_frozen, tmp_path / "out", split=EVERYTHING)
    for one in series(10):
        (path,) = (tmp_path / "out" / one.subject).glob("*_label.nii.gz")
        came = tmp_path / f"{one.subject}.nii.gz"
        came.write_bytes(label_for(one.label))
        there, here = (nibabel.as_closest_canonical(nibabel.load(p)) for p in (came, path))
        assert np.array_equal(np.asanyarray(there.dataobj), np.asanyarray(here.dataobj))


def test_monai_reads_the_decathlon_form_with_its_own_functions(ten_frozen, tmp_path):
    from monai.data import load_decathlon_datalist, load_decathlon_properties
    from monai.transforms import LoadImage

    hand_out(ten_frozen, tmp_path / "out", "decathlon", split=EVERYTHING)
    said, load = tmp_path / "out" / "dataset.json", LoadImage(image_only=True)
    about = load_decathlon_properties(said, ["name", "modality", "labels", "numTraining", "numTest", "tensorImageSize"])
    assert about == {
        "name": "liver-ct",
        "modality": {"0": "CT"},
        "labels": {"0": "background", "1": "liver"},
        "numTraining": 5,
        "numTest": 4,
        "tensorImageSize": "3D",
    }
    made = {f"{item.subject}_{item.item}.nii.gz": (item.split, voxels) for item, voxels in arrays(ten_frozen)}
    for key, split in (("training", "train"), ("validation", "tune"), ("test", "test")):
        entries = load_decathlon_datalist(said, True, key)
        names = {entry["image"].rpartition("/")[2] for entry in entries}
        assert names == {name for name, (there, _) in made.items() if there == split}
        for entry in entries:
            assert set(entry) == ({"image"} if split == "test" else {"image", "label"})
            for role, path in entry.items():
                voxels = made[path.rpartition("/")[2]][1][role]
                assert np.array_equal(load(path).numpy().transpose(2, 1, 0), voxels)
    assert {path.partition("/")[0] for path in files(tmp_path / "out")} == {
        *("imagesTr", "labelsTr", "imagesTs", "dataset.json", DISCLOSURE, "SHA256SUMS")
    }


def test_dicom_leaves_byte_for_byte_as_it_was_de_identified(ten_frozen, tmp_path):
    hand_out(ten_frozen, tmp_path / "out", "dicom", split=EVERYTHING)
    for one in series(10):
        (folder,) = (tmp_path / "out" / one.subject).iterdir()
        assert folder.name.startswith("ser-incoming")
        assert [path.read_bytes() for path in sorted(folder.iterdir())] == files_of(one.hu)
    assert len(files(tmp_path / "out")) == 10 * 4 + 2


def test_a_folder_of_arrays_tells_shapes_spacing_splits_and_sums(ten_frozen, tmp_path):
    out = tmp_path / "out"
    hand_out(ten_frozen, out, "folder", split=EVERYTHING)
    manifest = json.loads((out / "manifest.json").read_text())
    said = {row["item"]: row for row in manifest["items"]}
    for item, voxels in arrays(ten_frozen):
        row = said.pop(item.item)
        assert (row["subject"], row["split"]) == (item.subject, item.split)
        for role, array in voxels.items():
            assert np.array_equal(np.load(out / row[role]["path"]), array)
            assert (row[role]["shape"], row[role]["dtype"]) == (list(array.shape), array.dtype.name)
            assert tuple(row[role]["spacing_mm"]) == SPACING
    assert said == {}
    sums = {row["path"]: row["sha256"] for row in manifest["files"]}
    assert sums == {
        path: hashlib.sha256((out / path).read_bytes()).hexdigest()
        for path in set(files(out)) - {"manifest.json", DISCLOSURE, "SHA256SUMS"}
    }


def test_the_table_of_subjects_has_codes_and_what_the_terms_let_be_kept(clinic, tmp_path):
    deidentified(clinic, series(10), terms=narrower(clinic, attributes=("sex",)))
    draft(clinic)
    freeze(clinic)
    hand_out(clinic, tmp_path / "out", "folder", split=EVERYTHING)
    with (tmp_path / "out" / "subjects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    splits = {item.subject: item.split for item, _ in arrays(clinic)}
    assert rows == [{"subject": s, "split": splits[s], "sex": "F"} for s in sorted(splits)]


@pytest.mark.parametrize("form", FORMS)
def test_the_receiver_can_check_every_file_with_a_tool_of_their_own(ten_frozen, tmp_path, form):
    out = tmp_path / "out"
    record = hand_out(ten_frozen, out, form)
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=out, check=False).returncode == 0
    summed = [line[66:] for line in (out / "SHA256SUMS").read_text().splitlines()]
    assert summed == sorted(set(files(out)) - {"SHA256SUMS"})
    told = {row["path"]: (row["sha256"], row["bytes"]) for row in disclosed(out)["files"]}
    there = {path: (out / path).read_bytes() for path in set(summed) - {DISCLOSURE}}
    assert told == {path: (hashlib.sha256(data).hexdigest(), len(data)) for path, data in there.items()}
    assert (record.files, record.bytes) == (len(there), sum(map(len, there.values())))
    victim = out / sorted(there)[0]
    victim.write_bytes(victim.read_bytes()[:-1] + b"?")
    assert subprocess.run(check, cwd=out, capture_output=True, check=False).returncode == 1


def test_the_disclosure_says_what_left_for_whom_for_what_by_whom_and_what_to_know(ten_frozen, tmp_path):
    record = hand_out(ten_frozen, tmp_path / "out", form="dicom")
    version, said = freeze(ten_frozen), disclosed(tmp_path / "out")
    assert record.disclosure == digest((tmp_path / "out" / DISCLOSURE).read_bytes())
    assert (said["export"], said["recipient"], said["purpose"], said["form"]) == (record.id, TO, "research", "dicom")
    assert said["version"] == {
        "name": "liver-ct",
        "number": 1,
        "digest": version.digest(),
        "root": version.root,
    }
    assert said["by"] == {"id": ten_frozen.person("rao").id, "name": "rao"}
    assert (said["protocols"], said["data_class"], said["caveats"]) == (["IRB-2026-014"], "deidentified", [CAVEAT])
    assert said["terms"] == version.terms.model_dump(mode="json")
    assert said["counts"] == {"train": {"subjects": 5, "items": 5}, "tune": {"subjects": 1, "items": 1}}
    splits = {item.item: (item.subject, item.split) for item, _ in arrays(ten_frozen) if item.split != "test"}
    assert {row["item"]: (row["subject"], row["split"]) for row in said["items"]} == splits


def test_an_export_descends_from_its_version_and_whoever_withdraws_finds_who_was_in_it(ten_frozen, tmp_path):
    record = hand_out(ten_frozen, tmp_path / "out")
    version = freeze(ten_frozen)
    with ten_frozen.site.ledger.reading() as book:
        assert record.digest() in {edge.made for edge in lineage.descendants(book, version.digest())}
    assert [found.digest() for found in ten_frozen.site.ledger.all(Export, scope=version.id)] == [record.digest()]
    by = ten_frozen.person("data-steward")
    with ten_frozen.site.gate.call(by, "dataset.freeze"):
        with ten_frozen.site.gate.lease(by, "dataset.freeze", version) as lease:
            codes = subjects_of(ten_frozen.site, lease, record)
        with ten_frozen.site.gate.act(by, "dataset.freeze", version):
            pass
    assert codes == sorted({item.subject for item, _ in arrays(ten_frozen) if item.split in ("train", "tune")})
    assert record.subjects == len(codes) == 6
    assert not any(code in json.dumps(record.body()) for code in codes)
    assert not any(code.encode() in ten_frozen.site.objects.read(record.codes.name) for code in codes)
    assert all(row["holds"] for row in ten_frozen.do("auditor", "site.doctor", Nothing()).rows)


def test_one_subject_can_be_handed_out_alone(ten_frozen, tmp_path):
    code = next(item.subject for item, _ in arrays(ten_frozen) if item.split == "train")
    for form in FORMS:
        record = hand_out(ten_frozen, tmp_path / form, form, subject=(code,))
        assert {row["subject"] for row in disclosed(tmp_path / form)["items"]} == {code}
        assert (record.subjects, record.items) == (1, 1)


@pytest.mark.parametrize("how", [{"subject": ("sub-999",)}, {"subject": ("test",)}, {"split": ("tune",), "version": 2}])
def test_nothing_to_export_is_said_and_nothing_is_written(ten_frozen, tmp_path, how):
    if how.get("subject") == ("test",):
        how = {"subject": (next(item.subject for item, _ in arrays(ten_frozen) if item.split == "test"),)}
    if how.get("version"):
        draft(ten_frozen, name="elsewhere", external=True)
        freeze(ten_frozen, name="elsewhere")
        how = how | {"version": "elsewhere"}
    with pytest.raises(NothingToExport, match="--split test"):
        hand_out(ten_frozen, tmp_path / "out", **how)
    assert list(tmp_path.glob("out*")) == []


def test_the_folder_must_be_new_or_empty_and_outside_the_site(ten_frozen, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    (tmp_path / "into").symlink_to(ten_frozen.site.folder)
    for name, error in (
        *((n, ExportTaken) for n in ("full", "file", "link")),
        *((n, ExportInside) for n in ("site/out", "site", "into/out", "site/objects/out")),
        *((n, ExportUnwritable) for n in ("nowhere/out", "file/out")),
    ):
        with pytest.raises(error, match=str(tmp_path)):
            hand_out(ten_frozen, tmp_path / name)
    assert (tmp_path / "full" / "kept").read_text() == "mine"
    assert not list(tmp_path.glob("*.partial"))
    assert leases(ten_frozen) == []
    hand_out(ten_frozen, tmp_path / "empty")
    assert (tmp_path / "empty" / DISCLOSURE).exists()


def test_a_place_that_may_only_be_read_is_named(ten_frozen, tmp_path):
    with read_only(lambda folder: None) as folder, pytest.raises(ExportUnwritable, match="Nothing may be written"):
        checked_place(folder / "out", apart=ten_frozen.site.folder)


def test_what_is_exported_is_its_owners_alone_until_they_say_otherwise(ten_frozen, tmp_path):
    hand_out(ten_frozen, tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_being_interrupted_leaves_nothing_outside_and_nothing_inside(ten_frozen, tmp_path):
    before = set(ten_frozen.site.objects.names())

    def interrupt(what, done, total):
        if done == 3:
            assert (tmp_path / "out.partial").exists()
            assert not (tmp_path / "out").exists()
            raise KeyboardInterrupt

    with shown_by(interrupt), pytest.raises(KeyboardInterrupt):
        hand_out(ten_frozen, tmp_path / "out")
    assert list(tmp_path.glob("out*")) == []
    assert set(ten_frozen.site.objects.names()) == before
    assert ten_frozen.site.ledger.all(Export) == []


def test_the_command_takes_its_words_as_they_are_written_in_the_reference(frozen_ten, tmp_path):
    site = copy_clinic(frozen_ten, tmp_path / "site").site
    site.ledger.close()
    shell = Shell(tmp_path, site.folder).signed_in("rao")
    words = ("dataset", "export", "liver-ct", "out", "--form", "folder", "--to", TO, "--purpose", "research")
    done = shell.run(*words, "--split", "test", "--split", "tune", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["kind"], said["splits"], said["items"]) == ("export", ["tune", "test"], 5)
    assert disclosed(tmp_path / "out")["export"] == said["id"]
    again = shell.run(*words)
    assert (again.returncode, "ExportTaken" in again.stderr) == (5, True)


class NoRoom(DirectoryStore):
    """A store that takes nothing any more."""

    def create(self, name):
        raise StoreUnavailable(f"The disk is full: cannot write {name}.")


def test_a_store_without_room_lets_nothing_out(ten_frozen, tmp_path):
    full = Clinic(replace(ten_frozen.site, sealed=Sealed(NoRoom(ten_frozen.site.folder / "objects"))))
    with pytest.raises(StoreUnavailable):
        hand_out(full, tmp_path / "out")
    assert list(tmp_path.glob("out*")) == []
    assert ten_frozen.site.ledger.all(Export) == []


def test_a_volume_that_is_damaged_lets_nothing_out(ten_frozen, tmp_path):
    item = next(item for item, _ in arrays(ten_frozen) if item.split == "tune")
    ref = item.array("label")
    path = ten_frozen.site.folder / "objects" / ref.name
    data = bytearray(path.read_bytes())
    data[Shards(ten_frozen.site.objects).shard(ref.name).directory[ref.array][1]] ^= 1
    path.write_bytes(data)
    with pytest.raises(SealBroken):
        hand_out(ten_frozen, tmp_path / "out")
    assert list(tmp_path.glob("out*")) == []
    assert hand_out(ten_frozen, tmp_path / "out", split=("train",)).items == 5


FILLING = """
from pathlib import Path
from residency.dataset.export import Export, ExportDataset
from residency.store.outlet import ExportUnwritable
from residency.govern.identity import Person
from residency.site import perform
from residency.wiring import open_site
site = open_site(Path("{site}"))
ask = ExportDataset(version="liver-ct", out=Path("out"), form="folder", to="X", purpose="research")
try:
    perform(site, site.ledger.get(Person, "rao").actor(), "dataset.export", ask)
except ExportUnwritable as error:
    print(error.message.partition(": ")[2])
print(sorted(p.name for p in Path(".").iterdir()), len(site.ledger.all(Export)))
"""


def test_a_full_disk_is_named_and_leaves_nothing_half_written(ten_frozen, tmp_path):
    (tmp_path / "disk").mkdir()
    done = on_a_small_disk(FILLING.format(site=ten_frozen.site.folder), 16, tmp_path / "disk")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["the disk is full.", "[] 0"]
    done = on_a_small_disk(FILLING.format(site=ten_frozen.site.folder), 1024, tmp_path / "disk")
    assert done.stdout.splitlines() == ["['out'] 1"]
