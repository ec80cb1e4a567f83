"""Who did what: signatures by people's own keys, the review, and the approval of the protocol.

Nobody may review what they trained or approve what they drafted, and a review counts by a key that the reader has
pinned: whoever holds the site can add a person of any name. Not here: other separations (`duties`); whether a key
belongs to the person whose name it bears (no file can show that; `verify` says so).
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


def signatures_hold(evidence: Evidence, keys: Keys) -> Check:
    """Every signature in the bundle is by the key of the person it names, over the record it names."""
    name, signatures = "The signatures hold", evidence.of_kind("signature")
    wrong = [f"{record.id}: {fault}" for record in signatures for fault in _faults(evidence, record, keys)]
    if wrong:
        return Check(name, False, "a signature cannot be relied on.", tuple(wrong))
    says = f"{len(signatures)} in number, each by the key of the person it names."
    alone = vouched_by_the_log_alone(evidence, keys)
    if alone:
        lines = tuple(f"the key of {who} is not among those that you pinned" for who in alone)
        return Check(name, None, says, lines)
    return Check(name, True, f"{says} Their keys are pinned by you.")


def review_is_independent(evidence: Evidence, keys: Keys) -> Check:
    """A clinical reviewer, whose key the reader has pinned and who did not train the model, signed its evaluation."""
    name, evaluation = "A reviewer who did not train it signed", text(evidence.statement, "evaluation")
    signatures = evidence.of_kind("signature")
    reviews = [record for record in signatures if evaluation and text(record.body, "of") == evaluation]
    if not reviews:
        others = f" ({len(signatures)} signatures are over something else)" if signatures else ""
        return Check(name, False, f"nobody signed the evaluation that is released{others}.")
    wrong = [fault for review in reviews for fault in _dependent(evidence, text(review.body, "person"), review)]
    reviewers = {text(review.body, "person") for review in reviews}
    alone = {p: _named(evidence, p) for p in sorted(reviewers) if not _is_pinned(evidence, p, keys)}
    if len(alone) == len(reviewers):
        # Whoever holds the site can add a person of any name, and sign as them.
        wrong += [f"the key of {who} is not among those that you pinned" for who in alone.values()]
    if not trained(evidence):
        wrong.append("no event shows who trained the model")
    if wrong:
        return Check(name, False, "the review is not independent, or not known to be by whom it says.", tuple(wrong))
    signed = [
        f"{printed(evidence, text(r.body, 'person'))}, '{text(r.body, 'meaning')}', {text(r.body, 'at')}"
        for r in reviews
    ]
    return Check(name, True, "the evaluation that is released was signed.", tuple(signed))


def people_can_be_told_apart(evidence: Evidence, keys: Keys) -> Check:
    """Whether two people bear one printed name: then a reader cannot tell by the name who signed."""
    name, by_name = "People can be told apart", {}
    for person in sorted({p.id for p in evidence.of_kind("person")}):
        by_name.setdefault(" ".join(printed(evidence, person).casefold().split()), []).append(person)
    shared = [people for people in by_name.values() if len(people) > 1]
    if not shared:
        return Check(name, True, f"{len(by_name)} people, no two with one printed name.")
    pins = {True: "pinned by you", False: "not pinned"}
    lines = [f"{_named(evidence, p)} is {p}: {pins[_is_pinned(evidence, p, keys)]}" for group in shared for p in group]
    return Check(name, None, "two people bear one printed name: look at their keys.", tuple(lines))


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
        found = approvals(evidence, identifier)
        if not found:
            wrong.append(f"no event shows that {identifier} was approved")
        elif min(number for number, _, _ in found) > began:
            wrong.append(f"{identifier} was approved only after the training had begun, or when it began is not shown")
        for number, approver, drafters in found:
            drafted = " and ".join(sorted(printed(evidence, drafter) for drafter in drafters)) or "an unknown person"
            says.append(f"event {number}: {printed(evidence, approver)} approved what {drafted} had drafted")
            if not drafters or approver in drafters:
                wrong.append(says[-1])
    if wrong:
        return Check(name, False, "a protocol was not approved as it has to be.", tuple(wrong))
    return Check(name, True, "before the training began.", tuple(says))


def vouched_by_the_log_alone(evidence: Evidence, keys: Keys) -> list[str]:
    """People who signed with a key that the reader has not pinned, with that key."""
    signers = {text(record.body, "person") for record in evidence.of_kind("signature")}
    return sorted(_named(evidence, p) for p in signers if _person(evidence, p) and not _is_pinned(evidence, p, keys))


def trained(evidence: Evidence) -> set[str]:
    """Who submitted the run, as the log and the records say."""
    run = evidence.named("run")
    named = [text(r.body, "trainer") for r in (evidence.named("model"), evidence.named("evaluation")) if r]
    return {*evidence.actors("run.submit", run), *named, text(run.body, "made_by") if run else ""} - {""}


def approvals(evidence: Evidence, protocol: str) -> list[tuple[int, str, set[str]]]:
    """Each approval of a protocol or of its amendments: event, who approved, who drafted what was approved."""
    found = []
    for number, leaf in evidence.leaves.items():
        approved = {text(item, "id") for item in items(leaf, "saved")} if text(leaf, "outcome") == "done" else set()
        if text(leaf, "act") == "protocol.approve" and protocol in approved:
            proposal = text(leaf, "thing", "digest")
            drafters = {text(other, "actor", "id") for other in evidence.leaves.values() if proposal in saves(other)}
            found.append((number, text(leaf, "actor", "id"), drafters - {""}))
    return found


def printed(evidence: Evidence, identifier: str) -> str:
    """The name that stands beside a person's signatures."""
    person = _person(evidence, identifier)
    return (text(person.body, "printed_name") if person else "") or identifier or "nobody"


