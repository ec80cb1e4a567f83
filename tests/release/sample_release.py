"""A small site that lives in memory and releases a model: real keys, a real Merkle log, records as plain dicts.

    story = Story(reviewer="chen")          # the trainer reviews
    story.write(path)

Each person, act and record is what the product would write; a test changes one of them and verifies the bundle.
"""

import base64
import hashlib
from itertools import combinations
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from residency.kernel.digest import canonical, digest, digest_of
from residency.kernel.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from residency.kernel.note import Checkpoint, PublicKey, Signed, write_note
from residency.release.bundle import Member, json_member, write_bundle
from residency.release.verify import Verdict, read_keys, verify

SITE = "liver.example"
ROLES = {
    "lind": ["principal-investigator"],
    "board": ["irb-administrator"],
    "rao": ["data-steward"],
    "chen": ["ml-engineer"],
    "okafor": ["clinical-reviewer"],
    "admin": ["system-administrator"],
}


class Key:
    """A signing key, the same at every run of the tests."""

    def __init__(self, name: str, seed: str = "") -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256((name + seed).encode()).digest())
        self.public = PublicKey(name, self.private.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


def person_key(name: str, seed: str = "") -> Key:
    return Key(f"residency/person/{name}", seed)


class Story:
    """Everything from the first person to the signature; `members` is what the bundle will hold."""

    def __init__(
        self,
        *,
        trainer: str = "chen",
        reviewer: str = "okafor",
        approver: str = "board",
        confined: bool = True,
        looked_before: str = "",
        broken_off: tuple[str, ...] = (),
        determined_by: str = "",
        printed: dict[str, str] | None = None,
    ) -> None:
        self.site = Key(SITE)
        self.log: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.roles = ROLES | {trainer: ROLES.get(trainer, ["ml-engineer"]), reviewer: ["clinical-reviewer"]}
        self.roles |= {determined_by: ["privacy-officer"]} if determined_by and determined_by not in ROLES else {}
        self.printed, self.determined_by, self.separations = printed or {}, determined_by, []
        if trainer == reviewer:
            self.roles[trainer] = ["ml-engineer", "clinical-reviewer"]
        self.trainer, self.reviewer, self.approver, self.confined = trainer, reviewer, approver, confined
        self.weights = b"".join(hashlib.sha256(i.to_bytes(4, "little")).digest() for i in range(5000))
        self.figure = b"\x89PNG\r\n\x1a\n" + self.weights[:3000]
        self._people()
        self._data(approver)
        self._training()
        if looked_before:
            self._looking(looked_before)
        self._measuring(broken_off)
        self.release()
        self.members = self._members()

    def save(self, by: str, act: str, *bodies: dict[str, Any], of: list[str] = (), **more: Any) -> str:  # type: ignore[assignment]
        """An act that is done: its records, lineage and event; returns the digest of the last record."""
        digests = [digest_of(body) for body in bodies]
        made = [{"digest": digests[-1], "of": sorted(of)}] if of else []
        self.event(by, act, saved=[_name(body) for body in bodies], made=made, **more)
        self.records.update(zip(digests, bodies, strict=True))
        self.edges += [{"made": digests[-1], "of": source, "act": len(self.log) - 1} for source in sorted(of)]
        return digests[-1]

    def event(self, by: str, act: str, *, outcome: str = "done", **more: Any) -> int:
        """An entry of the log."""
        event = {
            "at": f"2026-11-23T10:{len(self.log):02d}:00.000000Z",
            "actor": {"kind": "person", "id": f"person-{by}", "roles": self.roles[by]},
            "act": act,
            "call": f"call-{len(self.log)}",
            "outcome": outcome,
            "thing": None,
            "reason": "",
            "gates": [],
            "saved": [],
            "made": [],
            "detail": {},
        }
        self.log.append(event | more)
        return len(self.log) - 1

    def undo(self) -> None:
        """Take the last act back, with its records."""
        event = self.log.pop()
        for one in event["saved"]:
            del self.records[one["digest"]]
        self.edges = [edge for edge in self.edges if edge["act"] < len(self.log)]

    def review(self) -> dict[str, Any]:
        """The event of the review."""
        return next(event for event in reversed(self.log) if event["act"] == "review.sign")

    def release(self) -> None:
        """The record that the model goes out, after everything else."""
        signatures = [digest for digest, body in self.records.items() if body["kind"] == "signature"]
        named = {"model": self.model, "evaluation": self.evaluation, "signatures": signatures}
        release = self.record("release", "1", "person-lind", **named, separations_lost=self.lost())
        self.released = self.save("lind", "model.release", release, thing=_name(self.records[self.model]))

    def lost(self) -> list[dict[str, Any]]:
        """The separations that were lost, by who did what in this story."""
        did = {
            "drafted the protocol": "lind",
            "approved the protocol": self.approver,
            "prepared the data": "rao",
            "trained the model": self.trainer,
            "evaluated the model": "chen",
            "reviewed the evaluation": self.reviewer,
            "released the model": "lind",
            "added the people": "admin",
        } | ({"determined that they name nobody": self.determined_by} if self.determined_by else {})
        pairs = [pair for pair in combinations(sorted(did), 2) if did[pair[0]] == did[pair[1]]]
        pairs.remove(("drafted the protocol", "released the model"))
        people = [(did[one], one, other) for one, other in pairs] + self.separations
        return [{"person": f"person-{person}", "duties": list(pair)} for person, *pair in people]

    def signature(self, of: str, of_kind: str, by: str, key: Key) -> dict[str, Any]:
        """A person's signature over a record."""
        said = {"of": of, "of_kind": of_kind, "meaning": "I reviewed this evaluation.", "person": f"person-{by}"}
        said["at"] = "2026-11-23T11:00:00.000000Z"
        signed = base64.b64encode(key.sign(canonical(said))).decode()
        more = {"person_name": by.title(), "key": key.public.hint.hex(), "signature": signed}
        return self.record("signature", "1", said["person"], **said, **more)

    def record(self, kind: str, which: str, by: str, **fields: Any) -> dict[str, Any]:
        body = {"kind": kind, "schema": 1, "id": f"{kind}-{which}", "made_at": "2026-11-23T10:00:00Z", "made_by": by}
        return body | fields

    def write(self, path: Path, site: Key | None = None) -> Path:
        """The bundle on disk, signed by the site or by somebody else."""
        made = [_member(name, value) for name, value in self.members.items()]
        write_bundle(path, made, site or self.site)
        return path

    def keys(self, *people: str) -> str:
        """A file of pinned keys: the site's and those of the people named."""
        return "\n".join(["# pinned", str(self.site.public), *(str(person_key(name).public) for name in people)])

    def head(self, size: int | None = None) -> str:
        """The signed head of the log, now or when it had `size` events."""
        hashes = self.hashes()[:size]
        text = Checkpoint(SITE, len(hashes), root_of(hashes)).text()
        return write_note(text, [Signed(SITE, self.site.public.hint, self.site.sign(text.encode()))])

    def hashes(self) -> list[bytes]:
        return [leaf_hash(canonical(event)) for event in self.log]

    def retell(self) -> None:
        """Write the members again after records, edges or events were changed."""
        self.members = self._members()

    def _people(self) -> None:
        for name, roles in self.roles.items():
            shown = self.printed.get(name, f"Dr {name.title()}")
            fields = {"name": name, "printed_name": shown, "roles": roles, "state": "active"}
            body = self.record("person", "x", "person-admin", public_key=str(person_key(name).public), **fields)
            self.save("admin", "person.add", body | {"id": f"person-{name}"})

    def _data(self, approver: str) -> None:
        draft = self.record("protocol", "1", "person-lind", number="IRB-1", state="draft")
        drafted = self.save("lind", "protocol.draft", draft)
        approved = draft | {"state": "approved", "approved_by": f"person-{approver}", "letter": digest(b"letter")}
        self.protocol = self.save(approver, "protocol.approve", approved, of=[drafted], thing=_name(draft))
        self.source = self.save("rao", "ingest", self.record("source", "1", "person-rao", name="PACS export"))
        intake = self.record("intake", "1", "person-rao", received=7201, accepted=7100, excluded=40, quarantined=61)
        self.intake = self.save("rao", "ingest", intake, of=[self.source])
        report = self.record("deid-report", "1", "person-rao", recipe="basic", counts={"removed": 120, "residual": 0})
        self.deid = self.save("rao", "deid.run", report, of=[self.intake])
        if self.determined_by:
            by = self.determined_by
            determined = self.save(
                by, "deid.determine", self.record("determination", "1", f"person-{by}"), of=[self.deid]
            )
            judged = report | {"determination": "determination-1"}
            self.deid = self.save(by, "deid.determine", judged, of=[self.deid, determined])
        version = self.record("dataset-version", "1", "person-rao", name="liver-ct", manifest_root=digest(b"root"))
        self.version = self.save("rao", "dataset.freeze", version, of=[self.deid])
        self.versions = [self.version]

    def _training(self) -> None:
        reached = {50: digest(b"50"), 100: digest(b"100"), 200: digest(self.weights)}
        checkpoints = [{"step": step, "attempt": 1, "weights": weights} for step, weights in reached.items()]
        more = {"state": "finished", "version": self.version, "spec": _SPEC, "checkpoints": checkpoints}
        run = self.record("run", "1", f"person-{self.trainer}", **more)
        self.run = self.save(self.trainer, "run.submit", run, of=[self.version])
        same = {"from_step": 50, "to_step": 100, "expected": reached[100], "got": reached[100], "bit_equal": True}
        proof = self.record("proof", "1", f"person-{self.trainer}", run_id="run-1", **same)
        self.proof = self.save(self.trainer, "run.prove", proof)
        terms = {"protocols": ["protocol-1"], "purposes": ["liver segmentation"]}
        named = {"weights": digest(self.weights), "spec": digest_of(_SPEC), "run": self.run}
        model = self.record("model", "1", f"person-{self.trainer}", terms=terms, confined=self.confined, **named)
        self.model = self.save(self.trainer, "run.train", model, of=[self.run])

    def _looking(self, name: str) -> None:
        """A look at another version, of this data set or of another study's."""
        version = self.record("dataset-version", "0", "person-rao", name=name)
        versions = [self.save("rao", "dataset.freeze", version, of=[self.deid])]
        plan = self.record("evaluation-plan", "0", "person-chen", versions=versions)
        self.save("chen", "evaluate.plan", plan, of=[self.model, *versions])
        self.event("chen", "evaluate", outcome="lease", thing=_name(plan), detail={"splits": ["test"]})

    def _measuring(self, broken_off: tuple[str, ...]) -> None:
        """The evaluation, after looks by the same plan that broke off, each entry under the lease of this name."""
        limits = [{"metric": "dice", "at_least": 0.75}]
        plan = self.record("evaluation-plan", "1", "person-chen", endpoints=limits, versions=self.versions)
        self.plan = self.save("chen", "evaluate.plan", plan, of=[self.model, self.version])
        for lease in (*broken_off, "lease-look"):
            about = {"thing": _name(plan), "detail": {"lease": lease, "splits": ["test"]}}
            call = "call-look" if lease == "lease-look" else f"call-of-{lease}"
            self.event("chen", "evaluate", outcome="lease", call=call, **about)
        rows = [{"structure": "liver", "by": "sex", "group": g, "dice": d} for g, d in (("f", 0.91), ("m", 0.89))]
        named = {"model": self.model, "versions": self.versions, "plan": self.plan}
        named["pngs"] = {"dice": digest(self.figure)}
        evaluation = self.record("evaluation", "1", "person-chen", **named, rows=rows)
        self.evaluation = self.save("chen", "evaluate", evaluation, of=[self.model, self.version], call="call-look")
        key = person_key(self.reviewer)
        self.sign(self.signature(self.evaluation, "evaluation", self.reviewer, key))

    def sign(self, signature: dict[str, Any]) -> str:
        return self.save(self.reviewer, "review.sign", signature, thing=_name(signature))

    def _members(self) -> dict[str, Any]:
        hashes = self.hashes()
        numbers = range(len(hashes))
        members: dict[str, Any] = {
            "README.txt": "A released model. Verify it:\n  residency verify FILE --key KEYS\n",
            "statement.json": self._statement(),
            "spec.json": _SPEC,
            "lineage.json": {"nodes": [_name(body) for body in self.records.values()], "edges": self.edges},
            "audit/leaves.json": [{"number": n, "body": self.log[n]} for n in numbers],
            "audit/proofs.json": [{"number": n, "hashes": _encoded(inclusion_proof(hashes, n))} for n in numbers],
            "audit/consistency.json": [{"from": n, "hashes": _encoded(consistency_proof(hashes, n))} for n in (5, 9)],
            "audit/checkpoint.note": self.head(),
            "figures/dice.png": self.figure,
            "model/weights.safetensors": self.weights,
        }
        for record, body in self.records.items():
            revised = ".draft" if body.get("state") == "draft" else ""
            revised = ".judged" if "determination" in body else revised
            members[f"records/{body['kind']}/{body['id']}{revised}.json"] = self.records[record]
        return members

    def _statement(self) -> dict[str, Any]:
        return {
            "schema": "residency-release/1",
            "site": SITE,
            "release": self.released,
            "model": self.model,
            "dataset_version": self.version,
            "run": self.run,
            "protocol": self.protocol,
            "evaluation": self.evaluation,
            "evaluation_plan": self.plan,
            "spec": digest_of(_SPEC),
            "code": digest(b"code"),
            "environment": digest(b"environment"),
            "released_by": "person-lind",
            "released_at": "2026-11-23T12:00:00.000000Z",
            "separations_lost": self.lost(),
            "external": [
                {"digest": digest(b"code"), "what": "source of residency 0.1.0"},
                {"digest": digest(b"environment"), "what": "versions of libraries"},
            ],
        }


def verify_story(
    tmp_path: Path, story: Story, keys: str = "", head: str | None = None, signer: Key | None = None
) -> Verdict:
    """What verification says of a story, told into a new file."""
    path = story.write(tmp_path / f"{len(list(tmp_path.iterdir()))}.residency", signer)
    return verify(path, read_keys(keys or story.keys("okafor")), head)


def failed(verdict: Verdict) -> dict[str, str]:
    """Failed checks with what they say, evidence included."""
    return {c.name: " ".join([c.says, *c.evidence]) for c in verdict.checks if c.passed is False}


def noted(verdict: Verdict) -> dict[str, str]:
    """Checks that neither hold nor fail, in the same way."""
    return {c.name: " ".join([c.says, *c.evidence]) for c in verdict.checks if c.passed is None}


_SPEC = {"task": "segmentation", "network": {"name": "unet", "channels": [16, 32, 64]}, "steps": 200, "seed": 1}


def _name(body: dict[str, Any]) -> dict[str, str]:
    return {"kind": body["kind"], "id": body["id"], "digest": digest_of(body)}


def _encoded(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(step).decode() for step in hashes]


def _member(name: str, value: Any) -> Member:
    if isinstance(value, bytes):
        return Member(name, "binary", value)
    return Member(name, "text", value.encode()) if isinstance(value, str) else json_member(name, value)
