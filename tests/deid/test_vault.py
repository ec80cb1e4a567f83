"""Random names: derived from nothing, the same again for whoever opens the sealed table, and a way back."""

import copy
import pickle
import re
import uuid
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.deid.pseudonyms import Identity, alias
from residency.deid.vault import Vault, VaultDamaged
from residency.store.frames import SealBroken
from residency.store.sealed import GroupKey, Sealed
from tests.contracts.names import NamesContract
from tests.fakes.memory_objects import MemoryObjects

ASKED = st.tuples(st.sampled_from(["code", "uid", "thing"]), st.text("01AB.-", min_size=1, max_size=4))


class TestVault(NamesContract):
    """A table: the next run opens what this one sealed."""

    def project(self, number: int) -> Vault:
        return Vault()

    def next_run(self, names: Vault) -> Vault:
        return Vault.open(names.dump())


def ask(vault: Vault, what: str, original: str) -> str:
    return (
        vault.code("A", original) if what == "code" else getattr(vault, what)(*["visit"][: what == "thing"], original)
    )


def filled(count: int = 50) -> Vault:
    vault = Vault()
    for number in range(count):
        vault.code("SITE-A", f"MRN00{number:04}")
        vault.uid(f"1.2.826.0.1.4711.{number}")
        vault.thing("visit", f"ENC-{number}")
    return vault


def test_dates_of_a_vault_keep_their_years_alone():
    assert filled().shift_days("SITE-A", "MRN000001") is None
    assert alias(filled(), Identity("SITE-A", "1")).dates.text("2024-03-01T08:30:00") == "2024"


def test_a_table_that_is_sealed_and_opened_goes_on_where_it_was():
    sealed, key = Sealed(MemoryObjects()), GroupKey("group", bytes(32))
    first = filled()
    code, uid = first.code("SITE-A", "MRN000007"), first.uid("1.2.826.0.1.4711.7")
    ref = sealed.write(first.dump(), key, context="deid/vault")
    second = Vault.open(sealed.read(ref, {key.id: key.key}))
    assert (second.code("site-a", " mrn000007"), second.uid("1.2.826.0.1.4711.7\0")) == (code, uid)
    new = second.code("SITE-A", "MRN9")
    third = Vault.open(second.dump())
    assert (third.code("SITE-A", "MRN9"), third.code("SITE-A", "MRN000007"), len(third)) == (new, code, 151)
    with pytest.raises(SealBroken):
        sealed.read(ref, {key.id: bytes(31) + b"x"})


@settings(deadline=None, max_examples=60)
@given(st.lists(ASKED, max_size=30), st.randoms())
def test_the_same_table_is_the_same_bytes_in_whichever_order_it_is_asked(asked, order):
    vault = Vault()
    said = {one: ask(vault, *one) for one in asked}
    again = Vault.open(vault.dump())
    mixed = list(said)
    order.shuffle(mixed)
    assert {one: ask(again, *one) for one in mixed} == said
    assert again.dump() == vault.dump()


def test_a_code_is_derived_from_nothing():
    """Two tables that are asked the same in the same order share no name, and neither bears a trace of the question."""
    one, two = filled(500), filled(500)
    asked = [(what, f"1.2.{number}") for what in ("code", "uid", "thing") for number in range(500)]
    assert not {ask(one, *each) for each in asked} & {ask(two, *each) for each in asked}


def test_a_new_uid_is_a_random_uuid_as_the_standard_defines_it():
    made = [uuid.UUID(int=int(filled(1).uid(f"1.2.{number}")[5:])) for number in range(40)]
    assert {(one.version, one.variant) for one in made} == {(4, uuid.RFC_4122)}


def test_letters_of_codes_are_even():
    """Chi square over 32 letters has a mean of 31 and a deviation of 8: 7 deviations do not happen by chance."""
    vault = Vault()
    counts = Counter("".join(vault.code("A", str(number)) for number in range(1, 4001)))
    even = sum(counts.values()) / 32
    assert len(counts) == 32
    assert sum((count - even) ** 2 / even for count in counts.values()) < 31 + 7 * 8


