"""Launchers whose first gangs are not what was asked for; the next ones are."""

import json

from residency.compute.launcher import Job
from residency.compute.local import LocalGang, LocalLauncher, WorkerNotStarted


class Scripted(LocalLauncher):
    """Its first gangs are shell scripts, one for each: they say what they are told to, and leave as they are told."""

    def __init__(self, *scripts: str) -> None:
        self.scripts = list(scripts)

    def start(self, job: Job, *, inherit) -> LocalGang:
        """The next script, or what was asked for."""
        if self.scripts:
            job = job.model_copy(update={"command": ("sh", "-c", self.scripts.pop(0))})
        return super().start(job, inherit=inherit)


class Crowded(LocalLauncher):
    """On a machine that has no room for a process so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def start(self, job: Job, *, inherit) -> LocalGang:
        """Nothing, or what was asked for; raises WorkerNotStarted."""
        self.times -= 1
        if self.times >= 0:
            raise WorkerNotStarted("A worker did not start: Cannot allocate memory.", remedy="Free memory.")
        return super().start(job, inherit=inherit)


def saying(**line) -> str:
    """The line of a script by which rank 0 says this."""
    return f"echo '{json.dumps({'rank': 0, **line})}'"
