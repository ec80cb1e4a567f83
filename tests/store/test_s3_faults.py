"""An S3 server that stalls, lies, breaks off or refuses: success by asking again, or a named error, and soon."""

import os
import random
import time
import traceback
from contextlib import suppress

import pytest

from residency.errors import ResidencyError
from residency.store.access import Credentials, CredentialsExpired
from residency.store.answers import BucketMissing, ObjectChanged, ServerOverwrites, StoreRefused
from residency.store.frames import FRAME_SIZE, SealBroken, intact
from residency.store.objects import NameTaken, ObjectMissing, StoreUnavailable
from residency.store.s3 import S3Store
from residency.store.sealed import GroupKey, Sealed
from residency.store.server import Patience
from tests.fakes.faulty import faulty
from tests.fakes.rclone import running_rclone

KEY = GroupKey("group-1", bytes(range(32)))
KEYS = {KEY.id: KEY.key}
CALM = Patience(connect=2, request=10, call=10)
BRIEF = Patience(connect=2, request=10, call=0.6)
HURRY = Patience(connect=2, request=1, call=1.5)
HURRY_TWICE = Patience(connect=2, request=1, call=5)
"""Only where a server stalls: a machine with other things to do must not be taken for one."""
SOON_S = 8.0
"""Bound of any one call with one of these."""
ALWAYS = 10**6
BODY = bytes(range(256)) * 400
PASSING = ["error", "slow down", "reset", "cut", "short", "lost"]


@pytest.fixture
def proxy(seaweed):
    with faulty(seaweed.port) as proxy:
        yield proxy


@pytest.fixture
def access(seaweed, proxy):
    """The way through the proxy to a store with one object in it."""
    direct = seaweed.access()
    S3Store(direct).put("here", [BODY])
    return direct.model_copy(update={"endpoint": f"http://127.0.0.1:{proxy.port}"})


@pytest.fixture
def store(access):
    return S3Store(access, CALM)


def in_time(call):
    """What a call gives, which must be soon."""
    began = time.monotonic()
    try:
        return call()
    finally:
        assert time.monotonic() - began < SOON_S


OPERATIONS = {
    "read": lambda store: store.read("here") == BODY,
    "ranges": lambda store: store.open("here").read_ranges([(5, 3), (100, 2)]) == [BODY[5:8], BODY[100:102]],
    "size": lambda store: store.size("here") == len(BODY),
    "list": lambda store: list(store.names()) == ["here"],
    "put": lambda store: store.put("new", [BODY]).size == len(BODY) and store.read("new") == BODY,
    "delete": lambda store: store.delete("here") is None and not store.has("here"),
}


OTHERS = [pytest.param(name, marks=pytest.mark.long) for name in OPERATIONS if name not in ("ranges", "put")]


def strike_everywhere(proxy, fault) -> None:
    for method in ("HEAD", "GET", "PUT", "DELETE"):
        proxy.will(fault, on=method)


@pytest.mark.parametrize("operation", ["ranges", "put", *OTHERS])
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_overcome_wherever_it_strikes(store, proxy, operation, fault):
    strike_everywhere(proxy, fault)
    assert in_time(lambda: OPERATIONS[operation](store))


@pytest.mark.parametrize("operation", ["ranges", "put", *OTHERS])
@pytest.mark.parametrize("fault", ["stall", "stall inside"])
def test_a_server_that_stalls_is_asked_again(access, proxy, operation, fault):
    strike_everywhere(proxy, fault)
    assert in_time(lambda: OPERATIONS[operation](S3Store(access, HURRY_TWICE)))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("error", "500"),
        ("slow down", "503"),
        ("reset", "broke"),
        ("cut", "broke"),
        ("short", "cut short"),
        ("lost", "broke"),
        ("stall", "in time"),
        ("stall inside", "in time"),
    ],
)
def test_a_fault_that_stays_is_named_with_object_and_reason_in_bounded_time(access, proxy, fault, reason):
    with S3Store(access, HURRY if "stall" in fault else BRIEF).open("here") as reader:
        proxy.will(fault, times=ALWAYS)
        with pytest.raises(StoreUnavailable, match=f"read here.*{reason}"):
            in_time(lambda: reader.read(10, 1000))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_server_that_refuses_connections_is_named(access, proxy, operation):
    proxy.close()
    with pytest.raises(StoreUnavailable, match="refuses connections"):
        in_time(lambda: OPERATIONS[operation](S3Store(access, BRIEF)))


def test_a_server_whose_name_nobody_knows_is_named(seaweed):
    store = S3Store(seaweed.access(endpoint="https://s3.nowhere.invalid"), BRIEF)
    with pytest.raises(StoreUnavailable, match=r"s3\.nowhere\.invalid"):
        in_time(lambda: store.read("here"))


