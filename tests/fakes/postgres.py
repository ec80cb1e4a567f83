"""A real PostgreSQL, unprivileged, on loopback, for as long as the tests run.

    with running_postgres(folder) as server:
        url = server.new_database()

It is stopped by its process id. A machine without PostgreSQL fails the tests that need it: a skip would hide that
half of the promise was not looked at.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
REMEDY = "PostgreSQL is not installed: apt-get install postgresql-15, or put initdb and postgres on the PATH."
STARTS_WITHIN_S = 60


@dataclass
class Postgres:
    """A server that runs; each test takes a database of its own."""

    port: int
    pid: int
    numbers: Iterator[int] = field(default_factory=count)

    def new_database(self, like: str = "") -> str:
        """The URL of a fresh database: empty, or a copy of the one at this URL, which nobody may hold open."""
        import psycopg

        name = f"test_{next(self.numbers)}"
        with psycopg.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="postgres") as connection:
            connection.autocommit = True
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {like.rpartition('/')[2]}" if like else ""))
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"


@contextmanager
def running_postgres(folder: Path, *, durable: bool = False) -> Iterator[Postgres]:
    """Start a server whose files all lie in this folder; stop it at the end. `durable` waits for the disk."""
    data, log, port = folder / "data", folder / "log", _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    _run([_program("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"])
    _set(data / "postgresql.conf", port, folder, durable)
    with log.open("wb") as sink:
        server = subprocess.Popen(_as_postgres([_program("postgres"), "-D", data]), stdout=sink, stderr=sink)
    try:
        _wait(data / "postmaster.pid", server, log)
        # runuser stays between us and the server: the first line of its own file names the server itself.
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
        yield Postgres(port, pid)
        os.kill(pid, signal.SIGINT)
        server.wait(STARTS_WITHIN_S)
    finally:
        if server.poll() is None:
            server.kill()


def _program(name: str) -> str:
    found = next((str(p) for p in (PROGRAMS / name,) if p.exists()), None) or shutil.which(name)
    if not found:
        raise FileNotFoundError(REMEDY)
    return found


def _run(command: list) -> None:
    done = subprocess.run(_as_postgres(command), capture_output=True, text=True, timeout=STARTS_WITHIN_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _as_postgres(command: list) -> list[str]:
    """PostgreSQL refuses to run as root."""
    words = [str(word) for word in command]
    return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else words


def _set(file: Path, port: int, folder: Path, durable: bool) -> None:
    lines = [
        "listen_addresses = '127.0.0.1'",
        f"port = {port}",
        f"unix_socket_directories = '{folder}'",
        "max_connections = 40",
        "shared_buffers = 32MB",
        f"fsync = {'on' if durable else 'off'}",
    ]
    with file.open("a") as out:
        out.write("\n".join(lines) + "\n")


def _wait(pid_file: Path, server: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < ends:
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended at its start: {log.read_text(errors='replace')}")
        if pid_file.exists() and pid_file.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
