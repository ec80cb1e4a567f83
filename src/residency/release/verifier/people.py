"""Who did what: signatures by people's own keys, the approval of the protocol, and the separation of duties.

Nobody may review what they trained or approve what they drafted: these fail. Other separations that a small site
cannot keep do not fail; they are named, so that the reader can judge.
Not here: whether a key belongs to the person whose name it bears (no file can show that; `verify` says so).
"""

import base64
import binascii

from residency.kernel.digest import canonical
from residency.kernel.note import NoteMalformed, PublicKey
from residency.release.verifier.evidence import Evidence, Record, items, saves, text
from residency.release.verifier.keys import Keys, fits
from residency.release.verifier.verdict import Check

REVIEWER = "clinical-reviewer"
_SIGNED = ("of", "of_kind", "meaning", "person", "at")
_DUTIES = (
    ("the trainer", "the reviewer"),
    ("who drafted the protocol", "who approved it"),
    ("the data steward who froze the data", "the trainer"),
    ("who evaluated", "the reviewer"),
    ("who released", "the reviewer"),
    ("who released", "the trainer"),
)


def signatures_hold(evidence: Evidence, keys: Keys) -> Check:
    """Every signature in the bundle is by the key of the person it names, over the record it names."""
    name, signatures = "The signatures hold", evidence.of_kind("signature")
    wrong = [f"{record.id}: {fault}" for record in signatures for fault in _faults(evidence, record, keys)]
    if wrong:
        return Check(name, False, "a signature cannot be relied on.", tuple(wrong))
    says = f"{len(signatures)} in number, each by the key of the person it names."
    alone = vouched_by_the_log_alone(evidence, keys)
    if alone:
        return Check(name, None, f"{says} The key of {', '.join(alone)} is not among those that you pinned.")
    return Check(name, True, f"{says} Their keys are pinned by you.")


def review_is_independent(evidence: Evidence) -> Check:
    """A clinical reviewer who did not train the model signed the evaluation that is released."""
    name, evaluation = "A reviewer who did not train it signed", text(evidence.statement, "evaluation")
    signatures = evidence.of_kind("signature")
    reviews = [record for record in signatures if evaluation and text(record.body, "of") == evaluation]
    if not reviews:
        others = f" ({len(signatures)} signatures are over something else)" if signatures else ""
        return Check(name, False, f"nobody signed the evaluation that is released{others}.")
    trainers, wrong, signed = trained(evidence), [], []
    for review in reviews:
        person = text(review.body, "person")
        printed = _printed(evidence, person)
        signed.append(f"{printed}, '{text(review.body, 'meaning')}', {text(review.body, 'at')}")
        if person in trainers:
            wrong.append(f"{printed} trained the model and signed its evaluation")
        if not any(
            text(leaf, "actor", "id") == person and REVIEWER in items(leaf, "actor", "roles")
            for _, leaf in evidence.done("review.sign", review)
        ):
            wrong.append(f"no event shows that {printed} signed as a {REVIEWER}")
    if not trainers:
        wrong.append("no event shows who trained the model")
    if wrong:
        return Check(name, False, "the review is not independent.", tuple(wrong))
    return Check(name, True, "the evaluation that is released was signed.", tuple(signed))


def protocol_was_approved(evidence: Evidence) -> Check:
    """Somebody other than its drafter approved every protocol the model stands under, before the training began."""
    name, model, protocol = (
        "The protocol was approved by another person",
        evidence.named("model"),
        evidence.named("protocol"),
    )
    under = items(model.body, "terms", "protocols") if model else []
    if protocol is None or protocol.id not in under:
        return Check(name, False, "the model does not stand under the protocol that the statement names.")
    wrong, says = [], []
    began = min((number for number, _ in evidence.done("run.submit", evidence.named("run"))), default=-1)
    for identifier in map(str, under):
        approvals = _approvals(evidence, identifier)
        if not approvals:
            wrong.append(f"no event shows that {identifier} was approved")
        elif min(number for number, _, _ in approvals) > began:
            wrong.append(f"{identifier} was approved only after the training had begun, or when it began is not shown")
        for number, approver, drafters in approvals:
            drafted = " and ".join(sorted(_printed(evidence, drafter) for drafter in drafters)) or "an unknown person"
            says.append(f"event {number}: {_printed(evidence, approver)} approved what {drafted} had drafted")
            if not drafters or approver in drafters:
                wrong.append(says[-1])
    if wrong:
        return Check(name, False, "a protocol was not approved as it has to be.", tuple(wrong))
    return Check(name, True, "before the training began.", tuple(says))


