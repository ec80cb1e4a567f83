"""The processes of a run as the operating system lists them, for the one scene in which somebody pulls a plug.

    supervisor, workers = of_run("run-01k…")
    os.kill(workers[-1], signal.SIGKILL)

Reads /proc; only Linux has it. Not here: starting or stopping runs.
"""

from pathlib import Path


def of_run(run: str) -> tuple[int | None, list[int]]:
    """The process that keeps a run, and its workers in order of rank."""
    commands = {int(path.name): _words(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    keepers = [pid for pid, words in commands.items() if "_supervise" in words and run in words]
    if not keepers:
        return None, []
    workers = [
        (words[words.index("--rank") + 1], pid)
        for pid, words in commands.items()
        if "residency.engine.worker" in words and "--rank" in words and _parent(pid) == keepers[0]
    ]
    return keepers[0], [pid for _, pid in sorted(workers)]


def _words(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        # It ended while we looked.
        return []


def _parent(pid: int) -> int:
    try:
        text = (Path("/proc") / str(pid) / "stat").read_text()
    except OSError:
        return 0
    # The name in brackets may hold spaces: fields are counted after it.
    return int(text.rpartition(")")[2].split()[1])
