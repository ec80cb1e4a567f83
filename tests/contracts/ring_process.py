"""Another process that opens a key ring from its export, and does what it is told line by line.

    with Process(ring) as other:
        other.do("unwrap", wrapped, purpose="p")        # what the call returns there, or the error that it raises

The ring goes over an inherited descriptor, as to a supervisor.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Process:
    """A process that opened the ring; `do` calls a method of it there."""

    def __init__(self, ring: Any) -> None:
        descriptor = os.memfd_create("ring")
        os.write(descriptor, ring.export())
        os.lseek(descriptor, 0, os.SEEK_SET)
        program = [sys.executable, "-m", "tests.contracts.ring_process", str(descriptor)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
        self.process = subprocess.Popen(program, pass_fds=(descriptor,), **pipes)
        os.close(descriptor)

    def __enter__(self) -> "Process":
        assert self.process.stdout.readline() == "open\n"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def ask(self, method: str, *args: Any, **more: Any) -> None:
        """Begin a call, without waiting."""
        said = [arg.hex() if isinstance(arg, bytes) else arg for arg in args]
        self.process.stdin.write(json.dumps([method, said, more]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """What the call that began came to: a value, or the name of an error."""
        return json.loads(self.process.stdout.readline())

    def do(self, method: str, *args: Any, **more: Any) -> Any:
        """Call and wait."""
        self.ask(method, *args, **more)
        return self.answer()


def main() -> None:
    """Serve the calls; keys go as hexadecimal text."""
    from residency.errors import ResidencyError
    from residency.store.rings import load_ring

    with os.fdopen(int(sys.argv[1]), "rb") as file:
        ring = load_ring(file.read())
    sys.stdout.write("open\n")
    sys.stdout.flush()
    for line in sys.stdin:
        method, args, more = json.loads(line)
        if method in ("wrap", "churn"):
            args = [bytes.fromhex(args[0]), *args[1:]]
        try:
            done = churn(ring, *args) if method == "churn" else getattr(ring, method)(*args, **more)
        except ResidencyError as error:
            done = error.code
        sys.stdout.write(json.dumps(done.hex() if isinstance(done, bytes) else done) + "\n")
        sys.stdout.flush()


def churn(ring: Any, key: bytes, times: int) -> list[list]:
    """Advance and wrap so many times; the numbers that came back, and what was wrapped."""
    return [[ring.advance(), ring.wrap(key, purpose="p")] for _ in range(times)]


if __name__ == "__main__":
    main()
