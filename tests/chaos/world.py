"""A site with something for every act to do, what must hold of it at any moment, and marks that must never lie open.

    world = make_world(clinics / "approved", folder)     # once; `world.site` is a folder to copy
    world.holds(clinic)                                  # after whatever was done or killed there
    world.lies_open(folder)                              # marks found in the bytes below it

Not here: who acts and is killed (`acting`), the moments (`test_kills`).
"""

import os
import shutil
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from residency.dataset.version import DatasetVersion
from residency.govern.forgetting import Withdrawal, destroyed_codes, of_subject
from residency.ingest.ingest import Ingest
from residency.ingest.intake import Intake
from residency.protocol.people import Nothing
from residency.store.arrays import Shards
from residency.store.codec import HOT, compress
from residency.store.frames import intact
from residency.store.keys import KeyGroup, KeySpace, open_space
from residency.store.manifest import read_manifest
from residency.store.packs import read_pack
from residency.store.ring import KeyDestroyed
from residency.store.sealed import GroupKey, KeyNotHeld, Sealed
from residency.upkeep.log import VerifyLog
from residency.upkeep.needed import survey
from tests.dataset.ct_series import files_of
from tests.dataset.deidentified import Series, deidentified
from tests.dataset.test_version import draft, freeze, items_of, keys_of
from tests.fakes.clinic import Clinic, copy_clinic
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, label, series, table
from tests.ingest.test_faults import drop_one
from tests.story.traces import traces

MARK = "PLANTED-MARK-"
SHAPE = (2, 40, 40)
FIRST, SECOND = range(8), range(20, 23)
"""The subjects of the version that is frozen, and those that only the next one has."""
LONG_AGO = 86400


@dataclass(frozen=True)
class World:
    """The folder of a closed site with its key spaces, the hospital's export, the series by subject, who withdraws."""

    site: Path
    hospital: Path
    made: dict[str, Series]
    subjects: list[str]
    spaces: list[KeySpace]
    limit: int

    def order(self, act: str, site: Path, **more: object) -> dict:
        """What the program is told."""
        about = {"hospital": str(self.hospital), "subjects": self.subjects, "limit": self.limit, "mark": MARK}
        return {"act": act, "site": str(site), "at": None, "after": None, **about, **more}

    def holds(self, clinic: Clinic) -> None:
        """The log holds, every object is whole and every needed one there, every key and every item opens."""
        site = clinic.site
        rows = clinic.do("ito", "site.doctor", Nothing()).rows
        assert all(row["holds"] for row in rows), rows
        assert clinic.do("ito", "audit.verify", VerifyLog()).rows[0]["holds"]
        clinic.do("ito", "store.scrub", Nothing())
        assert survey(site).missing == []
        assert [name for name in site.objects.names() if not intact(site.objects, name)] == []
        keys_open(clinic)
        for version in site.ledger.all(DatasetVersion):
            self.opens(clinic, version)
        for intake in site.ledger.all(Intake):
            comes_out(clinic, intake)

    def opens(self, clinic: Clinic, version: DatasetVersion) -> None:
        """Every voxel of a version is what it was made of; of who withdrew, none is read."""
        with clinic.site.ledger.reading() as book:
            gone = destroyed_codes(book)
        keys, shards = keys_of(clinic, version), Shards(clinic.site.objects)
        items = items_of(clinic, version)
        assert len(items) == sum(count.items for count in version.counts.values())
        for item in items:
            if item.subject in gone:
                with pytest.raises(KeyNotHeld):
                    shards.open(item.array("image"), keys)
                continue
            made = self.made[item.subject]
            assert (shards.open(item.array("image"), keys).whole() == made.hu).all()
            assert (shards.open(item.array("label"), keys).whole() == made.label).all()

    def forgets_wholly(self, clinic: Clinic) -> None:
        """A withdrawal happened, and then nothing opens what it destroyed, or it did not."""
        site, gone = clinic.site, clinic.site.ledger.all(Withdrawal)
        recorded = {group for one in gone for group in one.groups}
        assert {group.id for group in site.ledger.all(KeyGroup) if group.destroyed} == recorded
        assert not gone or list(site.folder.glob(".ring.json.*")) == []
        for one in gone:
            assert of_subject(site.ledger, one.subject) == []
        for space in [space for space in self.spaces if any(space.id in one.spaces for one in gone)]:
            with pytest.raises(KeyDestroyed):
                open_space(site.ring, space)

    def cleans(self, clinic: Clinic) -> None:
        """When every lease is long over, cleaning leaves what is needed and that alone."""
        site = clinic.site
        for path in (site.folder / "objects").rglob("*"):
            os.utime(path, (time.time() - LONG_AGO,) * 2)
        now = site.clock()
        late = replace(site, clock=lambda: now + timedelta(hours=3))
        Clinic(late).do("root", "store.clean", Nothing())
        seen = survey(late)
        assert (seen.missing, seen.orphans) == ([], ())
        assert set(seen.there) == set(seen.needed)
        assert list((site.folder / "objects/.tmp").iterdir()) == []

    def lies_open(self, *folders: Path) -> list:
        """Marks in the bytes of all files below: as text in any spelling, as voxels, and as packed voxels."""
        found: list = traces([(MARK, "utf-8"), ("PLANTED1", "utf-8"), ("Planted^Name", "utf-8")], folders)
        for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
            data = path.read_bytes()
            found += [(path, "voxels") for needle in self.voxels() if needle in data]
        return found

    def voxels(self) -> list[bytes]:
        """Bytes of voxels of every series, as they are and as a chunk packs them."""
        chunks = [np.ascontiguousarray(one.hu[:, :32, :32]) for one in self.made.values()]
        return [part for chunk in chunks for part in (chunk.tobytes()[64:96], bytes(compress(chunk, HOT))[96:128])]


