"""A proxy on loopback in front of a real server, which can be told to spoil its next answers.

    with faulty(server.port) as proxy:
        proxy.will("error", times=2)              # 500 to the next two requests, then as the server says
        proxy.will("flip", on="GET")              # one bit of the body of the next GET
        proxy.asked, proxy.tokens                 # [("PUT", "/bucket/name"), …], session tokens that came along

What each fault does stands in `Fault`. The Host header is handed on unchanged, so that signatures hold.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fault = Literal[
    "error",  # 500 InternalError
    "slow down",  # 503 SlowDown
    "expired",  # 400 ExpiredToken, as AWS says it
    "forbidden",  # 403 ExpiredToken, as others say it
    "nothing there",  # 404 NoSuchKey
    "skewed",  # 403 RequestTimeTooSkewed
    "stall",  # no answer at all, while the connection stays open
    "stall inside",  # the first half of the body, then nothing
    "reset",  # the first half of the body, then a reset
    "cut",  # the first half of the body under the length of the whole, then the end
    "short",  # the first half of the body under its own length
    "flip",  # one bit of the body is changed
    "other etag",  # as if the object had been replaced, by a server that does not look at If-Match
    "lost",  # the server does what was asked, and nobody hears of it
]
_ANSWERS = {"error": (500, "InternalError"), "slow down": (503, "SlowDown"), "expired": (400, "ExpiredToken")}
_ANSWERS |= {"nothing there": (404, "NoSuchKey")}
_ANSWERS |= {"forbidden": (403, "ExpiredToken"), "skewed": (403, "RequestTimeTooSkewed")}
_BODY = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>It was told to.</Message></Error>"


@dataclass
class _Plan:
    fault: Fault
    times: int
    on: str


class Proxy:
    """Listens at `port`; spoils what it was told to, in the order told, and hands on everything else."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.ended = threading.Event()
        self._plans: list[_Plan] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def will(self, fault: Fault, *, times: int = 1, on: str = "") -> None:
        """Spoil the next answers: to this method, or to any."""
        with self._lock:
            self._plans.append(_Plan(fault, times, on))

    def forget(self) -> None:
        """Spoil nothing more."""
        with self._lock:
            self._plans.clear()

    def next_fault(self, method: str, path: str) -> Fault | None:
        """What happens to this request; it is remembered."""
        with self._lock:
            self.asked.append((method, path))
            for plan in self._plans:
                if plan.times and plan.on in ("", method):
                    plan.times -= 1
                    return plan.fault
        return None

    def close(self) -> None:
        """Refuse connections from now on, and let go of those that stall."""
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def faulty(upstream: int) -> Iterator[Proxy]:
    """A proxy in front of the server at this port."""
    proxy = Proxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    proxy: Proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gives up is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.proxy.tokens.add(self.headers.get("x-amz-security-token", ""))
        fault = self.server.proxy.next_fault(self.command, self.path)
        if fault in _ANSWERS:
            status, code = _ANSWERS[fault]
            return self._answer(status, {}, _BODY.format(code).encode())
        if fault == "stall":
            return self._hold()
        status, headers, data = self._forward(body)
        if fault == "lost":
            return self._reset()
        half = data[: len(data) // 2]
        if fault == "flip" and data:
            data = half + bytes([data[len(half)] ^ 1]) + data[len(half) + 1 :]
        if fault == "other etag":
            headers |= {"etag": '"another"'}
        if fault in ("reset", "cut", "stall inside"):
            self._answer(status, headers, half, length=len(data))
            return {"reset": self._reset, "stall inside": self._hold}.get(fault, lambda: None)()
        return self._answer(status, headers, half if fault == "short" else data)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 (the names that http.server asks for)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection("127.0.0.1", self.server.proxy.upstream, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "expect"):
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, data

    def _answer(self, status: int, headers: dict[str, str], data: bytes, length: int | None = None) -> None:
        """Without a length, that of the data; the answer to a HEAD keeps that of the body that does not follow."""
        if self.command != "HEAD":
            headers = headers | {"content-length": str(len(data) if length is None else length)}
        self.send_response_only(status)
        for name, value in headers.items():
            if name not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        # One request each: what is refused later is refused to everyone, and not only to new connections.
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else data)
        self.close_connection = True

    def _hold(self) -> None:
        self.server.proxy.ended.wait(60)
        self.close_connection = True

    def _reset(self) -> None:
        # Without lingering, closing sends a reset instead of an end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
