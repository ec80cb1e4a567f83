"""The ring in a file: the contract, and what a damaged file, a closed folder, another passphrase or a kill leaves."""

import fcntl
import json
import os
import signal
import sys
import threading
import time
from random import Random, SystemRandom

import pytest

from residency.store.files import write_atomically
from residency.store.ring import (
    KeyDestroyed,
    RingDamaged,
    RingMissing,
    RingResealed,
    RingUnreadable,
    WrongPassphrase,
)
from residency.store.rings import PassphraseRing, RingFile, load_ring
from tests.contracts.ring import KEY, RingContract
from tests.contracts.ring_process import Process
from tests.fakes.disks import read_only, small_files

CHEAP = 8192
SECRET = "correct horse"


class TestPassphraseRing(RingContract):
    """The ring in a file."""

    @pytest.fixture
    def place(self, tmp_path):
        return RingFile(tmp_path / "ring.json", CHEAP)

    @pytest.fixture
    def secret(self):
        return SECRET

    @pytest.fixture
    def wrong_secrets(self):
        return ["", "Correct horse", "correct horse\n", "x" * 1000]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    path = tmp_path_factory.mktemp("ring") / "ring.json"
    return path, PassphraseRing.create(RingFile(path, CHEAP), SECRET)


@pytest.fixture
def place(tmp_path):
    return RingFile(tmp_path / "ring.json", CHEAP)


def test_the_ring_is_readable_by_its_owner_alone_and_holds_no_key(kept):
    path, ring = kept
    assert path.stat().st_mode & 0o077 == 0
    assert ring.root.hex() not in path.read_text()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "5", "{}", '{"salt": 1}', '{"digest": "x"}', '{"generations": []}', "\x00\xff"]
)
def test_a_file_that_is_no_ring_is_damage(place, text):
    place.path.write_text(text)
    with pytest.raises(RingDamaged):
        PassphraseRing.open(place, SECRET)


@pytest.mark.parametrize("field", ["salt", "memory_kib", "passes", "generations", "format"])
def test_a_ring_changed_in_any_field_is_damaged_and_not_a_wrong_passphrase(kept, place, field):
    body = json.loads(kept[0].read_text())
    body[field] = {"1": "AAAA"} if field == "generations" else "00" * 16 if field == "salt" else 2**31
    place.path.write_text(json.dumps(body))
    with pytest.raises(RingDamaged):
        PassphraseRing.open(place, SECRET)


def test_every_byte_of_the_file_that_is_cut_off_or_changed_is_found(kept, place):
    text, (_, ring) = kept[0].read_bytes(), kept
    opened = load_ring(ring.export().replace(json.dumps(str(kept[0])).encode(), json.dumps(str(place.path)).encode()))
    place.path.write_bytes(text)
    assert opened.generations() == (1,)
    for at in range(len(text)):
        changed = bytes([text[at] ^ 1])
        for damaged in (text[:at], text[:at] + changed + text[at + 1 :]):
            place.path.write_bytes(damaged)
            if not _says_the_same(text, damaged):
                with pytest.raises(RingDamaged):
                    opened.wrap(KEY, purpose="p")


def _says_the_same(text: bytes, damaged: bytes) -> bool:
    """White space of JSON carries nothing."""
    try:
        return json.loads(text) == json.loads(damaged)
    except ValueError:
        return False


def test_a_ring_that_may_not_be_read_or_written_is_named():
    def closed(folder):
        PassphraseRing.create(RingFile(folder / "ring.json", CHEAP), "x")

    with read_only(closed) as folder:
        ring = PassphraseRing.open(RingFile(folder / "ring.json"), "x")
        for ask in (ring.advance, lambda: ring.destroy(0)):
            with pytest.raises(RingUnreadable):
                ask()
    with read_only(lambda folder: (folder / "ring.json").mkdir()) as folder, pytest.raises(RingUnreadable):
        PassphraseRing.open(RingFile(folder / "ring.json"), "x")


def test_an_open_ring_whose_file_is_taken_away_says_so_and_works_when_it_is_back(place):
    ring = PassphraseRing.create(place, SECRET)
    wrapped, away = ring.wrap(KEY, purpose="p"), place.path.with_name("away")
    place.path.rename(away)
    for ask in (ring.generations, ring.advance, lambda: ring.unwrap(wrapped, purpose="p")):
        with pytest.raises(RingMissing):
            ask()
    away.rename(place.path)
    assert ring.unwrap(wrapped, purpose="p") == KEY


def test_a_full_disk_leaves_the_ring_as_it_was(place):
    ring = PassphraseRing.create(place, SECRET)
    before = place.path.read_bytes()
    with small_files(100), pytest.raises(Exception, match="Cannot write"):
        ring.advance()
    assert place.path.read_bytes() == before
    assert ring.advance() == 2


def test_a_ring_that_was_opened_from_a_folder_is_found_from_another(place, monkeypatch):
    PassphraseRing.create(place, SECRET)
    monkeypatch.chdir(place.path.parent)
    ring = PassphraseRing.open(RingFile(place.path.relative_to(place.path.parent)), SECRET)
    monkeypatch.chdir("/")
    assert ring.generations() == (1,)


