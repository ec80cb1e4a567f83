"""Who did what, in bundles whose bytes are in order: keys, signatures, approvals, separations."""

from typing import Any

import pytest

from residency.kernel.digest import digest, digest_of
from residency.kernel.note import PublicKey
from residency.release.verify import page, read_keys, verify
from tests.release.sample_release import SITE, Key, Story, failed, noted, person_key, verify_story

# ---- keys


def test_a_bundle_signed_by_another_key_of_the_same_name_is_not_read_further(tmp_path):
    verdict = verify_story(tmp_path, Story(), signer=Key(SITE, "stolen name"))
    assert failed(verdict)["Signed by the site"].endswith("the key was replaced.")
    assert len(verdict.checks) == 2
    assert verdict.site == "not established"


def test_weights_swapped_and_signed_again_by_somebody_else_are_not_accepted(tmp_path):
    story = Story()
    story.members["model/weights.safetensors"] = bytes(1000)
    verdict = verify_story(tmp_path, story, signer=Key("mallory.example"))
    assert "signed in the name of 'mallory.example'" in failed(verdict)["Signed by the site"]


def test_a_person_cannot_sign_a_bundle_in_place_of_the_site(tmp_path):
    verdict = verify_story(tmp_path, Story(), signer=person_key("okafor"))
    assert "Signed by the site" in failed(verdict)


def test_a_head_of_the_log_cannot_pass_for_the_note_of_a_bundle(tmp_path):
    story = Story()
    path = story.write(tmp_path / "x.residency")
    other = Story()
    data = path.read_bytes()
    at = data.index(b"residency-bundle/1\n")
    note = data[at : data.index(b"PK", at)]
    assert len(other.head()) != len(note)
    path.write_bytes(data.replace(note, other.head().encode().ljust(len(note), b"\n")))
    assert not verify(path, read_keys(story.keys())).passed


def test_a_key_of_the_reviewer_that_was_replaced_is_named(tmp_path):
    story = Story()
    forged = person_key("okafor", "made by the administrator")
    body = next(b for b in story.records.values() if b["id"] == "person-okafor")
    revised = body | {"public_key": str(forged.public)}
    story.save("admin", "person.add", revised)
    del story.records[digest_of(body)]
    story.sign(story.signature(story.evaluation, "evaluation", "okafor", forged) | {"id": "signature-2"})
    story.retell()
    assert "the key of Dr Okafor was replaced" in failed(verify_story(tmp_path, story))["The signatures hold"]


def test_a_reviewer_whose_key_is_not_pinned_is_vouched_for_by_the_log_alone(tmp_path):
    story = Story()
    verdict = verify_story(tmp_path, story, story.keys())
    assert verdict.passed
    assert "not among those that you pinned" in noted(verdict)["The signatures hold"]
    assert any("Dr Okafor" in sentence and "log alone" in sentence for sentence in verdict.cannot_prove)


# ---- signatures and people


def _resigned(story: Story, **changes: Any) -> Story:
    """The story with another signature in place of the reviewer's, logged as it should be."""
    old = next(d for d, b in story.records.items() if b["kind"] == "signature")
    body = story.records.pop(old) | changes
    story.log.pop()
    story.sign(body)
    story.retell()
    return story


def test_a_signature_made_with_the_sites_key_is_not_the_reviewers(tmp_path):
    story = Story()
    by_site = story.signature(story.evaluation, "evaluation", "okafor", story.site)["signature"]
    found = failed(verify_story(tmp_path, _resigned(story, signature=by_site)))
    assert "not a signature by the key of Dr Okafor" in found["The signatures hold"]


@pytest.mark.parametrize("field", ["meaning", "at"])
def test_a_signature_whose_words_were_changed_afterwards_fails(tmp_path, field):
    found = failed(verify_story(tmp_path, _resigned(Story(), **{field: "2026-01-01T00:00:00.000000Z"})))
    assert "The signatures hold" in found


def test_a_signature_over_another_record_leaves_the_evaluation_unsigned(tmp_path):
    story = Story()
    other = story.signature(story.proof, "proof", "okafor", person_key("okafor"))
    found = failed(verify_story(tmp_path, _resigned(story, **other)))
    assert "nobody signed the evaluation that is released" in found["A reviewer who did not train it signed"]


