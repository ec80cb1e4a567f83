"""A clinic for each test, copied from one that is made once: making nine people costs more than freezing ten series."""

import shutil

import pytest

from residency.wiring import open_site
from tests.dataset.deidentified import deidentified, series
from tests.dataset.exported import CAVEAT
from tests.dataset.test_version import draft, freeze
from tests.fakes.clinic import Clinic, approve_protocol, copy_clinic, open_clinic


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """The folder of a site with everybody in it and an approved protocol."""
    folder = tmp_path_factory.mktemp("template")
    clinic = open_clinic(folder / "site")
    approve_protocol(clinic, folder)
    clinic.site.ledger.close()
    return folder / "site"


@pytest.fixture
def clinic(template, tmp_path):
    """A site with all nine roles and an approved protocol."""
    shutil.copytree(template, tmp_path / "site")
    clinic = Clinic(open_site(tmp_path / "site"))
    yield clinic
    clinic.site.ledger.close()


@pytest.fixture(scope="session")
def frozen_ten(template, tmp_path_factory):
    """The folder of a site in which ten subjects are frozen as liver-ct."""
    clinic = copy_clinic(template, tmp_path_factory.mktemp("ten") / "site")
    deidentified(clinic, series(10))
    draft(clinic, caveat=(CAVEAT,))
    freeze(clinic)
    clinic.site.ledger.close()
    return clinic.site.folder


@pytest.fixture
def ten_frozen(frozen_ten, tmp_path):
    """A clinic of one's own with liver-ct."""
    clinic = copy_clinic(frozen_ten, tmp_path / "site")
    yield clinic
    clinic.site.ledger.close()
