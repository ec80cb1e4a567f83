"""Fixtures that every chapter's tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.fakes.clinic import Clinic, approve_protocol, copy_clinic, open_clinic
from tests.fakes.frozen import Carried, carry_to_freezing, carry_to_the_end, export
from tests.fakes.seaweed import Seaweed, running_seaweed

# How fast examples come says how busy the machine is, and nothing of the product.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")


@pytest.fixture(scope="session")
def clinics(tmp_path_factory):
    """Two sites made once, of which every test gets a copy: without a protocol, and with an approved one."""
    folder = tmp_path_factory.mktemp("clinics")
    clinic = open_clinic(folder / "empty")
    clinic.site.ledger.close()
    approved = copy_clinic(folder / "empty", folder / "approved")
    approve_protocol(approved, folder)
    approved.site.ledger.close()
    return folder


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory) -> Iterator[Seaweed]:
    """A real S3 server, started once for each process that needs it."""
    with running_seaweed(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture
def empty_clinic(clinics, tmp_path) -> Clinic:
    """A site with all nine roles and no protocol."""
    return copy_clinic(clinics / "empty", tmp_path / "site")


@pytest.fixture
def clinic(clinics, tmp_path) -> Clinic:
    """A site with all nine roles and an approved protocol."""
    return copy_clinic(clinics / "approved", tmp_path / "site")


@pytest.fixture(scope="session")
def frozen(clinics, tmp_path_factory) -> Carried:
    """A study whose versions are frozen; made once for each process that needs it."""
    folder = tmp_path_factory.mktemp("frozen")
    study = export(folder / "hospital")
    return carry_to_freezing(copy_clinic(clinics / "empty", folder / "site"), study)


@pytest.fixture(scope="session")
def studied(frozen, tmp_path_factory) -> Carried:
    """The same study, trained and evaluated."""
    return carry_to_the_end(frozen, tmp_path_factory.mktemp("studied") / "site")


@pytest.fixture
def frozen_clinic(frozen, tmp_path) -> Iterator[Clinic]:
    """A clinic of one's own in which liver-ct and liver-ct-external are frozen."""
    clinic = frozen.open(tmp_path / "site")
    yield clinic
    clinic.site.ledger.close()


@pytest.fixture
def studied_clinic(studied, tmp_path) -> Iterator[Clinic]:
    """A clinic of one's own in which a model of liver-ct is evaluated."""
    clinic = studied.open(tmp_path / "site")
    yield clinic
    clinic.site.ledger.close()
