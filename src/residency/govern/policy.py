"""May this be done? Cedar policies, and one pure function that answers with every gate that failed.

    decide(actor, "dataset.freeze", facts)  ->  Decision(allowed=False, gates=("PROTOCOL-EXPIRED", "PURPOSE"))

The schema is derived from the table of acts and always passed: without it Cedar skips a `forbid` that cannot be
evaluated, and allows. Any evaluation error is a refusal. Not here: where the facts come from (`govern.gate`).
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cedarpy

from residency.acts import ACTS
from residency.govern.identity import Actor
from residency.kernel.record import Part

_TEXT = (Path(__file__).parent / "policies" / "residency.cedar").read_text()
_UNDER_PROTOCOL = {
    *(
        "uses-data",
        "shows-data",
        "trains",
        "evaluates",
        "plans",
        "signs",
        "reports",
        "releases",
        "discloses",
        "assesses",
        "samples",
        "agrees",
        "asks-back",
        "reveals",
    )
}
_ENTITIES = "entity Actor { kind: String, id: String, name: String, roles: Set<String> };\nentity Thing;\n"
_CONTEXT = (
    "{ now: Long, governed: Bool, state: String, starts: Long, ends: Long, people: Set<String>, purpose: String, "
    "purposes: Set<String>, country: String, countries: Set<String>, type_covered: Bool, data_class: Long, "
    "class_limit: Long, splits: Set<String>, maker: String, trainer: String, "
    "cleaner: String, withdrawn: Bool }"
)


class Facts(Part):
    """All that a decision may depend on; times in seconds since 1970, classes as ranks (0 = de-identified)."""

    now: int
    governed: bool = False
    state: str = ""
    starts: int = 0
    ends: int = 0
    people: tuple[str, ...] = ()
    purpose: str = ""
    purposes: tuple[str, ...] = ()
    country: str = ""
    countries: tuple[str, ...] = ()
    type_covered: bool = True
    data_class: int = 0
    class_limit: int = 0
    splits: tuple[str, ...] = ()
    maker: str = ""
    trainer: str = ""
    cleaner: str = ""
    withdrawn: bool = False


@dataclass(frozen=True)
class GateText:
    """What a gate says when it fails, and what would open it."""

    says: str
    remedy: str


@dataclass(frozen=True)
class Decision:
    """The answer: allowed, or the names of all gates that failed."""

    allowed: bool
    gates: tuple[str, ...] = ()

    def says(self) -> str:
        """The reasons as sentences."""
        return " ".join(gate_text(gate).says for gate in self.gates)

    def remedy(self) -> str:
        """What would make it allowed."""
        return " ".join(gate_text(gate).remedy for gate in self.gates)


ROLE = GateText(
    "No role of this person permits the act.", "Ask somebody with the role; 'residency person list' names them."
)
POLICY_ERROR = GateText("The policies could not be evaluated, so the act is refused.", "Run 'residency site doctor'.")


def decide(actor: Actor, act: str, facts: Facts) -> Decision:
    """Whether the actor may, and if not, every gate in the way. Pure: no database, no clock."""
    request = {
        "principal": {"type": "Actor", "id": actor.id},
        "action": {"type": "Action", "id": act},
        "resource": {"type": "Thing", "id": "thing"},
        "context": facts.model_dump(mode="json"),
    }
    entities = [
        _entity(
            "Actor", actor.id, {"kind": actor.kind, "id": actor.id, "name": actor.name, "roles": list(actor.roles)}
        ),
        _entity("Thing", "thing", {}),
    ]
    permits, forbids = _sets()
    may = cedarpy.is_authorized(request, permits.parsed, entities, schema=_schema())
    # A lone permit for everyone shows which forbids fire; Cedar names no forbid in an answer that lacks a permit.
    free = cedarpy.is_authorized(request, forbids.parsed, entities, schema=_schema())
    answers = {cedarpy.Decision.Allow, cedarpy.Decision.Deny}
    if may.diagnostics.errors or free.diagnostics.errors or not {may.decision, free.decision} <= answers:
        return Decision(False, ("POLICY-ERROR",))
    failed = [] if may.decision == cedarpy.Decision.Allow else ["ROLE"]
    if free.decision != cedarpy.Decision.Allow:
        failed += sorted(forbids.names[reason] for reason in free.diagnostics.reasons)
    return Decision(not failed, tuple(failed))


def gate_text(gate: str) -> GateText:
    """What a gate says."""
    if gate in ("ROLE", "POLICY-ERROR"):
        return ROLE if gate == "ROLE" else POLICY_ERROR
    note = gates()[gate]
    return GateText(note["says"], note["remedy"])


@cache
def gates() -> dict[str, dict[str, str]]:
    """The annotations of every forbid, by its @id."""
    policies = _policies().values()
    return {p["annotations"]["id"]: p["annotations"] for p in policies if p["effect"] == "forbid"}


@cache
def schema() -> str:
    """The Cedar schema: every act is an action of its group, and groups that touch data stand under the protocol."""
    groups = sorted({act.group for act in ACTS})
    lines = ['action "under-protocol";']
    for group in groups:
        above = ' in ["under-protocol"]' if group in _UNDER_PROTOCOL else ""
        lines.append(f'action "{group}"{above};')
    for act in ACTS:
        applies = f"appliesTo {{ principal: Actor, resource: Thing, context: {_CONTEXT} }}"
        # An act may have the name of its group (evaluate is in evaluates): the names differ by design.
        lines.append(f'action "{act.name}" in ["{act.group}"] {applies};')
    return _ENTITIES + "\n".join(lines)


@cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str(schema())


def policy_text() -> str:
    """The policies as deployed: their digest goes into the log when they change."""
    return _TEXT


@dataclass(frozen=True)
class _Set:
    """A parsed set, and the @id behind each name that Cedar gives a policy by its place."""

    parsed: cedarpy.PolicySet
    names: dict[str, str]


@cache
def _sets() -> tuple[_Set, _Set]:
    """The permits, and the forbids beside one permit for all."""
    permits = {name: p for name, p in _policies().items() if p["effect"] == "permit"}
    forbids = {name: p for name, p in _policies().items() if p["effect"] == "forbid"}
    return _set(_text_of(permits)), _set(_text_of(forbids) + '\n@id("anyone") permit (principal, action, resource);')


def _set(text: str) -> _Set:
    policies = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    return _Set(cedarpy.PolicySet.from_str(text), {name: p["annotations"]["id"] for name, p in policies.items()})


def _text_of(policies: dict) -> str:
    return cedarpy.policies_from_json_str(
        json.dumps({"templates": {}, "staticPolicies": policies, "templateLinks": []})
    )


@cache
def _policies() -> dict[str, dict]:
    return json.loads(cedarpy.policies_to_json_str(_TEXT))["staticPolicies"]


def _entity(kind: str, identifier: str, attributes: dict) -> dict:
    return {"uid": {"type": kind, "id": identifier}, "attrs": attributes, "parents": []}
