"""A bundle whose bytes are in order and whose story is not: each lie is found, and named in one sentence."""

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from residency.kernel.digest import digest
from residency.kernel.merkle import consistency_proof
from residency.kernel.note import Signed, write_note
from residency.release.verifier.evidence import BundleIncomplete
from residency.release.verify import page
from tests.release.sample_release import SITE, Story, failed, noted, verify_story

# ---- the log


def test_an_event_that_stands_twice_is_refused(tmp_path):
    story = Story()
    story.members["audit/leaves.json"].append(story.members["audit/leaves.json"][3])
    with pytest.raises(BundleIncomplete):
        verify_story(tmp_path, story)


def test_a_head_that_the_site_signed_for_another_log_is_named(tmp_path):
    story = Story()
    text = story.head().partition("\n\n")[0].replace(SITE, "other.example") + "\n"
    signed = Signed(SITE, story.site.public.hint, story.site.sign(text.encode()))
    story.members["audit/checkpoint.note"] = write_note(text, [signed])
    assert (
        "speaks of the log 'other.example'" in failed(verify_story(tmp_path, story))["The events are in the site's log"]
    )


def test_an_event_from_another_log_is_named(tmp_path):
    story = Story()
    story.members["audit/leaves.json"][14]["body"]["actor"]["id"] = "person-somebody-else"
    found = failed(verify_story(tmp_path, story))
    assert "event 14, 'run.train'" in found["The events are in the site's log"]


def test_a_head_of_another_log_is_named(tmp_path):
    story = Story()
    text = story.members["audit/checkpoint.note"]
    story.members["audit/checkpoint.note"] = text.replace(f"— {SITE}", "— other.example")
    assert "no head of this site's log" in failed(verify_story(tmp_path, story))["The events are in the site's log"]


def test_a_record_that_no_event_saved_is_named(tmp_path):
    story = Story()
    story.members["records/proof/proof-2.json"] = story.record(
        "proof", "2", "person-chen", run_id="run-1", bit_equal=True
    )
    found = failed(verify_story(tmp_path, story))
    assert "records/proof/proof-2.json: no event in the log saved" in found["The records are those of the log"]


def test_an_event_that_was_refused_saves_nothing(tmp_path):
    story = Story()
    story.review()["outcome"] = "refused"
    story.retell()
    assert "signature-1.json" in failed(verify_story(tmp_path, story))["The records are those of the log"]


def test_a_sealed_private_key_in_a_bundle_is_called_a_secret(tmp_path):
    story = Story()
    story.save("admin", "person.add", story.record("person", "x", "person-admin", name="x", sealed_key="AAAA"))
    story.retell()
    assert "gives away a secret" in failed(verify_story(tmp_path, story))["The records are those of the log"]


def test_no_record_and_no_event_can_be_changed_even_by_who_holds_the_index_key(tmp_path):
    story, rng = Story(), random.Random(11)
    names = [name for name in story.members if name.startswith("records/")] + ["audit/leaves.json"]
    print("seed 11")
    untouched = deepcopy(story.members)
    for _ in range(60):
        story.members = deepcopy(untouched)
        _spoil(story.members, rng.choice(names), rng)
        try:
            assert not verify_story(tmp_path, story).passed
        except BundleIncomplete:
            continue


def test_a_strange_bundle_fails_a_check_and_never_the_program(tmp_path):
    story, rng = Story(), random.Random(12)
    names = [name for name, value in story.members.items() if name.endswith(".json")]
    print("seed 12")
    untouched = deepcopy(story.members)
    for _ in range(150):
        story.members = deepcopy(untouched)
        _spoil(story.members, rng.choice(names), rng)
        try:
            page(verify_story(tmp_path, story))
        except BundleIncomplete:
            continue


def _spoil(members: dict[str, Any], name: str, rng: random.Random) -> None:
    """Put something else in place of one value somewhere in a member."""
    holder: Any = members
    key: Any = name
    while isinstance(holder[key], dict | list) and holder[key] and rng.random() < 0.85:
        holder = holder[key]
        key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    old = holder[key]
    holder[key] = rng.choice([v for v in (None, [], {}, 7, True, "x", ["x"], {"x": 1}, -1, 1.5) if v != old])


