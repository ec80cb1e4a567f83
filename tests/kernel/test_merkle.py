"""The tree is that of RFC 9162: the published roots, every proof up to 64 leaves, nothing that was tampered with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.kernel.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots of the reference implementation of Certificate Transparency (merkle_tree_test), sizes 1 to 8.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(f"entry {number}".encode()) for number in range(count)]


def slow_root(hashes: list[bytes]) -> bytes:
    """The definition of section 2.1.1, word for word."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(slow_root(hashes[:k]), slow_root(hashes[k:]))


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots_come_out(size):
    assert root_of([leaf_hash(entry) for entry in INPUTS[:size]]).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing():
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(130))
def test_a_tree_grown_leaf_by_leaf_has_the_root_of_the_definition(size):
    assert root_of(leaves(size)) == slow_root(leaves(size))


@pytest.mark.parametrize("size", [0, 1, 5, 64, 77])
def test_a_tree_that_was_put_aside_goes_on_from_its_peaks(size):
    tree = Frontier()
    for leaf in leaves(size):
        tree.append(leaf)
    resumed = Frontier(tree.size, tree.peaks)
    resumed.append(leaf_hash(b"next"))
    assert resumed.root() == root_of([*leaves(size), leaf_hash(b"next")])


@pytest.mark.parametrize(("size", "peaks"), [(1, 0), (0, 1), (3, 1), (4, 2)])
def test_peaks_that_do_not_fit_the_size_are_refused(size, peaks):
    with pytest.raises(ValueError, match="peaks"):
        Frontier(size, [bytes(32)] * peaks)


@pytest.mark.parametrize("size", range(1, 65))
def test_every_leaf_of_every_tree_is_proved(size):
    hashes, root = leaves(size), root_of(leaves(size))
    for index in range(size):
        proof = inclusion_proof(hashes, index)
        assert verify_inclusion(hashes[index], index, size, proof, root)
        other = (index + 1) % size
        if other != index:
            assert not verify_inclusion(hashes[other], index, size, proof, root)
            assert not verify_inclusion(hashes[index], other, size, proof, root)
        assert not verify_inclusion(hashes[index], index, size, [*proof, bytes(32)], root)
        assert not verify_inclusion(hashes[index], index, size, proof, flipped(root, index))
        if proof:
            assert not verify_inclusion(hashes[index], index, size, proof[:-1], root)
            assert not verify_inclusion(hashes[index], index, size, proof[1:], root)


@pytest.mark.parametrize("size", range(1, 65))
def test_every_earlier_tree_is_proved_a_prefix_of_every_later_one(size):
    hashes, after = leaves(size), root_of(leaves(size))
    for earlier in range(1, size + 1):
        before, proof = root_of(hashes[:earlier]), consistency_proof(hashes, earlier)
        assert verify_consistency(earlier, size, proof, before, after)
        assert not verify_consistency(earlier, size, proof, flipped(before, 3), after)
        assert not verify_consistency(earlier, size, proof, before, flipped(after, 250))
        assert not verify_consistency(earlier, size, [*proof, bytes(32)], before, after)
        for number in range(len(proof)):
            broken = [*proof[:number], flipped(proof[number], number), *proof[number + 1 :]]
            assert not verify_consistency(earlier, size, broken, before, after)
            assert not verify_consistency(earlier, size, proof[:number], before, after)


@settings(deadline=None)
@given(st.integers(2, 200), st.data())
def test_one_flipped_bit_anywhere_in_a_proof_is_found(size, data):
    index = data.draw(st.integers(0, size - 1))
    hashes, proof = leaves(size), inclusion_proof(leaves(size), index)
    step, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    proof[step] = flipped(proof[step], bit)
    assert not verify_inclusion(hashes[index], index, size, proof, root_of(hashes))


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_a_place_outside_the_tree_is_never_proved(index):
    hashes = leaves(5)
    assert not verify_inclusion(hashes[0], index, 5, inclusion_proof(hashes, 0), root_of(hashes))


def test_a_tree_is_no_prefix_of_a_shorter_one():
    long, short = root_of(leaves(7)), root_of(leaves(4))
    assert not verify_consistency(7, 4, consistency_proof(leaves(7), 4), long, short)
    assert not verify_consistency(4, 4, [], short, long)


def test_an_entry_can_not_pass_for_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert root_of([leaf_hash(left + right)]) != root_of([left, right])
