"""The databases of the tests of the ledger, here too."""

from tests.govern.conftest import both_clinics, postgres, postgres_clinic

__all__ = ["both_clinics", "postgres", "postgres_clinic"]
