"""A real PKCS#11 module, SoftHSM, with a token of its own for as long as the tests run.

    with softhsm(folder) as hsm:
        ring = Pkcs11Ring.create(HsmToken(hsm.module, hsm.token, "label"), hsm.pin)

SoftHSM finds its tokens through the environment, which child processes inherit. A machine without it fails the tests
that need it: a skip would hide that they were not run.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/lib/pkcs11/libsofthsm2.so")
REMEDY = "SoftHSM is not installed: apt-get install softhsm2."


@dataclass
class SoftHsm:
    """A module and its first token."""

    folder: Path
    module: str
    program: str
    token: str = "hospital"
    pin: str = field(default="pin-of-2718281828", repr=False)

    def new_token(self, label: str) -> None:
        """Make a token, as an administrator does, with the same PIN."""
        words = [self.program, "--init-token", "--free", "--label", label, "--pin", self.pin, "--so-pin", "so-31415926"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise RuntimeError(f"softhsm2-util failed: {done.stderr}")

    def objects(self) -> int:
        """How many keys the token keeps on its disk."""
        return len([o for o in self.folder.rglob("*.object") if o.name != "token.object"])


@contextmanager
def softhsm(folder: Path) -> Iterator[SoftHsm]:
    """Make a token whose files all lie in this folder."""
    module, program = next((m for m in MODULES if Path(m).exists()), None), shutil.which("softhsm2-util")
    if not module or not program:
        raise FileNotFoundError(REMEDY)
    (folder / "tokens").mkdir(parents=True)
    (folder / "conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "conf")
    try:
        hsm = SoftHsm(folder, module, program)
        hsm.new_token(hsm.token)
        yield hsm
    finally:
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before
