"""A clinic whose steward takes in folders."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from residency.ingest.ingest import Ingest
from residency.ingest.intake import Intake
from residency.ingest.quarantine import Decide, ListHeld
from tests.fakes.clinic import NUMBER, Clinic


@dataclass
class Intaking:
    """The clinic, seen by its data steward."""

    clinic: Clinic

    def ingest(self, path: Path, **more: Any) -> Intake:
        """Take a folder in."""
        return self.clinic.do("rao", "ingest", Ingest(path=path, **{"protocol": NUMBER, "name": "incoming", **more}))

    def held(self, **more: Any) -> dict[str, dict[str, Any]]:
        """The groups that wait, by reason."""
        groups = self.clinic.do("rao", "quarantine.list", ListHeld(**more)).groups
        return {group["code"]: group for group in groups}

    def decide(self, decision: str, code: str) -> Any:
        """Accept or reject a group of the source 'incoming'."""
        return self.clinic.do("rao", f"quarantine.{decision}", Decide(group=f"incoming/{code}", note="looked at it"))

    def now(self) -> Intake:
        """The newest intake."""
        return self.clinic.site.ledger.get(Intake, "incoming")

    def keys(self, intake: Intake) -> dict[str, bytes]:
        """Every key of an intake, as a test may have them."""
        gate = self.clinic.site.gate
        by = self.clinic.person("rao")
        try:
            with gate.call(by, "ingest"), gate.lease(by, "ingest", intake) as lease:
                keys = lease.keys(intake.space)
                raise InterruptedError
        except InterruptedError:
            return keys


@pytest.fixture
def steward(clinic: Clinic) -> Intaking:
    """The clinic's data steward."""
    return Intaking(clinic)