def duties_are_separate(evidence: Evidence) -> list[Check]:
    """For each pair of duties, whether two people carried them; and who holds several roles."""
    carried = _carried(evidence)
    checks = []
    for one, other in _DUTIES:
        both = carried[one] & carried[other]
        name = f"Separation of {one} and {other}"
        if not carried[one] or not carried[other]:
            checks.append(Check(name, None, "not shown: no event says who did one of the two."))
        elif both:
            checks.append(
                Check(name, None, f"LOST: {' and '.join(_printed(evidence, p) for p in sorted(both))} was both.")
            )
        else:
            checks.append(Check(name, True, "kept."))
    several = {p.id: items(p.body, "roles") for p in evidence.of_kind("person") if len(items(p.body, "roles")) > 1}
    if several:
        who = tuple(f"{_printed(evidence, person)}: {', '.join(map(str, roles))}" for person, roles in several.items())
        checks.append(Check("One role per person", None, f"LOST: {len(several)} people hold several roles.", who))
    return checks


def vouched_by_the_log_alone(evidence: Evidence, keys: Keys) -> list[str]:
    """People who signed with a key that the reader has not pinned."""
    signers = {text(record.body, "person") for record in evidence.of_kind("signature")}
    found = {signer: _key(_person(evidence, signer)) for signer in signers}
    return sorted(_printed(evidence, p) for p, key in found.items() if key and key.name not in keys.people)


def trained(evidence: Evidence) -> set[str]:
    """Who submitted the run, as the log and the records say."""
    run = evidence.named("run")
    named = [text(r.body, "trainer") for r in (evidence.named("model"), evidence.named("evaluation")) if r]
    return {*evidence.actors("run.submit", run), *named, text(run.body, "made_by") if run else ""} - {""}


def _carried(evidence: Evidence) -> dict[str, set[str]]:
    model = evidence.named("model")
    under = items(model.body, "terms", "protocols") if model else []
    approvals = [approval for protocol in map(str, under) for approval in _approvals(evidence, protocol)]
    evaluation = text(evidence.statement, "evaluation")
    reviews = [r for r in evidence.of_kind("signature") if text(r.body, "of") == evaluation]
    return {
        "the trainer": trained(evidence),
        "the reviewer": {text(review.body, "person") for review in reviews} - {""},
        "who drafted the protocol": set().union(*(drafters for _, _, drafters in approvals)),
        "who approved it": {approver for _, approver, _ in approvals} - {""},
        "the data steward who froze the data": evidence.actors("dataset.freeze", evidence.named("dataset_version")),
        "who evaluated": evidence.actors("evaluate", evidence.named("evaluation")),
        "who released": {text(evidence.statement, "released_by")} - {""},
    }


def _faults(evidence: Evidence, record: Record, keys: Keys) -> list[str]:
    """What is wrong with one signature."""
    person = _person(evidence, text(record.body, "person"))
    key = _key(person)
    if person is None or key is None:
        return ["the person it names, or their key, is not in this bundle"]
    printed = _printed(evidence, person.id)
    pinned = keys.people.get(key.name)
    if pinned and pinned != key:
        return [f"the key of {printed} was replaced: the bundle gives {key.hint.hex()}, pinned is {pinned.hint.hex()}"]
    try:
        signature = base64.b64decode(text(record.body, "signature"), validate=True)
    except (binascii.Error, ValueError):
        return ["the signature is not base64"]
    faults = []
    signed = {name: text(record.body, name) for name in _SIGNED}
    if not fits(key, signature, canonical(signed)):
        faults.append(f"it is not a signature by the key of {printed} over what the record says")
    if not key.name.endswith(f"/person/{text(person.body, 'name')}"):
        faults.append(f"the key of {printed} bears the name '{key.name[:80]}'")
    if key.raw == evidence.site.raw:
        faults.append(f"the key of {printed} is the site's own key")
    if any(
        other.id != person.id and (_key(other) or evidence.site).raw == key.raw for other in evidence.of_kind("person")
    ):
        faults.append(f"the key of {printed} is also that of another person")
    of = evidence.records.get(signed["of"])
    if of is None or of.kind != signed["of_kind"]:
        faults.append("it is over a record that is not in this bundle")
    return faults


def _approvals(evidence: Evidence, protocol: str) -> list[tuple[int, str, set[str]]]:
    """Each approval of a protocol or of its amendments: event, who approved, who drafted what was approved."""
    found = []
    for number, leaf in evidence.leaves.items():
        approved = {text(item, "id") for item in items(leaf, "saved")} if text(leaf, "outcome") == "done" else set()
        if text(leaf, "act") == "protocol.approve" and protocol in approved:
            proposal = text(leaf, "thing", "digest")
            drafters = {text(other, "actor", "id") for other in evidence.leaves.values() if proposal in saves(other)}
            found.append((number, text(leaf, "actor", "id"), drafters - {""}))
    return found


def _person(evidence: Evidence, identifier: str) -> Record | None:
    """The newest revision of a person that the log saved."""
    found = [p for p in evidence.of_kind("person") if p.id == identifier and identifier]
    return max(found, key=lambda p: evidence.saved_at(p.digest) or 0, default=None)


def _key(person: Record | None) -> PublicKey | None:
    try:
        return PublicKey.parse(text(person.body, "public_key")) if person else None
    except (NoteMalformed, ValueError):
        return None


def _printed(evidence: Evidence, identifier: str) -> str:
    person = _person(evidence, identifier)
    return (text(person.body, "printed_name") if person else "") or identifier or "nobody"
