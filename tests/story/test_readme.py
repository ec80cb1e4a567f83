"""What the README tells a newcomer to type, typed: by everybody at their own desk, on a small export of phantoms."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fakes.frozen import export

ROOT = Path(__file__).parents[2]
SMALL = (
    ("{name: unet, channels: [16, 32, 64]}", "{name: unet, channels: [4, 8]}"),
    ("patch: [32, 64, 64]", "patch: [8, 16, 16]"),
    ("steps: 200", "steps: 4"),
    ("checkpoint_every: {steps: 25}", "checkpoint_every: {steps: 2}"),
)
"""The example's training, made short; everything else is as it stands."""


def typed() -> list[tuple[str, str]]:
    """Who types what, in order."""
    text = (ROOT / "README.md").read_text()
    block = next(b for b in re.findall(r"```console\n(.*?)```", text, re.DOTALL) if "site init" in b)
    return re.findall(r"^(\w+) \$ (.*)", block, re.MULTILINE)


def prepare(place: Path) -> None:
    """The example, with phantoms where it looks for an export, and a letter."""
    study = place / "study"
    shutil.copytree(ROOT / "examples/liver-ct", study)
    text = (study / "study.yaml").read_text()
    for old, new in SMALL:
        assert old in text
        text = text.replace(old, new)
    made = export(place / "hospital")
    for name in ("incoming", "external"):
        shutil.move(made.parent / name, study / name)
    (study / "study.yaml").write_text(text)
    (place / "letter.pdf").write_bytes(b"%PDF-1.7 approved")


def at_desk(place: Path, who: str, words: list[str]) -> str:
    """One command of one person, with their passphrase in a file of their own; returns what it printed."""
    file = place / f"passphrase-{who}"
    file.touch(mode=0o600)
    file.write_text(f"passphrase of {words[3] if words[1:3] == ['person', 'add'] else who}")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    mine = {"RESIDENCY_SESSIONS": str(place / f"desk-{who}"), "RESIDENCY_PASSPHRASE_FILE": str(file)}
    done = subprocess.run(
        [sys.executable, "-m", "residency", *words[1:]],
        cwd=place, env=kept | mine | {"RESIDENCY_SITE": str(place / "clinic")}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (who, words, done.stdout, done.stderr)
    return done.stdout


def test_what_the_readme_tells_to_type_ends_in_a_bundle_that_verifies(tmp_path):
    prepare(tmp_path)
    said, signed_in = "", {"admin"}
    for who, line in typed():
        words = shlex.split(line)
        if words[0] == "export":
            continue
        if who not in signed_in and who != "auditor":
            at_desk(tmp_path, who, ["residency", "sign-in", who])
            signed_in.add(who)
        if "EVALUATION" in words:
            words[words.index("EVALUATION")] = re.search(r"evaluation-\w+", said).group()
        said = at_desk(tmp_path, who, words)
    assert (tmp_path / "liver-ct.residency").is_file()
