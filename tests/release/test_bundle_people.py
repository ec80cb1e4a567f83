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


def test_a_review_under_a_key_that_is_not_pinned_does_not_count(tmp_path):
    story = Story()
    key = person_key("okafor").public.hint.hex()
    for pinned in ((), ("chen", "lind", "board")):
        verdict = verify_story(tmp_path, story, story.keys(*pinned))
        assert not verdict.passed
        said = failed(verdict)["A reviewer who did not train it signed"]
        assert f"the key of Dr Okafor ({key}) is not among those that you pinned" in said
        assert any(f"Dr Okafor ({key})" in sentence and "log alone" in sentence for sentence in verdict.cannot_prove)


def test_somebody_added_under_the_reviewers_name_is_named_and_does_not_review(tmp_path):
    story = Story(reviewer="forged", printed={"forged": "dr  OKAFOR"})
    verdict = verify_story(tmp_path, story, Story().keys("okafor", "chen", "lind", "rao", "board", "admin"))
    assert "is not among those that you pinned" in failed(verdict)["A reviewer who did not train it signed"]
    said = noted(verdict)["People can be told apart"]
    for name, pin in (("okafor", "pinned by you"), ("forged", "not pinned")):
        assert f"({person_key(name).public.hint.hex()}) is person-{name}: {pin}" in said


def test_beside_a_review_that_is_pinned_one_that_is_not_is_named_and_does_no_harm(tmp_path):
    story = Story()
    story.roles["rao"] = ["clinical-reviewer"]
    body = story.signature(story.evaluation, "evaluation", "rao", person_key("rao")) | {"id": "signature-2"}
    story.save("rao", "review.sign", body)
    story.separations = [("rao", "prepared the data", "reviewed the evaluation")]
    story.retell()
    verdict = verify_story(tmp_path, story)
    assert verdict.passed
    assert "Dr Rao" in noted(verdict)["The signatures hold"]


# ---- signatures and people


def _resigned(story: Story, **changes: Any) -> Story:
    """The story with another signature in place of the reviewer's, logged as it should be."""
    body = next(b for b in story.records.values() if b["kind"] == "signature") | changes
    story.undo()
    story.undo()
    story.sign(body)
    story.release()
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
    assert "LOST: Dr Chen reviewed the evaluation and trained the model" in noted(verdict)["Separation of duties"]
    assert "Dr Chen: ml-engineer, clinical-reviewer" in noted(verdict)["One role per person"]


def test_a_protocol_approved_by_who_drafted_it_fails(tmp_path):
    verdict = verify_story(tmp_path, Story(approver="lind"))
    assert "Dr Lind approved what Dr Lind had drafted" in failed(verdict)["The protocol was approved by another person"]


@pytest.mark.parametrize(
    ("cast", "says"),
    [
        ({"trainer": "rao"}, "Dr Rao prepared the data and trained the model"),
        ({"trainer": "board"}, "Dr Board approved the protocol and trained the model"),
        ({"trainer": "lind"}, "Dr Lind drafted the protocol and trained the model"),
        ({"trainer": "lind"}, "Dr Lind released the model and trained the model"),
        ({"trainer": "chen"}, "Dr Chen evaluated the model and trained the model"),
        ({"approver": "rao"}, "Dr Rao approved the protocol and prepared the data"),
        ({"reviewer": "board"}, "Dr Board approved the protocol and reviewed the evaluation"),
        ({"reviewer": "admin"}, "Dr Admin added the people and reviewed the evaluation"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(map("-".join, value.items())),
)
def test_each_separation_that_was_lost_is_named_and_does_not_fail(tmp_path, cast, says):
    story = Story(**cast)
    verdict = verify_story(tmp_path, story, story.keys(*story.roles))
    assert verdict.passed
    assert f"LOST: {says}" in noted(verdict)["Separation of duties"]


def test_a_cleaner_who_also_determined_that_the_names_are_out_is_named(tmp_path):
    story = Story(determined_by="rao")
    said = noted(verify_story(tmp_path, story))["Separation of duties"]
    assert "LOST: Dr Rao determined that they name nobody and prepared the data" in said
    assert "no event shows who determined" in noted(verify_story(tmp_path, Story()))["Separation of duties"]
    assert "LOST: Dr Rao" not in noted(verify_story(tmp_path, Story(determined_by="board")))["Separation of duties"]


def test_nothing_is_lost_where_everybody_did_one_thing(tmp_path):
    verdict = verify_story(tmp_path, Story(trainer="nkosi", determined_by="weber"))
    (check,) = [check for check in verdict.checks if check.name == "Separation of duties"]
    assert (check.passed, check.evidence) == (True, ())


@pytest.mark.parametrize("place", ["statement.json", "records/release/release-1.json"])
def test_a_bundle_that_does_not_name_what_was_lost_fails(tmp_path, place):
    story = Story(trainer="rao")
    names = story.members[place]["separations_lost"]
    if place == "statement.json":
        names.pop()
    else:
        story.undo()
        story.separations = [("okafor", "reviewed the evaluation", "trained the model")]
        story.release()
        story.separations = []
        story.retell()
    assert "LOST: Dr Rao" in failed(verify_story(tmp_path, story))["Separation of duties"]


def test_a_review_that_no_event_shows_fails(tmp_path):
    story = Story()
    story.review()["act"] = "person.show"
    story.retell()
    assert (
        "no event shows that Dr Okafor signed"
        in failed(verify_story(tmp_path, story))["A reviewer who did not train it signed"]
    )


def test_a_review_by_somebody_who_is_no_reviewer_fails(tmp_path):
    story = Story()
    story.review()["actor"]["roles"] = ["auditor"]
    story.retell()
    found = failed(verify_story(tmp_path, story))
    assert "signed as a clinical-reviewer" in found["A reviewer who did not train it signed"]


def test_a_review_that_somebody_else_entered_fails(tmp_path):
    story = Story()
    story.review()["actor"]["id"] = "person-admin"
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
    story.log.insert(-3, story.log.pop())
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
