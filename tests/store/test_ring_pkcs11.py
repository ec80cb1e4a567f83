"""The ring in a token of a hardware security module: the contract, with a real PKCS#11 module, and what is its own."""

import itertools
import os
import subprocess
import sys

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from residency.store.ring import KeyDestroyed, RingDamaged, RingMissing, RingUnreadable, WrongPassphrase
from residency.store.rings import HsmToken, Pkcs11Ring, load_ring
from tests.contracts.ring import KEY, RingContract
from tests.fakes.softhsm import softhsm

LABELS = itertools.count()


@pytest.fixture(scope="module")
def hsm(tmp_path_factory):
    with softhsm(tmp_path_factory.mktemp("hsm") / "hsm") as made:
        yield made


@pytest.fixture
def place(hsm):
    return HsmToken(hsm.module, hsm.token, f"site.{next(LABELS)}")


class TestPkcs11Ring(RingContract):
    """The ring in a token."""

    @pytest.fixture
    def place(self, hsm):
        return HsmToken(hsm.module, hsm.token, f"site.{next(LABELS)}")

    @pytest.fixture
    def secret(self, hsm):
        return hsm.pin

    @pytest.fixture
    def wrong_secrets(self, hsm):
        return [f"{hsm.pin}9", "99999999", "", "9" * 500]


def keys(hsm, label: str = "") -> list:
    """Every key of a ring in the token, as an administrator's own program sees it."""
    with pkcs11.lib(hsm.module).get_token(token_label=hsm.token).open(rw=True, user_pin=hsm.pin) as session:
        found = session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY})
        return [(key.label, _value(key), key[Attribute.EXTRACTABLE]) for key in found if label in key.label]


def _value(key) -> str:
    try:
        return key[Attribute.VALUE].hex()
    except pkcs11.AttributeSensitive:
        return "does not leave the token"


def test_the_keys_are_named_after_ring_and_generation_and_never_leave_the_token(hsm, place):
    ring = Pkcs11Ring.create(place, hsm.pin)
    ring.advance()
    found = sorted(keys(hsm, f"residency-{place.label}-"))
    named = [f"residency-{place.label}-g{number}" for number in (1, 2)]
    assert [name.rpartition("-")[0] for name, *_ in found] == named
    assert [kept for _, *kept in found] == [["does not leave the token", False]] * 2


def test_a_destroyed_generation_leaves_the_disk_of_the_module(hsm, place):
    ring = Pkcs11Ring.create(place, hsm.pin)
    ring.advance()
    before = hsm.objects()
    ring.destroy(1)
    assert hsm.objects() == before - 1


def test_rings_whose_names_begin_alike_share_nothing(hsm, place):
    long = HsmToken(place.module, place.token, f"{place.label}-g1")
    short, other = Pkcs11Ring.create(place, hsm.pin), Pkcs11Ring.create(long, hsm.pin)
    other.advance()
    assert (short.generations(), other.generations()) == ((1,), (1, 2))


def test_two_keys_of_one_generation_both_open_what_they_sealed_and_go_together(hsm, place):
    """What two processes that advance at the same instant leave."""
    ring = Pkcs11Ring.create(place, hsm.pin)
    first = ring.wrap(KEY, purpose="p")
    with pkcs11.lib(hsm.module).get_token(token_label=hsm.token).open(rw=True, user_pin=hsm.pin) as session:
        name = f"residency-{place.label}"
        key = session.generate_key(pkcs11.KeyType.AES, 256, id=name.encode(), label=f"{name}-g1-ffffffff", store=True)
        assert key.key_length == 256
    wrapped = [first, *(ring.wrap(KEY, purpose="p") for _ in range(3))]
    assert ring.generations() == (1,)
    assert [ring.unwrap(text, purpose="p") for text in wrapped] == [KEY] * 4
    ring.advance()
    ring.destroy(1)
    assert ring.generations() == (2,)
    for text in wrapped:
        with pytest.raises(KeyDestroyed):
            ring.unwrap(text, purpose="p")


