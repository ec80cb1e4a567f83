"""What the bundle brings along, read into one value: statement, records, lineage, and the proven events of the log.

    evidence = gather(source, index, site_key)
    evidence.only("run").body["confined"]

Values inside are read with `text` and `items`, which turn whatever is absent or of another shape into nothing, so
that a strange bundle fails a check and never the program. Refuses a bundle without its fixed members
(`BundleIncomplete`). Not here: any judgement (`claims`, `people`, `heads`).
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from residency.errors import Broken
from residency.kernel.digest import canonical
from residency.kernel.merkle import leaf_hash, verify_inclusion
from residency.kernel.note import Checkpoint, NoteMalformed, PublicKey
from residency.release.verifier.container import Source
from residency.release.verifier.contents import parse, read_all
from residency.release.verifier.index import Index
from residency.release.verifier.keys import read_head

STATEMENT, LINEAGE, LEAVES, PROOFS = "statement.json", "lineage.json", "audit/leaves.json", "audit/proofs.json"
CHECKPOINT, CONSISTENCY, WEIGHTS = "audit/checkpoint.note", "audit/consistency.json", "model/weights.safetensors"


class BundleIncomplete(Broken):
    """A member that every bundle has is missing or has another shape."""


@dataclass(frozen=True)
class Record:
    """A record of the site, and the member it stands in."""

    digest: str
    kind: str
    id: str
    body: dict[str, Any]
    member: str


@dataclass(frozen=True)
class Edge:
    """One thing made of another, and the event that says so."""

    made: str
    of: str
    act: Any


@dataclass(frozen=True)
class Evidence:
    """Everything that the claims are judged by.

    `members` gives the digest of each member; `head` is None, and `head_says` why, if the log's head is not authentic;
    `unproven` are the events for which there is no proof that they stand in the log.
    """

    site: PublicKey
    statement: dict[str, Any]
    records: dict[str, Record]
    members: dict[str, str]
    edges: tuple[Edge, ...]
    leaves: dict[int, dict[str, Any]]
    head: Checkpoint | None
    head_says: str
    unproven: tuple[int, ...]
    consistency: tuple[Any, ...]

    def of_kind(self, kind: str) -> list[Record]:
        """Records of a kind."""
        return [record for record in self.records.values() if record.kind == kind]

    def named(self, key: str) -> Record | None:
        """The record whose digest the statement gives under this key."""
        return self.records.get(text(self.statement, key))

    def done(self, act: str, record: Record | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Events in which an act was done to a record, in any of its revisions, or saved it."""
        for number, leaf in self.leaves.items():
            named = [text(item, "id") for item in [leaf.get("thing"), *items(leaf, "saved")]]
            if record and record.id in named and text(leaf, "act") == act and text(leaf, "outcome") == "done":
                yield number, leaf

    def actors(self, act: str, record: Record | None) -> set[str]:
        """Who did an act to a record."""
        return {text(leaf, "actor", "id") for _, leaf in self.done(act, record)}

    def saved_at(self, digest: str) -> int | None:
        """Number of the first event that saved this very digest."""
        return min((number for number, leaf in self.leaves.items() if digest in saves(leaf)), default=None)


def text(value: Any, *path: str) -> str:
    """The string at a path of keys, or an empty one."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def items(value: Any, *path: str) -> list[Any]:
    """The list at a path of keys, or an empty one."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def saves(leaf: dict[str, Any]) -> set[str]:
    """Digests of the records that an event saved; none if it was refused or failed."""
    return {text(item, "digest") for item in items(leaf, "saved")} if text(leaf, "outcome") == "done" else set()


def gather(source: Source, index: Index, site: PublicKey) -> Evidence:
    """Read every JSON and text member; raises BundleIncomplete."""
    absent = [name for name in (STATEMENT, LINEAGE, LEAVES, PROOFS, CHECKPOINT, WEIGHTS) if name not in index.members]
    if absent:
        raise BundleIncomplete(f"The bundle lacks {', '.join(absent)}.", remedy="Ask the site to release again.")
    raw = read_all(source, index, "json")
    try:
        values = {name: parse(data) for name, data in raw.items()}
        leaves = {_number(leaf["number"]): _object(leaf["body"]) for leaf in values[LEAVES]}
        if len(leaves) != len(values[LEAVES]):
            raise ValueError("an event stands here twice")
        proofs = {proof["number"]: [_hash(step) for step in proof["hashes"]] for proof in values[PROOFS]}
        edges = tuple(Edge(text(edge, "made"), text(edge, "of"), edge.get("act")) for edge in values[LINEAGE]["edges"])
        statement, names = _object(values[STATEMENT]), [name for name in values if name.startswith("records/")]
        records = [_record(name, values[name], index.members[name].sha256) for name in names]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BundleIncomplete(
            f"A member of the bundle has another shape than expected ({type(error).__name__}).",
            remedy="Verify with the version of Residency that wrote the bundle, or a later one.",
        ) from error
    head, says = _head(read_all(source, index, "text").get(CHECKPOINT, b""), site)
    return Evidence(
        site=site,
        statement=statement,
        records={record.digest: record for record in records},
        members={name: member.sha256 for name, member in index.members.items()},
        edges=edges,
        leaves=leaves,
        head=head,
        head_says=says,
        unproven=tuple(number for number in leaves if not _proven(number, leaves[number], proofs, head)),
        consistency=tuple(items({"proofs": values.get(CONSISTENCY)}, "proofs")),
    )


def _record(name: str, body: Any, digest: str) -> Record:
    return Record(digest, text(_object(body), "kind"), text(body, "id"), body, name)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("not a number")
    return value


def _hash(encoded: str) -> bytes:
    value = base64.b64decode(encoded, validate=True)
    if len(value) != 32:
        raise binascii.Error("not a hash")
    return value


def _head(note: bytes, site: PublicKey) -> tuple[Checkpoint | None, str]:
    try:
        return read_head(note.decode(), site), ""
    except (NoteMalformed, UnicodeDecodeError) as error:
        return None, getattr(error, "message", "The head is not text.")


def _proven(number: int, body: dict[str, Any], proofs: dict[Any, list[bytes]], head: Checkpoint | None) -> bool:
    if head is None or number not in proofs:
        return False
    return verify_inclusion(leaf_hash(canonical(body)), number, head.size, proofs[number], head.root)
