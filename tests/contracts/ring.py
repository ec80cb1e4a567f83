"""What every KeyRing must do; a ring passes by inheriting these tests and saying where one may be made.

Other processes are real ones, which opened the ring from its export.
"""

import base64
import os
import re
import threading
import traceback

import pytest

from residency.errors import Refused, ResidencyError
from residency.store.ring import GenerationInUse, KeyDestroyed, RingDamaged, RingExists, RingMissing
from residency.store.rings import create_ring, load_ring, open_ring
from tests.contracts.ring_process import Process

KEY = bytes(range(100, 132))
LENGTHS = [0, 1, 16, 31, 32, 33, 113]


class RingContract:
    """Inherit, and add the fixtures `place` (where no ring is yet), `secret` and `wrong_secrets`."""

    @pytest.fixture
    def ring(self, place, secret):
        return create_ring(place, secret)

    def test_a_key_comes_back_for_its_purpose_and_for_no_other(self, ring):
        for length in LENGTHS:
            wrapped = ring.wrap(os.urandom(1) * length, purpose="space-1")
            assert ring.unwrap(wrapped, purpose="space-1") == ring.unwrap(wrapped, purpose="space-1")
            assert len(ring.unwrap(wrapped, purpose="space-1")) == length
            for other in ("space-2", "", "space-1 "):
                with pytest.raises(RingDamaged):
                    ring.unwrap(wrapped, purpose=other)

    def test_what_is_wrapped_names_its_generation_and_never_looks_the_same_twice(self, ring):
        wrapped = {ring.wrap(KEY, purpose="p") for _ in range(3)}
        assert len(wrapped) == 3
        assert all(re.fullmatch(r"g1\.[A-Za-z0-9+/]+=*", text) for text in wrapped)
        for text in wrapped:
            assert KEY.hex() not in text
            assert base64.b64encode(KEY).decode().rstrip("=") not in text

    @pytest.mark.parametrize("length", [32, 33])
    def test_every_changed_character_of_a_wrapped_key_is_found(self, ring, length):
        ring.advance()
        wrapped = ring.wrap(bytes(length), purpose="p")
        for place, character in enumerate(wrapped):
            for other in "A1.\u0662":
                if other != character:
                    with pytest.raises(RingDamaged):
                        ring.unwrap(wrapped[:place] + other + wrapped[place + 1 :], purpose="p")
        more = [wrapped.replace("g2.", other) for other in ("g02.", "g2..", "2.", "g2.g2.", "G2.")]
        for changed in (wrapped[:-1], wrapped[:-4], wrapped + "=", wrapped + "\n", " " + wrapped, *more):
            with pytest.raises(RingDamaged):
                ring.unwrap(changed, purpose="p")
        # The last bits of base64 are read by nobody: a decoder opens what another character says, too.
        last = len(wrapped.rstrip("=")) - 1
        for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/":
            if other != wrapped[last]:
                with pytest.raises(RingDamaged):
                    ring.unwrap(wrapped[:last] + other + wrapped[last + 1 :], purpose="p")

    @pytest.mark.parametrize(
        "wrapped",
        ["", "g1.", "g1.AAAA", "g1.!!!", "gx.AAAA", "1", "g.", "g-1.AAAA", "g01.AAAA", "g1." + "A" * 200, "g1.a/../b"],
    )
    def test_what_is_no_wrapped_key_is_damage(self, ring, wrapped):
        with pytest.raises(RingDamaged):
            ring.unwrap(wrapped, purpose="p")

    def test_a_generation_that_never_was_is_damage_and_not_destroyed(self, ring):
        wrapped = ring.wrap(KEY, purpose="p")
        with pytest.raises(RingDamaged, match="ends at 1"):
            ring.unwrap(wrapped.replace("g1.", "g7."), purpose="p")

    def test_a_ring_opened_again_opens_what_it_wrapped(self, ring, place, secret):
        wrapped = ring.wrap(KEY, purpose="p")
        assert open_ring(place, secret).unwrap(wrapped, purpose="p") == KEY
        assert load_ring(ring.export()).unwrap(wrapped, purpose="p") == KEY
        assert load_ring(load_ring(ring.export()).export()).generations() == (1,)

    def test_a_wrong_secret_is_refused_by_name_and_not_repeated(self, ring, place, secret, wrong_secrets):
        for wrong in wrong_secrets:
            with pytest.raises(Refused) as caught:
                open_ring(place, wrong).generations()
            told = "".join(traceback.format_exception(caught.value))
            assert len(wrong) < 4 or (wrong not in told and repr(wrong)[1:-1] not in told)
        assert open_ring(place, secret).generations() == (1,)

    def test_a_ring_is_never_made_over_another(self, ring, place, secret):
        wrapped = ring.wrap(KEY, purpose="p")
        with pytest.raises(RingExists):
            create_ring(place, secret)
        assert ring.generations() == (1,)
        assert ring.unwrap(wrapped, purpose="p") == KEY

    def test_a_ring_that_is_not_there_is_missing(self, place, secret):
        with pytest.raises(RingMissing):
            open_ring(place, secret)

    def test_a_new_generation_stands_beside_the_old_ones(self, ring):
        old = ring.wrap(KEY, purpose="p")
        assert [ring.generations(), ring.advance(), ring.generations()] == [(1,), 2, (1, 2)]
        new = ring.wrap(KEY, purpose="p")
        assert (old[:3], new[:3]) == ("g1.", "g2.")
        assert ring.unwrap(old, purpose="p") == ring.unwrap(new, purpose="p") == KEY

    def test_what_a_destroyed_generation_wrapped_is_gone_and_the_rest_is_not(self, ring, place, secret):
        first = ring.wrap(KEY, purpose="p")
        ring.advance()
        second = ring.wrap(KEY, purpose="p")
        ring.advance()
        ring.destroy(2)
        for each in (ring, open_ring(place, secret), load_ring(ring.export())):
            assert each.generations() == (1, 3)
            assert each.unwrap(first, purpose="p") == KEY
            with pytest.raises(KeyDestroyed, match="generation 2"):
                each.unwrap(second, purpose="p")

    def test_destroying_again_is_no_error_and_the_newest_is_refused(self, ring):
        for newest in (1, 2):
            for refused in (newest, newest + 1, 99):
                with pytest.raises(GenerationInUse, match=str(newest)):
                    ring.destroy(refused)
            ring.advance()
        ring.destroy(1)
        ring.destroy(1)
        assert ring.generations() == (2, 3)

    def test_the_number_of_a_destroyed_generation_is_never_given_again(self, ring):
        given = [1]
        for _ in range(4):
            given.append(ring.advance())
            for old in given[:-1]:
                ring.destroy(old)
            assert ring.generations() == (given[-1],)
        assert given == sorted(set(given))

    def test_another_process_sees_new_generations_and_loses_destroyed_ones(self, ring):
        with Process(ring) as other:
            old = other.do("wrap", KEY, purpose="p")
            assert other.do("unwrap", old, purpose="p") == KEY.hex()
            ring.advance()
            new = ring.wrap(KEY, purpose="p")
            assert other.do("unwrap", new, purpose="p") == KEY.hex()
            assert other.do("wrap", KEY, purpose="p")[:3] == "g2."
            ring.destroy(1)
            assert other.do("unwrap", old, purpose="p") == "KeyDestroyed"
            assert other.do("generations") == [2]
            assert other.do("advance") == 3
            other.do("destroy", 2)
        assert ring.generations() == (3,)
        with pytest.raises(KeyDestroyed):
            ring.unwrap(new, purpose="p")

    def test_of_two_that_advance_at_once_neither_loses_what_it_wrapped(self, ring):
        with Process(ring) as one, Process(ring) as two:
            for other in (one, two):
                other.ask("churn", KEY, 8)
            done = [one.answer(), two.answer()]
        held = ring.generations()
        for made in done:
            numbers = [number for number, _ in made]
            assert numbers == sorted(set(numbers))
            assert set(numbers) <= set(held)
            for number, wrapped in made:
                assert int(wrapped[1:].partition(".")[0]) >= number
                assert ring.unwrap(wrapped, purpose="p") == KEY
        assert len(held) >= 9

    def test_a_process_that_was_forked_uses_the_ring_and_leaves_it_to_its_parent(self, ring):
        wrapped = ring.wrap(KEY, purpose="p")
        child = os.fork()
        if child == 0:
            try:
                good = ring.unwrap(wrapped, purpose="p") == KEY and ring.advance() == 2
                os._exit(0 if good else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert ring.generations() == (1, 2)
        assert ring.unwrap(wrapped, purpose="p") == KEY

    def test_threads_share_a_ring(self, ring):
        failed = []

        def work():
            try:
                for _ in range(10):
                    assert ring.unwrap(ring.wrap(KEY, purpose="p"), purpose="p") == KEY
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []

    def test_no_secret_shows_itself_in_words_or_in_errors(self, ring, place, secret):
        wrapped = ring.wrap(KEY, purpose="p")
        shown = [repr(ring), str(ring), f"{ring}", repr(place), repr(load_ring(ring.export()))]
        for ask in (
            lambda: ring.unwrap(wrapped, purpose="q"),
            lambda: ring.unwrap("g7.AAAA", purpose="p"),
            lambda: ring.destroy(1),
            lambda: create_ring(place, secret),
        ):
            with pytest.raises(ResidencyError) as caught:
                ask()
            shown.append("".join(traceback.format_exception(caught.value)))
        told = "\n".join(shown)
        for hidden in (secret, KEY.hex(), wrapped[3:], *_secrets_of(ring)):
            assert hidden not in told


def _secrets_of(ring) -> list[str]:
    """What `export` says besides places, however it is written."""
    root = getattr(ring, "root", None)
    return [root.hex(), repr(root)[2:-1]] if root else []
