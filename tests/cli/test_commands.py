"""The command line as a person meets it: processes, exit codes, files with passphrases, and the next step in words."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from residency.acts import ACTS
from residency.cli import session
from residency.govern.identity import Person
from residency.govern.identity import sign_in as begin_session
from residency.wiring import open_site
from tests.fakes.clinic import NUMBER, PEOPLE, PROTOCOL, copy_clinic


@dataclass
class Shell:
    """A terminal with a site, in which somebody may be signed in."""

    home: Path
    site: Path

    def run(self, *words: str, passphrase: str = "", env: dict | None = None) -> subprocess.CompletedProcess:
        """One command as a process of its own, with nobody at the keyboard."""
        about = {"RESIDENCY_SITE": str(self.site), "RESIDENCY_SESSIONS": str(self.home / "sessions")}
        if passphrase:
            about["RESIDENCY_PASSPHRASE_FILE"] = str(self.secret(passphrase))
        words = [sys.executable, "-m", "residency", *words]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        return subprocess.run(
            words, env=kept | about | (env or {}), cwd=self.home, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def secret(self, text: str) -> Path:
        """A file that only its owner reads."""
        path = self.home / "secret"
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def sign_in(self, name: str) -> subprocess.CompletedProcess:
        """Sign in as one of the clinic's people, as a person would."""
        return self.run("sign-in", name, passphrase=f"passphrase of {name}")

    def signed_in(self, name: str) -> "Shell":
        """The same terminal after that, without the seconds that the command takes."""
        site = open_site(self.site)
        with site.ledger.writing() as book:
            token = begin_session(book, book.get(Person, name), f"passphrase of {name}", site.clock())
        os.environ["RESIDENCY_SESSIONS"] = str(self.home / "sessions")
        session.remember(site, token)
        del os.environ["RESIDENCY_SESSIONS"]
        site.ledger.close()
        return self


@pytest.fixture(scope="module")
def quiet(clinics, tmp_path_factory) -> Shell:
    """A terminal shared by tests that change nothing; rao is signed in."""
    home = tmp_path_factory.mktemp("quiet")
    copy_clinic(clinics / "empty", home / "site").site.ledger.close()
    return Shell(home, home / "site").signed_in("rao")


@pytest.fixture
def shell(clinics, tmp_path) -> Shell:
    """A terminal at a clinic with everybody and no protocol."""
    copy_clinic(clinics / "empty", tmp_path / "site").site.ledger.close()
    return Shell(tmp_path, tmp_path / "site")


def events(shell: Shell) -> list[dict]:
    shell.signed_in("ito")
    return json.loads(shell.run("audit", "log", "--json").stdout)["rows"]


def test_the_story_begins_at_an_empty_folder_and_the_log_holds(tmp_path):
    shell = Shell(tmp_path, tmp_path / "new")
    words = ("site", "init", "new", "--country", "US", "--administrator", "root", "--development-key")
    secret = shell.secret("passphrase of root")
    made = shell.run(*words, "--heads", "../heads", "--passphrase-file", str(secret))
    assert made.returncode == 0, made.stderr
    assert "DEVELOPMENT KEY" in made.stderr
    assert shell.sign_in("root").returncode == 0
    for name in ("okoye", "abbas", "ito"):
        words = ("person", "add", name, name.title(), "--role", PEOPLE[name])
        assert shell.run(*words, passphrase=f"passphrase of {name}").returncode == 0
    (tmp_path / "protocol.yaml").write_text(PROTOCOL)
    (tmp_path / "letter.txt").write_text("Approved.")
    assert shell.sign_in("okoye").returncode == 0
    assert shell.run("protocol", "draft", "protocol.yaml").returncode == 0
    refused = shell.run("protocol", "approve", NUMBER, "letter.txt")
    assert refused.returncode == 3
    assert "SELF-APPROVAL" in refused.stderr
    assert "ROLE" in refused.stderr
    assert shell.sign_in("abbas").returncode == 0
    approved = shell.run("protocol", "approve", NUMBER, "letter.txt", "--json")
    assert json.loads(approved.stdout)["state"] == "approved"
    assert shell.sign_in("ito").returncode == 0
    verified = json.loads(shell.run("audit", "verify", "--json").stdout)
    assert verified["rows"][0]["holds"] is True
    assert verified["rows"][0]["heads kept outside"] == 1
    assert verified["notes"] == []


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("protocol", "show", "IRB-0"), 4, "RecordMissing"),
        (("protocol", "draft", "no.yaml"), 2, "no.yaml"),
        (("audit", "log"), 3, "ROLE"),
        (("audit", "log", "--since", "-1"), 2, "--since"),
        (("audit", "log", "--since", "x"), 2, "--since"),
        (("audit", "log", "--sinse", "1"), 2, "--sinse"),
        (("protocol", "show"), 2, "protocol"),
        (("person", "add", "lind", "L", "--role", "auditor"), 4, "PassphraseMissing"),
        (("person", "add", "lind", "L", "--role", "king"), 2, "role"),
        (("explain", "9999"), 4, "EventMissing"),
        (("audit", "verify", "--head", "nowhere.note"), 4, "KeptUnreadable"),
    ],
)  # fmt: skip
def test_the_exit_code_follows_the_family_of_the_error(quiet, words, code, says):
    done = quiet.run(*words)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_name_given_twice_is_a_conflict_and_a_broken_log_is_broken(shell):
    import sqlite3

    shell.signed_in("root")
    words = ("person", "add", "lind", "L", "--role", "auditor")
    assert shell.run(*words, passphrase="long enough").returncode == 5
    with sqlite3.connect(shell.site / "ledger.db") as raw:
        raw.execute("UPDATE leaves SET body = '{}' WHERE number = 2")
    raw.close()
    broken = shell.run("audit", "verify")
    assert broken.returncode == 7
    assert "ALTERED: Event 2" in broken.stderr


