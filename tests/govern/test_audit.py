"""The audit log: what is done to it afterwards is found, and named."""

# ruff: noqa: PT012 - how a whole block ends is what is tested

import json
import shutil
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, insert, select, update

from residency.govern import audit
from residency.govern.audit import LogDamaged
from residency.govern.identity import SigningKey
from residency.govern.ledger import Ledger, LedgerUnavailable, sqlite_url
from residency.govern.schema import head, leaves
from residency.kernel.digest import canonical
from residency.kernel.merkle import Frontier, leaf_hash, verify_inclusion


def fill(ledger: Ledger, key: SigningKey, count: int, since: int = 0) -> None:
    for number in range(since, since + count):
        with ledger.writing() as book:
            assert audit.append(book, {"n": number, "call": f"c{number}"}, key) == number


def verify(ledger: Ledger, key: SigningKey, *heads: str, pinned=()) -> audit.Verdict:
    with ledger.reading() as book:
        return audit.verify(book, key.public, heads, pinned=pinned)


def codes(verdict: audit.Verdict) -> list[str]:
    return [finding.code for finding in verdict.findings]


def note(ledger: Ledger) -> str:
    with ledger.reading() as book:
        return audit.head_note(book)


def change(ledger: Ledger, *statements) -> None:
    with ledger.writing() as book:
        for statement in statements:
            book.connection.execute(statement)


def test_a_log_that_nobody_touched_is_sound_at_every_size(ledger, key):
    for size in range(20):
        fill(ledger, key, 1, since=size)
        verdict = verify(ledger, key)
        assert (verdict.size, verdict.findings) == (size + 1, ())


def test_a_log_without_any_event_has_no_head_and_says_so(ledger, key):
    assert codes(verify(ledger, key)) == ["HEAD-MISSING"]


def test_every_earlier_head_kept_outside_still_fits_the_log(ledger, key):
    kept = []
    for size in range(12):
        fill(ledger, key, 1, since=size)
        kept.append(note(ledger))
    assert verify(ledger, key, *kept).sound


def test_events_come_back_in_order_with_their_numbers(ledger, key):
    fill(ledger, key, 5)
    with ledger.reading() as book:
        assert [(number, event["n"]) for number, event in audit.events(book, 2)] == [(2, 2), (3, 3), (4, 4)]
        assert audit.event(book, 3)["n"] == 3
        assert audit.event(book, 5) is None
        assert audit.size(book) == 5


def test_an_event_is_proved_to_be_in_the_log_without_the_others(ledger, key):
    import base64

    fill(ledger, key, 11)
    with ledger.reading() as book:
        proofs, hashes = audit.prove(book, [0, 4, 10]), audit.hashes(book)
    tree = Frontier()
    for leaf in hashes:
        tree.append(leaf)
    for number, steps in proofs.items():
        path = [base64.b64decode(step) for step in steps]
        assert verify_inclusion(hashes[number], number, 11, path, tree.root())


def test_an_append_that_is_rolled_back_leaves_no_event(ledger, key):
    fill(ledger, key, 3)
    with pytest.raises(ZeroDivisionError), ledger.writing() as book:
        audit.append(book, {"n": "never"}, key)
        raise ZeroDivisionError
    assert verify(ledger, key).size == 3
    assert verify(ledger, key).sound


APPENDER = """
import sys
from residency.govern import audit
from residency.govern.identity import SigningKey
from residency.govern.ledger import Ledger
ledger, key = Ledger.open(sys.argv[1]), SigningKey.load(sys.stdin.buffer.read())
for number in range(25):
    with ledger.writing() as book:
        audit.append(book, {"who": sys.argv[2], "n": number}, key)
"""


def test_of_four_processes_that_append_at_once_no_event_is_lost(ledger, url, key):
    words = [sys.executable, "-c", APPENDER, url]
    writers = [subprocess.Popen([*words, str(n)], stdin=subprocess.PIPE) for n in range(4)]
    for writer in writers:
        writer.stdin.write(key.export())
        writer.stdin.close()
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    with ledger.reading() as book:
        seen = {(event["who"], event["n"]) for _, event in audit.events(book)}
    assert len(seen) == 100
    assert verify(ledger, key).size == 100
    assert verify(ledger, key).sound


def test_a_log_cut_short_is_named(ledger, key):
    fill(ledger, key, 10)
    change(ledger, delete(leaves).where(leaves.c.number >= 7))
    (finding,) = verify(ledger, key).findings
    assert (finding.code, finding.leaf) == ("TRUNCATED", 7)
    assert "10 events, 7 are here" in finding.says


