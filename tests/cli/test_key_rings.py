"""A site whose keys lie in a token or on a key server, as its administrator meets it: processes and exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from residency.store.rings.transit import POLICY
from residency.wiring import open_site
from tests.fakes.openbao import running_openbao
from tests.fakes.softhsm import softhsm


def token(folder: Path):
    """A section of keys in a token, its PIN, and what is wrong with another."""
    with softhsm(folder) as hsm:
        keys = f'kind = "pkcs11"\nmodule = "{hsm.module}"\ntoken = "{hsm.token}"\nlabel = "liver"\n'
        yield f"[keys]\n{keys}", hsm.pin, "WrongPassphrase"


def server(folder: Path):
    """A section of keys on a server, its token, and what is wrong with another."""
    with running_openbao(folder) as bao:
        keys = f'kind = "transit"\naddress = "{bao.tls_address}"\nmount = "transit"\nkey = "liver"\nca = "{bao.ca}"\n'
        yield f"[keys]\n{keys}", bao.new_token(POLICY.format(mount="transit", key="liver")), "TokenRefused"


@pytest.fixture(params=[token, server])
def kept(request, tmp_path):
    yield from request.param(tmp_path / "back")


def run(home: Path, *words: str, secret: str) -> subprocess.CompletedProcess:
    """One command; `secret` opens the key ring, and root signs in with a passphrase of their own."""
    for name, text in (("site-secret", secret), ("own-secret", "passphrase of root")):
        (home / name).write_text(text)
        (home / name).chmod(0o600)
    about = {"SITE": home / "site", "SESSIONS": home / "sessions", "SITE_PASSPHRASE_FILE": home / "site-secret"}
    about["PASSPHRASE_FILE"] = home / "own-secret"
    env = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH", "SOFTHSM2_CONF") if name in os.environ}
    env |= {f"RESIDENCY_{name}": str(path) for name, path in about.items() if secret or name != "SITE_PASSPHRASE_FILE"}
    words = [sys.executable, "-m", "residency", *words]
    pipes = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    return subprocess.run(words, env=env, cwd=home, timeout=60, check=False, **pipes)


def test_a_site_is_made_and_used_with_its_keys_elsewhere(kept, tmp_path):
    section, secret, wrong = kept
    (tmp_path / "keys.toml").write_text(section)
    init = ("site", "init", "site", "--country", "US", "--administrator", "root", "--keys", "keys.toml")

    without = run(tmp_path, *init, secret="")
    assert (without.returncode, "SecretMissing" in without.stderr) == (2, True)
    assert not (tmp_path / "site").exists()

    made = run(tmp_path, *init, secret=secret)
    assert made.returncode == 0, made.stderr
    assert "DEVELOPMENT KEY" not in made.stderr
    site = tmp_path / "site"
    assert section in (site / "site.toml").read_text()
    assert not list(site.glob("ring*"))
    assert not (site / "development.key").exists()

    assert run(tmp_path, "sign-in", "root", secret=secret).returncode == 0
    shown = run(tmp_path, "site", "status", secret=secret)
    assert shown.returncode == 0, shown.stderr
    assert "Key ring" in shown.stdout
    refused = run(tmp_path, "site", "status", secret="not-the-secret")
    assert (refused.returncode, wrong in refused.stderr) == (3, True)
    assert "not-the-secret" not in refused.stderr
    assert [path for path in site.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()] == []

    again = run(tmp_path, *init[:2], "other", *init[3:], secret=secret)
    assert (again.returncode, "RingExists" in again.stderr) == (5, True)
    opened = open_site(site, secret)
    assert opened.ring.generations() == (1,)
    opened.ledger.close()
