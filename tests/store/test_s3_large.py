"""Objects too large for one request: whole or not there, whatever happens between their parts."""

import os
import signal
import subprocess
import sys

import pytest

from residency.store.access import CredentialsExpired
from residency.store.objects import NameTaken, ObjectShort, Stored, StoreUnavailable
from residency.store.s3 import WHOLE, S3Store
from residency.store.server import PATIENCE, Patience
from tests.fakes.faulty import faulty

MIB = 1024**2
LARGE = [bytes([number]) * (10 * MIB) for number in range(7)]
CALM = Patience(connect=2, request=20, call=20)
BRIEF = Patience(connect=2, request=4, call=1)
ALWAYS = 10**6


@pytest.fixture
def store(seaweed):
    return S3Store(seaweed.access())


@pytest.fixture
def proxy(seaweed):
    with faulty(seaweed.port) as proxy:
        yield proxy


def through(seaweed, proxy, patience=PATIENCE) -> S3Store:
    """A store behind the proxy."""
    return S3Store(seaweed.access(endpoint=f"http://127.0.0.1:{proxy.port}"), patience)


def test_a_large_object_is_visible_when_it_is_whole_and_read_back_in_pieces(store):
    writer = store.create("large/one")
    for chunk in LARGE:
        assert writer.write(chunk) == len(chunk)
    assert not store.has("large/one")
    assert list(store.names()) == []
    assert writer.commit() == Stored("large/one", 70 * MIB)
    assert store.size("large/one") == 70 * MIB
    assert store.read("large/one") == b"".join(LARGE)
    with store.open("large/one") as reader:
        border = 10 * MIB
        ranges = [(border - 2, 4), (6 * border, 3), (0, 1), (border, 0), (70 * MIB - 1, 1)]
        found = [bytes(piece) for piece in reader.read_ranges(ranges)]
        assert found == [b"\0\0\1\1", b"\6\6\6", b"\0", b"", b"\6"]
        with pytest.raises(ObjectShort):
            reader.read(70 * MIB - 1, 2)


def test_an_object_of_just_the_size_of_one_request_is_put_by_one(seaweed):
    with faulty(seaweed.port) as proxy:
        store = S3Store(seaweed.access(endpoint=f"http://127.0.0.1:{proxy.port}"))
        store.put("just", [b"x" * WHOLE])
        assert [method for method, path in proxy.asked if "upload" in path] == []
        assert store.size("just") == WHOLE


def test_a_large_object_that_is_discarded_is_aborted_and_leaves_no_parts(seaweed):
    access = seaweed.access()

    def broken():
        yield from LARGE
        raise ZeroDivisionError

    with faulty(seaweed.port) as proxy:
        store = S3Store(access.model_copy(update={"endpoint": f"http://127.0.0.1:{proxy.port}"}))
        with pytest.raises(ZeroDivisionError):
            store.put("large/never", broken())
        (began,) = [path for method, path in proxy.asked if method == "POST"]
        (aborted,) = [path for method, path in proxy.asked if method == "DELETE"]
    assert aborted.partition("?")[0] == began.partition("?")[0]
    assert "uploadId=" in aborted
    assert list(S3Store(access).names()) == []
    assert not S3Store(access).has("large/never")


def test_a_large_object_never_replaces_one_that_was_finished_first(store):
    late = store.create("race")
    for chunk in LARGE:
        late.write(chunk)
    store.put("race", [b"first"])
    with pytest.raises(NameTaken):
        late.commit()
    late.discard()
    assert store.read("race") == b"first"


WRITER = """
import sys, time
from residency.store.access import StoreAccess
from residency.store.s3 import S3Store
store = S3Store(StoreAccess.model_validate_json(sys.stdin.readline()))
writer = store.create("large/killed")
for _ in range(9):
    writer.write(bytes(10 * 1024**2))
print("ready", flush=True)
time.sleep(60)
"""


def test_a_kill_in_the_middle_of_a_large_object_leaves_no_object(seaweed):
    access = seaweed.access()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", WRITER], **pipes) as writer:
        writer.stdin.write(access.model_dump_json() + "\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "ready\n"
        os.kill(writer.pid, signal.SIGKILL)
    store = S3Store(access)
    assert list(store.names()) == []
    assert not store.has("large/killed")
    store.put("large/killed", [b"after all"])
    assert store.sweep() == 0


def test_faults_between_the_parts_of_a_large_object_are_overcome(seaweed, proxy):
    store = through(seaweed, proxy, CALM)
    for fault in ("error", "slow down", "lost"):
        for method in ("POST", "PUT", "HEAD"):
            proxy.will(fault, on=method)
    store.put("large", LARGE)
    assert store.read("large") == b"".join(LARGE)


@pytest.mark.parametrize("fault", ["stall", "expired", "error"])
def test_a_large_object_that_cannot_go_up_is_named_and_leaves_nothing(seaweed, proxy, fault):
    store = through(seaweed, proxy, BRIEF)
    proxy.will(fault, on="PUT", times=ALWAYS)
    with pytest.raises((StoreUnavailable, CredentialsExpired)):
        store.put("large", LARGE)
    assert not store.has("large")
    assert any(method == "DELETE" for method, _ in proxy.asked)


def test_the_lost_answer_to_the_last_request_of_a_large_object_does_not_lose_it(seaweed, proxy):
    store = through(seaweed, proxy, BRIEF)
    writer = store.create("large")
    for chunk in LARGE:
        writer.write(chunk)
    proxy.will("lost", on="POST", times=ALWAYS)
    writer.commit()
    assert store.read("large") == b"".join(LARGE)
