"""A server that speaks S3 less well than it should (`rclone serve s3`): asked for a part, it answers with the whole.

    with running_rclone(folder, bucket="bucket") as access:
        store = S3Store(access)

It is stopped by its process id. A machine without it fails the tests that need it.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from residency.store.access import Credentials, StoreAccess

REMEDY = "rclone is not installed: pip install -r requirements/test.txt, which puts 'rclone' beside python."
STARTS_WITHIN_S = 30
KEY, SECRET = "ABCDEFGHIJKLMNOPQRST", "secretsecretsecret"  # shorter ones it takes for wrong


@contextmanager
def running_rclone(folder: Path, bucket: str) -> Iterator[StoreAccess]:
    """Start a server over this folder, and stop it at the end."""
    program, port = Path(sys.executable).with_name("rclone"), _free_port()
    if not program.exists():
        raise FileNotFoundError(REMEDY)
    (folder / "data" / bucket).mkdir(parents=True)
    address = [
        "--addr",
        f"127.0.0.1:{port}",
        "--auth-key",
        "ABCDEFGHIJKLMNOPQRST,secretsecretsecret",
        "--config",
        str(folder / "none"),
    ]
    with (folder / "log").open("wb") as sink:
        server = subprocess.Popen([program, "serve", "s3", *address, folder / "data"], stdout=sink, stderr=sink)
    try:
        _wait(port, server, folder / "log")
        credentials = Credentials(access_key_id=KEY, secret_access_key=SECRET)
        yield StoreAccess(url=f"s3://{bucket}/objects", endpoint=f"http://127.0.0.1:{port}", credentials=credentials)
    finally:
        server.kill()
        server.wait(STARTS_WITHIN_S)


def _wait(port: int, server: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"rclone did not start: {log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