@pytest.mark.parametrize(
    "name",
    ["statement.json", "lineage.json", "audit/leaves.json", "audit/checkpoint.note", "model/weights.safetensors"],
)
def test_a_bundle_without_a_member_that_every_bundle_has_is_refused(tmp_path, name):
    story = Story()
    del story.members[name]
    with pytest.raises(BundleIncomplete, match=name):
        verify_story(tmp_path, story)


# ---- heads kept outside


def test_a_head_kept_outside_is_matched(tmp_path):
    story = Story()
    for size in (5, 9, len(story.log)):
        verdict = verify_story(tmp_path, story, head=story.head(size))
        assert next(c for c in verdict.checks if c.name == "The log still holds what it held before").passed is True
        assert not any("rewritten" in sentence for sentence in verdict.cannot_prove)


def test_a_rewritten_history_is_found_by_a_head_kept_outside(tmp_path):
    kept = Story().head(9)
    story = Story()
    story.log[3]["at"] = "2026-11-23T09:00:00.000000Z"
    story.retell()
    assert verify_story(tmp_path, story).passed
    assert "history was rewritten" in " ".join(failed(verify_story(tmp_path, story, head=kept)).values())


def test_another_history_of_the_same_length_is_found(tmp_path):
    kept, story = Story().head(), Story()
    story.log[3]["at"] = "2026-11-23T09:00:00.000000Z"
    story.retell()
    assert "history was rewritten" in " ".join(failed(verify_story(tmp_path, story, head=kept)).values())


def test_a_proof_of_another_history_does_not_help(tmp_path):
    old, story = Story(), Story()
    story.log[3]["at"] = "2026-11-23T09:00:00.000000Z"
    story.retell()
    story.members["audit/consistency.json"] = old.members["audit/consistency.json"]
    assert consistency_proof(old.hashes(), 9)
    assert not verify_story(tmp_path, story, head=old.head(9)).passed


def test_a_head_without_a_proof_is_not_shown_either_way(tmp_path):
    story = Story()
    verdict = verify_story(tmp_path, story, head=story.head(7))
    assert verdict.passed
    assert "holds no proof" in noted(verdict)["The log still holds what it held before"]


def test_a_head_newer_than_the_bundle_is_said_to_be_newer(tmp_path):
    story, later = Story(), Story()
    later.event("admin", "site.status")
    verdict = verify_story(tmp_path, story, head=later.head())
    assert "newer" in noted(verdict)["The log still holds what it held before"]


def test_a_head_signed_by_somebody_else_fails(tmp_path):
    story = Story()
    for note in ("nonsense", story.head(9).replace("liver", "other"), story.head(9).replace("\n9\n", "\n8\n")):
        assert "The log still holds what it held before" in failed(verify_story(tmp_path, story, head=note))


# ---- lineage, weights, evaluation


def _cut(story: Story) -> None:
    story.members["lineage.json"]["edges"] = [e for e in story.edges if e["made"] != story.deid]


def _cut_one_branch(story: Story) -> None:
    story.members["lineage.json"]["edges"] = [
        e for e in story.edges if (e["made"], e["of"]) != (story.deid, story.intake)
    ]


def _borrowed(story: Story) -> None:
    story.members["lineage.json"]["edges"].append({"made": story.model, "of": story.source, "act": 3})


def _source_missing(story: Story) -> None:
    del story.members["records/source/source-1.json"]


def _other_weights(story: Story) -> None:
    story.members["model/weights.safetensors"] = bytes(1000)


def _other_model(story: Story) -> None:
    other = story.record("model", "2", "person-chen", weights=digest(story.weights), spec=digest(b"other"))
    story.model = story.save("chen", "run.train", other, of=[story.run])
    story.retell()


def _measured_elsewhere(story: Story) -> None:
    story.version = story.save(
        "rao", "dataset.freeze", story.record("dataset-version", "3", "person-rao"), of=[story.deid]
    )
    story.retell()


def _no_plan(story: Story) -> None:
    story.members["statement.json"]["evaluation_plan"] = story.model


