"""Every test that asks for `ledger` runs twice: on SQLite and on PostgreSQL."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from residency.govern.identity import SigningKey
from residency.govern.ledger import Ledger, sqlite_url
from tests.fakes.clinic import Clinic, approve_protocol, copy_clinic, open_clinic
from tests.fakes.postgres import running_postgres


@pytest.fixture(scope="session")
def postgres():
    # Its user must be able to reach the folder, and those that pytest makes are closed to others.
    folder = Path(tempfile.mkdtemp(prefix="residency-pg-"))
    folder.chmod(0o755)
    try:
        with running_postgres(folder / "server") as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> str:
    """The URL of a fresh database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "ledger.db")
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def ledger(url):
    opened = Ledger.open(url)
    yield opened
    opened.close()


@pytest.fixture
def key() -> SigningKey:
    return SigningKey("residency/site/test", Ed25519PrivateKey.generate())


@pytest.fixture(scope="session")
def postgres_clinic(postgres, tmp_path_factory) -> tuple[Path, str]:
    """A clinic made once on PostgreSQL, and the URL of its database."""
    folder, url = tmp_path_factory.mktemp("clinics"), postgres.new_database()
    clinic = open_clinic(folder / "site", ledger=url)
    approve_protocol(clinic, folder)
    clinic.site.ledger.close()
    return folder / "site", url


@pytest.fixture(params=["sqlite", "postgres"])
def both_clinics(request, tmp_path) -> Iterator[Clinic]:
    """A clinic with an approved protocol, once on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("clinic")
        return
    made, url = request.getfixturevalue("postgres_clinic")
    fresh = request.getfixturevalue("postgres").new_database(like=url)
    clinic = copy_clinic(made, tmp_path / "site", ledger=(url, fresh))
    yield clinic
    clinic.site.ledger.close()
