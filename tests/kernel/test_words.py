"""Identifiers, digests, canonical JSON, records, states, time, and what is said of a wrong line."""

from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from residency.kernel.clock import rfc3339, stopwatch, system_clock
from residency.kernel.digest import canonical, digest, digest_of, raw
from residency.kernel.documents import YamlBroken, line_of, parse_yaml
from residency.kernel.explain import explain
from residency.kernel.ids import kind_of, new_id
from residency.kernel.states import InvalidMove, Machine
from tests.fakes.records import AT, Thing, thing

TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(TIMES, TIMES)
def test_an_identifier_made_a_millisecond_later_sorts_later(one, other):
    if abs(one - other) >= timedelta(milliseconds=1):
        assert (new_id("run", one) < new_id("run", other)) == (one < other)


def test_identifiers_of_one_moment_differ():
    assert len({new_id("run", AT) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("kind", ["run", "dataset-version", "key-group"])
def test_an_identifier_names_its_kind(kind):
    identifier = new_id(kind, AT)
    assert kind_of(identifier) == kind
    assert len(identifier) == len(kind) + 27
    assert identifier == identifier.lower()


def test_the_digest_of_bytes_is_that_of_fips_180():
    assert digest(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert raw(digest(b"abc")).hex() == digest(b"abc").removeprefix("sha256:")


def test_canonical_json_is_that_of_the_example_in_rfc_8785():
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
        "literals": [None, True, False],
    }
    assert canonical(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_the_order_of_keys_does_not_change_a_digest(value):
    assert digest_of(dict(reversed(value.items()))) == digest_of(value)


@given(JSON, JSON)
def test_different_values_have_different_canonical_forms(one, other):
    if canonical(one) == canonical(other):
        assert one == other


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), {1: 2}, b"bytes", object()])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises((ValueError, TypeError)):
        canonical(value)


def test_a_record_read_back_is_the_same_and_has_the_same_digest():
    record = thing("liver", value=3)
    assert Thing.parse(record.body()) == record
    assert Thing.parse(record.body()).digest() == record.digest() == digest(record.canonical())
    assert record.body()["kind"] == "thing"
    assert record.body()["schema"] == 1


@given(st.integers(-14, 14), TIMES)
def test_a_time_of_any_zone_is_read_back_with_the_same_digest(hours, at):
    record = thing().model_copy(update={"made_at": at.astimezone(timezone(timedelta(hours=hours)))})
    assert Thing.parse(record.body()).digest() == record.digest()


@pytest.mark.parametrize("harm", [{"extra": 1}, {"made_at": "2026-11-01T00:00:00"}, {"value": "x"}, {"id": None}])
def test_a_record_takes_no_other_shape(harm):
    with pytest.raises(ValidationError):
        Thing.parse(thing().body() | harm)


def test_a_record_is_never_changed():
    record = thing("liver")
    with pytest.raises(ValidationError):
        record.name = "other"


LAMP = Machine("lamp", {("off", "press"): "on", ("on", "press"): "off", ("on", "break"): "broken"})


def test_every_pair_of_a_machine_moves_as_its_table_says_or_not_at_all():
    for state in LAMP.states:
        for event in LAMP.events:
            if (state, event) in LAMP.moves:
                assert LAMP.move(state, event) == LAMP.moves[state, event]
            else:
                with pytest.raises(InvalidMove, match=f"{state} cannot take '{event}'"):
                    LAMP.move(state, event)


def test_a_machine_knows_its_words_and_says_what_is_possible():
    assert LAMP.states == {"on", "off", "broken"}
    assert LAMP.events == {"press", "break"}
    with pytest.raises(InvalidMove) as error:
        LAMP.move("broken", "press")
    assert "final" in error.value.remedy
    with pytest.raises(InvalidMove) as error:
        LAMP.move("on", "fly")
    assert error.value.remedy == "Possible now: break, press."


def test_time_is_written_in_one_way():
    assert (
        rfc3339(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=2)))) == "2026-01-02T01:04:05.000006Z"
    )
    assert system_clock().tzinfo is UTC
    assert stopwatch() <= stopwatch()


class Inner(BaseModel):
    """A section."""

    model_config = ConfigDict(extra="forbid")
    steps: int
    seed: int = 0


class Outer(BaseModel):
    """A file."""

    model_config = ConfigDict(extra="forbid")
    name: str
    train: Inner
    more: tuple[Inner, ...] = ()


@pytest.mark.parametrize(
    ("given_", "text", "says", "remedy"),
    [
        (
            {"name": "a", "train": {"stepz": 1}},
            "name: a\ntrain:\n  stepz: 1\n",
            "f, line 3: unknown key 'train.stepz'.",
            "Did you mean 'steps'?",
        ),
        (
            {"name": "a", "train": {"steps": "x"}},
            "name: a\ntrain: {steps: x}\n",
            "f, line 2: 'train.steps'",
            "Correct 'train.steps'.",
        ),
        ({"train": {"steps": 1}}, "train: {steps: 1}\n", "f: 'name' is missing.", "Add 'name'."),
        (
            {"name": "a", "train": {"steps": 1}, "qqq": 2},
            "name: a\ntrain: {steps: 1}\nqqq: 2\n",
            "line 3: unknown key 'qqq'",
            "Remove 'qqq'.",
        ),
        (
            {"name": "a", "train": {"steps": 1}, "more": [{"steps": 1, "sed": 1}]},
            "name: a\ntrain: {steps: 1}\nmore:\n  - steps: 1\n    sed: 1\n",
            "f, line 5: unknown key 'more.0.sed'",
            "Did you mean 'seed'?",
        ),
        ({"name": "a", "train": 5}, "name: a\ntrain: 5\n", "f, line 2: 'train'", "Correct 'train'."),
    ],
)
def test_a_wrong_line_is_named_with_what_was_meant(given_, text, says, remedy):
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(given_)
    message, advice = explain("f", partial(line_of, text), error.value, Outer)
    assert says in message
    assert advice == remedy


def test_every_wrong_line_is_named_and_a_typo_is_not_also_missing():
    text = "nam: a\ntrain:\n  steps: x\n  sed: 2\nmore: []\nqqq: 1\n"
    with pytest.raises(ValidationError) as error:
        Outer.model_validate({"nam": "a", "train": {"steps": "x", "sed": 2}, "more": [], "qqq": 1})
    message, remedy = explain("f", partial(line_of, text), error.value, Outer)
    assert [line.split(":")[0] for line in message.splitlines()] == ["f, line 1", "f, line 3", "f, line 4", "f, line 6"]
    assert "missing" not in message
    assert "Did you mean 'name'?" in message
    assert remedy == "Correct all 4."


@pytest.mark.parametrize("text", ["[a]: x\n", "{a: 1}: x\n", "a: 1\na: 2\n"])
def test_a_key_that_is_no_word_or_stands_twice_is_no_yaml_of_ours(text):
    with pytest.raises(YamlBroken):
        parse_yaml(text)
