"""Completion of commands for bash, zsh and fish: a script to source, made from the table of acts.

source <(residency --completion bash)

Not here: the options of a command; they are known only once its module is loaded.
"""

import sys

from residency.cli.main import commands
from residency.errors import BadInput

SHELLS = ("bash", "zsh", "fish")


class ShellUnknown(BadInput):
    """No completion is written for this shell."""


def show(words: list[str]) -> int:
    """Print the script for a shell; raises ShellUnknown."""
    shell = words[0] if words else ""
    if shell not in SHELLS:
        raise ShellUnknown(f"There is no completion for '{shell}'.", remedy=f"One of {', '.join(SHELLS)}.")
    nouns: dict[str, list[str]] = {}
    for name in commands():
        noun, _, verb = name.partition(" ")
        nouns.setdefault(noun, []).extend([verb] if verb else [])
    sys.stdout.write(_fish(nouns) if shell == "fish" else _bash(nouns, zsh=shell == "zsh"))
    return 0


def _bash(nouns: dict[str, list[str]], *, zsh: bool) -> str:
    cases = "".join(f"    {noun}) words='{' '.join(verbs)}' ;;\n" for noun, verbs in nouns.items() if verbs)
    start = "autoload -U +X bashcompinit && bashcompinit\n" if zsh else ""
    return (
        f"{start}_residency() {{\n"
        "  local words=''\n"
        '  case "${COMP_WORDS[1]}" in\n'
        f"{cases}"
        "  esac\n"
        f"  [ $COMP_CWORD -eq 1 ] && words='{' '.join(nouns)}'\n"
        '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))\n'
        "}\n"
        "complete -o default -F _residency residency\n"
    )


def _fish(nouns: dict[str, list[str]]) -> str:
    lines = [f"complete -c residency -n __fish_use_subcommand -a '{' '.join(nouns)}'\n"]
    for noun, verbs in nouns.items():
        if verbs:
            lines.append(f"complete -c residency -n '__fish_seen_subcommand_from {noun}' -a '{' '.join(verbs)}'\n")
    return "".join(lines)