def test_an_altered_event_is_named_with_its_number(ledger, key):
    fill(ledger, key, 10)
    change(ledger, update(leaves).where(leaves.c.number == 4).values(body='{"n":44}'))
    finding = verify(ledger, key).findings[0]
    assert (finding.code, finding.leaf) == ("ALTERED", 4)


def test_an_event_altered_together_with_its_hash_is_named(ledger, key):
    fill(ledger, key, 10)
    body = canonical({"n": 44})
    change(ledger, update(leaves).where(leaves.c.number == 4).values(body=body.decode(), hash=leaf_hash(body)))
    assert codes(verify(ledger, key)) == ["REWRITTEN"]


def test_events_in_another_order_are_named(ledger, key):
    fill(ledger, key, 6)
    with ledger.reading() as book:
        rows = {row.number: row for row in book.connection.execute(select(leaves))}
    swap = [
        update(leaves).where(leaves.c.number == a).values(body=rows[b].body, hash=rows[b].hash)
        for a, b in ((2, 3), (3, 2))
    ]
    change(ledger, *swap)
    assert codes(verify(ledger, key)) == ["REWRITTEN"]


def test_a_gap_is_named_once_at_its_place(ledger, key):
    fill(ledger, key, 10)
    change(ledger, delete(leaves).where(leaves.c.number.in_([3, 4])))
    first, *rest = verify(ledger, key).findings
    assert (first.code, first.leaf) == ("GAP", 3)
    assert [finding.code for finding in rest] == ["TRUNCATED"]


def test_an_event_slipped_in_behind_the_head_is_named(ledger, key):
    fill(ledger, key, 5)
    body = canonical({"n": 5})
    change(ledger, insert(leaves).values(number=5, hash=leaf_hash(body), body=body.decode()))
    assert codes(verify(ledger, key)) == ["EXTENDED"]


@pytest.mark.parametrize("take_away", [delete(head), update(head).values(note="")])
def test_a_log_without_its_head_is_named(ledger, key, take_away):
    fill(ledger, key, 5)
    change(ledger, take_away)
    assert codes(verify(ledger, key)) == ["HEAD-MISSING"]


def test_a_damaged_head_is_named(ledger, key):
    fill(ledger, key, 5)
    damaged = note(ledger).replace("\n5\n", "\n4\n")
    change(ledger, update(head).values(note=damaged))
    assert codes(verify(ledger, key)) == ["HEAD-NOT-AUTHENTIC"]


def forge(ledger: Ledger, signer: SigningKey) -> None:
    """Rewrite event 2 and everything that follows from it, as whoever holds the database can."""
    with ledger.reading() as book:
        bodies = [row.body.encode() for row in book.connection.execute(select(leaves).order_by(leaves.c.number))]
    bodies[2] = canonical({"n": "never happened"})
    tree = Frontier()
    for body in bodies:
        tree.append(leaf_hash(body))
    change(
        ledger,
        update(leaves).where(leaves.c.number == 2).values(body=bodies[2].decode(), hash=leaf_hash(bodies[2])),
        update(head).values(
            size=tree.size, peaks=" ".join(p.hex() for p in tree.peaks), note=audit.sign_head(tree, signer)
        ),
    )


def test_a_log_rewritten_and_signed_by_another_key_is_named(ledger, key):
    fill(ledger, key, 6)
    forge(ledger, SigningKey(key.public.name, Ed25519PrivateKey.generate()))
    (finding,) = verify(ledger, key).findings
    assert finding.code == "HEAD-NOT-AUTHENTIC"
    assert "not by the pinned key" in finding.says


def test_a_forged_log_does_not_become_authentic_by_going_on(ledger, key):
    fill(ledger, key, 6)
    forge(ledger, SigningKey(key.public.name, Ed25519PrivateKey.generate()))
    with pytest.raises(LogDamaged), ledger.writing() as book:
        audit.append(book, {"n": "next"}, key)
    assert codes(verify(ledger, key)) == ["HEAD-NOT-AUTHENTIC"]


def test_a_signer_put_in_the_place_of_this_site_is_named_by_a_key_kept_outside(ledger, key):
    fill(ledger, key, 6)
    kept, intruder = note(ledger), SigningKey("residency/site/test", Ed25519PrivateKey.generate())
    forge(ledger, intruder)
    assert verify(ledger, intruder).sound
    assert "another signer" in verify(ledger, intruder).cannot_exclude[1]
    assert codes(verify(ledger, intruder, pinned=[key.public])) == ["SIGNER-REPLACED"]
    assert codes(verify(ledger, intruder, kept)) == ["OUTSIDE-HEAD-NOT-AUTHENTIC"]


