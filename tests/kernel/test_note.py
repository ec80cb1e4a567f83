"""Signed notes: what is read is what was written, and no one-character change passes."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from residency.errors import Broken
from residency.govern.identity import SigningKey, holds
from residency.kernel.note import Checkpoint, NoteMalformed, PublicKey, Signed, read_note, write_note

KEY = SigningKey("residency/site/test", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = SigningKey("residency/witness/w", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
CHECKPOINT = Checkpoint(KEY.public.name, 42, bytes(range(32)))
STRANGE = ["A", "0", "=", "+", " ", "\n", "\r", "\t", "—", "-", "\x0b", "\x1c", "\u2028", "\u0661", "\ufeff", "ü", "/"]


def signed(text: str, *keys: SigningKey) -> str:
    return write_note(text, [Signed(k.public.name, k.public.hint, k.sign(text.encode())) for k in keys])


def accepted(note: str) -> tuple[str, str] | None:
    """What a careful reader takes from a note: text and key, if the pinned key signed it."""
    try:
        text, signatures = read_note(note)
        Checkpoint.parse(text)
    except NoteMalformed:
        return None
    mine = [s for s in signatures if (s.name, s.hint) == (KEY.public.name, KEY.public.hint)]
    good = any(holds(KEY.public, s.signature, text.encode()) for s in mine)
    return (text, str(KEY.public)) if good else None


def changes(text: str):
    for place, old in enumerate(text):
        for new in STRANGE:
            if new != old:
                yield text[:place] + new + text[place + 1 :]
        yield text[:place] + text[place + 1 :]
        yield text[:place] + old + text[place:]
        for near in (chr(ord(old) + 1), chr(ord(old) ^ 1), old.swapcase()):
            if near != old:
                yield text[:place] + near + text[place + 1 :]


def test_a_checkpoint_is_what_it_was_written_as():
    assert Checkpoint.parse(CHECKPOINT.text()) == CHECKPOINT


def test_a_note_gives_back_its_text_and_its_signatures():
    text, signatures = read_note(signed(CHECKPOINT.text(), KEY, OTHER))
    assert text == CHECKPOINT.text()
    assert [s.name for s in signatures] == [KEY.public.name, OTHER.public.name]
    assert holds(KEY.public, signatures[0].signature, text.encode())
    assert holds(OTHER.public, signatures[1].signature, text.encode())


def test_a_note_is_written_as_c2sp_says():
    note = signed(CHECKPOINT.text(), KEY)
    lines = note.split("\n")
    assert lines[:3] == [KEY.public.name, "42", base64.b64encode(bytes(range(32))).decode()]
    assert lines[3] == ""
    name, blob = lines[4].removeprefix("— ").split(" ")
    assert name == KEY.public.name
    assert base64.b64decode(blob)[:4] == KEY.public.hint
    assert lines[5:] == [""]


def test_no_one_character_change_of_a_note_is_accepted():
    note = signed(CHECKPOINT.text(), KEY)
    assert accepted(note)
    for changed in changes(note):
        assert changed == note or accepted(changed) is None, repr(changed)


def test_a_change_between_two_signature_lines_is_not_accepted_either():
    note = signed(CHECKPOINT.text(), KEY, OTHER)
    border = note.index("\n— " + OTHER.public.name)
    for new in STRANGE:
        if new != "\n":
            assert accepted(note[:border] + new + note[border + 1 :]) is None


def test_no_one_character_change_of_a_public_key_gives_the_same_key():
    text = str(KEY.public)
    assert PublicKey.parse(text) == KEY.public
    for changed in changes(text):
        if changed.strip() == text:
            continue
        with pytest.raises(NoteMalformed):
            PublicKey.parse(changed)


def test_the_hint_is_bound_to_name_and_bytes():
    assert PublicKey("other", KEY.public.raw).hint != KEY.public.hint
    assert PublicKey(KEY.public.name, OTHER.public.raw).hint != KEY.public.hint


def test_the_published_example_of_a_verifier_key_is_read():
    """The key of the example in the specification of signed notes (Go's sumdb/note)."""
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = PublicKey.parse(text)
    assert key.name == "PeterNeumann"
    assert str(key) == text
    body = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = (
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    read, (signature,) = read_note(body + "\n" + line)
    assert read == body
    assert holds(key, signature.signature, read.encode())


@pytest.mark.parametrize(
    "text", ["", "\n", "a\n\n", "a\n\nb", "a\n\nb\n", "a\n\n— x\n", "a\n\n— x !!!\n", "a\n\n— x AAAA\n"]
)
def test_what_is_no_note_is_broken(text):
    with pytest.raises(Broken):
        read_note(text)


@pytest.mark.parametrize(
    "text", ["", "a\n1\n", "a\nx\nAAAA\n", "a\n01\n" + "A" * 43 + "=\n", "a\n-1\n" + "A" * 43 + "=\n"]
)
def test_what_is_no_checkpoint_is_broken(text):
    with pytest.raises(Broken):
        Checkpoint.parse(text)
