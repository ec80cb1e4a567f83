"""Finds the command that was meant, and leaves the rest to it; light, so that help is there at once.

    residency dataset freeze liver-ct
    residency --help

Exit codes follow the tree of errors: 2 bad input, 3 refused, 4 missing, 5 conflict, 6 unavailable, 7 broken; 130 for
Ctrl-C; 1 for a fault of this program, named by type and place. Nothing heavy is imported before the command is known.
Not here: what a command does (`doors`, `commands`).
"""

import os
import signal
import sys
from importlib import import_module

from residency.acts import ACTS
from residency.errors import ResidencyError

DOORS: tuple[tuple[str, str, str], ...] = (
    ("site init", "residency.cli.doors:site_init", "Make a site: ledger, sealed store, key ring, audit log."),
    ("site recover", "residency.cli.recover:site_recover", "Give the key ring a new passphrase, with its shares."),
    ("site restore", "residency.cli.restore:site_restore", "Bring back from a backup what is missing or damaged."),
    ("sign-in", "residency.cli.doors:sign_in", "Say who you are; good for a working day."),
    ("verify", "residency.release.verify:main", "Check a bundle, without the site it came from."),
    ("deid folder", "residency.cli.folder:deid_folder", "Take the names out of any folder of clinical files."),
    ("deid check", "residency.cli.checking:deid_check", "Show what a recipe would do to a sample; writes nothing."),
    ("demo", "residency.cli.demo:demo", "The tour on real input."),
)
"""Commands that are no acts: no site stands yet, nobody is signed in, or none is needed."""

HIDDEN: tuple[tuple[str, str], ...] = (("_supervise", "residency.cli.supervisor:supervise"),)
"""Programs that this program starts; not for people."""


def main(argv: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        sys.exit(_run(words))
    except ResidencyError as error:
        _say_error(error, words)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing half-done is visible; repeat the command to go on.\n")
        sys.stdout.flush()
        sys.stderr.flush()
        # Not sys.exit: where the signal comes inside exec() of a text, as dataclasses and alembic do at import, CPython
        # 3.11 ends by the signal whatever code was asked for: 8 of 120 interrupts at start did, and 0 of 160 do now.
        os._exit(130)
    except Exception as error:  # its text may hold a value of a patient: only type and place are said
        _say_error(_fault(error), words)
        sys.exit(ResidencyError.exit_code)
    finally:
        # What is done is done: an interrupt while the interpreter takes its leave would look like one in the middle.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def commands() -> dict[str, str]:
    """Every command with its summary, in the order of the story."""
    doors = {name: summary for name, _, summary in DOORS}
    acts = {act.name.replace(".", " "): act.summary for act in ACTS if act.group not in ("reports", "plans")}
    return {**doors, **acts}


def _run(words: list[str]) -> int:
    first, rest = (words[0] if words else "--help"), words[1:]
    if first in ("-h", "--help"):
        sys.stdout.write(_help())
    elif first == "--version":
        sys.stdout.write(f"residency {import_module('residency').__version__}\n")
    elif first == "--completion":
        return import_module("residency.cli.completion").show(rest)
    elif first == "verify":
        # The verifier reads its own words, so that it can also be run where nothing else of this product is.
        return import_module("residency.release.verify").main(rest)
    else:
        return _command(words)
    return 0


def _command(words: list[str]) -> int:
    """A door or an act, by its first words."""
    for name, target in (*HIDDEN, *((n, t) for n, t, _ in DOORS)):
        if words[: len(name.split())] == name.split():
            module, _, function = target.partition(":")
            door = getattr(import_module(module), function)
            return import_module("residency.cli.commands").run_door(name, door, words[len(name.split()) :])
    for length in (2, 1):
        name = " ".join(words[:length])
        if name in commands():
            return import_module("residency.cli.commands").run_act(name.replace(" ", "."), words[length:])
    return _unknown(words)


def _unknown(words: list[str]) -> int:
    below = [name for name in commands() if name.split()[0] == words[0]]
    if below:
        wanted = words[1:2] not in ([], ["--help"], ["-h"])
        text = "".join(f"  residency {name:<20} {commands()[name]}\n" for name in below)
        (sys.stderr if wanted else sys.stdout).write(f"residency {words[0]} has these commands:\n\n{text}")
        return 2 if wanted else 0
    close = import_module("difflib").get_close_matches(" ".join(words[:2]), commands(), 1)
    hint = f" Did you mean 'residency {close[0]}'?" if close else " 'residency --help' lists them."
    sys.stderr.write(f"There is no command '{words[0]}'.{hint}\n")
    return 2


def _help() -> str:
    lines = ["Residency trains medical models on clinical data, and can prove afterwards what was done.\n\n"]
    lines.append("Usage: residency COMMAND [--site FOLDER] [--json]\n\n")
    lines += [f"  {name:<20} {summary}\n" for name, summary in commands().items()]
    lines.append(
        "\n'residency COMMAND --help' shows its options; 'residency --completion bash|zsh|fish' a script to source.\n"
    )
    return "".join(lines)


def _fault(error: Exception) -> ResidencyError:
    """A fault of this program, by its type and place."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    place = f" at {os.path.basename(last.tb_frame.f_code.co_filename)}:{last.tb_lineno}" if last else ""
    reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return ResidencyError(
        f"{type(error).__name__}{reason}{place}: a fault of this program.",
        remedy="Nothing half-done is visible. Report the type and place above.",
    )


def _say_error(error: ResidencyError, words: list[str]) -> None:
    if "--json" in words:
        body = {
            "error": error.code,
            "message": error.message,
            "remedy": error.remedy,
            "gates": getattr(error, "gates", ()),
        }
        sys.stderr.write(import_module("json").dumps(body) + "\n")
        return
    sys.stderr.write(f"{error.code}: {error.message}\n")
    if error.remedy:
        sys.stderr.write(f"  → {error.remedy}\n")