def _dependent(evidence: Evidence, person: str, review: Record) -> list[str]:
    """What stands against the independence of one review."""
    wrong, who = [], printed(evidence, person)
    if person in trained(evidence):
        wrong.append(f"{who} trained the model and signed its evaluation")
    if not any(
        text(leaf, "actor", "id") == person and REVIEWER in items(leaf, "actor", "roles")
        for _, leaf in evidence.done("review.sign", review)
    ):
        wrong.append(f"no event shows that {who} signed as a {REVIEWER}")
    return wrong


def _faults(evidence: Evidence, record: Record, keys: Keys) -> list[str]:
    """What is wrong with one signature."""
    person = _person(evidence, text(record.body, "person"))
    key = _key(person)
    if person is None or key is None:
        return ["the person it names, or their key, is not in this bundle"]
    who = printed(evidence, person.id)
    pinned = keys.people.get(key.name)
    if pinned and pinned != key:
        return [f"the key of {who} was replaced: the bundle gives {key.hint.hex()}, pinned is {pinned.hint.hex()}"]
    try:
        signature = base64.b64decode(text(record.body, "signature"), validate=True)
    except (binascii.Error, ValueError):
        return ["the signature is not base64"]
    faults = []
    signed = {name: text(record.body, name) for name in _SIGNED}
    if not fits(key, signature, canonical(signed)):
        faults.append(f"it is not a signature by the key of {who} over what the record says")
    if not key.name.endswith(f"/person/{text(person.body, 'name')}"):
        faults.append(f"the key of {who} bears the name '{key.name[:80]}'")
    if key.raw == evidence.site.raw:
        faults.append(f"the key of {who} is the site's own key")
    if any(
        other.id != person.id and (_key(other) or evidence.site).raw == key.raw for other in evidence.of_kind("person")
    ):
        faults.append(f"the key of {who} is also that of another person")
    of = evidence.records.get(signed["of"])
    if of is None or of.kind != signed["of_kind"]:
        faults.append("it is over a record that is not in this bundle")
    return faults


def _person(evidence: Evidence, identifier: str) -> Record | None:
    """The newest revision of a person that the log saved."""
    found = [p for p in evidence.of_kind("person") if p.id == identifier and identifier]
    return max(found, key=lambda p: evidence.saved_at(p.digest) or 0, default=None)


def _key(person: Record | None) -> PublicKey | None:
    try:
        return PublicKey.parse(text(person.body, "public_key")) if person else None
    except (NoteMalformed, ValueError):
        return None


def _is_pinned(evidence: Evidence, identifier: str, keys: Keys) -> bool:
    key = _key(_person(evidence, identifier))
    return key is not None and keys.people.get(key.name) == key


def _named(evidence: Evidence, identifier: str) -> str:
    """A person's name and key, since two may bear one name."""
    key = _key(_person(evidence, identifier))
    return f"{printed(evidence, identifier)} ({key.hint.hex()})" if key else printed(evidence, identifier)
