"""A clinic that trains; whatever it started ends with the test."""

import pytest

from tests.runs.training import end_processes


@pytest.fixture
def clinic(frozen_clinic):
    """A clinic of one's own with two frozen versions."""
    yield frozen_clinic
    end_processes(frozen_clinic)
