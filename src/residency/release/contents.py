"""What goes into a bundle: the records a model descends from, the events that made them, and the proofs of both.

    members = gather(site, Released(record, model, run, evaluation, by.id, weights, figures))

Everything is read from the ledger as it stands; nothing is written by hand. Records that hold keys stay at home. Not
here: the file (`bundle`), and what is concluded from it (`verify`).
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import residency
from residency.evaluate.evaluation import Evaluation
from residency.govern import audit, lineage
from residency.govern.identity import Person
from residency.govern.ledger import Book
from residency.kernel.clock import rfc3339
from residency.kernel.digest import digest, digest_of
from residency.kernel.merkle import consistency_proof
from residency.kernel.record import Record
from residency.release.bundle import Member, json_member
from residency.runs.run import Model, Proof, Run
from residency.site import Site

STAY_HOME = {"key-space", "key-group", "person-key", "site-key"}
PROTOCOL_ACTS = {"protocol.draft", "protocol.amend", "protocol.approve"}
CONSISTENT_HEADS = 2000
README = """This file is a released model with the record of how it came to be.

It is an ordinary ZIP file. To check it, on any machine, without the site and without a network:

    residency verify THIS-FILE --key public-keys.txt

Take the public keys from the site by another way than this file. The verifier says what holds, what does not, and what
no file can prove.
"""


@dataclass(frozen=True)
class Released:
    """What is released, and the plain bytes of its weights and figures."""

    record: Record
    model: Model
    run: Run
    evaluation: Evaluation
    by: str
    weights: bytes
    figures: dict[str, bytes]


@dataclass(frozen=True)
class _Told:
    """The part of the ledger that tells this release."""

    bodies: dict[str, dict[str, Any]]
    edges: list[lineage.Edge]
    leaves: list[tuple[int, dict[str, Any]]]


def gather(site: Site, released: Released) -> list[Member]:
    """The members of the bundle, at the head of the log as it stands now."""
    proofs = site.ledger.all(Proof, scope=released.model.run_id)
    with site.ledger.reading() as book:
        told = _tell(book, released, proofs)
        steps = audit.prove(book, [number for number, _ in told.leaves])
        note, hashes = audit.head_note(book), audit.hashes(book)
    code, environment = _code(), dict(released.run.environment)
    spec = released.model.spec.model_dump(mode="json")
    members = [
        Member("README.txt", "text", README.encode()),
        json_member("statement.json", _statement(site, released, told, digest_of(code), digest_of(environment))),
        json_member("spec.json", spec),
        json_member("code.json", code),
        json_member("environment.json", environment),
        json_member("lineage.json", _lineage(told)),
        json_member("audit/leaves.json", [{"number": n, "body": body} for n, body in told.leaves]),
        json_member("audit/proofs.json", [{"number": n, "hashes": path} for n, path in sorted(steps.items())]),
        json_member("audit/consistency.json", list(_consistency(hashes))),
        Member("audit/checkpoint.note", "text", note.encode()),
        Member("model/weights.safetensors", "binary", released.weights),
        *(
            Member(f"figures/{name.replace('@', '-')}.png", "binary", data)
            for name, data in sorted(released.figures.items())
        ),
    ]
    return members + _records(told)


def _tell(book: Book, released: Released, proofs: list[Proof]) -> _Told:
    """Ancestors of everything that is released, the people, the protocols, and the events that concern them."""
    starts = [released.record.digest(), released.model.digest(), *(proof.digest() for proof in proofs)]
    edges = list(dict.fromkeys(edge for start in starts for edge in lineage.ancestors(book, start)))
    wanted = {*starts, *(edge.made for edge in edges), *(edge.of for edge in edges), released.evaluation.plan}
    wanted |= {person.digest() for person in book.all(Person)}
    protocols = set(released.model.terms.protocols)
    leaves = []
    for number, event in audit.events(book):
        saved = [item for item in event["saved"] if item["kind"] not in STAY_HOME]
        about_protocol = event["act"] in PROTOCOL_ACTS and _concerns(event, protocols)
        if about_protocol or any(item["kind"] == "deid-report" for item in saved):
            wanted |= {item["digest"] for item in saved}
        concerned = {item["digest"] for item in saved} | {item["digest"] for item in event["made"]}
        of_the_run = any(item["id"] == released.run.id for item in saved)
        if about_protocol or of_the_run or wanted & concerned or _is_look(event):
            leaves.append((number, event))
    bodies = {one: book.body(one) for one in sorted(wanted)}
    return _Told({d: body for d, body in bodies.items() if body["kind"] not in STAY_HOME}, edges, leaves)


def _concerns(event: dict[str, Any], protocols: set[str]) -> bool:
    named = [event["thing"], *event["saved"]]
    return event["act"] == "protocol.amend" or any(item and item["id"] in protocols for item in named)


def _is_look(event: dict[str, Any]) -> bool:
    """Whether an event opened a test split: each of them is shown."""
    return event["outcome"] == "lease" and "test" in event["detail"].get("splits", [])


def _statement(site: Site, released: Released, told: _Told, code: str, environment: str) -> dict[str, Any]:
    protocol = released.model.terms.protocols[0]
    revisions = [(d, b) for d, b in told.bodies.items() if b["id"] == protocol and b["state"] == "approved"]
    return {
        "schema": "residency-release/1",
        "site": site.log_key.public.name,
        "release": released.record.digest(),
        "model": released.model.digest(),
        "dataset_version": released.model.version,
        "run": released.model.run,
        "protocol": max(revisions, key=lambda found: found[1]["version"])[0],
        "evaluation": released.evaluation.digest(),
        "evaluation_plan": released.evaluation.plan,
        "spec": digest_of(released.model.spec.model_dump(mode="json")),
        "code": code,
        "environment": environment,
        "released_by": released.by,
        "released_at": rfc3339(site.clock()),
        "caveats": list(released.model.caveats),
        "external": [],
    }


def _lineage(told: _Told) -> dict[str, Any]:
    nodes = [{"digest": d, "kind": body["kind"], "id": body["id"]} for d, body in told.bodies.items()]
    return {"nodes": nodes, "edges": [{"made": e.made, "of": e.of, "act": e.leaf} for e in told.edges]}


def _records(told: _Told) -> list[Member]:
    """Each revision under its identifier; the newest of several has the plain name."""
    members, seen = [], set()
    order = sorted(told.bodies.items(), key=lambda found: _saved_at(told, found[0]), reverse=True)
    for one, body in order:
        stem = f"records/{body['kind']}/{body['id']}"
        name = f"{stem}.{one.removeprefix('sha256:')[:12]}.json" if stem in seen else f"{stem}.json"
        seen.add(stem)
        members.append(json_member(name, body))
    return members


def _saved_at(told: _Told, one: str) -> int:
    return max((n for n, e in told.leaves if any(item["digest"] == one for item in e["saved"])), default=-1)


def _consistency(hashes: list[bytes]) -> Iterator[dict[str, Any]]:
    """Proofs from the heads that somebody may have kept: those of the last acts."""
    for size in range(max(1, len(hashes) - CONSISTENT_HEADS), len(hashes)):
        path = consistency_proof(hashes, size)
        yield {"from": size, "hashes": [base64.b64encode(step).decode() for step in path]}


def _code() -> dict[str, Any]:
    """Digest of every file of this program, and the versions of what it stands on."""
    root = Path(residency.__file__).parent
    files = {p.relative_to(root).as_posix(): digest(p.read_bytes()) for p in _sources(root)}
    versions = {name: metadata.version(name) for name in ("cryptography", "numpy", "pydantic")}
    return {"name": "residency", "version": residency.__version__, "files": files, "libraries": versions}


def _sources(root: Path) -> Iterable[Path]:
    return sorted(p for p in root.rglob("*") if p.suffix in (".py", ".json", ".yaml", ".cedar") and p.is_file())
