"""A real S3 server (SeaweedFS), unprivileged, on loopback, with keys of its own, for as long as the tests run.

    with running_seaweed(folder) as server:
        store = S3Store(server.access())                     # a place of its own in the bucket
        store = S3Store(server.access(credentials=server.reader))   # with a key that may only read

It is stopped by its process id. A machine without it fails the tests that need it.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

from residency.store.access import Credentials, StoreAccess

REMEDY = "SeaweedFS is not installed: pip install -r requirements/test.txt, which puts 'weed' beside python."
STARTS_WITHIN_S = 60
BUCKET = "residency-tests"
SERVERS = ("master", "volume", "filer", "s3")


@dataclass
class Seaweed:
    """A server that runs; each test takes a prefix of its own."""

    port: int
    pid: int
    writer: Credentials
    reader: Credentials
    numbers: Iterator[int] = field(default_factory=count)

    def new_bucket(self) -> str:
        """A bucket of one's own; there is room for a few."""
        name = f"residency-{next(self.numbers)}"
        _make_bucket(self.port, name, self.writer)
        return name

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def access(self, **changes: object) -> StoreAccess:
        """The way to an empty store."""
        fields = {
            "url": f"s3://{BUCKET}/test-{next(self.numbers)}/objects",
            "endpoint": self.endpoint,
            "credentials": self.writer,
        }
        return StoreAccess.model_validate(fields | changes)


@contextmanager
def running_seaweed(folder: Path) -> Iterator[Seaweed]:
    """Start a server whose files all lie in this folder, with one bucket in it; stop it at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    log, ports = folder / "log", _free_ports(2 * len(SERVERS))
    writer, reader = (Credentials(access_key_id=f"{who}-id", secret_access_key=f"{who}-secret") for who in ("W", "R"))
    _set(folder / "s3.json", {"writer": (writer, ["Admin"]), "reader": (reader, ["Read", "List"])})
    with log.open("wb") as sink:
        server = subprocess.Popen(_command(folder, ports), stdout=sink, stderr=sink, cwd=folder)
    try:
        _wait(ports[SERVERS.index("s3")], writer, server, log)
        yield Seaweed(ports[SERVERS.index("s3")], server.pid, writer, reader)
    finally:
        # Its own end waits for connections to go idle; nothing of it is kept.
        server.kill()
        server.wait(STARTS_WITHIN_S)
        # Sockets that it makes there whatever it is told.
        for name, port in zip(SERVERS, ports[len(SERVERS) :], strict=True):
            Path(f"/tmp/seaweedfs-{name}-grpc-{port}.sock").unlink(missing_ok=True)


def _command(folder: Path, ports: list[int]) -> list[str]:
    program = Path(sys.executable).with_name("weed")
    if not program.exists():
        raise FileNotFoundError(REMEDY)
    words = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 1024,
        "volume.max": 16,  # a bucket takes seven
        "filer.localSocket": folder / "filer.sock",
        "s3.localSocket": folder / "s3.sock",
        "s3.config": folder / "s3.json",
        "s3.autoCreateBucket": "false",
        "s3.domainName": "localhost",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
    }
    words |= {f"{name}.port": port for name, port in zip(SERVERS, ports, strict=False)}
    words |= {f"{name}.port.grpc": port for name, port in zip(SERVERS, ports[len(SERVERS) :], strict=True)}
    return [str(program), "server", "-s3", *(f"-{name}={value}" for name, value in words.items())]


def _set(file: Path, people: dict[str, tuple[Credentials, list[str]]]) -> None:
    identities = [
        {
            "name": name,
            "credentials": [{"accessKey": keys.access_key_id, "secretKey": keys.secret_access_key}],
            "actions": may,
        }
        for name, (keys, may) in people.items()
    ]
    file.write_text(json.dumps({"identities": identities}))


def _wait(port: int, keys: Credentials, server: subprocess.Popen, log: Path) -> None:
    """Until the server can make the bucket."""
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and server.poll() is None:
        try:
            return _make_bucket(port, BUCKET, keys)
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"SeaweedFS did not start: {log.read_text(errors='replace')[-3000:]}")


def _make_bucket(port: int, name: str, keys: Credentials) -> None:
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        name,
        endpoint=f"http://127.0.0.1:{port}",
        region="us-east-1",
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        client_options={"allow_http": True},
    )
    signed = obstore.sign(store, "PUT", "", expires_in=timedelta(minutes=1))
    urllib.request.urlopen(urllib.request.Request(signed, method="PUT"), timeout=5).close()


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