@pytest.mark.parametrize("fault", ["expired", "forbidden"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_credentials_that_expired_are_named_at_once_with_the_place_they_come_from(store, proxy, operation, fault):
    proxy.will(fault, times=ALWAYS)
    with pytest.raises(CredentialsExpired, match=r"store\.credentials in site\.toml"):
        in_time(lambda: OPERATIONS[operation](store))
    assert len(proxy.asked) <= 2


def test_a_server_that_finds_our_clock_wrong_is_heard(store, proxy):
    proxy.will("skewed", times=ALWAYS)
    with pytest.raises(StoreUnavailable, match="clock"):
        in_time(lambda: store.read("here"))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_wrong_credentials_are_refused_and_never_shown(seaweed, operation):
    wrong = Credentials(access_key_id="W-id", secret_access_key="planted-secret", session_token="planted-token")
    access = seaweed.access(credentials=wrong)
    store = S3Store(access, CALM)
    with pytest.raises(StoreRefused, match=r"store\.credentials") as refusal:
        in_time(lambda: OPERATIONS[operation](store))
    told = "".join(traceback.format_exception(refusal.value))
    shown = [told, repr(refusal.value), repr(access), repr(wrong), repr(store), str(vars(store))]
    assert [text for text in shown if "planted" in text or "W-id" in text] == []
    assert refusal.value.__context__ is None


def test_credentials_that_may_only_read_read_and_do_not_write(seaweed):
    access = seaweed.access()
    S3Store(access).put("here", [BODY])
    reading = S3Store(access.model_copy(update={"credentials": seaweed.reader}), CALM)
    assert reading.read("here") == BODY
    assert list(reading.names()) == ["here"]
    for forbidden in (lambda: reading.put("new", [BODY]), lambda: reading.delete("here")):
        with pytest.raises(StoreRefused, match="AccessDenied"):
            in_time(forbidden)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_bucket_that_is_not_there_is_named_and_no_object_is_called_missing(seaweed, operation):
    store = S3Store(seaweed.access(url="s3://never-made/objects"), CALM)
    with pytest.raises(BucketMissing, match="never-made"):
        in_time(lambda: OPERATIONS[operation](store))


def test_an_object_whose_etag_changed_is_never_read_although_the_server_ignores_the_condition(store, proxy):
    with store.open("here") as reader:
        proxy.will("other etag")
        with pytest.raises(ObjectChanged, match="here"):
            in_time(lambda: reader.read(0, 10))


def test_a_server_that_finds_nothing_to_delete_is_not_in_error(store, proxy):
    proxy.will("nothing there", on="DELETE")
    store.delete("gone")


def test_a_session_token_goes_along_with_every_request(access, proxy):
    session = access.credentials.model_copy(update={"session_token": "of-this-session"})
    store = S3Store(access.model_copy(update={"credentials": session}), BRIEF)
    for operation in OPERATIONS.values():
        with suppress(ResidencyError):
            operation(store)
    assert proxy.tokens == {"of-this-session"}


def test_the_lost_answer_to_a_put_is_not_taken_for_somebody_elses_object(store, proxy):
    proxy.will("lost", on="PUT")
    in_time(lambda: store.put("new", [BODY]))
    assert [method for method, _ in proxy.asked].count("PUT") == 2
    with pytest.raises(NameTaken):
        store.put("new", [BODY])


def test_an_object_that_was_put_although_no_answer_ever_came_counts_as_put(access, proxy):
    store = S3Store(access, BRIEF)
    proxy.will("lost", on="PUT", times=ALWAYS)
    in_time(lambda: store.put("new", [BODY]))
    assert store.read("new") == BODY


def test_a_flipped_bit_never_comes_out_of_a_sealed_object(store, proxy):
    place, data = Sealed(store), os.urandom(600_000)
    ref = place.write(data, KEY, context="c")
    with place.open(ref, KEYS) as file:
        for frame in range(3):
            proxy.will("flip", on="GET")
            file.seek(frame * FRAME_SIZE)
            with pytest.raises(SealBroken, match=f"Frame {frame} of {ref.name}"):
                file.read(1)
        file.seek(0)
        assert file.read() == data
    proxy.will("flip", on="GET")
    assert not intact(store, ref.name)
    assert intact(store, ref.name)


@pytest.mark.parametrize("rounds", [8, pytest.param(120, marks=pytest.mark.long)])
def test_whatever_happens_sealed_bytes_are_right_or_refused(access, proxy, rounds):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    drawn, place, known = random.Random(seed), Sealed(S3Store(access, HURRY), frame_size=4096), {}
    faults = ["error", "slow down", "expired", "stall", "stall inside", "reset", "cut", "short", "flip", "other etag"]
    for number in range(rounds):
        for _ in range(drawn.randrange(4)):
            proxy.will(drawn.choice([*faults, "lost"]), on=drawn.choice(["", "GET", "PUT", "HEAD"]))
        data = drawn.randbytes(drawn.choice([0, 1, 4096, 50_000]))
        with suppress(ResidencyError):
            ref = in_time(lambda data=data, number=number: place.write(data, KEY, context="c", name=f"n/{number}"))
            known[ref] = data
        for ref, meant in drawn.sample(sorted(known.items(), key=lambda one: one[0].name), min(len(known), 2)):
            with suppress(ResidencyError):
                assert in_time(lambda ref=ref: place.read(ref, KEYS)) == meant
        proxy.forget()
    assert known
    for ref, meant in known.items():
        assert place.read(ref, KEYS) == meant


def test_a_server_that_does_less_than_s3_is_named_before_it_does_harm(tmp_path):
    with running_rclone(tmp_path, "bucket") as access:
        store = S3Store(access, CALM)
        with pytest.raises(ServerOverwrites, match="If-None-Match"):
            store.put("here", [BODY])
        assert store.size("here") == len(BODY)
        for read in (lambda: store.read("here", 10, 5), lambda: store.open("here").read_ranges([(0, 1), (99, 2)])):
            with pytest.raises(StoreUnavailable, match="a part with something else"):
                in_time(read)
        with pytest.raises(ObjectMissing):
            store.read("nothing")


def test_whether_a_server_keeps_objects_from_being_replaced_is_tried_once(store, proxy):
    proxy.will("lost", on="HEAD")
    for number in range(3):
        store.put(f"new/{number}", [BODY])
    assert [method for method, _ in proxy.asked].count("PUT") == 4
