"""The ring on a key server: the contract, with a real OpenBao, and what a server in trouble leads to."""

import http.client
import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from residency.store.ring import KeyDestroyed, RingDamaged, RingMissing, RingUnreadable, TokenRefused
from residency.store.rings import KeyServer, TransitRing
from residency.store.rings.transit import POLICY
from tests.contracts.ring import KEY, RingContract
from tests.fakes.openbao import running_openbao

NAMES = itertools.count()
SHORT_S = 0.5


@pytest.fixture(scope="module")
def bao(tmp_path_factory):
    with running_openbao(tmp_path_factory.mktemp("bao") / "bao") as server:
        yield server


@pytest.fixture
def place(bao):
    return KeyServer(bao.address, "transit", f"site-{os.urandom(3).hex()}-{next(NAMES)}")


class TestTransitRing(RingContract):
    """The ring on a server, with a token that may do no more than the policy that is documented."""

    @pytest.fixture
    def place(self, bao):
        return KeyServer(bao.address, "transit", f"site-{os.urandom(3).hex()}-{next(NAMES)}")

    @pytest.fixture
    def secret(self, bao, place):
        return bao.new_token(POLICY.format(mount=place.mount, key=place.key))

    @pytest.fixture
    def wrong_secrets(self):
        return ["s.0123456789abcdef", "", "two words", "two\r\nX-Lines: yes", "schl\u00fcssel", "\u2603" * 9]


@pytest.fixture
def ring(place, bao):
    return TransitRing.create(place, bao.token)


def test_what_is_destroyed_is_gone_from_the_server_and_the_same_name_does_not_bring_it_back(bao, place, ring):
    """Whoever kept the wrapped text and gets a key of the same name opens nothing."""
    wrapped = ring.wrap(KEY, purpose="p")
    ring.advance()
    ring.destroy(1)
    assert f"{place.key}-g1" not in bao.call("LIST", "transit/keys")["data"]["keys"]
    for path in (f"transit/decrypt/{place.key}-g1", f"transit/keys/{place.key}-g1/restore"):
        with pytest.raises(RuntimeError):
            bao.call("POST", path, {"ciphertext": wrapped.replace("g1.", "vault:v1:")})
    bao.call("POST", f"transit/keys/{place.key}-g1", {"type": "aes256-gcm96"})
    with pytest.raises(RingDamaged):
        ring.unwrap(wrapped, purpose="p")


def test_a_key_on_the_server_is_not_to_be_taken_out_or_deleted_by_mistake(bao, place, ring):
    for number in (1, ring.advance()):
        about = bao.call("GET", f"transit/keys/{place.key}-g{number}")["data"]
        assert (about["type"], about["exportable"]) == ("aes256-gcm96", False)
        assert not about["allow_plaintext_backup"]
        assert not about["deletion_allowed"]


def test_a_destruction_that_was_cut_short_is_completed_by_the_next(bao, place, ring):
    ring.advance()
    bao.call("POST", f"transit/keys/{place.key}-g1/config", {"deletion_allowed": True})
    ring.destroy(1)
    assert ring.generations() == (2,)


def test_wrapping_never_makes_a_key_that_was_destroyed_meanwhile(bao, place, ring):
    """The server makes a key that is missing when it is asked to encrypt; this one must not come back."""
    with relay(bao.port) as (port, tell):
        slow = TransitRing(replace(place, address=f"http://127.0.0.1:{port}"), bao.token)

        def between(method, path):
            if "/encrypt/" in path and ring.generations() == (1,):
                ring.advance()
                ring.destroy(1)

        tell["before"] = between
        wrapped = slow.wrap(KEY, purpose="p")
    assert wrapped.startswith("g2.")
    assert ring.generations() == (2,)


def test_an_advance_that_was_cut_short_skips_a_number_and_loses_nothing(bao, place, ring):
    wrapped = ring.wrap(KEY, purpose="p")
    bao.call("POST", f"transit/keys/{place.key}/rotate", {})
    assert ring.advance() == 3
    assert ring.generations() == (1, 3)
    assert ring.unwrap(wrapped, purpose="p") == KEY


def test_a_token_that_has_ended_or_may_too_little_is_refused_by_name(bao, place, ring):
    policy = POLICY.format(mount="transit", key=place.key)
    wrapped = ring.wrap(KEY, purpose="p")
    ends = bao.new_token(policy, ttl="1s")
    assert TransitRing.open(place, ends).generations() == (1,)
    time.sleep(1.5)
    narrow = bao.new_token('path "transit/keys" { capabilities = ["list"] }')
    for token in (ends, narrow):
        with pytest.raises(TokenRefused) as caught:
            TransitRing(place, token).unwrap(wrapped, purpose="p")
        assert token not in str(caught.value)
    other = bao.new_token(POLICY.format(mount="transit", key=f"{place.key}x"))
    with pytest.raises(TokenRefused):
        TransitRing(place, other).wrap(KEY, purpose="p")


