"""What goes into a bundle: the records that tell a release, the events that made them, and the proofs of both.

    members = gather(site, Released(record, model, run, evaluation, by.id, weights, figures))

Everything is read from the ledger as it stands; nothing is written by hand. Not here: which records and events these
are (`telling`), the file (`bundle`), and what is concluded from it (`verify`).
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import residency
from residency.evaluate.evaluation import Evaluation
from residency.govern import audit
from residency.kernel.clock import rfc3339
from residency.kernel.digest import digest, digest_of
from residency.kernel.merkle import consistency_proof
from residency.kernel.record import Record
from residency.release.bundle import Member, json_member
from residency.release.duties import separations_lost
from residency.release.telling import Told, tell
from residency.runs.run import Model, Proof, Run
from residency.site import Site

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


def gather(site: Site, released: Released) -> list[Member]:
    """The members of the bundle, at the head of the log as it stands now."""
    model, evaluation = released.model, released.evaluation
    proofs = [proof.digest() for proof in site.ledger.all(Proof, scope=model.run_id)]
    with site.ledger.reading() as book:
        told = tell(book, [released.record.digest(), model.digest(), *proofs], model, evaluation)
        steps = audit.prove(book, [number for number, _ in told.leaves])
        note, hashes = audit.head_note(book), audit.hashes(book)
    code, environment = _code(), dict(released.run.environment)
    spec = model.spec.model_dump(mode="json")
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


def _statement(site: Site, released: Released, told: Told, code: str, environment: str) -> dict[str, Any]:
    protocol = released.model.terms.protocols[0]
    lost = separations_lost(told, released.model, released.evaluation, by=released.by)
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
        "separations_lost": [one.model_dump(mode="json") for one in lost],
        "caveats": list(released.model.caveats),
        "external": [],
    }


def _lineage(told: Told) -> dict[str, Any]:
    nodes = [{"digest": d, "kind": body["kind"], "id": body["id"]} for d, body in told.bodies.items()]
    return {"nodes": nodes, "edges": [{"made": e.made, "of": e.of, "act": e.leaf} for e in told.edges]}


def _records(told: Told) -> list[Member]:
    """Each revision under its identifier; the newest of several has the plain name."""
    members, seen = [], set()
    order = sorted(told.bodies.items(), key=lambda found: _saved_at(told, found[0]), reverse=True)
    for one, body in order:
        stem = f"records/{body['kind']}/{body['id']}"
        name = f"{stem}.{one.removeprefix('sha256:')[:12]}.json" if stem in seen else f"{stem}.json"
        seen.add(stem)
        members.append(json_member(name, body))
    return members


def _saved_at(told: Told, one: str) -> int:
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