def test_a_ledger_that_does_not_answer_is_unavailable(shell):
    settings = shell.site / "site.toml"
    shell.signed_in("root")
    away = 'url = "postgresql+psycopg://postgres@127.0.0.1:1/none"'
    settings.write_text(settings.read_text().replace('[ledger]\nurl = ""', f"[ledger]\n{away}"))
    done = shell.run("person", "list")
    assert done.returncode == 6
    assert "LedgerUnavailable" in done.stderr


def test_a_wrong_line_of_the_settings_is_named_with_what_was_meant(shell):
    settings = shell.site / "site.toml"
    settings.write_text(settings.read_text().replace("lease_minutes", "lease_minuts"))
    done = shell.run("person", "list")
    line = (
        settings.read_text().split("\n").index(next(x for x in settings.read_text().split("\n") if "minuts" in x)) + 1
    )
    assert done.returncode == 2
    assert f"line {line}: unknown key 'lease_minuts'" in done.stderr
    assert "Did you mean 'lease_minutes'?" in done.stderr


def test_an_error_as_json_has_code_message_remedy_and_gates(quiet):
    done = quiet.run("audit", "log", "--json")
    body = json.loads(done.stderr.splitlines()[-1])
    assert (body["error"], body["gates"]) == ("NotAllowed", ["ROLE"])
    assert body["remedy"]
    assert done.stdout == ""


def test_a_record_as_json_is_the_record_and_holds_no_secret(shell):
    shell.signed_in("root")
    done = shell.run("person", "add", "new", "N", "--role", "auditor", "--json", passphrase="long enough")
    body = json.loads(done.stdout)
    assert (body["kind"], body["name"], body["roles"]) == ("person", "new", ["auditor"])
    assert re.fullmatch("sha256:[0-9a-f]{64}", body["digest"])
    assert not {"sealed", "sealed_key", "salt", "wrapped"} & set(body)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("persn", "list"), "Did you mean 'residency person list'?"),
        (("person", "lst"), "residency person list"),
        (("xyzzy",), "--help"),
        (("verfy",), "Did you mean 'residency verify'?"),
    ],
)
def test_a_command_that_is_not_there_is_answered_with_those_that_are(quiet, words, says):
    done = quiet.run(*words)
    assert done.returncode == 2
    assert says in done.stderr


def test_help_of_every_command_is_there_and_names_its_options(quiet):
    whole = quiet.run("--help")
    assert whole.returncode == 0
    for act in ACTS:
        if act.group not in ("reports", "plans"):
            assert act.name.replace(".", " ") in whole.stdout
    part = quiet.run("protocol")
    assert part.returncode == 0
    assert "protocol approve" in part.stdout
    one = quiet.run("protocol", "approve", "--help")
    assert one.returncode == 0
    assert "letter" in one.stdout.lower()


