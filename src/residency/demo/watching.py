"""How far a run has come, read from the ledger as it is being written: so that waiting costs nothing.

    watch = Watch(Path("demo-out/site"))
    watch.until("run-01k…", lambda run, said: run.step >= 100, "step 100")

The commands would tell the same, at two seconds of processor time each, on a machine that is busy training. Nothing
is opened that is sealed. Not here: doing anything about it (`scenes`).
"""

import time
from collections.abc import Callable
from pathlib import Path

from residency.demo.stage import StepWentWrong
from residency.engine.spec import Progress
from residency.govern.ledger import Ledger, sqlite_url
from residency.kernel.clock import stopwatch
from residency.runs import journal
from residency.runs.run import FINAL, Run

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 240

Ready = Callable[[Run, list[Progress]], bool]


class Watch:
    """A look at the runs of one site."""

    def __init__(self, site: Path) -> None:
        self._ledger = Ledger.open(sqlite_url(site / "ledger.db"))

    def now(self, identifier: str) -> tuple[Run, list[Progress]]:
        """The run as it stands, and all that its workers have said."""
        with self._ledger.reading() as book:
            return book.get(Run, identifier), [said for _, said in journal.read(book, identifier)]

    def until(self, identifier: str, ready: Ready, what: str) -> Run:
        """Wait; raises StepWentWrong when it takes too long, or can no longer come."""
        began = stopwatch()
        while True:
            run, said = self.now(identifier)
            if ready(run, said):
                return run
            if run.state in FINAL or stopwatch() - began > PATIENCE_SECONDS:
                raise StepWentWrong(
                    f"The run did not come to {what}: it is '{run.state}' at step {run.step}. {run.why}",
                    remedy=f"See site/logs/{identifier}.log.",
                )
            time.sleep(POLL_SECONDS)