def test_a_code_that_was_drawn_before_is_drawn_again():
    drawn = iter([b"a" * 10, b"a" * 10, b"b" * 10, b"u" * 16, b"u" * 16, b"v" * 16, b"a" * 10, b"v" * 16, b"c" * 10])
    vault = Vault(draw=lambda _: next(drawn))
    codes = {vault.code("A", "1"), vault.code("A", "2")}
    uids = {vault.uid("1.2.3"), vault.uid("1.2.4")}
    again = Vault.open(vault.dump(), draw=lambda size: next(one for one in drawn if len(one) == size))
    assert len({*codes, again.thing("visit", "1")}) == 3
    assert len(uids) == 2


def test_two_drawings_that_make_one_uuid_are_one():
    """Six of its 128 bits say what a UUID is."""
    drawn = iter([bytes(16), b"\0" * 6 + b"\xf0" + b"\0" * 9, b"\0" * 15 + b"\1"])
    vault = Vault(draw=lambda _: next(drawn))
    assert vault.uid("1.2.3") != vault.uid("1.2.4")


def test_a_code_leads_back_to_its_subject_as_first_written():
    vault = Vault.open(filled().dump())
    code = vault.code("site-a", "mrn000007")
    assert vault.subject(code) == Identity("SITE-A", "MRN000007")
    assert vault.subject(vault.thing("visit", "ENC-7")) is None
    assert vault.subject("A" * 16) is None


def test_a_subject_who_is_forgotten_is_led_back_to_by_nothing_and_known_when_they_come_again():
    vault = filled()
    code = vault.code("SITE-A", "MRN000007")
    vault.forget(code)
    vault.forget(code)
    later = Vault.open(vault.dump())
    assert later.subject(code) is None
    assert b"MRN000007" not in later.dump()
    assert b"MRN000008" in later.dump()
    assert later.code("SITE-A", "MRN000007") == code
    assert later.subject(code) is None


def test_the_table_alone_knows_everybody_and_leads_back_to_those_who_came_since():
    vault = filled(20)
    assert len(vault.led_back()) == 20
    again = Vault.open(vault.table())
    assert (len(again), again.led_back(), b"MRN" in again.dump()) == (len(vault), {}, False)
    assert again.code("SITE-A", "MRN000007") == vault.code("SITE-A", "MRN000007")
    new = again.code("SITE-A", "MRN9")
    assert again.led_back() == {new: Identity("SITE-A", "MRN9")}


def test_of_what_nobody_leads_back_to_no_original_is_in_the_table():
    said = filled().dump()
    assert re.search(rb"4711|ENC|visit", said) is None


def test_every_changed_byte_of_the_layout_is_damage_that_is_told_without_a_value():
    """AES-GCM finds any change of a sealed table; this finds a table that another program wrote."""
    vault = filled(3)
    good = vault.dump()
    end = good.index(b"[[")
    numbers = [*range(8), *range(40, 48), *range(end - 3 * 32 - 8, end - 3 * 32)]
    spoiled = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in numbers]
    spoiled += [good[:cut] for cut in (0, 7, 39, 47, 100, end, end + 5, len(good) - 1)]
    spoiled += [good + b" ", good + b"\0", good.replace(b'"SITE-A", ', b""), good.replace(b'"SITE-A"', b"1", 1)]
    first, second = good[48:74], good[74:100]
    spoiled += [good.replace(first + second, second + first), good.replace(second, second[:16] + first[16:])]
    code = re.search(rb'\["([A-Z2-7]{16})"', good)[1]
    spoiled += [good.replace(code, b"A" * 16), good.replace(code, b"!" * 16)]
    assert good not in spoiled
    for data in spoiled:
        with pytest.raises(VaultDamaged) as caught:
            Vault.open(data)
        assert "MRN" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_vault_is_never_copied_by_accident():
    """A copy would mint apart from it, and what pickles it would write a secret nobody sealed."""
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="Vault"):
            copied(filled(1))


def test_a_name_takes_a_few_dozen_bytes_of_the_table():
    vault = filled(5_000)
    assert len(vault.dump()) < 5_000 * (2 * 26 + 32 + 60)
    assert len(Vault.open(vault.dump())) == 15_000