def test_nobody_signed_in_is_refused_with_the_next_step(shell):
    done = shell.run("person", "list")
    assert done.returncode == 3
    assert "sign-in" in done.stderr


def test_a_session_of_one_site_is_not_one_of_another(shell, clinics, tmp_path):
    shell.signed_in("root")
    other = shell.run("site", "init", "other", "--country", "US", "--development-key",
                      "--passphrase-file", str(shell.secret("long enough")))  # fmt: skip
    assert other.returncode == 0, other.stderr
    assert shell.run("person", "list", "--site", "other").returncode == 3


def test_the_file_of_a_session_is_readable_by_its_owner_alone(shell):
    shell.signed_in("root")
    (file,) = (shell.home / "sessions").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert (shell.home / "sessions").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe\x00", b"A" * 44])
def test_a_damaged_session_is_no_session(shell, damage):
    shell.signed_in("root")
    (file,) = (shell.home / "sessions").iterdir()
    file.write_bytes(damage)
    done = shell.run("person", "list")
    assert done.returncode == 3, done.stderr
    assert "sign-in" in done.stderr


def test_a_passphrase_file_that_others_can_read_is_not_used(shell):
    path = shell.secret("passphrase of root")
    path.chmod(0o644)
    done = shell.run("sign-in", "root", "--passphrase-file", str(path))
    assert done.returncode == 2
    assert "chmod 600" in done.stderr
    missing = shell.run("sign-in", "root", "--passphrase-file", "nowhere")
    assert missing.returncode == 4


def test_a_passphrase_is_never_taken_from_the_words_of_a_command(shell):
    shell.signed_in("root")
    done = shell.run("person", "add", "new", "N", "--role", "auditor", "--new-passphrase", "long enough")
    assert done.returncode == 2
    assert "--new-passphrase" in done.stderr


def test_every_attempt_to_sign_in_is_in_the_log(shell):
    assert shell.run("sign-in", "rao", passphrase="wrong").returncode == 3
    assert shell.run("sign-in", "nobody", passphrase="wrong").returncode == 4
    assert shell.sign_in("rao").returncode == 0
    found = [(e["outcome"], e["reason"], e["actor"]["kind"]) for e in events(shell) if e["act"] == "sign-in"]
    assert found[:3] == [
        ("refused", "WrongPassphrase", "person"),
        ("refused", "RecordMissing", "system"),
        ("done", "", "person"),
    ]
    assert "nobody" not in json.dumps(events(shell))


