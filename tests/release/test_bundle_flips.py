"""Every changed bit of a bundle is found and located."""

import pytest

from residency.release.verify import read_keys
from tests.release.flipping import flip
from tests.release.sample_release import Story


@pytest.fixture
def bundle(tmp_path):
    """A bundle with everything in it, and the keys to pin."""
    story = Story()
    return story.write(tmp_path / "good.residency"), read_keys(story.keys("okafor"))


def test_one_changed_bit_anywhere_is_found_and_located(bundle):
    flip(*bundle, drawn=200, each=2)


@pytest.mark.long
def test_two_thousand_changed_bits_are_found_and_located(bundle):
    flip(*bundle, drawn=2000, each=20)


@pytest.mark.long
def test_every_byte_outside_the_big_members_can_be_changed_and_is_located(bundle):
    flip(*bundle, drawn=0, each=10**9)