def test_who_stalled_while_others_went_on_opens_nothing_of_a_destroyed_generation(hsm, place):
    """A process counted the generations, slept through two of them and the end of the first, and makes its key then.

    Its key bears the number of the destroyed one, and is another: it could not be taken away again without losing what
    somebody may have wrapped under it.
    """
    ring = Pkcs11Ring.create(place, hsm.pin)
    (hears, says), (told, tells) = os.pipe(), os.pipe()

    def stall(frame, event, _):
        if event == "call" and frame.f_code.co_name == "_add":
            os.write(says, b"x")
            os.read(told, 1)
            sys.settrace(None)

    child = os.fork()
    if child == 0:
        try:
            sys.settrace(stall)
            os._exit(ring.advance())
        finally:
            os._exit(99)
    os.read(hears, 1)
    ring.advance()
    wrapped = ring.wrap(KEY, purpose="p")
    ring.advance()
    ring.destroy(2)
    os.write(tells, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    with pytest.raises((KeyDestroyed, RingDamaged)):
        ring.unwrap(wrapped, purpose="p")
    ring.destroy(2)
    assert ring.generations() == (1, 3)
    with pytest.raises(KeyDestroyed):
        ring.unwrap(wrapped, purpose="p")


def test_a_key_that_the_module_refuses_to_use_is_not_taken_for_a_damaged_ledger(hsm, place):
    ring = Pkcs11Ring.create(place, hsm.pin)
    wrapped = ring.wrap(KEY, purpose="p")
    with pkcs11.lib(hsm.module).get_token(token_label=hsm.token).open(rw=True, user_pin=hsm.pin) as session:
        (key,) = list(session.get_objects({Attribute.ID: f"residency-{place.label}".encode()}))
        key[Attribute.ENCRYPT] = key[Attribute.DECRYPT] = False
    with pytest.raises(RingUnreadable, match="may not decrypt"):
        ring.unwrap(wrapped, purpose="p")
    with pytest.raises(RingUnreadable, match="may not encrypt"):
        ring.wrap(KEY, purpose="p")


def test_a_module_or_a_token_that_is_not_there_is_named(hsm, tmp_path):
    (tmp_path / "text.so").write_text("no library")
    for module in (tmp_path / "none.so", tmp_path / "text.so"):
        with pytest.raises(RingMissing, match=module.name):
            Pkcs11Ring.open(HsmToken(str(module), hsm.token, "site"), hsm.pin)
    with pytest.raises(RingMissing, match="cardiology"):
        Pkcs11Ring.open(HsmToken(hsm.module, "cardiology", "site"), hsm.pin)


def test_a_token_that_is_made_later_is_found_by_a_process_that_looked_before(hsm):
    place = HsmToken(hsm.module, "radiology", "site")
    with pytest.raises(RingMissing):
        Pkcs11Ring.create(place, hsm.pin)
    hsm.new_token("radiology")
    assert Pkcs11Ring.create(place, hsm.pin).generations() == (1,)


def test_a_token_whose_keys_the_system_takes_away_is_named_in_another_process(hsm, place):
    ring = Pkcs11Ring.create(place, hsm.pin)
    program = (
        "import sys; from residency.store.rings import load_ring\n"
        "from residency.errors import ResidencyError\n"
        "ring = load_ring(bytes.fromhex(sys.stdin.read()))\n"
        "try: ring.generations()\n"
        "except ResidencyError as error: print(error.code)\n"
    )
    tokens, away = hsm.folder / "tokens", hsm.folder / "away"
    tokens.rename(away)
    tokens.mkdir()
    try:
        words = [sys.executable, "-c", program]
        done = subprocess.run(words, input=ring.export().hex(), capture_output=True, text=True, timeout=60, check=True)
    finally:
        tokens.rmdir()
        away.rename(tokens)
    assert done.stdout.strip() in (RingMissing.__name__, RingUnreadable.__name__)
    assert ring.generations() == (1,)


def test_a_wrong_pin_is_wrong_also_while_the_right_one_is_in_use(hsm, place):
    ring = Pkcs11Ring.create(place, hsm.pin)
    wrong = load_ring(ring.export().replace(hsm.pin.encode(), b"99999999"))
    for _ in range(3):
        with pytest.raises(WrongPassphrase):
            wrong.generations()
        assert ring.generations() == (1,)


def test_without_python_pkcs11_the_extra_is_named():
    program = (
        "import sys; sys.modules['pkcs11'] = None\n"
        "from residency.store.rings import HsmToken, open_ring\n"
        "from residency.errors import ResidencyError\n"
        "try: open_ring(HsmToken('/x.so', 't', 'l'), 'p')\n"
        "except ResidencyError as error: print(error.code, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("HsmSupportMissing")
    assert "residency[hsm]" in done.stdout
