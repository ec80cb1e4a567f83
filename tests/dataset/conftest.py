"""A clinic for each test, copied from one that is made once: making nine people costs more than freezing ten series."""

import shutil

import pytest

from residency.wiring import open_site
from tests.fakes.clinic import Clinic, approve_protocol, open_clinic


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
