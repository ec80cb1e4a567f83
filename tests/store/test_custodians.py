"""Shares of a secret: enough bring it back, too few say nothing of it, and none that is wrong goes unseen."""

import hashlib
import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.errors import ResidencyError
from residency.store.custodians import (
    ShareDamaged,
    SharesMixed,
    SharesTooFew,
    ShareTwice,
    SplitImpossible,
    join,
    split,
    value_at,
)
from residency.store.rings import PassphraseRing, RingFile

SECRET = bytes(range(100, 132))


@given(st.binary(min_size=1, max_size=40), st.data())
@settings(max_examples=60, deadline=None)
def test_any_so_many_shares_bring_the_secret_back_and_one_less_does_not(secret, data):
    needed = data.draw(st.integers(2, 6))
    of = data.draw(st.integers(needed, 8))
    shares = split(secret, needed, of)
    assert len(set(shares)) == of
    some = data.draw(st.permutations(shares))
    assert join(some[:needed]) == secret
    assert join(some) == secret
    with pytest.raises(SharesTooFew, match=f"{needed - 1} of {needed}"):
        join(some[: needed - 1])


def test_every_pair_of_three_and_the_largest_set_bring_it_back():
    shares = split(SECRET, 2, 3)
    for pair in itertools.permutations(shares, 2):
        assert join(pair) == SECRET
    many = split(SECRET, 3, 255)
    assert join([many[254], many[0], many[127]]) == SECRET


def test_one_share_of_two_is_spread_evenly_whatever_the_secret():
    """Exhaustively for a byte: over all random coefficients a share takes every value once, for each secret."""
    for number in (1, 2, 3, 255):
        for secret in range(256):
            assert len({value_at([secret, random], number) for random in range(256)}) == 256


def test_two_shares_of_three_together_are_spread_evenly_whatever_the_secret():
    """Exhaustively for a byte: over all pairs of random coefficients two shares take every pair of values once."""
    powers = {(number, random): value_at([0, random], number) for number in (1, 3) for random in range(256)}
    squares = {(number, random): value_at([0, 0, random], number) for number in (1, 3) for random in range(256)}
    for secret in (0, 1, 0x53, 0xFF):
        pairs = {
            tuple(secret ^ powers[number, one] ^ squares[number, two] for number in (1, 3))
            for one in range(256)
            for two in range(256)
        }
        assert len(pairs) == 256 * 256
    assert value_at([0x53, 7, 9], 3) == 0x53 ^ powers[3, 7] ^ squares[3, 9]


def test_the_shares_of_a_secret_of_equal_bytes_look_like_any_others():
    """The coefficients of each byte are its own: shares of 20,000 equal bytes have every value about as often."""
    for share in split(bytes(20_000), 2, 3):
        counts = Counter(_value(share))
        expected = 20_000 / 256
        # 255 degrees of freedom: above 400 in one of 10⁸ runs.
        assert sum((counts[byte] - expected) ** 2 / expected for byte in range(256)) < 400
    assert _value(split(SECRET, 2, 2)[0]) != _value(split(SECRET, 2, 2)[0])


def test_the_field_is_the_one_of_aes():
    """FIPS 197, 4.2: {57} x {83} = {c1}, and the inverse of {53} is {ca}."""
    assert value_at([0, 0x83], 0x57) == 0xC1
    assert value_at([0, 0x53], 0xCA) == 1


def test_a_share_says_what_it_is_and_nothing_of_the_secret():
    share = split(SECRET, 2, 3)[1]
    lines = dict(line.split() for line in share.splitlines()[1:])
    assert (lines["needed"], lines["number"]) == ("2", "2")
    assert list(lines) == ["set", "needed", "number", "value", "check"]
    assert SECRET.hex() not in share


def test_a_share_is_read_however_it_was_spaced():
    one, two, _ = split(SECRET, 2, 3)
    assert join([one.replace("\n", "\r\n"), "\n\n  " + two.replace(" ", "  ") + "\n"]) == SECRET


def test_every_changed_character_of_a_share_is_found():
    one, two, _ = split(SECRET, 2, 3)
    for place, character in enumerate(one):
        for other in "0f \n":
            changed = one[:place] + other + one[place + 1 :]
            if character != other and changed.split() != one.split():
                with pytest.raises(ShareDamaged):
                    join([changed, two])


@pytest.mark.parametrize("text", ["", "x", "check ", "Residency share", "check 0000000000000000"])
def test_what_is_no_share_is_damage(text):
    with pytest.raises(ShareDamaged):
        join([text, split(SECRET, 2, 3)[0]])


def test_shares_that_do_not_belong_together_are_told_apart():
    one, two, three = split(SECRET, 2, 3)
    with pytest.raises(ShareTwice, match="Share 2"):
        join([one, two, two])
    with pytest.raises(SharesMixed):
        join([one, split(SECRET, 2, 3)[1]])
    with pytest.raises(SharesTooFew, match="1 of 2"):
        join([three])
    with pytest.raises(SharesTooFew):
        join([])


def test_a_forged_share_among_more_than_are_needed_is_found():
    one, two, three = split(SECRET, 2, 3)
    body, other = three.rpartition("check ")[0], _value(two).hex()
    forged = body.replace(_value(three).hex(), other)
    check = hashlib.sha256(forged.encode()).hexdigest()[:16]
    with pytest.raises(ShareDamaged, match="forged"):
        join([one, two, f"{forged}check {check}\n"])


@pytest.mark.parametrize(("secret", "needed", "of"), [(b"x", 1, 3), (b"x", 3, 2), (b"x", 2, 256), (b"", 2, 3)])
def test_what_cannot_be_split_is_refused(secret, needed, of):
    with pytest.raises(SplitImpossible):
        split(secret, needed, of)


def test_two_custodians_give_a_ring_whose_passphrase_was_lost_a_new_one(tmp_path):
    place = RingFile(tmp_path / "ring.json", 8192)
    ring = PassphraseRing.create(place, "forgotten")
    wrapped, shares = ring.wrap(SECRET, purpose="p"), split(ring.root, 2, 3)
    PassphraseRing.reseal(place, join(shares[1:]), "remembered")
    assert PassphraseRing.open(place, "remembered").unwrap(wrapped, purpose="p") == SECRET
    with pytest.raises(ResidencyError):
        PassphraseRing.reseal(place, join(shares[:2]), "once more")


def _value(share: str) -> bytes:
    (line,) = [line for line in share.splitlines() if line.startswith("value ")]
    return bytes.fromhex(line.split()[1])
