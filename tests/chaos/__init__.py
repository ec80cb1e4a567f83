import pytest

# What does not hold is shown with what was there instead.
pytest.register_assert_rewrite("tests.chaos.world")
