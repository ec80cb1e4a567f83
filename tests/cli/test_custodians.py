"""A passphrase that is lost, and the custodians who bring the site back: processes, files and exit codes."""

import os
import pty
import re
import shutil
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from residency.acts import ACTS
from residency.cli.recover import SharesForeign, ShareUnreadable, site_recover
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.store.custodians import ShareDamaged, SharesMixed, SharesTooFew, ShareTwice, SplitImpossible, split
from residency.store.outlet import ExportInside, ExportTaken
from residency.store.rings.transit import POLICY
from residency.upkeep.shares import NothingToShare, Shares
from residency.wiring import make_site, open_site
from tests.cli.test_key_rings import run
from tests.fakes.clinic import Clinic
from tests.fakes.openbao import running_openbao

OLD, NEW = "correct horse", "battery staple"


@dataclass(frozen=True)
class Safe:
    """A site with a passphrase, and where its three shares were written."""

    home: Path
    shares: Path

    @property
    def ring(self) -> Path:
        return self.home / "site/ring.json"

    def recover(self, *files: Path | str, secret: str = NEW) -> subprocess.CompletedProcess:
        """`site recover` as a process, with the new passphrase in a file."""
        return run(self.home, "site", "recover", *map(str, files), "--ring", str(self.ring), secret=secret)

    def share(self, number: int) -> Path:
        return self.shares / f"share-{number}-of-3.txt"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Safe:
    home = tmp_path_factory.mktemp("custodians")
    root = ("root", "R. Oot", "passphrase of root")
    site = make_site(home / "site", country="US", administrator=root, passphrase=OLD, argon2_memory_kib=8192)
    site.ledger.close()
    assert run(home, "sign-in", "root", secret=OLD).returncode == 0
    shown = run(home, "site", "shares", "shares", secret=OLD)
    assert shown.returncode == 0, shown.stderr
    (home / "said").write_text(shown.stdout + shown.stderr)
    return Safe(home, home / "shares")


@pytest.fixture
def safe(made, tmp_path) -> Safe:
    shutil.copytree(made.home / "site", tmp_path / "site")
    return Safe(tmp_path, made.shares)


def events(folder, passphrase):
    site = open_site(folder, passphrase)
    with site.ledger.reading() as book:
        found = [event for _, event in audit.events(book)]
    site.ledger.close()
    return found


def test_each_custodian_gets_a_file_that_its_owner_alone_can_read_and_nothing_else_holds_a_share(made):
    files = sorted(made.shares.iterdir())
    assert [path.name for path in files] == [f"share-{number}-of-3.txt" for number in (1, 2, 3)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(made.shares.stat().st_mode) == 0o700
    values = [re.search("value ([0-9a-f]{64})", path.read_text())[1] for path in files]
    elsewhere = [path for path in made.home.rglob("*") if path.is_file() and path not in files]
    assert len(elsewhere) > 5
    for path in elsewhere:
        held = path.read_bytes()
        assert not any(value.encode() in held or bytes.fromhex(value) in held for value in values), path
    assert "void" in (made.home / "said").read_text()


def test_the_log_says_that_shares_were_written_before_and_after_and_where(made):
    told = [event for event in events(made.home / "site", OLD) if event["act"] == "site.shares"]
    assert [event["outcome"] for event in told] == ["lease", "done"]
    assert str(made.shares) in told[0]["detail"]["to"]
    assert told[1]["reason"] == f"3 shares of the key ring, 2 needed, at {made.shares}"


@pytest.mark.parametrize("pair", [(1, 2), (3, 1)])
def test_two_custodians_give_the_site_a_new_passphrase_and_their_shares_are_void_then(safe, pair):
    done = safe.recover(*map(safe.share, pair))
    assert done.returncode == 0, done.stderr
    assert "void" in done.stdout
    assert NEW not in done.stdout + done.stderr
    last = events(safe.home / "site", NEW)[-1]
    assert (last["act"], last["outcome"], last["actor"]["id"]) == ("site.recover", "done", "system")
    refused = run(safe.home, "sign-in", "root", secret=OLD)
    assert (refused.returncode, "WrongPassphrase" in refused.stderr) == (3, True)
    again = safe.recover(safe.share(2), safe.share(3), secret="third")
    assert (again.returncode, "SharesForeign" in again.stderr) == (3, True)


def test_shares_still_hold_after_a_rotation_of_the_keys(safe):
    assert run(safe.home, "sign-in", "root", secret=OLD).returncode == 0
    assert run(safe.home, "site", "rotate", secret=OLD).returncode == 0
    done = safe.recover(safe.share(2), safe.share(3))
    assert done.returncode == 0, done.stderr
    opened = open_site(safe.home / "site", NEW)
    assert opened.ring.generations() == (2,)
    opened.ledger.close()


def test_each_thing_that_can_be_wrong_with_shares_has_its_own_name_and_changes_nothing(safe):
    one, before = safe.share(1), safe.ring.read_bytes()
    mistyped, foreign = safe.home / "mistyped.txt", safe.home / "foreign.txt"
    text = safe.share(2).read_text()
    at = text.index("value ") + 9
    mistyped.write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :])
    foreign.write_text(split(bytes(32), 2, 3)[1])
    others = [safe.home / f"other-{number}.txt" for number in (0, 1)]
    for path, share in zip(others, split(bytes(32), 2, 2), strict=True):
        path.write_text(share)
    secret = safe.home / "new"
    secret.write_text(NEW)
    secret.chmod(0o600)
    wrong = {
        (one,): (SharesTooFew, "1 of 2"),
        (): (SharesTooFew, "0 of 2"),
        (one, one): (ShareTwice, "share-1-of-3.txt"),
        (one, mistyped): (ShareDamaged, "mistyped.txt"),
        (one, foreign): (SharesMixed, "foreign.txt"),
        tuple(others): (SharesForeign, "ring.json"),
        (one, safe.home / "nothing.txt"): (ShareUnreadable, "nothing.txt"),
        (one, safe.home): (ShareUnreadable, safe.home.name),
    }
    for files, (error, says) in wrong.items():
        with pytest.raises(error, match=says) as found:
            site_recover(*files, ring=safe.ring, site_passphrase_file=secret)
        assert not re.search("[0-9a-f]{32}", str(found.value))
    done = safe.recover(one, mistyped)
    assert (done.returncode, done.stdout, "mistyped.txt" in done.stderr) == (2, "", True)
    assert safe.ring.read_bytes() == before
    elsewhere = run(safe.home, "site", "recover", str(one), str(safe.share(2)), "--ring", "no.json", secret=NEW)
    assert (elsewhere.returncode, "RingMissing" in elsewhere.stderr) == (4, True)