def test_the_trainers_signature_is_refused_and_the_lost_separation_named(tmp_path):
    verdict = verify_story(tmp_path, Story(trainer="chen", reviewer="chen"), Story().keys("chen"))
    assert "Dr Chen trained the model and signed" in failed(verdict)["A reviewer who did not train it signed"]
    assert "LOST: Dr Chen" in noted(verdict)["Separation of the trainer and the reviewer"]
    assert "Dr Chen: ml-engineer, clinical-reviewer" in noted(verdict)["One role per person"]


def test_a_protocol_approved_by_who_drafted_it_fails(tmp_path):
    verdict = verify_story(tmp_path, Story(approver="lind"))
    assert "Dr Lind approved what Dr Lind had drafted" in failed(verdict)["The protocol was approved by another person"]


def test_a_steward_who_also_trains_is_named_and_does_not_fail(tmp_path):
    verdict = verify_story(tmp_path, Story(trainer="rao"))
    assert verdict.passed
    assert "LOST: Dr Rao" in noted(verdict)["Separation of the data steward who froze the data and the trainer"]


def test_a_review_that_no_event_shows_fails(tmp_path):
    story = Story()
    story.log[-1]["act"] = "person.show"
    story.retell()
    assert (
        "no event shows that Dr Okafor signed"
        in failed(verify_story(tmp_path, story))["A reviewer who did not train it signed"]
    )


def test_a_review_by_somebody_who_is_no_reviewer_fails(tmp_path):
    story = Story()
    story.log[-1]["actor"]["roles"] = ["auditor"]
    story.retell()
    found = failed(verify_story(tmp_path, story))
    assert "signed as a clinical-reviewer" in found["A reviewer who did not train it signed"]


def test_a_review_that_somebody_else_entered_fails(tmp_path):
    story = Story()
    story.log[-1]["actor"]["id"] = "person-admin"
    story.retell()
    found = failed(verify_story(tmp_path, story))
    assert "no event shows that Dr Okafor signed" in found["A reviewer who did not train it signed"]


def test_a_second_signature_over_something_that_is_not_shown_is_named(tmp_path):
    story = Story()
    story.sign(story.signature(digest(b"unseen"), "evaluation", "okafor", person_key("okafor")) | {"id": "signature-2"})
    story.retell()
    found = failed(verify_story(tmp_path, story))
    assert "signature-2: it is over a record that is not in this bundle" in found["The signatures hold"]


def _rekeyed(story: Story, public_key: str) -> Story:
    """The story with another key of the reviewer, saved before the review."""
    body = next(b for b in story.records.values() if b["id"] == "person-okafor")
    del story.records[digest_of(body)]
    story.save("admin", "person.add", body | {"public_key": public_key})
    story.log[-1], story.log[-2] = story.log[-2], story.log[-1]
    return story


def test_a_key_that_bears_another_name_is_named(tmp_path):
    key = Key("residency/person/somebody")
    story = Story()
    signature = story.signature(story.evaluation, "evaluation", "okafor", key)["signature"]
    found = failed(verify_story(tmp_path, _resigned(_rekeyed(story, str(key.public)), signature=signature)))
    assert "the key of Dr Okafor bears the name 'residency/person/somebody'" in found["The signatures hold"]


@pytest.mark.parametrize(("owner", "says"), [("chen", "also that of another person"), ("", "is the site's own key")])
def test_a_key_that_is_not_the_reviewers_alone_is_named(tmp_path, owner, says):
    story, key = Story(), Key("residency/person/okafor")
    shared = person_key(owner) if owner else story.site
    key.private, key.public = shared.private, PublicKey(key.public.name, shared.public.raw)
    signature = story.signature(story.evaluation, "evaluation", "okafor", key)["signature"]
    story = _resigned(_rekeyed(story, str(key.public)), signature=signature)
    assert says in failed(verify_story(tmp_path, story, story.keys()))["The signatures hold"]


def test_of_several_revisions_of_a_person_the_newest_counts(tmp_path):
    story = Story()
    body = next(b for b in story.records.values() if b["id"] == "person-okafor")
    retired = body | {"state": "retired", "printed_name": "Dr O. Okafor"}
    story.save("admin", "person.retire", retired)
    story.retell()
    story.members["records/person/person-okafor.json"] = body
    story.members["records/person/person-okafor.2.json"] = retired
    verdict = verify_story(tmp_path, story)
    assert verdict.passed
    assert "Dr O. Okafor" in page(verdict)