def test_history_rewritten_with_the_sites_own_key_is_named_by_a_head_kept_outside(ledger, key):
    fill(ledger, key, 6)
    kept = note(ledger)
    forge(ledger, key)
    assert verify(ledger, key).sound
    assert codes(verify(ledger, key, kept)) == ["FORKED"]


@pytest.mark.parametrize(
    "harm",
    [
        delete(leaves).where(leaves.c.number == 5),
        update(head).values(peaks="00" * 32),
        update(head).values(peaks="not hex"),
        update(head).values(size=0, peaks="", note=""),
        delete(head),
        insert(leaves).values(number=6, hash=b"\0" * 32, body="{}"),
    ],
)
def test_nothing_is_appended_to_a_log_whose_end_is_damaged(ledger, key, harm):
    fill(ledger, key, 6)
    change(ledger, harm)
    with pytest.raises(LogDamaged, match="nothing is written"), ledger.writing() as book:
        audit.append(book, {"n": 6}, key)
    assert not verify(ledger, key).sound


def test_an_older_database_is_found_by_a_head_kept_outside_of_it_and_by_nothing_in_it(tmp_path, key):
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(sqlite_url(path))
    fill(ledger, key, 4)
    ledger.close()
    shutil.copy(path, tmp_path / "older.db")
    fill(ledger := Ledger.open(sqlite_url(path)), key, 3, since=4)
    kept = note(ledger)
    ledger.close()
    shutil.copy(tmp_path / "older.db", path)
    restored = Ledger.open(sqlite_url(path))
    assert verify(restored, key).sound
    assert "rollback of the whole site cannot be excluded" in verify(restored, key).cannot_exclude[0]
    (finding,) = verify(restored, key, kept).findings
    assert (finding.code, finding.leaf) == ("ROLLED-BACK", 4)
    assert verify(restored, key, kept).cannot_exclude == ()
    for number in range(5):
        with restored.writing() as book:
            audit.append(book, {"n": "another day", "call": f"d{number}"}, key)
    assert codes(verify(restored, key, kept)) == ["FORKED"]
    restored.close()


def test_a_head_of_another_log_is_not_taken_for_one_of_this(ledger, key, tmp_path):
    other_key = SigningKey("residency/site/other", Ed25519PrivateKey.generate())
    other = Ledger.open(sqlite_url(tmp_path / "other.db"))
    fill(other, other_key, 3)
    fill(ledger, key, 3)
    assert codes(verify(ledger, key, note(other))) == ["OUTSIDE-HEAD-NOT-AUTHENTIC"]
    assert codes(verify(ledger, key, "no note at all")) == ["OUTSIDE-HEAD-NOT-AUTHENTIC"]
    other.close()


def test_an_event_whose_text_is_no_text_any_more_is_found_without_a_traceback(tmp_path, key):
    import sqlite3

    path = tmp_path / "ledger.db"
    ledger = Ledger.open(sqlite_url(path))
    fill(ledger, key, 3)
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE leaves SET body = CAST(x'ff00fe' AS BLOB) WHERE number = 1")
    raw.close()
    assert codes(verify(ledger, key)) == ["ALTERED", "REWRITTEN"]
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE leaves SET body = CAST(x'ff00fe' AS TEXT) WHERE number = 1")
    raw.close()
    with pytest.raises(LedgerUnavailable, match="UTF-8"):
        verify(ledger, key)
    ledger.close()


def test_the_head_is_what_c2sp_says_it_is(ledger, key):
    fill(ledger, key, 3)
    text, _, signature = note(ledger).partition("\n\n")
    origin, size, root = text.split("\n")
    assert (origin, size) == ("residency/site/test", "3")
    assert len(root) == 44
    assert signature.startswith("— residency/site/test ")


def test_a_leaf_is_the_canonical_json_of_its_event(ledger, key):
    with ledger.writing() as book:
        audit.append(book, {"b": 1, "a": "ü"}, key)
    with ledger.reading() as book:
        (row,) = book.connection.execute(select(leaves))
    assert row.body == '{"a":"ü","b":1}'
    assert json.loads(row.body) == {"a": "ü", "b": 1}
