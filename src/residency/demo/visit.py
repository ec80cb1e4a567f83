"""One visit: where it takes place, what it was given, and what is remembered of it for the report.

    visit.facts["intake"] = visit.stage.run("rao", "ingest", …)

Not here: the order of the scenes (`tour`).
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from residency.demo.stage import Stage
from residency.demo.story import Chapter

NUMBER = "IRB-2026-014"
COHORT, EXTERNAL = "liver-ct", "liver-ct-external"
AUDITOR = "auditor"
KEYS, HEAD = f"{AUDITOR}/public-keys.txt", f"{AUDITOR}/newest.note"
EXPERT = "Dr E. Xample (invented)"
BUNDLE, REPORT, FIGURES = "liver-ct.residency", "report.html", "figures"
DEID_REPORT = "names-out.note"
CHECK = f"residency verify {BUNDLE} --key {KEYS} --head {HEAD}"


@dataclass(frozen=True)
class Size:
    """How large the tour is: the whole story, or a short form of it."""

    subjects: int = 48
    seed: int = 7
    steps: int = 200
    checkpoint_steps: int = 25


@dataclass
class Visit:
    """What every scene receives."""

    folder: Path
    stage: Stage
    size: Size
    package: Path | None
    chapters: list[Chapter] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """The site: the only folder that is meant to be locked."""
        return self.stage.site
