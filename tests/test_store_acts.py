"""What the store holds is found whole, or named; what nothing needs is removed, and only that."""

import os
import time
from datetime import timedelta

import pytest

from residency.dataset.freeze import Freeze
from residency.dataset.version import find
from residency.dataset.withdraw import Withdraw
from residency.protocol.people import Nothing
from residency.runs.run import Run
from residency.store.named import SUFFIX, NamesBroken, NamesMissing
from residency.upkeep.needed import MARGIN, survey
from residency.upkeep.store import ObjectsDamaged
from tests.dataset.test_version import items_of

LONG_AGO = time.time() - 86400


def names(clinic):
    return set(clinic.site.objects.names())


def age(clinic):
    """Everything in the store was written yesterday."""
    for path in (clinic.site.folder / "objects").rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def put(clinic, name, data=b"left over"):
    clinic.site.objects.put(name, [data])
    os.utime(clinic.site.folder / "objects" / name, (LONG_AGO, LONG_AGO))


def test_after_a_whole_study_everything_is_named_and_nothing_is_missing(studied_clinic):
    age(studied_clinic)
    seen = survey(studied_clinic.site)
    assert (seen.missing, seen.orphans) == ([], ())
    assert set(seen.there) == set(seen.needed)
    report = studied_clinic.do("root", "store.status", Nothing())
    assert {row["folder"] for row in report.rows} == {"sealed", "lists", "shards", "runs"}
    assert "named by nothing" in report.notes[1]
    assert studied_clinic.do("ito", "store.scrub", Nothing()).rows[0]["objects"] == len(seen.there)
    before = names(studied_clinic)
    assert studied_clinic.do("root", "store.clean", Nothing()).rows == ({"objects": 0, "bytes": 0},)
    assert names(studied_clinic) == before


def test_what_nothing_names_is_removed_and_only_that(studied_clinic):
    age(studied_clinic)
    before, (run,) = names(studied_clinic), studied_clinic.site.ledger.all(Run)
    left = ("sealed/ab/orphan", "shards/cd/orphan", "lists/ef/orphan.names", f"{run.prefix}/00000099.0000/__0_0.distcp")
    for name in left:
        put(studied_clinic, name)
    assert studied_clinic.do("root", "store.clean", Nothing()).rows == ({"objects": 4, "bytes": 36},)
    assert names(studied_clinic) == before


def test_what_is_young_is_spared(studied_clinic):
    studied_clinic.site.objects.put("sealed/ab/new", [b"x"])
    studied_clinic.do("root", "store.clean", Nothing())
    assert "sealed/ab/new" in names(studied_clinic)


def test_what_an_act_at_work_may_have_written_is_spared_until_its_lease_is_over(frozen_clinic):
    clinic, site = frozen_clinic, frozen_clinic.site
    by, version = clinic.person("data-steward"), find(frozen_clinic.site, "liver-ct")
    with site.gate.call(by, "dataset.freeze"):
        lease = site.gate.grant(by, "dataset.freeze", version)
        site.objects.put("sealed/ab/half", [b"x"])
        written = time.time()
        os.utime(site.folder / "objects/sealed/ab/half", (written, written))
        later = lease.at + timedelta(minutes=30)
        orphans = survey(_at(site, later)).orphans
        assert "sealed/ab/half" not in {listed.name for listed in orphans}
        over = lease.ends + 2 * MARGIN
        assert "sealed/ab/half" in {listed.name for listed in survey(_at(site, over)).orphans}
        with site.gate.act(by, "dataset.freeze", version):
            pass
    assert "sealed/ab/half" in {listed.name for listed in survey(_at(site, later)).orphans}


def _at(site, moment):
    from dataclasses import replace

    return replace(site, clock=lambda: moment)


@pytest.mark.parametrize("change", ["flip", "cut", "gone"])
def test_every_object_that_is_not_whole_is_found_without_a_key(studied_clinic, change):
    clinic = studied_clinic
    for name in sorted(names(clinic))[::7]:
        path = clinic.site.folder / "objects" / name
        whole = path.read_bytes()
        path.unlink()
        if change != "gone":
            path.write_bytes(whole[:-1] if change == "cut" else bytes([whole[0] ^ 1]) + whole[1:])
        with pytest.raises((ObjectsDamaged, NamesMissing, NamesBroken), match=name.removesuffix(SUFFIX)):
            clinic.do("root", "store.scrub", Nothing())
        path.write_bytes(whole)
    clinic.do("root", "store.scrub", Nothing())


def test_without_the_names_beside_a_list_nothing_is_removed(studied_clinic):
    clinic = studied_clinic
    age(clinic)
    put(clinic, "sealed/ab/orphan")
    version = find(clinic.site, "liver-ct")
    clinic.site.objects.delete(version.manifest.name + SUFFIX)
    with pytest.raises(NamesMissing):
        clinic.do("root", "store.clean", Nothing())
    assert "sealed/ab/orphan" in names(clinic)


def test_an_older_version_keeps_what_it_names_after_a_withdrawal(frozen_clinic):
    clinic = frozen_clinic
    version = find(clinic.site, "liver-ct")
    subject = items_of(clinic, version)[0].subject
    clinic.do("data-steward", "dataset.withdraw", Withdraw(subject=subject, reason="consent revoked"))
    clinic.do("data-steward", "dataset.freeze", Freeze(draft="liver-ct"))
    age(clinic)
    assert clinic.do("root", "store.clean", Nothing()).rows[0]["objects"] == 0
    assert items_of(clinic, version)


def test_two_objects_that_were_exchanged_are_found(frozen_clinic):
    names = sorted(name for name in frozen_clinic.site.objects.names() if name.startswith(("sealed/", "shards/")))[:2]
    one, other = (frozen_clinic.site.folder / "objects" / name for name in names)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    with pytest.raises(ObjectsDamaged, match="2 of") as error:
        frozen_clinic.do("ito", "store.scrub", Nothing())
    assert all(name in str(error.value) for name in names)