def test_an_older_ring_put_back_is_not_taken_for_a_destroyed_generation(place):
    ring = PassphraseRing.create(place, SECRET)
    older = place.path.read_bytes()
    ring.advance()
    wrapped = ring.wrap(KEY, purpose="p")
    place.path.write_bytes(older)
    with pytest.raises(RingDamaged, match="older ring was put back"):
        ring.unwrap(wrapped, purpose="p")


def test_a_new_passphrase_opens_what_the_old_one_did_and_the_old_one_nothing(place):
    ring = PassphraseRing.create(place, SECRET)
    wrapped = ring.wrap(KEY, purpose="p")
    ring.advance()
    old_draft = place.path.with_name(".ring.json.99.ab")
    old_draft.write_bytes(place.path.read_bytes())
    with Process(ring) as other:
        after = PassphraseRing.reseal(place, ring.root, "battery staple")
        assert after.root != ring.root
        assert other.do("unwrap", wrapped, purpose="p") == "RingResealed"
        assert other.do("wrap", KEY, purpose="p") == "RingResealed"
        assert other.do("advance") == "RingResealed"
    assert not old_draft.exists()
    for each in (after, PassphraseRing.open(place, "battery staple")):
        assert each.unwrap(wrapped, purpose="p") == KEY
        assert each.generations() == (1, 2)
    with pytest.raises(WrongPassphrase):
        PassphraseRing.open(place, SECRET)
    with pytest.raises(RingResealed):
        ring.unwrap(wrapped, purpose="p")
    for wrong in (ring.root, bytes(32)):
        with pytest.raises(WrongPassphrase, match="not the root"):
            PassphraseRing.reseal(place, wrong, "third")


def test_a_new_passphrase_is_never_cheaper_to_guess_than_the_old_one(place):
    ring = PassphraseRing.create(RingFile(place.path, 16384), SECRET)
    for asked, costs in ((8192, 16384), (32768, 32768)):
        ring = PassphraseRing.reseal(RingFile(place.path, asked), ring.root, "battery staple")
        assert json.loads(place.path.read_bytes())["memory_kib"] == costs
        assert PassphraseRing.open(place, "battery staple").root == ring.root


def test_whoever_waited_for_a_ring_that_was_replaced_waits_for_the_new_one(place):
    """A lock is one on a file: that of a file which is no longer the ring keeps nobody out."""
    ring, done = PassphraseRing.create(place, SECRET), []
    thread = threading.Thread(target=lambda: done.append(ring.advance()))
    with place.path.open("r+b") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        thread.start()
        time.sleep(0.2)
        write_atomically(place.path, place.path.read_bytes())
        second = place.path.open("r+b")
        fcntl.flock(second, fcntl.LOCK_EX)
    with second:
        thread.join(0.3)
        assert (thread.is_alive(), ring.generations()) == (True, (1,))
    thread.join()
    assert (done, ring.generations()) == ([2], (1, 2))


def test_no_draft_of_a_killed_writer_keeps_the_slot_of_a_destroyed_generation(place):
    ring = PassphraseRing.create(place, SECRET)
    wrapped, drafts = ring.wrap(KEY, purpose="p"), place.path.parent
    (drafts / ".ring.json.123.abcdef").write_bytes(place.path.read_bytes())
    ring.advance()
    ring.destroy(1)
    assert sorted(path.name for path in drafts.iterdir()) == ["ring.json"]
    slots = json.loads(place.path.read_text())["generations"]
    assert list(slots) == ["2"]
    with pytest.raises(KeyDestroyed):
        ring.unwrap(wrapped, purpose="p")


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.long)])
def test_a_kill_before_any_line_of_a_change_leaves_a_ring_that_opens(place, stride):
    """Lines of the ring's and of the file's code that a change comes to, one kill each; the drafts go at last."""
    chance = Random(seed := SystemRandom().randrange(2**32))
    print("seed", seed)
    ring = PassphraseRing.create(place, SECRET)
    ring.advance()
    wrapped, kills = ring.wrap(KEY, purpose="p"), {}
    changes = {
        "advance": ring.advance,
        "destroy": lambda: ring.destroy(min(ring.generations())),
        "reseal": lambda: PassphraseRing.reseal(place, ring.root, SECRET),
    }
    for name, change in changes.items():
        before, line = place.path.read_bytes(), chance.randrange(stride)
        while _killed(change, line):
            opened = PassphraseRing.open(place, SECRET)
            held = opened.generations()
            assert held in ((1, 2), {"advance": (1, 2, 3), "destroy": (2,), "reseal": (1, 2)}[name])
            assert opened.unwrap(wrapped, purpose="p") == KEY
            write_atomically(place.path, before)
            line += stride
        kills[name] = line
        write_atomically(place.path, before)
    assert min(kills.values()) >= 25, kills
    ring.advance()
    ring.destroy(1)
    assert [path.name for path in place.path.parent.iterdir()] == ["ring.json"]


def _killed(change, line: int) -> bool:
    """Whether a process that made this change came to so many lines of ours; before the next it is killed."""
    seen = 0

    def trace(frame, event, _):
        nonlocal seen
        if not frame.f_code.co_filename.endswith(("rings/passphrase.py", "store/files.py")):
            return None
        if event == "line":
            if seen == line:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
        return trace

    child = os.fork()
    if child == 0:
        try:
            sys.settrace(trace)
            change()
            os._exit(0)
        finally:
            os._exit(1)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, -signal.SIGKILL)
    return ended != 0