@pytest.mark.parametrize(("second", "code"), [(NEW, 0), ("battery stable", 2)])
def test_a_new_passphrase_is_typed_twice_and_both_must_be_the_same(safe, second, code):
    words = ["site", "recover", str(safe.share(1)), str(safe.share(2)), "--ring", str(safe.ring)]
    status, shown = typed([sys.executable, "-m", "residency", *words], [NEW, second])
    assert os.waitstatus_to_exitcode(status) == code, shown
    assert ("PassphrasesDiffer" in shown) == (code != 0)
    assert NEW not in shown
    open_site(safe.home / "site", NEW if code == 0 else OLD).ledger.close()


def test_a_ring_that_lies_apart_from_its_site_is_recovered_and_the_missing_note_is_said(safe, tmp_path):
    apart = tmp_path / "apart"
    apart.mkdir()
    shutil.copy(safe.ring, apart / "ring.json")
    words = ("site", "recover", str(safe.share(1)), str(safe.share(2)), "--ring", str(apart / "ring.json"))
    done = run(tmp_path, *words, secret=NEW)
    assert done.returncode == 0, done.stderr
    assert "NOT IN THE LOG" in done.stderr


def test_only_who_keeps_people_writes_shares_and_only_outside_the_site_and_of_more_than_one(clinic, tmp_path, made):
    assert next(act.group for act in ACTS if act.name == "site.shares") == "administers"
    ask = Shares(out=tmp_path / "shares")
    for person in ("okoye", "rao", "marsh", "weber", "abbas", "ito"):
        with pytest.raises(NotAllowed):
            clinic.do(person, "site.shares", ask)
    with pytest.raises(NothingToShare, match="development key"):
        clinic.do("root", "site.shares", ask)
    site = open_site(shutil.copytree(made.home / "site", tmp_path / "other"), OLD)
    root = Clinic(site)
    with pytest.raises(SplitImpossible):
        root.do("root", "site.shares", Shares(out=tmp_path / "shares", needed=1))
    with pytest.raises(ExportInside):
        root.do("root", "site.shares", Shares(out=site.folder / "shares"))
    with pytest.raises(ExportTaken):
        root.do("root", "site.shares", Shares(out=made.shares))
    assert not list(tmp_path.glob("shares*"))
    root.do("root", "site.shares", Shares(out=tmp_path / "shares", needed=3, of=5))
    assert len(list((tmp_path / "shares").iterdir())) == 5
    site.ledger.close()


def test_a_key_server_has_no_shares(tmp_path):
    with running_openbao(tmp_path / "back") as bao:
        keys = (
            f'[keys]\nkind = "transit"\naddress = "{bao.tls_address}"\nmount = "transit"\nkey = "k"\nca = "{bao.ca}"\n'
        )
        token = bao.new_token(POLICY.format(mount="transit", key="k"))
        root = ("root", "R. Oot", "passphrase of root")
        site = make_site(tmp_path / "site", country="US", administrator=root, passphrase=token, keys=keys)
        with pytest.raises(NothingToShare, match="transit"):
            Clinic(site).do("root", "site.shares", Shares(out=tmp_path / "shares"))
        assert not list(tmp_path.glob("shares*"))
        site.ledger.close()


def typed(command: list[str], lines: list[str]) -> tuple[int, str]:
    """Run a command on a terminal of its own and type a line at each prompt."""
    child, terminal = pty.fork()
    if not child:
        for name in [name for name in os.environ if name.startswith("RESIDENCY_")]:
            del os.environ[name]
        os.execv(command[0], command)
    shown, end = "", time.monotonic() + 60
    while time.monotonic() < end:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # the other side was closed
            break
        if not data:
            break
        shown += data.decode(errors="replace")
        if lines and shown.rstrip(" ").endswith(":"):
            os.write(terminal, (lines.pop(0) + "\n").encode())
            shown += "\n"
    os.close(terminal)
    return os.waitpid(child, 0)[1], shown
