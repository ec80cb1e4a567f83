"""One item is in a manifest: shown with a few hashes, checked with nothing but the manifest's root.

    proof = manifest.prove("ser-01k…")                 # `store.manifest`, by who holds the keys
    check_proof(proof, version.root)                   # by anybody

A manifest is two trees of RFC 9162. The leaves of a page's tree are the facts of its items in the order of their names;
the leaves of the manifest's tree say of each page its first and last item, their count and the root of its tree. Not
here: the trees (`kernel.merkle`), where items are kept (`store.manifest`).
"""

from typing import Any

from residency.kernel.digest import Digest, canonical, raw
from residency.kernel.merkle import leaf_hash, verify_inclusion
from residency.kernel.record import Part


class Proof(Part):
    """What shows that an item of these `facts` is in a manifest.

    It has the number `index` among the `count` items of its page, whose tree has the root `root`; the page has the
    number `page` among `pages`. Both paths lead upwards (RFC 9162, 2.1.3).
    """

    facts: dict[str, Any]
    index: int
    path: tuple[Digest, ...]
    first: str
    last: str
    count: int
    root: Digest
    page: int
    pages: int
    page_path: tuple[Digest, ...]


def page_leaf(first: str, last: str, count: int, root: str) -> bytes:
    """The hash by which a page stands in the tree of its manifest."""
    return leaf_hash(canonical({"count": count, "first": first, "last": last, "root": root}))


def check_proof(proof: Proof, root: str) -> bool:
    """Whether the manifest of this root holds an item of just these facts."""
    try:
        leaf = leaf_hash(canonical(proof.facts))
        page = page_leaf(proof.first, proof.last, proof.count, proof.root)
    except (ValueError, RecursionError):  # what has no canonical JSON is in no manifest
        return False
    return _leads(leaf, proof.index, proof.count, proof.path, proof.root) and _leads(
        page, proof.page, proof.pages, proof.page_path, root
    )


def _leads(leaf: bytes, index: int, count: int, path: tuple[Digest, ...], root: str) -> bool:
    return verify_inclusion(leaf, index, count, [raw(step) for step in path], raw(root))