def _late_plan(story: Story) -> None:
    at = next(i for i, leaf in enumerate(story.log) if leaf["outcome"] == "lease")
    story.log[at - 1], story.log[at] = story.log[at], story.log[at - 1]
    story.retell()


def _peek(story: Story) -> None:
    story.event("chen", "run.submit", outcome="lease", detail={"splits": ["test"]})
    story.retell()


def _no_look(story: Story) -> None:
    next(leaf for leaf in story.log if leaf["outcome"] == "lease")["outcome"] = "failed"
    story.retell()


def _not_equal(story: Story) -> None:
    old = story.records.pop(story.proof)
    story.save("chen", "run.prove", old | {"bit_equal": False})
    story.retell()


def _replayed(**changes: Any) -> Callable[[Story], None]:
    """A replay that says something else."""

    def lie(story: Story) -> None:
        old = story.records.pop(story.proof)
        story.save("chen", "run.prove", old | changes)
        story.retell()

    return lie


def _released_by_another(story: Story) -> None:
    story.members["statement.json"]["released_by"] = "person-rao"


def _release_of_another(story: Story) -> None:
    story.undo()
    kept, story.model = story.model, story.evaluation
    story.release()
    story.model = kept
    story.retell()


def _no_release(story: Story) -> None:
    story.members["statement.json"]["release"] = story.evaluation


def _unknown_code(story: Story) -> None:
    story.members["statement.json"]["external"].pop(0)


def _other_run(story: Story) -> None:
    run = story.record("run", "2", "person-chen", confined=True)
    story.run = story.save("chen", "run.submit", run, of=[story.version])
    story.retell()


def _other_protocol(story: Story) -> None:
    drafted = story.record("protocol", "2", "person-lind", state="draft")
    story.protocol = story.save("lind", "protocol.draft", drafted)
    story.retell()


def _never_approved(story: Story) -> None:
    next(leaf for leaf in story.log if leaf["act"] == "protocol.approve")["outcome"] = "failed"
    story.retell()


def _approved_late(story: Story) -> None:
    at = next(i for i, leaf in enumerate(story.log) if leaf["act"] == "protocol.approve")
    story.log.append(story.log.pop(at))
    story.retell()


def _drafted_by_nobody(story: Story) -> None:
    at = next(i for i, leaf in enumerate(story.log) if leaf["act"] == "protocol.draft")
    story.members["audit/leaves.json"].pop(at)


def _borrowed_figure(story: Story) -> None:
    story.members["figures/better.png"] = b"better"


def _misfiled(story: Story) -> None:
    story.members["records/run/run-7.json"] = story.members.pop("records/run/run-1.json")


def _other_site(story: Story) -> None:
    story.members["statement.json"]["site"] = "other.example"


