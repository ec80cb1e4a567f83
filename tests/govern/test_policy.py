"""The policies: who may what, judged by Cedar and held against the same rules written once more in Python."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.acts import ACTS
from residency.govern.identity import Actor
from residency.govern.policy import Facts, decide, gate_text, gates, policy_text, schema
from tests.fakes.clinic import PEOPLE

ROLES = tuple(PEOPLE.values())
STEWARD, OFFICER, INVESTIGATOR = "data-steward", "privacy-officer", "principal-investigator"
BOARD, ROOT, AUDITOR = "irb-administrator", "system-administrator", "auditor"
TRAINERS, REVIEWER = ("data-scientist", "ml-engineer"), "clinical-reviewer"

WHO_MAY: dict[str, tuple[str, ...]] = {
    "site.status": ROLES,
    "site.doctor": ROLES,
    "site.rotate": (ROOT,),
    "site.shares": (ROOT,),
    "site.backup": (ROOT,),
    "person.add": (ROOT,),
    "person.list": ROLES,
    "person.retire": (ROOT,),
    "protocol.draft": (INVESTIGATOR,),
    "protocol.approve": (BOARD,),
    "protocol.amend": (INVESTIGATOR,),
    "protocol.expire": (STEWARD, OFFICER, INVESTIGATOR),
    "protocol.list": ROLES,
    "protocol.show": ROLES,
    "ingest": (STEWARD,),
    "quarantine.list": (STEWARD, OFFICER, INVESTIGATOR),
    "quarantine.show": (STEWARD, OFFICER, INVESTIGATOR),
    "quarantine.accept": (STEWARD,),
    "quarantine.reject": (STEWARD,),
    "deid.run": (STEWARD,),
    "deid.exam": (STEWARD,),
    "deid.report": (OFFICER,),
    "deid.review": (STEWARD, OFFICER),
    "deid.agree": (STEWARD, OFFICER, REVIEWER),
    "deid.risk": (STEWARD, OFFICER),
    "deid.determine": (OFFICER,),
    "deid.ask": (STEWARD, OFFICER, INVESTIGATOR),
    "deid.reveal": (OFFICER,),
    "dataset.draft": (STEWARD,),
    "dataset.freeze": (STEWARD,),
    "dataset.withdraw": (STEWARD, OFFICER, INVESTIGATOR),
    "dataset.diff": (STEWARD, OFFICER, INVESTIGATOR),
    "dataset.export": (STEWARD, INVESTIGATOR),
    "run.submit": TRAINERS,
    "run.prove": TRAINERS,
    "run.train": (),
    "evaluate": TRAINERS,
    "evaluate.plan": TRAINERS,
    "review.sign": (REVIEWER,),
    "model.release": (INVESTIGATOR,),
    "study.run": ROLES,
    "store.status": ROLES,
    "store.scrub": ROLES,
    "store.clean": (ROOT,),
    "store.move": (STEWARD,),
    "store.prefetch": (STEWARD, *TRAINERS, ROOT),
    "store.evict": (STEWARD, *TRAINERS, ROOT),
    "lineage": ROLES,
    "explain": ROLES,
    "audit.log": (AUDITOR, OFFICER, ROOT, BOARD),
    "audit.verify": (AUDITOR, OFFICER, ROOT, BOARD),
}
"""Read by a person, not derived: a change of the policies must be said here a second time."""

UNDER_PROTOCOL = {"uses-data", "shows-data", "trains", "evaluates", "plans", "signs", "reports", "releases"}
UNDER_PROTOCOL |= {"discloses", "assesses", "samples", "agrees", "asks-back", "reveals"}
GROUP = {act.name: act.group for act in ACTS}


def person(*roles: str, name: str = "rao") -> Actor:
    return Actor("person", f"person-{name}", name, roles)


def test_the_table_of_this_test_names_every_act():
    assert set(WHO_MAY) == set(GROUP)


@pytest.mark.parametrize("act", sorted(WHO_MAY))
def test_exactly_the_roles_of_the_table_may(act):
    allowed = {role for role in ROLES if decide(person(role), act, Facts(now=1)).allowed}
    assert allowed == set(WHO_MAY[act])
    assert not decide(person(), act, Facts(now=1)).allowed or WHO_MAY[act] == ROLES


def test_no_role_makes_a_run_or_a_system_a_person():
    for act in GROUP:
        run = decide(Actor("run", "run-1", "rao"), act, Facts(now=1))
        assert run.allowed == (act == "run.train"), act
        assert not decide(Actor("system", "system", "system"), act, Facts(now=1)).allowed


@pytest.mark.parametrize("act", ["", "no.such", "uses-data", "under-protocol", "ingest "])
def test_an_act_that_is_not_in_the_table_is_refused(act):
    decision = decide(person(*ROLES), act, Facts(now=1))
    assert not decision.allowed


FLAGS = st.booleans()
SOME = st.lists(st.sampled_from(["rao", "marsh", "research", "US", "DE", "test", "train", ""]), max_size=3).map(tuple)
FACTS = st.builds(
    Facts,
    now=st.integers(0, 4),
    governed=FLAGS,
    state=st.sampled_from(["draft", "approved", "missing", ""]),
    starts=st.integers(0, 4),
    ends=st.integers(0, 4),
    people=SOME,
    purpose=st.sampled_from(["research", "marketing", ""]),
    purposes=SOME,
    country=st.sampled_from(["US", "DE"]),
    countries=SOME,
    type_covered=FLAGS,
    data_class=st.integers(0, 2),
    class_limit=st.integers(0, 2),
    splits=SOME,
    maker=st.sampled_from(["person-rao", "person-marsh", ""]),
    trainer=st.sampled_from(["person-rao", "person-marsh", ""]),
    cleaner=st.sampled_from(["person-rao", "person-marsh", ""]),
    withdrawn=FLAGS,
)
ACTORS = st.builds(
    Actor,
    kind=st.sampled_from(["person", "run", "system"]),
    id=st.sampled_from(["person-rao", "person-marsh"]),
    name=st.sampled_from(["rao", "marsh"]),
    roles=st.lists(st.sampled_from(ROLES), max_size=3).map(tuple),
)


def expected(actor: Actor, act: str, facts: Facts) -> set[str]:
    """The gates that fail, by the rules as a person would say them."""
    group, failed = GROUP[act], set()
    if group == "reports":
        may = actor.kind == "run"
    elif WHO_MAY[act] == ROLES:
        may = actor.kind == "person"
    else:
        may = bool(set(actor.roles) & set(WHO_MAY[act]))
    failed |= set() if may else {"ROLE"}
    if group == "approves" and facts.maker == actor.id:
        failed.add("SELF-APPROVAL")
    if group == "reveals" and facts.maker == actor.id:
        failed.add("SELF-REVEAL")
    if group == "signs" and facts.trainer == actor.id:
        failed.add("TRAINER-SIGNS")
    if group == "agrees" and facts.cleaner == actor.id:
        failed.add("CLEANER-AGREES")
    if group in ("trains", "reports") and "test" in facts.splits:
        failed.add("TEST-SPLIT-SEALED")
    if group in ("trains", "evaluates", "plans", "reports") and facts.withdrawn:
        failed.add("SUBJECT-WITHDRAWN")
    if group == "discloses" and "test" in facts.splits and set(actor.roles) & set(TRAINERS):
        failed.add("TEST-SPLIT-TO-TRAINER")
    if group in ("discloses", "samples") and facts.data_class == 2:
        failed.add("IDENTIFIED-STAYS")
    if not facts.governed or group not in UNDER_PROTOCOL:
        return failed
    rules = {
        "PROTOCOL-NOT-APPROVED": facts.state != "approved",
        "PROTOCOL-NOT-STARTED": facts.now < facts.starts,
        "PROTOCOL-EXPIRED": facts.now >= facts.ends,
        "PERSON-NOT-ON-PROTOCOL": actor.name not in facts.people,
        "PURPOSE": facts.purpose not in facts.purposes,
        "COUNTRY": facts.country not in facts.countries,
        "DATA-TYPE": not facts.type_covered,
        "CLASS": group in ("trains", "evaluates", "reports", "discloses") and facts.data_class > facts.class_limit,
    }
    return failed | {gate for gate, fails in rules.items() if fails}


@settings(max_examples=400, deadline=None)
@given(ACTORS, st.sampled_from(sorted(GROUP)), FACTS)
def test_cedar_and_the_rules_written_a_second_time_agree_on_every_gate(actor, act, facts):
    decision = decide(actor, act, facts)
    assert set(decision.gates) == expected(actor, act, facts)
    assert decision.allowed == (not decision.gates)


@pytest.mark.long
@settings(max_examples=4000, deadline=None)
@given(ACTORS, st.sampled_from(sorted(GROUP)), FACTS)
def test_cedar_and_the_rules_agree_at_length(actor, act, facts):
    assert set(decide(actor, act, facts).gates) == expected(actor, act, facts)


@pytest.mark.parametrize("missing", sorted(Facts.model_fields))
def test_a_fact_that_is_missing_is_a_refusal_for_every_act(missing):
    facts = Facts(now=1)
    del facts.__dict__[missing]
    for act in GROUP:
        assert decide(person(*ROLES), act, facts).gates == ("POLICY-ERROR",), act


@pytest.mark.filterwarnings("ignore:Pydantic serializer")
@pytest.mark.parametrize("wrong", [{"now": "soon"}, {"people": (1,)}, {"governed": "yes"}, {"now": 2**70}])
def test_a_fact_of_the_wrong_type_is_a_refusal(wrong):
    facts = Facts.model_construct(**Facts(now=1).model_dump() | wrong)
    assert decide(person(*ROLES), "site.status", facts).gates == ("POLICY-ERROR",)


def test_an_actor_of_the_wrong_shape_is_refused():
    assert decide(Actor("person", "person-x", "x", (1,)), "site.status", Facts(now=1)).gates == ("POLICY-ERROR",)


@pytest.mark.parametrize("name", ['"', "rao\\", "räo", "rao' || true", "x" * 5000, "\n"])
def test_a_strange_name_is_only_a_name(name):
    facts = Facts(now=1, governed=True, state="approved", ends=9, people=("rao",), purposes=("",), countries=("",))
    assert decide(person(STEWARD), "ingest", facts).allowed
    assert decide(person(STEWARD, name=name), "ingest", facts).gates == ("PERSON-NOT-ON-PROTOCOL",)


def test_every_gate_says_why_and_what_would_open_it():
    for gate in (*gates(), "ROLE", "POLICY-ERROR"):
        text = gate_text(gate)
        assert text.says.endswith(".")
        assert text.remedy.endswith(".")
    assert len(gates()) == policy_text().count("forbid (")


def test_every_permit_and_forbid_has_a_name_of_its_own():
    names = re.findall(r'@id\("([^"]+)"\)', policy_text())
    assert len(names) == len(set(names)) == policy_text().count("permit (") + policy_text().count("forbid (")


def test_the_schema_knows_every_act():
    for act, group in GROUP.items():
        assert f'action "{act}" in ["{group}"]' in schema()
