"""The conversation with a key server: plain HTTPS, patient with one that is busy, never for longer than was said.

    status, answer = ask(KeyServer("https://bao.example.org:8200", "transit", "liver"), token, "LIST", "keys")

A server that is busy, sealed, in standby or away is asked again, with pauses that double, until `within_s` is over. A
redirect is not followed, nor is a proxy used, since either would see the token. Not here: what is asked
(`store.rings.transit`).
"""

import http.client
import json
import re
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from residency.kernel.clock import stopwatch
from residency.store.ring import RingUnreadable, TokenRefused

_BUSY = (429, 472, 473, 500, 502, 503, 504)
_REFUSED = (401, 403)
_MOST = 4 << 20
_FIRST_PAUSE_S, _ANSWER_WITHIN_S = 0.1, 5.0


@dataclass(frozen=True)
class KeyServer:
    """Where the ring lies: address, mount of the transit engine, name of the key, and a file of trusted CAs."""

    address: str
    mount: str
    key: str
    ca: str = ""
    within_s: float = 10.0

    def __str__(self) -> str:
        return f"The key server at {self.address}"


def ask(
    server: KeyServer, token: str, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and data of the answer, of any status but busy ones; raises TokenRefused, RingUnreadable."""
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        # As a header it would be refused with an error that repeats it.
        raise TokenRefused("This is no token of a key server.", remedy="Give the token alone, on one line.")
    ends, pause = stopwatch() + server.within_s, _FIRST_PAUSE_S
    while True:
        try:
            status, answer = _once(server, token, method, path, body)
        except ssl.SSLCertVerificationError as error:
            why = f"Its certificate is not trusted: {error.verify_message}."
            raise _unreadable(server, why) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
        else:
            if status in _REFUSED:
                raise TokenRefused(
                    f"{server} does not allow this token {method} {path}: it has ended, or its policy is too narrow.",
                    remedy="Give another token.",
                )
            if status not in _BUSY:
                return status, answer
            why = f"It answered {status}{' (sealed, or in standby)' if status == 503 else ''}."
        if stopwatch() + pause > ends:
            raise _unreadable(server, why)
        time.sleep(pause)
        pause *= 2


def _once(
    server: KeyServer, token: str, method: str, path: str, body: dict[str, Any] | None
) -> tuple[int, dict[str, Any]]:
    parts = urlsplit(server.address)
    host, wait = parts.hostname or "", min(_ANSWER_WITHIN_S, server.within_s)
    if parts.scheme == "https":
        trusted = ssl.create_default_context(cafile=server.ca or None)
        trusted.minimum_version = ssl.TLSVersion.TLSv1_3
        connection = http.client.HTTPSConnection(host, parts.port or 443, timeout=wait, context=trusted)
    else:
        connection = http.client.HTTPConnection(host, parts.port or 80, timeout=wait)
    try:
        sent = None if body is None else json.dumps(body).encode()
        connection.request(method, f"/v1/{server.mount}/{path}", sent, {"X-Vault-Token": token})
        response = connection.getresponse()
        text = response.read(_MOST)
        said = json.loads(text) if text and response.status == 200 else {}
        data = said.get("data") if isinstance(said, dict) else None
        return response.status, data if isinstance(data, dict) else {}
    finally:
        connection.close()


def _unreadable(server: KeyServer, why: str) -> RingUnreadable:
    return RingUnreadable(f"{server} cannot be used. {why}", remedy="Start or unseal it; check address and CA.")
