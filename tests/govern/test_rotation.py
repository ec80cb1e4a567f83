"""Turns of the key ring that meet: whoever begins, saves or finishes one destroys nothing that another one needs."""

import fcntl
import os
from contextlib import contextmanager
from threading import Thread

import pytest

from residency.dataset.version import find
from residency.dataset.withdraw import Withdraw
from residency.govern.keys_file import read_keys_file
from residency.govern.rotation import SiteKey, begin, finish
from residency.protocol.people import Nothing
from residency.store.keys import KeyGroup, KeysMoved, KeySpace, open_space, opened_now
from residency.store.ring import KeyDestroyed
from residency.wiring import open_site


def end(site):
    finish(site.ledger, site.ring, site.keys_file)


def save(site, turn):
    with site.ledger.writing() as book:
        turn.still_so(book)
        for record in turn.records:
            book.save(record)


def test_nobody_destroys_the_generation_that_a_turn_was_begun_under_and_is_saved_with_later(clinic):
    """Another turn has begun, so it is not the newest; nothing needs it yet, so it looks left over."""
    site = clinic.site
    turn = begin(site.ledger, site.ring)
    assert begin(site.ledger, site.ring).generation == turn.generation + 1
    open_site(site.folder).ledger.close()
    save(site, turn)
    end(site)
    assert site.ring.generations() == (turn.generation, turn.generation + 1)
    open_site(site.folder).ledger.close()
    clinic.do("root", "site.rotate", Nothing())
    assert site.ring.generations() == (turn.generation + 2,)


class Overtaken:
    """A ledger of which another process, right after it was read, makes a whole turn."""

    def __init__(self, site):
        self.site = site

    @contextmanager
    def reading(self):
        with self.site.ledger.reading() as book:
            yield book
        save(self.site, begin(self.site.ledger, self.site.ring))
        end(self.site)


def test_a_turn_that_was_overtaken_says_that_keys_moved_and_not_that_they_are_gone_for_good(clinic):
    with pytest.raises(KeysMoved):
        begin(Overtaken(clinic.site), clinic.site.ring)
    assert all(row["holds"] for row in clinic.do("ito", "site.doctor", Nothing()).rows)


def test_one_who_looked_earlier_does_not_put_older_keys_over_those_of_today(clinic):
    """Whoever finishes a turn waits until nobody else does, and only then looks at the ledger."""
    site = clinic.site
    save(site, begin(site.ledger, site.ring))
    folder = os.open(site.folder, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    waiting = Thread(target=end, args=(site,))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    save(site, begin(site.ledger, site.ring))
    os.close(folder)
    waiting.join()
    kept = read_keys_file(site.keys_file)
    assert kept is not None
    assert kept.site == {key.id: key.wrapped for key in site.ledger.all(SiteKey)}


def leased(clinic, space):
    """A lease of the steward's that has opened the space."""
    gate, by, version = clinic.site.gate, clinic.person("rao"), find(clinic.site, "liver-ct")
    with gate.call(by, "dataset.freeze"):
        lease = gate.grant(by, "dataset.freeze", version)
        lease.space(space)
        with gate.act(by, "dataset.freeze", version):
            pass
    return lease


def test_a_lease_goes_on_opening_everyone_else_after_somebody_withdrew(frozen_clinic):
    site, version = frozen_clinic.site, find(frozen_clinic.site, "liver-ct")
    lease = leased(frozen_clinic, version.space)
    before = lease.keys(version.space)
    subject = next(g.subject for g in site.ledger.all(KeyGroup, scope=version.space) if g.subject != "-manifest")
    gone = frozen_clinic.do("rao", "dataset.withdraw", Withdraw(subject=subject, reason="consent revoked"))
    assert lease.keys(version.space) == {name: key for name, key in before.items() if name not in gone.groups}
    living = next(group for group in site.ledger.all(KeyGroup, scope=version.space) if not group.destroyed)
    with pytest.raises(KeysMoved):
        lease.space(version.space).open(living)


class Slow:
    """A ledger whose first answer is as old as another process's turn."""

    def __init__(self, site):
        self.site, self.asked = site, 0

    def get(self, kind, identifier):
        found = self.site.ledger.get(kind, identifier)
        self.asked += 1
        if self.asked == 1:
            save(self.site, begin(self.site.ledger, self.site.ring))
            end(self.site)
        return found


def test_a_space_that_was_wrapped_anew_between_two_looks_opens_and_one_that_is_gone_does_not(frozen_clinic):
    site, space = frozen_clinic.site, find(frozen_clinic.site, "liver-ct").space
    slow = Slow(site)
    old = site.ledger.get(KeySpace, space)
    key = open_space(site.ring, old).key
    assert opened_now(lambda: slow.get(KeySpace, space), lambda record: open_space(site.ring, record)).key == key
    assert slow.asked == 2
    with pytest.raises(KeyDestroyed):
        opened_now(lambda: old, lambda record: open_space(site.ring, record))
