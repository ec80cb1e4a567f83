"""The Merkle tree of RFC 9162 (section 2.1): one root for a list, short proofs that an entry is in it.

    tree = Frontier()
    for entry in entries: tree.append(entry)          # O(log n) memory
    proof = inclusion_proof(hashes, 3)
    verify_inclusion(hashes[3], 3, len(hashes), proof, tree.root())

Hashes are 32 raw bytes. A leaf hash is SHA-256(0x00 ‖ entry), an inner one SHA-256(0x01 ‖ left ‖ right), so that no
entry can pass for a node. Not here: signing a root (`kernel.note`), keeping the entries (`govern.audit`).
"""

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: enough to append and to know the root, and no more.

    `peaks` are the roots of the perfect subtrees, largest first: one for each 1-bit of `size`.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self.peaks.pop(), node)
            size >>= 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Root of all leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            node = node_hash(left, node)
        return node


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root of a list of leaf hashes."""
    level = list(leaves)
    # Level by level: the same tree as that of a Frontier, in two thirds of its time.
    while len(level) > 1:
        pairs = iter(level)
        above = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        level = above + level[2 * len(above) :]
    return level[0] if level else EMPTY_ROOT


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of RFC 9162, 2.1.3.1, from the leaf upwards."""
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root_of(leaves[middle:high]))
            high = middle
        else:
            path.append(root_of(leaves[low:middle]))
            low = middle
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf stands at this index of the tree of this size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and node == root


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """Proof that the tree of the first `earlier` leaves is a prefix of the tree of all (RFC 9162, 2.1.4.1)."""
    return _subproof(leaves, earlier, complete=True) if 0 < earlier < len(leaves) else []


def verify_consistency(earlier: int, size: int, proof: Sequence[bytes], before: bytes, after: bytes) -> bool:
    """Whether the tree of root `before` is a prefix of the tree of root `after` (RFC 9162, 2.1.4.2)."""
    if earlier == size:
        return before == after and not proof
    if earlier == 0:
        return not proof
    if not 0 < earlier < size or not proof:
        return False
    path = list(proof) if earlier & (earlier - 1) else [before, *proof]
    place, last = earlier - 1, size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and old == before and new == after


def _split(count: int) -> int:
    """The largest power of two below count."""
    return 1 << (count - 1).bit_length() - 1


def _subproof(leaves: Sequence[bytes], earlier: int, *, complete: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if complete else [root_of(leaves)]
    middle = _split(len(leaves))
    if earlier <= middle:
        return [*_subproof(leaves[:middle], earlier, complete=complete), root_of(leaves[middle:])]
    return [*_subproof(leaves[middle:], earlier - middle, complete=False), root_of(leaves[:middle])]
