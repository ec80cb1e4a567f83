"""Starts the workers of a ticket and reads what they say: for runs, replays and predictions alike.

    said = hear_out(site, job, ticket, "replaying", lease=lease)     # from the first process to the last

The ticket goes over a descriptor in memory, the socket of the meeting point over another; neither is in arguments,
in the environment or on disk. Not here: restarting (`supervise`).
"""

import os
import socket
import sys
from datetime import datetime

from residency.compute.launcher import Gang, Job
from residency.engine.spec import STOPPED, Progress, Ticket, ticket_fd
from residency.errors import Unavailable
from residency.govern.lease import Lease
from residency.observe.progress import say
from residency.runs.standing import Standing
from residency.site import Site


class WorkersFailed(Unavailable):
    """The processes of a ticket died, or ended before their work did."""


def start(site: Site, job: str, ticket: Ticket) -> Gang:
    """Start one process for each rank; raises WorkerNotStarted, WorkersFailed."""
    try:
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
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkersFailed(f"{job} could not be prepared: {reason}.", remedy="Free memory, files or ports.") from error


def hear_out(
    site: Site, job: str, ticket: Ticket, what: str, total: int | None = None, *, lease: Lease | None = None
) -> list[Progress]:
    """Run the workers to their end; all that they said, rank by rank as it came. Raises WorkersFailed, NotAllowed.

    The lease is kept meanwhile, and the workers' with it; without one they work until that of their ticket ends.
    """
    gang = start(site, job, ticket)
    standing = Standing(gang, ticket.lease_until, lambda: _kept(lease, ticket))
    said: list[Progress] = []
    try:
        while None in gang.codes() and not standing.overdue:
            said += _heard(gang, what, total)
            if any(code not in (None, 0, STOPPED) for code in gang.codes()):
                break
            standing.look()
        while more := _heard(gang, what, total):
            said += more
    finally:
        gang.kill()
    if STOPPED in gang.codes() and standing.refusal is None:
        # A lease that a protocol's end cut short ends the work before the question is asked again.
        standing.ask()
    if standing.refusal is not None:
        raise standing.refusal
    if any(gang.codes()):
        reasons = sorted({line.reason for line in said if line.event in ("failed", "stopped") and line.reason})
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


def _kept(lease: Lease | None, ticket: Ticket) -> datetime:
    if lease is None:
        return ticket.lease_until
    lease.keep()
    return lease.ends