@pytest.mark.parametrize(
    ("lie", "check", "says"),
    [
        (_cut, "The lineage is closed", "deid-report-1 is said to be made of nothing: the lineage is cut there"),
        (_cut_one_branch, "The lineage is closed", "left out"),
        (_borrowed, "The lineage is closed", "does not say that model model-1 was made of source source-1"),
        (_source_missing, "The lineage is closed", "is named and not in this bundle"),
        (_other_weights, "The weights are the model's", "model/weights.safetensors is something else"),
        (_other_model, "The evaluation is of this model", "it names another model"),
        (_measured_elsewhere, "The evaluation is of this model", "did not measure on the data set version"),
        (_no_plan, "The statement is covered", "'evaluation_plan' names a model"),
        (_late_plan, "The plan came before the look", "the evaluation plan was fixed at event"),
        (_peek, "The plan came before the look", "'run.submit' opened the held-back data"),
        (_no_look, "The plan came before the look", "no event shows when"),
        (_not_equal, "The training was replayed", "gave other weights"),
        (_replayed(got=digest(b"other")), "The training was replayed", "gave other weights"),
        (
            _replayed(got=digest(b"x"), expected=digest(b"x")),
            "The training was replayed",
            "compares with weights that are those of no checkpoint",
        ),
        (_replayed(to_step=200), "The training was replayed", "compares with weights that are those of no checkpoint"),
        (_replayed(from_step=70), "The training was replayed", "begins at a step of which the run has no checkpoint"),
        (_replayed(from_step=100), "The training was replayed", "its steps are none"),
        (_no_release, "The statement is covered", "'release' names a evaluation"),
        (_release_of_another, "The statement is covered", "the release is one of another model"),
        (_released_by_another, "The statement is covered", "no event shows that person-rao released this model"),
        (_unknown_code, "The statement is covered", "'code' names nothing"),
        (_other_run, "The lineage is closed", "the statement's run is not among what the model was made of"),
        (_other_protocol, "The protocol was approved by another person", "does not stand under the protocol"),
        (_never_approved, "The protocol was approved by another person", "no event shows that protocol-1 was approved"),
        (_approved_late, "The protocol was approved by another person", "only after the training had begun"),
        (
            _drafted_by_nobody,
            "The protocol was approved by another person",
            "approved what an unknown person had drafted",
        ),
        (_borrowed_figure, "The figures are the evaluation's", "figures/better.png is not among"),
        (_misfiled, "The records are those of the log", "records/run/run-7.json holds another record: run run-1"),
        (_other_site, "The statement is covered", "speaks for the site 'other.example'"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_each_lie_is_named(tmp_path, lie: Callable[[Story], None], check: str, says: str):
    story = Story()
    lie(story)
    assert says in failed(verify_story(tmp_path, story))[check]


@pytest.mark.parametrize(("name", "counts"), [("liver-ct", True), ("kidney-ct", False)])
def test_a_look_is_counted_if_it_was_at_these_data_in_whichever_version(tmp_path, name, counts):
    story = Story(looked_before=name)
    verdict = verify_story(tmp_path, story)
    assert verdict.passed
    assert ("had been opened at event" in noted(verdict).get("The plan came before the look", "")) == counts


def test_a_lease_that_was_lengthened_is_one_look(tmp_path):
    verdict = verify_story(tmp_path, Story(broken_off=("lease-a", "lease-a", "lease-b")))
    (check,) = [check for check in verdict.checks if check.name == "The plan came before the look"]
    assert "they had been opened 2 times before" in check.says


def test_a_look_that_does_not_say_at_what_is_counted(tmp_path):
    story = Story(looked_before="kidney-ct")
    del story.members["records/evaluation-plan/evaluation-plan-0.json"]
    assert "had been opened at event" in noted(verify_story(tmp_path, story))["The plan came before the look"]


def test_a_replay_says_how_much_of_the_training_it_repeated(tmp_path):
    name, story = "The training was replayed", Story()
    said = noted(verify_story(tmp_path, story))[name]
    assert "for steps 50 to 100 of 200" in said
    assert "not the end, which gave the weights that are released" in said
    final = digest(story.weights)
    for more, says in (
        ({"from_step": 100}, "for steps 50 to 100 and steps 100 to 200 of 200."),
        ({"from_step": 0}, None),
    ):
        story = Story()
        rest = {"id": "proof-2", "to_step": 200, "got": final, "expected": final}
        story.save("chen", "run.prove", story.records[story.proof] | rest | more)
        story.retell()
        verdict = verify_story(tmp_path, story)
        assert verdict.passed
        assert (name in noted(verdict)) == (says is not None)
        assert says is None or noted(verdict)[name].endswith(says)


def test_a_replay_of_another_run_is_not_taken_for_one_of_this(tmp_path):
    story = Story()
    other = story.records.pop(story.proof) | {"run_id": "run-9"}
    story.save("chen", "run.prove", other)
    story.retell()
    assert "is not shown" in noted(verify_story(tmp_path, story))["The training was replayed"]


def test_a_run_without_replay_and_without_walls_is_said_to_be_so(tmp_path):
    story = Story()
    del story.records[story.proof]
    story.retell()
    assert "is not shown" in noted(verify_story(tmp_path, story))["The training was replayed"]
    assert "UNCONFINED" in noted(verify_story(tmp_path, Story(confined=False)))["The training code was confined"]
    assert "The training code was confined" not in noted(verify_story(tmp_path, Story()))