def make_world(approved: Path, folder: Path) -> World:
    """A version frozen, a larger draft that is not, an intake, and objects that nothing names."""
    hospital = folder / "hospital"
    export(hospital, "PLANTED1", "PLANTED2")
    export(hospital, "PLANTED3", change=drop_one)
    label(hospital, series("PLANTED1")[0])
    table(hospital, "PLANTED1,HOSPITAL,F,1970-01-02,White,,")
    clinic = copy_clinic(approved, folder / "site")
    made = {one.subject: one for one in map(marked, (*FIRST, *SECOND))}
    deidentified(clinic, [made[f"sub-{n:03}"] for n in FIRST], name="earlier")
    draft(clinic, source=("earlier",), tune=0.2, test=0.3)
    items = freeze(clinic) and items_of(clinic, clinic.site.ledger.get(DatasetVersion, "liver-ct"))
    deidentified(clinic, [made[f"sub-{n:03}"] for n in SECOND], name="later", intake="intake-2")
    draft(clinic, source=("earlier", "later"), tune=0.2, test=0.3)
    clinic.do("rao", "ingest", earlier_intake(folder))
    for n in range(3):
        ref = Sealed(clinic.site.objects).write(b"left over", GroupKey("nobody", bytes(32)), context=f"left {n}")
        os.utime(clinic.site.folder / "objects" / ref.name, (time.time() - LONG_AGO,) * 2)
    size = sum(listed.size for listed in clinic.site.objects.listed("shards/"))
    # What a kill left of an earlier turn: a draft of the ring, with the generation that a withdrawal destroys.
    shutil.copy(folder / "site/ring.json", folder / "site/.ring.json.999999999.0a1b2c3d")
    spaces = clinic.site.ledger.all(KeySpace)
    clinic.site.ledger.close()
    train = sorted(item.subject for item in items if item.split == "train")
    return World(clinic.site.folder, hospital, made, train[:2], spaces, size // 2)


def marked(number: int) -> Series:
    """A series of noise with the mark among its voxels, in its files' headers and as its anatomy."""
    noise = np.random.default_rng(number)
    hu = noise.integers(-1000, 1000, SHAPE).astype(np.int16)
    stripe = np.frombuffer((MARK + "x" * (len(MARK) % 2)).encode() * 8, "<i2")
    hu[0, 8, : min(stripe.size, SHAPE[2])] = stripe[: SHAPE[2]]
    files = tuple(files_of(hu, ImageComments=f"{MARK}{number}"))
    return Series(f"sub-{number:03}", hu, (hu > 500).astype(np.uint8), f"{MARK}anatomy {number}", files)


def earlier_intake(folder: Path) -> Ingest:
    """What to ask for, so that there is an intake before anybody is killed."""
    path = export(folder / "before", "PLANTED9")
    return Ingest(path=path, name="before", protocol="IRB-2026-014")


def keys_open(clinic: Clinic) -> None:
    """The ring opens every space, and every space its living groups."""
    site = clinic.site
    for record in site.ledger.all(KeySpace):
        space = open_space(site.ring, record)
        for group in site.ledger.all(KeyGroup, scope=record.id):
            assert group.destroyed or len(space.open(group).key) == 32


def comes_out(clinic: Clinic, intake: Intake) -> None:
    """Every file of an intake is there, and DICOM."""
    keys, sealed = Intaking(clinic).keys(intake), clinic.site.sealed
    items = read_manifest(sealed, intake.manifest, keys, root=intake.root)
    for item in items:
        files = [data for _, data in read_pack(sealed, item.parts["series"], keys)]
        assert all(b"DICM" in data[:132] for data in files)
        assert len(files) + ("label" in item.parts) == item.files
    assert sum(item.files for item in items) == intake.accepted