def test_a_server_without_the_engine_is_named(bao, place):
    for ask in (TransitRing.create, TransitRing.open):
        with pytest.raises(RingMissing):
            ask(replace(place, mount="elsewhere"), bao.token)


def test_over_tls_the_server_must_prove_who_it_is(bao, place, ring):
    tls = replace(place, address=bao.tls_address)
    trusting = TransitRing(replace(tls, ca=str(bao.ca)), bao.token)
    assert trusting.unwrap(ring.wrap(KEY, purpose="p"), purpose="p") == KEY
    begun = time.monotonic()
    with pytest.raises(RingUnreadable, match="certificate is not trusted"):
        TransitRing(tls, bao.token).generations()
    named = replace(trusting.place, address=bao.tls_address.replace("127.0.0.1", "localhost"))
    with pytest.raises(RingUnreadable, match="certificate is not trusted"):
        TransitRing(named, bao.token).generations()
    assert time.monotonic() - begun < 3
    with pytest.raises(RingUnreadable):
        TransitRing(replace(tls, ca="/nowhere/ca.pem", within_s=SHORT_S), bao.token).generations()


@pytest.mark.parametrize("trouble", ["gone", "silent", "no HTTP", "no JSON"])
def test_a_server_that_is_gone_or_no_key_server_is_named_in_bounded_time(trouble):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        if trouble != "gone":
            listening.listen(50)
        if trouble in ("no HTTP", "no JSON"):
            says = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[1}" if trouble == "no JSON" else b"SSH-2.0-x\r\n"
            threading.Thread(target=_blurt, args=(listening, says), daemon=True).start()
        begun = time.monotonic()
        ring = TransitRing(KeyServer(f"http://127.0.0.1:{port}", "transit", "k", within_s=SHORT_S), "s.token-of-mine")
        with pytest.raises(RingUnreadable, match=f"127.0.0.1:{port}") as caught:
            ring.generations()
        assert time.monotonic() - begun < 2 * SHORT_S + 1
        assert "token-of-mine" not in str(caught.value)


def _blurt(listening: socket.socket, says: bytes) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        connection.recv(4096)
        connection.sendall(says)
        connection.close()


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_is_busy_is_asked_again(bao, place, ring, status):
    with relay(bao.port) as (port, tell):
        patient = TransitRing(replace(place, address=f"http://127.0.0.1:{port}"), bao.token)
        tell["busy"] = [status, status]
        wrapped = patient.wrap(KEY, purpose="p")
        assert tell["busy"] == []
        assert ring.unwrap(wrapped, purpose="p") == KEY
        tell["busy"] = [status] * 100
        hasty = TransitRing(replace(patient.place, within_s=SHORT_S), bao.token)
        with pytest.raises(RingUnreadable, match=str(status)):
            hasty.unwrap(wrapped, purpose="p")
        assert 2 <= 100 - len(tell["busy"]) <= 5


def test_a_redirect_is_not_followed_with_the_token(bao, place, ring):
    with relay(bao.port) as (port, tell):
        tell["busy"] = [307] * 5
        with pytest.raises(RingUnreadable, match="307"):
            TransitRing(replace(place, address=f"http://127.0.0.1:{port}"), bao.token).generations()


def test_a_sealed_server_is_named_and_works_when_it_is_unsealed(bao, place, ring):
    wrapped, hasty = ring.wrap(KEY, purpose="p"), TransitRing(replace(place, within_s=SHORT_S), bao.token)
    ring.advance()
    ring.destroy(1)
    kept = ring.wrap(KEY, purpose="p")
    bao.call("PUT", "sys/seal")
    try:
        with pytest.raises(RingUnreadable, match="sealed"):
            hasty.unwrap(kept, purpose="p")
    finally:
        bao.unseal()
    assert ring.unwrap(kept, purpose="p") == KEY
    with pytest.raises(KeyDestroyed):
        ring.unwrap(wrapped, purpose="p")


@contextmanager
def relay(port: int) -> Iterator[tuple[int, dict]]:
    """A server in front of the real one: first it answers the statuses in `busy`, then it calls `before` and relays."""
    tell: dict = {"busy": [], "before": None}

    class Relay(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, text = (tell["busy"].pop(0), b"{}") if tell["busy"] else self._relayed(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _relayed(self, body: bytes) -> tuple[int, bytes]:
            if tell["before"]:
                tell["before"](self.command, self.path)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request(self.command, self.path, body, {"X-Vault-Token": self.headers["X-Vault-Token"]})
            response = connection.getresponse()
            text = response.read()
            connection.close()
            return response.status, text

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for verb in ("GET", "POST", "LIST", "DELETE"):
        setattr(Relay, f"do_{verb}", Relay.handle_any)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], tell
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