def test_a_site_under_a_passphrase_asks_for_it_and_for_the_right_one(tmp_path):
    shell = Shell(tmp_path, tmp_path / "new")
    files = {"own": "passphrase of root", "site": "passphrase of the site", "wrong": "something else"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    words = ("site", "init", "new", "--country", "US", "--administrator", "root")
    secrets = ("--passphrase-file", "own", "--site-passphrase-file", "site")
    assert shell.run(*words, *secrets).returncode == 0
    assert json.loads((tmp_path / "new/ring.json").read_text())["memory_kib"] == 65536
    assert shell.run("sign-in", "root", *secrets).returncode == 0
    nobody = shell.run("person", "list")
    assert (nobody.returncode, "PassphraseMissing" in nobody.stderr) == (4, True)
    wrong = shell.run("person", "list", "--site-passphrase-file", "wrong")
    assert (wrong.returncode, "WrongPassphrase" in wrong.stderr) == (3, True)
    right = shell.run("person", "list", "--site-passphrase-file", "site")
    assert right.returncode == 0
    assert "DEVELOPMENT" not in right.stderr
    swapped = shell.run("sign-in", "root", "--passphrase-file", "site", "--site-passphrase-file", "site")
    assert swapped.returncode == 3


@pytest.mark.parametrize(("country", "folder", "code"), [("usa", "new", 2), ("US", "site", 5), ("US", "file", 6)])
def test_a_site_that_cannot_be_made_is_not_half_made(shell, country, folder, code):
    (shell.home / "file").write_text("in the way")
    secret = ("--passphrase-file", str(shell.secret("long enough")))
    done = shell.run("site", "init", folder, "--country", country, "--development-key", *secret)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert not (shell.home / "new").exists() or not (shell.home / "new" / "site.toml").exists()


def test_a_site_without_a_passphrase_gets_a_development_key_that_is_said_loudly(tmp_path):
    shell = Shell(tmp_path, tmp_path / "new")
    done = shell.run("site", "init", "new", "--country", "US", passphrase="long enough")
    assert (done.returncode, "DEVELOPMENT KEY" in done.stderr) == (0, True)
    assert json.loads((tmp_path / "new/ring.json").read_text())["memory_kib"] == 8192  # it is drawn: nobody guesses it


def test_a_site_whose_making_was_interrupted_leaves_the_folder_free(shell):
    secret = ("--passphrase-file", str(shell.secret("long enough")))
    away = "postgresql+psycopg://postgres@127.0.0.1:1/none"
    words = ("site", "init", "new", "--country", "US", "--development-key", *secret)
    assert shell.run(*words, "--ledger", away).returncode == 6
    assert list((shell.home / "new").iterdir()) == []
    assert shell.run(*words).returncode == 0


def test_keys_without_settings_are_never_overwritten_by_a_new_site(shell):
    (shell.site / "site.toml").unlink()
    before = (shell.site / "ring.json").read_bytes()
    secret = ("--passphrase-file", str(shell.secret("long enough")))
    done = shell.run("site", "init", "site", "--country", "US", "--development-key", *secret)
    assert (done.returncode, "SiteUnfinished" in done.stderr) == (5, True)
    assert (shell.site / "ring.json").read_bytes() == before


def test_a_fault_of_the_program_is_named_by_type_and_place_and_tells_no_value():
    program = (
        "import residency.cli.main as m\n"
        "def fail(words): raise ValueError('SMITHSON^JANE')\n"
        "m._run = fail\n"
        "m.main(['person', 'list'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "SMITHSON" in done.stderr) == (1, False)
    assert "ValueError at <string>:2" in done.stderr


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_completion_knows_every_noun(quiet, shell_name):
    done = quiet.run("--completion", shell_name)
    assert done.returncode == 0
    for noun in ("protocol", "dataset", "audit", "sign-in"):
        assert noun in done.stdout


def test_the_version_is_said(quiet):
    assert re.match(r"residency \d+\.\d+", quiet.run("--version").stdout)


def _unreadable(site: Path) -> None:
    (site / "site.toml").unlink()
    (site / "site.toml").mkdir()


@pytest.mark.parametrize(
    ("harm", "code", "says"),
    [
        (lambda site: (site / "ledger.db").unlink(), 4, "LedgerMissing"),
        (lambda site: (site / "ledger.db").write_bytes(b""), 7, "LedgerForeign"),
        (lambda site: (site / "ledger.db").write_bytes(b"no database" * 100), 7, "LedgerDamaged"),
        (lambda site: (site / "ring.json").unlink(), 4, "RingMissing"),
        (lambda site: (site / "development.key").write_bytes(b"\xff\xfe"), 6, "DevelopmentKeyUnreadable"),
        (_unreadable, 2, "SettingsWrong"),
        (lambda site: _reset(site, "[ledger]", 'url = "mysql://x"'), 2, "line 8"),
        (lambda site: _reset(site, "[store]", 'url = "s4://x"'), 2, "line 11"),
    ],
)
def test_what_is_missing_or_damaged_is_named_and_never_a_traceback(shell, harm, code, says):
    shell.signed_in("root")
    harm(shell.site)
    done = shell.run("person", "list")
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def _reset(site: Path, section: str, line: str) -> None:
    file = site / "site.toml"
    file.write_text(file.read_text().replace(f'{section}\nurl = ""', f"{section}\n{line}"))


@pytest.mark.parametrize("moment", range(6))
def test_ctrl_c_at_any_time_leaves_with_130_and_a_sentence_or_with_the_work_done(shell, moment):
    shell.signed_in("root")
    command = [sys.executable, "-m", "residency", "site", "doctor", "--site", str(shell.site)]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    kept["RESIDENCY_SESSIONS"] = str(shell.home / "sessions")
    # Tests that were started in the background ignore SIGINT, and so would the command.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(command, env=kept, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    # Before its libraries are there no command has begun, and the interpreter leaves in its own way.
    while running.poll() is None and "pydantic_core" not in Path(f"/proc/{running.pid}/maps").read_text():
        time.sleep(0.005)
    time.sleep(0.1 * moment)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    if running.returncode:
        assert (running.returncode, "Nothing half-done" in err) == (130, True), err
    else:
        assert "What must always hold" in out
    doctor = shell.run("site", "doctor", "--json")
    assert all(row["holds"] for row in json.loads(doctor.stdout)["rows"])
