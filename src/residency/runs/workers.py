"""Starts the workers of a ticket and reads what they say: for runs, replays and predictions alike.

    said = hear_out(site, job, ticket, "replaying")     # from the first process to the last; raises WorkersFailed

The ticket goes over a descriptor in memory, the socket of the meeting point over another; neither is in arguments,
in the environment or on disk. Not here: restarting (`supervise`).
"""

import os
import socket
import sys

from residency.compute.launcher import Gang, Job
from residency.engine.spec import Progress, Ticket, ticket_fd
from residency.errors import Unavailable
from residency.observe.progress import say
from residency.site import Site


class WorkersFailed(Unavailable):
    """The processes of a ticket died."""


def start(site: Site, job: str, ticket: Ticket) -> Gang:
    """Start one process for each rank; raises WorkerNotStarted."""
    # The socket is bound before the ticket names its port, so that no other program can take the port in between.
    with socket.create_server(("127.0.0.1", 0)) as meeting:
        met = ticket.model_copy(update={"rendezvous": f"127.0.0.1:{meeting.getsockname()[1]}"})
        descriptor = ticket_fd(met)
        handed = ("--ticket-fd", str(descriptor), "--listen-fd", str(meeting.fileno()))
        command = (sys.executable, "-m", "residency.engine.worker", *handed)
        try:
            wanted = Job(id=job, command=command, ranks=met.world, threads=met.spec.threads)
            return site.launcher.start(wanted, inherit=(descriptor, meeting.fileno()))
        finally:
            os.close(descriptor)


def hear_out(site: Site, job: str, ticket: Ticket, what: str, total: int | None = None) -> list[Progress]:
    """Run the workers to their end; all that they said, rank by rank as it came. Raises WorkersFailed."""
    gang = start(site, job, ticket)
    said: list[Progress] = []
    try:
        while None in gang.codes():
            said += _heard(gang, what, total)
            if any(gang.codes()):
                break
        while more := _heard(gang, what, total):
            said += more
    finally:
        gang.kill()
    if any(gang.codes()):
        reasons = sorted({line.reason for line in said if line.event == "failed" and line.reason})
        remedy = gang.last_words() or "Repeat it; if it fails again, look at memory and disk."
        raise WorkersFailed(f"{what} failed: {' '.join(reasons) or gang.codes()}", remedy=remedy)
    return said


def progress_of(lines: list[tuple[int, str]]) -> list[Progress]:
    """The progress in what a gang said; other lines are not for us."""
    return [Progress.model_validate_json(line) for _, line in lines if line.startswith("{")]


def _heard(gang: Gang, what: str, total: int | None) -> list[Progress]:
    lines = progress_of(gang.lines(seconds=0.5))
    for line in lines:
        if line.rank == 0 and line.step is not None:
            say(what, line.step, total)
    return lines
